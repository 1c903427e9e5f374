"""Gathers the numbers of a scrape: from the parts of the service, and beside it from the database."""

import asyncio
import logging
import platform
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from importlib.metadata import version
from typing import Protocol

from bot.schema import VERSION
from bot.telegram.messages import count_unsent
from bot.web.metrics.event_counts import EventCounts
from bot.web.metrics.figures import BrowserFigures, Figures, StoredFigures, phase_of
from config.clock import Now
from config.database import Connection, Database, DatabaseFile, DatabaseUnusable
from monitor.scheduler import Scheduler
from purchasing.slot.emergency_stop import Gate
from purchasing.storage.unit_of_work import UnitOfWork

log = logging.getLogger(__name__)

#: So many events are read at once, and then the others have the processor for a moment.
AT_ONCE = 100
PAUSE_S = 0.005
#: Where nobody has asked for long, so many events are counted and none before them.
MOST_COUNTED = 20_000
#: A database that does not answer for so long does not work.
PATIENCE = timedelta(seconds=5)


class ChatFigures(Protocol):
    """What is asked of the chat."""

    @property
    def trouble(self) -> str | None: ...
    @property
    def errors(self) -> Mapping[str, int]: ...


class BrowserState(Protocol):
    """What is asked of the browser."""

    @property
    def runs(self) -> bool: ...
    @property
    def memory(self) -> int | None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """The parts that know something. Each is asked at a scrape, and none does anything for it in between."""

    database: Database
    schedule: Scheduler
    gate: Gate
    shop_calls: Mapping[tuple[str, str], int]
    #: None while there is none.
    chat: Callable[[], ChatFigures | None]
    browser: BrowserState | None
    #: How many read the stream now.
    streams: Callable[[], int] = lambda: 0


class Meter:
    """Measures at a scrape. What is read, is read on a thread and a connection of its own: nothing waits for it."""

    def __init__(
        self,
        sources: Sources,
        *,
        now: Now,
        patience: timedelta = PATIENCE,
        at_once: int = AT_ONCE,
        most_counted: int = MOST_COUNTED,
    ) -> None:
        self._sources = sources
        self._now = now
        self._patience = patience
        self._at_once = at_once
        self._most_counted = most_counted
        #: None until the first scrape, as then it is looked up with which event the service began.
        self._counts: EventCounts | None = None
        #: One at a time, whoever asks: a disk that hangs costs one thread.
        self._reading: asyncio.Task[StoredFigures] | None = None

    async def measure(self) -> Figures:
        stored = await self._stored()
        sources = self._sources
        chat, browser, database = sources.chat(), sources.browser, sources.database
        return Figures(
            version=version("stockbell"),
            python=platform.python_version(),
            schema=VERSION,
            counts=self._counts or EventCounts(seq=0),
            stored=stored,
            stopped=sources.gate.stop is not None or (stored is not None and stored.stopped),
            schedule_healthy=sources.schedule.healthy,
            next_check_at=sources.schedule.next_check_at,
            storage_trouble=database.trouble is not None or database.displaced is not None,
            shop_calls=dict(sources.shop_calls),
            telegram_errors=None if chat is None else dict(chat.errors),
            telegram_trouble=None if chat is None else chat.trouble is not None,
            streams=sources.streams(),
            browser=None if browser is None else BrowserFigures(runs=browser.runs, memory=browser.memory),
        )

    async def _stored(self) -> StoredFigures | None:
        if self._reading is None or self._reading.done():
            self._reading = asyncio.create_task(self._sources.database.read_aside(self._read), name="metrics")
            self._reading.add_done_callback(_look_at_outcome)
        try:
            async with asyncio.timeout(self._patience.total_seconds()):
                return await asyncio.shield(self._reading)
        except (TimeoutError, DatabaseUnusable, KeyError, ValueError, TypeError) as error:
            log.warning("metrics.database", extra={"why": str(error) or "it does not answer"})
            return None

    def _read(self, file: DatabaseFile) -> StoredFigures:
        """On a thread: count what is new, and read what stands."""
        while file.read(self._count_some):
            time.sleep(PAUSE_S)
        return file.read(self._read_standing)

    def _count_some(self, connection: Connection) -> bool:
        """Count the next events; whether there may be more."""
        journal = UnitOfWork(connection).journal
        if self._counts is None:
            self._counts = EventCounts(seq=journal.seq_before_start())
        self._counts.seq = max(self._counts.seq, journal.last_seq() - self._most_counted)
        events = journal.after(self._counts.seq, limit=self._at_once)
        for event in events:
            self._counts.take(event)
        return len(events) == self._at_once

    def _read_standing(self, connection: Connection) -> StoredFigures:
        unit, at = UnitOfWork(connection), self._now()
        controls, mark = unit.controls.read(at=at), unit.marks.read()
        return StoredFigures(
            mode=controls.mode,
            stopped=controls.stopped is not None,
            paused=controls.paused,
            signed_out=controls.signed_out is not None,
            circuit=phase_of(controls.circuit, at=at),
            last_cycle_at=mark.began,
            last_good_at=mark.last_good_at,
            slot=unit.attempts.slot(),
            products=unit.products.count_watched(),
            unsent=count_unsent(connection),
            seq=unit.journal.last_seq(),
        )


def _look_at_outcome(reading: asyncio.Task[StoredFigures]) -> None:
    """Whoever waited for it may be gone."""
    if not reading.cancelled():
        reading.exception()
