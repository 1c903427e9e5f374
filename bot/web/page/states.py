"""The page's state as it is now, for all who look at it at the same time."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from bot.health import PATIENCE, HealthMonitor
from bot.web.page.assets import page_version
from bot.web.page.gathering import PageGatherer
from bot.web.page.model import PageFacts
from bot.web.page.render import render_page
from bot.web.page.shapes import PageState
from bot.web.page.shown import LinkOf, show_page
from config.clock import Now
from config.database import Connection, Database
from purchasing.model import Overview
from purchasing.standing import StandingReader
from purchasing.storage.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """What one reading brought. Readings are numbered as they begin."""

    number: int
    state: PageState
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class PageTies:
    """What the page shows of the rest of the service, beside what is stored."""

    standing: StandingReader
    #: Gives the link by which the chat hears a word.
    link_of: LinkOf
    #: How often the shop was asked since the start, by call and by what came back.
    calls: Mapping[tuple[str, str], int] = field(default_factory=dict)


class PageStates:
    """Reads it in one transaction, and once for all who ask before a reading begins."""

    def __init__(
        self,
        *,
        database: Database,
        health: HealthMonitor,
        sync_problems: Callable[[], Sequence[str]],
        ties: PageTies,
        now: Now,
    ) -> None:
        self._database = database
        self._health = health
        self._sync_problems = sync_problems
        self._ties = ties
        self._gatherer = PageGatherer(ties.standing)
        self._now = now
        self._one_at_a_time = asyncio.Lock()
        self._begun = 0
        self._last: _Read | None = None

    async def html(self) -> str:
        """The page with what stands now on it.

        Raises:
            TimeoutError, DatabaseUnusable: it can't be read.
        """
        state = (await self._read()).state
        # The first one has a library to load.
        return await asyncio.to_thread(render_page, state)

    async def json(self) -> bytes:
        """The same for its script; raises the same."""
        return (await self._read()).body

    async def _read(self) -> _Read:
        before = self._begun
        async with self._one_at_a_time:
            # Whoever waited here may have what was read for another, if that began late enough.
            if self._last is None or self._last.number <= before:
                self._begun += 1
                self._last = await self._read_anew(self._begun)
            return self._last

    async def _read_anew(self, number: int) -> _Read:
        at = self._now()

        def work(connection: Connection) -> tuple[PageFacts, int]:
            unit = UnitOfWork(connection)
            return self._gather(unit, unit.views.overview(at=at), at), unit.journal.last_seq()

        facts, seq = await self._database.read_within(PATIENCE, work)
        # Many products take their time, and an alert must not wait for that.
        return await asyncio.to_thread(self._show, facts, seq, number)

    def _gather(self, unit: UnitOfWork, overview: Overview, at: datetime) -> PageFacts:
        return self._gatherer.gather(
            unit,
            overview,
            report=self._health.judge(overview),
            is_stopped=self._health.is_stopped(overview),
            next_check_at=self._health.next_check_at(overview),
            sync_problems=self._sync_problems(),
            calls=dict(self._ties.calls),
            at=at,
        )

    def _show(self, facts: PageFacts, seq: int, number: int) -> _Read:
        state = show_page(
            facts, version=page_version(), seq=seq, zone=self._ties.standing.timezone, link_of=self._ties.link_of
        )
        return _Read(number=number, state=state, body=msgspec.json.encode(state))
