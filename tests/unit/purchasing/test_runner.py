import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from config.products import Mode
from purchasing.errors import CalledOff, NothingOrdered, OrdersUnreadable, OutcomeUnknown, Refused
from purchasing.model import Attempt, Receipt, Step, Transition
from purchasing.rules.state_machine import check_step
from purchasing.slot.runner import AttemptRunner
from purchasing.slot.settle import settle
from tests.builders import AT, PRICE, A, B, attempt, seconds
from tests.fakes import FakeBuyer, FakeClock, FakeOrders, Hold

pytestmark = pytest.mark.looptime

CARTED, REVIEWED, SUBMITTING = Step.CARTED, Step.REVIEWED, Step.SUBMITTING
CONFIRMED, REFUSED, UNCONFIRMED = Step.CONFIRMED, Step.REFUSED, Step.UNCONFIRMED
ABANDONED, REHEARSED = Step.ABANDONED, Step.REHEARSED


class Desk:
    """Takes steps by the law of the machine, each in no time or in `takes`, whatever becomes of who asked."""

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self.last: Attempt | None = None
        self.takes = 0.0
        self.shut: str | None = None
        self.forbidden: str | None = None
        #: The step on disk at each question whether the button may be pressed.
        self.asked: list[Step] = []
        #: What the second look finds wrong, and how often it was taken.
        self.doubt: str | None = None
        self.looks = 0
        self._look_hold: Hold | None = None
        self.left: list[Attempt] = []
        #: What the order list, read once more, told of earlier attempts.
        self.ordered_before: str | None = None
        #: What each step said of pictures, and of what only the owner can do.
        self.pictures: list[tuple[Step, str | None, str | None]] = []
        #: What the review page would charge, as it was put on disk.
        self.reviewed_at: Decimal | None = None
        #: The orders there were before it, as they were put on disk.
        self.orders_before: tuple[str, ...] | None = None
        #: Whether the last step said that the cart is clean.
        self.clean = False
        #: Told of every look and of every step, at its very beginning.
        self.on_act: Callable[[str], object] = lambda _act: None

    async def move(self, attempt: Attempt, transition: Transition) -> Attempt:
        check_step(self.last.step if self.last else attempt.step, transition.to)
        self.on_act(transition.to)
        await asyncio.sleep(self.takes)
        self.steps.append(transition.to)
        number, paid = (
            (transition.receipt.order_number, transition.receipt.total)
            if transition.receipt
            else (None, transition.total)
        )
        self.last = replace(attempt, step=transition.to, why=transition.why, order_number=number, total=paid)
        if transition.to is REVIEWED:
            self.reviewed_at = transition.total
            self.orders_before = transition.orders_before
        self.pictures.append((transition.to, transition.picture, transition.need))
        self.clean = transition.clean
        return self.last

    async def why_not_confirmed(self, attempt: Attempt) -> str | None:  # noqa: ARG002  the port names it
        self.looks += 1
        self.on_act("look")
        if self._look_hold is not None:
            await self._look_hold.wait()
        return self.doubt

    def hold_look(self) -> Hold:
        """Have the second look wait."""
        self._look_hold = Hold()
        return self._look_hold

    async def why_not_press(self, attempt: Attempt) -> str | None:
        self.asked.append(attempt.step)
        return self.forbidden

    def gate_shut(self) -> str | None:
        self.on_act("gate")
        return self.shut

    async def why_ordered_before(self, attempt: Attempt) -> str | None:  # noqa: ARG002  the port names it
        return self.ordered_before

    async def left_in_cart(self) -> list[Attempt]:
        return list(self.left)

    async def cart_is_clean(self, attempt: Attempt) -> None:
        self.clean = True
        self.left = [one for one in self.left if one.id != attempt.id]


class Trip:
    """A runner with all that it needs."""

    def __init__(self) -> None:
        self.buyer = FakeBuyer()
        self.disk = Desk()
        self.clock = FakeClock()

    def runner(self, **wishes: Any) -> AttemptRunner:
        return AttemptRunner(
            attempt(**wishes),
            buyer=self.buyer,
            desk=self.disk,
            allowance=Decimal("0.15"),
            freshness=seconds(30),
            now=self.clock.now,
        )

    async def run(self, **wishes: Any) -> Attempt:
        return await self.runner(**wishes).run()


