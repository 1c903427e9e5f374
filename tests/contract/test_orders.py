"""What the `Orders` port promises, of the practice buyer's own list and of the one in memory."""

from datetime import timedelta

import pytest

from purchasing.errors import OrdersUnreadable
from purchasing.model import Step
from purchasing.ports import Orders
from purchasing.slot.simulated import SimulatedBuyer
from tests.builders import attempt, chance
from tests.fakes import FakeBuyer, FakeOrders

UNCONFIRMED = attempt(Step.UNCONFIRMED)


@pytest.fixture(params=["in memory", "practice"])
def orders(request: pytest.FixtureRequest) -> Orders:
    if request.param == "in memory":
        return FakeOrders()
    return SimulatedBuyer(takes=timedelta(seconds=3), success=1, rng=chance())


async def test_what_was_never_pressed_is_certainly_no_order(orders: Orders) -> None:
    assert await orders.find(UNCONFIRMED) is None


async def test_asking_again_changes_nothing(orders: Orders) -> None:
    assert [await orders.find(UNCONFIRMED) for _ in range(3)] == [None, None, None]


async def test_what_was_pressed_is_found_by_its_attempt_alone() -> None:
    buyer = FakeBuyer()
    receipt = await buyer.submit(UNCONFIRMED)
    assert await buyer.orders.find(UNCONFIRMED) == receipt
    assert await buyer.orders.find(attempt(Step.UNCONFIRMED, id=2)) is None


async def test_a_list_that_can_t_be_read_says_neither_yes_nor_no() -> None:
    orders = FakeOrders()
    orders.troubles = [OrdersUnreadable("the page did not load")]
    with pytest.raises(OrdersUnreadable):
        await orders.find(UNCONFIRMED)
