"""Which day is summed up when, and what is in its summary; over a real file."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from config.products import Mode
from purchasing.commands import Command, Done
from purchasing.controls import Blindness
from purchasing.events import AskedCommand, BoughtProduct, DaySummedUp, RestockedProduct, Sighted
from purchasing.model import Receipt, Step
from purchasing.periodic.day_summary import DaySummary
from purchasing.rules.days import Day, find_day
from purchasing.storage.controls import BLINDNESS
from purchasing.storage.days import DayTable
from purchasing.storage.unit_of_work import Storage
from tests.builders import A, B, command, reading, seconds
from tests.unit.purchasing.books import Books

BERLIN = ZoneInfo("Europe/Berlin")
NINE = time(21)
TODAY, YESTERDAY = date(2026, 11, 22), date(2026, 11, 21)
#: The books begin at 14:03:22.
THREE = time(15)
NO_TIME = seconds(0)


def local(day: int, hour: int, minute: int = 0, month: int = 11) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=BERLIN)


# ---- which


@pytest.mark.parametrize(
    ("at", "last", "found"),
    [
        (local(22, 20, 59), YESTERDAY, None),
        (local(22, 21), YESTERDAY, TODAY),
        (local(22, 21), None, TODAY),
        (local(22, 23, 59), YESTERDAY, TODAY),
        (local(22, 21, 1), TODAY, None),
        # One that was missed whole is not made up.
        (local(23, 8), YESTERDAY, None),
        (local(23, 21), date(2026, 11, 18), date(2026, 11, 23)),
        # A clock that was set back.
        (local(22, 21), date(2026, 11, 23), None),
    ],
)
def test_the_day_that_has_ended_is_summed_up_once_and_none_that_was_missed(
    at: datetime, last: date | None, found: date | None
) -> None:
    day = find_day(ends=NINE, last=last, at=at.astimezone(UTC), zone=BERLIN)
    assert (day and day.date) == found


def test_a_day_lasts_from_the_hour_to_the_same_hour_also_where_the_clock_is_turned() -> None:
    def hours(day: int, month: int) -> float:
        found = find_day(ends=NINE, last=None, at=local(day, 22, month=month), zone=BERLIN)
        assert found is not None
        return (found.until.astimezone(UTC) - found.since.astimezone(UTC)) / timedelta(hours=1)

    assert (hours(22, 11), hours(29, 3), hours(25, 10)) == (24, 23, 25)


# ---- what


def day_of(books: Books) -> Day:
    return Day(date=books.at.date(), since=books.at - seconds(3600), until=books.at)


async def summed_up(books: Books) -> DaySummedUp:
    """The hour before now."""
    return await books.do(lambda unit: DayTable(unit).sum_up(day_of(books)))


async def test_what_restocked_is_told_once_for_each_product_with_how_long_in_all(books: Books) -> None:
    await books.watch(A, B)
    await books.cycle(reading(A, "IN_STOCK", at=books.at), reading(B, "OUT_OF_STOCK", at=books.at))
    for word, lasts in (("OUT_OF_STOCK", 60), ("OUT_OF_STOCK", 20), ("IN_STOCK", 600), ("IN_STOCK", 100)):
        books.clock.go_on(seconds(lasts))
        await books.cycle(reading(A, word, at=books.at))
    books.clock.go_on(seconds(20))
    day = await summed_up(books)
    assert day.restocks == (RestockedProduct(tcin=A, title="", times=2, open_s=80 + 120, is_open=True),)
    assert day.checks == 5


async def test_of_what_was_open_before_the_day_only_the_day_counts(books: Books) -> None:
    await books.watch(A)
    await books.cycle(reading(A, "IN_STOCK", at=books.at))
    books.clock.go_on(seconds(7200))
    day = await summed_up(books)
    assert [(one.times, one.open_s, one.is_open) for one in day.restocks] == [(1, 3600, True)]
    assert (day.checks, day.practised) == (0, 0)


async def test_practice_and_what_was_really_bought_stand_apart(books: Books) -> None:
    await books.watch(A)
    await books.start(A)
    await books.go(Step.CARTED, Step.REVIEWED, Step.SUBMITTING, Step.CONFIRMED)
    assert (await summed_up(books)).practised == 0  # it was at the end of the day, which is the next one's
    books.clock.go_on(seconds(1))
    await books.set_mode(Mode.LIVE)
    await books.start(A)
    await books.go(Step.CARTED, Step.REVIEWED, Step.SUBMITTING)
    await books.go(Step.CONFIRMED, receipt=Receipt(order_number="912-1", total=Decimal("53.99")))
    books.clock.go_on(seconds(1))
    day = await summed_up(books)
    assert (day.practised, day.practised_well, day.failed, day.in_doubt) == (1, 1, 0, 0)
    assert day.bought == (BoughtProduct(tcin=A, title="", quantity=1, total=Decimal("53.99")),)


@pytest.mark.parametrize(("step", "counts"), [(Step.UNCONFIRMED, (0, 1)), (Step.REFUSED, (1, 0))])
async def test_what_bought_nothing_and_what_is_in_doubt_are_counted(
    books: Books, step: Step, counts: tuple[int, int]
) -> None:
    await books.set_mode(Mode.LIVE)
    await books.watch(A)
    await books.start(A)
    await books.go(Step.CARTED, Step.REVIEWED, Step.SUBMITTING, step)
    books.clock.go_on(seconds(1))
    day = await summed_up(books)
    assert (day.failed, day.in_doubt, day.bought) == (*counts, ())


async def test_an_order_that_was_found_afterwards_was_bought(books: Books) -> None:
    await books.set_mode(Mode.LIVE)
    await books.watch(A)
    await books.start(A)
    refused = await books.go(Step.CARTED, Step.REVIEWED, Step.SUBMITTING, Step.UNCONFIRMED, Step.REFUSED)
    receipt = Receipt(order_number="912-1", total=Decimal("53.99"))
    await books.do(lambda unit: unit.attempts.settle_doubt(refused, receipt, at=books.at))
    books.clock.go_on(seconds(1))
    day = await summed_up(books)
    assert ([one.total for one in day.bought], day.failed, day.in_doubt) == ([Decimal("53.99")], 0, 0)


async def test_blind_times_are_added_up_as_far_as_they_lie_in_the_day(books: Books) -> None:
    began = books.at
    await books.do(lambda unit: unit.journal.append(Sighted(lasted_s=100), at=began))
    books.clock.go_on(seconds(3550))
    blindness = Blindness(since=books.at, why="walled")
    await books.do(lambda unit: unit.controls.put(BLINDNESS, blindness, by="schedule", at=books.at))
    books.clock.go_on(seconds(30))
    # The first spell began 80 s before the day that lasts from 20 s before its end.
    assert (await summed_up(books)).blind_s == 20 + 30


async def give(books: Books, said: Command) -> None:
    await books.do(lambda unit: unit.commands.put([said]))
    await books.do(lambda unit: unit.commands.finish(said, Done(), at=books.at))


async def test_who_asked_and_for_what_is_counted(books: Books) -> None:
    for number, what in enumerate(("status", "list", "status")):
        await give(books, command(str(number), what))
    books.clock.go_on(seconds(1))
    day = await summed_up(books)
    assert (day.people, day.asked) == (
        1,
        (AskedCommand(what="status", times=2), AskedCommand(what="list", times=1)),
    )


# ---- once


async def days_told(books: Books, after: timedelta = NO_TIME) -> int:
    """How many days were summed up, in all, once this time has passed and it was looked."""
    books.clock.go_on(after)
    # Each time anew, as after a restart.
    storage = Storage(books.database, on_journal=lambda: None, now=books.clock.now)
    await DaySummary(storage=storage, ends=THREE, zone=UTC, now=books.clock.now).look()
    return len(await books.facts(DaySummedUp))


@pytest.mark.guards("purchasing", "a day is summed up once, also over restarts")
async def test_a_day_is_summed_up_once_also_over_restarts(books: Books) -> None:
    until_three = datetime.combine(books.at.date(), THREE, UTC) - books.at
    assert await days_told(books, until_three - seconds(1)) == 0
    assert await days_told(books, seconds(1)) == 1
    assert await days_told(books, seconds(5)) == 1
    assert await days_told(books, timedelta(hours=23, minutes=59)) == 1
    # A start after the hour still tells it, and a day that was missed whole is not made up.
    assert await days_told(books, timedelta(hours=5)) == 2
    assert await days_told(books, timedelta(days=2)) == 3
    first, *_ = await books.facts(DaySummedUp)
    assert (first.since, first.until) == (first.until - timedelta(days=1), datetime(2026, 11, 22, 15, tzinfo=UTC))
