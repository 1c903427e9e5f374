"""Units of work over the ledger, and the nudge that follows what they wrote."""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar

from config.clock import Now
from config.database import Database, DatabaseUnusable
from purchasing.events import stamp
from purchasing.storage.ledger import Ledger

log = logging.getLogger(__name__)

T = TypeVar("T")

#: How often it is looked whether the file can be written.
ROUND = timedelta(seconds=1)


class Truth:
    """The way to the ledger. A unit of work is whole or was not, and its caller waits for it to end.

    `on_journal` is a nudge that there may be something new to read; losing one costs time, never truth.
    """

    def __init__(self, database: Database, *, on_journal: Callable[[], None], now: Now) -> None:
        self._database = database
        self._on_journal = on_journal
        self._now = now

    async def read(self, work: Callable[[Ledger], T]) -> T:
        return await self._database.transact(lambda connection: work(Ledger(connection)))

    async def write(self, work: Callable[[Ledger], T]) -> T:
        """As `read`; what was written is on disk when this returns."""
        result = await self.read(work)
        self._on_journal()
        return result

    async def watch_storage(self) -> None:
        """Once the file can be written again after a time when it could not, say so in it; until cancelled.

        Until then nothing can be bought, as nothing can be written down before it is done.
        """
        since: datetime | None = None
        why = ""
        while True:
            if since is None and self._database.trouble is not None:
                since, why = self._now(), self._database.trouble
                log.error("storage.failed", extra={"why": why})
            if since is not None and await self._can_tell(since, why):
                since = None
            await asyncio.sleep(ROUND.total_seconds())

    async def _can_tell(self, since: datetime, why: str) -> bool:
        at = self._now()
        body = {"why": why, "since": stamp(since), "lasted_s": round((at - since).total_seconds())}
        with contextlib.suppress(DatabaseUnusable):
            await self.write(lambda ledger: ledger.append("storage_failed", body, at=at))
            return True
        return False
