"""What only SQLite knows: how a connection is set up, how a file is stamped and copied, how a row is put.

For another database something else stands in the place of this module, and of nothing else.
"""

import os
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite
from sqlalchemy.pool import StaticPool

from config.database.errors import DatabaseLost, DatabaseUnusable

#: Where a connection keeps how much it had changed when its transaction began.
AT_BEGIN = "stockbell.changes_at_begin"

#: "STBL", so that another program's SQLite file is never taken for ours.
APPLICATION_ID = 0x5354424C


# ---- connections


def engine_for(path: Path, *, read_only: bool = False, foreign_keys: bool = True) -> sa.Engine:
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
        cursor.execute("PRAGMA temp_store = MEMORY")
        cursor.execute(f"PRAGMA foreign_keys = {'ON' if foreign_keys else 'OFF'}")
        cursor.close()

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        # A deferred BEGIN that reads and then writes fails with BUSY_SNAPSHOT whatever the busy timeout is.
        connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")
        connection.info[AT_BEGIN] = changes(connection)

    return engine


def _url(path: Path, *, read_only: bool) -> sa.URL:
    if read_only:
        return sa.URL.create("sqlite", database=f"file:{quote(str(path))}", query={"mode": "ro", "uri": "true"})
    return sa.URL.create("sqlite", database=str(path))


def write_ahead(engine: sa.Engine) -> None:
    """Kept in the file, so that it is asked for only once the file is known to be ours."""
    raw = engine.raw_connection()  # it can't be done within a transaction
    try:
        raw.cursor().execute("PRAGMA journal_mode = WAL")
    finally:
        raw.close()


def changes(connection: sa.Connection) -> int:
    """How many rows this connection ever changed."""
    raw = connection.connection.dbapi_connection
    return 0 if raw is None else int(raw.total_changes)


# ---- files


def version_of(connection: sa.Connection, path: Path) -> int:
    """The version of the schema that is stamped into the file; 0 for one that is new.

    Raises:
        DatabaseUnusable: it is another program's.
    """
    owner = connection.exec_driver_sql("PRAGMA application_id").scalar_one()
    version = connection.exec_driver_sql("PRAGMA user_version").scalar_one()
    holds = connection.exec_driver_sql("SELECT count(*) FROM sqlite_master").scalar_one()
    if owner != APPLICATION_ID and (owner or version or holds):
        raise DatabaseLost(f"{path} belongs to another program")
    return int(version)


