"""Series of the past: bands that never overlap and lose nothing, steps that hold, hours that add up."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from bot.charts.model import AttemptEnding, Band, PriceStep
from bot.charts.series import (
    attempt_marks,
    bands_of_readings,
    bands_of_windows,
    best_hours,
    clip,
    count_hours,
    ending_of,
    gap_bands,
    price_steps,
    seconds_of,
    unknown_bands,
    without,
)
from config.products import Mode
from monitor.model import StockState
from purchasing.model import Step
from purchasing.past import Gap, PastReading, PastWindow
from purchasing.rules.state_machine import HOLDS_SLOT
from tests.builders import AT, A, attempt, seconds

SINCE, UNTIL = AT - timedelta(days=1), AT
LENGTH = int(timedelta(days=1).total_seconds())
IN, OUT, UNKNOWN = StockState


def at(second: int) -> datetime:
    return SINCE + seconds(second)


def band(begins: int, ends: int) -> Band:
    return Band(begins=at(begins), ends=at(ends))


def read(second: int, state: StockState | None = IN, price: str | None = None) -> PastReading:
    return PastReading(at=at(second), state=state, price=None if price is None else Decimal(price))


#: Some of them before the time that is shown, some after it, some empty or turned round.
moments = st.integers(-LENGTH, 2 * LENGTH)
bands = st.lists(st.builds(band, moments, moments), max_size=12)
readings = st.lists(
    st.builds(read, moments, st.sampled_from([*StockState, None]), st.sampled_from([None, "9.99", "12.50", "20"])),
    max_size=20,
).map(lambda many: sorted(many, key=lambda one: one.at))


def covered(many: tuple[Band, ...] | list[Band], moment: datetime) -> bool:
    return any(one.begins <= moment < one.ends for one in many)


@given(bands, st.integers(0, LENGTH - 1))
def test_clipped_bands_cover_what_the_bands_covered_and_stand_apart_in_order(many: list[Band], second: int) -> None:
    clipped = clip(many, SINCE, UNTIL)
    assert covered(clipped, at(second)) == covered(many, at(second))
    assert all(SINCE <= one.begins < one.ends <= UNTIL for one in clipped)
    assert all(one.ends < after.begins for one, after in pairwise(clipped))


@given(bands, bands, st.integers(0, LENGTH - 1))
def test_in_a_gap_nothing_is_said_to_be_in_stock(many: list[Band], some: list[Band], second: int) -> None:
    there, gaps = clip(many, SINCE, UNTIL), clip(some, SINCE, UNTIL)
    left = without(there, gaps)
    assert covered(left, at(second)) == (covered(there, at(second)) and not covered(gaps, at(second)))
    assert all(one.begins < one.ends for one in left)


@given(readings, st.integers(0, LENGTH - 1))
def test_it_is_in_stock_from_a_reading_that_says_so_to_the_next_that_does_not(
    many: list[PastReading], second: int
) -> None:
    known = [one for one in many if one.at <= at(second) and one.state is not None]
    is_there, is_unknown = (bool(known) and known[-1].state is state for state in (IN, UNKNOWN))
    assert covered(clip(bands_of_readings(many, UNTIL), SINCE, UNTIL), at(second)) == is_there
    assert covered(clip(unknown_bands(many, UNTIL), SINCE, UNTIL), at(second)) == is_unknown


def test_what_is_open_lasts_until_now() -> None:
    windows = [
        PastWindow(tcin=A, opened_at=at(10), closed_at=at(20)),
        PastWindow(tcin=A, opened_at=at(30), closed_at=None),
    ]
    assert bands_of_windows(windows, UNTIL) == [band(10, 20), Band(begins=at(30), ends=UNTIL)]
    assert gap_bands([Gap(began=at(5), ended=None)], UNTIL) == [Band(begins=at(5), ends=UNTIL)]
    assert seconds_of([band(10, 20), band(30, 35)]) == 15


@given(readings, st.integers(0, LENGTH))
def test_a_price_holds_from_its_step_on(many: list[PastReading], second: int) -> None:
    told = [one for one in many if one.price is not None and one.at <= at(second)]
    steps = price_steps(many, SINCE, UNTIL)
    holding = [one for one in steps if one.at <= at(second)]
    assert [one.price for one in holding[-1:]] == [float(one.price) for one in told[-1:] if one.price is not None]
    assert all(SINCE <= one.at <= UNTIL for one in steps)
    assert all(one.price != after.price and one.at < after.at for one, after in pairwise(steps))


def test_what_held_before_is_where_the_price_begins() -> None:
    steps = price_steps([read(-500, price="9.99"), read(60, OUT, "12.50")], SINCE, UNTIL)
    assert steps == (PriceStep(at=SINCE, price=9.99), PriceStep(at=at(60), price=12.5))


@given(st.lists(moments.map(at), max_size=50), st.sampled_from(["UTC", "America/Chicago", "Asia/Kathmandu"]))
def test_every_beginning_is_counted_in_one_hour_of_the_week(many: list[datetime], zone: str) -> None:
    matrix = count_hours(many, ZoneInfo(zone))
    assert (len(matrix), {len(day) for day in matrix}) == (7, {24})
    assert sum(map(sum, matrix)) == len(many)


def test_hours_are_those_of_the_owners_clock() -> None:
    matrix = count_hours([datetime(2026, 11, 22, 3, 30, tzinfo=UTC)], ZoneInfo("America/Chicago"))
    assert matrix[5][21] == 1, "Saturday, 21:30"
    assert best_hours([at(0), at(60), at(7200)], UTC, most=3) == [(at(0).hour, 2)]


def test_only_attempts_that_are_over_or_in_doubt_are_marked() -> None:
    marked = {step for step in Step if attempt_marks([attempt(step=step, opened_at=at(9))], SINCE, UNTIL)}
    assert marked == {step for step in Step if step not in HOLDS_SLOT} | {Step.UNCONFIRMED}


def test_a_purchase_is_told_from_practice() -> None:
    assert ending_of(attempt(step=Step.CONFIRMED, mode=Mode.LIVE)) is AttemptEnding.BOUGHT
    assert ending_of(attempt(step=Step.CONFIRMED, mode=Mode.SIMULATE)) is AttemptEnding.PRACTISED
    assert ending_of(attempt(step=Step.REFUSED, mode=Mode.LIVE, order_number="912")) is AttemptEnding.BOUGHT
    assert ending_of(attempt(step=Step.ABANDONED, mode=Mode.LIVE)) is AttemptEnding.FAILED
    assert ending_of(attempt(step=Step.UNCONFIRMED, mode=Mode.LIVE)) is AttemptEnding.IN_DOUBT
