"""A new owner's first minutes, by hand on a phone: each tap is counted, and the time to the first alert told."""

import asyncio
import re
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from sandbox.chat import Person
from tests.browser.demo import open_page
from tests.world import LONG, TROVE, World, new_world

pytestmark = pytest.mark.browser

#: What the console says while there is no owner.
CODE = re.compile(r"/start ([A-Z0-9]{8})\b")


@dataclass
class Hand:
    """One thumb on the glass."""

    page: Page
    taps: list[str] = field(default_factory=list)

    async def tap(self, what: Locator, name: str) -> None:
        await what.click()
        self.taps.append(name)

    async def send(self, words: str) -> None:
        """Pasted; sending it is one tap."""
        await self.page.get_by_label("Message", exact=True).fill(words)
        await self.tap(self.page.get_by_role("button", name="Send", exact=True), "Send")


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """Nobody is an owner, nothing is watched, and nobody has written to the bot."""
    newcomer = Person(id=1001, first_name="Ada")
    async with new_world(tmp_path, people=[newcomer], STOCKBELL_TELEGRAM__OWNERS="[]") as world:
        yield world


async def shown_code(world: World) -> str:
    """The code on the console, once it stands there."""
    async with asyncio.timeout(LONG):
        while not (codes := CODE.findall(world.log.read_text())):  # noqa: ASYNC110  a file tells nobody of its growth
            await asyncio.sleep(0.05)
    return str(codes[-1])


async def test_four_taps_lead_from_the_console_to_the_first_alert_of_one_s_own(
    world: World, browser: Browser, pictures: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await world.start()
    code = await shown_code(world)
    clock = asyncio.get_running_loop().time
    began = clock()

    # The link opens the chat, where Telegram shows one button, Start; the practice page says it by itself.
    page = await open_page(browser, f"{world.chat_url}/?start={code}", width=390, colours="light")
    hand = Hand(page, taps=["the link", "Start"])
    messages = page.locator(".message.bots")
    await expect(messages.filter(has_text="owner")).to_be_visible()

    await hand.send(f"https://www.target.com/p/-/A-{TROVE.tcin}")
    await hand.tap(page.get_by_role("button", name="Watch").first, "Watch")
    await expect(messages.filter(has_text="Illumineer's Trove").filter(has_text="$49.99").first).to_be_visible()
    watched = clock() - began

    world.store.set(TROVE.tcin, shipping="IN_STOCK")
    alert = messages.filter(has_text=re.compile("IN STOCK|BUYING|PURCHASED")).first
    await expect(alert).to_contain_text(TROVE.tcin)
    alerted = clock() - began

    assert hand.taps == ["the link", "Start", "Send", "Watch"]
    await expect(page.locator(".toast")).to_have_count(0)
    await page.screenshot(path=pictures / "first-contact.png", animations="disabled")
    figures = f"{len(hand.taps)} taps; {watched:.1f} s to the product's card, {alerted:.1f} s to its alert"
    with capsys.disabled():
        sys.stdout.write(f"\nfirst contact: {figures}\n")
