"""From a link that somebody else's page shows into the live page, in a real browser."""

from pathlib import Path

import pytest
from playwright.async_api import Browser, Response, expect

from tests.integration.visit import TOKEN
from tests.world import TROVE, new_world

pytestmark = pytest.mark.browser


def is_bad(answer: Response, port: int) -> bool:
    return answer.status >= 400 and f":{port}/" in answer.url


@pytest.mark.guards("bot", "who comes from another site is signed in on the page all the same")
async def test_a_link_on_another_site_leads_into_the_page(tmp_path: Path, browser: Browser) -> None:
    async with new_world(tmp_path, STOCKBELL_HTTP__TOKEN=TOKEN) as world:
        world.watch(TROVE.tcin)
        await world.start()
        told = (await world.ask("/web", "press Sign in")).text
        link = told.partition("open ")[2].partition(" ")[0]
        page = await browser.new_page()
        failures: list[str] = []
        page.on("response", lambda answer: failures.append(answer.url) if is_bad(answer, world.port) else None)
        page.on("console", lambda message: failures.append(message.text) if "Refused" in message.text else None)
        # The chat's own name makes it another site.
        await page.goto(world.chat_url.replace("127.0.0.1", "localhost"))
        await page.evaluate("(link) => { location.href = link; }", link)
        await page.get_by_role("button", name="Sign in").click()
        await page.wait_for_url(f"http://127.0.0.1:{world.port}/")
        await expect(page.get_by_text(TROVE.tcin).first).to_be_visible()
        assert failures == []
        # The same link, from the other site once more: it is spent, and the browser stays signed in.
        await page.goto(link)
        await expect(page.get_by_text("was used already")).to_be_visible()
        await page.goto(f"http://127.0.0.1:{world.port}/")
        await expect(page.get_by_text(TROVE.tcin).first).to_be_visible()
