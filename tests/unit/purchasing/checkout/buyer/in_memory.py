"""Pages and a browser in memory, which fail as those of a browser may."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, Self, cast

import msgspec
from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Page

from purchasing.checkout.browser import CheckoutBrowser
from purchasing.checkout.buyer.tab import Tab
from purchasing.checkout.buyer.tabs import Tabs
from purchasing.checkout.model import Observation
from tests.unit.purchasing.checkout.sights import ORDER, a_sight

MOVED = PlaywrightError("Execution context was destroyed, most likely because of a navigation")
BROKEN = PlaywrightError("the page is broken")
GONE = PlaywrightError("Target page, context or browser has been closed")
LIST = b'{"orders": [{"order_number": "%s", "placed_date": "2026-11-22T14:03:22-06:00"}]}' % ORDER.encode()


class PageInMemory:
    """Shows one sight after another, the last for ever; of those that are errors, each is raised."""

    def __init__(self, *shows: Observation | PlaywrightError) -> None:
        self._shows = list(shows)
        self.hangs = False
        #: Raised by the next that is done to something on the page.
        self.trouble: PlaywrightError | None = None
        #: Called when the page is sent to an address.
        self.on_goto: Callable[[], object] = lambda: None
        self._listeners: dict[str, Callable[[Any], None]] = {}
        #: Where it is, as the browser of `BrowserInMemory`.
        self.context: object = None
        self.opened: list[str] = []
        self.clicks = 0

    async def bring_to_front(self) -> None:
        pass

    async def goto(self, address: str, **_how: object) -> None:
        self.opened.append(address)
        self.on_goto()

    def on(self, event: str, listener: Callable[[Any], None]) -> None:
        self._listeners[event] = listener

    def tell(self, event: str, what: object) -> None:
        self._listeners[event](what)

    def is_closed(self) -> bool:
        return False

    async def evaluate(self, _expression: str, **how: float) -> object:
        if how:  # of an element, and not of the whole page
            await self._act()
            return None
        shown = self._shows.pop(0) if len(self._shows) > 1 else self._shows[0]
        if isinstance(shown, PlaywrightError):
            raise shown
        return msgspec.to_builtins(shown.seen)

    def locator(self, _selector: str) -> Self:
        return self

    @property
    def first(self) -> Self:
        return self

    async def click(self, **_how: object) -> None:
        self.clicks += 1
        await self._act()

    async def close(self) -> None:
        await self._act()

    async def _act(self) -> None:
        if self.hangs:
            await asyncio.Event().wait()
        trouble, self.trouble = self.trouble, None
        if trouble is not None:
            raise trouble


class BrowserInMemory:
    """Its tabs are those given, one after the other."""

    def __init__(self, *pages: PageInMemory) -> None:
        self._pages = list(pages)
        for page in pages:
            page.context = self

    async def context(self) -> Self:
        return self

    async def new_page(self) -> PageInMemory:
        return self._pages.pop(0)

    def in_use(self) -> AbstractContextManager[None]:
        return nullcontext()

    def note_account(self, *, signed_in: bool) -> None:
        pass


@dataclass(frozen=True, eq=False)
class Requested:
    method: str = "POST"
    url: str = "http://127.0.0.1/web_checkouts/v1/checkout"


@dataclass(frozen=True)
class Answered:
    request: Requested
    status: int
    holds: bytes
    ok: bool = True

    async def all_headers(self) -> Mapping[str, str]:
        return {}

    async def body(self) -> bytes:
        return self.holds


def tab_of(page: PageInMemory) -> Tab:
    return Tab(cast("Page", page), site_url="http://127.0.0.1")


def tabs_of(*pages: PageInMemory) -> Tabs:
    return Tabs(cast("CheckoutBrowser", BrowserInMemory(*pages)), site_url="http://127.0.0.1")


def a_list_page(*answers: tuple[int, bytes], in_parts: bool = True) -> PageInMemory:
    """Its script asks for the list as often as there are answers, all at once; they come in this order.

    Each for another part, or all for the same one.
    """
    page = PageInMemory(a_sight("/orders"))

    def load() -> None:
        url = "http://127.0.0.1/post_orders/v1/orders/history"
        asked = [Requested(method="GET", url=f"{url}?{number * in_parts}") for number, _ in enumerate(answers)]
        for request in asked:
            page.tell("request", request)
        for number, (request, (status, body)) in enumerate(zip(asked, answers, strict=True)):
            answer = Answered(request, status, body, ok=status == 200)
            asyncio.get_running_loop().call_later(1 + number, page.tell, "response", answer)

    page.on_goto = load
    return page
