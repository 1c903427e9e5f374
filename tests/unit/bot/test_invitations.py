"""One-time codes and what a wrong one costs; over a real file."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.access.invitations import TRIES, InvitationTable
from bot.schema import TABLES
from config.database import Database
from purchasing.storage.unit_of_work import UnitOfWork
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


async def tried(books: Books, code: str, *, said_before: timedelta = timedelta()) -> str | None:
    """The role that this code gives now, if it was said so long before."""

    def work(unit: UnitOfWork) -> str | None:
        said_at = books.at - said_before
        return InvitationTable(unit.connection).try_code(code, said_at=said_at, at=books.at, may=_anybody)

    return await books.do(work)


async def let_in_after(books: Books, *, wrong: int, said_before: timedelta) -> str | None:
    """The role that the right code gives after so many wrong ones, said so long before the code was made."""
    await invite(books, CODE, by="console")
    for _ in range(wrong):
        await tried(books, "WRONG", said_before=said_before)
    return await tried(books, CODE)


@pytest.mark.parametrize("said_before", [timedelta(), timedelta(seconds=0.9)])
async def test_wrong_codes_shut_the_door_up_to_the_second_in_which_it_opened(
    books: Books, said_before: timedelta
) -> None:
    assert await let_in_after(books, wrong=TRIES - 1, said_before=said_before) == "owner"
    assert await let_in_after(books, wrong=TRIES, said_before=said_before) is None


@pytest.mark.guards("purchasing", "a wrong code costs no code that was made later")
async def test_what_was_said_before_a_code_was_made_is_no_try_of_it(books: Books) -> None:
    assert await let_in_after(books, wrong=TRIES, said_before=timedelta(seconds=1)) == "owner"


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
