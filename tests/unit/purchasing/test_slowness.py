"""Checks that take too long are told once, and so is their end, whatever happens to the service between."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.model import Circuit, CircuitState, Snapshot
from purchasing.controls import Slowness
from purchasing.events import ChecksQuick, ChecksSlow, Fact
from purchasing.rules.slowness import OVER_AFTER, TOLD_AFTER, count_slow
from tests.builders import AT, A, reading, seconds, snapshot
from tests.unit.purchasing.books import Books, opened

QUICK, SLOW = seconds(3), seconds(3.001)
NOTHING = None


def took(span: timedelta | None, number: int = 0) -> Snapshot:
    """A cycle that took so long, or that asked for nothing."""
    at = AT + seconds(20 * number)
    return snapshot(at=at) if span is None else snapshot(reading(A, "OUT_OF_STOCK", at=at), at=at, took=span)


def after(*spans: timedelta | None, before: Slowness | None = None, is_blind: bool = False) -> Slowness | None:
    for number, span in enumerate(spans):
        before = count_slow(before, took(span, number), is_blind=is_blind)
    return before


def is_told(slowness: Slowness | None) -> bool:
    return slowness is not None and slowness.is_told


def test_ten_in_a_row_are_told_and_nine_are_not() -> None:
    assert not is_told(after(*[SLOW] * 9))
    assert is_told(after(*[SLOW] * 10))


def test_one_quick_cycle_breaks_the_row_before_it_is_told() -> None:
    assert after(*[SLOW] * 9, QUICK) is None
    assert not is_told(after(*[SLOW] * 9, QUICK, *[SLOW] * 9))


def test_three_quick_ones_in_a_row_end_it_and_two_do_not() -> None:
    told = after(*[SLOW] * 10)
    assert is_told(after(QUICK, QUICK, SLOW, QUICK, QUICK, before=told))
    assert after(QUICK, QUICK, QUICK, before=told) is None


def test_it_is_slow_since_the_first_of_them_began() -> None:
    told = after(QUICK, *[SLOW] * 12)
    assert told == Slowness(since=AT + seconds(20), slow=TOLD_AFTER, is_told=True)


@pytest.mark.parametrize("span", [SLOW, QUICK])
def test_while_nothing_is_seen_and_where_nothing_was_asked_nothing_is_counted(span: timedelta) -> None:
    row = after(*[SLOW] * 9)
    assert after(NOTHING, NOTHING, before=row) == row
    assert after(span, span, span, before=row, is_blind=True) == row


@given(st.lists(st.sampled_from([QUICK, SLOW, NOTHING]), max_size=60))
def test_it_is_told_exactly_where_ten_are_slow_and_holds_until_three_are_quick(spans: list[timedelta | None]) -> None:
    slowness, asked, told = None, list[timedelta](), False
    for number, span in enumerate(spans):
        slowness = count_slow(slowness, took(span, number), is_blind=False)
        asked += [] if span is None else [span]
        goes_on, begins = asked[-OVER_AFTER:] != [QUICK] * OVER_AFTER, asked[-TOLD_AFTER:] == [SLOW] * TOLD_AFTER
        told = goes_on if told else begins
        assert is_told(slowness) is told


# ---- on disk


async def check(books: Books, *spans: timedelta, circuit: Circuit | None = None) -> None:
    for span in spans:
        news = snapshot(reading(A, "OUT_OF_STOCK", at=books.at), at=books.at, took=span)
        await books.cycle(replace(news, circuit=circuit or Circuit()))
        books.clock.go_on(seconds(20))


async def told(books: Books) -> list[Fact]:
    return [one.fact for one in await books.events() if isinstance(one.fact, ChecksSlow | ChecksQuick)]


@pytest.mark.guards("purchasing", "ten slow checks in a row give one warning and one recovery, over restarts too")
async def test_a_spell_is_told_once_and_its_end_once_though_the_service_is_started_again(tmp_path: Path) -> None:
    path = tmp_path / "stockbell.db"
    async with opened(path) as books:
        await books.watch(A)
        await check(books, *[SLOW] * 6)
        clock = books.clock
    async with opened(path, clock) as books:
        await check(books, *[SLOW] * 4)
    warning = ChecksSlow(since=AT, took_ms=3001)
    async with opened(path, clock) as books:
        await check(books, *[SLOW] * 30)
        assert await told(books) == [warning]
        assert (await books.do(lambda unit: unit.controls.read(at=books.at))).slow_since == AT
        await check(books, *[QUICK] * 2)
    async with opened(path, clock) as books:
        await check(books, *[QUICK] * 5)
        assert await told(books) == [warning, ChecksQuick(lasted_s=840)]
        assert (await books.do(lambda unit: unit.controls.read(at=books.at))).slow_since is None
        await check(books, *[SLOW] * 10)
        assert [type(one) for one in await told(books)] == [ChecksSlow, ChecksQuick, ChecksSlow]


async def test_a_shop_that_is_blind_and_slow_is_told_of_as_blind_alone(tmp_path: Path) -> None:
    opens = Circuit(state=CircuitState.OPEN, open_until=AT, blind_since=AT, why="walled")
    async with opened(tmp_path / "stockbell.db") as books:
        await books.watch(A)
        await check(books, *[SLOW] * 30, circuit=opens)
        assert await told(books) == []


async def test_quick_checks_write_nothing_of_it(tmp_path: Path) -> None:
    async with opened(tmp_path / "stockbell.db") as books:
        await books.watch(A)
        await check(books, QUICK, QUICK)
        assert books.rows("SELECT count(*) FROM control WHERE what = 'slowness'") == [(0,)]
