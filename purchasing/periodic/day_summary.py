"""Once a day all that happened in it is summed up in one event."""

from datetime import datetime, time, timedelta, tzinfo

from config.clock import Now
from purchasing.rules.days import Day, find_day
from purchasing.storage.controls import DAY_SUMMED_UP
from purchasing.storage.days import DayTable
from purchasing.storage.unit_of_work import Storage, UnitOfWork

#: How often it is looked.
ROUND = timedelta(seconds=5)


class DaySummary:
    """Sums up the day that ends at this time of the owner's clock."""

    def __init__(self, *, storage: Storage, ends: time, zone: tzinfo, now: Now) -> None:
        self._storage = storage
        self._ends = ends
        self._zone = zone
        self._now = now

    async def look(self) -> None:
        at = self._now()
        if await self._storage.read(lambda unit: self._due(unit, at=at)) is not None:
            await self._storage.write(lambda unit: self._tell(unit, at=at))

    def _due(self, unit: UnitOfWork, *, at: datetime) -> Day | None:
        return find_day(ends=self._ends, last=unit.controls.get(DAY_SUMMED_UP), at=at, zone=self._zone)

    def _tell(self, unit: UnitOfWork, *, at: datetime) -> None:
        day = self._due(unit, at=at)
        if day is not None:
            unit.journal.append(DayTable(unit).sum_up(day), at=at)
            unit.controls.put(DAY_SUMMED_UP, day.date, by="schedule", at=at)
