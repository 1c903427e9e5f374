"""What is learned of the hours at which a product comes back, and how far it goes."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.restock_hours import (
    LEAST_WEIGHT,
    MOST_WEIGHT,
    REMEMBERED,
    HourWeight,
    Likely,
    RestockHours,
    hour_of_week,
    weigh,
)
from tests.builders import A, B, chance

#: A Friday.
FRIDAY = datetime(2026, 11, 20, 3, 20, tzinfo=UTC)
NOW = FRIDAY + timedelta(days=7)
HOUR, WEEK = timedelta(hours=1), timedelta(days=7)
#: From Monday at midnight on.
THREE_ON_FRIDAY = 4 * 24 + 3
WEEKLY = [FRIDAY - week * WEEK for week in range(8)]


def hours(restocks: Iterable[datetime]) -> RestockHours:
    return RestockHours(restocks, zone=UTC, at=NOW)


def test_the_hour_of_its_restocks_weighs_most_and_the_ones_beside_it_more_than_the_others() -> None:
    learned = hours(WEEKLY)
    own, beside, other = (learned.weight(THREE_ON_FRIDAY + step) for step in (0, 1, 40))
    assert own >= beside > 1 > other


def test_what_comes_back_every_day_is_known_by_the_hour_of_the_day() -> None:
    learned = hours(FRIDAY - timedelta(days=day) for day in range(0, 60, 3))
    weights = [learned.weight(day * 24 + 3) for day in range(7)]
    assert min(weights) > 2
    assert learned.likely(THREE_ON_FRIDAY) == Likely(hour=3, weekday=None)


def test_few_restocks_are_no_habit() -> None:
    learned = hours(WEEKLY[:3])
    assert (learned.has_habit, learned.weight(THREE_ON_FRIDAY), learned.likely(THREE_ON_FRIDAY)) == (False, 1, None)


@pytest.mark.guards("monitor", "where restocks come at any time nothing is learned")
@pytest.mark.parametrize("count", [4, 12, 40, 300])
def test_restocks_at_any_time_are_no_habit(count: int) -> None:
    rng, found = chance(count), 0
    for _ in range(200):
        found += hours(NOW - rng.random() * REMEMBERED for _ in range(count)).has_habit
    assert found <= 3


def test_a_habit_that_moves_is_followed_and_an_old_one_forgotten() -> None:
    moved = [FRIDAY - week * WEEK - timedelta(hours=0 if week < 4 else 50) for week in (0, 1, 2, 3, 11, 12, 13, 14)]
    learned = hours(moved)
    assert learned.weight(THREE_ON_FRIDAY) > learned.weight(THREE_ON_FRIDAY - 50)
    assert not hours(one - REMEMBERED for one in WEEKLY).has_habit


def test_it_goes_by_the_owner_s_clock() -> None:
    assert hour_of_week(FRIDAY, UTC) == THREE_ON_FRIDAY
    assert hour_of_week(FRIDAY, ZoneInfo("America/Chicago")) == THREE_ON_FRIDAY - 6


def test_products_without_a_habit_are_left_out() -> None:
    told = weigh({A: WEEKLY, B: WEEKLY[:2]}, zone=UTC, at=NOW)
    assert told == {A: HourWeight(weight=hours(WEEKLY).weight(THREE_ON_FRIDAY), likely=Likely(hour=3, weekday=4))}


@pytest.mark.guards("monitor", "what is learned of its hours makes no product starve")
@given(st.lists(st.integers(0, 200 * 24 * 60), max_size=60), st.integers(0, 167))
def test_whatever_happened_every_hour_weighs_within_floor_and_ceiling(minutes: list[int], hour: int) -> None:
    learned = hours(NOW - timedelta(minutes=one) for one in minutes)
    assert LEAST_WEIGHT <= learned.weight(hour) <= MOST_WEIGHT


@pytest.mark.guards("monitor", "what is learned of its hours makes no product starve")
def test_the_surest_habit_weighs_as_much_as_the_ceiling_and_its_quiet_hours_as_little_as_the_floor() -> None:
    learned = hours(FRIDAY - week * WEEK for week in range(15))
    assert learned.weight(THREE_ON_FRIDAY) == MOST_WEIGHT == 4
    assert learned.weight(THREE_ON_FRIDAY + 40) == LEAST_WEIGHT == 0.5


@given(st.lists(st.integers(-60, 200 * 24 * 60), max_size=30))
def test_the_order_in_which_restocks_are_told_changes_nothing(minutes: list[int]) -> None:
    restocks = [NOW - timedelta(minutes=one) for one in minutes]
    assert hours(restocks).weight(THREE_ON_FRIDAY) == hours(reversed(restocks)).weight(THREE_ON_FRIDAY)


def test_restocks_at_this_very_moment_are_weighed_too() -> None:
    assert hours([NOW] * 5).weight(hour_of_week(NOW, UTC)) > 1
