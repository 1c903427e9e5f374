"""One-time codes and what a wrong one costs; over a real file."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.access.invitations import CODE_HOLDS, MOST_REMEMBERED, TRIES, InvitationTable, WrongCodes
from bot.schema import TABLES
from config.database import Database
from tests.builders import AT, seconds
from tests.fakes import FakeClock
from tests.unit.purchasing.books import Books

CODE = "ABCD2345"


@pytest.fixture
async def books(tmp_path: Path) -> AsyncIterator[Books]:
    database = Database(tmp_path / "stockbell.db", tables=TABLES)
    await database.open()
    yield Books(tmp_path / "stockbell.db", database, FakeClock())
    await database.close()


def _anybody(_role: str) -> bool:
    return True


async def invite(books: Books, code: str, *, by: str) -> None:
    await books.do(lambda unit: InvitationTable(unit.connection).invite(code, "owner", by=by, at=books.at))


async def tried(books: Books, code: str) -> str | None:
    """The role that this code gives now."""
    return await books.do(lambda unit: InvitationTable(unit.connection).try_code(code, at=books.at, may=_anybody))


def wrong_codes(count: int, *, user: int = 1009) -> WrongCodes:
    """So many were said by this person."""
    wrong = WrongCodes()
    for _ in range(count):
        wrong.note(user, at=AT)
    return wrong


@pytest.mark.guards("bot", "five wrong codes bar who said them")
@pytest.mark.parametrize(("count", "barred"), [(TRIES - 1, False), (TRIES, True)])
def test_five_wrong_codes_bar_who_said_them(count: int, *, barred: bool) -> None:
    assert wrong_codes(count).are_too_many(1009, at=AT) is barred


@pytest.mark.guards("bot", "a wrong code costs its sender alone")
def test_wrong_codes_bar_nobody_else() -> None:
    assert not wrong_codes(TRIES).are_too_many(1001, at=AT)


def test_who_was_barred_may_try_again_when_no_code_of_that_time_holds_any_more() -> None:
    wrong = wrong_codes(TRIES)
    assert wrong.are_too_many(1009, at=AT + CODE_HOLDS - seconds(1))
    assert not wrong.are_too_many(1009, at=AT + CODE_HOLDS)
    wrong.note(1009, at=AT + CODE_HOLDS)
    assert not wrong.are_too_many(1009, at=AT + CODE_HOLDS)


def test_of_endless_strangers_the_last_ones_are_remembered() -> None:
    wrong = wrong_codes(TRIES, user=1)
    for user in range(2, MOST_REMEMBERED + 2):
        for _ in range(TRIES):
            wrong.note(user, at=AT)
    assert not wrong.are_too_many(1, at=AT)
    assert wrong.are_too_many(2, at=AT)
    assert wrong.are_too_many(MOST_REMEMBERED + 1, at=AT)


@pytest.mark.parametrize(("by", "role"), [("console", None), ("1001", "owner")])
async def test_the_console_has_one_code_and_a_person_may_have_many(books: Books, by: str, role: str | None) -> None:
    await invite(books, CODE, by=by)
    await invite(books, "EFGH2345", by=by)
    assert await tried(books, CODE) == role


@pytest.mark.parametrize(("by", "role"), [("console", None), ("1001", "owner")])
async def test_the_console_makes_no_second_owner(books: Books, by: str, role: str | None) -> None:
    await invite(books, CODE, by=by)
    await books.do(
        lambda unit: InvitationTable(unit.connection).grant(1001, "owner", name="Ada", by="1001", at=books.at)
    )
    assert await tried(books, CODE) == role
