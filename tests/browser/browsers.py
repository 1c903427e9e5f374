"""Browsers of the checkout as processes, each with a data directory of its own."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import msgspec

from config.settings import BrowserSettings
from purchasing.checkout.browser import BrowserBounds, CheckoutBrowser
from purchasing.checkout.process.kernel import Mark, find_children, is_running
from purchasing.checkout.process.leftovers import RECORD_FILE, Record
from purchasing.checkout.session import SESSION_FILE, SessionFile

SITE = "http://127.0.0.1:9"
QUICK = BrowserBounds(answer=timedelta(seconds=2), at_once=timedelta(0))


def new_session(folder: Path) -> SessionFile:
    return SessionFile(folder / SESSION_FILE, site_url=SITE)


@asynccontextmanager
async def new_browser(
    folder: Path, bounds: BrowserBounds = QUICK, settings: BrowserSettings | None = None
) -> AsyncIterator[CheckoutBrowser]:
    browser = CheckoutBrowser(
        settings or BrowserSettings(), session=new_session(folder), data_dir=folder, bounds=bounds
    )
    try:
        yield browser
    finally:
        await browser.close()


def read_record(folder: Path) -> Record:
    return msgspec.json.decode((folder / RECORD_FILE).read_bytes(), type=Record)


def noted(folder: Path, owner: int | None = None) -> dict[str, Mark]:
    """The driver and Chromium, as they are noted."""
    record = read_record(folder)
    driver = next(mark for mark in record.processes if mark.pid in find_children(owner or os.getpid()))
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
