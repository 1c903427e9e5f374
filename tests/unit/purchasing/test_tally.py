"""What is counted of an hour and of a day, by hand."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from config.products import DRILL, Tcin
from monitor.model import StockState
from purchasing.events import (
    CommandDone,
    Control,
    ControlChanged,
    CycleCompleted,
    Event,
    Fact,
    MovedWindows,
    ProductWindow,
    ReadStock,
    ServiceStarted,
    Sighted,
    WatchlistChanged,
    stamp,
)
from purchasing.rules.tally import LATE, Counted, ProductHour, Tally, WatchedHour
from tests.builders import A, B, seconds
from tests.facts import fact

TWO, THREE = datetime(2026, 11, 22, 14, tzinfo=UTC), datetime(2026, 11, 22, 15, tzinfo=UTC)
TEN, TWELVE = Decimal("10.00"), Decimal("12.00")
IN, OUT = StockState.IN_STOCK, StockState.OUT_OF_STOCK


class Telling:
    """A journal that tells a tally, of a house that watches A and B."""

    def __init__(self) -> None:
        self.tally = Tally()
        self.at = TWO
        self.say(fact(WatchlistChanged, order=(A, B)))

    def say(self, told: Fact, *, after: float = 0) -> None:
        self.at += seconds(after)
        self.tally.take(Event(seq=self.tally.seq + 1, at=self.at, fact=told))

    def cycle(self, *read: tuple[Tcin, StockState, Decimal | None], after: float = 20, **more: Any) -> None:
        stock = {
            tcin: ReadStock(title=None, state=state, detail=None, price=price, seen_at=None)
            for tcin, state, price in read
        }
        next_check_at = self.at + seconds(after + 20)
        self.say(fact(CycleCompleted, stock=stock, next_check_at=next_check_at, **more), after=after)

    def counted(self, what: Counted) -> dict[tuple[date, str], int]:
        return {(one.day, one.of): one.count for one in self.tally.days() if one.what is what}

    def in_stock(self, tcin: Tcin = A) -> timedelta:
        return sum((one.in_stock for one in self.tally.product_hours(tcin)), timedelta(0))


@pytest.fixture
def telling() -> Telling:
    return Telling()


def test_a_product_is_in_stock_from_the_check_that_saw_it_to_the_one_that_did_not(telling: Telling) -> None:
    telling.cycle((A, IN, TEN), (B, OUT, None))
    telling.cycle()
    telling.cycle((A, OUT, TEN))
    telling.cycle()
    hour = ProductHour(tcin=A, hour=TWO, in_stock=seconds(40), lowest=TEN, highest=TEN)
    assert telling.tally.product_hours() == [hour]
    assert telling.tally.watched_hours() == [WatchedHour(hour=TWO, watched=seconds(60))]


def test_what_lasts_beyond_an_hour_is_parted(telling: Telling) -> None:
    telling.cycle((A, IN, None), after=3590)
    telling.cycle()
    assert [(one.hour, one.in_stock) for one in telling.tally.product_hours(A)] == [
        (TWO, seconds(10)),
        (THREE, seconds(10)),
    ]


def test_what_was_not_looked_at_counts_only_as_long_as_a_check_is_late(telling: Telling) -> None:
    telling.cycle((A, IN, None))
    telling.cycle(after=3000)
    assert telling.in_stock() == seconds(20) + LATE


@pytest.mark.parametrize(
    "between",
    [
        lambda telling: telling.cycle(failed="the shop did not answer", after=0),
        lambda telling: telling.cycle(asked=0, after=0),
        lambda telling: telling.say(fact(ServiceStarted)),
    ],
)
def test_nothing_counts_as_seen_after_a_failed_check_or_a_start(telling: Telling, between: Any) -> None:
    telling.cycle((A, IN, None))
    between(telling)
    telling.cycle()
    assert telling.in_stock() == seconds(0)
    telling.cycle()
    assert telling.in_stock() == seconds(20)


def test_a_product_that_is_paused_or_no_longer_watched_is_not_seen(telling: Telling) -> None:
    telling.cycle((A, IN, None), (B, IN, None))
    telling.say(ControlChanged(what=Control.PAUSE, value=True, by="Ada", tcin=A))
    telling.cycle()
    telling.say(ControlChanged(what=Control.PAUSE, value=stamp(telling.at + seconds(20)), by="Ada", tcin=A))
    telling.cycle()
    telling.cycle()
    telling.say(ControlChanged(what=Control.PAUSE, value=False, by="Ada", tcin=A))
    telling.say(fact(WatchlistChanged, order=(A,)))
    telling.cycle()
    assert (telling.in_stock(A), telling.in_stock(B)) == (seconds(40), seconds(60))


def test_a_price_is_of_the_hour_in_which_it_was_told_and_of_those_in_stock(telling: Telling) -> None:
    telling.cycle((A, IN, TEN), (B, OUT, TEN))
    telling.cycle((A, IN, TWELVE), (B, OUT, TEN), after=3600)
    telling.cycle()
    first, second = telling.tally.product_hours(A)
    assert (first.lowest, first.highest) == (TEN, TEN)
    assert (second.lowest, second.highest) == (TWELVE, TWELVE)
    assert [(one.hour, one.lowest) for one in telling.tally.product_hours(B)] == [(TWO, TEN)]


def test_restocks_count_where_they_began_and_a_drill_is_none(telling: Telling) -> None:
    opened = (ProductWindow(tcin=A, window=1), ProductWindow(tcin=DRILL, window=2))
    telling.cycle((A, IN, None), (DRILL, IN, TEN), windows=MovedWindows(opened=opened))
    assert [(one.tcin, one.restocks) for one in telling.tally.product_hours()] == [(A, 1)]


def test_a_day_has_its_checks_its_blindness_and_what_was_asked(telling: Telling) -> None:
    day = TWO.date()
    telling.cycle(took_ms=100, asked=2)
    telling.cycle(took_ms=50, asked=2, failed="no answer")
    telling.say(Sighted(lasted_s=90))
    telling.say(fact(CommandDone, what="status"))
    telling.say(fact(CommandDone, what="status"))
    assert telling.counted(Counted.CHECKS) == {(day, ""): 2}
    assert telling.counted(Counted.FAILED) == {(day, ""): 1}
    assert telling.counted(Counted.ASKED) == {(day, ""): 4}
    assert telling.counted(Counted.TOOK_MS) == {(day, ""): 150}
    assert telling.counted(Counted.BLIND_S) == {(day, ""): 90}
    assert telling.counted(Counted.COMMAND) == {(day, "status"): 2}
    assert telling.counted(Counted.EVENT)[day, "cycle_completed"] == 2


def test_a_clock_that_goes_back_counts_nothing_twice(telling: Telling) -> None:
    telling.cycle((A, IN, None))
    telling.cycle(after=-3600)
    assert telling.in_stock() == seconds(0)
