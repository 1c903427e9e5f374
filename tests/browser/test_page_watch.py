"""Pages that are kept open for the next restock, and what is read on them, in a real Chromium."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Error, Page

from config.clock import utc_now
from config.products import BuyMode, Mode, Product, Tcin
from monitor.model import StockState
from purchasing.checkout.browser import CheckoutBrowser
from purchasing.checkout.model import PageStock
from purchasing.checkout.session import SessionFile
from purchasing.checkout.watch.page_looks import PageLooks
from purchasing.checkout.watch.page_watch import PageWatch, WatchPace
from purchasing.checkout.watch.session_record import SessionRecord
from purchasing.events import CartTaken, Disagreement, Fact, SessionExpired
from purchasing.model import Step
from purchasing.storage.controls import MODE
from sandbox.store import Call, Drop, Faults, Item, PracticeStore
from tests.browser.house import LONG, House, house_at

TROVE, PLUSH, GAME = Tcin("94734932"), Tcin("89471066"), Tcin("87654321")

#: A page's head says "Sign in" until its script knows better.
SAYS_SIGN_IN_AT_FIRST = """
new MutationObserver(() => {
    const account = document.querySelector('[data-test="@web/AccountLink"]');
    if (account === null || window.wasLate) return;
    window.wasLate = true;
    const known = account.textContent;
    account.textContent = "Sign in";
    setTimeout(() => { account.textContent = known; }, 500);
}).observe(document, {childList: true, subtree: true});
"""

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(loop_scope="module")
async def house(checkout_browser: CheckoutBrowser, session: SessionFile, tmp_path: Path) -> AsyncIterator[House]:
    store = PracticeStore(
        [
            Item(tcin=TROVE, title="Illumineer&#39;s Trove", price="49.99", shipping="IN_STOCK"),
            Item(tcin=PLUSH, title="Otter Plush", price="24.99", shipping="OUT_OF_STOCK"),
            Item(tcin=GAME, title="Game of Geese", price="19.99", shipping="IN_STOCK"),
        ]
    )
    store.shop.build_ms = 20
    async with house_at(store, checkout_browser, session, tmp_path) as house:
        yield house
        await house.tabs.keep_none()


@dataclass
class Watch:
    """A watch over the pages of a house, and what it told."""

    house: House
    pages: list[PageStock] = field(default_factory=list)
    #: How often somebody was found to be signed in.
    signed_in: int = 0
    _task: asyncio.Task[None] | None = None

    async def begin(self, *, most: int = 4, look_every: timedelta = timedelta(hours=1), settling: float = 2) -> None:
        storage = self.house.storage
        looks, record = PageLooks(storage=storage, now=utc_now), SessionRecord(storage=storage, now=utc_now)

        async def take(page: PageStock) -> None:
            await looks.take(page)
            self.pages.append(page)

        async def note_good() -> None:
            await record.note_good()
            self.signed_in += 1

        watch = PageWatch(
            browser=self.house.browser,
            tabs=self.house.tabs,
            wanted=looks.wanted,
            on_page=take,
            on_signed_in=note_good,
            on_signed_out=record.note_expired,
            most=most,
            look_every=look_every,
            pace=WatchPace(
                every=timedelta(seconds=0.1),
                reading=timedelta(seconds=0.05),
                rest=timedelta(seconds=0.3),
                settling=timedelta(seconds=settling),
            ),
        )
        self._task = asyncio.create_task(watch.run(), name="pages")

    async def end(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})
            assert self._task.cancelled(), "the watch has ended by itself"

    def kept(self) -> set[Tcin]:
        """The products whose pages are there, by what the browser shows."""
        return {
            tcin
            for tcin in (TROVE, PLUSH, GAME)
            if (tab := self.house.tabs.kept(tcin)) is not None and tab.page.url.endswith(f"A-{tcin}")
        }

    def page_of(self, tcin: Tcin) -> Page:
        tab = self.house.tabs.kept(tcin)
        assert tab is not None
        return tab.page

    def loads(self, tcin: Tcin) -> int:
        """How often the page of this product was loaded."""
        return sum(_is_load(one, tcin) for one in self.house.store.calls)

    def loads_before_press(self, tcin: Tcin) -> int:
        """As `loads`, until the order was placed: a page is kept again as soon as the slot is free."""
        calls = self.house.store.calls
        pressed = next(number for number, one in enumerate(calls) if one.path.endswith("/web_checkouts/v1/checkout"))
        return sum(_is_load(one, tcin) for one in calls[:pressed])

    async def facts(self, kind: type[Fact]) -> list[Fact]:
        return [*await self.house.facts(kind)]


@pytest_asyncio.fixture(loop_scope="module")
async def watch(house: House) -> AsyncIterator[Watch]:
    watch = Watch(house)
    yield watch
    await watch.end()


def _is_load(call: Call, tcin: Tcin) -> bool:
    return call.path.startswith("/p/") and call.path.endswith(f"A-{tcin}") and call.status == 200


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(LONG):
        while not holds():  # noqa: ASYNC110  a page tells nobody
            await asyncio.sleep(0.02)


async def watch_all(house: House) -> None:
    await house.watch(TROVE)
    wanted = [Product(tcin=tcin, buy=BuyMode.AUTO, max_price=Decimal("60.00")) for tcin in (TROVE, PLUSH, GAME)]
    await house.storage.write(lambda unit: unit.products.take_up(wanted, by="Ada", at=utc_now()))


# ---- kept pages


async def test_the_pages_of_the_highest_products_are_kept_and_no_more(house: House, watch: Watch) -> None:
    await watch_all(house)
    await watch.begin(most=2)
    await until(lambda: watch.kept() == {TROVE, PLUSH} and bool(watch.pages))
    assert watch.loads(GAME) == 0


async def test_pages_are_closed_once_they_are_not_wanted(house: House, watch: Watch) -> None:
    await watch_all(house)
    await watch.begin()
    await until(lambda: watch.kept() == {TROVE, PLUSH, GAME})
    pages = [watch.page_of(tcin) for tcin in (TROVE, PLUSH, GAME)]
    await house.storage.write(lambda unit: unit.controls.put(MODE, Mode.SIMULATE, by="Ada", at=utc_now()))
    await until(lambda: all(page.is_closed() for page in pages))
    assert watch.kept() == set()


@pytest.mark.guards("purchasing", "a page that fails costs no other page and no purchase")
async def test_a_page_that_hangs_or_dies_is_replaced_and_the_others_stay(house: House, watch: Watch) -> None:
    await watch_all(house)
    await watch.begin()
    await until(lambda: watch.kept() == {TROVE, PLUSH, GAME} and bool(watch.pages))
    died, stays = watch.page_of(TROVE), watch.page_of(PLUSH)
    with pytest.raises(Error, match="crash"):
        await died.goto("chrome://crash")
    await until(lambda: watch.kept() == {TROVE, PLUSH, GAME} and watch.page_of(TROVE) is not died)
    assert watch.page_of(PLUSH) is stays


@pytest.mark.guards("purchasing", "a page that fails costs no other page and no purchase")
async def test_a_page_that_does_not_load_is_tried_again_and_the_others_are_kept(house: House, watch: Watch) -> None:
    await watch_all(house)
    house.store.faults = Faults(drop=Drop.BEFORE, only=f"/p/-/A-{TROVE}")
    await watch.begin()
    await until(lambda: watch.kept() == {PLUSH, GAME})
    house.store.faults = Faults()
    await until(lambda: watch.kept() == {TROVE, PLUSH, GAME})


# ---- purchases


@pytest.mark.guards("purchasing", "a page that fails costs no other page and no purchase")
async def test_a_purchase_goes_on_where_its_kept_page_has_died(house: House) -> None:
    await house.tabs.keep([TROVE])
    tab = house.tabs.kept(TROVE)
    assert tab is not None
    with pytest.raises(Error, match="crash"):
        await tab.page.goto("chrome://crash")
    attempt = await house.buy(TROVE)
    assert attempt.step is Step.CONFIRMED, attempt.why


async def test_a_purchase_begins_on_the_kept_page(house: House, watch: Watch) -> None:
    await house.watch(TROVE)
    await watch.begin()
    await until(lambda: bool(watch.pages))
    loads = watch.loads(TROVE)
    kept = watch.page_of(TROVE)
    await house.see(TROVE)
    attempt = await house.until(Step.CONFIRMED, Step.ABANDONED)
    assert attempt.step is Step.CONFIRMED, attempt.why
    assert (watch.loads(TROVE), kept.is_closed()) == (loads, True)
    assert (house.store.shop.adds, len(house.store.shop.orders)) == (1, 1)


async def test_a_kept_page_from_before_the_restock_is_loaded_anew_once(house: House, watch: Watch) -> None:
    house.store.set(TROVE, shipping="OUT_OF_STOCK")
    await house.watch(TROVE)
    await watch.begin()
    await until(lambda: bool(watch.pages))
    loads = watch.loads(TROVE)
    house.store.set(TROVE, shipping="IN_STOCK")
    await house.see(TROVE)
    attempt = await house.until(Step.CONFIRMED, Step.ABANDONED)
    assert attempt.step is Step.CONFIRMED, attempt.why
    assert watch.loads(TROVE) == loads + 1


@pytest.mark.guards("purchasing", "a look at a page never moves the page of a purchase")
async def test_a_purchase_during_a_look_takes_the_page_and_is_not_disturbed(house: House, watch: Watch) -> None:
    await house.watch(TROVE)
    # It is looked at without an end: the page never says who is signed in.
    house.store.shop.renamed = {"@web/AccountLink": "somethingElse"}
    await watch.begin(look_every=timedelta(0), settling=LONG)
    await until(lambda: watch.loads(TROVE) >= 2 and watch.kept() == {TROVE})
    loads = watch.loads(TROVE)
    await house.see(TROVE)
    attempt = await house.until(Step.CONFIRMED, Step.ABANDONED)
    assert attempt.step is Step.CONFIRMED, attempt.why
    assert watch.loads_before_press(TROVE) <= loads + 1
    assert (house.store.shop.adds, watch.pages) == (1, [])


@pytest.mark.guards("purchasing", "a look at a page never moves the page of a purchase")
async def test_a_page_that_is_being_loaded_is_loaded_anew_by_a_purchase(house: House) -> None:
    await house.tabs.keep([TROVE])
    house.store.faults.latency = 1.0
    looking = asyncio.create_task(house.tabs.load_anew(TROVE))
    await asyncio.sleep(0)
    house.store.faults.latency = 0.0
    attempt = await house.buy(TROVE)
    await asyncio.wait({looking})
    looking.exception()
    assert attempt.step is Step.CONFIRMED, attempt.why
    assert house.store.shop.adds == 1


async def test_during_an_attempt_no_page_is_opened_or_closed(house: House, watch: Watch) -> None:
    await watch_all(house)
    await watch.begin(look_every=timedelta(0))
    await until(lambda: watch.kept() == {TROVE, PLUSH, GAME})
    await house.see(TROVE)
    await house.until(Step.OPENED, Step.CARTED, Step.REVIEWED, Step.SUBMITTING)
    others = {tcin: watch.page_of(tcin) for tcin in (PLUSH, GAME)}
    attempt = await house.until(Step.CONFIRMED, Step.ABANDONED)
    assert attempt.step is Step.CONFIRMED, attempt.why
    assert {tcin: watch.page_of(tcin) for tcin in others} == others
    # It was bought as often as it is wanted: its page is not opened again.
    await until(lambda: watch.kept() == {PLUSH, GAME})


# ---- the second look


async def test_a_look_finds_what_the_checks_read_wrongly_and_buys_nothing(house: House, watch: Watch) -> None:
    house.store.set(TROVE, shipping_in_summary="OUT_OF_STOCK")
    await house.watch(TROVE)
    await house.see(TROVE)
    await watch.begin(look_every=timedelta(0))
    await until(lambda: len(watch.pages) >= 2)
    assert watch.pages[0].state is StockState.IN_STOCK
    why = "its page says in stock, the checks say not in stock"
    assert await watch.facts(Disagreement) == [Disagreement(tcin=TROVE, why=why)]
    assert (house.store.shop.adds, house.store.shop.clicks) == (0, {})


async def test_the_pages_are_looked_at_in_turn(house: House, watch: Watch) -> None:
    await watch_all(house)
    await watch.begin(look_every=timedelta(0))
    await until(lambda: len(watch.pages) >= 4)
    assert [page.tcin for page in watch.pages[:4]] == [TROVE, PLUSH, GAME, TROVE]


@pytest.mark.guards("purchasing", "what lies in the owner's cart is told once, before a purchase is given up for it")
async def test_what_the_owner_has_in_the_cart_is_told_once_before_a_purchase(house: House, watch: Watch) -> None:
    till = house.store.shop
    till.own_in(till.cart, {GAME: 2})
    await house.watch(PLUSH)
    await watch.begin(look_every=timedelta(0))
    await until(lambda: len(watch.pages) >= 2)
    assert {page.in_cart for page in watch.pages} == {2}
    assert await watch.facts(CartTaken) == [CartTaken(count=2)]
    assert (till.cart.own, till.clicks) == ({GAME: 2}, {})


# ---- the session


@pytest.mark.guards("purchasing", "a session that lapsed is told once until it is good again, over restarts too")
async def test_who_is_signed_out_on_a_page_is_told_once(house: House, watch: Watch) -> None:
    await watch_all(house)
    house.store.account.sign_out()
    await watch.begin(look_every=timedelta(0), settling=0.5)
    await until(lambda: len(watch.pages) >= 2)
    assert {page.signed_in for page in watch.pages} == {False}
    why = "a page of the shop says that nobody is signed in"
    assert await watch.facts(SessionExpired) == [SessionExpired(why=why, since=None)]


async def test_who_signs_in_again_is_known_to_be_signed_in_without_waiting_for_the_next_look(
    house: House, watch: Watch, session: SessionFile
) -> None:
    record = SessionRecord(storage=house.storage, now=utc_now)
    await house.watch(PLUSH)
    house.store.account.sign_out()
    await watch.begin(settling=3)
    await until(lambda: len(watch.pages) == 1)
    assert await record.lapsed_because() is not None
    session.write(house.store.account.storage_state(house.url))
    await until(lambda: watch.signed_in == 1)
    assert await record.lapsed_because() is None


async def test_a_page_that_says_sign_in_for_a_moment_tells_nobody(house: House, watch: Watch) -> None:
    context = await house.browser.context()
    await context.add_init_script(SAYS_SIGN_IN_AT_FIRST)
    await watch_all(house)
    await watch.begin(look_every=timedelta(0), settling=100)
    await until(lambda: len(watch.pages) >= 2)
    assert {page.signed_in for page in watch.pages} == {True}
    assert await watch.facts(SessionExpired) == []
    await house.browser.forget("it has a script of this test")


async def test_a_look_of_who_is_signed_in_renews_the_session(house: House, watch: Watch, session: SessionFile) -> None:
    before = session.read()
    await house.watch(PLUSH)  # it is sold out, as most are most of the time
    await watch.begin()
    await until(lambda: watch.signed_in >= 1)
    after = session.read()
    assert after["cookies"][0]["value"] != before["cookies"][0]["value"]
    assert await SessionRecord(storage=house.storage, now=utc_now).lapsed_because() is None


# ---- the browser


@pytest.mark.guards("purchasing", "a page that fails costs no other page and no purchase")
async def test_a_browser_that_dies_in_between_costs_nothing(house: House, watch: Watch) -> None:
    await house.watch(TROVE)
    await watch.begin(look_every=timedelta(0))
    await until(lambda: bool(watch.pages))
    before = house.browser.generation
    await house.browser.forget("it died")
    seen = len(watch.pages)
    await until(lambda: house.browser.generation > before and watch.kept() == {TROVE} and len(watch.pages) > seen)
    await house.see(TROVE)
    attempt = await house.until(Step.CONFIRMED, Step.ABANDONED)
    assert attempt.step is Step.CONFIRMED, attempt.why
