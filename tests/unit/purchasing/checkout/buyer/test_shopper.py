"""What the buyer does after the press, in a browser in memory."""

import asyncio
from pathlib import Path
from typing import cast

import pytest

from config.products import Mode
from purchasing.checkout.browser import CheckoutBrowser
from purchasing.checkout.buyer.cart_notes import CartNote, CartNotes
from purchasing.checkout.buyer.press import STILL_UNDER_WAY
from purchasing.checkout.buyer.shopper import BrowserShopper
from purchasing.checkout.buyer.tabs import Tabs
from purchasing.checkout.marker_record import MarkerRecord
from purchasing.checkout.model import Need
from purchasing.checkout.pictures import PagePictures
from purchasing.errors import NothingOrdered, OrdersUnreadable, OutcomeUnknown
from purchasing.model import Step
from tests.builders import AT, A, attempt
from tests.unit.purchasing.checkout.buyer.in_memory import (
    GONE,
    LIST,
    Answered,
    BrowserInMemory,
    PageInMemory,
    Requested,
    a_list_page,
)
from tests.unit.purchasing.checkout.sights import (
    ORDER,
    a_cart_page,
    a_found,
    a_product_page,
    a_review_page,
    a_row,
    a_sight,
    an_empty_cart,
)

pytestmark = pytest.mark.looptime

NEW = "912003456789099"
ORDERED = b'{"orders": [{"order_id": "%s"}]}' % NEW.encode()
REVIEWED = a_review_page(rows=(a_row(),), texts=("is_shipped",))
IN_DOUBT = attempt(Step.UNCONFIRMED, mode=Mode.LIVE, orders_before=(ORDER,))


@pytest.mark.guards("purchasing", "what reaches the cart after it was found empty is taken out, too")
async def test_the_cart_is_looked_at_once_more_where_nobody_heard_what_became_of_an_addition(tmp_path: Path) -> None:
    gone, late = PageInMemory(GONE), PageInMemory(an_empty_cart(), a_cart_page(), an_empty_cart())
    browser = BrowserInMemory(PageInMemory(a_sight("/orders")), gone, late)
    shopper, it = shopper_of(browser, tmp_path), attempt()
    CartNotes(tmp_path / "cart.json").put(CartNote(attempt=it.id, tcin=A, added=True))
    await shopper.clean(it)
    assert (late.clicks, CartNotes(tmp_path / "cart.json").read()) == (1, [])


@pytest.mark.guards("purchasing", "while the shop owes an answer to the press, no list says that there is no order")
class TestAPressThatWasGivenUp:
    """Its page is still there, and its calls are still heard."""

    @staticmethod
    async def give_up(folder: Path, *orders: tuple[int, bytes]) -> tuple[BrowserShopper, PageInMemory, Requested]:
        """One of which the shop does not answer the call, and no other call until then."""
        at_work = a_review_page(place_order=a_found(enabled=False))
        page, request = (
            PageInMemory(a_product_page(), a_cart_page(), a_cart_page(), REVIEWED, REVIEWED, at_work),
            Requested(),
        )
        shopper = shopper_of(BrowserInMemory(a_list_page(*orders), page), folder)
        await shopper.cart(IN_DOUBT)
        await shopper.review(IN_DOUBT)
        pressing = asyncio.create_task(shopper.submit(IN_DOUBT))
        await asyncio.sleep(0.5)
        page.tell("request", request)
        with pytest.raises(OutcomeUnknown, match="before the deadline"):
            await pressing
        return shopper, page, request

    async def test_an_answer_that_comes_late_tells_though_the_list_does_not(self, tmp_path: Path) -> None:
        shopper, page, request = await self.give_up(tmp_path, (200, LIST))
        page.tell("response", Answered(request, 201, ORDERED))
        await asyncio.sleep(1)
        receipt = await shopper.find(IN_DOUBT)
        assert receipt is not None
        assert receipt.order_number == NEW

    async def test_an_answer_that_names_an_order_from_before_tells_nothing(self, tmp_path: Path) -> None:
        shopper, page, request = await self.give_up(tmp_path, (200, LIST))
        page.tell("response", Answered(request, 201, ORDERED.replace(NEW.encode(), ORDER.encode())))
        await asyncio.sleep(1)
        assert await shopper.find(IN_DOUBT) is None

    async def test_while_the_shop_owes_an_answer_nobody_says_that_there_is_no_order(self, tmp_path: Path) -> None:
        shopper, page, request = await self.give_up(tmp_path, (200, LIST))
        with pytest.raises(OrdersUnreadable, match="has not answered the press yet"):
            await shopper.find(IN_DOUBT)
        page.tell("requestfailed", request)
        assert await shopper.find(IN_DOUBT) is None

    async def test_no_answer_is_owed_to_a_browser_that_was_begun_anew_since(self, tmp_path: Path) -> None:
        shopper, page, _ = await self.give_up(tmp_path, (200, LIST))
        page.context = None
        assert await shopper.find(IN_DOUBT) is None

    async def test_an_answer_that_never_comes_is_not_waited_for_without_end(self, tmp_path: Path) -> None:
        shopper, _, _ = await self.give_up(tmp_path, (200, LIST))
        await asyncio.sleep(STILL_UNDER_WAY.total_seconds())
        assert await shopper.find(IN_DOUBT) is None


@pytest.mark.guards("purchasing", "who is needed for the order list is told so")
async def test_a_list_that_asks_for_a_sign_in_before_the_button_says_so(tmp_path: Path) -> None:
    signed_out: list[str] = []
    browser = BrowserInMemory(PageInMemory(a_sight("/login")), PageInMemory(a_product_page(), a_cart_page(), REVIEWED))
    shopper, it = shopper_of(browser, tmp_path, signed_out), attempt(mode=Mode.LIVE)
    await shopper.cart(it)
    with pytest.raises(NothingOrdered, match="before the button") as refusal:
        await shopper.review(it)
    assert (refusal.value.need, len(signed_out)) == (Need.SIGN_IN, 1)
    with pytest.raises(OrdersUnreadable):
        await shopper_of(BrowserInMemory(PageInMemory(a_sight("/login"))), tmp_path, signed_out).find(IN_DOUBT)
    assert len(signed_out) == 2


def shopper_of(browser: BrowserInMemory, folder: Path, signed_out: list[str] | None = None) -> BrowserShopper:
    async def note(why: str) -> None:
        if signed_out is not None:
            signed_out.append(why)

    one = cast("CheckoutBrowser", browser)
    return BrowserShopper(
        browser=one,
        tabs=Tabs(one, site_url="http://127.0.0.1"),
        pictures=PagePictures(folder / "screenshots", now=lambda: AT),
        notes=CartNotes(folder / "cart.json"),
        markers=MarkerRecord(folder / "markers.json"),
        on_signed_out=note,
        now=lambda: AT,
    )
