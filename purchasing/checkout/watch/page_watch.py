"""Keeps the pages of the highest products open, and looks at one of them every so often."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from config.products import Tcin
from monitor.model import StockState
from purchasing.checkout.browser import CheckoutBrowser
from purchasing.checkout.buyer.tab import Tab, WentElsewhere
from purchasing.checkout.buyer.tabs import MayLoad, Tabs, always
from purchasing.checkout.model import PageStock
from purchasing.checkout.watch.page_stock import read_page
from purchasing.errors import NothingOrdered

log = logging.getLogger(__name__)

Wanted = Callable[[int], Awaitable[Sequence[Tcin] | None]]
OnPage = Callable[[PageStock], Awaitable[None]]

#: However seldom pages are to be looked at: a look renews the session, which lives for some four hours.
RENEWED_EVERY = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchPace:
    """How often pages are seen to, and how long one is read."""

    #: Between two looks at which pages are wanted.
    every: timedelta = timedelta(seconds=5)
    #: Between two readings of a page.
    reading: timedelta = timedelta(seconds=0.25)
    #: What a page has said for so long counts: one that comes to life says "Sign in", and "Out of stock", for a moment.
    rest: timedelta = timedelta(seconds=1)
    #: What a page is given to say something good; after it counts what it said at last.
    settling: timedelta = timedelta(seconds=15)


class PageWatch:
    """In `rehearse` and `live` alone, and never during an attempt."""

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
        may_load: MayLoad = always,
        pace: WatchPace | None = None,
    ) -> None:
        """`wanted` gives the products whose pages are wanted, and None where all is to be left as it is."""
        self._browser = browser
        self._tabs = tabs
        self._wanted = wanted
        self._on_page = on_page
        self._on_signed_in = on_signed_in
        self._on_signed_out = on_signed_out
        self._most = most
        self._look_every = min(look_every, RENEWED_EVERY)
        self._may_load = may_load
        self._pace = pace or WatchPace()
        #: Whose turn it is, in the order of the list, and when.
        self._turn = 0
        self._due = 0.0
        #: The browser's context in which a page was last looked at.
        self._generation = 0

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                await self._see_to_pages()
            except (NothingOrdered, WentElsewhere) as error:
                log.info("page_watch.no_page", extra={"why": str(error)})
            await asyncio.sleep(self._pace.every.total_seconds())

    async def _see_to_pages(self) -> None:
        tcins = await self._wanted(self._most)
        if tcins is None:
            return
        if not tcins:
            await self._tabs.keep_none()
            return
        if await self._tabs.keep(tcins) and self._is_due() and self._may_load():
            self._due = asyncio.get_running_loop().time() + self._look_every.total_seconds()
            self._generation = self._browser.generation
            tcin = tcins[self._turn % len(tcins)]
            self._turn += 1
            await self._look_at(tcin)

    def _is_due(self) -> bool:
        """At once where the browser goes on in another session: somebody may have signed in again."""
        is_new = self._browser.generation != self._generation
        return is_new or asyncio.get_running_loop().time() >= self._due

    async def _look_at(self, tcin: Tcin) -> None:
        """Load the page anew, which renews the session too, and tell what it says."""
        with self._browser.in_use():
            try:
                tab = await self._tabs.load_anew(tcin)
                page = None if tab is None else await self._read(tab, tcin)
            except NothingOrdered:
                await self._tabs.drop(tcin)  # one that does not answer is replaced
                raise
            if page is not None:
                self._browser.note_account(signed_in=page.signed_in)
                if page.signed_in:
                    await self._browser.store_session()
        if page is None:
            log.info("page_watch.unread", extra={"tcin": tcin})
            return
        if page.signed_in:
            await self._on_signed_in()
        else:
            await self._on_signed_out("a page of the shop says that nobody is signed in")
        await self._on_page(page)

    async def _read(self, tab: Tab, tcin: Tcin) -> PageStock | None:
        """What it says at rest; None where that is nothing certain, and where a purchase takes the tab."""
        clock, pace = asyncio.get_running_loop().time, self._pace
        began = since = clock()
        page: PageStock | None = None
        while self._tabs.kept(tcin) is tab:
            last, page = page, None
            with contextlib.suppress(WentElsewhere):
                page = read_page((await tab.look(tcin)).seen, tcin)
            if page != last:
                since = clock()
            is_at_rest = page is not None and clock() - since >= pace.rest.total_seconds()
            if is_at_rest and page is not None and page.signed_in and page.state is not StockState.UNKNOWN:
                return page
            if clock() - began >= pace.settling.total_seconds():
                return page if is_at_rest else None
            await asyncio.sleep(pace.reading.total_seconds())
        return None
