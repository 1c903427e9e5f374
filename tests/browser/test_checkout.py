"""The real buyer at the practice store, in a real Chromium: what becomes of an attempt, and what the shop counted."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Route

from config.products import Channel, Mode, Tcin
from purchasing.checkout.browser import CheckoutBrowser
from purchasing.checkout.buyer.cart_notes import CartNote, CartNotes
from purchasing.checkout.marker_record import MarkerRecord
from purchasing.checkout.process.kernel import end_processes
from purchasing.checkout.session import SessionFile
from purchasing.model import Step
from sandbox.shop.troubles import Trouble
from sandbox.store import Item, PracticeStore
from tests.browser.house import OVER, House, house_at
from tests.torture.browser_campaign import Part, find_part

TROVE, PLUSH = "94734932", "89471066"

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


@pytest.fixture
def store() -> PracticeStore:
    return PracticeStore(
        [
            Item(tcin=TROVE, title="Illumineer&#39;s Trove", price="49.99", shipping="IN_STOCK"),
            Item(tcin=PLUSH, title="Otter Plush", price="24.99", shipping="IN_STOCK"),
        ]
    )


@pytest_asyncio.fixture(loop_scope="module")
async def house(
    store: PracticeStore, checkout_browser: CheckoutBrowser, session: SessionFile, tmp_path: Path
) -> AsyncIterator[House]:
    async with house_at(store, checkout_browser, session, tmp_path) as house:
        yield house


async def test_a_restock_is_bought_once_and_known(house: House) -> None:
    attempt = await house.buy(TROVE)
    till = house.store.shop
    assert (attempt.step, attempt.why) == (Step.CONFIRMED, None)
    [order] = till.orders
    assert (attempt.order_number, attempt.total, order.items) == (order.number, order.total, {TROVE: 1})
    assert (till.adds, till.presses, till.cart.holds) == (1, 1, {})


async def test_a_rehearsal_ends_at_the_review_with_a_picture_and_a_clean_cart(house: House) -> None:
    attempt = await house.buy(TROVE, mode=Mode.REHEARSE)
    till = house.store.shop
    assert attempt.step is Step.REHEARSED
    assert (till.orders, till.presses, till.cart.holds) == ([], 0, {})
    kept = sorted(file.name.partition("Z-")[2] for file in (house.folder / "screenshots").iterdir())
    assert kept == ["attempt-1-review.png", "rehearsal-cart.html", "rehearsal-review.html"]
    seen = MarkerRecord(house.folder / "markers.json").read()
    assert seen is not None
    assert seen.missing == ()


@pytest.mark.guards("purchasing", "a rehearsal that ends early says nothing of what the pages are known by")
async def test_a_rehearsal_that_ends_early_leaves_the_copies_to_the_next_and_blames_no_page(house: House) -> None:
    record = MarkerRecord(house.folder / "markers.json")
    house.store.shop.arrange(Trouble.CHECKOUT_SOLD_OUT, TROVE)
    assert (await house.buy(TROVE, mode=Mode.REHEARSE)).step is Step.ABANDONED
    assert record.read() is None
    house.store.shop.troubles.clear()
    assert (await house.buy(PLUSH, mode=Mode.REHEARSE)).step is Step.REHEARSED
    assert record.are_whole
    assert any(file.name.endswith("rehearsal-review.html") for file in (house.folder / "screenshots").iterdir())


@pytest.mark.parametrize("channel", [Channel.SHIPPING, Channel.PICKUP])
async def test_what_is_bought_comes_as_it_is_wanted(house: House, channel: Channel) -> None:
    house.store.set(TROVE, pickup="IN_STOCK")
    attempt = await house.buy(TROVE, channel=channel)
    assert attempt.step is Step.CONFIRMED, attempt.why
    assert [line.channel for line in house.store.shop.orders[0].lines] == [channel]


async def test_as_many_are_bought_as_are_wanted(house: House) -> None:
    attempt = await house.buy(TROVE, quantity=2)
    assert attempt.step is Step.CONFIRMED, attempt.why
    assert [order.items for order in house.store.shop.orders] == [{TROVE: 2}]


async def test_a_kept_page_that_counts_what_was_taken_out_since_is_loaded_anew(house: House) -> None:
    house.store.shop.cart.put(PLUSH)
    await house.tabs.keep([Tcin(TROVE)])
    kept = house.tabs.kept(Tcin(TROVE))
    assert kept is not None
    await kept.page.get_by_label("cart 1 item").wait_for()
    house.store.shop.cart.lines.clear()
    attempt = await house.buy(TROVE)
    assert (attempt.step, attempt.why) == (Step.CONFIRMED, None)


async def test_what_could_not_be_taken_out_is_taken_out_as_soon_as_it_can_be(house: House) -> None:
    house.store.shop.arrange(Trouble.CART_CHALLENGE, TROVE)
    attempt = await house.buy(TROVE)
    assert (attempt.step, house.store.shop.cart.added) == (Step.ABANDONED, {TROVE: 1})
    house.store.shop.troubles.clear()
    await house.until_cart({})
    assert (await house.buy(TROVE)).step is Step.CONFIRMED
    assert [order.items for order in house.store.shop.orders] == [{TROVE: 1}]


@pytest.mark.guards("purchasing", "what was put into the cart is taken out with a new browser where its own was lost")
async def test_the_cart_is_cleaned_in_a_new_browser_where_the_attempts_own_was_lost(house: House) -> None:
    await house.watch(TROVE)
    await house.see(TROVE)
    async with asyncio.timeout(30):
        while not house.store.shop.adds:  # noqa: ASYNC110  a till tells nobody
            await asyncio.sleep(0.01)
    mark = find_part(os.getpid(), Part.CHROMIUM)
    assert mark is not None
    assert end_processes([mark]) == 1
    attempt = await house.until(*OVER)
    assert (attempt.step, attempt.why) == (Step.ABANDONED, "the browser was lost")
    assert (house.store.shop.cart.holds, house.store.shop.presses) == ({}, 0)


async def test_what_a_killed_rehearsal_by_hand_left_is_taken_out_before_the_next_purchase(house: House) -> None:
    house.store.shop.cart.put(PLUSH)
    CartNotes(house.folder / "cart.json").put(CartNote(attempt=0, tcin=Tcin(PLUSH), added=True))
    assert (await house.buy(TROVE)).step is Step.CONFIRMED
    assert [order.items for order in house.store.shop.orders] == [{TROVE: 1}]
    assert CartNotes(house.folder / "cart.json").read() == []


async def test_an_order_that_the_list_alone_shows_is_known_and_its_tab_goes(house: House) -> None:
    house.store.shop.arrange(Trouble.PRESS_PIN, TROVE)
    await house.buy(TROVE)
    attempt = await house.until(Step.CONFIRMED)
    assert attempt.why == "found in the order list"
    assert [attempt.order_number] == [order.number for order in house.store.shop.orders]
    assert not any("/checkout" in page.url for page in (await house.browser.context()).pages)


async def test_notes_that_can_t_be_read_hide_no_order(house: House) -> None:
    await house.watch(TROVE)
    await house.see(TROVE)
    await house.until(Step.CARTED)
    (house.folder / "cart.json").write_text("[{")
    attempt = await house.until(*OVER)
    assert (attempt.step, attempt.why) == (Step.CONFIRMED, None)
    receipt = await house.shopper.find(attempt)
    assert receipt is not None
    assert receipt.order_number == house.store.shop.orders[0].number


async def test_what_an_earlier_rehearsal_left_is_taken_out_and_not_what_the_owner_put_there(house: House) -> None:
    """Rehearsals apart from the journal share one number."""
    CartNotes(house.folder / "cart.json").put(CartNote(attempt=1, tcin=Tcin(PLUSH), added=True))
    house.store.shop.cart.put(PLUSH)
    house.store.shop.cart.put(TROVE)
    attempt = await house.buy(TROVE, mode=Mode.REHEARSE)
    assert (attempt.step, attempt.why) == (Step.ABANDONED, "the cart holds 2 things already")
    assert house.store.shop.cart.holds == {TROVE: 1}


async def test_what_came_over_the_review_page_while_the_order_list_was_read_is_seen(house: House) -> None:
    may_be_read = asyncio.Event()

    async def hold(route: Route) -> None:
        await may_be_read.wait()
        await route.continue_()

    context = await house.browser.context()
    await context.route("**/order_history*", hold)
    try:
        await house.watch(TROVE)
        await house.see(TROVE)
        await house.until(Step.CARTED)
        page = next(page for page in context.pages if "/orders" not in page.url)
        await page.get_by_role("button", name="Place").wait_for()
        await page.wait_for_timeout(500)
        await page.evaluate(
            "document.body.append(Object.assign(document.createElement('dialog'), {open: true, innerText: 'Wait!'}))"
        )
        may_be_read.set()
        attempt = await house.until(*OVER)
    finally:
        await context.unroute("**/order_history*", hold)
    assert (attempt.step, house.store.shop.presses) == (Step.ABANDONED, 0)
    assert "a dialog that is not known" in (attempt.why or "")


@pytest.mark.guards("purchasing", "nothing is added before it is known that the cart holds nothing of the owner's")
async def test_a_head_that_tells_nothing_of_the_cart_hides_nothing_of_the_owners(house: House) -> None:
    till = house.store.shop
    till.renamed = {"@web/CartLink": "somethingElse"}
    till.own_in(till.cart, {TROVE: 1})
    attempt = await house.buy(TROVE)
    assert (attempt.step, attempt.why) == (Step.ABANDONED, "the cart holds one thing already")
    assert (till.cart.own, till.adds, till.touched) == ({TROVE: 1}, 0, {})
