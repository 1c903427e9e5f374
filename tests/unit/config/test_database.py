import asyncio
import contextlib
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from config.database import (
    Database,
    DatabaseLost,
    DatabaseUnusable,
    DataDir,
    DataDirHeld,
    WorkRefused,
    copy_database,
    insert_new,
    put_row,
)
from config.database.sqlite import APPLICATION_ID

tables = sa.MetaData()
shelf = sa.Table(
    "shelf",
    tables,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("under", sa.ForeignKey("shelf.id")),
)
HOLD = """
import sys
from pathlib import Path
from config.database import DataDir, DataDirHeld
directory = DataDir(Path(sys.argv[1]))
try:
    directory.hold()
except DataDirHeld as error:
    sys.exit(str(error))
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "stockbell.db"


@contextlib.asynccontextmanager
async def opened(path: Path, *, read_only: bool = False) -> AsyncIterator[Database]:
    database = Database(path, tables=[tables], read_only=read_only)
    try:
        await database.open()
        yield database
    finally:
        await database.close()


@contextlib.contextmanager
def plain(path: Path) -> Iterator[sqlite3.Connection]:
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        yield connection


def put(number: int, under: int | None = None) -> "Put":
    return Put(number, under)


class Put:
    def __init__(self, number: int, under: int | None) -> None:
        self._row = {"id": number, "under": under}

    def __call__(self, connection: sa.Connection) -> None:
        connection.execute(shelf.insert().values(self._row))


def numbers(connection: sa.Connection) -> list[int]:
    return list(connection.execute(sa.select(shelf.c.id).order_by(shelf.c.id)).scalars())


def pragmas(connection: sa.Connection) -> list[object]:
    names = ("journal_mode", "synchronous", "foreign_keys", "application_id", "user_version")
    return [connection.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in names]


# --- opening --------------------------------------------------------------------------------------------------------


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
from tests.unit.config.test_database import shelf, tables
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


# --- units of work --------------------------------------------------------------------------------------------------


@pytest.mark.guards("config", "a unit of work is whole or not at all")
async def test_a_unit_that_fails_leaves_nothing_behind(path: Path) -> None:
    def half(connection: sa.Connection) -> None:
        put(1)(connection)
        raise LookupError("in the middle")

    async with opened(path) as database:
        with pytest.raises(LookupError, match="in the middle"):
            await database.transact(half)
        assert await database.transact(numbers) == []


@pytest.mark.guards("purchasing", "a disk that fails is said, and told of afterwards")
async def test_a_full_disk_is_trouble_until_something_is_written_again(path: Path) -> None:
    def fill(connection: sa.Connection) -> None:
        connection.execute(shelf.insert(), [{"id": number} for number in range(10_000)])

    async with opened(path) as database:
        await database.transact(lambda connection: connection.exec_driver_sql("PRAGMA max_page_count = 1"))
        with pytest.raises(DatabaseUnusable, match="disk is full"):
            await database.transact(fill)
        assert await database.transact(numbers) == []
        assert database.trouble == "database or disk is full"
        await database.transact(lambda connection: connection.exec_driver_sql("PRAGMA max_page_count = 100000"))
        assert database.trouble is not None
        await database.transact(fill)
        assert database.trouble is None


async def test_a_law_that_was_broken_is_no_trouble_of_the_disk(path: Path) -> None:
    async with opened(path) as database:
        with pytest.raises(WorkRefused):
            await database.transact(put(1, under=7))
        assert database.trouble is None


async def test_foreign_keys_hold(path: Path) -> None:
    async with opened(path) as database:
        with pytest.raises(WorkRefused):
            await database.transact(put(1, under=99))


async def test_units_run_one_after_another_on_one_thread(path: Path) -> None:
    threads = set[int]()

    def count_up(connection: sa.Connection) -> None:
        threads.add(threading.get_ident())
        put(len(numbers(connection)))(connection)

    async with opened(path) as database:
        await asyncio.gather(*(database.transact(count_up) for _ in range(20)))
        assert await database.transact(numbers) == list(range(20))
    assert len(threads) == 1


async def test_units_of_two_connections_that_read_and_then_write_wait_for_each_other(path: Path) -> None:
    def count_up(connection: sa.Connection) -> None:
        put(len(numbers(connection)))(connection)

    async with opened(path) as ours, opened(path) as theirs:
        await asyncio.gather(*(database.transact(count_up) for _ in range(20) for database in (ours, theirs)))
        assert await ours.transact(numbers) == list(range(40))


@pytest.mark.guards("config", "a caller who is cancelled waits for the end of the unit")
@pytest.mark.parametrize("times", [1, 2, 3])
async def test_a_caller_however_often_cancelled_goes_on_only_when_its_unit_has_ended(path: Path, times: int) -> None:
    began, may_end = threading.Event(), threading.Event()

    def slow(connection: sa.Connection) -> None:
        began.set()
        may_end.wait()
        put(1)(connection)

    async with opened(path) as database:
        caller = asyncio.create_task(database.transact(slow))
        await asyncio.to_thread(began.wait)
        for _ in range(times):
            caller.cancel()
            await asyncio.wait({caller}, timeout=0.01)
        went_on = caller.done()
        may_end.set()
        assert not went_on
        await asyncio.wait({caller})
        assert caller.cancelled()
        assert await database.transact(numbers) == [1]


@pytest.mark.guards("config", "who only reads waits no longer than it may for a database that gives no answer")
async def test_a_reader_is_let_go_in_time_and_the_next_unit_finds_all_as_it_was(path: Path) -> None:
    began, may_end = threading.Event(), threading.Event()

    def slow(connection: sa.Connection) -> None:
        put(1)(connection)
        began.set()
        may_end.wait()

    async with opened(path) as database:
        writer = asyncio.create_task(database.transact(slow))
        await asyncio.to_thread(began.wait)
        try:
            with pytest.raises(TimeoutError):
                await database.read_within(timedelta(seconds=0.01), numbers)
            assert not writer.done()
        finally:
            may_end.set()
        await writer
        assert await database.read_within(timedelta(minutes=1), numbers) == [1]


async def test_a_cancelled_caller_of_a_unit_that_fails_is_cancelled_and_nothing_is_written(path: Path) -> None:
    began, may_end = threading.Event(), threading.Event()

    def half(connection: sa.Connection) -> None:
        put(1)(connection)
        began.set()
        may_end.wait()
        raise LookupError

    async with opened(path) as database:
        caller = asyncio.create_task(database.transact(half))
        await asyncio.to_thread(began.wait)
        caller.cancel()
        may_end.set()
        await asyncio.wait({caller})
        assert caller.cancelled()
        assert await database.transact(numbers) == []


def test_what_was_acknowledged_outlives_a_kill(path: Path) -> None:
    program = """
