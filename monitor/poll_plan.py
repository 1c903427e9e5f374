"""Who is asked for in a cycle, and when the next one begins."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import inf

from config.products import Product, Tcin
from monitor.circuit_breaker import rests_until
from monitor.model import Agenda, CircuitState
from monitor.request_budget import MINUTE

#: The shop takes 30 products in a call; a little less keeps clear of its limit.
MOST_IN_CALL = 28
#: Of a budget, a product with a pace of its own gets so many times what another one gets, up to that pace.
OWN_PACE_WEIGHS = 4.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PollInterval:
    """The least and the longest time from the beginning of one cycle to that of the next."""

    least: timedelta
    most: timedelta

    @property
    def usual(self) -> timedelta:
        return (self.least + self.most) / 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """What this cycle asks for: these, or as a probe the one."""

    tcins: tuple[Tcin, ...]
    is_probe: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Resting:
    """Nothing is asked and no cycle counted; `until` is the time to come again, None the ordinary one."""

    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """What the owner's budget of requests allows now."""

    per_minute: int
    #: So many calls may be begun now.
    room: int
    #: When one more may be, where there is no room.
    frees_at: datetime
    #: How much more often than others each is to be asked for; 1 for what is not named.
    weights: Mapping[Tcin, float] = field(default_factory=dict)

    def calls(self, interval: PollInterval) -> int:
        return calls_of_cycle(self.per_minute, interval)

    def cycle(self, interval: PollInterval) -> timedelta:
        """From one cycle to the next, as the budget allows it."""
        return max(interval.usual, MINUTE * self.calls(interval) / self.per_minute)


def calls_of_cycle(per_minute: int, interval: PollInterval) -> int:
    """The part of the budget that one cycle of the schedule may use, whether there is room for it or not."""
    return max(1, int(per_minute * (interval.usual / MINUTE)))


def calls_by_hand(count: int, interval: PollInterval, per_minute: int) -> int:
    """So many calls must there be room for when a person asks for so many products.

    No more than a cycle may use: of a budget that never has room for all, the schedule would take the rest away again
    and again. Those that have waited longest are asked for then.
    """
    return max(1, min(-(-count // MOST_IN_CALL), calls_of_cycle(per_minute, interval)))


def needs_more(products: Sequence[Product], interval: PollInterval, per_minute: int) -> bool:
    """Whether the budget has not room for all of these in every cycle."""
    return len(products) > calls_of_cycle(per_minute, interval) * MOST_IN_CALL


def plan_cycle(
    agenda: Agenda,
    interval: PollInterval,
    *,
    at: datetime,
    asked_for: bool,
    failed_probes: int,
    allowance: Allowance | None = None,
) -> Asking | Resting:
    """`asked_for` overrides the owner's pause and the products' own paces, never the circuit and never the budget.

    After so many `failed_probes` another product is taken: one that has no certain reading can't keep the circuit open.
    """
    if agenda.paused and not asked_for:
        return Resting()
    if (until := rests_until(agenda.circuit, at=at)) is not None:
        return Resting(until=until)
    listed = tuple(product.tcin for product in agenda.products)
    if allowance is not None and allowance.room <= 0 and listed:
        return Resting(until=allowance.frees_at)
    if agenda.circuit.state is CircuitState.OPEN and listed:
        return Asking(tcins=(listed[failed_probes % len(listed)],), is_probe=True)
    due = listed if asked_for else choose_due(agenda.products, agenda.asked_at, interval, at=at)
    if allowance is None:
        return Asking(tcins=due)
    calls = allowance.room if asked_for else min(allowance.room, allowance.calls(interval))
    if len(due) > calls * MOST_IN_CALL:
        due = _most_urgent(due, agenda, interval, allowance, at=at, calls=calls)
    return Asking(tcins=due)


def _most_urgent(
    due: Sequence[Tcin], agenda: Agenda, interval: PollInterval, allowance: Allowance, *, at: datetime, calls: int
) -> tuple[Tcin, ...]:
    """Those that have waited longest by their pace, as many as go into so many calls; in order of priority."""
    paces, every_cycle = paces_within(agenda.products, interval, allowance), allowance.cycle(interval)

    def urgency(tcin: Tcin) -> float:
        asked_at = agenda.asked_at.get(tcin)
        # Whoever is to be asked for in every cycle is, however early this one comes.
        if asked_at is None or asked_at > at or paces[tcin] <= every_cycle:
            return inf
        return (at - asked_at) / paces[tcin]

    chosen = set(sorted(due, key=urgency, reverse=True)[: calls * MOST_IN_CALL])
    return tuple(tcin for tcin in due if tcin in chosen)


def paces_within(products: Sequence[Product], interval: PollInterval, allowance: Allowance) -> Mapping[Tcin, timedelta]:
    """How often each is asked for within the budget, as nearly as cycles allow: none more often than in every cycle.

    Each gets its part by its weight, and what some don't need goes to the others.
    """
    places = float(allowance.calls(interval) * MOST_IN_CALL)
    wishes = sorted((_Wish.of(one, interval, allowance) for one in products), key=lambda one: one.most / one.weight)
    weight, paces = sum(one.weight for one in wishes), dict[Tcin, timedelta]()
    for wish in wishes:
        # So often in a cycle: each of those that come first needs less than its part.
        often = min(wish.most, places * wish.weight / weight)
        places, weight = places - often, max(weight - wish.weight, wish.weight * 1e-9)
        paces[wish.tcin] = allowance.cycle(interval) / often
    return paces


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wish:
    """How often a product is asked for in a cycle at most, and its weight among the others."""

    tcin: Tcin
    most: float
    weight: float

    @classmethod
    def of(cls, product: Product, interval: PollInterval, allowance: Allowance) -> "_Wish":
        if product.every is not None:
            most = min(1.0, allowance.cycle(interval) / product.every)
            return cls(tcin=product.tcin, most=most, weight=OWN_PACE_WEIGHS)
        return cls(tcin=product.tcin, most=1.0, weight=allowance.weights.get(product.tcin, 1.0))


def choose_due(
    products: tuple[Product, ...], asked_at: Mapping[Tcin, datetime], interval: PollInterval, *, at: datetime
) -> tuple[Tcin, ...]:
    """Those whose own pace allows it, in order of priority."""
    return tuple(one.tcin for one in products if _is_due(one, asked_at.get(one.tcin), interval, at=at))


def _is_due(product: Product, asked_at: datetime | None, interval: PollInterval, *, at: datetime) -> bool:
    if product.every is None or asked_at is None:
        return True
    # Cycles don't fall on a product's time: the one nearest to it is taken, not the first one after it.
    nearest = product.every - interval.least / 2
    age = at - asked_at
    return age >= nearest or age < timedelta(0)  # asked in the future: the clock was set back


def next_cycle_at(
    interval: PollInterval, *, began: datetime, took: timedelta, chance: float, held_until: datetime | None = None
) -> datetime:
    """Between the least and the longest pace after this one began; `chance` from 0 to 1 says where. Later, if held.

    In whole milliseconds, as times are stored.
    """
    wait = max(took, interval.least + (interval.most - interval.least) * chance)
    at = began + timedelta(milliseconds=round(wait / timedelta(milliseconds=1)))
    return at if held_until is None else max(at, held_until)


def first_cycle_at(last_cycle_at: datetime | None, interval: PollInterval, *, at: datetime) -> datetime:
    """At once after a start, but not within the least pace of the last cycle before it."""
    if last_cycle_at is None or last_cycle_at > at:
        return at
    return max(at, last_cycle_at + interval.least)
