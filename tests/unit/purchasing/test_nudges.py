"""A question that nobody has answered is asked once more, once, and only while a yes would be taken."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from config.products import BuyMode, Mode
from purchasing.controls import Pause
from purchasing.events import ApprovalNudged
from purchasing.model import ApprovalAnswer
from purchasing.periodic.nudges import Nudges
from purchasing.storage.controls import PAUSE, STOP
from purchasing.storage.unit_of_work import Storage, UnitOfWork
from tests.builders import A, product, reading, seconds
from tests.unit.purchasing.books import Books, opened

AFTER, NO_TIME = seconds(120), seconds(0)


@asynccontextmanager
async def asking(folder: Path) -> AsyncIterator[Books]:
    """Whether to buy A is asked, and can be answered for 300 s."""
    async with opened(folder / "stockbell.db") as books:
        await books.set_mode(Mode.LIVE)
        await books.watch(product(A, buy=BuyMode.ASK))
        await books.cycle(reading(A, "IN_STOCK", at=books.at))
        yield books


@pytest.fixture
async def books(tmp_path: Path) -> AsyncIterator[Books]:
    async with asking(tmp_path) as made:
        yield made


async def nudged(books: Books, after: timedelta = NO_TIME) -> int:
    """How many questions were asked once more, in all, once this time has passed and it was looked."""
    books.clock.go_on(after)
    # Each time anew, as after a restart.
    storage = Storage(books.database, on_journal=lambda: None, now=books.clock.now)
    await Nudges(storage=storage, after=AFTER, now=books.clock.now).look()
    return len(await books.facts(ApprovalNudged))


@pytest.mark.guards("purchasing", "an unanswered question is asked once more, and no third time")
async def test_a_question_that_nobody_answered_is_asked_once_more_and_no_third_time(books: Books) -> None:
    assert await nudged(books, AFTER - seconds(1)) == 0
    assert await nudged(books, seconds(1)) == 1
    assert await nudged(books, seconds(1)) == 1
    assert await nudged(books, seconds(60)) == 1
    (fact,) = await books.facts(ApprovalNudged)
    assert (fact.approval, fact.tcin, fact.window) == (1, A, 1)


async def answer(books: Books, given: ApprovalAnswer) -> None:
    def work(unit: UnitOfWork) -> None:
        asked = unit.approvals.get(1)
        assert asked is not None
        unit.approvals.answer(asked, given, by="Ada", at=books.at)

    await books.do(work)


async def close(books: Books) -> None:
    for _ in range(2):
        books.clock.go_on(seconds(1))
        await books.cycle(reading(A, "OUT_OF_STOCK", at=books.at))


async def stop(books: Books) -> None:
    await books.do(lambda unit: unit.controls.put(STOP, "stopped by Ada", by="Ada", at=books.at))


async def pause(books: Books) -> None:
    await books.do(lambda unit: unit.controls.put(PAUSE, Pause(until=None), by="Ada", at=books.at))


async def let_it_expire(books: Books) -> None:
    books.clock.go_on(books.limits.ask_expires)


@pytest.mark.guards("purchasing", "what was answered, is over, or would not be taken is asked no second time")
@pytest.mark.parametrize(
    "before",
    [
        lambda books: answer(books, ApprovalAnswer.BUY),
        lambda books: answer(books, ApprovalAnswer.SKIP),
        lambda books: answer(books, ApprovalAnswer.EXPIRED),
        close,
        stop,
        pause,
        let_it_expire,
    ],
    ids=["bought", "skipped", "expired", "closed", "stopped", "paused", "run out"],
)
async def test_what_is_answered_or_over_or_would_not_be_taken_is_asked_no_second_time(
    books: Books, before: Callable[[Books], Awaitable[None]]
) -> None:
    await before(books)
    assert await nudged(books, AFTER) == 0


async def test_once_buying_is_armed_again_the_question_is_asked_once_more(books: Books) -> None:
    await stop(books)
    assert await nudged(books, AFTER) == 0
    await books.do(lambda unit: unit.controls.drop(STOP))
    assert await nudged(books) == 1
