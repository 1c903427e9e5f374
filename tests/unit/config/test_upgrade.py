"""Files of older versions: what a start makes of them, and what is left when it ends in the middle."""

import asyncio
import contextlib
import os
import signal
import sqlite3
import stat
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from config.database import Connection, Database, DatabaseFile, DatabaseUnusable, Migration

if TYPE_CHECKING:
    from alembic.operations import Operations

first = sa.MetaData()
box = sa.Table("box", first, sa.Column("id", sa.Integer, primary_key=True), sa.Column("label", sa.Text))
sa.Table("coin", first, sa.Column("id", sa.Integer, primary_key=True), sa.Column("box", sa.ForeignKey("box.id")))

last = sa.MetaData()
sa.Table(
    "box", last, sa.Column("id", sa.Integer, primary_key=True), sa.Column("label", sa.Text), sa.Column("color", sa.Text)
)
sa.Table("coin", last, sa.Column("id", sa.Integer, primary_key=True), sa.Column("box", sa.ForeignKey("box.id")))

ROWS = [(1, "old"), (2, "new")]


def paint(op: "Operations") -> None:
    """Version 2 knows colors."""
    op.add_column("box", sa.Column("color", sa.Text))
    op.execute("UPDATE box SET color = 'red'")


def repaint(op: "Operations") -> None:
    """Version 3 has one color more, which needs those of version 2."""
    op.execute("UPDATE box SET color = color || ' and blue'")


def break_down(op: "Operations") -> None:
    op.execute("UPDATE box SET label = 'lost'")
    op.drop_table("coin")
    raise LookupError("in the middle")


def die(op: "Operations") -> None:
    op.execute("UPDATE box SET label = 'lost'")
    os.kill(os.getpid(), signal.SIGKILL)


def build_anew(op: "Operations") -> None:
    """As SQLite can't change a column: what refers to the table must outlive that it is dropped."""
    with op.batch_alter_table("box", recreate="always") as batch:
        batch.add_column(sa.Column("color", sa.Text))


def lose_a_box(op: "Operations") -> None:
    op.execute("DELETE FROM box WHERE id = 1")


@contextlib.asynccontextmanager
async def opened(path: Path, *migrations: Migration, tables: sa.MetaData = last) -> AsyncIterator[Database]:
    database = Database(path, tables=[tables], migrations=migrations)
    try:
        await database.open()
        yield database
    finally:
        await database.close()


async def make_first(path: Path) -> None:
    """A file of version 1, with two boxes and a coin in the first."""

    def fill(connection: Connection) -> None:
        connection.execute(box.insert(), [{"id": number, "label": label} for number, label in ROWS])
        connection.exec_driver_sql("INSERT INTO coin (id, box) VALUES (7, 1)")

    async with opened(path, tables=first) as database:
        await database.transact(fill)


async def upgrade(path: Path, *migrations: Migration) -> None:
    async with opened(path, *migrations):
        pass


def rows(path: Path, sql: str = "SELECT * FROM box ORDER BY id") -> Sequence[tuple[object, ...]]:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        return connection.execute(sql).fetchall()


def version(path: Path) -> object:
    return rows(path, "PRAGMA user_version")[0][0]


async def is_as_it_was(path: Path) -> bool:
    return (version(path), rows(path), rows(path, "SELECT * FROM coin")) == (1, ROWS, [(7, 1)])


# ---- up to date


async def test_an_older_file_is_brought_up_to_date_with_all_that_it_holds(path: Path) -> None:
    await make_first(path)
    async with opened(path, paint) as database:
        found = await database.transact(lambda connection: connection.exec_driver_sql("SELECT * FROM box").all())
    assert [tuple(row) for row in found] == [(1, "old", "red"), (2, "new", "red")]
    assert version(path) == 2


async def test_migrations_run_in_their_order_from_the_version_of_the_file(path: Path, tmp_path: Path) -> None:
    await make_first(path)
    await upgrade(path, paint, repaint)
    second = tmp_path / "second.db"
    await make_first(second)
    await upgrade(second, paint)
    await upgrade(second, paint, repaint)
    for file in (path, second):
        assert (version(file), rows(file)[0]) == (3, (1, "old", "red and blue"))


async def test_a_new_file_has_the_last_version_and_no_migration_runs(path: Path) -> None:
    await upgrade(path, break_down, break_down)
    assert (version(path), rows(path)) == (3, [])
    assert [one.name for one in path.parent.iterdir()] == [path.name]


