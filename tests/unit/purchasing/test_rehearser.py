"""A rehearsal by hand: up to the review page, never its button, and the cart as it was."""

import asyncio
from decimal import Decimal
from typing import Any

import pytest

from config.products import Channel, Mode
from purchasing.errors import NothingOrdered
from purchasing.model import Attempt, Step
from purchasing.rehearsal import Rehearsal
from purchasing.slot.rehearser import Rehearser
from tests.builders import PRICE, A, B, product, seconds
from tests.fakes import FakeBuyer, FakeClock

pytestmark = pytest.mark.looptime


class Stage:
    """One rehearsal of A."""

    def __init__(self, **wishes: Any) -> None:
        self.buyer = FakeBuyer()
        self.buyer.total = PRICE
        self.buyer.orders_before = None  # nobody needs the order list for it
        self.clock = FakeClock()
        self.rehearser = Rehearser(
            self.buyer,
            product(A, **wishes),
            deadline=seconds(60),
            allowance=Decimal("0.15"),
            now=self.clock.now,
            monotonic=self.clock.monotonic,
        )
        self.attempts: list[Attempt] = []

    async def run(self) -> Rehearsal:
        return await self.rehearser.run()


def told(rehearsal: Rehearsal) -> list[tuple[str, bool]]:
    return [(act.what, act.done) for act in rehearsal.acts]


WHOLE = [("into the cart", True), ("to the review page", True), ("out of the cart", True)]


@pytest.mark.guards("purchasing", "a rehearsal never presses the button, and leaves nothing in the cart")
@pytest.mark.parametrize("channel", [Channel.SHIPPING, Channel.PICKUP])
async def test_it_goes_up_to_the_review_page_and_cleans_the_cart(channel: Channel) -> None:
    stage = Stage(quantity=2, channel=channel)
    stage.buyer.total = 2 * PRICE
    done = await stage.run()
    assert stage.buyer.acts == ["cart", "review", "clean"]
    assert not stage.buyer.cart_holds
    assert (done.attempt.step, done.attempt.mode, done.clean, done.attempt.total) == (
        Step.REHEARSED,
        Mode.REHEARSE,
        True,
        2 * PRICE,
    )
    assert done.review is not None
    assert (dict(done.review.items), done.review.channel) == ({A: 2}, channel)
    assert told(done) == WHOLE


async def test_how_long_each_act_took_is_kept() -> None:
    stage = Stage()
    stage.buyer.on_act = lambda _act: stage.clock.go_on(seconds(2))
    assert [act.took for act in (await stage.run()).acts] == [seconds(2)] * 3


async def test_what_keeps_it_from_the_review_page_is_told_and_the_cart_cleaned() -> None:
    stage = Stage()
    stage.buyer.troubles["review"] = NothingOrdered("it asks for the card's code", picture="page.png", need="cvv")
    done = await stage.run()
    assert (done.review, done.attempt.step, done.attempt.why) == (None, Step.ABANDONED, "it asks for the card's code")
    assert (done.picture, done.need, done.clean) == ("page.png", "cvv", True)
    assert told(done) == [("into the cart", True), ("to the review page", False), ("out of the cart", True)]


async def test_a_page_that_would_sell_something_else_is_told_with_what_it_would_sell() -> None:
    stage = Stage()
    stage.buyer.cart_holds[B] = 1
    done = await stage.run()
    assert done.review is not None
    assert dict(done.review.items) == {A: 1, B: 1}
    assert (done.attempt.step, done.clean) == (Step.ABANDONED, True)


@pytest.mark.parametrize("step", [Step.REHEARSED, Step.ABANDONED])
async def test_a_cart_that_could_not_be_cleaned_is_told(step: Step) -> None:
    stage = Stage()
    stage.buyer.troubles["clean"] = NothingOrdered("the cart did not open")
    if step is Step.ABANDONED:
        stage.buyer.troubles["review"] = NothingOrdered("it changed")
    done = await stage.run()
    assert (done.attempt.step, done.clean) == (step, False)
    assert "the cart could not be cleaned: the cart did not open" in (done.attempt.why or "")


@pytest.mark.guards("purchasing", "a rehearsal that is ended from outside leaves nothing in the cart")
@pytest.mark.parametrize("act", ["cart", "review"])
async def test_one_that_is_called_off_cleans_the_cart(act: str) -> None:
    stage = Stage()
    hold = stage.buyer.hold(act)
    running = asyncio.create_task(stage.run())
    await hold.reached.wait()
    stage.rehearser.call_off("a signal came")
    done = await running
    assert (done.attempt.step, done.attempt.why, done.clean) == (Step.ABANDONED, "a signal came", True)
    assert stage.buyer.acts[-1] == "clean"
    assert not stage.buyer.cart_holds


async def test_one_that_is_called_off_before_it_began_opens_nothing() -> None:
    stage = Stage()
    stage.rehearser.call_off("a signal came")
    await stage.run()
    assert stage.buyer.acts == ["clean"]
