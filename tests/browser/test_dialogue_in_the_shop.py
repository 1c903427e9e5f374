"""The dialogue at the practice shop, led by a bare hand: look, decide, do. Where it ends, and what the shop counted.

The hand here knows neither stops nor patience of its own; what it waits for too long is told as what it waited for.
"""

from collections.abc import AsyncIterator
from dataclasses import replace
from decimal import Decimal

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Error, Page, Request, Response

from config.products import Channel, Tcin
from purchasing.checkout.dialogue import next_act
from purchasing.checkout.model import (
    Act,
    Answer,
    Choose,
    Click,
    End,
    Ending,
    Go,
    Need,
    Observation,
    Ordered,
    PressRefused,
    Reached,
    Stage,
    Wait,
    Wanted,
)
from purchasing.checkout.pages import call_of, selector
from purchasing.checkout.sight import decode_seen, observing_expression
from purchasing.checkout.witness import read_answer
from sandbox.shop.troubles import Trouble
from sandbox.store import Item, PracticeStore
from tests.browser.conftest import launch

TROVE, PLUSH = Tcin("94734932"), Tcin("89471066")

# What the real buyer comes to in the same troubles, every run sees.
pytestmark = [pytest.mark.browser, pytest.mark.torture, pytest.mark.asyncio(loop_scope="module")]

#: Looks without an act, a tenth of a second apart: well above what the shop's pages take to be built.
MOST_WAITS = 40


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with launch() as browser:
        yield browser


@pytest.fixture
def store() -> PracticeStore:
    store = PracticeStore(
        [
            Item(tcin=TROVE, title="Trove", price="49.99", shipping="IN_STOCK", pickup="IN_STOCK"),
            Item(tcin=PLUSH, title="Plush", price="24.99", shipping="IN_STOCK"),
        ]
    )
    store.shop.build_ms = 20
    return store


class Hand:
    """Carries out what the dialogue says, and hears the page's calls."""

    def __init__(self, page: Page, wanted: Wanted) -> None:
        self.page = page
        self._wanted = wanted
        self._calls: dict[Request, Answer] = {}
        page.on("request", self._note)
        page.on("requestfailed", lambda request: self._note(request, broke=True))
        page.on("requestfinished", self._hear)

    def _note(self, request: Request, *, broke: bool = False) -> None:
        answer = read_answer(request.method, request.url, broke=broke)
        if answer is not None:
            self._calls[request] = answer

    async def _hear(self, request: Request) -> None:
        response: Response | None = await request.response()
        if response is None or call_of(request.url) is None:
            return
        try:
            body = await response.body()
        except Error:
            body = b""
        answer = read_answer(request.method, request.url, response.status, response.headers, body)
        if answer is not None:
            self._calls[request] = answer

    async def lead(self, stage: Stage) -> Act:
        """Until there is nothing more to do; what is waited for too long is the last word."""
        if stage is not Stage.PRESSED:
            self._calls.clear()
        wanted, waits, act = self._wanted, 0, next_act(stage, await self._look(), self._wanted)
        while waits < MOST_WAITS:
            match act:
                case Wait():
                    waits += 1
                    await self.page.wait_for_timeout(100)
                case Go():
                    await self.page.goto(act.address, wait_until="domcontentloaded")
                case Click() | Choose():
                    await self._touch(act)
                    wanted = replace(wanted, done=(*wanted.done, act.marker))
                case _:
                    return act
            act = next_act(stage, await self._look(), wanted)
        return act

    async def press(self) -> None:
        self._calls.clear()
        await self.page.locator(selector("place_order", 0, self._wanted.tcin)).click()

    async def _look(self) -> Observation:
        while True:
            try:
                raw = await self.page.evaluate(observing_expression(self._wanted.tcin))
            except Error:  # the page went on meanwhile
                await self.page.wait_for_timeout(50)
                continue
            seen = decode_seen(raw)
            self._found = seen.found
            return Observation(seen=seen, calls=tuple(self._calls.values()))

    async def _touch(self, act: Click | Choose) -> None:
        way = selector(act.marker, self._found[act.marker].selector, self._wanted.tcin)
        one = self.page.locator(way).locator("visible=true").first
        if isinstance(act, Choose):
            await one.select_option(act.value)
        else:
            await one.click()


