"""Who is asked for in a cycle, and when the next one begins."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from config.products import Product, Tcin
from monitor.circuit_breaker import rests_until
from monitor.model import Agenda, CircuitState


@dataclass(frozen=True, slots=True, kw_only=True)
class PollInterval:
    """The least and the longest time from the beginning of one cycle to that of the next."""

    least: timedelta
    most: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """What this cycle asks for: these, or as a probe the one."""

    tcins: tuple[Tcin, ...]
    is_probe: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Resting:
    """Nothing is asked and no cycle counted; `until` is the time to come again, None the ordinary one."""

    until: datetime | None = None


def plan_cycle(
    agenda: Agenda, interval: PollInterval, *, at: datetime, asked_for: bool, failed_probes: int
) -> Asking | Resting:
    """`asked_for` overrides the owner's pause and the products' own paces, never the circuit.

    After so many `failed_probes` another product is taken: one that has no certain reading can't keep the circuit open.
    """
    if agenda.paused and not asked_for:
        return Resting()
    if (until := rests_until(agenda.circuit, at=at)) is not None:
        return Resting(until=until)
    listed = tuple(product.tcin for product in agenda.products)
    if agenda.circuit.state is CircuitState.OPEN and listed:
        return Asking(tcins=(listed[failed_probes % len(listed)],), is_probe=True)
    return Asking(tcins=listed if asked_for else choose_due(agenda.products, agenda.asked_at, interval, at=at))


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
