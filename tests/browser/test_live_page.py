"""The live page in a real Chromium over a real service between the practice store and the practice chat."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, Request, Route, expect

from bot.text.reasons import reason_words
from config.clock import utc_now
from config.products import BuyMode
from sandbox.chat import Person
from sandbox.scenario import find_scenario
from sandbox.store import Item
from tests.browser.conftest import launch
from tests.browser.live_page import (
    NOTE,
    NOTE_SIGNS,
    SHIFT,
    STALE_AT,
    Colours,
    Complaints,
    address,
    looks,
    open_live,
    until,
    until_equal,
)
from tests.browser.page_past import ZONE, write_past
from tests.world import ADA, TROVE, World, new_world

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("live page"), pytest.mark.asyncio(loop_scope="module")]

OLGA = Person(id=4001, first_name="Olga", started=True)
ITEMS = tuple(Item(tcin=str(94734932 + place), title=f"Trove, part {place + 1}", price="49.99") for place in range(6))
HOSTILE = (
    Item(
        tcin="94734932", title='<img src=x onerror="document.title=1"><script>document.title=2</script>', price="1.00"
    ),
    Item(tcin="94734933", title="\u202emoc.live\u202c \u05e9\u05dc\u05d5\u05dd \u0639\u0631\u0628\u064a", price="2.00"),
    Item(tcin="94734934", title="W" * 300, price="3.00"),
)

PICTURES: tuple[tuple[str, int, int, Colours], ...] = (
    ("page-desktop.png", 1280, 1000, "light"),
    ("page-desktop-dark.png", 1280, 1000, "dark"),
    ("page-phone.png", 390, 844, "light"),
    ("page-phone-dark.png", 390, 844, "dark"),
)


@dataclass(frozen=True, slots=True)
class Visit:
    """A browser, and a service that watches these products and has checked them once."""

    browser: Browser
    world: World

    async def open(self, *, width: int = 1280, colours: Colours = "light") -> Page:
        return await open_live(await self.browser.new_context(**looks(width, colours)), self.world)


@asynccontextmanager
async def visiting(browser: Browser, folder: Path, *items: Item, **settings: str) -> AsyncIterator[Visit]:
    async with new_world(folder, items=items, people=(ADA,), groups=(), **settings) as world:
        world.watch(*(item.tcin for item in items), buy=BuyMode.ALERT)
        await world.start()
        await world.until_status(lambda status: status["cycle_id"] > 0)
        yield Visit(browser, world)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with launch() as browser:
        yield browser


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def quick(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Visit]:
    """Checks follow one another, with time enough to read the page in between."""
    async with visiting(browser, tmp_path_factory.mktemp("quick"), *ITEMS, **paced(0.8)) as visit:
        yield visit


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def still(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Visit]:
    """Nothing happens after the first check."""
    async with visiting(browser, tmp_path_factory.mktemp("still"), *HOSTILE, **paced(300)) as visit:
        yield visit


def paced(seconds: float) -> dict[str, str]:
    return {"STOCKBELL_MONITOR__EVERY_MIN_S": str(seconds), "STOCKBELL_MONITOR__EVERY_MAX_S": str(seconds + 0.1)}


def flip(world: World, *, in_stock: bool) -> None:
    """All products at once, so that no cycle ever sees some of them here and some there."""
    for item in ITEMS:
        world.store.set(item.tcin, shipping="IN_STOCK" if in_stock else "OUT_OF_STOCK")


def same_words(status: dict[str, Any]) -> list[dict[str, Any]]:
    """The status' products as the page tells them, in stock first."""
    products = sorted(status["products"], key=lambda one: one["stock"] != "in_stock")
    return [
        {
            "tcin": one["tcin"],
            "title": one["title"],
            "stock": one["stock"],
            "purchase": one["purchase"],
            "price": f"${one['price']}" if one["price"] else "",
            "why": reason_words(one["why"] or ""),
            "seen_at": one["seen_at"],
        }
        for one in products
    ]


def assert_equal(both: dict[str, Any]) -> None:
    page, status = both["page"], both["full"]["status"]
    assert page["products"] == same_words(status)
    for name in ("cycle_id", "mode", "next_check_at", "last_good_check_at"):
        assert page[name] == status[name]
    assert page["slot"] == (status["slot"] or {}).get("tcin")


