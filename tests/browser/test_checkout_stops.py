"""A stop at every step of a live purchase in a real Chromium: after it, nothing is clicked but what cleans the cart.

What can be promised is about clicks: a call whose click was sent before the gate shut may reach the shop after it. So
the stops here come as a call reaches the shop, before anything can be clicked on the page that waits for its answer.
"""

import asyncio
import sqlite3
import sys
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AbstractAsyncContextManager, closing
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path
from random import Random
from types import FrameType
from typing import Any

import pytest
import pytest_asyncio
from playwright._impl.transport import PipeTransport
from starlette.types import Receive, Scope, Send

from purchasing.checkout.browser import CheckoutBrowser
from purchasing.checkout.session import SessionFile
from purchasing.model import Attempt, Step
from purchasing.slot.emergency_stop import stopped_by
from sandbox.store import Item, PracticeStore
from tests.browser.house import House, house_at

TROVE, PLUSH = "94734932", "89471066"
#: The owner's own, saved for later.
SAVED = {TROVE: 1, PLUSH: 2}
WHY = stopped_by("Ada")

ADDS, CHECKS_OUT, ORDERS = (f"POST /web_checkouts/v1/{name}" for name in ("cart_items", "pre_checkout", "checkout"))
#: No click that leads to one of these is sent once the gate is shut.
FORBIDDEN = frozenset({ADDS, CHECKS_OUT, ORDERS})
SETTLED = (Step.CONFIRMED, Step.REFUSED, Step.ABANDONED)

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

only_torture = partial(pytest.param, marks=pytest.mark.torture)


class WatchedStore(PracticeStore):
    """Tells of each call as it arrives, before anything is done about it."""

    def __init__(self, items: Iterable[Item]) -> None:
        super().__init__(items)
        self.arrived: list[str] = []
        self.on_arrival: Callable[[str], object] = str

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        arrival = f"{scope['method']} {scope['path']}"
        self.arrived.append(arrival)
        self.on_arrival(arrival)
        await super().__call__(scope, receive, send)


@dataclass
class Hindrance:
    """Asked whenever the gate is; what it says is as if a stop had come just before the question."""

    folder: Path
    on_question: Callable[[str | None], str | None] = field(default=lambda _: None)

    def __call__(self) -> str | None:
        return self.on_question(self._step())

    def _step(self) -> str | None:
        """Where the last attempt stands on disk."""
        with closing(sqlite3.connect(f"file:{self.folder / 'stockbell.db'}?mode=ro", uri=True)) as db:
            return next(
                (str(step) for (step,) in db.execute("SELECT step FROM attempt ORDER BY id DESC LIMIT 1")), None
            )


@pytest.fixture
def store() -> WatchedStore:
    store = WatchedStore([Item(tcin=TROVE, title="Illumineer&#39;s Trove", price="49.99", shipping="IN_STOCK")])
    store.shop.own_in(store.shop.saved, SAVED)
    return store


@pytest.fixture
def hindrance(tmp_path: Path) -> Hindrance:
    return Hindrance(tmp_path)


@pytest_asyncio.fixture(loop_scope="module")
async def house(
    store: WatchedStore, hindrance: Hindrance, checkout_browser: CheckoutBrowser, session: SessionFile, tmp_path: Path
) -> AsyncIterator[House]:
    opened: AbstractAsyncContextManager[House] = house_at(
        store, checkout_browser, session, tmp_path, hindrance=hindrance, listed_within=timedelta(seconds=1)
    )
    async with opened as house:
        yield house


def stop_at(call: str, store: WatchedStore, house: House) -> list[str]:
    """Shut the gate when such a call arrives first; what arrives after that."""
    later: list[str] = []
    is_stopped = False

    def on_arrival(arrival: str) -> None:
        nonlocal is_stopped
        if is_stopped:
            later.append(arrival)
        elif arrival.startswith(call):
            is_stopped = True
            house.gate.close(WHY)

    store.on_arrival = on_arrival
    return later


async def until_clean(store: WatchedStore) -> None:
    """What is refused by the order list is taken out in the background."""
    async with asyncio.timeout(30):
        while store.shop.cart.lines:  # noqa: ASYNC110  a cart tells nobody
            await asyncio.sleep(0.05)


async def buy(house: House) -> Attempt:
    await house.watch(TROVE)
    await house.see(TROVE)
    return await house.until(*SETTLED)


@pytest.mark.guards("purchasing", "after a stop nothing is clicked but what cleans the cart")
@pytest.mark.parametrize(
    "call",
    [only_torture("GET /p/"), ADDS, only_torture("GET /cart"), CHECKS_OUT, only_torture("GET /checkout")],
)
async def test_a_stop_before_the_button_leaves_nothing_and_goes_no_further(
    house: House, store: WatchedStore, call: str
) -> None:
    later = stop_at(call, store, house)
    attempt = await buy(house)
    # What could not be cleaned within 30 s would be told there.
    assert (attempt.step, attempt.why) == (Step.ABANDONED, WHY)
    assert FORBIDDEN.isdisjoint(later)
    assert (store.shop.orders, store.shop.cart.holds) == ([], {})
    assert (store.shop.saved.own, store.shop.lost) == (SAVED, {})