@pytest.fixture
def trip() -> Trip:
    return Trip()


# ---- the way to the order


async def test_an_attempt_goes_step_by_step_to_its_order(trip: Trip) -> None:
    done = await trip.run()
    assert trip.disk.steps == [CARTED, REVIEWED, SUBMITTING, CONFIRMED]
    assert trip.buyer.acts == ["cart", "review", "submit"]
    assert (done.order_number, done.total) == ("912-1", PRICE)


async def test_each_step_is_on_disk_before_the_next_act(trip: Trip) -> None:
    trip.disk.takes = 1
    seen: list[tuple[str, list[Step]]] = []
    trip.buyer.on_act = lambda act: seen.append((act, list(trip.disk.steps)))
    await trip.run()
    assert seen == [("cart", []), ("review", [CARTED]), ("submit", [CARTED, REVIEWED, SUBMITTING])]


async def test_a_refusal_is_refused_with_the_words_of_the_shop(trip: Trip) -> None:
    trip.buyer.troubles["submit"] = Refused("your card was declined")
    done = await trip.run()
    assert (done.step, done.why, trip.buyer.presses) == (REFUSED, "your card was declined", 1)


async def test_an_unclear_answer_is_unconfirmed_and_never_repeated(trip: Trip) -> None:
    trip.buyer.troubles["submit"] = OutcomeUnknown("the page went blank")
    done = await trip.run()
    assert (done.step, done.why, trip.buyer.presses) == (UNCONFIRMED, "the page went blank", 1)


async def test_a_buyer_that_times_out_by_itself_is_unconfirmed(trip: Trip) -> None:
    trip.buyer.troubles["submit"] = TimeoutError()
    assert (await trip.run()).step is UNCONFIRMED


async def test_a_live_attempt_looks_once_more_beside_the_work_on_the_page(trip: Trip) -> None:
    begun: list[str] = []
    trip.buyer.on_act = trip.disk.on_act = begun.append
    look, cart = trip.disk.hold_look(), trip.buyer.hold("cart")
    running = asyncio.create_task(trip.run(mode=Mode.LIVE))
    await asyncio.gather(look.reached.wait(), cart.reached.wait())
    assert begun == ["gate", "look", "cart"]
    look.let_go.set()
    cart.let_go.set()
    assert ((await running).step, trip.disk.looks) == (CONFIRMED, 1)


@pytest.mark.guards("purchasing", "a second look before the review: stock, seller, price, household")
@pytest.mark.parametrize("later", ["look", "cart"])
async def test_nothing_goes_on_to_the_review_before_both_the_look_and_the_cart_are_well(trip: Trip, later: str) -> None:
    holds = {"look": trip.disk.hold_look(), "cart": trip.buyer.hold("cart")}
    running = asyncio.create_task(trip.run(mode=Mode.LIVE))
    await holds[later].reached.wait()
    holds["look" if later == "cart" else "cart"].let_go.set()
    await asyncio.sleep(5)
    assert (trip.disk.steps, trip.buyer.acts) == ([], ["cart"])
    holds[later].let_go.set()
    assert (await running).step is CONFIRMED


@pytest.mark.guards("purchasing", "a second look before the review: stock, seller, price, household")
async def test_what_a_second_look_does_not_confirm_is_taken_out_of_the_cart_and_never_reviewed(trip: Trip) -> None:
    trip.disk.doubt = "a second look found no price"
    done = await trip.run(mode=Mode.LIVE)
    assert (done.step, done.why) == (ABANDONED, "a second look found no price")
    assert (trip.buyer.acts, trip.buyer.cart_holds) == (["cart", "clean"], {})


async def test_a_look_that_says_no_ends_the_work_on_the_page_at_once(trip: Trip) -> None:
    trip.disk.doubt = "a second look found no price"
    trip.buyer.hold("cart")
    done = await trip.run(mode=Mode.LIVE)
    assert (done.why, trip.buyer.acts) == ("a second look found no price", ["cart", "clean"])
    assert asyncio.get_running_loop().time() == 0


async def test_a_cart_that_fails_ends_the_look_at_once(trip: Trip) -> None:
    trip.disk.hold_look()
    trip.buyer.troubles["cart"] = NothingOrdered("the button is grey")
    done = await trip.run(mode=Mode.LIVE)
    assert (done.step, done.why, trip.buyer.acts) == (ABANDONED, "the button is grey", ["cart", "clean"])
    assert asyncio.get_running_loop().time() == 0


