"""Reads the journal, each outlet from its own place."""

import asyncio
import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Protocol

from config.waiting import wait_for_event
from purchasing.storage.unit_of_work import UnitOfWork

log = logging.getLogger(__name__)

#: A nudge may be lost; this is how long that can matter.
ROUND = timedelta(seconds=1)
#: The pause after a failure, such as a full disk.
PAUSE = timedelta(seconds=1)


class Outlet(Protocol):
    """Where the journal is told. It keeps the place up to which it has told, in step with what it tells."""

    name: str

    async def tell_next(self) -> bool:
        """Tell the next events after the place, and move it; whether there were any.

        Broken off or failed, it goes on from where it can tell that it had come; nothing is missed.
        """

    def place(self, unit: UnitOfWork) -> int:
        """The `seq` up to which it has told, and 0 where nobody knows."""

    def reached(self, unit: UnitOfWork) -> int | None:
        """As `place`, with what needs no telling; None while it has not begun."""


class JournalReader:
    """Brings one outlet what the journal gains. Losing a nudge costs time, never news."""

    def __init__(self, outlet: Outlet, *, then: Callable[[], None] | None = None, longest: timedelta = ROUND) -> None:
        """`longest` is how long a nudge that was lost may matter."""
        self._outlet = outlet
        self._longest = longest
        #: Nudges who is to tell only after this one, so that nothing of it comes before.
        self._then = then
        self._nudged = asyncio.Event()

    @property
    def name(self) -> str:
        """Its outlet's."""
        return self._outlet.name

    def place(self, unit: UnitOfWork) -> int:
        """How far its outlet has told."""
        return self._outlet.place(unit)

    def reached(self, unit: UnitOfWork) -> int | None:
        """The same with what needs no telling; None while it has not begun."""
        return self._outlet.reached(unit)

    def nudge(self) -> None:
        self._nudged.set()

    async def run(self) -> None:
        """Tell what the journal holds, until cancelled. What fails is tried again."""
        while True:
            self._nudged.clear()
            try:
                await self.catch_up()
            except Exception:
                log.exception("journal_reader.broke", extra={"reader": self._outlet.name})
                await asyncio.sleep(PAUSE.total_seconds())
            await wait_for_event(self._nudged, longest=self._longest)

    async def catch_up(self) -> None:
        """Tell all that there is."""
        has_told = False
        while await self._outlet.tell_next():
            has_told = True
        if has_told and self._then is not None:
            self._then()