@pytest_asyncio.fixture(loop_scope="module")
async def page(store: PracticeStore, browser: Browser) -> AsyncIterator[Page]:
    async with store.serve() as url:
        context = await browser.new_context(base_url=url, storage_state=store.account.storage_state(url))  # type: ignore[arg-type]  # a TypedDict in the form of a dict
        yield await context.new_page()
        await context.close()


def a_hand(page: Page, *, quantity: int = 1, channel: Channel = Channel.SHIPPING) -> Hand:
    return Hand(page, Wanted(tcin=TROVE, quantity=quantity, channel=channel))


async def lead_to_the_review(hand: Hand) -> Act:
    act = await hand.lead(Stage.ADD)
    return await hand.lead(Stage.REVIEW) if isinstance(act, Reached) else act


async def test_a_purchase_from_the_product_to_the_order(store: PracticeStore, page: Page) -> None:
    hand = a_hand(page)
    cart = await hand.lead(Stage.ADD)
    assert isinstance(cart, Reached)
    assert (cart.items, cart.channel, cart.seller, cart.subtotal) == (
        {TROVE: 1},
        Channel.SHIPPING,
        "Target",
        Decimal("49.99"),
    )
    review = await hand.lead(Stage.REVIEW)
    assert isinstance(review, Reached)
    assert (review.items, review.channel, review.seller) == ({TROVE: 1}, Channel.SHIPPING, "Target")
    assert (review.subtotal, review.total) == (Decimal("49.99"), Decimal("52.99"))
    await hand.press()
    ordered = await hand.lead(Stage.PRESSED)
    [order] = store.shop.orders
    assert isinstance(ordered, Ordered)
    assert (ordered.order_number, order.items, store.shop.presses) == (order.number, {TROVE: 1}, 1)
    assert await hand.lead(Stage.CLEAN) == Reached()


async def test_two_by_pickup_and_no_more_touched(store: PracticeStore, page: Page) -> None:
    store.shop.own_in(store.shop.saved, {PLUSH: 1, TROVE: 1})
    review = await lead_to_the_review(a_hand(page, quantity=2, channel=Channel.PICKUP))
    assert isinstance(review, Reached)
    assert (review.items, review.channel) == ({TROVE: 2}, Channel.PICKUP)
    assert (store.shop.cart.holds, store.shop.saved.holds) == ({TROVE: 2}, {PLUSH: 1, TROVE: 1})
    assert store.shop.adds == 1
    assert await a_hand(page, channel=Channel.PICKUP).lead(Stage.CLEAN) == Reached()
    assert (store.shop.cart.holds, store.shop.lost) == ({}, {})


@pytest.mark.parametrize(
    "trouble",
    [
        Trouble.ADD_PROTECTION_PLAN,
        Trouble.ADD_REPEATED,
        Trouble.ADD_LOST,
        Trouble.PRODUCT_NO_CELLS,
        Trouble.CHECKOUT_SAVE_AND_CONTINUE,
        Trouble.CHECKOUT_NO_LINES,
    ],
)
async def test_what_only_looks_like_trouble_leads_to_the_review(
    store: PracticeStore, page: Page, trouble: Trouble
) -> None:
    if trouble is Trouble.PRODUCT_NO_CELLS:
        store.set(TROVE, pickup="UNAVAILABLE")
    store.shop.arrange(trouble, TROVE)
    review = await lead_to_the_review(a_hand(page))
    assert isinstance(review, Reached)
    assert (review.items, review.total) == ({TROVE: 1}, Decimal("52.99"))
    assert store.shop.cart.holds == {TROVE: 1}
    assert store.shop.clicks[f"addToCartButtonOrTextIdFor{TROVE}"] <= 1


