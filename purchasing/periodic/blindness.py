"""Blindness that no circuit knows of: checks that come and tell nothing for too long, or that don't come at all."""

from datetime import datetime, timedelta

from config.clock import Monotonic, Now
from monitor.circuit_breaker import BLIND_AFTER, rests_until
from monitor.model import Agenda
from purchasing.controls import Blindness
from purchasing.storage.unit_of_work import Storage, UnitOfWork

#: How often it is looked how old the last good check is.
ROUND = timedelta(seconds=5)
#: A check may come that much later than the longest time between two.
GRACE = timedelta(seconds=30)


class BlindnessWatch:
    """Tells, once, when the last good check is too old. Its end is told by the cycle that brings a good one.

    Goes by the monotonic clock: one that is set tells nothing of how long nothing was seen.
    """

    def __init__(self, *, storage: Storage, longest_interval: timedelta, now: Now, monotonic: Monotonic) -> None:
        self._storage = storage
        self._longest_interval = longest_interval
        self._now = now
        self._monotonic = monotonic
        self._last_good_at: datetime | None = None
        #: Since when a good check is waited for.
        self._since = monotonic()

    async def look(self) -> None:
        at = self._now()
        if await self._storage.read(lambda unit: self._is_overdue(unit, at=at)):
            await self._storage.write(lambda unit: self._tell(unit, at=at))

    def _is_overdue(self, unit: UnitOfWork, *, at: datetime) -> bool:
        controls, last_good_at = unit.controls.read(at=at), unit.marks.read().last_good_at
        if controls.paused or last_good_at != self._last_good_at:
            self._since, self._last_good_at = self._monotonic(), last_good_at
        if controls.blindness is not None or self._waited() <= BLIND_AFTER:
            return False
        # Only now, as it reads every product.
        agenda = unit.views.agenda(at=at)
        if agenda.resting.issuperset(product.tcin for product in agenda.products):  # nothing is expected to come
            self._since = self._monotonic()
        return self._waited() > self._allowed(agenda)

    def _tell(self, unit: UnitOfWork, *, at: datetime) -> None:
        if not self._is_overdue(unit, at=at):  # a check has come in between
            return
        circuit, since = unit.controls.circuit(), at - self._waited()
        why = circuit.why or "no check has told anything certain"
        unit.cycles.tell_blind(Blindness(since=since, why=why), until=rests_until(circuit, at=at), at=at)

    def _waited(self) -> timedelta:
        return timedelta(seconds=self._monotonic() - self._since)

    def _allowed(self, agenda: Agenda) -> timedelta:
        paces = (product.every or timedelta(0) for product in agenda.products)
        longest = max(self._longest_interval, min(paces, default=timedelta(0)))
        return max(BLIND_AFTER, longest + GRACE)
