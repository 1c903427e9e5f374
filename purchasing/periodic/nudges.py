"""A question whether to buy that nobody has answered is asked once more."""

from datetime import datetime, timedelta

from config.clock import Now
from purchasing.events import ApprovalNudged
from purchasing.storage.unit_of_work import Storage, UnitOfWork

#: How often it is looked.
ROUND = timedelta(seconds=1)


class Nudges:
    """Asks once more when a question has waited for so long; never where a yes would not be taken by now."""

    def __init__(self, *, storage: Storage, after: timedelta, now: Now) -> None:
        self._storage = storage
        self._after = after
        self._now = now

    async def look(self) -> None:
        at = self._now()
        if await self._storage.read(lambda unit: bool(unit.approvals.unanswered(made_by=at - self._after, at=at))):
            await self._storage.write(lambda unit: self._nudge(unit, at=at))

    def _nudge(self, unit: UnitOfWork, *, at: datetime) -> None:
        controls = unit.controls.read(at=at)
        if controls.stopped is not None or controls.paused:
            return
        for one in unit.approvals.unanswered(made_by=at - self._after, at=at):
            unit.approvals.mark_nudged(one, at=at)
            unit.journal.append(ApprovalNudged(approval=one.id, tcin=one.tcin, window=one.window), at=at)