@pytest.mark.guards("bot", "nothing on the page is of another cycle than the rest")
async def test_after_each_cycle_the_page_is_the_full_sync_and_never_a_mix_of_two(quick: Visit) -> None:
    world, complaints = quick.world, Complaints()
    desktop, phone = [complaints.listen(await quick.open(width=width)) for width in (1280, 390)]
    await desktop.evaluate(NOTE)
    cycles = set()
    for turn in range(6):
        word = "out_of_stock" if turn % 2 else "in_stock"
        flip(world, in_stock=word == "in_stock")
        await until_all(world, word)
        for page in (desktop, phone):
            both = await until_equal(page, world)
            assert_equal(both)
            cycles.add(both["page"]["cycle_id"])
    assert len(cycles) >= 6
    noted = await desktop.evaluate("window.noted")
    assert {(tuple(one["signs"]), one["tile"]) for one in noted} == {
        (("in_stock in stock",), "6 of 6 in stock"),
        (("out_of_stock sold out",), "None of 6 in stock"),
    }
    assert complaints == []
    for page in (desktop, phone):
        await page.context.close()


async def until_all(world: World, word: str) -> None:
    """Until a check found all products so."""
    await world.until_status(lambda status: {one["stock"] for one in status["products"]} == {word})


async def test_what_the_server_paints_first_is_what_the_script_paints(still: Visit) -> None:
    context = await still.browser.new_context(java_script_enabled=False)
    first = await context.new_page()
    page = await still.open()
    while True:  # until nothing happened between the two
        await first.goto(address(still.world))
        painted, seq = await first.inner_text("main"), await first.get_attribute("body", "data-seq")
        await until(page, "seq => Number(document.body.dataset.seq) >= Number(seq)", seq)
        if await page.get_attribute("body", "data-seq") == seq:
            break
    assert without_ages(await page.inner_text("main")) == without_ages(painted)
    await page.context.close()
    await context.close()


def without_ages(words: str) -> list[str]:
    """The lines of a page without what a second changes, and without what only a browser's font decides."""
    return [line for line in (re.sub(r"\b(in )?\d+ s( ago)?", "…", one).strip() for one in words.split("\n")) if line]


@pytest.mark.guards("bot", "the countdown goes by the service's clock")
@pytest.mark.parametrize("minutes", [-10, 10])
async def test_the_countdown_is_right_under_a_clock_ten_minutes_off(still: Visit, minutes: int) -> None:
    context = await still.browser.new_context()
    await context.add_init_script(f"({SHIFT})({minutes * 60_000})")
    # What is minutes away is told in minutes.
    due = utc_now() + timedelta(seconds=60)

    async def be_due(route: Route) -> None:
        answer = await route.fetch()
        await route.fulfill(response=answer, json={**(await answer.json()), "next_check_at": due.isoformat()})

    await context.route("**/api/page", be_due)
    page = await open_live(context, still.world)
    await expect(page.locator(".countdown")).to_have_text(re.compile(r"in \d+ s"))
    for _ in range(3):
        shown = await page.inner_text(".countdown")
        left = (due - utc_now()).total_seconds()
        counted = re.fullmatch(r"in (\d+) s", shown)
        assert counted, shown
        assert abs(int(counted[1]) - left) <= 1
        # It counts on by itself.
        await expect(page.locator(".countdown")).not_to_have_text(shown)
    await context.unroute_all(behavior="ignoreErrors")
    await context.close()


@pytest.mark.guards("bot", "a page that hears nothing for 45 s says that it is stale")
async def test_without_the_service_the_page_says_that_it_is_stale_and_comes_back_untouched(
    browser: Browser, tmp_path: Path
) -> None:
    async with visiting(browser, tmp_path, *ITEMS) as visit:
        world, context = visit.world, await browser.new_context()
        await context.clock.install()
        page = await open_live(context, world)
        await page.evaluate("window.untouched = true")
        await world.kill()
        sign = page.locator("#sign-words")
        await expect(sign).to_have_text("Connection lost, trying again")
        await context.clock.fast_forward(30_000)
        await expect(sign).to_have_text("Connection lost, trying again")
        await context.clock.fast_forward(15_000)
        # The clock goes on by itself, so that it is not waited for long.
        await expect(sign).to_have_text("Stale", timeout=8_000)
        await expect(page.get_by_role("alert")).to_contain_text("comes back by itself")
        before = int(await page.evaluate("Number(document.body.dataset.cycle)"))
        await world.start()
        await world.until_status(lambda status: status["cycle_id"] > before)
        await context.clock.fast_forward(31_000)
        await expect(sign).to_have_text("Live")
        await expect(page.get_by_role("alert")).to_be_hidden()
        await until(page, "before => Number(document.body.dataset.cycle) > before", before)
        assert await page.evaluate("window.untouched")
        await context.close()


