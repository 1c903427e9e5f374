"""A database is opened whole or refused, and its rows and copies are as they were asked for."""

import asyncio
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa

from config.database import Database, DatabaseLost, DatabaseUnusable, copy_database, insert_new, put_row
from config.database.sqlite import APPLICATION_ID
from tests.unit.config.shelf import numbers, opened, plain, put, shelf, tables


def pragmas(connection: sa.Connection) -> list[object]:
    names = ("journal_mode", "synchronous", "foreign_keys", "application_id", "user_version")
    return [connection.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in names]


# ---- opening


async def test_a_new_file_is_stamped_and_set_up_as_the_storage_rules_ask(path: Path) -> None:
    full = 2
    async with opened(path) as database:
        assert await database.transact(pragmas) == ["wal", full, 1, APPLICATION_ID, 1]


async def test_what_was_written_is_there_after_opening_again(path: Path) -> None:
    async with opened(path) as database:
        await database.transact(put(1))
    async with opened(path) as database:
        assert await database.transact(numbers) == [1]


@pytest.mark.guards("config", "a database of a newer program is refused")
async def test_a_file_of_a_newer_program_is_refused(path: Path) -> None:
    async with opened(path):
        pass
    with plain(path) as connection:
        connection.execute("PRAGMA user_version = 2")
    with pytest.raises(DatabaseUnusable, match="newer than"):
        async with opened(path):
            pass


@pytest.mark.guards("config", "a database of another program is left alone")
@pytest.mark.parametrize("mark", ["CREATE TABLE theirs (x)", "PRAGMA user_version = 1", "PRAGMA application_id = 7"])
async def test_a_file_of_another_program_is_refused_and_gets_no_tables(path: Path, mark: str) -> None:
    with plain(path) as connection:
        connection.execute(mark)
    with pytest.raises(DatabaseUnusable, match="belongs to another program"):
        async with opened(path):
            pass
    with plain(path) as connection:
        assert ("shelf",) not in connection.execute("SELECT name FROM sqlite_master").fetchall()


async def test_a_file_that_is_no_database_is_refused(path: Path) -> None:
    await asyncio.to_thread(path.write_bytes, b"not a database at all" * 100)
    with pytest.raises(DatabaseUnusable, match="cannot be used: file is not a database"):
        async with opened(path):
            pass


async def test_a_directory_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(DatabaseUnusable, match="unable to open"):
        async with opened(tmp_path / "none" / "stockbell.db"):
            pass


@pytest.mark.parametrize("name", ["a?b.db", "100%25.db", "a b#c.db"])
async def test_a_path_means_the_same_file_to_read_and_to_write_whatever_its_letters(tmp_path: Path, name: str) -> None:
    async with opened(tmp_path / name) as writer, opened(tmp_path / name, read_only=True) as reader:
        await writer.transact(put(1))
        assert await reader.transact(numbers) == [1]
    assert (tmp_path / name).exists()


async def test_a_reader_makes_no_file_and_writes_nothing(path: Path) -> None:
    with pytest.raises(DatabaseUnusable):
        async with opened(path, read_only=True):
            pass
    assert not await asyncio.to_thread(path.exists)
    async with opened(path), opened(path, read_only=True) as reader:
        with pytest.raises(DatabaseUnusable, match="readonly"):
            await reader.transact(put(1))


@pytest.mark.guards("config", "a database that is lost is not begun anew without a word")
@pytest.mark.parametrize("left", ["stockbell.db-wal", "stockbell.db-shm", "stockbell.db.before-2", "audit-2026.jsonl"])
async def test_a_database_that_is_missing_beside_what_it_left_is_refused(path: Path, left: str) -> None:
    await asyncio.to_thread(path.with_name(left).touch)
    database = Database(path, tables=[tables], traces=["audit*.jsonl"])
    with pytest.raises(DatabaseLost, match=f"is missing, and {left} beside it is of an earlier one"):
        await database.open()
    await database.close()
    assert [one.name for one in path.parent.iterdir()] == [left]


@pytest.mark.guards("config", "a database that is lost is not begun anew without a word")
@pytest.mark.parametrize("read_only", [False, True])
async def test_an_empty_file_is_refused_and_stays_as_it_is(path: Path, read_only: bool) -> None:  # noqa: FBT001  a parameter
    await asyncio.to_thread(path.touch)
    with pytest.raises(DatabaseLost, match="is empty"):
        async with opened(path, read_only=read_only):
            pass
    assert await asyncio.to_thread(path.read_bytes) == b""


