"""The journal is compacted while the service runs, in pieces so small that a cycle hardly waits for one."""

import asyncio
import logging
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from config.clock import Monotonic, Now
from purchasing.rules.compaction import compacted_before
from purchasing.storage.compaction.pieces import compact_some
from purchasing.storage.unit_of_work import Storage, UnitOfWork

log = logging.getLogger(__name__)

#: How often it is looked whether another day is old enough.
ROUND = timedelta(seconds=60)
#: Between two pieces the others have the database for so long.
PAUSE = timedelta(milliseconds=100)


#: A reader that does not move for so long, while what it has not read grows too old, is waited for no more.
STANDS_STILL = timedelta(hours=1)


class PlaceKeeper(Protocol):
    """Who reads the journal from a place of its own."""

    @property
    def name(self) -> str: ...

    def place(self, unit: UnitOfWork) -> int:
        """The `seq` up to which it has read, and 0 where nobody knows: what is after it stays as it is."""


class Compaction:
    """Compacts what is older than the owner wants to keep every event. A piece is done whole or not at all."""

    def __init__(
        self,
        *,
        storage: Storage,
        keep: timedelta,
        readers: Sequence[PlaceKeeper],
        questions: Collection[str],
        now: Now,
        monotonic: Monotonic,
        pause: timedelta = PAUSE,
    ) -> None:
        """`questions` are the names of the commands that change nothing."""
        self._monotonic = monotonic
        #: Where each reader was last found, and since when by the monotonic clock; and who was left behind.
        self._found: dict[str, tuple[int, float]] = {}
        self._left_behind: set[str] = set()
        self._storage = storage
        self._keep = keep
        self._readers = readers
        self._questions = questions
        self._now = now
        self._pause = pause

    async def look(self) -> None:
        """Compact all that there is by now."""
        pieces = 0
        while await self._storage.read(self._compact):  # nobody is to be told of it
            pieces += 1
            await asyncio.sleep(self._pause.total_seconds())
        if pieces:
            log.info("journal.compacted", extra={"pieces": pieces})

    def _compact(self, unit: UnitOfWork) -> bool:
        before = compacted_before(self._now(), self._keep)
        places = {reader.name: reader.place(unit) for reader in self._readers}
        waited_for = [place for name, place in places.items() if self._is_waited_for(name, place, unit, before=before)]
        read_to = min(waited_for, default=unit.journal.last_seq())
        return compact_some(unit, before=before, read_to=read_to, questions=self._questions)

    def _is_waited_for(self, name: str, place: int, unit: UnitOfWork, *, before: datetime) -> bool:
        """Not where it stands still and has held back what is old for as long as every event is kept.

        It goes on from its place later, past what is gone by then.
        """
        last, since = self._found.get(name, (-1, 0.0))
        if place != last:
            self._found[name] = (place, self._monotonic())
            self._left_behind.discard(name)
            return True
        stands_still = self._monotonic() - since >= STANDS_STILL.total_seconds()
        first = next(iter(unit.journal.after(place, limit=1)), None) if stands_still else None
        if first is None or first.at >= before - self._keep:
            return True
        if name not in self._left_behind:
            self._left_behind.add(name)
            log.warning("journal.reader_left_behind", extra={"reader": name, "read_to": place})
        return False
