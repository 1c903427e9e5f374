"""Keeps the pages of the highest products open, and looks at one of them every so often."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta

from config.products import Tcin
from purchasing.checkout import pages
from purchasing.checkout.browser import CheckoutBrowser
from purchasing.checkout.buyer.stages import BETWEEN_LOOKS
from purchasing.checkout.buyer.tab import Tab, WentElsewhere
from purchasing.checkout.buyer.tabs import Tabs
from purchasing.checkout.model import Go, PageStock
from purchasing.checkout.watch.page_stock import read_page
from purchasing.errors import NothingOrdered

log = logging.getLogger(__name__)

#: Between two looks at which pages are wanted.
EVERY = timedelta(seconds=5)
#: What a page is given to tell something certain.
SETTLING = timedelta(seconds=15)

Wanted = Callable[[int], Awaitable[Sequence[Tcin]]]
OnPage = Callable[[PageStock], Awaitable[None]]


class PageWatch:
    """In `rehearse` and `live` alone, and never during an attempt: then no page is wanted."""

    def __init__(
        self,
        *,
        browser: CheckoutBrowser,
        tabs: Tabs,
        wanted: Wanted,
        on_page: OnPage,
        on_signed_in: Callable[[], Awaitable[None]],
        on_signed_out: Callable[[str], Awaitable[None]],
        most: int,
        look_every: timedelta,
    ) -> None:
        self._browser = browser
        self._tabs = tabs
        self._wanted = wanted
        self._on_page = on_page
        self._on_signed_in = on_signed_in
        self._on_signed_out = on_signed_out
        self._most = most
        self._look_every = look_every
        #: Whose turn it is, in the order of the list.
        self._turn = 0

    async def run(self) -> None:
        """Until cancelled."""
        clock = asyncio.get_running_loop().time
        due = clock()
        while True:
            try:
                if tcins := await self._wanted(self._most):
                    await self._tabs.keep(tcins)
                    if clock() >= due:
                        due = clock() + self._look_every.total_seconds()
                        await self._look_at(tcins[self._turn % len(tcins)])
                        self._turn += 1
                else:
                    await self._tabs.keep_none()
            except (NothingOrdered, WentElsewhere) as error:
                log.info("page_watch.no_page", extra={"why": str(error)})
            await asyncio.sleep(EVERY.total_seconds())

    async def _look_at(self, tcin: Tcin) -> None:
        """Load the page anew, which renews the session too, and tell what it says."""
        tab = self._tabs.kept(tcin)
        if tab is None:
            return
        with self._browser.in_use():
            await tab.go(Go(address=pages.product_address(tcin)))
            try:
                async with asyncio.timeout(SETTLING.total_seconds()):
                    page = await _read(tab, tcin)
            except TimeoutError:
                log.info("page_watch.unread", extra={"tcin": tcin})
                return
            if page.signed_in:
                await self._browser.store_session()
        if page.signed_in:
            await self._on_signed_in()
        else:
            await self._on_signed_out("a page of the shop says that nobody is signed in")
        await self._on_page(page)


async def _read(tab: Tab, tcin: Tcin) -> PageStock:
    while True:
        try:
            page = read_page((await tab.look(tcin)).seen, tcin)
        except WentElsewhere:
            page = None
        if page is not None:
            return page
        await asyncio.sleep(BETWEEN_LOOKS.total_seconds())