@pytest.mark.guards("config", "a database that is lost is not begun anew without a word")
async def test_a_file_of_ours_without_our_tables_is_refused(path: Path) -> None:
    async with opened(path):
        pass
    with plain(path) as connection:
        connection.execute("DROP TABLE shelf")
    with pytest.raises(DatabaseLost, match="holds none of our tables"):
        async with opened(path):
            pass


async def test_a_link_to_a_file_that_is_not_there_is_told_and_left_alone(path: Path) -> None:
    await asyncio.to_thread(path.symlink_to, path.with_name("elsewhere") / "stockbell.db")
    with pytest.raises(DatabaseUnusable, match="unable to open"):
        async with opened(path):
            pass
    assert await asyncio.to_thread(path.is_symlink)


@pytest.mark.guards("config", "a crash while a database is made leaves none, or a whole one")
@pytest.mark.parametrize("when", ["before_create", "after_create"])
def test_a_process_that_is_killed_while_it_makes_a_database_leaves_none(path: Path, when: str) -> None:
    program = """
import asyncio, os, sys
from pathlib import Path
import sqlalchemy as sa
from config.database import Database
from tests.unit.config.shelf import shelf, tables
sa.event.listen(shelf, sys.argv[2], lambda *_, **__: os.kill(os.getpid(), 9))
asyncio.run(Database(Path(sys.argv[1]), tables=[tables]).open())
"""
    done = subprocess.run([sys.executable, "-c", program, str(path), when], check=False, capture_output=True)
    assert (done.returncode, path.exists()) == (-signal.SIGKILL, False), done.stderr
    asyncio.run(_make_and_close(path))
    assert [one.name for one in path.parent.iterdir()] == ["stockbell.db"]


async def _make_and_close(path: Path) -> None:
    async with opened(path):
        pass


async def test_a_new_database_and_what_is_written_ahead_of_it_are_for_their_owner_alone(path: Path) -> None:
    async with opened(path) as database:
        await database.transact(put(1))
        modes = {one.name: stat.S_IMODE(one.stat().st_mode) for one in path.parent.iterdir()}
    assert modes == dict.fromkeys(("stockbell.db", "stockbell.db-wal", "stockbell.db-shm"), 0o600)


# ---- rows and copies


async def test_a_row_that_is_there_is_not_inserted_again_and_the_caller_is_told(path: Path) -> None:
    def insert(connection: sa.Connection) -> list[bool]:
        return [insert_new(connection, shelf, {"id": number}) for number in (1, 1, 2)]

    async with opened(path) as database:
        assert await database.transact(insert) == [True, False, True]
        assert await database.transact(numbers) == [1, 2]


async def test_a_row_is_put_in_the_place_of_the_one_with_its_key(path: Path) -> None:
    def under(connection: sa.Connection) -> list[tuple[int, int | None]]:
        put_row(connection, shelf, {"id": 1, "under": None})
        put_row(connection, shelf, {"id": 2, "under": 2})
        put_row(connection, shelf, {"id": 2, "under": 1})
        return [(row.id, row.under) for row in connection.execute(sa.select(shelf).order_by(shelf.c.id))]

    async with opened(path) as database:
        assert await database.transact(under) == [(1, None), (2, 1)]


async def test_a_copy_is_whole_and_for_its_owner_alone_and_is_written_over_nothing(path: Path) -> None:
    copy = path.with_name("copy.db")
    async with opened(path) as database:
        await database.transact(put(1))
        copy_database(path, copy)
        with pytest.raises(DatabaseUnusable, match="File exists"):
            copy_database(path, copy)
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    async with opened(copy) as database:
        assert await database.transact(numbers) == [1]


def test_of_a_file_that_holds_nothing_of_ours_no_copy_is_left(path: Path) -> None:
    path.touch()
    with pytest.raises(DatabaseUnusable, match="it is none of ours"):
        copy_database(path, path.with_name("copy.db"))
    assert [one.name for one in path.parent.iterdir()] == ["stockbell.db"]


@pytest.mark.guards("config", "an older database is copied before it is changed, and the copy is sound")
async def test_of_a_file_that_is_not_sound_no_copy_is_left(path: Path) -> None:
    async with opened(path) as database:
        await database.transact(lambda connection: [put(number)(connection) for number in range(2_000)])
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * 8192)
    with pytest.raises(DatabaseUnusable, match="could not be copied"):
        copy_database(path, path.with_name("copy.db"))
    assert not path.with_name("copy.db").exists()