async def test_who_is_signed_out_learns_how_to_sign_in(still: Visit) -> None:
    page = await (await still.browser.new_context()).new_page()
    async with page.expect_response("**/api/stream**"):
        await page.goto(address(still.world))
    await page.route("**/api/**", lambda route: route.fulfill(status=401, json={"detail": "who?"}))
    await page.evaluate("dispatchEvent(new Event('visibilitychange'))")
    sign = page.locator("#sign-words")
    await expect(sign).to_have_text("Signed out")
    await expect(page.get_by_role("alert")).to_contain_text("/web")
    # What the open stream goes on to tell is a sign of life, and no more.
    await page.evaluate(NOTE_SIGNS)
    async with page.expect_request("**/api/page"):
        still.world.say("/cancel")
    await expect(sign).to_have_text("Signed out")
    assert await page.evaluate("window.signs") == []
    await page.unroute_all(behavior="ignoreErrors")
    await page.context.close()


async def test_a_guest_signs_in_by_a_link_from_the_chat_until_the_owner_shuts_them_out(
    browser: Browser, tmp_path: Path
) -> None:
    token = "open-sesame-open-sesame"
    async with new_world(tmp_path, people=(ADA, OLGA), STOCKBELL_HTTP__TOKEN=token) as world:
        world.watch(TROVE.tcin)
        await world.start()
        code = (await world.ask("/invite viewer", "/start ")).text.partition("/start ")[2][:8]
        await world.ask(f"/start {code}", "You are viewer here", person=OLGA.id)
        told = await world.ask("/web", "http", person=OLGA.id)
        link = re.search(r"http://[^\s<>\"]+/sign-in/[\w-]+", f"{told.text} {told.buttons}")
        assert link, told
        page = await browser.new_page()
        await page.goto(link[0])
        await page.get_by_role("button", name="Sign in").click()
        await expect(page.locator("body[data-filled]")).to_be_attached()
        await follows(page)
        await world.ask(f"/revoke {OLGA.id}", "is shut out")
        await expect(page.locator("#sign-words")).to_have_text("Signed out")
        await page.context.close()


@pytest.mark.torture  # it waits for as long as people do
async def test_the_page_is_stale_within_45_seconds_by_everybody_s_clock(browser: Browser, tmp_path: Path) -> None:
    async with visiting(browser, tmp_path, *ITEMS) as visit:
        page = await visit.open()
        killed = utc_now()
        await visit.world.kill()
        async with asyncio.timeout(60):
            stale_at = datetime.fromtimestamp(await page.evaluate(STALE_AT) / 1000, UTC)
        assert timedelta(seconds=40) < stale_at - killed <= timedelta(seconds=45)
        await visit.world.start()
        await expect(page.locator("#sign-words")).to_have_text("Live", timeout=50_000)
        await page.context.close()


async def test_after_an_update_the_page_loads_itself_anew_and_only_once(still: Visit) -> None:
    page = await still.open()
    loads: list[str] = []
    page.on("load", lambda loaded: loads.append(loaded.url))

    newer = {**(await still.world.get("/api/page")).json(), "version": "newer"}
    await page.route("**/api/page", lambda route: route.fulfill(json=newer))
    async with page.expect_event("load"):
        await page.evaluate("dispatchEvent(new Event('visibilitychange'))")
    await expect(page.locator("body[data-filled]")).to_be_attached()
    await page.evaluate("window.untouched = true")
    for _ in range(2):  # the second is asked for by the page that the first one left
        async with page.expect_response("**/api/page"):
            await page.evaluate("dispatchEvent(new Event('visibilitychange'))")
    await expect(page.locator("#sign-words")).to_have_text("Live")
    assert await page.evaluate("window.untouched")
    assert len(loads) == 1
    await page.unroute_all(behavior="wait")
    await page.context.close()