@pytest.mark.parametrize(
    ("trouble", "ending", "need"),
    [
        (Trouble.PRODUCT_MARKETPLACE, Ending.MARKETPLACE, None),
        (Trouble.PRODUCT_VARIATIONS, Ending.VARIATIONS, None),
        (Trouble.PRODUCT_FIND_STORE, Ending.OUT_OF_STOCK, None),
        (Trouble.ADD_THROTTLED, Ending.THROTTLED, None),
        (Trouble.ADD_CHALLENGE, Ending.OWNER_NEEDED, Need.CHALLENGE),
        (Trouble.CHECKOUT_BOUNCES, Ending.BUSY, None),
        (Trouble.CHECKOUT_SOLD_OUT, Ending.OUT_OF_STOCK, None),
        (Trouble.CHECKOUT_DEMAND_DIALOG, Ending.BUSY, None),
        (Trouble.CHECKOUT_CVV, Ending.OWNER_NEEDED, Need.CVV),
        (Trouble.CHECKOUT_PASSWORD, Ending.OWNER_NEEDED, Need.PASSWORD),
        (Trouble.CHECKOUT_SIGNED_OUT, Ending.SIGN_IN, Need.SIGN_IN),
    ],
)
async def test_what_stands_in_the_way_is_known_by_its_name(
    store: PracticeStore, page: Page, trouble: Trouble, ending: Ending, need: Need | None
) -> None:
    store.shop.arrange(trouble, TROVE)
    act = await lead_to_the_review(a_hand(page))
    assert isinstance(act, End | Wait)
    assert (act.ending, act.need) == (ending, need)
    assert (store.shop.presses, store.shop.touched, store.shop.lost) == (0, {}, {})


@pytest.mark.parametrize(
    ("trouble", "act"),
    [
        (Trouble.PRESS_REFUSED_BY_HEADER, PressRefused),
        (Trouble.PRESS_CVV, PressRefused),
        (Trouble.PRESS_CONFIRMATION_ONLY, Ordered),
        (Trouble.PRESS_PIN, End),
        (Trouble.PRESS_REPEATED, Wait),
    ],
)
async def test_after_the_press(store: PracticeStore, page: Page, trouble: Trouble, act: type[Act]) -> None:
    store.shop.arrange(trouble, TROVE)
    hand = a_hand(page)
    assert isinstance(await lead_to_the_review(hand), Reached)
    await hand.press()
    pressed = await hand.lead(Stage.PRESSED)
    assert isinstance(pressed, act)
    assert not store.shop.orders or not isinstance(pressed, PressRefused)
    assert store.shop.clicks["placeOrderButton"] == 1


async def test_the_owners_own_things_are_neither_bought_nor_lost(store: PracticeStore, page: Page) -> None:
    store.shop.own_in(store.shop.cart, {PLUSH: 2})
    act = await lead_to_the_review(a_hand(page))
    assert isinstance(act, End | Wait)
    assert act.ending is Ending.CART_MISMATCH
    assert await a_hand(page).lead(Stage.CLEAN) == Reached(items={PLUSH: 2})
    assert (store.shop.cart.holds, store.shop.adds, store.shop.lost) == ({PLUSH: 2}, 0, {})


@pytest.mark.parametrize(
    ("mark", "marker"),
    [
        ("addToCartButtonOrTextIdFor", "add"),
        ("placeOrderButton", "place_order"),
    ],
)
async def test_a_marker_that_was_renamed_is_named(store: PracticeStore, page: Page, mark: str, marker: str) -> None:
    store.shop.renamed = {mark: "somethingElse"}
    act = await lead_to_the_review(a_hand(page))
    assert isinstance(act, Wait)
    assert (act.marker, act.ending) == (marker, Ending.PAGE_CHANGED)
    assert not any(name.endswith(PLUSH) for name in store.shop.clicks)
