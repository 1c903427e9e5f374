"""The journal is compacted while the service runs, in pieces so small that a cycle hardly waits for one."""

import asyncio
import logging
from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Protocol

from config.clock import Now
from purchasing.rules.compaction import compacted_before
from purchasing.storage.compaction.pieces import compact_some
from purchasing.storage.unit_of_work import Storage, UnitOfWork

log = logging.getLogger(__name__)

#: How often it is looked whether another day is old enough.
ROUND = timedelta(seconds=60)
#: Between two pieces the others have the database for so long.
PAUSE = timedelta(milliseconds=100)


class PlaceKeeper(Protocol):
    """Who reads the journal from a place of its own."""

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
        pause: timedelta = PAUSE,
    ) -> None:
        """`questions` are the names of the commands that change nothing."""
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
        places = [reader.place(unit) for reader in self._readers]
        read_to = min(places, default=unit.journal.last_seq())
        return compact_some(unit, before=before, read_to=read_to, questions=self._questions)
