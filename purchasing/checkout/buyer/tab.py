"""One tab of the browser: what it shows and what its page calls, and the few things that are done on it."""

import asyncio
import contextlib
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Self

from playwright.async_api import BrowserContext, Locator, Page, Request, Response
from playwright.async_api import Error as PlaywrightError
from playwright.async_api import TimeoutError as PlaywrightTimeout

from config.products import Tcin
from purchasing.checkout.model import Answer, Call, Choose, Click, Go, Observation
from purchasing.checkout.pages import selector
from purchasing.checkout.sight import UnreadableSight, decode_seen, observing_expression
from purchasing.checkout.witness import is_good, read_answer
from purchasing.errors import BrowserLost, NothingOrdered

#: In which a browser that works opens a tab, many times over.
OPENING = timedelta(seconds=8)
#: A page that does not answer for so long hangs.
LOOKING = timedelta(seconds=5)
#: What a click waits for its target to be there, to rest, and to be uncovered.
CLICKING = timedelta(seconds=5)
#: What an address may take to begin to answer.
GOING = timedelta(seconds=20)

#: What a tab may take to go.
CLOSING = timedelta(seconds=2)

#: Where a page of no product is looked at.
NO_PRODUCT = Tcin("0")

#: Of a call that is overheard no more is read.
_BODY = 2**20

#: Where a list of orders was once, and is no more.
_RETIRED = (HTTPStatus.NOT_FOUND, HTTPStatus.GONE)


class WentElsewhere(Exception):
    """The page went elsewhere while it was looked at; another look tells."""


class ClickFailed(NothingOrdered):
    """A click or a choice found nothing to reach; the page may have changed since it was looked at."""


