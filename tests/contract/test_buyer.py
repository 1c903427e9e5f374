"""What the `Buyer` port promises, of the buyer for practice and of the one in memory."""

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from datetime import timedelta
from decimal import Decimal
from typing import Any, Protocol

import pytest

from config.products import Channel
from purchasing.errors import NothingOrdered, Refused
from purchasing.model import TARGET, Attempt, Receipt
from purchasing.ports import Buyer
from purchasing.slot.simulated import SimulatedBuyer
from tests.builders import PRICE, A, B, attempt, chance
from tests.fakes import FakeBuyer

pytestmark = pytest.mark.looptime


class Stage(Protocol):
    @property
    def buyer(self) -> Buyer: ...
    def refuse(self) -> None: ...
    def take_long(self) -> None: ...


class _InMemory:
    def __init__(self) -> None:
        self.buyer = FakeBuyer()

    def refuse(self) -> None:
        self.buyer.troubles["submit"] = Refused("sold out")

    def take_long(self) -> None:
        for act in ("cart", "review", "submit"):
            self.buyer.hold(act)


class _Practice:
    def __init__(self) -> None:
        self.buyer = _practising(success=1)

    def refuse(self) -> None:
        self.buyer = _practising(success=0)

    def take_long(self) -> None:
        self.buyer = _practising(success=1, takes=timedelta(hours=3))


def _practising(*, success: float, takes: timedelta = timedelta(seconds=3)) -> SimulatedBuyer:
    return SimulatedBuyer(takes=takes, success=success, rng=chance())


@pytest.fixture(params=[_InMemory, _Practice], ids=["in memory", "practice"])
def stage(request: pytest.FixtureRequest) -> Stage:
    made: Stage = request.param()
    return made


async def test_the_review_shows_exactly_what_was_put_into_the_cart(stage: Stage) -> None:
    it = attempt(quantity=2)
    await stage.buyer.cart(it)
    review = await stage.buyer.review(it)
    assert (dict(review.items), review.total) == ({A: 2}, 2 * PRICE)


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        (Channel.SHIPPING, Channel.SHIPPING),
        (Channel.PICKUP, Channel.PICKUP),
        (Channel.ANY, Channel.SHIPPING),
    ],
)
async def test_the_review_tells_by_which_channel_it_comes_who_sells_it_and_which_orders_there_are(
    stage: Stage, wanted: Channel, told: Channel
) -> None:
    it = attempt(channel=wanted)
    await stage.buyer.cart(it)
    review = await stage.buyer.review(it)
    assert (review.channel, review.seller, review.orders_before) == (told, TARGET, ())


async def test_where_no_press_is_on_its_way_there_is_nothing_to_take_back(stage: Stage) -> None:
    stage.buyer.take_back()
    assert (await _buy(stage.buyer, attempt())).order_number
    stage.buyer.take_back()


async def test_what_was_ordered_is_no_longer_in_the_cart(stage: Stage) -> None:
    await _buy(stage.buyer, attempt())
    other = attempt(tcin=B)
    await stage.buyer.cart(other)
    assert dict((await stage.buyer.review(other)).items) == {B: 1}


async def test_a_total_is_shown_even_where_no_price_was_known(stage: Stage) -> None:
    if isinstance(stage.buyer, FakeBuyer):
        stage.buyer.total = PRICE
    it = attempt(price=None)
    await stage.buyer.cart(it)
    assert (await stage.buyer.review(it)).total == PRICE


async def test_an_order_has_a_number_of_its_own_and_what_it_cost(stage: Stage) -> None:
    receipts = [await _buy(stage.buyer, attempt(id=number)) for number in (1, 2)]
    assert len({receipt.order_number for receipt in receipts}) == 2
    assert all(receipt.order_number for receipt in receipts)
    assert [receipt.total for receipt in receipts] == [PRICE, PRICE]


async def test_a_refusal_says_why_and_is_certainly_no_order(stage: Stage) -> None:
    stage.refuse()
    with pytest.raises(Refused, match="sold out") as refusal:
        await _buy(stage.buyer, attempt())
    assert isinstance(refusal.value, NothingOrdered)


async def test_cleaning_is_well_after_every_act_and_twice(stage: Stage) -> None:
    it = attempt()
    await stage.buyer.clean(it)
    await stage.buyer.cart(it)
    await stage.buyer.clean(it)
    await stage.buyer.clean(it)


@pytest.mark.parametrize("act", ["cart", "review", "submit"])
async def test_every_act_can_be_cancelled_while_it_waits(stage: Stage, act: str) -> None:
    stage.take_long()
    doing: Callable[[Attempt], Coroutine[Any, Any, object]] = getattr(stage.buyer, act)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(1):
            await doing(attempt())


async def _buy(buyer: Buyer, it: Attempt) -> Receipt:
    await buyer.cart(it)
    await buyer.review(it)
    return await buyer.submit(it)


# ---- practice alone


async def test_practice_takes_the_time_that_it_is_given() -> None:
    began = asyncio.get_running_loop().time()
    await _buy(_practising(success=1, takes=timedelta(seconds=3)), attempt())
    assert asyncio.get_running_loop().time() - began == pytest.approx(3)


async def test_practice_succeeds_as_often_as_it_is_told_to() -> None:
    buyer = _practising(success=0.7, takes=timedelta(0))
    bought = 0
    for number in range(500):
        with contextlib.suppress(Refused):
            bought += bool(await buyer.submit(attempt(id=number)))
    assert bought / 500 == pytest.approx(0.7, abs=0.05)


async def test_practice_without_a_price_counts_the_cap() -> None:
    review = await _practising(success=1).review(attempt(price=None, max_price=Decimal("20.00")))
    assert review.total == Decimal("20.00")
