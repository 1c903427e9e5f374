"""One-time codes and what a wrong one costs; over a real file."""

from datetime import timedelta

import pytest

from purchasing.storage.invitations import TRIES
from tests.unit.purchasing.books import Books

CODE = "ABCD2345"


def _anybody(_role: str) -> bool:
    return True


async def let_in_after(books: Books, *, wrong: int, said_before: timedelta) -> str | None:
    """The role that the right code gives after so many wrong ones, said so long before the code was made."""
    at = books.at
    await books.do(lambda unit: unit.invitations.invite(CODE, "owner", by="console", at=at))
    for _ in range(wrong):
        await books.do(lambda unit: unit.invitations.try_code("WRONG", said_at=at - said_before, at=at, may=_anybody))
    return await books.do(lambda unit: unit.invitations.try_code(CODE, said_at=at, at=at, may=_anybody))


@pytest.mark.parametrize("said_before", [timedelta(), timedelta(seconds=0.9)])
async def test_wrong_codes_shut_the_door_up_to_the_second_in_which_it_opened(
    books: Books, said_before: timedelta
) -> None:
    assert await let_in_after(books, wrong=TRIES - 1, said_before=said_before) == "owner"
    assert await let_in_after(books, wrong=TRIES, said_before=said_before) is None


@pytest.mark.guards("purchasing", "a wrong code costs no code that was made later")
async def test_what_was_said_before_a_code_was_made_is_no_try_of_it(books: Books) -> None:
    assert await let_in_after(books, wrong=TRIES, said_before=timedelta(seconds=1)) == "owner"


async def tried(books: Books, code: str) -> str | None:
    at = books.at
    return await books.do(lambda unit: unit.invitations.try_code(code, said_at=at, at=at, may=_anybody))


@pytest.mark.parametrize(("by", "role"), [("console", None), ("1001", "owner")])
async def test_the_console_has_one_code_and_a_person_may_have_many(books: Books, by: str, role: str | None) -> None:
    await books.do(lambda unit: unit.invitations.invite(CODE, "owner", by=by, at=books.at))
    await books.do(lambda unit: unit.invitations.invite("EFGH2345", "owner", by=by, at=books.at))
    assert await tried(books, CODE) == role


@pytest.mark.parametrize(("by", "role"), [("console", None), ("1001", "owner")])
async def test_the_console_makes_no_second_owner(books: Books, by: str, role: str | None) -> None:
    await books.do(lambda unit: unit.invitations.invite(CODE, "owner", by=by, at=books.at))
    await books.do(lambda unit: unit.invitations.grant(1001, "owner", name="Ada", by="1001", at=books.at))
    assert await tried(books, CODE) == role
