"""What is done on a tab, with a page in memory that fails as a browser's may."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Self, cast

import msgspec
import pytest
from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Locator, Page

from config.products import Mode
from purchasing.checkout.browser import CheckoutBrowser
from purchasing.checkout.buyer.cart_notes import CartNote, CartNotes
from purchasing.checkout.buyer.errand import Errand
from purchasing.checkout.buyer.order_reader import read_orders
from purchasing.checkout.buyer.press import STILL_UNDER_WAY, press
from purchasing.checkout.buyer.shopper import BrowserShopper
from purchasing.checkout.buyer.stages import MOMENT, PATIENCE, StageEnded, lead
from purchasing.checkout.buyer.tab import CLOSING, ClickFailed, Tab
from purchasing.checkout.buyer.tabs import FRESH, Tabs
from purchasing.checkout.marker_record import MarkerRecord
from purchasing.checkout.model import Click, Need, Observation, Stage
from purchasing.checkout.pictures import PagePictures
from purchasing.errors import OrdersUnreadable, OutcomeUnknown, Refused
from purchasing.model import Attempt, Receipt, Step
from tests.builders import AT, A, attempt, seconds
from tests.unit.purchasing.checkout.sights import (
    ORDER,
    a_cart_page,
    a_dialog,
    a_found,
    a_product_page,
    a_review_page,
    a_row,
    a_sight,
    an_empty_cart,
    wanting,
)

pytestmark = pytest.mark.looptime

MOVED = PlaywrightError("Execution context was destroyed, most likely because of a navigation")
BROKEN = PlaywrightError("the page is broken")
GONE = PlaywrightError("Target page, context or browser has been closed")

NEW = "912003456789099"
ORDERED = b'{"orders": [{"order_id": "%s"}]}' % NEW.encode()
REVIEWED = a_review_page(rows=(a_row(),), texts=("is_shipped",))
IN_DOUBT = attempt(Step.UNCONFIRMED, mode=Mode.LIVE, orders_before=(ORDER,))


class PageInMemory:
    """Shows one sight after another, the last for ever; of those that are errors, each is raised."""

    def __init__(self, *shows: Observation | PlaywrightError) -> None:
        self._shows = list(shows)
        self.hangs = False
        #: Raised by the next that is done to something on the page.
        self.trouble: PlaywrightError | None = None
        #: Called when the page is sent to an address.
        self.on_goto: Callable[[], object] = lambda: None
        self._listeners: dict[str, Callable[[Any], None]] = {}
        #: Where it is, as the browser of `BrowserInMemory`.
        self.context: object = None
        self.opened: list[str] = []
        self.clicks = 0

    async def bring_to_front(self) -> None:
        pass

    async def goto(self, address: str, **_how: object) -> None:
        self.opened.append(address)
        self.on_goto()

    def on(self, event: str, listener: Callable[[Any], None]) -> None:
        self._listeners[event] = listener

    def tell(self, event: str, what: object) -> None:
        self._listeners[event](what)

    def is_closed(self) -> bool:
        return False

    async def evaluate(self, _expression: str, **how: float) -> object:
        if how:  # of an element, and not of the whole page
            await self._act()
            return None
        shown = self._shows.pop(0) if len(self._shows) > 1 else self._shows[0]
        if isinstance(shown, PlaywrightError):
            raise shown
        return msgspec.to_builtins(shown.seen)

    def locator(self, _selector: str) -> Self:
        return self

    @property
    def first(self) -> Self:
        return self

    async def click(self, **_how: object) -> None:
        self.clicks += 1
        await self._act()

    async def close(self) -> None:
        await self._act()

    async def _act(self) -> None:
        if self.hangs:
            await asyncio.Event().wait()
        trouble, self.trouble = self.trouble, None
        if trouble is not None:
            raise trouble


class BrowserInMemory:
    """Its tabs are those given, one after the other."""

    def __init__(self, *pages: PageInMemory) -> None:
        self._pages = list(pages)
        for page in pages:
            page.context = self

    async def context(self) -> Self:
        return self

    async def new_page(self) -> PageInMemory:
        return self._pages.pop(0)

    def in_use(self) -> AbstractContextManager[None]:
        return nullcontext()


@dataclass(frozen=True, eq=False)
class Requested:
    method: str = "POST"
    url: str = "http://127.0.0.1/web_checkouts/v1/checkout"


@dataclass(frozen=True)
class Answered:
    request: Requested
    status: int
    holds: bytes
    ok: bool = True

    async def all_headers(self) -> Mapping[str, str]:
        return {}

    async def body(self) -> bytes:
        return self.holds


def tab_of(page: PageInMemory) -> Tab:
    return Tab(cast("Page", page), site_url="http://127.0.0.1")


async def pressed(page: PageInMemory, it: Attempt) -> Receipt:
    errand = Errand(attempt=it.id, tab=tab_of(page), orders=None)
    return await press(errand, cast("Locator", page), it, now=lambda: AT)


def confirmed(number: str) -> Observation:
    return a_sight(f"/checkout/confirmation?orderId={number}")


@pytest.mark.guards("purchasing", "an order that was there before the press is none of the press")
async def test_an_order_that_was_there_before_the_press_is_not_ours() -> None:
    assert (await pressed(PageInMemory(confirmed(ORDER)), attempt(orders_before=("1" * 15,)))).order_number == ORDER
    with pytest.raises(OutcomeUnknown, match="was there before the press"):
        await pressed(PageInMemory(confirmed(ORDER)), attempt(orders_before=(ORDER,)))


async def test_an_answer_to_the_press_counts_although_the_page_can_t_be_looked_at_any_more() -> None:
    page, request = PageInMemory(a_review_page(), BROKEN), Requested()
    ending = asyncio.create_task(pressed(page, attempt()))
    await asyncio.sleep(0)
    page.tell("request", request)
    await asyncio.sleep(0.1)
    page.tell("response", Answered(request, 201, b'{"orders": [{"order_id": "%s"}]}' % ORDER.encode()))
    assert (await ending).order_number == ORDER


async def test_no_answer_is_waited_for_where_the_driver_died() -> None:
    page, clock = PageInMemory(a_review_page(), GONE), asyncio.get_running_loop().time
    began, pressing = clock(), asyncio.create_task(pressed(page, attempt()))
    await asyncio.sleep(0)
    page.tell("request", Requested())
    with pytest.raises(OutcomeUnknown, match="the browser was lost"):
        await pressing
    assert clock() - began < 1


@pytest.mark.guards("purchasing", "a press of which the page took no notice does not hold the slot until the deadline")
async def test_a_page_that_offers_its_button_again_is_in_doubt_soon() -> None:
    clock = asyncio.get_running_loop().time
    began = clock()
    with pytest.raises(OutcomeUnknown, match="offers its button again"):
        await pressed(PageInMemory(a_review_page()), attempt())
    assert PATIENCE.total_seconds() <= clock() - began < PATIENCE.total_seconds() + 1


async def test_a_page_that_is_still_at_work_is_followed_until_the_deadline() -> None:
    busy = a_review_page(place_order=a_found(enabled=False))
    with pytest.raises(OutcomeUnknown, match="before the deadline"):
        await pressed(PageInMemory(busy), attempt())


async def test_a_page_of_no_more_use_without_an_answer_leaves_the_press_in_doubt() -> None:
    with pytest.raises(OutcomeUnknown, match="the page is broken"):
        await pressed(PageInMemory(BROKEN), attempt())


@pytest.mark.guards("purchasing", "what was called before the press tells nothing of it")
async def test_what_is_forgotten_is_not_heard_of_again() -> None:
    page, request = PageInMemory(), Requested()
    tab, order = tab_of(page), b'{"orders": [{"order_id": "%s"}]}' % ORDER.encode()
    for is_answered_before in (True, False):
        page.tell("request", request)
        if is_answered_before:  # and its body is still being read
            page.tell("response", Answered(request, 201, order))
        tab.forget_calls()
        page.tell("response", Answered(request, 201, order))
        page.tell("requestfailed", request)
        await asyncio.sleep(1)
        assert tab.calls == ()


# ---- a refusal

CLEAR = b'{"alerts": [{"code": "INVENTORY_UNAVAILABLE"}]}'


async def refused(page: PageInMemory) -> Receipt:
    """Press, and have the shop clearly refuse that try."""
    ending, first = asyncio.create_task(pressed(page, attempt())), Requested()
    await asyncio.sleep(0)
    page.tell("request", first)
    page.tell("response", Answered(first, 424, CLEAR))
    return await ending


async def test_a_clear_no_is_a_refusal_where_the_cart_still_holds_the_product() -> None:
    with pytest.raises(Refused, match="INVENTORY_UNAVAILABLE"):
        await refused(PageInMemory(a_review_page(), a_review_page(), a_cart_page()))


@pytest.mark.guards("purchasing", "a try that is sent after a refusal counts, too")
async def test_a_try_that_the_page_sends_after_the_refusal_leaves_the_press_in_doubt() -> None:
    page, second = PageInMemory(a_review_page(), a_review_page(), a_cart_page()), Requested()

    def leave() -> None:
        page.tell("request", second)
        page.tell("requestfailed", second)

    page.on_goto = leave
    with pytest.raises(OutcomeUnknown, match="does not bear that out"):
        await refused(page)


@pytest.mark.guards("purchasing", "a try that is sent after a refusal counts, too")
@pytest.mark.parametrize("then", [a_cart_page(), an_empty_cart(), BROKEN])
async def test_an_order_that_a_later_try_placed_is_one_whatever_the_cart_shows(
    then: Observation | PlaywrightError,
) -> None:
    page, second = PageInMemory(a_review_page(), a_review_page(), then), Requested()

    def leave() -> None:
        page.tell("request", second)
        page.tell("response", Answered(second, 201, b'{"orders": [{"order_id": "%s"}]}' % ORDER.encode()))

    page.on_goto = leave
    assert (await refused(page)).order_number == ORDER


@pytest.mark.guards("purchasing", "no press is refused whose product the cart no longer holds")
async def test_a_cart_that_holds_it_on_the_page_and_not_by_the_shop_leaves_the_press_in_doubt() -> None:
    page = PageInMemory(a_review_page(), a_review_page(), a_cart_page())
    asked = Requested(method="GET", url="http://127.0.0.1/web_checkouts/v1/cart")

    def load() -> None:
        page.tell("request", asked)
        asyncio.get_running_loop().call_later(1, page.tell, "response", Answered(asked, 200, b'{"cart_items": []}'))

    page.on_goto = load
    with pytest.raises(OutcomeUnknown, match="does not bear that out"):
        await refused(page)


async def test_rows_of_another_page_do_not_say_what_the_cart_holds() -> None:
    page = PageInMemory(a_review_page(rows=(a_row(),)))

    def abort() -> None:
        raise PlaywrightError("net::ERR_ABORTED; maybe frame was detached?")

    page.on_goto = abort
    with pytest.raises(OutcomeUnknown, match="could not be read"):
        await refused(page)


async def test_a_page_that_goes_to_the_cart_by_itself_is_looked_at_there() -> None:
    page = PageInMemory(a_review_page(), a_review_page(), a_cart_page())

    def abort() -> None:
        raise PlaywrightError("net::ERR_ABORTED; maybe frame was detached?")

    page.on_goto = abort
    with pytest.raises(Refused):
        await refused(page)


async def test_a_page_that_goes_elsewhere_while_something_is_brought_into_sight_is_looked_at_again() -> None:
    covered = a_found("Place your order", covered=True)
    page = PageInMemory(
        a_review_page(place_order=covered, rows=(a_row(),)), a_review_page(rows=(a_row(),), texts=("is_shipped",))
    )
    page.trouble = MOVED
    reached = await lead(tab_of(page), Stage.REVIEW, wanting())
    assert (reached.items, reached.total) == ({A: 1}, Decimal("10.70"))


async def test_a_dialog_that_is_still_coming_or_goes_by_itself_ends_nothing() -> None:
    ready = a_review_page(rows=(a_row(),), texts=("is_shipped",))
    page = PageInMemory(*[a_review_page(dialogs=(a_dialog("One moment, please"),))] * 20, ready)
    assert (await lead(tab_of(page), Stage.REVIEW, wanting())).items == {A: 1}


async def test_a_dialog_that_stays_ends_it_soon_whatever_its_words_count() -> None:
    clock = asyncio.get_running_loop().time
    began = clock()
    page = PageInMemory(*(a_review_page(dialogs=(a_dialog(f"{left} s left to join"),)) for left in range(100, 0, -1)))
    with pytest.raises(StageEnded) as ended:
        await lead(tab_of(page), Stage.REVIEW, wanting())
    assert ended.value.end.need is Need.DIALOG
    assert MOMENT.total_seconds() < clock() - began < MOMENT.total_seconds() + 0.1


@pytest.mark.guards("purchasing", "a click that may have happened is not made again")
async def test_a_click_whose_page_went_elsewhere_may_have_happened() -> None:
    page = PageInMemory()
    page.trouble = MOVED
    with pytest.raises(ClickFailed):
        await tab_of(page).click(Click(marker="add", tcin=A), number=0)


@pytest.mark.guards("purchasing", "nothing is added before it is known that the cart holds nothing of the owner's")
@pytest.mark.parametrize(("age", "loads"), [(FRESH - seconds(1), 1), (FRESH + seconds(1), 2)])
async def test_a_purchase_does_not_believe_what_an_old_page_says_of_the_cart(age: timedelta, loads: int) -> None:
    page = PageInMemory(a_product_page())
    browser = BrowserInMemory(PageInMemory(a_sight("/orders")), page)
    tabs = Tabs(cast("CheckoutBrowser", browser), site_url="http://127.0.0.1")
    await tabs.keep([A])
    await asyncio.sleep(age.total_seconds())
    assert (await tabs.take(A)).page is cast("Page", page)
    assert len(page.opened) == loads


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

    async def test_an_answer_that_never_comes_is_not_waited_for_without_end(self, tmp_path: Path) -> None:
        shopper, _, _ = await self.give_up(tmp_path, (200, LIST))
        await asyncio.sleep(STILL_UNDER_WAY.total_seconds())
        assert await shopper.find(IN_DOUBT) is None


def shopper_of(browser: BrowserInMemory, folder: Path) -> BrowserShopper:
    async def note(_why: str) -> None:
        pass

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


async def test_a_tab_that_hangs_is_left() -> None:
    page = PageInMemory()
    page.hangs = True
    clock = asyncio.get_running_loop().time
    began = clock()
    await tab_of(page).close()
    assert clock() - began == CLOSING.total_seconds()


# ---- the order list


def tabs_of(*pages: PageInMemory) -> Tabs:
    return Tabs(cast("CheckoutBrowser", BrowserInMemory(*pages)), site_url="http://127.0.0.1")


def a_list_page(*answers: tuple[int, bytes]) -> PageInMemory:
    """Its script asks for the list as often as there are answers, all at once; they come in this order."""
    page = PageInMemory(a_sight("/orders"))

    def load() -> None:
        url = "http://127.0.0.1/post_orders/v1/orders/history"
        asked = [Requested(method="GET", url=f"{url}?{number}") for number, _ in enumerate(answers)]
        for request in asked:
            page.tell("request", request)
        for number, (request, (status, body)) in enumerate(zip(asked, answers, strict=True)):
            answer = Answered(request, status, body, ok=status == 200)
            asyncio.get_running_loop().call_later(1 + number, page.tell, "response", answer)

    page.on_goto = load
    return page


LIST = b'{"orders": [{"order_number": "%s", "placed_date": "2026-11-22T14:03:22-06:00"}]}' % ORDER.encode()


@pytest.mark.guards("purchasing", "an order list whose page hangs is read on another one")
async def test_a_list_that_does_not_come_is_read_on_another_page_the_next_time() -> None:
    tabs = tabs_of(PageInMemory(a_sight("/orders")), a_list_page((200, LIST)))
    with pytest.raises(OrdersUnreadable, match="did not come within 12 s"):
        await read_orders(tabs, now=lambda: AT)
    assert (await read_orders(tabs, now=lambda: AT)).numbers == (ORDER,)


async def test_a_list_that_comes_is_read_on_its_page_again() -> None:
    tabs = tabs_of(a_list_page((200, LIST)))
    for _ in range(2):
        assert (await read_orders(tabs, now=lambda: AT)).numbers == (ORDER,)


async def test_a_list_that_is_asked_for_twice_is_read_where_one_answer_is_good() -> None:
    assert (await read_orders(tabs_of(a_list_page((410, b""), (200, LIST))), now=lambda: AT)).numbers == (ORDER,)
    with pytest.raises(OrdersUnreadable, match="answered with 503"):
        await read_orders(tabs_of(a_list_page((410, b""), (503, b""))), now=lambda: AT)
