"""Reads the order list on a tab of its own: what its page loads is overheard, nothing is asked for by us."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from datetime import datetime

from playwright.async_api import Page

from config.clock import Now
from config.products import Channel
from purchasing.checkout import pages
from purchasing.checkout.buyer.order_list import OrderList, join_lists, read_order_list
from purchasing.checkout.buyer.stages import BETWEEN_LOOKS, PATIENCE
from purchasing.checkout.buyer.tab import NO_PRODUCT, Tab, WentElsewhere
from purchasing.checkout.buyer.tabs import Tabs
from purchasing.checkout.model import Call, End, Go, Need, Observation, Seen, Wanted
from purchasing.checkout.obstacles import challenge, end_refused, sign_in
from purchasing.checkout.view import View
from purchasing.checkout.witness import is_good, is_under_way
from purchasing.errors import NothingOrdered, OrdersUnreadable

#: Keeps a picture of the list's page; the name of its file, None where there is none.
TakePicture = Callable[[Page], Awaitable[str | None]]


async def take_none(_page: Page) -> None:
    """No picture is wanted."""


async def read_orders(tabs: Tabs, *, now: Now, take_picture: TakePicture = take_none) -> OrderList:
    """One reading. `take_picture` is for where the owner is needed.

    Raises:
        OrdersUnreadable: the list can't tell now.
    """
    try:
        async with tabs.order_list() as tab, asyncio.timeout(PATIENCE.total_seconds()):
            tab.forget_calls()
            with contextlib.suppress(WentElsewhere):
                await tab.go(Go(address=pages.ORDERS))
            try:
                answers = await _overhear(tab)
                is_whole = not tab.lacks_orders
            except OrdersUnreadable as error:
                if error.need is not None:
                    error.picture = await take_picture(tab.page)
                raise
    except TimeoutError as error:
        raise OrdersUnreadable(f"the order list did not come within {PATIENCE.seconds} s") from error
    except NothingOrdered as error:
        raise OrdersUnreadable(f"the order list could not be opened: {error}") from error
    parts = [read_order_list(body, shop_time=shop_time, at=now()) for body, shop_time in answers]
    return join_lists(parts, is_whole=is_whole)


async def _overhear(tab: Tab) -> list[tuple[bytes, datetime | None]]:
    """The list as the page loads it, in one part or several, with the time that each answer bears.

    Raises:
        OrdersUnreadable: it is refused, or the page asks for the owner.
    """
    while True:
        calls = [call for call in tab.calls if call.call is Call.ORDERS]
        if tab.order_lists and not any(map(is_under_way, calls)):
            return tab.order_lists
        with contextlib.suppress(WentElsewhere):
            if (need := _find_need((await tab.look(NO_PRODUCT)).seen)) is not None:
                asked = "shows a challenge" if need is Need.CHALLENGE else "asks for a sign-in"
                raise OrdersUnreadable(f"the shop {asked} in place of the order list", need=need)
        if calls and not any(is_good(call) or is_under_way(call) for call in calls):
            need = end_refused(calls[-1], "to show it").need
            raise OrdersUnreadable(f"the order list was answered with {calls[-1].status or 'nothing'}", need=need)
        await asyncio.sleep(BETWEEN_LOOKS.total_seconds())


def _find_need(seen: Seen) -> Need | None:
    """What the page wants from the owner before it shows the list."""
    view = View(Observation(seen=seen), Wanted(tcin=NO_PRODUCT, quantity=0, channel=Channel.ANY))
    acts = (rule(view) for rule in (challenge, sign_in))
    return next((act.need for act in acts if isinstance(act, End)), None)
