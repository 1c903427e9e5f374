"""One-time codes and what a wrong one costs; over a real file."""

from collections.abc import AsyncIterator
from pathlib import Path
from random import Random

import pytest

from bot.access.invitations import (
    CODE_HOLDS,
    MOST_REMEMBERED,
    TRIES,
    InvitationTable,
    WrongCodes,
    hash_of,
    new_code,
)
from bot.access.links import start_link
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
    found = await books.do(lambda unit: InvitationTable(unit.connection).try_code(code, at=books.at, may=_anybody))
    return None if found is None else found.role


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


@pytest.mark.guards("bot", "a code taken back lets nobody in")
async def test_a_code_is_taken_back_once_and_gives_nothing_then(books: Books) -> None:
    await invite(books, CODE, by="1001")

    async def is_taken_back() -> bool:
        return await books.do(lambda unit: InvitationTable(unit.connection).take_code_back(hash_of(CODE), at=books.at))

    assert [await is_taken_back(), await is_taken_back()] == [True, False]
    assert await tried(books, CODE) is None


class Dice(Random):
    """Throws these signs first."""

    def __init__(self, signs: str) -> None:
        super().__init__(0)
        self._signs = list(signs)

    def choice(self, seq):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201  as the library has it
        return self._signs.pop(0) if self._signs else super().choice(seq)


@pytest.mark.guards("bot", "no code is like a link to a product")
def test_no_code_is_like_a_link_to_a_product() -> None:
    assert new_code(Dice("P2345678" + "PA345678")) == "PA345678"


def test_a_link_says_the_word_to_the_bot() -> None:
    assert start_link("stockbell_bot", CODE) == "https://t.me/stockbell_bot?start=ABCD2345"


@pytest.mark.parametrize(
    ("bot", "word"),
    [
        ("", CODE),
        ("a bot", CODE),
        ("bot/../x", CODE),
        ("stockbell_bot", ""),
        ("stockbell_bot", "a b"),
        ("b" * 65, CODE),
        ("stockbell_bot", "x" * 65),
        ("stockbell_bot\n", CODE),
    ],
)
def test_what_can_be_no_link_is_none(bot: str, word: str) -> None:
    assert start_link(bot, word) is None
