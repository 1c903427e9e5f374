"""How the order list is read on its page."""

import pytest
from playwright.async_api import Page

from purchasing.checkout.buyer.order_reader import read_orders
from purchasing.checkout.model import Need
from purchasing.errors import OrdersUnreadable
from tests.builders import AT
from tests.unit.purchasing.checkout.buyer.in_memory import LIST, PageInMemory, a_list_page, tabs_of
from tests.unit.purchasing.checkout.sights import ORDER, a_found, a_sight

pytestmark = pytest.mark.looptime


@pytest.mark.guards("purchasing", "an order list whose page hangs is read on another one")
async def test_a_list_that_does_not_come_is_read_on_another_page_the_next_time() -> None:
    tabs = tabs_of(PageInMemory(a_sight("/orders")), a_list_page((200, LIST)))
    with pytest.raises(OrdersUnreadable, match="did not come within 12 s"):
        await read_orders(tabs, now=lambda: AT)
    assert (await read_orders(tabs, now=lambda: AT)).numbers == (ORDER,)


@pytest.mark.guards("purchasing", "an order list that comes in parts is read whole")
async def test_a_list_that_comes_in_parts_is_read_whole() -> None:
    other = LIST.replace(ORDER.encode(), b"912000000000001")
    listing = await read_orders(tabs_of(a_list_page((200, LIST), (200, other))), now=lambda: AT)
    assert listing.numbers == (ORDER, "912000000000001")


@pytest.mark.guards("purchasing", "an order list of which a part did not come says no to nothing")
@pytest.mark.parametrize(
    ("status", "in_parts", "is_whole"), [(503, True, False), (503, False, True), (410, True, True)]
)
async def test_of_a_list_it_is_known_whether_all_of_it_came(status: int, *, in_parts: bool, is_whole: bool) -> None:
    page = a_list_page((status, b""), (200, LIST), in_parts=in_parts)
    assert (await read_orders(tabs_of(page), now=lambda: AT)).is_whole is is_whole


async def test_a_list_that_comes_is_read_on_its_page_again() -> None:
    tabs = tabs_of(a_list_page((200, LIST)))
    for _ in range(2):
        assert (await read_orders(tabs, now=lambda: AT)).numbers == (ORDER,)


async def test_a_list_that_is_asked_for_twice_is_read_where_one_answer_is_good() -> None:
    assert (await read_orders(tabs_of(a_list_page((410, b""), (200, LIST))), now=lambda: AT)).numbers == (ORDER,)
    with pytest.raises(OrdersUnreadable, match="answered with 503"):
        await read_orders(tabs_of(a_list_page((410, b""), (503, b""))), now=lambda: AT)


@pytest.mark.guards("purchasing", "who is needed for the order list is told so")
@pytest.mark.parametrize(
    ("page", "need"),
    [
        (PageInMemory(a_sight("/orders", challenge=a_found())), Need.CHALLENGE),
        (PageInMemory(a_sight("/login")), Need.SIGN_IN),
        (PageInMemory(a_sight("/orders", password=a_found())), Need.PASSWORD),
        (a_list_page((401, b"")), Need.SIGN_IN),
        (a_list_page((403, b"")), Need.CHALLENGE),
        (a_list_page((500, b"")), None),
    ],
)
async def test_what_the_list_needs_of_the_owner_is_told_with_a_picture(page: PageInMemory, need: Need | None) -> None:
    async def take_picture(_page: Page) -> str:
        return "orders.png"

    with pytest.raises(OrdersUnreadable) as unreadable:
        await read_orders(tabs_of(page), now=lambda: AT, take_picture=take_picture)
    assert unreadable.value.need is need
    assert unreadable.value.picture == (None if need is None else "orders.png")
