"""What keeps the button from being pressed until the last instant, and what is true once it was."""

import asyncio

import pytest

from config.products import Mode
from purchasing.errors import CalledOff
from purchasing.model import Step
from tests.fakes import FakeBuyer
from tests.unit.purchasing.trips import ABANDONED, CARTED, CONFIRMED, REVIEWED, SUBMITTING, UNCONFIRMED, Trip

pytestmark = pytest.mark.looptime


# ---- calling off


@pytest.mark.parametrize("act", ["cart", "review"])
async def test_an_attempt_called_off_before_its_button_ends_at_once(trip: Trip, act: str) -> None:
    hold = trip.buyer.hold(act)
    runner = trip.runner()
    running = asyncio.create_task(runner.run())
    await hold.reached.wait()
    runner.call_off("stopped by Ada")
    runner.call_off("the service is stopping")
    done = await running
    assert (done.step, done.why) == (ABANDONED, "stopped by Ada")
    assert (trip.buyer.acts[-1], trip.buyer.cart_holds, trip.buyer.presses) == ("clean", {}, 0)
    assert asyncio.get_running_loop().time() == 0


async def test_called_off_while_a_step_is_being_written_the_written_step_counts(trip: Trip) -> None:
    trip.disk.takes = 5
    runner = trip.runner()
    asyncio.get_running_loop().call_later(2, runner.call_off, "stopped by Ada")
    done = await runner.run()
    assert trip.disk.steps == [CARTED, ABANDONED]
    assert (done.why, trip.buyer.acts) == ("stopped by Ada", ["cart", "clean"])


@pytest.mark.parametrize("mode", [Mode.LIVE, Mode.REHEARSE])
async def test_called_off_while_reviewed_is_being_written_it_is_abandoned(trip: Trip, mode: Mode) -> None:
    trip.disk.takes = 5
    runner = trip.runner(mode=mode)
    asyncio.get_running_loop().call_later(7, runner.call_off, "stopped by Ada")
    await runner.run()
    assert (trip.disk.steps, trip.buyer.presses) == ([CARTED, REVIEWED, ABANDONED], 0)


async def test_called_off_before_it_began_it_does_not_touch_the_shop(trip: Trip) -> None:
    runner = trip.runner()
    runner.call_off("no longer watched")
    done = await runner.run()
    assert (done.step, done.why, trip.buyer.acts) == (ABANDONED, "no longer watched", ["clean"])


async def test_a_gate_that_was_shut_before_it_began_keeps_it_from_the_shop(trip: Trip) -> None:
    trip.disk.shut = "stopped by Ada"
    done = await trip.run()
    assert (done.step, done.why, trip.buyer.acts) == (ABANDONED, "stopped by Ada", ["clean"])


@pytest.mark.guards("purchasing", "the gate and the limits are asked once more before the button")
async def test_a_gate_that_shuts_during_the_review_is_seen_before_submitting(trip: Trip) -> None:
    def shut(act: str) -> None:
        trip.disk.shut = "the file EMERGENCY_STOP is there" if act == "review" else trip.disk.shut

    trip.buyer.on_act = shut
    done = await trip.run()
    assert trip.disk.steps == [CARTED, REVIEWED, ABANDONED]
    assert (done.why, trip.buyer.presses) == ("the file EMERGENCY_STOP is there", 0)


# ---- between the disk and the button


@pytest.mark.guards("purchasing", "the gate and the limits are asked once more before the button")
async def test_the_limits_are_read_once_more_when_submitting_is_on_disk(trip: Trip) -> None:
    trip.disk.forbidden = "price 59.99 is above the cap 49.99"
    done = await trip.run()
    assert trip.disk.asked == [SUBMITTING]
    assert trip.disk.steps[-2:] == [SUBMITTING, UNCONFIRMED]
    assert done.why == "the button was not pressed: price 59.99 is above the cap 49.99"
    assert trip.buyer.presses == 0


@pytest.mark.guards("purchasing", "a deadline, a call-off and the gate are asked without a pause before the button")
async def test_called_off_while_submitting_is_being_written_nothing_is_pressed(trip: Trip) -> None:
    trip.disk.takes = 5
    runner = trip.runner()
    asyncio.get_running_loop().call_later(12, runner.call_off, "stopped by Ada")
    done = await runner.run()
    assert trip.disk.steps[-2:] == [SUBMITTING, UNCONFIRMED]
    assert (done.why, trip.buyer.presses) == ("the button was not pressed: stopped by Ada", 0)


@pytest.mark.guards("purchasing", "a deadline, a call-off and the gate are asked without a pause before the button")
async def test_a_gate_that_shuts_while_submitting_is_being_written_keeps_the_button(trip: Trip) -> None:
    trip.disk.takes = 5
    asyncio.get_running_loop().call_later(12, setattr, trip.disk, "shut", "stopped by Ada")
    done = await trip.run()
    assert (done.step, trip.buyer.presses) == (UNCONFIRMED, 0)
    assert done.why == "the button was not pressed: stopped by Ada"


@pytest.mark.guards("purchasing", "a deadline, a call-off and the gate are asked without a pause before the button")
async def test_a_deadline_that_passes_while_submitting_is_being_written_keeps_the_button(trip: Trip) -> None:
    trip.disk.takes = 20
    done = await trip.run()
    assert (done.step, trip.buyer.presses) == (UNCONFIRMED, 0)
    assert done.why == "the button was not pressed: its deadline passed"


