"""Blindness that no circuit knows of is told too, once, and so is its end."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from config.products import Product
from monitor.model import Circuit, CircuitState
from purchasing.controls import Pause, Remark
from purchasing.events import Blind, Fact, Sighted
from purchasing.periodic.blindness import ROUND, BlindnessWatch
from purchasing.storage.controls import BLINDNESS, PAUSE, REMARKS
from purchasing.storage.unit_of_work import Storage
from tests.builders import AT, A, B, product, reading, seconds, snapshot
from tests.unit.purchasing.books import Books, opened

MINUTE = seconds(60)
#: Between two checks, at the most.
USUAL = seconds(25)
OPEN = Circuit(state=CircuitState.OPEN, open_until=AT + MINUTE * 15, blind_since=AT, why="walled")


class Room:
    """A service that watches, at a time that stands still."""

    def __init__(self, books: Books, *, longest_interval: timedelta = USUAL) -> None:
        self.books = books
        storage = Storage(books.database, on_journal=lambda: None, now=books.clock.now)
        self.watch = BlindnessWatch(
            storage=storage,
            longest_interval=longest_interval,
            now=books.clock.now,
            monotonic=books.clock.monotonic,
        )

    async def pass_time(self, span: timedelta, *, step: timedelta = ROUND) -> None:
        for _ in range(span // step):
            self.books.clock.go_on(step)
            await self.watch.look()

    async def see(self) -> None:
        await self.books.cycle(reading(A, "OUT_OF_STOCK", at=self.books.at))
        await self.watch.look()

    async def fail(self, circuit: Circuit | None = None) -> None:
        failed = snapshot(reading(A, at=self.books.at), failed="it was passing", at=self.books.at)
        await self.books.cycle(replace(failed, circuit=circuit or Circuit(failures_in_a_row=1, why="it was passing")))

    async def told(self) -> list[Fact]:
        return [one.fact for one in await self.books.events() if isinstance(one.fact, Blind | Sighted)]


@asynccontextmanager
async def room(folder: Path, *wanted: Product, longest_interval: timedelta = USUAL) -> AsyncIterator[Room]:
    async with opened(folder / "stockbell.db") as books:
        await books.watch(*(wanted or (product(A),)))
        yield Room(books, longest_interval=longest_interval)


@pytest.mark.guards("purchasing", "blindness is told whatever its cause, with one warning and one recovery")
async def test_checks_that_fail_for_two_minutes_are_told_once_and_so_is_the_next_good_one(tmp_path: Path) -> None:
    async with room(tmp_path) as here:
        await here.see()
        for _ in range(10):
            await here.fail()
            await here.pass_time(seconds(30))
        await here.see()
        await here.see()
        assert await here.told() == [Blind(why="it was passing", until=None), Sighted(lasted_s=300)]


async def test_checks_that_do_not_come_are_told(tmp_path: Path) -> None:
    async with room(tmp_path) as here:
        await here.see()
        await here.pass_time(seconds(120))
        assert await here.told() == []
        await here.pass_time(seconds(60))
        assert await here.told() == [Blind(why="no check has told anything certain", until=None)]


async def test_a_second_spell_is_told_again(tmp_path: Path) -> None:
    async with room(tmp_path) as here:
        for _ in range(2):
            await here.see()
            await here.pass_time(seconds(200))
        await here.see()
        assert [type(fact) for fact in await here.told()] == [Blind, Sighted, Blind, Sighted]


async def test_a_circuit_that_is_open_told_of_it_already(tmp_path: Path) -> None:
    async with room(tmp_path) as here:
        await here.see()
        await here.fail(OPEN)
        await here.pass_time(seconds(600))
        await here.see()
        assert await here.told() == [Blind(why="walled", until=AT + MINUTE * 15), Sighted(lasted_s=600)]


async def test_a_circuit_that_opens_later_is_the_same_spell(tmp_path: Path) -> None:
    async with room(tmp_path) as here:
        await here.see()
        await here.pass_time(seconds(200))
        await here.fail(OPEN)
        await here.pass_time(seconds(600))
        await here.see()
        assert [type(fact) for fact in await here.told()] == [Blind, Sighted]


async def test_a_cycle_that_asked_for_nothing_ends_no_spell(tmp_path: Path) -> None:
    async with room(tmp_path) as here:
        await here.pass_time(seconds(200))
        await here.books.cycle()
        assert [type(fact) for fact in await here.told()] == [Blind]


async def test_paused_nothing_is_expected(tmp_path: Path) -> None:
    async with room(tmp_path) as here:
        await here.see()
        await here.books.do(lambda unit: unit.controls.put(PAUSE, Pause(until=None), by="Ada", at=AT))
        await here.pass_time(seconds(3600))
        await here.books.do(lambda unit: unit.controls.drop(PAUSE))
        await here.pass_time(seconds(100))
        assert await here.told() == []


@pytest.mark.parametrize("wanted", [(), (product(A, enabled=False),)])
async def test_where_nothing_is_watched_nothing_is_expected(tmp_path: Path, wanted: tuple[Product, ...]) -> None:
    async with opened(tmp_path / "stockbell.db") as books:
        await books.watch(*wanted)
        here = Room(books)
        await here.pass_time(seconds(600))
        assert await here.told() == []


async def test_a_start_after_a_long_time_is_given_its_two_minutes(tmp_path: Path) -> None:
    async with room(tmp_path) as here:
        await here.see()
        here.books.clock.go_on(seconds(86_400))
        later = Room(here.books)
        await later.pass_time(seconds(100))
        assert await later.told() == []


async def test_a_clock_that_is_set_forth_makes_nobody_blind(tmp_path: Path) -> None:
    async with room(tmp_path) as here:
        await here.see()
        await here.pass_time(seconds(20))
        here.books.clock.set_wall_clock(timedelta(hours=3))
        await here.pass_time(seconds(20))
        assert await here.told() == []


async def test_checks_that_are_wanted_seldom_are_not_missed(tmp_path: Path) -> None:
    slow = product(A, every=timedelta(minutes=10))
    async with room(tmp_path, slow) as here:
        await here.see()
        await here.pass_time(seconds(620))
        assert await here.told() == []
    (tmp_path / "other").mkdir()
    async with room(tmp_path / "other", slow, product(B), longest_interval=seconds(300)) as here:
        await here.see()
        await here.pass_time(seconds(320))
        assert await here.told() == []
        await here.pass_time(seconds(60))
        assert len(await here.told()) == 1


async def test_a_spell_outlives_a_restart_and_tells_the_owner_since_when(tmp_path: Path) -> None:
    async with room(tmp_path) as here:
        await here.see()
        await here.pass_time(seconds(200))
    async with opened(tmp_path / "stockbell.db") as books:
        controls = await books.do(lambda unit: unit.controls.read(at=AT))
        assert controls.blind_why == "no check has told anything certain"
        assert controls.blind_since is not None
        await Room(books).pass_time(seconds(300))
        assert await books.facts(Blind) == [Blind(why="no check has told anything certain", until=None)]


async def test_a_circuit_that_an_older_version_left_open_is_told_no_second_time(tmp_path: Path) -> None:
    async with room(tmp_path) as here:
        await here.fail(OPEN)
        await here.books.do(lambda unit: unit.controls.drop(BLINDNESS))
        await here.fail(replace(OPEN, open_until=AT + MINUTE * 30))
        await here.see()
        assert [type(fact) for fact in await here.told()] == [Blind, Sighted]
        assert (await here.books.do(lambda unit: unit.controls.get(BLINDNESS))) is None


async def test_where_all_that_is_watched_was_delisted_nothing_is_expected_and_nobody_is_blind(tmp_path: Path) -> None:
    async with room(tmp_path) as here:
        unknown = Remark(why="no such product", unread=True, unlisted_since=AT, is_resting=True)
        await here.books.do(lambda unit: unit.controls.put(REMARKS, {A: unknown}, by="test", at=AT))
        await here.pass_time(MINUTE * 60, step=MINUTE)
        assert await here.told() == []
        await here.books.watch(product(A), product(B))
        await here.pass_time(MINUTE * 4, step=MINUTE)
        assert len(await here.told()) == 1
