"""What leaves: one lane for each chat, the most urgent first, at Telegram's pace, and nothing lost by a restart."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from datetime import timedelta

from bot.telegram.api import TelegramApi
from bot.telegram.lane import PAUSES_S, Lane, lane_for
from bot.telegram.messages import ChatRecords
from bot.telegram.model import Message
from bot.telegram.pictures import Pictures
from bot.telegram.rate_limits import overall_window
from bot.telegram.sender import Sender
from bot.text.draft import Rank
from config.database import Database
from config.waiting import wait_for_event

log = logging.getLogger(__name__)

#: Whether a new message of this rank could leave for this chat at once.
IsFree = Callable[[int, Rank], bool]

#: A chat that Telegram lets wait for so long is told of where the service says how it is.
NOTICED = timedelta(minutes=1)
#: Who leaves a place to somebody more urgent looks for another one after this.
TURN = timedelta(seconds=0.05)


@dataclass(slots=True)
class _Driver:
    """The task that empties a lane, while there is something in it."""

    lane: Lane
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[None] | None = None


class Outbox:
    """Delivers stored messages. Losing its memory costs nothing: everything stands in the database."""

    def __init__(
        self, *, api: TelegramApi, database: Database, pictures: Pictures, on_moved: Callable[[], Awaitable[None]]
    ) -> None:
        self._sender = Sender(api=api, database=database, pictures=pictures, on_moved=on_moved, clock=_clock)
        self._overall = overall_window()
        self._drivers: dict[int, _Driver] = {}
        #: The most urgent of those that are ready, as long as it is and nothing new came in.
        self._most_urgent: _Driver | None = None
        self._group: asyncio.TaskGroup | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def trouble(self) -> str | None:
        """The last trouble with delivery, until something is delivered again; or a chat that has to wait for long."""
        return self._sender.trouble or self._find_flood()

    def _find_flood(self) -> str | None:
        """Asked from any thread, as health is."""
        if self._loop is None:
            return None
        blocked_until = max((driver.lane.blocked_until for driver in list(self._drivers.values())), default=0.0)
        longest = blocked_until - self._loop.time()
        if longest < NOTICED.total_seconds():
            return None
        return f"messages to a chat have to wait for another {longest / 60:.0f} min"

    async def run(self) -> None:
        """Deliver until cancelled, beginning with what an earlier run left."""
        self._loop = asyncio.get_running_loop()
        try:
            async with asyncio.TaskGroup() as group:
                # Until this is done, nothing may be planned as on its way: it would be taken for interrupted.
                self.put(await self._sender.transact(_take_over))
                self._group = group
                for driver in self._drivers.values():
                    self._begin(driver)
                await asyncio.Event().wait()
        finally:
            self._group = None
            for driver in self._drivers.values():
                driver.task, driver.lane.is_ending = None, False
                driver.lane.waiting.clear()

    def free(self) -> IsFree:
        """Tells whether a new message of a rank could leave for a chat at once, as things stand now."""
        now = _clock()
        if self._group is None or self._overall.wait(now) > 0:
            return lambda _chat, _rank: False
        free = {chat: driver.lane.free_ranks(now) for chat, driver in self._drivers.items()}
        return lambda chat, rank: chat not in free or rank in free[chat]

    def put(self, messages: Iterable[Message]) -> None:
        """Take over messages that are stored; those marked as sending leave without another write."""
        for message in messages:
            driver = self._driver_for(message.draft.chat)
            driver.lane.waiting[message.id] = message
            driver.changed.set()
            self._most_urgent = None
            self._begin(driver)

    async def drain(self) -> None:
        """Wait until nothing is left to send. Nothing waits for what is newer any more."""
        for driver in self._drivers.values():
            driver.lane.is_ending = True
            driver.changed.set()
        while tasks := [driver.task for driver in self._drivers.values() if driver.task]:
            await asyncio.gather(*tasks, return_exceptions=True)

    # ---- one lane

    def _driver_for(self, chat: int) -> _Driver:
        driver = self._drivers.get(chat)
        if driver is None:
            driver = self._drivers[chat] = _Driver(lane_for(chat))
        return driver

    def _begin(self, driver: _Driver) -> None:
        if driver.task is None and self._group is not None and driver.lane.waiting:
            driver.task = self._group.create_task(self._drive(driver), name=f"outbox {driver.lane.chat}")

    async def _drive(self, driver: _Driver) -> None:
        lane = driver.lane
        while lane.waiting:
            try:
                await self._leave_in_time(driver)
            except Exception:
                log.exception("outbox.lane_broke", extra={"chat": lane.chat})
                lane.blocked_until = _clock() + PAUSES_S[-1]
        driver.task = None

    async def _leave_in_time(self, driver: _Driver) -> None:
        lane, now = driver.lane, _clock()
        wait = max(lane.wait(now), self._overall.wait(now))
        if wait > 0:
            # What is put meanwhile may be more urgent than what is waited for.
            driver.changed.clear()
            await wait_for_event(driver.changed, longest=timedelta(seconds=wait))
            return
        if (ahead := self._ahead_of(driver, now)) is not None:
            ahead.changed.set()
            driver.changed.clear()
            await wait_for_event(driver.changed, longest=TURN)
            return
        message = lane.first(now)
        if message is not None:
            await self._leave(lane, message, now)

    async def _leave(self, lane: Lane, message: Message, now: float) -> None:
        lane.take(message, now)
        self._overall.note(now)
        try:
            elsewhere = await self._sender.send(lane, message)
            lane.note_answer(_clock())
        except Exception:
            lane.waiting.setdefault(message.id, message)
            raise
        finally:
            lane.is_sending = False
        self.put(elsewhere)

    def _ahead_of(self, driver: _Driver, now: float) -> _Driver | None:
        """Who has something more urgent for the place that is free among all chats."""
        chosen = self._most_urgent
        if chosen is None or not chosen.lane.is_ready(now):
            ready = (one for one in self._drivers.values() if one.lane.is_ready(now))
            chosen = self._most_urgent = min(ready, key=lambda one: one.lane.urgency(now), default=driver)
        return chosen if chosen.lane.urgency(now) < driver.lane.urgency(now) else None


def _clock() -> float:
    return asyncio.get_running_loop().time()


def _take_over(records: ChatRecords) -> list[Message]:
    """What an earlier run left, in the order of planning."""
    records.take_over()
    return records.unsent()
