"""Every command and every kind of button, by a person's hand in the page: on a desktop and on a phone."""

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from bot.commands.specs import SPECS
from sandbox.chat import Group, Person
from sandbox.store import Item
from tests.browser.hand import Hand
from tests.world import ADA, DRAGON, TROVE, World, new_world

pytestmark = pytest.mark.browser

BEN = Person(id=1002, first_name="Ben", started=True)
HOME = Group(id=-1001000000001, title="Home")
PUZZLE = Item(tcin="88120947", title="Night Market 1000pc Jigsaw Puzzle", price="17.99")
#: What the first person says; all else is the second one's.
LOOKED = frozenset(
    {"start", "help", "version", "health", "log", "clearlog", "audit", "board", "status", "list", "show", "why", "slot"}
    | {"history", "chart", "orders", "spend", "alerts", "mute", "quiet", "web"}
)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with new_world(
        tmp_path,
        items=(TROVE, DRAGON, PUZZLE),
        people=(ADA, BEN),
        groups=(HOME,),
        STOCKBELL_TELEGRAM__GROUPS=json.dumps([HOME.id]),
    ) as world:
        world.watch(TROVE.tcin, DRAGON.tcin)
        await world.start()
        yield world


@pytest.fixture(params=[pytest.param(1280, id="desktop", marks=pytest.mark.torture), pytest.param(390, id="phone")])
async def hand(request: pytest.FixtureRequest, browser: Browser, world: World) -> AsyncIterator[Hand]:
    """In Ada's chat."""
    await world.until_status(lambda status: status["cycle_id"] >= 1)
    page = await browser.new_page(viewport={"width": request.param, "height": 844})
    await page.goto(world.chat_url)
    await page.locator(".chat", has_text="Ada").click()
    hand = Hand(page=page)
    yield hand
    assert not await page.evaluate("document.documentElement.scrollWidth > innerWidth")


async def test_all_that_looks_and_all_that_is_heard(hand: Hand) -> None:
    await _begin(hand)
    await _look(hand)
    await _choose_what_is_heard(hand)
    assert LOOKED - hand.said == set()
    assert hand.seen - hand.pressed == {"/set", "/remove"}, "these are pressed below"


@pytest.mark.torture  # a minute, and its single steps are tested without a page
async def test_all_that_changes_steers_and_buys(hand: Hand, world: World) -> None:
    await hand.type("/start")
    await _change_the_list(hand)
    await _steer(hand)
    await _buy(hand, world)
    await _let_in(hand)
    assert {spec.name for spec in SPECS} - LOOKED - hand.said == set()
    assert hand.seen - hand.pressed == {"/show", "/why", "/history", "/chart"}, "these are pressed above"


async def _begin(hand: Hand) -> None:
    await hand.type("/start")
    await hand.type("/help")
    await expect(await hand.type("/help add")).to_contain_text("/add")
    for key in ("List", "Board", "Status", "Help"):
        await hand.tap(key)
    await hand.type("/version")
    await expect(await hand.type("/web")).to_contain_text("The live page")
    await hand.type("/health")
    await hand.type("/log 5")
    hidden = await hand.type("/clearlog")
    await hand.press(hidden, "o:")
    await hand.type("/audit")
    board = await hand.type("/board", "checked")
    await expect(hand.page.locator("#pinned-jump")).to_contain_text("PRACTICE")
    await hand.refresh(board, "/redraw")


async def _look(hand: Hand) -> None:
    status = await hand.type("/status")
    await hand.refresh(status, "/status")
    listed = await hand.type("/list")
    await hand.press(listed, "/list", label="In stock")
    await hand.press(listed, "/list", label="All")
    card = await hand.press(listed, f"/show {DRAGON.tcin}")
    await expect(card).to_contain_text("Ember the Dragon")
    await hand.refresh(card, "/show")
    await hand.press(card, "/why")
    for name in ("show", "why"):
        asked = await hand.type(f"/{name}")
        await hand.press(asked, f"/{name} {TROVE.tcin}")
    await _look_back(hand)
    for line in ("/slot", "/orders", "/spend"):
        await hand.type(line)


