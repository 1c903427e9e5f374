"""Never more requests in any minute than the owner allows, as the shop sees them."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.request_budget import MINUTE, OverBudget, RequestBudget
from tests.builders import seconds
from tests.fakes import FakeClock


def budget(per_minute: int | None = 2) -> tuple[RequestBudget, FakeClock]:
    clock = FakeClock()
    return RequestBudget(per_minute, monotonic=clock.monotonic), clock


def test_without_a_budget_there_is_always_room() -> None:
    endless, _ = budget(None)
    for _ in range(1000):
        endless.note()
    assert (endless.room > 1000, endless.wait(1000)) == (True, timedelta(0))


def test_a_request_counts_until_a_minute_after_its_end() -> None:
    two, clock = budget(2)
    with two.permit(1).request():
        clock.go_on(seconds(5))
        assert two.room == 1
    assert two.wait(2) == MINUTE
    clock.go_on(seconds(59))
    assert (two.room, two.wait(2)) == (1, seconds(1))
    clock.go_on(seconds(1))
    assert (two.room, two.wait(2)) == (2, timedelta(0))


def test_what_is_held_counts_at_once_and_is_free_again_when_it_was_not_used() -> None:
    two, _ = budget(2)
    permit = two.permit(2)
    assert two.room == 0
    permit.close()
    assert two.room == 2


def test_beyond_what_it_holds_a_permit_needs_room() -> None:
    two, _ = budget(2)
    permit = two.permit(1)
    for _ in range(2):
        with permit.request():
            pass
    with pytest.raises(OverBudget), permit.request():
        pass


@pytest.mark.guards("monitor", "the look before a purchase and a settlement count in the budget and are never refused")
def test_what_is_urgent_is_never_refused_and_counts() -> None:
    one, clock = budget(1)
    permit = one.permit(1, urgent=True)
    for _ in range(3):
        with permit.request():
            pass
    one.note()
    assert one.room == -3
    assert one.wait() == MINUTE
    clock.go_on(MINUTE)
    assert one.room == 1


def test_what_can_never_be_begun_at_once_is_not_waited_for() -> None:
    two, _ = budget(2)
    assert (two.fitting(5), two.wait(5)) == (2, timedelta(0))


def test_what_came_before_a_restart_counts_as_all_that_was_allowed() -> None:
    two, clock = budget(2)
    two.assume_used(since=seconds(20))
    assert (two.room, two.wait()) == (0, seconds(40))
    clock.go_on(seconds(40))
    assert two.room == 2
    two.assume_used(since=MINUTE)
    assert two.room == 2


class _Shop:
    """Sees each request at some time between its beginning and its end."""

    def __init__(self) -> None:
        self.seen: list[float] = []


STEPS = st.lists(st.tuples(st.integers(0, 30), st.integers(1, 4), st.integers(0, 9), st.integers(0, 9)), max_size=60)


@pytest.mark.guards("monitor", "the shop never gets more requests in any minute than the budget allows")
@given(per_minute=st.integers(1, 6), steps=STEPS)
def test_in_any_minute_the_shop_sees_no_more_than_the_budget(
    per_minute: int, steps: list[tuple[int, int, int, int]]
) -> None:
    it, clock = budget(per_minute)
    shop = _Shop()
    for wait, calls, on_its_way, back in steps:
        clock.go_on(seconds(wait))
        count = min(it.fitting(calls), max(0, it.room))
        permit = it.permit(count)
        for _ in range(count + 1):  # the last one needs room that may not be there
            try:
                with permit.request():
                    clock.go_on(seconds(on_its_way))
                    shop.seen.append(clock.monotonic())
                    clock.go_on(seconds(back))
            except OverBudget:
                assert it.room <= 0
        permit.close()
    for first in shop.seen:
        within = [at for at in shop.seen if first <= at < first + MINUTE.total_seconds()]
        assert len(within) <= per_minute


@given(per_minute=st.integers(1, 6), steps=STEPS, calls=st.integers(1, 8))
def test_what_is_waited_for_is_there_when_the_wait_is_over_and_no_sooner(
    per_minute: int, steps: list[tuple[int, int, int, int]], calls: int
) -> None:
    it, clock = budget(per_minute)
    for pause, count, *_ in steps:
        clock.go_on(seconds(pause))
        for _ in range(min(count, max(0, it.room))):
            it.note()
    wait = it.wait(calls)
    assert (it.room >= it.fitting(calls)) is (wait == timedelta(0))
    if wait:
        clock.go_on(wait - seconds(0.001))
        assert it.room < it.fitting(calls)
        clock.go_on(seconds(0.001))
    assert it.room >= it.fitting(calls)


@pytest.mark.guards("monitor", "cycles that use the whole budget leave room for who waits for a look")
def test_what_goes_another_way_needs_room_and_is_left_some_while_it_asks_again() -> None:
    one, clock = budget(1)
    one.note()
    assert one.take() is False
    assert (one.room, one.room_of_cycles) == (0, -1)
    clock.go_on(MINUTE)
    assert (one.room, one.room_of_cycles) == (1, 1)  # it did not ask again in time
    one.note()
    clock.go_on(MINUTE - seconds(5))
    assert one.take() is False
    clock.go_on(seconds(5))
    assert (one.room, one.room_of_cycles) == (1, 0)
    assert one.take() is True
    assert one.room_of_cycles == one.room == 0


@pytest.mark.guards("monitor", "a page that fails again and again leaves most of the budget to the cycles")
@pytest.mark.parametrize("per_minute", [1, 4])
def test_what_goes_another_way_again_and_again_takes_its_part_alone(per_minute: int) -> None:
    it, clock = budget(per_minute)
    taken = cycles = 0
    for _ in range(720):
        taken += it.take()
        if it.room_of_cycles > 0:
            it.note()
            cycles += 1
        clock.go_on(seconds(5))
    assert 60 * per_minute * 0.25 <= taken <= 60 * per_minute / 3 + 1
    assert cycles >= 60 * per_minute * 0.6


def test_without_a_budget_nobody_has_to_wait() -> None:
    endless, _ = budget(None)
    endless.want(2)
    assert (endless.take(), endless.wanted) == (True, 0)
