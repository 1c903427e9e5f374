"""A unit of work is on disk whole or not at all, one after another, whoever is cancelled or killed meanwhile."""

import asyncio
import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from config.database import DatabaseUnusable, WorkRefused
from tests.unit.config.shelf import numbers, opened, plain, put, shelf


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
from tests.unit.config.shelf import put, tables
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
