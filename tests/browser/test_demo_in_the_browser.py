"""The demo as its first visitor meets it: a real process, its page in a real browser, driven by hand."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, FloatRect, Locator, Page, expect

from tests.browser.demo import PATIENCE_MS, Demo, open_page, run_demo
from tests.browser.hand import Hand

TROVE = "94734932"
PUZZLE = "88120947"

pytestmark = pytest.mark.browser


@pytest.fixture
async def demo() -> AsyncIterator[Demo]:
    async with run_demo("--seconds", "240") as running:
        yield running
    assert "PURCHASED" in running.output


def alert_of(page: Page, title: str) -> Locator:
    """What tells of this product with its picture, the newest."""
    return page.locator(".message.bots.with-picture").filter(has_text=title).last


async def test_a_visitor_sees_a_restock_bought_once_and_plays_the_shop(
    demo: Demo, browser: Browser, pictures: Path
) -> None:
    page = await open_page(browser, demo.address, width=1180, colours="light")
    phone = await open_page(browser, demo.address, width=390, colours="dark")

    alert = alert_of(page, "Trove")
    await expect(alert).to_contain_text(TROVE, timeout=PATIENCE_MS)
    # The word stands for some seconds only, until the shop has sold the rest.
    await expect(alert).to_contain_text("PURCHASED", timeout=PATIENCE_MS)
    for shown, name in ((page, "chat.png"), (phone, "phone.png")):
        await shown.screenshot(path=pictures / name, animations="disabled")

    card = page.get_by_role("listitem").filter(has_text="Illumineer's Trove").filter(has=page.get_by_role("status"))
    await expect(card.get_by_role("status")).to_have_text("Sold out", timeout=PATIENCE_MS)
    await expect(alert).to_contain_text("GONE", timeout=PATIENCE_MS)
    await expect(page.locator(".message.bots", has_text="PRACTICE-2")).to_have_count(0)
    live = await open_page(browser, demo.live, width=1180, colours="light")
    await expect(live.get_by_role("region", name="Products")).to_contain_text("Illumineer's Trove")

    await page.get_by_role("button", name="Restock Night Market").click()
    puzzle = alert_of(page, "Night Market")
    await expect(puzzle).to_contain_text(PUZZLE, timeout=PATIENCE_MS)
    await page.get_by_role("button", name=re.compile("^Ben")).click()
    await expect(alert_of(page, "Night Market")).to_be_visible()


@pytest.mark.torture  # half a minute, most of it spent waiting
async def test_a_visitor_steers_from_the_chat_and_the_board_follows(demo: Demo, browser: Browser) -> None:
    page = await open_page(browser, demo.address, width=960, colours="light")
    board = page.locator("#pinned-jump")
    await expect(board).to_contain_text("PRACTICE", timeout=PATIENCE_MS)
    await page.get_by_label("Message", exact=True).fill(f"/move {TROVE} 3")
    await page.keyboard.press("Enter")
    undo = page.get_by_role("button", name="Undo", exact=True)
    await expect(undo).to_be_visible()
    await expect(await _list(page)).to_contain_text(re.compile(rf"3\..*{TROVE}"))
    await undo.click()
    await expect(page.locator(".message.bots .words", has_text=re.compile("undone", re.IGNORECASE))).to_be_visible()
    await expect(await _list(page)).to_contain_text(re.compile(rf"1\..*{TROVE}"))

    cycle = re.compile(r"check(?:ed)? [0-9:]+")
    (first, *_) = cycle.findall(await page.locator("#pinned-full").inner_text() or await board.inner_text())
    await expect(page.locator("#pinned")).not_to_contain_text(first, timeout=PATIENCE_MS)


@pytest.mark.torture  # half a minute, most of it spent waiting
async def test_what_is_said_most_fits_a_phone(demo: Demo, browser: Browser, pictures: Path) -> None:
    page = await open_page(browser, demo.address, width=390, colours="light")
    hand = Hand(page=page)
    alert = alert_of(page, "Trove")
    await expect(alert).to_contain_text("PURCHASED", timeout=PATIENCE_MS)
    # As high as the longest of them.
    await page.set_viewport_size({"width": 390, "height": 2000})
    await _keep(alert, pictures / "chat-alert.png")
    await _keep(await hand.type("/help", "/add"), pictures / "chat-help.png")
    await _keep(await hand.type("/list", "7\\."), pictures / "chat-list.png")
    await _keep(await hand.type("/board", "checked"), pictures / "chat-board.png")
    # By then every product was looked at for its picture, which takes its time.
    await expect(alert).to_contain_text("GONE", timeout=PATIENCE_MS)
    await hand.type("/remove dragon", "Ember")
    card = await hand.type("/add 93954435", "Ember")
    await expect(card.locator("img")).to_be_visible()
    await expect(card).to_contain_text(re.compile(r"\$1[46].99"))
    await _keep(card, pictures / "chat-card.png")


async def _keep(message: Locator, path: Path) -> None:
    """A picture of one message, with some of the ground around it."""
    await message.scroll_into_view_if_needed()
    box = await message.bounding_box()
    assert box is not None
    clip: FloatRect = {"x": 0, "y": max(0, box["y"] - 8), "width": 390, "height": box["height"] + 16}
    await message.page.screenshot(path=path, clip=clip, animations="disabled")


async def _list(page: Page) -> Locator:
    lists = page.locator(".message.bots .words", has_text=re.compile(r"1\..*7\.", re.DOTALL))
    before = await lists.count()
    await page.get_by_label("Message", exact=True).fill("/list")
    await page.keyboard.press("Enter")
    await expect(lists).to_have_count(before + 1)
    return lists.last


@pytest.mark.torture  # a minute, most of it spent waiting
async def test_a_real_browser_rehearses_and_buys_and_shows_the_page_it_came_to(browser: Browser) -> None:
    async with run_demo("--scenario", "checkout", "--seconds", "240") as running:
        page = await open_page(browser, running.address, width=960, colours="light")
        pictured = page.locator(".message.bots", has=page.locator(".picture img"))
        await expect(pictured.filter(has_text=TROVE).first).to_be_visible(timeout=PATIENCE_MS)
        bought = page.locator(".message.bots").filter(has_text="9020000").filter(has_text="$52.99")
        await expect(bought.first).to_be_visible(timeout=2 * PATIENCE_MS)