async def _look_back(hand: Hand) -> None:
    history = await hand.type("/history trove", "Last 7 days")
    await hand.press(history, "/history", label="Month")
    await expect(history).to_contain_text("Last 30 days")
    chart = await hand.type("/chart trove", "Last 7 days")
    await expect(chart.locator("img")).to_be_visible()
    await hand.press(chart, "/chart", label="Day")


async def _choose_what_is_heard(hand: Hand) -> None:
    alerts = await hand.type("/alerts")
    await hand.press(alerts, "/alerts restock")
    await hand.press(alerts, "/alerts restock")
    await hand.press(alerts, "/alerts restock")
    await hand.press(alerts, "/mute 2h")
    muted = await hand.type("/mute 2h", "Muted")
    await hand.press(muted, "/mute off")
    await hand.type("/quiet 23-7")
    await hand.type("/quiet off")


async def _change_the_list(hand: Hand) -> None:
    added = await hand.type(f"/add {PUZZLE.tcin}")
    await expect(added).to_contain_text("Night Market")
    await hand.press(added, "/set", label="Limit")
    await hand.press(added, "o:", label="Undo")
    asked = await hand.type("/set trove")
    await hand.press(asked, "/set", label="Only tell me")
    await hand.reply(asked, "/set buy=ask")
    asked = await hand.type("/move dragon")
    await hand.press(asked, "/move", label="top")
    removed = await hand.type("/remove dragon")
    await hand.press(removed, "o:", label="Undo")
    card = await hand.type("/show dragon")
    await hand.press(card, "/set")
    await hand.press(card, "/remove")
    asked = await hand.type("/remove all")
    await hand.press(asked, "o:", label="Yes")


async def _steer(hand: Hand) -> None:
    await hand.type(f"/add {TROVE.tcin} {DRAGON.tcin}")
    paused = await hand.type("/pause trove 2h", "aused")
    await hand.press(paused, "/resume")
    paused = await hand.type("/pause", "aused")
    await hand.press(paused, "/pause 1h")
    await hand.type("/resume", "checking")
    await hand.type("/refresh", "checking now")
    await hand.tap("Stop buying", "off")
    await hand.type("/stop", "off")
    asked = await hand.type("/rearm", "/rearm [0-9]{4}")
    code = re.search(r"/rearm [0-9]{4}", await asked.inner_text())
    assert code is not None
    await expect(await hand.type(code[0])).to_contain_text(re.compile("on again|is on", re.IGNORECASE))
    await hand.type("/mode simulate")


async def _buy(hand: Hand, world: World) -> None:
    alert = await hand.type("/drill", "000000")
    await hand.press(alert, "/buy")
    await expect(alert).to_contain_text("PRACTICE-1")
    await expect(alert.locator(".key", has_text="Skip")).to_have_count(0)
    alert = await hand.type("/drill", "000000.*until")
    await hand.press(alert, "/skip")
    await expect(alert.locator(".key", has_text="Skip")).to_have_count(0)
    for line in ("/buy", "/skip", "/settle 1 bought", "/cancel"):
        await hand.type(line)
    after = await hand.last()
    world.store.set(TROVE.tcin, shipping="IN_STOCK")
    alert = await hand.read("Illumineer's Trove", after=after)
    await expect(alert).to_contain_text("PURCHASED")
    await hand.press(alert, "/pause", label="1 h")
    await hand.press(alert, "/resume")
    world.store.set(TROVE.tcin, shipping="OUT_OF_STOCK")
    await expect(alert).to_contain_text("GONE")
    after = await hand.last()
    world.store.set(TROVE.tcin, shipping="IN_STOCK")
    alert = await hand.read("PURCHASED.*Illumineer's Trove", after=after)
    await hand.press(alert, "/", label="Not interested")


async def _let_in(hand: Hand) -> None:
    await hand.type("/users")
    invited = await hand.type("/invite viewer")
    await hand.press(invited, "o:", label="Take it back")
    await hand.type("/revoke 1002")