# ---- the press


@pytest.mark.guards("purchasing", "nothing is waited for between the last look at the gate and the press")
async def test_a_gate_that_shuts_as_soon_as_it_was_asked_finds_the_press_on_its_way(trip: Trip) -> None:
    """What the loop does next comes after the press: with one await between, it would come before."""
    order: list[str] = []
    loop = asyncio.get_running_loop()

    def follow(act: str) -> None:
        order.append(act)
        if act == "gate" and trip.disk.last is not None and trip.disk.last.step is SUBMITTING:
            loop.call_soon(order.append, "the gate shuts")

    trip.disk.on_act = trip.buyer.on_act = follow
    assert (await trip.run(mode=Mode.LIVE)).step is CONFIRMED
    assert order[order.index("submitting") :] == ["submitting", "gate", "submit", "the gate shuts", "confirmed"]


@pytest.mark.guards("purchasing", "a stop takes back a press that has not happened, and the order list settles it")
async def test_a_stop_takes_back_a_press_that_is_on_its_way(trip: Trip) -> None:
    hold = trip.buyer.hold("press")
    runner = trip.runner(mode=Mode.LIVE)
    running = asyncio.create_task(runner.run())
    await hold.reached.wait()
    runner.call_off("stopped by Ada")
    assert trip.buyer.acts[-1] == "take back"
    done = await running
    assert (done.step, done.why, trip.buyer.orders.placed) == (UNCONFIRMED, "the press was taken back", {})


@pytest.mark.guards("purchasing", "a stop takes back a press that has not happened, and the order list settles it")
async def test_a_press_that_has_happened_is_followed_to_its_outcome_though_a_stop_came(trip: Trip) -> None:
    hold = trip.buyer.hold("submit")
    runner = trip.runner(mode=Mode.LIVE)
    running = asyncio.create_task(runner.run())
    await hold.reached.wait()
    runner.call_off("stopped by Ada")
    hold.let_go.set()
    assert (await running).step is CONFIRMED


class Stubborn(FakeBuyer):
    def take_back(self) -> None:
        raise RuntimeError("torn")


async def test_a_press_that_can_t_be_taken_back_does_not_keep_the_gate_from_shutting(trip: Trip) -> None:
    trip.buyer = Stubborn()
    hold = trip.buyer.hold("submit")
    runner = trip.runner()
    running = asyncio.create_task(runner.run())
    await hold.reached.wait()
    runner.call_off("stopped by Ada")
    hold.let_go.set()
    assert (await running).step is CONFIRMED


@pytest.mark.parametrize("act", ["cart", "review"])
async def test_before_and_after_the_press_there_is_none_to_take_back(trip: Trip, act: str) -> None:
    hold = trip.buyer.hold(act)
    runner = trip.runner()
    running = asyncio.create_task(runner.run())
    await hold.reached.wait()
    runner.call_off("stopped by Ada")
    await running
    runner.call_off("stopped by Bob")
    assert "take back" not in trip.buyer.acts


# ---- past the button


async def test_at_the_deadline_an_attempt_past_its_button_is_unconfirmed(trip: Trip) -> None:
    trip.buyer.hold("submit")
    done = await trip.run()
    assert (done.step, done.why) == (UNCONFIRMED, "no confirmation came before the deadline")
    assert (asyncio.get_running_loop().time(), trip.buyer.presses) == (60, 1)


async def test_past_the_button_calling_off_changes_nothing(trip: Trip) -> None:
    hold = trip.buyer.hold("submit")
    runner = trip.runner()
    running = asyncio.create_task(runner.run())
    await hold.reached.wait()
    trip.disk.shut = "stopped by Ada"
    runner.call_off("stopped by Ada")
    hold.let_go.set()
    assert (await running).step is CONFIRMED
    assert trip.buyer.presses == 1


async def test_what_breaks_past_the_button_leaves_submitting_on_disk(trip: Trip) -> None:
    trip.buyer.troubles["submit"] = ZeroDivisionError()
    with pytest.raises(ZeroDivisionError):
        await trip.run()
    assert (trip.disk.steps[-1], trip.buyer.presses) == (SUBMITTING, 1)


async def test_only_a_refusal_is_believed_to_be_no_order_once_the_button_was_pressed(trip: Trip) -> None:
    trip.buyer.troubles["submit"] = CalledOff("the browser closed")
    with pytest.raises(CalledOff):
        await trip.run()
    assert trip.disk.steps[-1] is SUBMITTING


@pytest.mark.parametrize(("act", "last"), [("cart", None), ("review", CARTED), ("submit", SUBMITTING)])
async def test_a_task_that_is_cancelled_ends_with_the_last_step_on_disk(
    trip: Trip, act: str, last: Step | None
) -> None:
    hold = trip.buyer.hold(act)
    running = asyncio.create_task(trip.run())
    await hold.reached.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert trip.disk.steps[-1:] == ([] if last is None else [last])


async def test_a_task_that_is_cancelled_while_a_step_is_being_written_waits_for_it(trip: Trip) -> None:
    trip.disk.takes = 5
    runner = trip.runner()
    running = asyncio.create_task(runner.run())
    asyncio.get_running_loop().call_later(2, running.cancel)
    with pytest.raises(asyncio.CancelledError):
        await running
    assert (trip.disk.steps, runner.attempt.step) == ([CARTED], CARTED)
