"""The browser's tabs: kept ones on the pages of the highest products, and one for the order list."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import timedelta

from config.products import Channel, Tcin
from purchasing.checkout import pages
from purchasing.checkout.browser import CheckoutBrowser
from purchasing.checkout.buyer.tab import Tab, WentElsewhere
from purchasing.checkout.model import Go, Observation, Wanted
from purchasing.checkout.view import View
from purchasing.errors import BrowserLost, NothingOrdered

log = logging.getLogger(__name__)

#: What an older page says of the cart counts no more: the owner may have put something into it since.
FRESH = timedelta(seconds=30)

#: Whether a page that nobody buys on may be loaded now; where it may, it counts in the budget of requests.
MayLoad = Callable[[], bool]


def always() -> bool:
    """Without a budget of requests."""
    return True


class Tabs:
    """Whoever takes a tab has it alone until it is given back."""

    def __init__(self, browser: CheckoutBrowser, *, site_url: str, may_load: MayLoad = always) -> None:
        self._browser = browser
        self._site_url = site_url
        self._may_load = may_load
        #: Kept on the pages of these products, so that a purchase begins on a page that is there already.
        self._kept: dict[Tcin, Tab] = {}
        #: Those of them whose page is on its way.
        self._loading: set[Tab] = set()
        #: How many purchases have begun, and the tab of the last one.
        self._takes = 0
        self._taken: Tab | None = None
        self._orders: Tab | None = None
        self._orders_alone = asyncio.Lock()
        self._orders_opening = asyncio.Lock()

    # ---- for purchases

    async def take(self, tcin: Tcin) -> Tab:
        """A tab for a purchase: the one kept for this product, else a new one.

        A kept page is loaded anew first where its button can't be pressed, as it was loaded before the restock, where
        it counts something in the cart, which may have been taken out since, and where it is old: the owner may have
        put something in.

        Raises:
            NothingOrdered: there is no browser.
        """
        self._takes += 1
        await self._have_order_list()  # before, as a tab that is opened comes to the front
        self._taken = await self._take_kept(tcin) or await self._open()
        return self._taken

    async def _take_kept(self, tcin: Tcin) -> Tab | None:
        tab = self._kept.pop(tcin, None)
        if tab is None or not await self.is_alive(tab):
            return None
        try:
            await tab.come_to_front()
            with contextlib.suppress(WentElsewhere):
                # One that is on its way still shows what goes in a moment.
                if tab in self._loading or tab.age > FRESH or _is_stale(await tab.look(tcin), tcin):
                    tab.forget_calls()
                    await tab.go(Go(address=pages.product_address(tcin)))
        except NothingOrdered as error:
            log.info("tabs.not_kept", extra={"tcin": tcin, "why": str(error)})
            await tab.close()
            return None
        return tab

    async def give_back(self, tab: Tab) -> None:
        await tab.close()

    # ---- between purchases

    async def keep(self, tcins: Sequence[Tcin]) -> bool:
        """Keep a tab on the page of each of these, and none on any other; whether no purchase came in between.

        A page that fails, or for which the budget has no room, is tried again the next time.

        Raises:
            NothingOrdered: there is no browser.
        """
        takes = self._takes
        for tcin in [one for one in self._kept if one not in tcins]:
            await self.drop(tcin)
        await self._have_order_list()
        for tcin in tcins:
            tab = self._kept.get(tcin)
            if tab is not None and await self.is_alive(tab):
                continue
            await self.drop(tcin)
            if self._takes == takes and self._may_load():
                await self._begin(tcin)
        return self._takes == takes

    async def _begin(self, tcin: Tcin) -> None:
        takes, tab = self._takes, await self._open()
        if self._takes != takes:  # it came before the tab of a purchase, which has to be in front
            await tab.close()
            if self._taken is not None:
                await self._taken.come_to_front()
            return
        self._kept[tcin] = tab
        try:
            await self._load(tab, tcin)
        except (NothingOrdered, WentElsewhere) as error:
            log.info("tabs.not_kept", extra={"tcin": tcin, "why": str(error)})
            if self.kept(tcin) is tab:
                await self.drop(tcin)

    async def load_anew(self, tcin: Tcin) -> Tab | None:
        """Load a kept page anew; its tab, None where none is kept.

        Raises:
            NothingOrdered: it can't be loaded, or a purchase took the tab.
            WentElsewhere: it went elsewhere on its way.
        """
        tab = self.kept(tcin)
        if tab is not None:
            await self._load(tab, tcin)
        return tab

    async def _load(self, tab: Tab, tcin: Tcin) -> None:
        tab.forget_calls()
        self._loading.add(tab)
        try:
            await tab.go(Go(address=pages.product_address(tcin)))
        finally:
            self._loading.discard(tab)

    async def keep_none(self) -> None:
        for tcin in list(self._kept):
            await self.drop(tcin)

    async def drop(self, tcin: Tcin) -> None:
        """Keep no tab on this product's page."""
        tab = self._kept.pop(tcin, None)
        if tab is not None:
            await tab.close()

    def kept(self, tcin: Tcin) -> Tab | None:
        return self._kept.get(tcin)

    # ---- the order list

    @contextlib.asynccontextmanager
    async def order_list(self) -> AsyncIterator[Tab]:
        """The tab of the order list, for one at a time; after one that failed, the next has another tab.

        Raises:
            NothingOrdered: there is no browser.
        """
        async with self._orders_alone:
            tab = await self._have_order_list()
            try:
                yield tab
            except Exception:  # whatever it is, a page that hangs would fail everybody after it
                if self._orders is tab:
                    self._orders = None
                await tab.close()
                raise

    async def _have_order_list(self) -> Tab:
        async with self._orders_opening:
            if self._orders is None or not await self.is_alive(self._orders):
                self._orders = await self._open()
            return self._orders

    async def _open(self) -> Tab:
        context = await self._browser.context()
        try:
            return await Tab.open(context, site_url=self._site_url)
        except BrowserLost as error:
            self._browser.distrust(str(error))
            raise

    async def is_alive(self, tab: Tab) -> bool:
        """Whether it belongs to the browser that runs now."""
        return tab.is_open and tab.page.context is await self._browser.context()


def _is_stale(page: Observation, tcin: Tcin) -> bool:
    view = View(page, Wanted(tcin=tcin, quantity=0, channel=Channel.ANY))
    button = view.found(pages.MarkerName.ADD)
    can_be_pressed = button is not None and button.visible and button.enabled
    return not can_be_pressed or bool(view.count or view.last_items())