def check_tables(connection: sa.Connection, path: Path, tables: Sequence[sa.MetaData]) -> None:
    """A file that is stamped as ours holds our tables.

    Raises:
        DatabaseLost: none of them is there.
    """
    there = set(connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table'").scalars())
    if there.isdisjoint(name for metadata in tables for name in metadata.tables):
        raise DatabaseLost(f"{path} holds none of our tables")


def unusable(path: Path, error: sa.exc.DatabaseError) -> DatabaseUnusable:
    """What SQLite's error means for whoever needs the file."""
    code = getattr(error.orig, "sqlite_errorcode", 0) & 0xFF  # what is above it tells where it was found
    lost = code in {sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT}
    return (DatabaseLost if lost else DatabaseUnusable)(f"{path} cannot be used: {error.orig}")


def make_database(path: Path, tables: Sequence[sa.MetaData], *, version: int) -> None:
    """Make a new one with these tables, for its owner alone: a crash leaves a whole one or none.

    Raises:
        DatabaseUnusable: it can't be written.
    """
    new = path.with_name(f"{path.name}.new")
    try:
        for left in (new, new.with_name(f"{new.name}-journal")):
            left.unlink(missing_ok=True)
        os.close(os.open(new, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        _fill(new, tables, version=version)
        new.rename(path)
        sync_directory(path.parent)
    except OSError as error:
        raise DatabaseUnusable(f"{path} cannot be used: unable to open it: {error.strerror}") from error


def _fill(path: Path, tables: Sequence[sa.MetaData], *, version: int) -> None:
    engine = engine_for(path)
    try:
        with engine.begin() as connection:
            for metadata in tables:
                metadata.create_all(connection)
            stamp(connection, version)
    finally:
        engine.dispose()


def sync_directory(folder: Path) -> None:
    """Have the folder's entries on disk, so that no power cut takes back what was made or renamed in it."""
    held = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(held)
    finally:
        os.close(held)


def stamp(connection: sa.Connection, version: int) -> None:
    """Mark the file as ours and of this version, with the rest of the transaction."""
    connection.exec_driver_sql(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.exec_driver_sql(f"PRAGMA user_version = {version}")


def check_references(connection: sa.Connection) -> None:
    """What was changed while foreign keys were off must keep them all the same.

    Raises:
        DatabaseUnusable: some row refers to one that is not there.
    """
    broken = {row[0] for row in connection.exec_driver_sql("PRAGMA foreign_key_check")}
    if broken:
        raise DatabaseUnusable(f"rows without what they refer to in {', '.join(sorted(broken))}")


def quick_check(connection: sa.Connection) -> str:
    """What SQLite finds wrong with the file; "ok" is nothing."""
    return str(connection.exec_driver_sql("PRAGMA quick_check").scalar_one())


def copy_database(source: Path, target: Path) -> None:
    """Copy a database whole, for its owner alone, beside a program that writes to it too; the target must not exist.

    Raises:
        DatabaseUnusable: it can't be copied, or the copy is not sound; no copy is left then.
    """
    try:
        os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except OSError as error:
        raise DatabaseUnusable(f"{source} could not be copied to {target}: {error.strerror}") from error
    try:
        _copy(source, target)
    except (OSError, sqlite3.Error) as error:
        target.unlink(missing_ok=True)
        raise DatabaseUnusable(f"{source} could not be copied: {error}") from error


def _copy(source: Path, target: Path) -> None:
    read_only = f"{source.absolute().as_uri()}?mode=ro"
    with closing(sqlite3.connect(read_only, uri=True)) as held, closing(sqlite3.connect(target)) as copy:
        held.backup(copy)
        ((owner,),) = copy.execute("PRAGMA application_id")
        ((verdict,),) = copy.execute("PRAGMA integrity_check(1)")
    if verdict != "ok":
        raise sqlite3.DatabaseError(verdict)
    if owner != APPLICATION_ID:
        raise sqlite3.DatabaseError("it is none of ours")
    with target.open("rb") as file:
        os.fsync(file.fileno())


def empty_tables(path: Path, names: Iterable[str]) -> None:
    """Take all rows out of these tables of a copy that nobody else has; one that it does not have is passed over.

    Raises:
        DatabaseUnusable: it can't be written.
    """
    try:
        with closing(sqlite3.connect(path)) as held, held:
            there = {name for (name,) in held.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            for name in there.intersection(names):
                held.execute(f'DELETE FROM "{name}"')  # noqa: S608  names of ours
    except sqlite3.Error as error:
        raise DatabaseUnusable(f"{path} could not be changed: {error}") from error


# ---- rows


def insert_new(connection: sa.Connection, table: sa.Table, row: Mapping[str, Any]) -> bool:
    """Insert a row, or nothing where there is one like it; whether it was new."""
    insert = sqlite.insert(table).values(row).on_conflict_do_nothing().returning(*table.primary_key)
    return connection.execute(insert).first() is not None


def put_row(connection: sa.Connection, table: sa.Table, row: Mapping[str, Any]) -> None:
    """Insert a row, or set these columns of the row that has its primary key."""
    connection.execute(_put(table, tuple(row)), row)


def put_rows(connection: sa.Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """As `put_row`, many at once; all of them name the same columns."""
    if rows:
        connection.execute(_put(table, tuple(rows[0])), list(rows))


@cache
def _put(table: sa.Table, columns: tuple[str, ...]) -> sa.Insert:
    """To build a statement takes longer than to run it."""
    insert = sqlite.insert(table)
    key = [column.name for column in table.primary_key]
    values = {name: insert.excluded[name] for name in columns if name not in key}
    return insert.on_conflict_do_update(index_elements=key, set_=values)