@pytest.mark.parametrize("act", ["look", "cart"])
async def test_called_off_while_look_and_cart_go_on_both_are_ended(trip: Trip, act: str) -> None:
    hold = {"look": trip.disk.hold_look(), "cart": trip.buyer.hold("cart")}[act]
    runner = trip.runner(mode=Mode.LIVE)
    running = asyncio.create_task(runner.run())
    await hold.reached.wait()
    runner.call_off("stopped by Ada")
    assert ((await running).why, trip.buyer.acts[-1]) == ("stopped by Ada", "clean")
    assert asyncio.get_running_loop().time() == 0


@pytest.mark.parametrize("mode", [Mode.SIMULATE, Mode.REHEARSE])
async def test_only_a_live_attempt_needs_a_second_look(trip: Trip, mode: Mode) -> None:
    await trip.run(mode=mode)
    assert trip.disk.looks == 0


# ---- the cart


@pytest.mark.guards("purchasing", "what was refused is taken out of the cart")
async def test_what_the_shop_refused_is_taken_out_of_the_cart_again(trip: Trip) -> None:
    trip.buyer.troubles["submit"] = Refused("your card was declined")
    await trip.run(mode=Mode.LIVE)
    assert (trip.buyer.acts[-1], trip.buyer.cart_holds, trip.disk.clean) == ("clean", {}, True)


@pytest.mark.guards("purchasing", "what earlier attempts left is remembered, each of them, and taken out first")
async def test_what_an_earlier_attempt_left_is_taken_out_before_all_else(trip: Trip) -> None:
    trip.buyer.cart_holds[B] = 1
    trip.disk.left = [attempt(ABANDONED, B, id=7)]
    done = await trip.run(mode=Mode.LIVE)
    assert (done.step, trip.buyer.acts, trip.disk.left) == (CONFIRMED, ["clean", "cart", "review", "submit"], [])


async def test_while_an_earlier_attempt_can_t_be_cleaned_up_after_nothing_is_put_into_the_cart(trip: Trip) -> None:
    trip.disk.left = [attempt(ABANDONED, B, id=7)]
    trip.buyer.troubles["clean"] = NothingOrdered("signed out")
    done = await trip.run(mode=Mode.LIVE)
    said = "attempt 7 may have left something: the cart could not be cleaned: signed out"
    assert done.why == f"{said}; the cart could not be cleaned: signed out"
    assert "cart" not in trip.buyer.acts
    assert [one.id for one in trip.disk.left] == [7]


@pytest.mark.parametrize("is_clean", [True, False])
async def test_an_abandoned_attempt_says_whether_it_left_something(trip: Trip, *, is_clean: bool) -> None:
    trip.buyer.troubles["review"] = NothingOrdered("signed out")
    if not is_clean:
        trip.buyer.troubles["clean"] = NothingOrdered("signed out")
    await trip.run(mode=Mode.LIVE)
    assert trip.disk.clean is is_clean


async def test_a_rehearsal_goes_up_to_the_review_and_cleans_the_cart(trip: Trip) -> None:
    done = await trip.run(mode=Mode.REHEARSE)
    assert trip.disk.steps == [CARTED, REVIEWED, REHEARSED]
    assert trip.buyer.acts == ["cart", "review", "clean"]
    assert (done.why, trip.buyer.cart_holds) == (None, {})


async def test_a_rehearsal_that_leaves_something_in_the_cart_says_so(trip: Trip) -> None:
    trip.buyer.troubles["clean"] = NothingOrdered("the cart did not open")
    done = await trip.run(mode=Mode.REHEARSE)
    assert (done.step, done.why) == (REHEARSED, "the cart could not be cleaned: the cart did not open")


# ---- before the button


@pytest.mark.parametrize(("act", "steps"), [("cart", [ABANDONED]), ("review", [CARTED, ABANDONED])])
async def test_what_fails_before_the_button_is_abandoned_and_cleaned(trip: Trip, act: str, steps: list[Step]) -> None:
    trip.buyer.troubles[act] = NothingOrdered("the button is grey")
    done = await trip.run()
    assert (trip.disk.steps, done.why) == (steps, "the button is grey")
    assert (trip.buyer.acts[-1], trip.buyer.presses, trip.buyer.cart_holds) == ("clean", 0, {})


