"""Units of work: one transaction over all tables, whole or not at all, and the nudge that follows what it wrote."""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar

import sqlalchemy as sa

from config.clock import Now
from config.database import Database, DatabaseFile, DatabaseUnusable
from purchasing.events import Fact, StorageBack, StorageDisplaced, StorageFailed
from purchasing.storage.approvals import ApprovalTable
from purchasing.storage.attempts import AttemptTable
from purchasing.storage.clock import ClockTable
from purchasing.storage.commands import CommandTable, OfferTable
from purchasing.storage.controls import ControlTable, CycleMarkTable
from purchasing.storage.cycles import CycleTable
from purchasing.storage.details import DetailTable
from purchasing.storage.journal import JournalTable
from purchasing.storage.limit_notices import LimitNoticeTable
from purchasing.storage.lines import LineTable
from purchasing.storage.products import ProductTable, WindowTable
from purchasing.storage.views import Views

log = logging.getLogger(__name__)

T = TypeVar("T")

#: How often it is looked whether the file can be written, and whether it is still there.
ROUND = timedelta(seconds=1)


class UnitOfWork:
    """The tables, within one transaction on the database's thread.

    Whoever holds one may read, decide and write: all of it is on disk when the unit ends, or none is.
    """

    def __init__(self, connection: sa.Connection) -> None:
        #: For the tables of other rooms, within the same transaction.
        self.connection = connection
        self.journal = JournalTable(connection)
        self.controls = ControlTable(connection)
        self.approvals = ApprovalTable(connection, controls=self.controls)
        self.offers = OfferTable(connection)
        self.windows = WindowTable(connection, controls=self.controls)
        self.products = ProductTable(connection, journal=self.journal)
        self.commands = CommandTable(connection, journal=self.journal, offers=self.offers)
        self.attempts = AttemptTable(
            connection,
            journal=self.journal,
            controls=self.controls,
            products=self.products,
            windows=self.windows,
            approvals=self.approvals,
        )
        self.lines = LineTable(connection, attempts=self.attempts, approvals=self.approvals)
        self.marks = CycleMarkTable(controls=self.controls)
        self.cycles = CycleTable(
            connection,
            journal=self.journal,
            controls=self.controls,
            marks=self.marks,
            products=self.products,
            windows=self.windows,
            attempts=self.attempts,
            approvals=self.approvals,
            notices=LimitNoticeTable(connection),
        )
        self.details = DetailTable(connection, journal=self.journal, controls=self.controls, approvals=self.approvals)
        self.clock = ClockTable(connection, controls=self.controls, journal=self.journal, approvals=self.approvals)
        self.views = Views(
            connection,
            clock=self.clock,
            controls=self.controls,
            attempts=self.attempts,
            approvals=self.approvals,
            lines=self.lines,
            marks=self.marks,
        )


class Storage:
    """The way to what is stored. A unit of work is whole or was not, and its caller waits for it to end.

    `on_journal` is a nudge that there may be something new to read; losing one costs time, never truth.
    """

    def __init__(self, database: Database, *, on_journal: Callable[[], None], now: Now) -> None:
        self._database = database
        self._on_journal = on_journal
        self._now = now
        #: The last `seq` that a unit of work of this storage put on disk; 0 before the first.
        self.last_seq = 0

    async def read(self, work: Callable[[UnitOfWork], T]) -> T:
        return await self._database.transact(lambda connection: work(UnitOfWork(connection)))

    async def write(self, work: Callable[[UnitOfWork], T]) -> T:
        """As `read`; what was written is on disk when this returns."""

        def counted(unit: UnitOfWork) -> tuple[T, int]:
            result = work(unit)
            return result, unit.journal.written_seq

        result, seq = await self.read(counted)
        self.last_seq = max(self.last_seq, seq)
        self._on_journal()
        return result

    async def read_aside(self, work: Callable[[DatabaseFile], T]) -> T:
        """What takes long to read, while units of work go on; each `read` of the file is as of one instant."""
        return await self._database.read_aside(work)

    async def look_at_files(self) -> None:
        """Look whether the database is still the one that was opened."""
        await self._database.look_at_files()

    async def watch_files(self) -> None:
        """Look at the files again and again, and tell once they are others, and once they are back; until cancelled.

        Until then nothing can be bought, as nobody would find what is written down.
        """
        since: datetime | None = None
        while True:
            await self._database.look_at_files()
            why, at = self._database.displaced, self._now()
            if why is not None and since is None:
                log.error("storage.displaced", extra={"why": why})
                if await self._has_told(StorageDisplaced(why=why), at=at):
                    since = at
            elif why is None and since is not None:
                log.warning("storage.back", extra={"since": since})
                if await self._has_told(StorageBack(lasted_s=round((at - since).total_seconds())), at=at):
                    since = None
            await asyncio.sleep(ROUND.total_seconds())

    async def watch_storage(self) -> None:
        """Once the file can be written again after a time when it could not, say so in it; until cancelled.

        Until then nothing can be bought, as nothing can be written down before it is done.
        """
        since: datetime | None = None
        why = ""
        while True:
            # Of a database that was touched, that is told already.
            if since is None and self._database.trouble is not None and self._database.displaced is None:
                since, why = self._now(), self._database.trouble
                log.error("storage.failed", extra={"why": why})
            if since is not None and await self._can_tell(since, why):
                since = None
            await asyncio.sleep(ROUND.total_seconds())

    async def _can_tell(self, since: datetime, why: str) -> bool:
        at = self._now()
        fact = StorageFailed(why=why, since=since, lasted_s=round((at - since).total_seconds()))
        return await self._has_told(fact, at=at)

    async def _has_told(self, fact: Fact, *, at: datetime) -> bool:
        with contextlib.suppress(DatabaseUnusable):
            await self.write(lambda unit: unit.journal.append(fact, at=at))
            return True
        return False