@pytest.mark.parametrize("question", [1, only_torture(2)])
async def test_a_stop_at_either_question_before_the_button_presses_nothing(
    house: House, store: WatchedStore, hindrance: Hindrance, question: int
) -> None:
    questions = 0

    def on_question(step: str | None) -> str | None:
        nonlocal questions
        questions += step == Step.SUBMITTING
        return WHY if questions == question and house.gate.close(WHY) else None

    hindrance.on_question = on_question
    attempt = await buy(house)
    await until_clean(store)
    assert (attempt.step, store.shop.presses, store.shop.orders) == (Step.REFUSED, 0, [])
    assert f"the button was not pressed: {WHY}" in (attempt.why or "")
    assert (store.shop.adds, store.shop.saved.own, store.shop.lost) == (1, SAVED, {})


@pytest.mark.guards("purchasing", "a stop takes a press back that has not happened yet")
async def test_a_stop_while_the_press_waits_for_its_button_takes_it_back(
    house: House, checkout_browser: CheckoutBrowser, store: WatchedStore, hindrance: Hindrance
) -> None:
    switching: list[asyncio.Task[None]] = []

    async def switch(*, off: bool) -> None:
        page = next(page for page in (await checkout_browser.context()).pages if "/checkout" in page.url)
        await page.evaluate("off => document.querySelector('[data-test=placeOrderButton]').disabled = off", off)

    def on_question(step: str | None) -> str | None:
        if step == Step.REVIEWED and not switching:
            switching.append(asyncio.create_task(switch(off=True)))
        return None

    hindrance.on_question = on_question
    await house.watch(TROVE)
    await house.see(TROVE)
    await house.until(Step.SUBMITTING)
    await switching[0]
    # The press is on its way and finds its button off.
    await asyncio.sleep(0.5)
    house.gate.close(WHY)
    await switch(off=False)
    attempt = await house.until(*SETTLED)
    await until_clean(store)
    assert (attempt.step, store.shop.presses, store.shop.clicks["placeOrderButton"]) == (Step.REFUSED, 0, 0)
    assert "a stop came, and the press was taken back" in (attempt.why or "")
    assert (store.shop.saved.own, store.shop.lost) == (SAVED, {})


async def test_a_stop_after_the_press_follows_it_to_its_order(house: House, store: WatchedStore) -> None:
    later = stop_at(ORDERS, store, house)
    attempt = await buy(house)
    assert (attempt.step, [order.number for order in store.shop.orders]) == (Step.CONFIRMED, [attempt.order_number])
    assert FORBIDDEN.isdisjoint(later)


@pytest.mark.torture
@pytest.mark.parametrize("seed", range(40))
async def test_a_stop_at_any_instant_lets_no_more_than_the_click_that_was_sent_arrive(
    house: House, store: WatchedStore, seed: int
) -> None:
    chance = Random(seed)  # noqa: S311  the instants of a test, not secrets
    later: list[str] = []
    stopped_at: str | None = None

    async def stop() -> None:
        nonlocal stopped_at
        await asyncio.sleep(chance.uniform(0, 2.5))
        stopped_at = (await house.last_attempt()).step
        house.gate.close(WHY)
        store.on_arrival = later.append

    def on_arrival(arrival: str) -> None:
        if arrival.startswith("GET /p/") and not stopping:
            stopping.append(asyncio.create_task(stop()))

    stopping: list[asyncio.Task[None]] = []
    store.on_arrival = on_arrival
    attempt = await buy(house)
    await asyncio.wait(stopping)
    await until_clean(store)
    sent_before = [arrival for arrival in later if arrival in FORBIDDEN]
    assert len(sent_before) <= 1
    if stopped_at in {Step.OPENED, Step.CARTED, Step.REVIEWED}:
        assert (attempt.step, attempt.why, store.shop.presses) == (Step.ABANDONED, WHY, 0)
    assert [order.number for order in store.shop.orders] == [n for n in [attempt.order_number] if n]
    assert (store.shop.saved.own, store.shop.lost) == (SAVED, {})


# ---- what that rests on


async def test_a_click_that_waits_is_taken_back_with_its_task(checkout_browser: CheckoutBrowser) -> None:
    async with checkout_browser.using() as context:
        page = await context.new_page()
        await page.set_content("<button disabled onclick='window.clicks = (window.clicks || 0) + 1'>Order</button>")
        button = page.locator("button")
        click = asyncio.create_task(button.click(timeout=20_000))
        await asyncio.sleep(0.5)
        click.cancel()
        await asyncio.wait({click})
        await page.evaluate("document.querySelector('button').disabled = false")
        # A click that still waited would look again within half a second.
        await page.wait_for_timeout(1500)
        assert click.cancelled()
        assert await page.evaluate("window.clicks") is None
        await button.click()
        assert await page.evaluate("window.clicks") == 1
        await page.close()


@pytest.mark.guards("purchasing", "nothing is awaited between the last look at the gate and the press")
async def test_the_press_leaves_in_the_same_turn_of_the_loop_as_the_last_question(
    house: House, hindrance: Hindrance
) -> None:
    events: list[str] = []
    loop = asyncio.get_running_loop()

    def on_question(step: str | None) -> str | None:
        events.append(f"asked at {step}")
        loop.call_soon(events.append, "another turn")
        return None

    def on_call(frame: FrameType, event: str, _: Any) -> None:
        if event == "call" and frame.f_code is PipeTransport.send.__code__:
            message = frame.f_locals["message"]
            if message["method"] == "click" and "placeOrderButton" in str(message["params"]):
                events.append("sent")

    hindrance.on_question = on_question
    sys.setprofile(on_call)
    try:
        attempt = await buy(house)
    finally:
        sys.setprofile(None)
    assert attempt.step is Step.CONFIRMED
    assert events[events.index("sent") - 1] == f"asked at {Step.SUBMITTING}"
    assert events.count("sent") == 1