@pytest.mark.guards("purchasing", "a cart with something else, or above the cap and its allowance, is left")
async def test_a_total_above_the_cap_with_its_allowance_is_abandoned(trip: Trip) -> None:
    trip.buyer.total = Decimal("57.50")
    done = await trip.run()
    assert done.why == "the total 57.50 is above 57.49, the cap with its allowance"
    assert (done.step, trip.buyer.presses) == (ABANDONED, 0)


async def test_a_cart_that_costs_more_than_the_cap_is_abandoned_though_its_allowance_would_take_it(trip: Trip) -> None:
    trip.buyer.subtotal = Decimal("50.00")
    done = await trip.run()
    assert (done.step, done.why) == (ABANDONED, "the cart costs 50.00, above the cap 49.99")


async def test_what_the_review_would_charge_is_on_disk_before_the_button(trip: Trip) -> None:
    trip.buyer.total = Decimal("53.00")
    trip.disk.forbidden = "53.00 spent today would be above 50"
    done = await trip.run()
    assert (done.step, trip.buyer.presses) == (UNCONFIRMED, 0)
    assert trip.disk.reviewed_at == Decimal("53.00")


@pytest.mark.guards("purchasing", "a cart with something else, or above the cap and its allowance, is left")
async def test_a_cart_that_holds_something_else_is_abandoned(trip: Trip) -> None:
    trip.buyer.cart_holds[B] = 1
    done = await trip.run()
    assert done.why == f"the cart holds 1 x {B}, 1 x {A}, wanted is 1 x {A}"
    assert (done.step, trip.buyer.presses) == (ABANDONED, 0)


@pytest.mark.guards("purchasing", "nothing real is ordered without knowing the orders there were before")
async def test_where_the_order_list_can_t_be_read_nothing_real_is_ordered(trip: Trip) -> None:
    trip.buyer.orders_before = None
    done = await trip.run(mode=Mode.LIVE)
    assert (done.step, done.why) == (ABANDONED, "the order list could not be read")
    assert (trip.buyer.presses, trip.buyer.cart_holds) == (0, {})


async def test_a_rehearsal_needs_no_order_list(trip: Trip) -> None:
    trip.buyer.orders_before = None
    assert (await trip.run(mode=Mode.REHEARSE)).step is REHEARSED


@pytest.mark.parametrize("before", [(), ("911", "910")])
async def test_the_orders_there_were_are_on_disk_before_the_button(trip: Trip, before: tuple[str, ...]) -> None:
    trip.buyer.orders_before = before
    stored: list[tuple[str, ...] | None] = []
    trip.buyer.on_act = lambda act: stored.append(trip.disk.orders_before) if act == "submit" else None
    await trip.run(mode=Mode.LIVE)
    assert stored == [before]


@pytest.mark.parametrize("act", ["cart", "review"])
async def test_at_the_deadline_an_attempt_before_its_button_is_abandoned(trip: Trip, act: str) -> None:
    trip.buyer.hold(act)
    done = await trip.run()
    assert (done.step, done.why) == (ABANDONED, "its deadline passed before the button")
    assert asyncio.get_running_loop().time() == 60
    assert (trip.buyer.acts[-1], trip.buyer.cart_holds, trip.buyer.presses) == ("clean", {}, 0)


async def test_an_attempt_that_is_taken_up_late_has_only_the_time_that_is_left(trip: Trip) -> None:
    trip.clock.go_on(seconds(50))
    trip.buyer.hold("cart")
    await trip.run()
    assert asyncio.get_running_loop().time() == 10


async def test_cleaning_takes_thirty_seconds_at_most_and_then_is_told_of(trip: Trip) -> None:
    trip.buyer.hold("clean")
    trip.buyer.troubles["review"] = NothingOrdered("signed out")
    done = await trip.run()
    assert (done.step, done.why) == (ABANDONED, "signed out; the cart could not be cleaned: it took too long")
    assert asyncio.get_running_loop().time() == 30


async def test_a_cart_that_can_t_be_cleaned_is_told_of_and_frees_the_slot(trip: Trip) -> None:
    trip.buyer.troubles |= {"review": NothingOrdered("signed out"), "clean": NothingOrdered("signed out too")}
    done = await trip.run()
    assert (done.step, done.why) == (ABANDONED, "signed out; the cart could not be cleaned: signed out too")


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


