"""An attempt while the machine sleeps, or a clock is set."""

import asyncio
from datetime import timedelta

import pytest

from config.products import Mode
from tests.builders import AT, seconds
from tests.unit.purchasing.trips import ABANDONED, CONFIRMED, UNCONFIRMED, Trip

pytestmark = pytest.mark.looptime


def sleep_in(trip: Trip, act: str, by: timedelta) -> None:
    """The machine sleeps in this act: the monotonic clock knows nothing of it."""

    def sleep(begun: str) -> None:
        if begun == act:
            trip.clock.set_wall_clock(by)

    trip.buyer.on_act = trip.disk.on_act = sleep


@pytest.mark.guards("purchasing", "both clocks bind an attempt's deadline before its button")
@pytest.mark.parametrize("act", ["look", "cart", "carted", "review", "reviewed"])
async def test_an_attempt_over_which_the_machine_slept_is_abandoned_before_its_button(trip: Trip, act: str) -> None:
    sleep_in(trip, act, timedelta(hours=1))
    done = await trip.run(mode=Mode.LIVE)
    assert (done.step, trip.buyer.presses, trip.buyer.cart_holds) == (ABANDONED, 0, {})
    assert done.why == ("the second look is too old" if act == "look" else "its deadline passed before the button")


@pytest.mark.guards("purchasing", "both clocks bind an attempt's deadline before its button")
@pytest.mark.parametrize(("act", "touched"), [("look", ["clean"]), ("carted", ["cart", "clean"])])
async def test_after_a_sleep_nothing_is_tried_at_the_shop_any_more(trip: Trip, act: str, touched: list[str]) -> None:
    sleep_in(trip, act, seconds(25))
    await trip.run(mode=Mode.LIVE, deadline=AT + seconds(20))
    assert trip.buyer.acts == touched


@pytest.mark.guards("purchasing", "both clocks bind an attempt's deadline before its button")
async def test_a_machine_that_sleeps_while_submitting_is_being_written_keeps_the_button(trip: Trip) -> None:
    sleep_in(trip, "submitting", timedelta(hours=1))
    done = await trip.run()
    assert (done.step, trip.buyer.presses) == (UNCONFIRMED, 0)
    assert done.why == "the button was not pressed: its deadline passed"


@pytest.mark.guards("purchasing", "both clocks bind an attempt's deadline before its button")
async def test_a_clock_that_was_set_back_gives_an_attempt_no_more_time(trip: Trip) -> None:
    trip.clock.set_wall_clock(-timedelta(hours=1))
    trip.buyer.hold("cart")
    done = await trip.run()
    assert (done.step, asyncio.get_running_loop().time()) == (ABANDONED, 60)


async def test_an_order_over_whose_answer_the_machine_slept_is_still_confirmed(trip: Trip) -> None:
    sleep_in(trip, "submit", timedelta(hours=1))
    assert (await trip.run()).step is CONFIRMED


@pytest.mark.guards("purchasing", "the second look is fresh by both clocks at the button")
async def test_a_second_look_over_which_the_machine_slept_confirms_nothing(trip: Trip) -> None:
    sleep_in(trip, "look", seconds(31))
    done = await trip.run(mode=Mode.LIVE)
    assert (done.step, done.why) == (ABANDONED, "the second look is too old")
    assert (trip.buyer.acts, trip.buyer.cart_holds) == (["cart", "clean"], {})


@pytest.mark.guards("purchasing", "the second look is fresh by both clocks at the button")
async def test_a_look_that_aged_in_a_sleep_is_taken_again_before_the_button(trip: Trip) -> None:
    sleep_in(trip, "review", seconds(40))
    done = await trip.run(mode=Mode.LIVE)
    assert (done.step, trip.disk.looks) == (CONFIRMED, 2)


@pytest.mark.guards("purchasing", "the second look is fresh by both clocks at the button")
async def test_a_look_that_aged_during_a_slow_review_is_taken_again_before_the_button(trip: Trip) -> None:
    hold = trip.buyer.hold("review")
    asyncio.get_running_loop().call_later(40, hold.let_go.set)
    done = await trip.run(mode=Mode.LIVE)
    assert (done.step, trip.disk.looks) == (CONFIRMED, 2)


@pytest.mark.guards("purchasing", "the second look is fresh by both clocks at the button")
async def test_what_the_later_look_does_not_confirm_is_not_ordered(trip: Trip) -> None:
    def change(act: str) -> None:
        if act == "review":
            trip.clock.set_wall_clock(seconds(40))
            trip.disk.doubt = "a second look found no price"

    trip.buyer.on_act = change
    done = await trip.run(mode=Mode.LIVE)
    assert (done.step, done.why, trip.buyer.presses) == (ABANDONED, "a second look found no price", 0)


@pytest.mark.guards("purchasing", "the second look is fresh by both clocks at the button")
async def test_a_look_that_aged_while_submitting_was_being_written_keeps_the_button(trip: Trip) -> None:
    sleep_in(trip, "submitting", seconds(40))
    done = await trip.run(mode=Mode.LIVE)
    assert (done.step, trip.buyer.presses) == (UNCONFIRMED, 0)
    assert done.why == "the button was not pressed: the second look is too old"
