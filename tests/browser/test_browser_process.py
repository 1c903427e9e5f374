"""The browser of the checkout, as a process that dies, hangs and grows."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from config.settings import BrowserSettings
from purchasing.checkout.browser import BrowserBounds, CheckoutBrowser
from purchasing.checkout.leftovers import RECORD_FILE, Record
from purchasing.checkout.processes import Mark, find_children, is_running
from purchasing.checkout.session import SESSION_FILE, SessionFile

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

SITE = "http://127.0.0.1:9"
QUICK = BrowserBounds(look_every=timedelta(seconds=0.2), answer=timedelta(seconds=2), at_once=timedelta(0))


@asynccontextmanager
async def new_browser(folder: Path, bounds: BrowserBounds = QUICK) -> AsyncIterator[CheckoutBrowser]:
    session = SessionFile(folder / SESSION_FILE, site_url=SITE)
    browser = CheckoutBrowser(BrowserSettings(), session=session, data_dir=folder, bounds=bounds)
    watching = asyncio.create_task(browser.run())
    try:
        yield browser
    finally:
        watching.cancel()
        await browser.close()


def processes(folder: Path) -> dict[str, Mark]:
    """The driver and Chromium, as they are noted."""
    record = msgspec.json.decode((folder / RECORD_FILE).read_bytes(), type=Record)
    driver = next(mark for mark in record.processes if mark.pid in find_children(os.getpid()))
    chromium = next(mark for mark in record.processes if mark.pid in find_children(driver.pid))
    return {"driver": driver, "Chromium": chromium}


async def until_gone(*marks: Mark) -> None:
    async with asyncio.timeout(30):
        while any(map(is_running, marks)):  # noqa: ASYNC110  processes tell nobody of their end
            await asyncio.sleep(0.05)


async def works(browser: CheckoutBrowser) -> bool:
    async with browser.using() as context:
        page = await context.new_page()
        return bool(await page.evaluate("1 + 1") == 2)


@pytest.mark.parametrize("which", ["driver", "Chromium"])
async def test_a_browser_that_was_killed_is_begun_anew_at_the_next_use(tmp_path: Path, which: str) -> None:
    async with new_browser(tmp_path) as browser:
        assert await works(browser)
        before = processes(tmp_path)
        os.kill(before[which].pid, signal.SIGKILL)
        await until_gone(before[which])
        assert await works(browser)
        assert browser.generation == 2
        assert not any(map(is_running, before.values()))


@pytest.mark.parametrize("which", ["driver", "Chromium"])
async def test_a_browser_that_hangs_is_ended_and_begun_anew_at_the_next_use(tmp_path: Path, which: str) -> None:
    async with new_browser(tmp_path) as browser:
        assert await works(browser)
        before = processes(tmp_path)
        os.kill(before[which].pid, signal.SIGSTOP)
        await until_gone(*before.values())
        assert await works(browser)