async def test_a_zone_that_the_browser_does_not_know_keeps_nothing_from_being_shown(still: Visit) -> None:
    strange = {**(await still.world.get("/api/page")).json(), "zone": "Mars/Base"}
    context = await still.browser.new_context()
    await context.route("**/api/page", lambda route: route.fulfill(json=strange))
    page = await open_live(context, still.world)
    await expect(page.locator(".uplot")).to_have_count(2)
    await context.unroute_all(behavior="wait")
    await context.close()


@pytest.mark.guards("bot", "a browser holds one stream, however many tabs show the page")
@pytest.mark.parametrize("is_secure", [True, False], ids=["with locks", "without locks"])
async def test_two_tabs_hold_one_stream_and_the_second_goes_on_when_the_first_is_gone(
    quick: Visit, *, is_secure: bool
) -> None:
    context = await quick.browser.new_context()
    if not is_secure:  # as on a plain address in the house
        await context.add_init_script("Object.defineProperty(navigator, 'locks', { value: undefined })")
    streams: list[Page] = []
    context.on("request", lambda request: streams.append(request.frame.page) if is_stream(request) else None)
    async with context.expect_event("request", is_stream):
        first = await open_live(context, quick.world)
    second = await open_live(context, quick.world)
    for page in (first, second):
        await follows(page)
    assert streams == [first]
    async with context.expect_event("request", is_stream):
        await first.goto("about:blank")
    assert streams == [first, second]
    await follows(second)
    await context.close()


def is_stream(request: Request) -> bool:
    return "/api/stream" in request.url


async def follows(page: Page) -> None:
    """Until two more cycles came to this page."""
    before = await page.evaluate("Number(document.body.dataset.cycle)")
    await until(page, "cycle => Number(document.body.dataset.cycle) > cycle + 1", before)


async def test_titles_that_would_break_the_page_are_shown_as_they_are(still: Visit) -> None:
    page = await still.open(width=390)
    both = await until_equal(page, still.world)
    titles = {one["tcin"]: one["title"] for one in both["page"]["products"]}
    assert titles["94734932"] == HOSTILE[0].title
    assert titles["94734934"] == HOSTILE[2].title
    assert "\u202e" not in titles["94734933"]
    assert await page.title() == "Stockbell"
    assert await page.locator("main img").count() == 0
    for width in (320, 390, 1280):
        await page.set_viewport_size({"width": width, "height": 900})
        assert await page.evaluate("document.documentElement.scrollWidth") <= width
    await page.context.close()


@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
async def test_the_page_is_whole_for_the_keyboard_and_for_screen_readers(
    still: Visit, width: int, colours: Colours
) -> None:
    page = await still.open(width=width, colours=colours)
    await expect(page.locator(".uplot")).to_have_count(2)
    assert (await Axe().run(page)).response["violations"] == []
    await page.keyboard.press("Tab")
    assert await page.evaluate("document.activeElement.textContent") == "To the products"
    await page.context.close()


@pytest.mark.torture  # it is for the documents
async def test_a_household_s_evening_looks_as_the_documents_show_it(
    browser: Browser, tmp_path: Path, pictures: Path
) -> None:
    shelf = find_scenario("demo").items
    tcins = [item.tcin for item in shelf]
    settings = {
        "STOCKBELL_TIMEZONE": str(ZONE),
        "STOCKBELL_PURCHASING__SIMULATED_S": "45",
        "STOCKBELL_PURCHASING__MAX_SPEND_PER_DAY": "120",
        **paced(15),
    }
    async with new_world(tmp_path, items=shelf, people=(ADA,), groups=(), **settings) as world:
        world.watch(*tcins, buy=BuyMode.AUTO, max_price=Decimal("60.00"))
        await world.start()
        await world.until_status(lambda status: status["cycle_id"] > 0)
        await world.stop()
        write_past(world.data / "stockbell.db", tcins, now=utc_now())
        for tcin in tcins[:2]:
            world.store.set(tcin, shipping="IN_STOCK")
        await world.start()
        await world.until_status(lambda status: status["slot"])
        for name, width, height, colours in PICTURES:
            page = await open_live(await browser.new_context(**looks(width, colours)), world)
            await page.set_viewport_size({"width": width, "height": height})
            await expect(page.locator(".uplot")).to_have_count(2)
            await expect(page.get_by_text("Next in line")).to_be_visible()
            await page.screenshot(path=pictures / name, animations="disabled")
            await page.context.close()