# ---- what was in doubt before


@pytest.mark.guards("purchasing", "after a doubt, the order list is read once more before the product's next attempt")
async def test_while_an_earlier_attempt_may_have_been_ordered_nothing_gets_into_the_cart(trip: Trip) -> None:
    trip.disk.ordered_before = "attempt 6 was ordered after all: order 912-6"
    done = await trip.run(mode=Mode.LIVE)
    assert (done.step, done.why, trip.buyer.acts) == (ABANDONED, trip.disk.ordered_before, ["clean"])


@pytest.mark.parametrize("mode", [Mode.SIMULATE, Mode.REHEARSE])
async def test_what_orders_nothing_needs_no_order_list(trip: Trip, mode: Mode) -> None:
    trip.disk.ordered_before = "attempt 6 was ordered after all: order 912-6"
    assert (await trip.run(mode=mode)).step in {CONFIRMED, REHEARSED}


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


# ---- pictures, and what only the owner can do


async def test_what_a_page_looked_like_when_it_failed_is_told_with_the_end(trip: Trip) -> None:
    trip.buyer.troubles["review"] = NothingOrdered("the page asks for the CVV", picture="7-cvv.png", need="cvv")
    done = await trip.run()
    assert done.why == "the page asks for the CVV"
    assert trip.disk.pictures == [(CARTED, None, None), (ABANDONED, "7-cvv.png", "cvv")]


@pytest.mark.parametrize(
    ("trouble", "step"), [(OutcomeUnknown, UNCONFIRMED), (Refused, REFUSED)], ids=["unknown", "refused"]
)
async def test_what_the_page_looked_like_after_the_press_is_told(
    trip: Trip, trouble: Callable[..., Exception], step: Step
) -> None:
    trip.buyer.troubles["submit"] = trouble("it asks for a PIN", picture="7-pin.png", need="pin")
    await trip.run()
    assert trip.disk.pictures[-1] == (step, "7-pin.png", "pin")


@pytest.mark.parametrize("told", [{"seller": "Somebody"}, {"orders_before": None}])
async def test_a_review_page_that_is_not_as_wanted_is_shown(trip: Trip, told: dict[str, Any]) -> None:
    vars(trip.buyer).update({"picture": "7-review.png", **told})
    await trip.run(mode=Mode.LIVE)
    assert trip.disk.pictures == [(CARTED, None, None), (ABANDONED, "7-review.png", None)]


async def test_a_rehearsal_ends_with_the_picture_of_the_review_page(trip: Trip) -> None:
    trip.buyer.picture = "7-review.png"
    await trip.run(mode=Mode.REHEARSE)
    assert trip.disk.pictures == [
        (CARTED, None, None),
        (REVIEWED, "7-review.png", None),
        (REHEARSED, "7-review.png", None),
    ]


# ---- a machine that sleeps, a clock that is set


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


# ---- settling

DAY = timedelta(days=1)
IN_DOUBT = attempt(UNCONFIRMED, why="the page went blank")


async def settled(orders: FakeOrders, it: Attempt = IN_DOUBT) -> Attempt:
    return await settle(it, orders, Desk(), listed_within=seconds(60))


async def test_what_the_order_list_holds_is_confirmed_with_its_receipt() -> None:
    orders = FakeOrders()
    orders.placed[1] = Receipt(order_number="912-1", total=PRICE)
    done = await settled(orders)
    assert (done.step, done.why, done.order_number) == (CONFIRMED, "found in the order list", "912-1")


@pytest.mark.parametrize(
    ("why", "said"),
    [
        ("the page went blank", "the page went blank; the order list has no such order"),
        (None, "the order list has no such order"),
    ],
)
async def test_what_the_order_list_certainly_has_not_is_refused(why: str | None, said: str) -> None:
    done = await settled(FakeOrders(), replace(IN_DOUBT, why=why))
    assert (done.step, done.why) == (REFUSED, said)


IN_DOUBT_FOR_REAL = replace(IN_DOUBT, mode=Mode.LIVE)
#: When the order list is asked, at first.
ASKED_AT = [0, 2, 12, 42, 60, 180, 300]


