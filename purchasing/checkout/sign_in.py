"""Whether the shop knows the owner, and a person's sign-in. Nothing here ever types anything."""

import asyncio
from datetime import timedelta
from urllib.parse import urlsplit

from playwright.async_api import BrowserContext, Page
from playwright.async_api import Error as PlaywrightError

from purchasing.checkout.pages import MARKERS, ORDERS, SIGN_IN, Beside, MarkerName, PageKind, kind_of
from purchasing.checkout.process.chromium import without_playwright
from purchasing.checkout.view import read_account

_ACCOUNT = ", ".join(one for one in MARKERS[MarkerName.ACCOUNT].selectors if not isinstance(one, Beside))
_EVERY = timedelta(seconds=0.25)
#: A page that greets may still send to the sign-in: its list of orders was refused.
_STEADY = timedelta(seconds=1.5)
#: What Playwright says where a person closed the window, or went elsewhere in it, before the page was there.
_BY_HAND = ("has been closed", "ERR_ABORTED", "interrupted by another navigation")
_LONGEST = timedelta(seconds=30)
_LONGEST_MS = _LONGEST.total_seconds() * 1000


async def ask_whether_signed_in(context: BrowserContext, *, site_url: str) -> bool | None:
    """Whether the shop shows its owner the list of orders, on a tab of its own; None where no page tells.

    The list, as a page may greet somebody by name whom it sends to the sign-in for anything of worth. The session is
    renewed by it.

    Raises:
        BrowserLost: the browser is gone.
    """
    with without_playwright("the shop could not be asked"):
        page = await context.new_page()
        try:
            async with asyncio.timeout(_LONGEST.total_seconds()):
                await page.goto(f"{site_url}{ORDERS}", timeout=_LONGEST_MS, wait_until="domcontentloaded")
                return await _until_steady(page)
        except TimeoutError:
            return None
        finally:
            await page.close()


async def wait_for_person(context: BrowserContext, *, site_url: str) -> bool:
    """Show the sign-in, and wait for as long as a person takes; whether somebody is signed in, or closed the window.

    Raises:
        BrowserLost: the browser is gone.
    """
    with without_playwright("the shop's sign-in could not be shown"):
        page = await context.new_page()
        try:
            await page.goto(f"{site_url}{SIGN_IN}", timeout=_LONGEST_MS, wait_until="domcontentloaded")
        except PlaywrightError as error:
            if not any(words in str(error) for words in _BY_HAND):
                raise
        while pages := context.pages:
            for one in pages:
                if await _greets(one):
                    return True
            await asyncio.sleep(_EVERY.total_seconds())
        return False


async def _until_steady(page: Page) -> bool:
    """What the page says of who is there, once it has said the same for a while."""
    loop = asyncio.get_running_loop()
    last, since = None, loop.time()
    while True:
        answer = False if _is_sign_in(page) else await _read(page)
        if answer is not last:
            last, since = answer, loop.time()
        if last is not None and loop.time() - since >= _STEADY.total_seconds():
            return last
        await asyncio.sleep(_EVERY.total_seconds())


async def _greets(page: Page) -> bool:
    return not _is_sign_in(page) and await _read(page) is True


def _is_sign_in(page: Page) -> bool:
    return kind_of(urlsplit(page.url).path) is PageKind.SIGN_IN


async def _read(page: Page) -> bool | None:
    """What its head says now; None also while it goes elsewhere."""
    try:
        texts = await page.locator(_ACCOUNT).all_inner_texts()
    except PlaywrightError:
        return None
    return next((answer for text in texts if (answer := read_account(text)) is not None), None)
