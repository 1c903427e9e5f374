"""The browser as the service has it: begun when somebody needs it, watched, bounded, renewed, never in the way.

Who needs it asks for its `context`. What was started is noted in the data directory, so that the next start of the
service ends whatever a crash left behind.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from playwright.async_api import BrowserContext
from playwright.async_api import Error as PlaywrightError

from config.clock import Monotonic, utc_now
from config.clock import monotonic as system_monotonic
from config.settings import BrowserSettings
from purchasing.checkout.process.chromium import Chromium, first_line
from purchasing.checkout.process.leftovers import RECORD_FILE, RecordFile
from purchasing.checkout.session import SessionFile, SessionUnusable, Stamp
from purchasing.errors import BrowserLost

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class BrowserBounds:
    """How long the browser may take, how large and how old it may grow."""

    start: timedelta = timedelta(seconds=30)
    #: One that works answers in a millisecond.
    answer: timedelta = timedelta(seconds=20)
    look_every: timedelta = timedelta(seconds=10)
    memory: int = 1_500_000_000
    #: One that is as large sooner after its start needs that much, and would be so again.
    grown_up: timedelta = timedelta(minutes=5)
    age: timedelta = timedelta(hours=6)
    #: One that ends sooner after its start than this has failed at once.
    at_once: timedelta = timedelta(seconds=30)
    #: After the second failure at once in a row; it doubles from there.
    first_pause: timedelta = timedelta(seconds=1)
    longest_pause: timedelta = timedelta(minutes=1)
    #: What is left of a pause is waited out rather than cost an attempt, if it is no more.
    pause_waited_out: timedelta = timedelta(seconds=2)
    #: For an orderly end; then it is ended by force.
    close: timedelta = timedelta(seconds=3)


@dataclass(slots=True, kw_only=True)
class _Begun:
    """What runs, and since when."""

    chromium: Chromium
    since: float
    context: BrowserContext
    #: The session file as the context knows it.
    stamp: Stamp
    #: What it held when it was last looked at, in bytes.
    memory: int | None = None
    #: What it did not do that it should.
    distrusted: str | None = None

    #: By the last page that told.
    is_signed_in: bool = False

    async def store(self, session: SessionFile, *, within: timedelta, by_hand: bool = False) -> bool:
        """Store the session as its pages have renewed it; whether it was."""
        try:
            async with asyncio.timeout(within.total_seconds()):
                state = await self.context.storage_state()
            if not by_hand and session.stamp != self.stamp:
                log.info("session.newer_on_disk")
                return False
            await asyncio.to_thread(session.write, {**state})
        except (PlaywrightError, OSError, TimeoutError) as error:
            log.warning("session.not_stored", extra={"why": first_line(error)})
            return False
        self.stamp = session.stamp
        return True

    def why_not_go_on(self, *, is_used: bool) -> str | None:
        """Why whoever needs a browser needs another one."""
        if not self.chromium.lives:
            return "it died"
        return None if is_used else self.distrusted


class _Failures:
    """How often in a row it failed at once, and what is left of the pause after that."""

    def __init__(self, bounds: BrowserBounds, *, monotonic: Monotonic) -> None:
        self._bounds = bounds
        self._monotonic = monotonic
        self._not_before = 0.0
        self.count = 0

    @property
    def pause_left(self) -> float:
        """In seconds; below 0 where it is over."""
        return self._not_before - self._monotonic()

    def add(self) -> None:
        """The first one of a row may be chance: no pause follows it."""
        self.count += 1
        if self.count > 1:
            pause = self._bounds.first_pause * 2 ** min(self.count - 2, 20)
            self._not_before = self._monotonic() + min(pause, self._bounds.longest_pause).total_seconds()


class CheckoutBrowser:
    """One browser with one context in the owner's session."""

    def __init__(
        self,
        settings: BrowserSettings,
        *,
        session: SessionFile,
        data_dir: Path,
        monotonic: Monotonic = system_monotonic,
        bounds: BrowserBounds | None = None,
    ) -> None:
        self._settings = settings
        self._session = session
        self._record = RecordFile(data_dir / RECORD_FILE)
        self._monotonic = monotonic
        self._bounds = bounds or BrowserBounds()
        self._begun: _Begun | None = None
        self._providing: asyncio.Task[BrowserContext] | None = None
        self._changing = asyncio.Lock()
        self._users = 0
        self._is_closed = False
        self._looked_for_leftovers = False
        self._failures = _Failures(self._bounds, monotonic=monotonic)
        #: Counts the contexts: the pages of an earlier one are gone.
        self.generation = 0

    # ---- for who uses it

    @property
    def version(self) -> str:
        """Of the Chromium that runs; empty where none does."""
        return "" if self._begun is None else self._begun.chromium.version

    @property
    def is_sandboxed(self) -> bool:
        """Whether the pages of the one that runs are in its own sandbox."""
        return self._begun is not None and self._begun.chromium.is_sandboxed

    @property
    def runs(self) -> bool:
        return self._begun is not None and self._begun.chromium.lives

    @property
    def memory(self) -> int | None:
        """What it held in bytes when it was last looked at; None where none runs, or nobody has looked yet."""
        return None if self._begun is None else self._begun.memory

    async def context(self) -> BrowserContext:
        """The context in the owner's session, begun if it does not run; whoever goes on with it is `in_use`.

        May be cancelled: a start that is under way goes on for whoever comes next.

        Raises:
            BrowserLost: it can't be begun now.
        """
        if self._providing is None or self._providing.done():
            self._providing = asyncio.create_task(self._provide(), name="browser start")
            self._providing.add_done_callback(_look_at_outcome)
        return await asyncio.shield(self._providing)

    @contextmanager
    def in_use(self) -> Generator[None]:
        """Meanwhile it is not renewed."""
        self._users += 1
        try:
            yield
        finally:
            self._users -= 1

    @asynccontextmanager
    async def using(self) -> AsyncGenerator[BrowserContext]:
        """The context, in use meanwhile. Raises BrowserLost."""
        context = await self.context()
        with self.in_use():
            yield context

    async def store_session(self, *, by_hand: bool = False) -> bool:
        """Store the session as it is now; whether it was. Who calls has seen that somebody is signed in.

        A session that somebody else stored meanwhile is newer than ours, and stays, unless a person has signed in here
        `by_hand`: what was only renewed meanwhile is of before that.
        """
        if self._begun is None:
            return False
        return await self._begun.store(self._session, within=self._bounds.answer, by_hand=by_hand)

    def note_account(self, *, signed_in: bool) -> None:
        """What a page has said of who is there: of who is signed in, the session is stored at an orderly end too."""
        if self._begun is not None:
            self._begun.is_signed_in = signed_in

    async def measure_memory(self) -> int:
        """What driver and browser hold together, in bytes; 0 while none runs."""
        return 0 if self._begun is None else await self._begun.chromium.measure_memory()

    def distrust(self, why: str) -> None:
        """It does not do what it should, though it answers: it is begun anew as soon as nothing uses it."""
        if self._begun is not None:
            self._begun.distrusted = why

    async def forget(self, why: str) -> None:
        """End it by force, as it does not do what it should: the next use begins a new one."""
        async with self._changing:
            await self._forget(why, by_force=True)

    # ---- its life

    async def run(self) -> None:
        """Watch over it until cancelled."""
        self._end_leftovers()
        while True:
            await asyncio.sleep(self._bounds.look_every.total_seconds())
            try:
                await self.look()
            except Exception:  # it is looked at again
                log.exception("browser.not_watched")

    async def look(self) -> None:
        """Look at it once: what is ill is ended at once, what is large or old is renewed when nothing uses it."""
        begun = self._begun
        if begun is None or self._changing.locked():
            return
        why = await self._why_ill(begun)
        if why is not None:
            await self._replace(begun, why, again=False)
        elif (reason := await self._why_renewed(begun)) is not None:
            await self._replace(begun, reason, again=True)

    async def close(self) -> None:
        """End it for good, within a few seconds whatever hangs."""
        self._is_closed = True
        if self._providing is not None:
            self._providing.cancel()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._bounds.close.total_seconds()), self._changing:
                pass  # whatever was being begun has been ended
        await self._forget("the service ends")

    async def _provide(self) -> BrowserContext:
        async with self._changing:
            if self._begun is not None and (why := self._begun.why_not_go_on(is_used=self._users > 0)):
                await self._forget(why, by_force=True)
            if self._begun is None:
                return await self._begin()
            if not self._users and self._session.stamp != self._begun.stamp:
                await self._open(self._begun)
            return self._begun.context

    async def _begin(self) -> BrowserContext:
        if self._is_closed:
            raise BrowserLost("the service ends")
        if (left := self._failures.pause_left) > self._bounds.pause_waited_out.total_seconds():
            count = self._failures.count
            raise BrowserLost(f"the browser failed {count} times in a row, and is begun again in {left:.0f} s")
        await asyncio.sleep(max(left, 0))
        self._end_leftovers()
        chromium = Chromium(self._settings, on_family=self._note)
        try:
            async with asyncio.timeout(self._bounds.start.total_seconds()):
                await chromium.begin()
                stamp = self._session.stamp
                context = await chromium.open(self._read_session(), within=self._bounds.start)
        except BaseException as error:
            await chromium.end(within=self._bounds.close)
            self._record.clear()
            if isinstance(error, asyncio.CancelledError):
                raise
            self._failures.add()
            if isinstance(error, TimeoutError):
                raise BrowserLost(
                    f"the browser did not start within {self._bounds.start.total_seconds():.0f} s"
                ) from None
            raise
        self._begun = _Begun(chromium=chromium, since=self._monotonic(), context=context, stamp=stamp)
        self.generation += 1
        log.info("browser.begun", extra={"version": chromium.version})
        return context

    async def _open(self, begun: _Begun) -> None:
        """Go on in the session that somebody stored meanwhile."""
        begun.stamp, begun.is_signed_in = self._session.stamp, False
        try:
            begun.context = await begun.chromium.open(self._read_session(), within=self._bounds.answer)
        except BrowserLost:
            await self._forget("it opened no window", by_force=True)
            raise
        self.generation += 1

    def _read_session(self) -> dict[str, object] | None:
        """Without a session nobody is signed in, which the shop's pages tell."""
        try:
            return self._session.read()
        except SessionUnusable as error:
            log.warning("session.unusable", extra={"why": str(error)})
            return None

    def _end_leftovers(self) -> None:
        if not self._looked_for_leftovers:
            self._looked_for_leftovers = True
            self._record.end_leftovers()
            self._session.remove_unfinished(at=utc_now())

    def _note(self, chromium: Chromium) -> None:
        self._record.write(chromium.family, profile=chromium.profile)

    async def _why_ill(self, begun: _Begun) -> str | None:
        if not begun.chromium.lives:
            return "it died"
        if not await begun.chromium.answers(within=self._bounds.answer):
            return "it did not answer"
        return None

    async def _why_renewed(self, begun: _Begun) -> str | None:
        begun.memory = memory = await begun.chromium.measure_memory()
        age = self._monotonic() - begun.since
        if memory > self._bounds.memory and age >= self._bounds.grown_up.total_seconds():
            return f"it holds {memory / 1e6:.0f} MB"
        if age > self._bounds.age.total_seconds():
            return "it is old"
        if self._session.stamp != begun.stamp:
            return "somebody signed in anew"
        return begun.distrusted

    async def _replace(self, begun: _Begun, why: str, *, again: bool) -> None:
        async with self._changing:
            if self._begun is not begun or (again and self._users):
                return
            await self._forget(why, by_force=not again)
            if again:
                await self._begin()

    async def _forget(self, why: str, *, by_force: bool = False) -> None:
        begun, self._begun = self._begun, None
        if begun is None:
            return
        log.info("browser.ended", extra={"why": why})
        if self._monotonic() - begun.since < self._bounds.at_once.total_seconds():
            self._failures.add()
        else:
            self._failures.count = 0
        try:
            if begun.is_signed_in and not by_force:
                await begun.store(self._session, within=self._bounds.close)
        except asyncio.CancelledError:
            by_force = True  # whoever waited for the end waits no more
            raise
        finally:
            await begun.chromium.end(within=timedelta(0) if by_force else self._bounds.close)
            self._record.clear()


def _look_at_outcome(task: asyncio.Task[BrowserContext]) -> None:
    """Whoever waited for it may be gone."""
    if not task.cancelled():
        task.exception()
