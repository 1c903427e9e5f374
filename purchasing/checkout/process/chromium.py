"""One driver and one Chromium, from their start to their certain end.

It is an honest browser: nothing here hides what it is.
"""

import asyncio
import contextlib
import logging
import os
import shutil
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from playwright.async_api import (
    Browser,
    BrowserContext,
    BrowserType,
    CDPSession,
    Playwright,
    ViewportSize,
    async_playwright,
)
from playwright.async_api import Error as PlaywrightError

from config.settings import BrowserSettings
from purchasing.checkout.process.kernel import (
    Mark,
    find_children,
    find_family,
    is_running,
    measure_memory,
    read_process,
    read_processes,
    read_words,
)
from purchasing.checkout.process.leftovers import end_family, find_profile, remove_profile
from purchasing.checkout.session import State
from purchasing.errors import BrowserLost, NoScreen

log = logging.getLogger(__name__)

#: Where a browser may be found.
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
VIEWPORT = ViewportSize(width=1366, height=900)
#: The terminal's Ctrl-C reaches the driver too, and would end it in the middle of a checkout. Whoever ends the service
#: ends the driver in its turn, and where nobody does it ends by itself: its input is at an end then.
_DEAF = "--import=data:text/javascript,['SIGINT','SIGTERM','SIGHUP'].forEach(name=>process.on(name,()=>{}))"
#: Of a driver whose start nobody waits for any more, seconds until it runs, so that it can be ended, or has failed.
_BEGUN_WITHIN_S = 5.0
_NODE_OPTIONS = "NODE_OPTIONS"
#: The last word of the driver's command line.
_DRIVER = "run-driver"
#: What Playwright says below the first line where a window finds no screen.
_NO_SCREEN = "XServer"

OnFamily = Callable[["Chromium"], object]


def find_chromium(settings: BrowserSettings) -> Path | None:
    """The browser that is set, else one of this machine; None where there is none, but perhaps Playwright's own."""
    if settings.executable is not None:
        return settings.executable
    return next((Path(path) for path in map(shutil.which, NAMES) if path), None)


