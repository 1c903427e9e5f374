"""One cycle of watching: who is due, ask, hand the snapshot on."""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo
from random import Random

from config.clock import Monotonic, Now
from config.products import Tcin
from config.settings import MonitorSettings
from monitor.circuit_breaker import BreakerSettings, after_cycle, sum_up
from monitor.model import Agenda, Circuit, CircuitState, ShopAnswer, Snapshot
from monitor.poll_plan import (
    Allowance,
    Asking,
    PollInterval,
    Resting,
    first_cycle_at,
    needs_more,
    next_cycle_at,
    paces_within,
    plan_cycle,
)
from monitor.ports import OnSnapshot, ReadAgenda, ReadRestocks, Shop
from monitor.request_budget import RequestBudget
from monitor.restock_hours import REMEMBERED, HourWeight, Pace, hour_of_week, weigh

_log = logging.getLogger(__name__)

#: So often at the least it is learned anew at which hours products come back; and when an hour begins.
LEARNED_EVERY = timedelta(minutes=10)
#: Where the budget has no room for a cycle, none begins for so long at the least.
LEAST_REST = timedelta(seconds=1)


class Poller:
    """Runs cycles, one at a time whoever asks for them."""

    def __init__(
        self,
        *,
        shop: Shop,
        read_agenda: ReadAgenda,
        on_snapshot: OnSnapshot,
        settings: MonitorSettings,
        now: Now,
        monotonic: Monotonic,
        rng: Random,
        budget: RequestBudget | None = None,
        read_restocks: ReadRestocks | None = None,
        zone: tzinfo = UTC,
    ) -> None:
        #: How often each product is asked for as the last cycle planned it; empty where the budget has room for all.
        self.paces: Mapping[Tcin, Pace] = {}
        self._read_restocks = read_restocks
        self._zone = zone
        self._habits: Mapping[Tcin, HourWeight] = {}
        #: For which hour of the week, and when by the monotonic clock, that was learned.
        self._learned: tuple[int, float] | None = None
        self._budget = budget or RequestBudget(None, monotonic=monotonic)
        self._shop = shop
        self._read_agenda = read_agenda
        self._on_snapshot = on_snapshot
        self._interval = PollInterval(least=settings.every_min, most=settings.every_max)
        self._breaker = BreakerSettings(failures=settings.circuit_failures, pause=settings.circuit_pause)
        self._now = now
        self._monotonic = monotonic
        self._rng = rng
        self._alone = asyncio.Lock()
        self._failed_probes = 0
        #: The circuit of a snapshot that could not be handed on: it holds until one can.
        self._unstored: Circuit | None = None

    async def first_at(self) -> datetime:
        """When the first cycle after a start is to begin."""
        agenda, at = await self._read_agenda(), self._now()
        return first_cycle_at(agenda.last_cycle_at, self._interval, at=at)

    async def run_cycle(self, *, asked_for: bool = False) -> datetime:
        """One cycle, asked for by a person or by the schedule; returns when the next one is to begin.

        While paused (unless asked for) or while the circuit is open nothing is asked, and there is no snapshot.
        """
        async with self._alone:
            began, started = self._now(), self._monotonic()
            agenda = await self._read_what_holds()
            await self._learn_hours(agenda, at=began)
            allowance = self._allowance(at=began)
            self.paces = self._paces(agenda, allowance)
            plan = plan_cycle(
                agenda,
                self._interval,
                at=began,
                asked_for=asked_for,
                failed_probes=self._failed_probes,
                allowance=allowance,
            )
            if isinstance(plan, Resting):
                return plan.until or self._next_at(began)
            plan, answer = _without_unasked(plan, await self._ask(plan))
            took = timedelta(milliseconds=round((self._monotonic() - started) * 1000))
            snapshot = self._sum_up(plan, answer, agenda, began=began, took=took)
            await self._hand_on(snapshot)
            return snapshot.next_check_at

    async def _read_what_holds(self) -> Agenda:
        agenda = await self._read_agenda()
        return agenda if self._unstored is None else replace(agenda, circuit=self._unstored)

    def _allowance(self, *, at: datetime) -> Allowance | None:
        """Read right before the asking begins, without waiting for anything between: nobody else takes the room."""
        budget = self._budget
        if budget.per_minute is None:
            return None
        weights = {tcin: one.weight for tcin, one in self._habits.items()}
        # What others wait for may be there and not be taken yet.
        frees_at = at + max(budget.wait(1 + budget.wanted), LEAST_REST)
        return Allowance(per_minute=budget.per_minute, room=budget.room_of_cycles, frees_at=frees_at, weights=weights)

    def _paces(self, agenda: Agenda, allowance: Allowance | None) -> Mapping[Tcin, Pace]:
        if allowance is None or not needs_more(agenda.products, self._interval, allowance.per_minute):
            return {}
        habits = self._habits
        return {
            tcin: Pace(every=every, likely=habits[tcin].likely if tcin in habits else None)
            for tcin, every in paces_within(agenda.products, self._interval, allowance).items()
        }

    async def _learn_hours(self, agenda: Agenda, *, at: datetime) -> None:
        """Learn at which hours products come back, where the budget has not room for all in every cycle."""
        budget = self._budget.per_minute
        if self._read_restocks is None or budget is None or not needs_more(agenda.products, self._interval, budget):
            return
        hour, clock = hour_of_week(at, self._zone), self._monotonic()
        if self._learned is not None:
            learned_hour, learned_at = self._learned
            if learned_hour == hour and clock - learned_at < LEARNED_EVERY.total_seconds():
                return
        began = await self._read_restocks(at - REMEMBERED)
        # Beside the event loop, as it takes its time where many have a habit.
        self._habits = await asyncio.to_thread(weigh, began, zone=self._zone, at=at)
        self._learned = (hour, clock)

    async def _ask(self, plan: Asking) -> ShopAnswer:
        if not plan.tcins:
            return ShopAnswer(readings={})
        return await (self._shop.probe(plan.tcins[0]) if plan.is_probe else self._shop.ask(plan.tcins))

    def _sum_up(
        self, plan: Asking, answer: ShopAnswer, agenda: Agenda, *, began: datetime, took: timedelta
    ) -> Snapshot:
        outcome, before = sum_up(answer), agenda.circuit
        after = before
        if plan.tcins and not _is_expected(plan, answer, agenda):
            # Reckoned from the beginning, so that a clock set during the cycle moves nothing.
            after = after_cycle(before, outcome, self._breaker, at=began + took)
        self._count_probe(plan, after)
        _log_troubles(answer)
        return Snapshot(
            began=began,
            took=took,
            asked=plan.tcins,
            readings=answer.readings,
            failed=outcome.failed if plan.tcins else None,
            next_check_at=self._next_at(began, took=took, held_until=after.open_until),
            circuit=after,
            unanswered=frozenset(tcin for one in answer.troubles for tcin in one.tcins),
        )

    def _next_at(
        self, began: datetime, *, took: timedelta = timedelta(0), held_until: datetime | None = None
    ) -> datetime:
        return next_cycle_at(self._interval, began=began, took=took, chance=self._rng.random(), held_until=held_until)

    def _count_probe(self, plan: Asking, after: Circuit) -> None:
        failed_again = plan.is_probe and after.state is CircuitState.OPEN
        self._failed_probes = self._failed_probes + 1 if failed_again else 0

    async def _hand_on(self, snapshot: Snapshot) -> None:
        try:
            await self._on_snapshot(snapshot)
        except Exception:  # noqa: BLE001  it may be anything, and watching goes on
            # The next cycle must come, whatever became of this one; the circuit is remembered here meanwhile.
            _log.exception("poller.snapshot_lost", extra={"asked": len(snapshot.asked)})
            self._unstored = snapshot.circuit
        else:
            self._unstored = None


def _is_expected(plan: Asking, answer: ShopAnswer, agenda: Agenda) -> bool:
    """Of those that the shop has not known for long nothing certain comes, which is no failure of the shop."""
    is_closed = agenda.circuit.state is CircuitState.CLOSED
    return is_closed and not answer.troubles and agenda.resting.issuperset(plan.tcins)


def _without_unasked(plan: Asking, answer: ShopAnswer) -> tuple[Asking, ShopAnswer]:
    """What there was no room for in the budget waits as before: nobody asked for it, and nothing failed."""
    if not answer.unasked:
        return plan, answer
    asked = tuple(tcin for tcin in plan.tcins if tcin not in answer.unasked)
    readings = {tcin: answer.readings[tcin] for tcin in asked}
    return replace(plan, tcins=asked), replace(answer, readings=readings)


def _log_troubles(answer: ShopAnswer) -> None:
    for one in answer.troubles:
        fields = {"kind": one.trouble.value, "products": len(one.tcins), "why": one.message}
        _log.warning("poller.trouble", extra=fields)