class Tab:
    """One tab. Nothing is clicked but what a stage asks for, and nothing is sent to the shop but by its own page."""

    def __init__(self, page: Page, *, site_url: str) -> None:
        self.page = page
        self._site_url = site_url
        self._overheard: dict[Request, Answer] = {}
        #: The answers that hold the order list or a part of it, and the time that each bears.
        self.order_lists: list[tuple[bytes, datetime | None]] = []
        #: The markers that were seen on any of its pages.
        self.shown: set[str] = set()
        self._heard = asyncio.Event()
        self._reading: set[asyncio.Task[None]] = set()
        self._is_gone = False
        self._loaded_at = 0.0
        page.on("crash", self._on_crash)
        page.on("request", self._on_request)
        page.on("response", self._on_response)
        page.on("requestfailed", self._on_failed)
        page.on("close", lambda _: self._heard.set())

    @classmethod
    async def open(cls, context: BrowserContext, *, site_url: str) -> Self:
        """Raises BrowserLost: the browser gives none."""
        with _translated():
            try:
                async with asyncio.timeout(OPENING.total_seconds()):
                    page = await context.new_page()
            except TimeoutError as error:
                raise BrowserLost(f"the browser opened no tab for {OPENING.seconds} s") from error
        return cls(page, site_url=site_url)

    async def come_to_front(self) -> None:
        """A page behind another one draws a frame a second, and a click waits for two."""
        with self._reached():
            await self.page.bring_to_front()

    @property
    def is_open(self) -> bool:
        return not (self._is_gone or self.page.is_closed())

    @property
    def age(self) -> timedelta:
        """How long ago its page was opened by its address."""
        return timedelta(seconds=asyncio.get_running_loop().time() - self._loaded_at)

    # ---- what is seen

    def forget_calls(self) -> None:
        """Overhear anew: what was called until now is of no interest any more."""
        self._overheard.clear()
        self.order_lists = []

    @property
    def calls(self) -> tuple[Answer, ...]:
        return tuple(self._overheard.values())

    @property
    def lacks_orders(self) -> bool:
        """A part of the order list was asked for and did not come, however often it was asked for."""
        came: dict[str, bool] = {}
        for request, answer in self._overheard.items():
            if answer.call is Call.ORDERS and answer.status not in _RETIRED:
                came[request.url] = came.get(request.url, False) or is_good(answer)
        return not all(came.values())

    async def until_heard(self, wanted: Callable[[], bool], *, within: timedelta) -> bool:
        """Wait until it has come to this, by what was overheard or as the tab is closed; whether it did in time."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within.total_seconds()):
                while not wanted():
                    self._heard.clear()
                    await self._heard.wait()
        return wanted()

    async def look(self, tcin: Tcin) -> Observation:
        """One look at everything.

        Raises:
            WentElsewhere: it went elsewhere meanwhile.
            NothingOrdered: it can't be looked at.
        """
        with self._reached():
            try:
                async with asyncio.timeout(LOOKING.total_seconds()):
                    raw = await self.page.evaluate(observing_expression(tcin))
            except TimeoutError as error:
                raise NothingOrdered(f"the page did not answer for {LOOKING.seconds} s") from error
        try:
            seen = decode_seen(raw)
        except UnreadableSight as error:
            raise NothingOrdered(str(error)) from error
        self.shown.update(seen.found)
        return Observation(seen=seen, calls=self.calls)

    # ---- what is done

    async def go(self, act: Go) -> None:
        address = self._site_url + act.address
        self._loaded_at = asyncio.get_running_loop().time()
        with self._reached():
            await self.page.goto(address, wait_until="commit", timeout=_ms(GOING))

    async def click(self, act: Click, *, number: int) -> None:
        """Click what the last look found. A click that returns is not yet one that happened.

        Raises:
            ClickFailed: it never was there, at rest and uncovered, so far as can be told.
        """
        with self._reached(f"{act.marker} could not be clicked", kind=ClickFailed):
            await self.locate(act.marker, number, tcin=act.tcin or NO_PRODUCT).click(timeout=_ms(CLICKING))

    async def choose(self, act: Choose, *, number: int) -> None:
        with self._reached(f"{act.marker} could not be set to {act.value}", kind=ClickFailed):
            where = self.locate(act.marker, number, tcin=act.tcin or NO_PRODUCT)
            await where.select_option(act.value, timeout=_ms(CLICKING))

    async def bring_to_middle(self, marker: str, number: int, *, tcin: Tcin) -> None:
        """Scroll to it. Raises NothingOrdered."""
        with self._reached(f"{marker} could not be scrolled to"), contextlib.suppress(PlaywrightTimeout):
            where = self.locate(marker, number, tcin=tcin)
            await where.evaluate("element => element.scrollIntoView({block: 'center'})", timeout=_ms(LOOKING))

    def locate(self, marker: str, number: int, *, tcin: Tcin) -> Locator:
        """What the last look found: `number` is that of the marker's selector which led to it."""
        return self.page.locator(f"{selector(marker, number, tcin)} >> visible=true").first

    async def close(self) -> None:
        """One that hangs is left: it goes with its browser, and nobody waits for it."""
        with contextlib.suppress(PlaywrightError, TimeoutError):
            async with asyncio.timeout(CLOSING.total_seconds()):
                await self.page.close()

    def _on_crash(self, _page: Page) -> None:
        """The page is gone, while its tab is still there."""
        self._is_gone = True

    @contextlib.contextmanager
    def _reached(self, failed: str | None = None, *, kind: type[NothingOrdered] = NothingOrdered) -> Iterator[None]:
        """Whatever is done on the page. Of a driver that died nothing tells but that it can't be done any more."""
        try:
            with _translated(failed, kind=kind):
                yield
        except BrowserLost:
            self._is_gone = True
            self._heard.set()
            raise

    # ---- what is overheard

    def _on_request(self, request: Request) -> None:
        if (answer := read_answer(request.method, request.url)) is not None:
            self._hear(request, answer)

    def _on_response(self, response: Response) -> None:
        if response.request in self._overheard:
            task = asyncio.ensure_future(self._read(response))
            self._reading.add(task)
            task.add_done_callback(self._reading.discard)

    async def _read(self, response: Response) -> None:
        request, body = response.request, b""
        headers: dict[str, str] = {}
        with contextlib.suppress(PlaywrightError):
            headers = await response.all_headers()
            body = (await response.body())[:_BODY]
        answer = read_answer(request.method, request.url, status=response.status, headers=headers, body=body)
        if answer is None or request not in self._overheard:
            return
        if answer.call is Call.ORDERS and response.ok:
            self.order_lists.append((body, _time_of(headers)))
        self._hear(request, answer)

    def _on_failed(self, request: Request) -> None:
        answer = read_answer(request.method, request.url, broke=True)
        if answer is not None and request in self._overheard:
            self._hear(request, answer)

    def _hear(self, request: Request, answer: Answer) -> None:
        self._overheard[request] = answer
        self._heard.set()


def _time_of(headers: Mapping[str, str]) -> datetime | None:
    """When the answer was given, by the shop's own clock."""
    try:
        time = parsedate_to_datetime(headers["date"])
    except (KeyError, ValueError):
        return None
    return time if time.tzinfo is not None else None


def _ms(span: timedelta) -> float:
    return span.total_seconds() * 1000


#: What Playwright says where a page went elsewhere under its hands.
_MOVED = ("Execution context was destroyed", "Cannot find context", "frame was detached", "frame got detached")
#: And where there is no page any more.
_GONE = ("has been closed", "Connection closed", "crashed", "Browser closed")


@contextlib.contextmanager
def _translated(failed: str | None = None, *, kind: type[NothingOrdered] = NothingOrdered) -> Iterator[None]:
    """Playwright's errors stay in here. A click whose page went elsewhere may have happened: it has failed."""
    try:
        yield
    except PlaywrightError as error:
        text = str(error.message if hasattr(error, "message") else error)
        if any(word in text for word in _GONE):
            raise BrowserLost("the browser was lost") from error
        if kind is not ClickFailed and any(word in text for word in _MOVED):
            raise WentElsewhere(text) from error
        raise kind(f"{failed or 'the page failed'}: {_first_line(text)}") from error


def _first_line(text: str) -> str:
    return text.strip().splitlines()[0][:200] if text.strip() else "no reason was given"
