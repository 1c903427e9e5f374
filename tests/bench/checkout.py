"""From the in-stock answer to the press that orders, warm and cold, beside a bare script with the same clicks."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

from playwright.async_api import Browser, BrowserContext, Page

from config.products import Tcin
from config.settings import BrowserSettings
from purchasing.checkout.browser import CheckoutBrowser
from purchasing.checkout.session import SESSION_FILE, SessionFile
from purchasing.events import AttemptMoved
from purchasing.model import Step
from sandbox.store import Item, PracticeStore
from tests.bench.report import Figure, Sample
from tests.browser.conftest import launch
from tests.browser.house import House, house_at

TCIN = Tcin("94734932")
PRESS = "/web_checkouts/v1/checkout"
#: Warm, ours may take so many times what the bare script takes.
ALLOWED = 1.2


async def checkout_figures(folder: Path, rounds: int, *, purchases: int) -> list[Figure]:
    """Ours and the bare script in turns, each at a store of its own; then ours alone, up to so many purchases."""
    times: dict[str, list[float]] = defaultdict(list)
    memory: dict[int, int] = {}
    async with _ours(folder) as house, _bare() as bare:
        for _ in range(rounds):
            times["ours, cold"].append(await _buy(house, warm=False))
            times["bare, cold"].append(await bare.buy(warm=False))
            times["ours, warm"].append(await _buy(house, warm=True))
            times["bare, warm"].append(await bare.buy(warm=True))
            if not memory:
                memory[2] = await house.browser.measure_memory()
        steps = await _steps(house)
        while (bought := len(house.store.shop.orders)) < purchases:
            await _buy(house, warm=bool(bought % 2))
        memory[purchases] = await house.browser.measure_memory()
    samples = {name: Sample(seconds) for name, seconds in times.items()}
    return [
        _figure("a kept page", samples["ours, warm"], samples["bare, warm"], allowed=ALLOWED),
        _figure("a new page", samples["ours, cold"], samples["bare, cold"], allowed=None),
        *(Figure(name=f"step to {step}", ours=str(sample)) for step, sample in steps.items()),
        Figure(
            name="memory of driver and browser",
            ours=", ".join(f"{size / 1e6:.0f} MB after {count}" for count, size in memory.items()),
            target="under 1,500 MB: it is renewed there",
            met=memory[purchases] < 1.5e9,
        ),
    ]


def _figure(name: str, ours: Sample, bare: Sample, *, allowed: float | None) -> Figure:
    ratio = ours.median / bare.median
    return Figure(
        name=f"in-stock answer to press, {name}",
        ours=str(ours),
        bare=str(bare),
        apart=f"{ratio:.2f} times at the median",
        target="" if allowed is None else f"at most {allowed} times",
        met=None if allowed is None else ratio <= allowed,
    )


# ---- ours


@asynccontextmanager
async def _ours(folder: Path) -> AsyncIterator[House]:
    await asyncio.to_thread(folder.mkdir)
    store = _store()
    session = SessionFile(folder / SESSION_FILE, site_url="http://127.0.0.1")
    browser = CheckoutBrowser(BrowserSettings(), session=session, data_dir=folder)
    try:
        async with house_at(store, browser, session, folder, max_per_day=10**6) as house:
            yield house
    finally:
        await browser.close()


async def _buy(house: House, *, warm: bool) -> float:
    """One purchase; a kept page was loaded while the product was sold out, as before every restock."""
    house.store.set(TCIN, shipping="OUT_OF_STOCK")
    bought = len(house.store.shop.orders)
    await house.watch(TCIN, quantity=bought + 1)
    await house.see(TCIN)
    if warm:
        await house.tabs.keep([TCIN])
        kept = house.tabs.kept(TCIN)
        assert kept is not None
        await kept.page.wait_for_selector("[data-test=outOfStockMessage]")
    else:
        await house.tabs.keep_none()
    house.store.set(TCIN, shipping="IN_STOCK")
    seen_at = await house.see(TCIN)
    attempt = await house.until(Step.CONFIRMED, Step.ABANDONED, Step.REFUSED, Step.UNCONFIRMED)
    assert (attempt.step, len(house.store.shop.orders)) == (Step.CONFIRMED, bought + 1), attempt.why
    return _pressed_at(house.store) - seen_at


async def _steps(house: House) -> Mapping[str, Sample]:
    """How long each step of the attempts took, by the journal."""
    events = await house.storage.read(lambda unit: unit.journal.after(0, limit=10**6))
    began: dict[int, datetime] = {}
    took: dict[str, list[float]] = defaultdict(list)
    attempts = await house.storage.read(lambda unit: unit.attempts.all())
    began = {attempt.id: attempt.opened_at for attempt in attempts}
    for event in events:
        if isinstance(event.fact, AttemptMoved):
            took[event.fact.to].append((event.at - began[event.fact.attempt]).total_seconds())
            began[event.fact.attempt] = event.at
    return {step: Sample(seconds) for step, seconds in took.items()}


# ---- the bare script


class BareScript:
    """The same pages and clicks with Playwright alone: no journal, no limits, no look at all but the next button."""

    def __init__(self, store: PracticeStore, context: BrowserContext) -> None:
        self._store = store
        self._context = context

    async def buy(self, *, warm: bool) -> float:
        self._store.set(TCIN, shipping="OUT_OF_STOCK")
        page = await self._context.new_page()
        if warm:
            await page.goto(f"/p/-/A-{TCIN}")
            await page.wait_for_selector("[data-test=outOfStockMessage]")
        self._store.set(TCIN, shipping="IN_STOCK")
        seen_at = asyncio.get_running_loop().time()
        await self._go_and_press(page)
        await page.wait_for_url("**/checkout/confirmation*")
        await page.close()
        return _pressed_at(self._store) - seen_at

    async def _go_and_press(self, page: Page) -> None:
        await page.goto(f"/p/-/A-{TCIN}", wait_until="commit")
        async with page.expect_response("**/cart_items*"):
            await page.click(f"#addToCartButtonOrTextIdFor{TCIN}")
        await page.goto("/cart", wait_until="commit")
        await page.click("button:has([data-test=cart-order-summary])")
        await page.click("[data-test=checkout-button]")
        await page.click("[data-test=placeOrderButton]")


@asynccontextmanager
async def _bare() -> AsyncIterator[BareScript]:
    store = _store()
    async with store.serve() as url, launch() as browser:
        yield BareScript(store, await _sign_in(browser, store, url))


async def _sign_in(browser: Browser, store: PracticeStore, url: str) -> BrowserContext:
    state = store.account.storage_state(url)
    return await browser.new_context(base_url=url, storage_state=state)  # type: ignore[arg-type]  # a TypedDict in the form of a dict


def _store() -> PracticeStore:
    return PracticeStore([Item(tcin=TCIN, title="Trove", price="49.99", purchase_limit=None)])


def _pressed_at(store: PracticeStore) -> float:
    return next(call.at for call in reversed(store.calls) if call.path == PRESS)
