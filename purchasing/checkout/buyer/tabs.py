"""The browser's tabs: kept ones on the pages of the highest products, and one for the order list."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence

from config.products import Channel, Tcin
from purchasing.checkout import pages
from purchasing.checkout.browser import CheckoutBrowser
from purchasing.checkout.buyer.tab import Tab, WentElsewhere
from purchasing.checkout.model import Go, Observation, Wanted
from purchasing.checkout.view import View


class Tabs:
    """Whoever takes a tab has it alone until it is given back."""

    def __init__(self, browser: CheckoutBrowser, *, site_url: str) -> None:
        self._browser = browser
        self._site_url = site_url
        #: Kept on the pages of these products, so that a purchase begins on a page that is there already.
        self._kept: dict[Tcin, Tab] = {}
        self._orders: Tab | None = None
        self._orders_alone = asyncio.Lock()

    async def take(self, tcin: Tcin) -> Tab:
        """A tab for a purchase: the one kept for this product, else a new one.

        A kept page is loaded anew first where its button can't be pressed, as it was loaded before the restock, and
        where it counts something in the cart, which may have been taken out since.

        Raises:
            NothingOrdered: there is no browser.
        """
        await self._have_order_list()  # before, as a tab that is opened comes to the front
        tab = self._kept.pop(tcin, None)
        if tab is None or not await self._is_alive(tab):
            return await self._open()
        await tab.come_to_front()
        with contextlib.suppress(WentElsewhere):
            if _is_stale(await tab.look(tcin), tcin):
                tab.forget_calls()
                await tab.go(Go(address=pages.product_address(tcin)))
        return tab

    async def give_back(self, tab: Tab) -> None:
        await tab.close()

    async def keep(self, tcins: Sequence[Tcin]) -> None:
        """Keep a tab on the page of each of these, and none on any other.

        Raises:
            NothingOrdered: there is no browser.
            WentElsewhere: a page went elsewhere on its way.
        """
        for tcin in [one for one in self._kept if one not in tcins]:
            await self._kept.pop(tcin).close()
        for tcin in tcins:
            tab = self._kept.get(tcin)
            if tab is None or not await self._is_alive(tab):
                self._kept[tcin] = tab = await self._open()
                await tab.go(Go(address=pages.product_address(tcin)))

    async def keep_none(self) -> None:
        while self._kept:
            await self._kept.popitem()[1].close()

    def kept(self, tcin: Tcin) -> Tab | None:
        return self._kept.get(tcin)

    @contextlib.asynccontextmanager
    async def order_list(self) -> AsyncIterator[Tab]:
        """The tab of the order list, for one at a time.

        Raises:
            NothingOrdered: there is no browser.
        """
        async with self._orders_alone:
            yield await self._have_order_list()

    async def _have_order_list(self) -> Tab:
        if self._orders is None or not await self._is_alive(self._orders):
            self._orders = await self._open()
        return self._orders

    async def _open(self) -> Tab:
        return await Tab.open(await self._browser.context(), site_url=self._site_url)

    async def _is_alive(self, tab: Tab) -> bool:
        """Whether it belongs to the browser that runs now."""
        return tab.is_open and tab.page.context is await self._browser.context()


def _is_stale(page: Observation, tcin: Tcin) -> bool:
    view = View(page, Wanted(tcin=tcin, quantity=0, channel=Channel.ANY))
    button = view.found(pages.MarkerName.ADD)
    can_be_pressed = button is not None and button.visible and button.enabled
    return not can_be_pressed or bool(view.count or view.last_items())
