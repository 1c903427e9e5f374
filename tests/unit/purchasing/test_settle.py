"""An attempt in doubt is settled by the order list, and a no counts only once the shop had time."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from config.products import Mode
from purchasing.errors import OrdersUnreadable
from purchasing.model import Attempt, Receipt
from purchasing.slot.settle import settle
from tests.builders import AT, PRICE, attempt, seconds
from tests.fakes import FakeOrders, Hold
from tests.unit.purchasing.trips import CONFIRMED, REFUSED, UNCONFIRMED, Desk

pytestmark = pytest.mark.looptime

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
