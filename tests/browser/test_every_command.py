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
#: No button of these was pressed, and why.
NOT_PRESSED: dict[str, str] = {}


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


@pytest.mark.parametrize("width", [1280, 390], ids=["desktop", "phone"])
async def test_every_command_and_every_kind_of_button(world: World, browser: Browser, width: int) -> None:
    await world.until_status(lambda status: status["cycle_id"] >= 1)
    page = await browser.new_page(viewport={"width": width, "height": 844}, has_touch=width < 400)
    await page.goto(world.chat_url)
    await page.locator(".chat", has_text="Ada").click()
    hand = Hand(page=page)
    await _begin(hand)
    await _look(hand)
    await _choose_what_is_heard(hand)
    await _change_the_list(hand)
    await _steer(hand)
    await _buy(hand, world)
    await _let_in(hand)
    assert {spec.name for spec in SPECS} - hand.said == set()
    assert hand.seen - hand.pressed - set(NOT_PRESSED) == set()
    assert not await page.evaluate("document.documentElement.scrollWidth > innerWidth")


async def _begin(hand: Hand) -> None:
    await hand.type("/start")
    await hand.type("/help")
    await expect(await hand.type("/help add")).to_contain_text("/add")
    for key in ("List", "Board", "Status", "Help"):
        await hand.tap(key)
    await hand.type("/version")
    await hand.type("/health")
    await hand.type("/log 5")
    hidden = await hand.type("/clearlog")
    await hand.press_for(hidden, "o:")
    await hand.type("/audit")
    board = await hand.type("/board")
    await expect(hand.page.locator("#pinned-jump")).to_contain_text("PRACTICE")
    await hand.press(board, "/redraw")


async def _look(hand: Hand) -> None:
    status = await hand.type("/status")
    await hand.press(status, "/status")
    listed = await hand.type("/list")
    await hand.press(listed, "/list", label="In stock")
    listed = await hand.type("/list")
    card = await hand.press_for(listed, f"/show {DRAGON.tcin}")
    await expect(card).to_contain_text("Ember the Dragon")
    await hand.press(card, "/show")
    await hand.press_for(card, "/why")
    for name in ("show", "why"):
        asked = await hand.type(f"/{name}")
        await hand.press_for(asked, f"/{name} {TROVE.tcin}")
    for line in ("/slot", "/orders", "/spend"):
        await hand.type(line)


async def _choose_what_is_heard(hand: Hand) -> None:
    alerts = await hand.type("/alerts")
    await hand.press(alerts, "/alerts restock")
    await hand.press(alerts, "/alerts restock")
    await hand.press(alerts, "/alerts restock")
    muted = await hand.type("/mute 2h")
    await hand.press(muted, "/mute off")
    await hand.type("/quiet 23-7")
    await hand.type("/quiet off")


async def _change_the_list(hand: Hand) -> None:
    added = await hand.type(f"/add {PUZZLE.tcin}")
    await expect(added).to_contain_text("Night Market")
    await hand.press(added, "/set", label="Limit")
    await hand.press_for(added, "o:", label="Undo")
    asked = await hand.type("/set trove")
    await hand.press(asked, "/set", label="Only tell me")
    await hand.reply(asked, "/set buy=ask")
    asked = await hand.type("/move dragon")
    await hand.press(asked, "/move", label="top")
    removed = await hand.type("/remove dragon")
    await hand.press_for(removed, "o:", label="Undo")
    card = await hand.type("/show dragon")
    await hand.press_for(card, "/set")
    await hand.press_for(card, "/remove")
    asked = await hand.type("/remove all")
    await hand.press_for(asked, "o:", label="Yes")


async def _steer(hand: Hand) -> None:
    await hand.type(f"/add {TROVE.tcin} {DRAGON.tcin}")
    await hand.type("/pause trove 2h")
    await hand.type("/pause")
    await hand.type("/resume")
    await hand.type("/refresh")
    await hand.tap("Stop buying")
    await hand.type("/stop")
    asked = await hand.type("/rearm")
    code = re.search(r"/rearm [0-9]{4}", await asked.inner_text())
    assert code is not None
    await expect(await hand.type(code[0])).to_contain_text(re.compile("on again|is on", re.IGNORECASE))
    await hand.type("/mode simulate")


async def _buy(hand: Hand, world: World) -> None:
    for answer in ("/buy", "/skip"):
        told = await hand.type("/drill")
        alert = await hand.read("Drill", after=await hand.number(told))
        await hand.press(alert, answer)
        await expect(alert.locator(".key", has_text="Skip")).to_have_count(0)
    await hand.type("/drill")
    asked = await hand.type("/skip")
    await hand.press(asked, "/skip")
    for line in ("/buy", "/settle 1 bought", "/cancel"):
        await hand.type(line)
    after = await hand.last()
    world.store.set(TROVE.tcin, shipping="IN_STOCK")
    alert = await hand.read("Illumineer's Trove", after=after)
    await expect(alert).to_contain_text("PURCHASED")
    world.store.set(TROVE.tcin, shipping="OUT_OF_STOCK")
    await expect(alert).to_contain_text("GONE")


async def _let_in(hand: Hand) -> None:
    await hand.type("/users")
    invited = await hand.type("/invite viewer")
    await hand.press_for(invited, "o:", label="Take it back")
    await hand.type("/revoke 1002")
