from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from purchasing.checkout.watch.session_record import SessionRecord
from purchasing.events import SessionExpired
from purchasing.storage.unit_of_work import Storage
from tests.builders import AT, seconds
from tests.unit.purchasing.books import Books, opened

WHY = "the shop asks to sign in"


@pytest.fixture
async def books(tmp_path: Path) -> AsyncIterator[Books]:
    async with opened(tmp_path / "stockbell.db") as made:
        yield made


def record_of(books: Books) -> SessionRecord:
    """As a new process makes it."""
    return SessionRecord(
        storage=Storage(books.database, on_journal=lambda: None, now=books.clock.now), now=books.clock.now
    )


@pytest.mark.guards("purchasing", "a session that lapsed is told once until it is good again, over restarts too")
async def test_a_session_that_lapsed_is_told_once_over_restarts_too(books: Books) -> None:
    for _ in range(3):
        await record_of(books).note_expired(WHY)
    assert await books.facts(SessionExpired) == [SessionExpired(why=WHY, since=None)]
    assert await record_of(books).lapsed_because() == WHY


@pytest.mark.guards("purchasing", "a session that lapsed is told once until it is good again, over restarts too")
async def test_once_it_was_good_again_its_next_end_is_told_with_the_time_since_when(books: Books) -> None:
    record = record_of(books)
    await record.note_expired(WHY)
    await record.note_good()
    assert await record.lapsed_because() is None
    books.clock.go_on(seconds(3600))
    await record.note_expired("the cookies are gone")
    told = await books.facts(SessionExpired)
    assert told[1:] == [SessionExpired(why="the cookies are gone", since=AT)]


async def test_of_a_session_of_which_nothing_was_found_yet_nothing_is_said(books: Books) -> None:
    assert await record_of(books).lapsed_because() is None
    assert await books.events() == []


async def test_a_lapse_is_among_what_must_be_known_until_it_is_good_again(books: Books) -> None:
    record = record_of(books)
    await record.note_expired(WHY)
    assert (await books.do(lambda unit: unit.controls.read(at=AT))).signed_out == WHY
    await record.note_good()
    assert (await books.do(lambda unit: unit.controls.read(at=AT))).signed_out is None
