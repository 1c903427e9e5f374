"""The one press and what becomes of it, on a page in memory."""

import asyncio
from datetime import timedelta
from typing import cast

import pytest
from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Locator

from purchasing.checkout.buyer.errand import Errand
from purchasing.checkout.buyer.press import AFTER_TAKING_BACK, BEFORE_DEADLINE, press, take_back
from purchasing.checkout.buyer.stages import MOMENT, PATIENCE
from purchasing.checkout.model import Need, Observation
from purchasing.errors import OutcomeUnknown, Refused
from purchasing.model import Attempt, Receipt
from tests.builders import AT, attempt
from tests.unit.purchasing.checkout.buyer.in_memory import (
    BROKEN,
    GONE,
    MOVED,
    Answered,
    PageInMemory,
    Requested,
    tab_of,
)
from tests.unit.purchasing.checkout.sights import (
    ORDER,
    a_cart_page,
    a_dialog,
    a_found,
    a_review_page,
    a_row,
    a_sight,
    an_empty_cart,
)

pytestmark = pytest.mark.looptime

AT_WORK = a_review_page(place_order=a_found(enabled=False))


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


async def test_a_page_that_is_still_at_work_is_followed_until_there_is_just_time_for_a_picture() -> None:
    clock = asyncio.get_running_loop().time
    began = clock()
    with pytest.raises(OutcomeUnknown, match="before the deadline"):
        await pressed(PageInMemory(AT_WORK), attempt())
    left = attempt().deadline - AT - timedelta(seconds=clock() - began)
    assert left == pytest.approx(BEFORE_DEADLINE, abs=timedelta(seconds=0.1))


async def test_a_page_that_is_still_on_its_way_to_another_is_followed_until_the_deadline() -> None:
    with pytest.raises(OutcomeUnknown, match="before the deadline"):
        await pressed(PageInMemory(a_review_page(), MOVED), attempt())


class TestAPressThatIsTakenBack:
    """Its click waits for a button that is off."""

    @staticmethod
    def errand_on(page: PageInMemory) -> Errand:
        return Errand(attempt=attempt().id, tab=tab_of(page), orders=None)

    @staticmethod
    async def press_and_stop(errand: Errand, page: PageInMemory) -> Receipt:
        page.hangs = True
        pressing = asyncio.create_task(press(errand, cast("Locator", page), attempt(), now=lambda: AT))
        await asyncio.sleep(0.1)
        take_back(errand)
        return await pressing

    async def test_it_is_in_doubt_once_no_call_came_of_it(self) -> None:
        clock, page = asyncio.get_running_loop().time, PageInMemory(a_review_page())
        began = clock()
        with pytest.raises(OutcomeUnknown, match="the press was taken back"):
            await self.press_and_stop(self.errand_on(page), page)
        assert clock() - began == pytest.approx(0.1 + AFTER_TAKING_BACK.total_seconds())

    async def test_one_that_had_happened_is_followed_to_its_order(self) -> None:
        page, request = PageInMemory(AT_WORK), Requested()
        pressing = asyncio.create_task(self.press_and_stop(self.errand_on(page), page))
        await asyncio.sleep(0.5)
        page.tell("request", request)
        page.tell("response", Answered(request, 201, b'{"orders": [{"order_id": "%s"}]}' % ORDER.encode()))
        assert (await pressing).order_number == ORDER

    async def test_before_and_after_it_there_is_nothing_to_take_back(self) -> None:
        page = PageInMemory(confirmed(ORDER))
        errand = self.errand_on(page)
        take_back(errand)
        await press(errand, cast("Locator", page), attempt(), now=lambda: AT)
        take_back(errand)


async def test_a_dialog_after_the_press_leaves_it_in_doubt_long_before_the_deadline() -> None:
    clock = asyncio.get_running_loop().time
    began = clock()
    with pytest.raises(OutcomeUnknown, match="a dialog that is not known") as doubt:
        await pressed(PageInMemory(a_review_page(dialogs=(a_dialog(),))), attempt())
    assert doubt.value.need == Need.DIALOG
    assert clock() - began < MOMENT.total_seconds() + 0.1


async def test_a_page_of_no_more_use_without_an_answer_leaves_the_press_in_doubt() -> None:
    with pytest.raises(OutcomeUnknown, match="the page is broken"):
        await pressed(PageInMemory(BROKEN), attempt())


# ---- a refusal


async def refused(page: PageInMemory, code: str = "INVENTORY_UNAVAILABLE") -> Receipt:
    """Press, and have the shop clearly refuse that try."""
    ending, first = asyncio.create_task(pressed(page, attempt())), Requested()
    await asyncio.sleep(0)
    page.tell("request", first)
    page.tell("response", Answered(first, 424, b'{"alerts": [{"code": "%s"}]}' % code.encode()))
    return await ending


@pytest.mark.parametrize(
    ("code", "need"), [("INVENTORY_UNAVAILABLE", None), ("PAYMENT_DECLINED_EXCEPTION", Need.PAYMENT)]
)
async def test_a_clear_no_is_a_refusal_where_the_cart_still_holds_the_product(code: str, need: Need | None) -> None:
    with pytest.raises(Refused, match=code) as refusal:
        await refused(PageInMemory(a_review_page(), a_review_page(), a_cart_page()), code)
    assert refusal.value.need is need


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
