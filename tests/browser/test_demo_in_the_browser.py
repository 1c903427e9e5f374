"""The demo as its first visitor meets it: a real process, its page in a real browser, driven by hand."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.browser.demo import PATIENCE_MS, open_page, run_demo

TROVE = "94734932"

pytestmark = pytest.mark.browser


@pytest.fixture
async def demo() -> AsyncIterator[str]:
    """The address that a running demo prints."""
    async with run_demo("--seconds", "240") as running:
        yield running.address
    assert "PURCHASED" in running.output


async def test_a_visitor_sees_the_restock_bought_and_steers_from_the_chat(
    demo: str, browser: Browser, pictures: Path
) -> None:
    page = await open_page(browser, demo, width=960, colours="light")
    phone = await open_page(browser, demo, width=390, colours="dark")

    alert = page.locator(".message.bots", has=page.get_by_text("Open at Target"))
    await expect(alert.first).to_contain_text(TROVE, timeout=PATIENCE_MS)
    # The word stands for some seconds only, until the practice goes on.
    await alert.filter(has_text="PURCHASED").wait_for(timeout=PATIENCE_MS)
    for shown, name in ((page, "chat.png"), (phone, "phone.png")):
        await shown.locator("#talk").screenshot(path=pictures / name, animations="disabled")
    await expect(page.locator(".message.bots", has_text="Bought 1 for $49.99").first).to_be_visible()

    await page.get_by_label("Message", exact=True).fill(f"/move {TROVE} 3")
    await page.keyboard.press("Enter")
    await expect(page.locator(".message.bots .words", has_text="Now number 3 of 7")).to_be_visible()
    await page.get_by_role("button", name="Undo", exact=True).click()
    await expect(page.locator(".message.bots .words", has_text="Undone")).to_be_visible()
    await page.get_by_label("Message", exact=True).fill("/list")
    await page.keyboard.press("Enter")
    listed = page.locator(".message.bots .words", has_text="7 watched").last
    await expect(listed).to_contain_text(re.compile(rf"1\..*{TROVE}.*\n2\."))

    board = page.locator("#pinned-jump")
    await expect(board).to_contain_text("PRACTICE")
    cycle = re.compile(r"cycle [0-9]+")
    (first,) = cycle.findall(await board.inner_text())
    await expect(board).to_contain_text(cycle)
    await expect(board).not_to_contain_text(f"{first} at", timeout=PATIENCE_MS)


@pytest.mark.torture  # a minute, most of it spent waiting
async def test_a_real_browser_rehearses_and_buys_and_shows_the_page_it_came_to(browser: Browser) -> None:
    async with run_demo("--scenario", "checkout", "--seconds", "240") as running:
        page = await open_page(browser, running.address, width=960, colours="light")
        outcome = page.locator(".message.bots")
        rehearsed = outcome.filter(has_text="Nothing was ordered, and nothing of it is left in your cart")
        await expect(rehearsed.locator("img")).to_be_visible(timeout=PATIENCE_MS)
        bought = outcome.filter(has_text=re.compile(r"Bought 1 for \$52\.99 .*order 9020000"))
        await expect(bought).to_be_visible(timeout=2 * PATIENCE_MS)
