"""What is told and drawn of a gathered past: no restock is named worse or better than it was."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.charts.gathered import Past
from bot.charts.model import Band, Reach
from bot.charts.outline import MOST_ROWS, look_back, outline_all, outline_one, round_up
from bot.text.past.history import say_history
from config.products import Mode
from monitor.model import StockState
from purchasing.model import Attempt, Step
from purchasing.past import Gap, PastReading, PastWindow
from tests.builders import AT, A, attempt, seconds, tcins
from tests.builders import line as line_of

SINCE, UNTIL = AT - timedelta(days=7), AT
WINDOW = PastWindow(tcin=A, opened_at=AT - seconds(7200), closed_at=AT - seconds(3600))


def past(*attempts: Attempt, **more: Any) -> Past:
    usual: dict[str, Any] = {"since": SINCE, "until": UNTIL, "lines": (line_of(A),), "windows": (WINDOW,)}
    return Past(**{**usual, "attempts": attempts, **more})


def tried(step: Step, after: float = 0, **more: Any) -> Attempt:
    return attempt(step, opened_at=WINDOW.opened_at + seconds(after), mode=Mode.LIVE, **more)


def told(one: Past) -> str:
    return "\n".join(say_history(look_back(one, Reach.WEEK, A, clock=UTC), {}, UTC))


@pytest.mark.parametrize(
    ("attempts", "words"),
    [
        ([], "for 1 h"),
        ([tried(Step.CONFIRMED)], "bought"),
        ([tried(Step.CONFIRMED), tried(Step.ABANDONED, 60)], "bought"),
        ([tried(Step.REFUSED)], "not bought"),
        ([tried(Step.REFUSED, order_number="912-7")], "bought"),
        ([tried(Step.UNCONFIRMED)], "bought or not, I don't know"),
        ([tried(Step.ABANDONED), tried(Step.CARTED, 60)], "not bought"),
    ],
)
def test_of_a_restock_is_told_what_came_of_it(attempts: list[Attempt], words: str) -> None:
    assert told(past(*attempts)).rsplit("· ", 1)[-1].endswith(words)
    assert told(past(*attempts)).endswith(words)
    assert words == "not bought" or "not bought" not in told(past(*attempts))


def test_its_price_is_the_one_at_which_it_came() -> None:
    def read(after: float, price: str | None) -> PastReading:
        at = WINDOW.opened_at + seconds(after)
        return PastReading(at=at, state=StockState.IN_STOCK, price=None if price is None else Decimal(price))

    def price(*readings: PastReading) -> Decimal | None:
        return look_back(past(readings=readings), Reach.WEEK, A, clock=UTC).last[0].price

    assert price(read(-900, "59.99"), read(0, "49.99"), read(600, "44.99"), read(3600, "99.99")) == Decimal("49.99")
    assert price(read(0, None), read(600, "44.99")) == Decimal("44.99")
    assert price(read(3600, "99.99")) is None


def test_what_is_not_known_is_told_unless_it_is_little() -> None:
    assert "Nothing is known of" not in told(past(gaps=(Gap(began=AT - seconds(3600), ended=AT),)))
    week = told(past(windows=(), unwatched={A: [Gap(began=SINCE - seconds(9), ended=AT - timedelta(days=1))]}))
    assert "never seen in stock" in week
    assert "Nothing is known of 6 d: I was not watching, or Target did not answer" in week


def test_in_stock_above_the_limit_is_not_never() -> None:
    readings = (
        PastReading(at=SINCE, state=StockState.OUT_OF_STOCK, price=None),
        PastReading(at=AT - seconds(7200), state=StockState.IN_STOCK, price=Decimal(99)),
    )
    assert "in stock for 2 h, but above the limit or from another seller" in told(past(windows=(), readings=readings))


def test_of_all_products_it_is_never_said_that_none_was_in_stock() -> None:
    looked_back = look_back(past(windows=()), Reach.WEEK, None, clock=UTC)
    assert say_history(looked_back, {}, UTC)[0] == "<b>Last 7 days</b>: no restock"


def test_a_restock_within_a_time_that_is_not_known_is_drawn_as_far_as_it_is_known() -> None:
    gap = Gap(began=WINDOW.opened_at + seconds(600), ended=WINDOW.opened_at + seconds(1200))
    (row,) = outline_one(past(gaps=(gap,)), Reach.WEEK, zone="UTC", clock=UTC).rows
    assert row.bands == (
        Band(begins=WINDOW.opened_at, ends=gap.began),
        Band(begins=WINDOW.opened_at + seconds(1200), ends=WINDOW.opened_at + seconds(3600)),
    )
    assert outline_all(past(gaps=(gap,)), zone="UTC").rows == (row,)


def test_where_not_all_have_room_those_that_came_have_it() -> None:
    many = tcins(MOST_ROWS + 3)
    windows = tuple(PastWindow(tcin=one, opened_at=WINDOW.opened_at, closed_at=None) for one in many[3:])
    chart = outline_all(past(lines=tuple(map(line_of, many)), windows=windows), zone="UTC")
    assert [row.tcin for row in chart.rows] == list(many[3:])
    assert chart.left_out == 3


@given(st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)), st.sampled_from(Reach))
def test_a_picture_reaches_to_the_end_of_a_quarter_and_no_further(at: datetime, reach: Reach) -> None:
    until = round_up(at, reach)
    assert at <= until < at + timedelta(minutes=15)
    assert until.timestamp() % (300 if reach is Reach.DAY else 900) == 0
