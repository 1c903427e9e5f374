"""What is done on a tab, with a page in memory that fails as a browser's may."""

import asyncio
from datetime import timedelta
from decimal import Decimal
from typing import cast

import pytest
from playwright.async_api import Page

from purchasing.checkout.browser import CheckoutBrowser
from purchasing.checkout.buyer.stages import MOMENT, StageEnded, lead
from purchasing.checkout.buyer.tab import CLOSING, ClickFailed
from purchasing.checkout.buyer.tabs import FRESH, Tabs
from purchasing.checkout.model import Click, Need, Stage
from tests.builders import A, seconds
from tests.unit.purchasing.checkout.buyer.in_memory import (
    MOVED,
    Answered,
    BrowserInMemory,
    PageInMemory,
    Requested,
    tab_of,
)
from tests.unit.purchasing.checkout.sights import (
    ORDER,
    a_dialog,
    a_found,
    a_product_page,
    a_review_page,
    a_row,
    a_sight,
    wanting,
)

pytestmark = pytest.mark.looptime


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


async def test_a_tab_that_hangs_is_left() -> None:
    page = PageInMemory()
    page.hangs = True
    clock = asyncio.get_running_loop().time
    began = clock()
    await tab_of(page).close()
    assert clock() - began == CLOSING.total_seconds()
