"""The demo as its first visitor meets it: a real process, its page in a real browser, driven by hand."""

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.async_api import Browser, Page, expect

ROOT = Path(__file__).parents[2]
TROVE = "94734932"
#: So long a test waits for what the demo shows, also on a busy machine.
PATIENCE_MS = 60_000

pytestmark = pytest.mark.browser


@pytest.fixture
async def demo() -> AsyncIterator[str]:
    """The address that a running demo prints. Settings that would break it are none of its business."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "demo", "--seconds", "240"),
        cwd=ROOT,
        env=os.environ | {"STOCKBELL_MONITOR__EVERY_MIN_S": "not read", "STOCKBELL_DATA_DIR": "/dev/null"},
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    async with asyncio.timeout(PATIENCE_MS / 1000):
        address = await find_address(process.stdout)
    rest = asyncio.create_task(process.stdout.read())
    yield address
    process.send_signal(signal.SIGINT)
    assert await process.wait() == 0
    assert "PURCHASED" in (await rest).decode()


async def find_address(output: asyncio.StreamReader) -> str:
    async for line in output:
        if found := re.search(r"http://127\.0\.0\.1:[0-9]+/", line.decode()):
            return found[0]
    raise AssertionError("the demo ended without an address")


async def open_page(browser: Browser, address: str, *, width: int, colours: Literal["light", "dark"]) -> Page:
    page = await browser.new_page(viewport={"width": width, "height": 820}, device_scale_factor=2, color_scheme=colours)
    await page.goto(address)
    return page


async def test_a_visitor_sees_the_restock_bought_and_steers_from_the_chat(
    demo: str, browser: Browser, pictures: Path
) -> None:
    page = await open_page(browser, demo, width=960, colours="light")
    phone = await open_page(browser, demo, width=390, colours="dark")

    alert = page.locator(".message.bots", has=page.get_by_text("open at Target"))
    await expect(alert.first).to_contain_text(TROVE, timeout=PATIENCE_MS)
    # The word stands for some seconds only, until the practice goes on.
    await alert.filter(has_text="PURCHASED").wait_for(timeout=PATIENCE_MS)
    for shown, name in ((page, "chat.png"), (phone, "phone.png")):
        await shown.locator("#talk").screenshot(path=pictures / name, animations="disabled")
    await expect(page.locator(".message.bots", has_text="bought 1 for $49.99").first).to_be_visible()

    await page.get_by_label("Message", exact=True).fill(f"/move {TROVE} 3")
    await page.keyboard.press("Enter")
    await expect(page.locator(".message.bots .words", has_text="is now 3 of 7")).to_be_visible()
    await page.get_by_role("button", name="Undo", exact=True).click()
    await expect(page.locator(".message.bots .words", has_text="undone")).to_be_visible()
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
