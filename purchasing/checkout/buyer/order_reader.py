"""Reads the order list on a tab of its own: what its page loads is overheard, nothing is asked for by us."""

import asyncio
import contextlib
from datetime import datetime

from config.clock import Now
from config.products import Channel
from purchasing.checkout import pages
from purchasing.checkout.buyer.order_list import OrderList, read_order_list
from purchasing.checkout.buyer.stages import BETWEEN_LOOKS, PATIENCE
from purchasing.checkout.buyer.tab import NO_PRODUCT, Tab, WentElsewhere
from purchasing.checkout.buyer.tabs import Tabs
from purchasing.checkout.model import Call, Go, Observation, Seen, Wanted
from purchasing.checkout.view import View
from purchasing.checkout.witness import is_good, is_under_way
from purchasing.errors import NothingOrdered, OrdersUnreadable


async def read_orders(tabs: Tabs, *, now: Now) -> OrderList:
    """One reading.

    Raises:
        OrdersUnreadable: the list can't tell now.
    """
    try:
        async with tabs.order_list() as tab, asyncio.timeout(PATIENCE.total_seconds()):
            tab.forget_calls()
            with contextlib.suppress(WentElsewhere):
                await tab.go(Go(address=pages.ORDERS))
            body, shop_time = await _overhear(tab)
    except TimeoutError as error:
        raise OrdersUnreadable(f"the order list did not come within {PATIENCE.seconds} s") from error
    except NothingOrdered as error:
        raise OrdersUnreadable(f"the order list could not be opened: {error}") from error
    return read_order_list(body, shop_time=shop_time, at=now())


async def _overhear(tab: Tab) -> tuple[bytes, datetime | None]:
    """The list as the page loads it, with the time that the answer bears.

    Raises:
        OrdersUnreadable: it is refused, or the page asks for the owner.
    """
    while tab.order_list is None:
        calls = [call for call in tab.calls if call.call is Call.ORDERS]
        if calls and not any(is_good(call) or is_under_way(call) for call in calls):
            raise OrdersUnreadable(f"the order list was answered with {calls[-1].status or 'nothing'}")
        with contextlib.suppress(WentElsewhere):
            if why := why_no_list((await tab.look(NO_PRODUCT)).seen):
                raise OrdersUnreadable(why)
        await asyncio.sleep(BETWEEN_LOOKS.total_seconds())
    return tab.order_list


def why_no_list(seen: Seen) -> str | None:
    """Why this page will not show the order list, else None."""
    view = View(Observation(seen=seen), Wanted(tcin=NO_PRODUCT, quantity=0, channel=Channel.ANY))
    if view.shows(pages.MarkerName.CHALLENGE) or view.says(pages.Phrase.CHALLENGE):
        return "the shop shows a challenge in place of the order list"
    if view.kind is pages.PageKind.SIGN_IN or view.shows(pages.MarkerName.SIGN_IN_FORM, pages.MarkerName.PASSWORD):
        return "the shop asks for a sign-in in place of the order list"
    return None