import asyncio, sys
from pathlib import Path
from config.database import Database
from tests.unit.config.test_database import put, tables
async def main():
    database = Database(Path(sys.argv[1]), tables=[tables])
    await database.open()
    for number in range(1_000_000):
        await database.transact(put(number))
        print(number, flush=True)
asyncio.run(main())
"""
    with subprocess.Popen([sys.executable, "-c", program, str(path)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for _ in range(20):
            process.stdout.readline()
        process.kill()
        said = 19 + len(process.stdout.read().split())
    with plain(path) as connection:
        written = [number for (number,) in connection.execute("SELECT id FROM shelf ORDER BY id")]
    assert written[: said + 1] == list(range(said + 1))
    assert len(written) <= said + 2


# --- rows and files --------------------------------------------------------------------------------------------------


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


# --- the data directory ---------------------------------------------------------------------------------------------


def test_the_data_directory_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    directory = DataDir(tmp_path / "deep" / "data")
    directory.create()
    directory.create()
    assert stat.S_IMODE(directory.path.stat().st_mode) == 0o700


def test_a_file_in_the_place_of_the_data_directory_is_told(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    with pytest.raises(DatabaseUnusable, match="cannot be the data directory"):
        DataDir(tmp_path / "data").hold()


@contextlib.contextmanager
def another_process_that_holds(path: Path) -> Iterator["subprocess.Popen[str]"]:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


@pytest.mark.guards("config", "one process holds the data directory")
def test_a_second_process_cannot_hold_the_directory(tmp_path: Path) -> None:
    ours = DataDir(tmp_path)
    ours.hold()
    theirs = subprocess.run([sys.executable, "-c", HOLD, str(tmp_path)], capture_output=True, text=True, check=False)
    ours.release()
    assert (theirs.returncode, theirs.stderr) == (1, f"another instance holds {tmp_path}\n")


def test_we_cannot_hold_what_a_second_process_holds(tmp_path: Path) -> None:
    with another_process_that_holds(tmp_path), pytest.raises(DataDirHeld, match=str(tmp_path)):
        DataDir(tmp_path).hold()


@pytest.mark.guards("config", "one process holds the data directory")
def test_what_a_second_process_holds_is_held_while_it_is_gone_and_is_not_made_anew(tmp_path: Path) -> None:
    path = tmp_path / "data"
    with another_process_that_holds(path):
        shutil.rmtree(path)
        for way in (path, tmp_path / "data" / ".." / "data"):
            with pytest.raises(DataDirHeld, match="another instance holds"):
                DataDir(way).hold()
        assert not path.exists()


@pytest.mark.guards("config", "one process holds the data directory")
def test_what_a_second_process_holds_is_held_wherever_it_was_moved(tmp_path: Path) -> None:
    with another_process_that_holds(tmp_path / "data"):
        (tmp_path / "data").rename(tmp_path / "elsewhere")
        with pytest.raises(DataDirHeld, match="another instance holds"):
            DataDir(tmp_path / "elsewhere").hold()


@pytest.mark.guards("config", "files that hold what is known are for their owner alone")
def test_files_that_others_could_read_are_made_private_and_the_one_for_hands_stays(tmp_path: Path) -> None:
    for name in ("stockbell.db", "stockbell.db-wal", "audit.jsonl", "EMERGENCY_STOP", "watchlist.toml"):
        (tmp_path / name).touch()
        (tmp_path / name).chmod(0o664)
    (tmp_path / "screenshots").mkdir(mode=0o755)
    DataDir(tmp_path).make_private(but="watchlist.toml")
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir() if path.is_file()}
    assert modes.pop("watchlist.toml") == 0o664
    assert set(modes.values()) == {0o600}
    assert stat.S_IMODE((tmp_path / "screenshots").stat().st_mode) == 0o755


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_a_directory_is_free_again_however_its_holder_ended(tmp_path: Path, how: signal.Signals) -> None:
    with another_process_that_holds(tmp_path) as holder:
        holder.send_signal(how)
        holder.wait()
        ours = DataDir(tmp_path)
        ours.hold()
        ours.release()


def test_a_released_directory_can_be_held_again(tmp_path: Path) -> None:
    ours, theirs = DataDir(tmp_path), DataDir(tmp_path)
    ours.hold()
    ours.release()
    theirs.hold()
    theirs.release()