async def test_a_table_that_is_made_anew_keeps_what_refers_to_it(path: Path) -> None:
    await make_first(path)
    async with opened(path, build_anew) as database:
        foreign_keys = await database.transact(
            lambda connection: connection.exec_driver_sql("PRAGMA foreign_keys").scalar_one()
        )
    assert (rows(path, "SELECT * FROM coin"), foreign_keys) == ([(7, 1)], 1)


@pytest.mark.guards("config", "after an upgrade every row still has what it refers to")
async def test_a_migration_that_leaves_a_row_without_what_it_refers_to_is_refused(path: Path) -> None:
    await make_first(path)
    with pytest.raises(DatabaseUnusable, match="rows without what they refer to in coin"):
        await upgrade(path, lose_a_box)
    assert await is_as_it_was(path)


# ---- the copy


async def test_a_sound_copy_of_the_older_file_is_kept_for_its_owner_alone(path: Path) -> None:
    await make_first(path)
    copy = path.with_name("stockbell.db.before-2")
    await asyncio.to_thread(copy.write_bytes, b"what an upgrade that did not end has left")
    await asyncio.to_thread(copy.with_name(f"{copy.name}.part").write_bytes, b"the same")
    await upgrade(path, paint)
    assert await is_as_it_was(copy)
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert sorted(one.name for one in path.parent.iterdir()) == [path.name, copy.name]


async def test_the_copy_holds_what_is_written_ahead_only(path: Path) -> None:
    await make_first(path)
    with contextlib.closing(sqlite3.connect(path)) as beside:
        beside.execute("INSERT INTO box VALUES (3, 'late')")
        beside.commit()
        await upgrade(path, paint)
    assert (3, "late") in rows(path.with_name("stockbell.db.before-2"))


@pytest.mark.guards("config", "an older database is copied before it is changed, and the copy is sound")
async def test_without_a_copy_nothing_is_changed(path: Path) -> None:
    await make_first(path)
    (path.parent / "stockbell.db.before-2").mkdir()
    with pytest.raises(DatabaseUnusable, match=r"before-2 could not be written"):
        await upgrade(path, paint)
    assert await is_as_it_was(path)


# ---- an end in the middle


@pytest.mark.guards("config", "an upgrade is all or nothing")
async def test_a_migration_that_fails_leaves_the_older_version_and_a_later_start_brings_it_up_to_date(
    path: Path,
) -> None:
    await make_first(path)
    with pytest.raises(LookupError, match="in the middle"):
        await upgrade(path, paint, break_down)
    assert await is_as_it_was(path)
    await upgrade(path, paint, repaint)
    assert (version(path), rows(path)[1]) == (3, (2, "new", "red and blue"))


PROGRAM = """
import asyncio, sys
from pathlib import Path
from tests.unit.config.test_upgrade import die, paint, upgrade
asyncio.run(upgrade(Path(sys.argv[1]), *{migrations}))
print(*(name for name in sys.modules if name.partition(".")[0] == "alembic"))
"""


def run(path: Path, migrations: str) -> "subprocess.CompletedProcess[str]":
    """Open the file in a process of its own."""
    words = [sys.executable, "-c", PROGRAM.format(migrations=migrations), str(path)]
    return subprocess.run(words, capture_output=True, text=True, check=False)


@pytest.mark.guards("config", "an upgrade is all or nothing")
async def test_a_kill_in_the_middle_leaves_the_older_version(path: Path) -> None:
    await make_first(path)
    died = await asyncio.to_thread(run, path, "[paint, die]")
    assert died.returncode == -signal.SIGKILL
    assert await is_as_it_was(path)
    await upgrade(path, paint, repaint)
    assert (version(path), rows(path)[0]) == (3, (1, "old", "red and blue"))


# ---- what is not touched


@pytest.mark.guards("config", "an older database is changed by the start of the service alone")
async def test_who_only_reads_refuses_an_older_file_and_leaves_it_as_it_is(path: Path) -> None:
    await make_first(path)
    reader = Database(path, tables=[last], migrations=[paint], read_only=True)
    with pytest.raises(DatabaseUnusable, match="has version 1, older than 2: the service's start updates it"):
        await reader.open()
    await reader.close()
    with DatabaseFile(path, version=2) as file, pytest.raises(DatabaseUnusable, match="older than 2"):
        file.read(lambda connection: connection.exec_driver_sql("SELECT 1").all())
    assert await is_as_it_was(path)


async def test_a_start_that_has_nothing_to_migrate_does_without_alembic(path: Path) -> None:
    for _ in ("a new file", "a file of this version"):
        done = await asyncio.to_thread(run, path, "[paint]")
        assert (done.returncode, done.stdout) == (0, "\n"), done.stderr
    older = path.with_name("older.db")
    await make_first(older)
    assert "alembic" in (await asyncio.to_thread(run, older, "[paint]")).stdout
