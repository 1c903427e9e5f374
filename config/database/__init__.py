"""One SQLite file on one thread: opening it, its version, and units of work that are whole or not at all.

Knows no table.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote

import sqlalchemy as sa
from filelock import FileLock, Timeout
from sqlalchemy.pool import StaticPool

log = logging.getLogger(__name__)

#: Stamped into every file; a file with a higher one comes from a newer program.
SCHEMA_VERSION = 1
#: "STBL", so that another program's SQLite file is never taken for ours.
APPLICATION_ID = 0x5354424C

T = TypeVar("T")


class DatabaseUnusable(Exception):
    """The file can't serve: not ours, damaged, or from a newer program. The message says which."""


class DataDirHeld(Exception):
    """Another process holds the data directory."""


class DataDir:
    """The data directory, created 0700, and the lock that lets one process own it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = FileLock(path / "lock", timeout=0)

    def create(self) -> None:
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise DatabaseUnusable(f"{self.path} cannot be the data directory: {error.strerror}") from error

    def hold(self) -> None:
        """Own the directory while this object lives; the kernel frees the lock however the process ends.

        Raises:
            DataDirHeld: another process does.
            DatabaseUnusable: there can be no such directory.
        """
        self.create()
        try:
            self._lock.acquire()
        except Timeout as error:
            raise DataDirHeld(f"another instance holds {self.path}") from error

    def release(self) -> None:
        self._lock.release()


def engine_for(path: Path, *, read_only: bool = False) -> sa.Engine:
    """An engine whose every connection is set up as the storage rules ask: FULL, foreign keys, BEGIN IMMEDIATE."""
    engine = sa.create_engine(
        _url(path, read_only=read_only), poolclass=StaticPool, connect_args={"check_same_thread": False}
    )

    @sa.event.listens_for(engine, "connect")
    def _set_up(connection: "sa.engine.interfaces.DBAPIConnection", _record: object) -> None:
        connection.isolation_level = None  # SQLAlchemy says BEGIN, so that it can say BEGIN IMMEDIATE
        cursor = connection.cursor()
        cursor.execute("PRAGMA busy_timeout = 5000")
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.close()

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        # A deferred BEGIN that reads and then writes fails with BUSY_SNAPSHOT whatever the busy timeout is.
        connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")

    return engine


def _url(path: Path, *, read_only: bool) -> sa.URL:
    if read_only:
        return sa.URL.create("sqlite", database=f"file:{quote(str(path))}", query={"mode": "ro", "uri": "true"})
    return sa.URL.create("sqlite", database=str(path))


class Database:
    """Runs each unit of work whole, one after another, on one thread.

    A cancelled caller waits for its unit to end: cancellation never leaves in doubt what was written.
    """

    def __init__(self, path: Path, *, tables: Sequence[sa.MetaData], read_only: bool = False) -> None:
        self._path = path
        self._tables = tables
        self._read_only = read_only
        self._engine = engine_for(path, read_only=read_only)
        #: Why the last unit of work failed, such as a full disk, until something is written again.
        self.trouble: str | None = None
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="database")

    async def open(self) -> None:
        """Make the tables of a new file, or check that an old one is ours and not newer than we are.

        Raises:
            DatabaseUnusable: it is not, or cannot be read.
        """
        await self._on_thread(self._open)

    def _open(self) -> None:
        try:
            with self._engine.begin() as connection:
                self._check_ours(connection)
            if self._read_only:
                return
            self._write_ahead()
            with self._engine.begin() as connection:
                for tables in self._tables:
                    tables.create_all(connection)
                connection.exec_driver_sql(f"PRAGMA application_id = {APPLICATION_ID}")
                connection.exec_driver_sql(f"PRAGMA user_version = {SCHEMA_VERSION}")
        except sa.exc.DatabaseError as error:
            raise DatabaseUnusable(f"{self._path} cannot be used: {error.orig}") from error

    def _write_ahead(self) -> None:
        """Kept in the file, so that it is asked for only once the file is known to be ours."""
        raw = self._engine.raw_connection()  # it can't be done within a transaction
        try:
            raw.cursor().execute("PRAGMA journal_mode = WAL")
        finally:
            raw.close()

    def _check_ours(self, connection: sa.Connection) -> None:
        owner = connection.exec_driver_sql("PRAGMA application_id").scalar_one()
        version = connection.exec_driver_sql("PRAGMA user_version").scalar_one()
        holds = connection.exec_driver_sql("SELECT count(*) FROM sqlite_master").scalar_one()
        if owner != APPLICATION_ID and (owner or version or holds):
            raise DatabaseUnusable(f"{self._path} belongs to another program")
        if version > SCHEMA_VERSION:
            raise DatabaseUnusable(
                f"{self._path} has version {version}, newer than {SCHEMA_VERSION} of this program: update it"
            )

    async def transact(self, work: Callable[[sa.Connection], T]) -> T:
        """Run `work` in one transaction on the database's thread: when this returns, all of it is on disk.

        Raises:
            DatabaseUnusable: the file or its disk fails; nothing of it is on disk.
        """
        return await self._on_thread(lambda: self._whole(work))

    def _whole(self, work: Callable[[sa.Connection], T]) -> T:
        try:
            with self._engine.begin() as connection:
                before = _changes(connection)
                result = work(connection)
                has_written = _changes(connection) != before
        except (sa.exc.OperationalError, sa.exc.DatabaseError) as error:
            if isinstance(error, sa.exc.IntegrityError | sa.exc.ProgrammingError):
                raise  # a law of ours, or a mistake of ours: the file is well
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

    async def close(self) -> None:
        with contextlib.suppress(sa.exc.DatabaseError):
            await self._on_thread(self._engine.dispose)
        self._thread.shutdown(wait=True)


def _changes(connection: sa.Connection) -> int:
    """How many rows this connection ever changed."""
    raw = connection.connection.dbapi_connection
    return 0 if raw is None else int(raw.total_changes)