class Chromium:
    """A driver, its Chromium, and one context; what is not there yet is None.

    `on_family` is called whenever more is known of the processes that belong to it.
    """

    def __init__(self, settings: BrowserSettings, *, on_family: OnFamily, is_root: bool | None = None) -> None:
        """`is_root`: Chromium refuses root its sandbox; None for whoever this process is."""
        self._settings = settings
        self._is_root = os.geteuid() == 0 if is_root is None else is_root
        self._on_family = on_family
        self._playwright: Playwright | None = None
        self._manager = async_playwright()
        #: The start of the driver: it goes on where who waits for it goes, as the library could not end half of it.
        self._beginning: asyncio.Task[Playwright] | None = None
        #: The processes that were there before it.
        self._elders: set[int] = set()
        self._browser: Browser | None = None
        self._cdp: CDPSession | None = None
        self._driver: Mark | None = None
        self._chromium: Mark | None = None
        self.context: BrowserContext | None = None
        #: Whether its pages run in Chromium's own sandbox.
        self.is_sandboxed = False
        self.family: tuple[Mark, ...] = ()
        self.profile: str | None = None

    # ---- start

    async def begin(self) -> None:
        """Start both; `end` it, whatever comes of this.

        Raises:
            BrowserLost: it did not start; the message says why.
        """
        with without_playwright("the browser did not start"):
            await self._begin_driver()
            assert self._playwright is not None  # noqa: S101  for the type checker
            self._browser = await self._launch(self._playwright.chromium)
            await self.look_around()
            self._cdp = await self._browser.new_browser_cdp_session()

    async def _launch(self, kind: BrowserType) -> Browser:
        """In its sandbox, which it refuses root, and which some machines and containers do not allow."""
        if self._is_root:
            return await self._launch_with(kind, sandbox=False)
        try:
            return await self._launch_with(kind, sandbox=True)
        except PlaywrightError as error:
            if "sandbox" not in str(error).lower():
                raise
            log.warning("browser.without_sandbox")
            return await self._launch_with(kind, sandbox=False)

    async def _launch_with(self, kind: BrowserType, *, sandbox: bool) -> Browser:
        try:
            browser = await kind.launch(
                executable_path=find_chromium(self._settings),
                headless=self._settings.headless,
                args=FLAGS,
                chromium_sandbox=sandbox,
                handle_sigint=False,
                handle_sigterm=False,
                handle_sighup=False,
            )
        except PlaywrightError as error:
            if _NO_SCREEN in str(error):
                raise NoScreen("there is no screen for the browser's window") from error
            raise
        self.is_sandboxed = sandbox
        return browser

    async def _begin_driver(self) -> None:
        self._elders = find_children(os.getpid())
        try:
            with _deaf_driver():
                self._beginning = asyncio.create_task(self._manager.start())
                self._beginning.add_done_callback(lambda begun: begun.cancelled() or begun.exception())
                self._playwright = await asyncio.shield(self._beginning)
            _hear_of_lost_driver(self._manager)
        finally:
            await self._find_driver()

    async def _find_driver(self) -> None:
        """Among the processes that came since; one whose start was cut short may not be one yet."""
        born = find_children(os.getpid()) - self._elders
        driver = next((pid for pid in born if _DRIVER in read_words(pid)), None)
        process = driver and read_process(driver)
        self._driver = process.mark if process else None
        await self.look_around()

    async def open(self, state: State | None, *, within: timedelta) -> BrowserContext:
        """The one context, in this session; an earlier one is closed.

        Raises:
            BrowserLost: the browser is gone or hangs.
        """
        if self._browser is None:
            raise BrowserLost("the browser did not start")
        with without_playwright("the browser did not open a window"):
            async with asyncio.timeout(within.total_seconds()):
                if self.context is not None:
                    await self.context.close()
                # The library's type names every field of a cookie; what it was stored as it takes back all the same.
                stored: Any = state
                self.context = await self._browser.new_context(
                    storage_state=stored,
                    viewport=VIEWPORT if self._settings.headless else None,
                    # A window has the size that its screen has room for: a person has to reach all of the page.
                    no_viewport=None if self._settings.headless else True,
                )
        return self.context

    # ---- how it does

    @property
    def lives(self) -> bool:
        """Whether it may be used, as far as can be seen without asking it."""
        known = [mark for mark in (self._driver, self._chromium) if mark is not None]
        return self._browser is not None and self._browser.is_connected() and all(map(is_running, known))

    @property
    def version(self) -> str:
        return "" if self._browser is None else self._browser.version

    async def answers(self, *, within: timedelta) -> bool:
        """Whether driver and Chromium answer a question that takes them no time."""
        if self._cdp is None:
            return False
        try:
            async with asyncio.timeout(within.total_seconds()):
                await self._cdp.send("Browser.getVersion")
        except (PlaywrightError, TimeoutError):
            return False
        return True

    async def measure_memory(self) -> int:
        """The bytes that driver and Chromium hold together."""
        await self.look_around()
        return await asyncio.to_thread(measure_memory, self.family)

    async def look_around(self) -> None:
        """Learn which processes belong to it by now."""
        await asyncio.to_thread(self._look_around)

    def _look_around(self) -> None:
        processes = read_processes()
        known = [*self.family, *([self._driver] if self._driver else [])]
        roots = {mark.pid for mark in known if (held := processes.get(mark.pid)) and held.mark == mark}
        self.family = tuple(find_family(processes, roots))
        if self._driver is not None and self._chromium is None:
            children = [mark for mark in self.family if processes[mark.pid].parent == self._driver.pid]
            self._chromium = children[0] if children else None
        if self._chromium is not None and self.profile is None:
            self.profile = find_profile(self._chromium.pid)
        self._on_family(self)

    # ---- end

    async def end(self, *, within: timedelta) -> None:
        """End both, in an orderly way if they do so in time, and else by force."""
        try:
            await self.look_around()
            async with asyncio.timeout(within.total_seconds()):
                if self._browser is not None:
                    await self._browser.close()
                if self._playwright is not None:
                    await self._playwright.stop()
        except Exception as error:  # noqa: BLE001  Playwright raises bare ones too, and what follows ends it for certain
            log.info("browser.end_forced", extra={"why": first_line(error)})
        finally:
            await self._end_by_force()

    async def _end_by_force(self) -> None:
        await asyncio.to_thread(self._end_processes)  # going through all of the machine's takes longer than a stop may
        if self._beginning is not None:
            await asyncio.wait({self._beginning}, timeout=_BEGUN_WITHIN_S)
            if self._driver is None:
                await self._find_driver()
                await asyncio.to_thread(self._end_processes)
        with contextlib.suppress(Exception):
            async with asyncio.timeout(1):
                await _until_driver_reaped(self._manager)

    def _end_processes(self) -> None:
        end_family(self.family)
        remove_profile(self.profile)


@contextmanager
def without_playwright(what: str) -> Generator[None]:
    """Nothing of Playwright's gets out: `BrowserLost` says that `what` happened, and why."""
    try:
        yield
    except BrowserLost:
        raise
    except Exception as error:  # it raises bare ones too, where the driver dies
        raise BrowserLost(f"{what}: {first_line(error)}") from error


def first_line(error: Exception) -> str:
    """What the error says, without Playwright's long report below it."""
    return str(error).strip().partition("\n")[0] or type(error).__name__


def _hear_of_lost_driver(manager: object) -> None:
    """The library leaves the error of a driver that died where nobody asks for it, which asyncio reports as lost."""
    transport = getattr(getattr(manager, "_client", None), "_transport", None)
    lost: asyncio.Future[None] | None = getattr(transport, "on_error_future", None)
    if lost is not None:
        lost.add_done_callback(lambda done: done.cancelled() or done.exception())


async def _until_driver_reaped(manager: object) -> None:
    """With the driver gone, let the library's tasks end, and its pipes be closed: its own `stop` waits but once."""
    client = getattr(manager, "_client", None)
    if client is not None:
        await client.stop()


@contextmanager
def _deaf_driver() -> Generator[None]:
    """What is started meanwhile hears no signal of the terminal: Playwright hands its driver our environment alone."""
    before = os.environ.get(_NODE_OPTIONS)
    os.environ[_NODE_OPTIONS] = _DEAF if before is None else f"{before} {_DEAF}"
    try:
        yield
    finally:
        if before is None:
            del os.environ[_NODE_OPTIONS]
        else:
            os.environ[_NODE_OPTIONS] = before