@pytest.mark.guards("purchasing", "in live, a no of the order list counts only after three good readings and a minute")
async def test_in_live_a_no_counts_only_once_the_shop_had_time_to_list_the_order() -> None:
    orders = FakeOrders()
    done = await settled(orders, IN_DOUBT_FOR_REAL)
    assert (done.step, orders.asked_at) == (REFUSED, ASKED_AT[:5])


@pytest.mark.guards("purchasing", "in live, a no of the order list counts only after three good readings and a minute")
@pytest.mark.parametrize("trouble", [OrdersUnreadable("signed out"), ZeroDivisionError()])
@pytest.mark.parametrize(
    ("readings", "settled_at"),
    [
        ("xxxx...", 300),
        (".x.x.", 60),
        ("xx..x.", 180),
        ("....x.", 180),
        ("....xx.", 300),
        ("..xxx.", 180),
    ],
)
async def test_what_the_order_list_can_t_tell_neither_counts_as_a_no_nor_takes_one_back(
    trouble: Exception, readings: str, settled_at: float
) -> None:
    orders = FakeOrders()
    orders.troubles = [trouble if one == "x" else None for one in readings]
    done = await settled(orders, IN_DOUBT_FOR_REAL)
    assert (done.step, asyncio.get_running_loop().time()) == (REFUSED, settled_at)
    assert orders.asked_at == ASKED_AT[: len(readings)]


@pytest.mark.guards("purchasing", "in live, a no of the order list counts only after three good readings and a minute")
async def test_a_reading_that_was_begun_within_the_minute_is_not_the_last_one_however_late_it_ends() -> None:
    orders, loop = FakeOrders(), asyncio.get_running_loop()
    hold = Hold()
    loop.call_later(41, setattr, orders, "hold", hold)
    loop.call_later(70, hold.let_go.set)
    done = await settled(orders, IN_DOUBT_FOR_REAL)
    assert (done.step, orders.asked_at) == (REFUSED, [0, 2, 12, 42, 190])


@pytest.mark.parametrize("listed_at", [1, 11, 59])
async def test_an_order_that_the_list_shows_late_is_confirmed(listed_at: float) -> None:
    orders = FakeOrders()
    receipt = Receipt(order_number="912-1", total=PRICE)
    asyncio.get_running_loop().call_later(listed_at, orders.placed.update, {1: receipt})
    assert (await settled(orders, IN_DOUBT_FOR_REAL)).step is CONFIRMED


@pytest.mark.guards("purchasing", "time to list an order is told by the monotonic clock")
@pytest.mark.parametrize("ahead", [3650 * DAY, timedelta(hours=1), timedelta(0), -timedelta(hours=1), -3650 * DAY])
async def test_no_time_that_was_written_down_makes_a_no_count_sooner_or_later(ahead: timedelta) -> None:
    at = AT + ahead
    it = replace(IN_DOUBT_FOR_REAL, opened_at=at, moved_at=at, deadline=at + seconds(20))
    assert (await settled(FakeOrders(), it)).step is REFUSED
    assert asyncio.get_running_loop().time() == 60


@pytest.mark.guards("purchasing", "time to list an order is told by the monotonic clock")
async def test_after_a_restart_the_time_to_list_an_order_is_counted_anew() -> None:
    loop = asyncio.get_running_loop()
    before = asyncio.create_task(settled(FakeOrders(), IN_DOUBT_FOR_REAL))
    loop.call_later(50, before.cancel)
    with pytest.raises(asyncio.CancelledError):
        await before
    assert (await settled(FakeOrders(), IN_DOUBT_FOR_REAL)).step is REFUSED
    assert loop.time() == 50 + 60


async def test_where_orders_are_listed_sooner_all_pauses_are_shorter() -> None:
    orders = FakeOrders()
    done = await settle(IN_DOUBT_FOR_REAL, orders, Desk(), listed_within=seconds(0.6))
    assert done.step is REFUSED
    assert orders.asked_at == pytest.approx([0, 0.02, 0.12, 0.42, 0.6])


@pytest.mark.parametrize("trouble", [OrdersUnreadable("signed out"), ZeroDivisionError()])
async def test_an_order_list_that_can_t_tell_is_asked_again_ever_more_slowly(trouble: Exception) -> None:
    orders = FakeOrders()
    orders.troubles = [trouble] * 6
    done = await settled(orders)
    assert (done.step, orders.asked) == (REFUSED, 7)
    assert asyncio.get_running_loop().time() == 2 + 10 + 30 + 3 * 120
