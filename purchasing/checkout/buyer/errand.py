"""The attempt under way in the browser."""

import asyncio
import contextlib
from dataclasses import dataclass, field

from playwright.async_api import Locator

from purchasing.checkout.buyer.order_list import OrderList
from purchasing.checkout.buyer.tab import Tab
from purchasing.checkout.model import Wanted
from purchasing.model import Attempt


@dataclass(slots=True, kw_only=True)
class Errand:
    """One attempt with its tab, from the first page to the outcome."""

    attempt: int
    tab: Tab
    #: The order list, read on a tab of its own beside the way to the button; None where only the cart is cleaned.
    orders: asyncio.Task[OrderList] | None
    #: Who sells it, by the product's page.
    seller: str | None = None
    #: Where the button was last seen, at rest and uncovered.
    button: Locator | None = None
    #: What the pages are known by can be told: the last one was reached, or something was not where it always was.
    tells_markers: bool = False
    #: Lets the press go, so long as it is on its way.
    press: asyncio.Timeout | None = None
    #: When the button was pressed, on the event loop's clock.
    pressed_at: float | None = None
    #: The browser stays as it is so long.
    hold: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)


def wanted_of(attempt: Attempt) -> Wanted:
    return Wanted(tcin=attempt.tcin, quantity=attempt.quantity, channel=attempt.channel)
