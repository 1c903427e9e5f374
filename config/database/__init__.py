"""One SQLite file on one thread: opening it, its version, and units of work that are whole or not at all.

Knows no table. Its parts: `sqlite.py` hides what is SQLite's own, `upgrade.py` brings older files up to date,
`file.py` reads beside the service, `data_dir.py` has the directory and its lock.
"""

import asyncio
import contextlib
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa

from config.database import sqlite
from config.database.columns import BigId, partial_index
from config.database.data_dir import DataDir
from config.database.errors import DatabaseLost, DatabaseUnusable, DataDirHeld, WorkRefused
from config.database.file import DatabaseFile
from config.database.opened_files import OpenedFiles
from config.database.sqlite import copy_database, empty_tables, insert_new, put_row, put_rows
from config.database.upgrade import Migration, check_version, upgrade

__all__ = [
    "BigId",
    "Connection",
    "DataDir",
    "DataDirHeld",
    "Database",
    "DatabaseFile",
    "DatabaseLost",
    "DatabaseUnusable",
    "Migration",
    "WorkRefused",
    "copy_database",
    "empty_tables",
    "insert_new",
    "partial_index",
    "put_row",
    "put_rows",
]

T = TypeVar("T")

#: The transaction in which a unit of work runs.
Connection = sa.Connection


class Database:
    """Runs each unit of work whole, one after another, on one thread.

    A cancelled caller waits for its unit to end: cancellation never leaves in doubt what was written.
    """

    def __init__(
        self,
        path: Path,
        *,
        tables: Sequence[sa.MetaData],
        migrations: Sequence[Migration] = (),
        on_open: Callable[[sa.Connection], None] | None = None,
        traces: Sequence[str] = (),
        read_only: bool = False,
    ) -> None:
        """`tables` are those of the present version; the n-th of `migrations` leads from version n to the next.

        `on_open` is called once with the one connection, when the tables are there. `traces` are patterns of files
        beside it that only a database leaves: where one lies, a missing database is not made anew.
        """
        self._path = path
        self._traces = (*(f"{path.name}{end}" for end in ("-wal", "-shm", ".before-*")), *traces)
        self._tables = tables
        self._migrations = migrations
        self._on_open = on_open
        self._version = 1 + len(migrations)
        self._read_only = read_only
        self._engine = sqlite.engine_for(path, read_only=read_only)
        self._files = OpenedFiles(path)
        #: Why the last unit of work failed, such as a full disk, until something is written again.
        self.trouble: str | None = None
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="database")

    async def open(self) -> None:
        """Make a new file, or bring an older one of ours up to date, a copy of it kept beside it.

        Raises:
            DatabaseUnusable: it is newer than we are, or cannot be read.
            DatabaseLost: it is not ours, empty, or missing beside what an earlier one left; nothing is written.
        """
        await self._on_thread(self._open)

    def _open(self) -> None:
        try:
            if not self._read_only and not os.path.lexists(self._path):
                self._make()
            with self._engine.begin() as connection:
                version = check_version(connection, self._path, wanted=self._version, may_upgrade=not self._read_only)
                if version == 0:
                    raise DatabaseLost(f"{self._path} is empty")
                sqlite.check_tables(connection, self._path, self._tables)
            if self._read_only:
                return
            sqlite.write_ahead(self._engine)
            if version < self._version:
                upgrade(self._path, self._migrations, before=version)
            if self._on_open is not None:
                with self._engine.begin() as connection:
                    self._on_open(connection)
            self._files.note()
        except sa.exc.DatabaseError as error:
            raise sqlite.unusable(self._path, error) from error

    def _make(self) -> None:
        """Nothing is made where there was one: what was bought would be forgotten without a word."""
        traces = sorted(path.name for trace in self._traces for path in self._path.parent.glob(trace))
        if traces:
            raise DatabaseLost(f"{self._path} is missing, and {traces[0]} beside it is of an earlier one")
        sqlite.make_database(self._path, self._tables, version=self._version)

    @property
    def displaced(self) -> str | None:
        """Why its files are not those that were opened, as `look_at_files` found it last, else None."""
        return self._files.trouble

    async def look_at_files(self) -> None:
        """Compare what stands at the paths of the files with what was opened. Waits for no unit of work."""
        await asyncio.to_thread(self._files.look)

    async def transact(self, work: Callable[[sa.Connection], T]) -> T:
        """Run `work` in one transaction on the database's thread: when this returns, all of it is on disk.

        Raises:
            DatabaseUnusable: the file or its disk fails; nothing of it is on disk.
            WorkRefused: a law of the tables forbids it; nothing of it is on disk, and the file is well.
        """
        return await self._on_thread(lambda: self._whole(work))

    async def read_within(self, longest: timedelta, work: Callable[[sa.Connection], T]) -> T:
        """As `transact`, for what only reads: who waits is let go after so long, and what was begun ends by itself.

        Raises:
            TimeoutError: the thread is busy for longer, or its disk gives no answer.
        """
        reading = asyncio.get_running_loop().run_in_executor(self._thread, lambda: self._whole(work))
        reading.add_done_callback(_look_at_outcome)
        async with asyncio.timeout(longest.total_seconds()):
            return await asyncio.shield(reading)

    def _whole(self, work: Callable[[sa.Connection], T]) -> T:
        try:
            with self._engine.begin() as connection:
                before = sqlite.changes(connection)
                result = work(connection)
                has_written = sqlite.changes(connection) != before
        except (sa.exc.IntegrityError, sa.exc.DataError, sa.exc.ProgrammingError) as error:
            raise WorkRefused(str(error.orig)) from error
        except sa.exc.DatabaseError as error:
            self.trouble = str(error.orig)
            raise DatabaseUnusable(f"{self._path} cannot be used: {error.orig}") from error
        if has_written:
            self.trouble = None
        return result

    async def _on_thread(self, call: Callable[[], T]) -> T:
        future = asyncio.get_running_loop().run_in_executor(self._thread, call)
        try:
            return await asyncio.shield(future)
        except asyncio.CancelledError:
            # The unit of work goes on whatever we do; whoever was cancelled may act only once it has ended.
            while not future.done():  # cancelled again and again, it still waits
                with contextlib.suppress(asyncio.CancelledError):
                    await asyncio.wait({future})
            future.exception()  # or asyncio would complain that nobody asked
            raise

    async def read_aside(self, work: Callable[[DatabaseFile], T]) -> T:
        """What `work` reads, which may take long: on its own thread and connection, so that nothing waits for it.

        Raises:
            DatabaseUnusable: the file can't be read.
        """

        def on_its_own() -> T:
            with DatabaseFile(self._path, version=self._version) as file:
                return work(file)

        return await asyncio.to_thread(on_its_own)

    async def close(self) -> None:
        with contextlib.suppress(sa.exc.DatabaseError):
            await self._on_thread(self._engine.dispose)
        self._files.close()
        self._thread.shutdown(wait=True)


def _look_at_outcome(reading: asyncio.Future[Any]) -> None:
    """Whoever waited for it may be gone."""
    if not reading.cancelled():
        reading.exception()
