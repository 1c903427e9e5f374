"""An attempt goes step by step to its order, or ends before its button and leaves a clean cart."""

import asyncio
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from config.products import Mode
from purchasing.errors import NothingOrdered, OutcomeUnknown, Refused
from purchasing.model import Step
from tests.builders import PRICE, A, B, attempt, seconds
from tests.unit.purchasing.trips import (
    ABANDONED,
    CARTED,
    CONFIRMED,
    REFUSED,
    REHEARSED,
    REVIEWED,
    SUBMITTING,
    UNCONFIRMED,
    Trip,
)

pytestmark = pytest.mark.looptime


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
