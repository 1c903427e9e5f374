"""When a cycle begins: on time, never two at once, and on time still when the clock is set.

APScheduler goes by the wall clock and would wait out the whole of a step back. So whether a cycle is late is said by
the monotonic clock, on which a watchdog sees it and wakes APScheduler. A step forth brings nothing forward: the timers
are the event loop's, and every interval is reckoned from now.
"""

import asyncio
import logging
from datetime import datetime, timedelta, tzinfo
from typing import Any, Protocol

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger

from config.clock import Monotonic, Now

#: A cycle that is later than this is woken by the watchdog, which looks as often.
LATE = timedelta(seconds=1)
#: Later, or longer under way, the schedule does not work.
STUCK = timedelta(seconds=120)
#: Neither does it when so many cycles in a row end in an error.
MOST_ERRORS = 3

_JOB = "cycle"
#: The next run when a cycle's end sets none: a safety net.
_REVIVED_AFTER = timedelta(minutes=15)
#: APScheduler takes a cycle for running a moment longer than it does, and would skip a next one that is due at once.
_SOON_S = 0.01

_log = logging.getLogger(__name__)


class RunCycle(Protocol):
    async def __call__(self, *, asked_for: bool = False) -> datetime:
        """Run one cycle and return when the next is to begin."""


class Scheduler:
    """Starts cycles. `next_check_at` and `healthy` may be read at any time."""

    def __init__(
        self,
        run_cycle: RunCycle,
        *,
        now: Now,
        monotonic: Monotonic,
        least_interval: timedelta,
        least_asked: timedelta = timedelta(0),
        late: timedelta = LATE,
    ) -> None:
        self.next_check_at: datetime | None = None
        self._run_cycle = run_cycle
        self._now = now
        self._monotonic = monotonic
        self._least_s = least_interval.total_seconds()
        #: What was asked for while a cycle was under way comes no sooner than this after that one began.
        self._least_asked_s = least_asked.total_seconds()
        self._late_s = late.total_seconds()
        self._zone = _ClockZone(now)
        self._scheduler = AsyncIOScheduler(timezone=self._zone)
        #: `next_check_at` on the monotonic clock.
        self._due = monotonic()
        self._began: float | None = None
        #: The task of the cycle that is under way.
        self._cycle: asyncio.Task[Any] | None = None
        self._asked: asyncio.Future[None] | None = None
        self._errors = 0
        self._is_ending = False

    @property
    def healthy(self) -> bool:
        """Cycles come when they should, end, and don't all end in an error."""
        since = self._due if self._cycle is None or self._began is None else self._began
        in_time = self._monotonic() - since < STUCK.total_seconds()
        return bool(self._scheduler.running) and in_time and self._errors < MOST_ERRORS

    async def run(self, *, first_at: datetime) -> None:
        """Start cycles until cancelled, and then end the one that is under way."""
        self._scheduler.start()
        self._scheduler.add_job(
            self._tick,
            _Revive(),
            id=_JOB,
            coalesce=True,
            max_instances=1,
            misfire_grace_time=None,
        )
        self._plan((first_at - self._now()).total_seconds())
        try:
            await self._keep_watch()
        finally:
            await self._end()

    async def check_now(self) -> None:
        """Run one cycle as soon as the least intervals allow and return after it; the schedule goes on from there.

        Whoever asks while such a cycle is being waited for waits for the same. Returns at once while nothing runs.
        """
        if not self._scheduler.running or self._is_ending:
            return
        if self._asked is None:
            self._asked = asyncio.get_running_loop().create_future()
            if self._cycle is None:
                self._plan(0)
        await asyncio.shield(self._asked)

    async def _tick(self) -> None:
        """Called by APScheduler."""
        self._cycle = asyncio.current_task()
        try:
            await self._run_one()
        except asyncio.CancelledError:
            if not self._is_ending:
                raise
        finally:
            self._cycle = None

    async def _run_one(self) -> None:
        asked, self._asked = self._asked, None
        began_at, self._began = self._now(), self._monotonic()
        interval = self._least_s
        try:
            next_at = await self._run_cycle(asked_for=asked is not None)
            # From the beginning, so that a clock set during the cycle moves nothing.
            interval = (next_at - began_at).total_seconds()
            self._errors = 0
        except Exception:  # noqa: BLE001  it may be anything, and the schedule goes on
            _log.exception("schedule.cycle_broke")
            self._errors += 1
        finally:
            self._plan_next(self._began, interval)
            _release(asked)

    def _plan_next(self, began: float, interval_s: float) -> None:
        if self._asked is not None:
            interval_s = self._least_asked_s
        self._plan(interval_s - (self._monotonic() - began))

    def _plan(self, delay_s: float) -> None:
        if self._is_ending:
            return
        earliest = self._monotonic() + _SOON_S
        if self._began is not None:
            earliest = max(earliest, self._began + self._least_s)
        self._due = max(earliest, self._monotonic() + delay_s)
        self._wake_at_due()

    def _wake_at_due(self) -> None:
        self.next_check_at = self._now() + timedelta(seconds=self._due - self._monotonic())
        self._scheduler.modify_job(_JOB, next_run_time=self._zone.own(self.next_check_at))

    async def _keep_watch(self) -> None:
        while True:
            await asyncio.sleep(self._late_s)
            if self._cycle is None and self._monotonic() > self._due + self._late_s:
                _log.warning("schedule.late", extra={"by_s": round(self._monotonic() - self._due, 1)})
                self._wake_at_due()

    async def _end(self) -> None:
        self._is_ending = True
        if self._cycle is not None:
            self._cycle.cancel()
            await asyncio.wait([self._cycle])
        _release(self._asked)
        self._scheduler.shutdown(wait=False)
        await asyncio.sleep(0)  # APScheduler ends itself in the next turn of the loop


def _release(asked: asyncio.Future[None] | None) -> None:
    if asked is not None and not asked.done():
        asked.set_result(None)


class _Revive(BaseTrigger):  # type: ignore[misc]  # APScheduler 3 ships no types
    """An interval that is reckoned from the present: a clock set forth leaves nothing to be caught up with."""

    def get_next_fire_time(self, _previous_fire_time: datetime | None, now: datetime) -> datetime:
        return now + _REVIVED_AFTER


class _ClockZone(tzinfo):
    """UTC by our clock. APScheduler asks its time zone for the present time, and that is to be the one that we go by.

    Only for the present time: other times are marked as being of this zone by `own`, never converted to it.
    """

    def __init__(self, now: Now) -> None:
        self._now = now

    def own(self, at: datetime) -> datetime:
        return at.replace(tzinfo=self)

    def fromutc(self, _at: datetime) -> datetime:
        return self.own(self._now())

    def utcoffset(self, _at: datetime | None) -> timedelta:
        return timedelta(0)

    def dst(self, _at: datetime | None) -> timedelta:
        return timedelta(0)

    def tzname(self, _at: datetime | None) -> str:
        return "UTC"
