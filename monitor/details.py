"""Looks at single products: at new ones, slowly; at once at those of which a person waits for the price."""

import asyncio
import logging
from datetime import timedelta

from config.products import Tcin
from config.waiting import wait_for_event
from monitor.ports import NextToLookAt, OnDetails, Shop
from monitor.request_budget import MINUTE, PART_OF_OTHERS, RequestBudget

_log = logging.getLogger(__name__)

CALLS_OF_A_LOOK = 2


class DetailsReader:
    """The slow path beside the cycles: what it learns is kept, and a product that is known is left alone.

    Where the shop asks us to wait, or the owner's budget has no room, nobody's product is looked at until then; cycles
    leave room for who waits.
    """

    def __init__(
        self,
        *,
        shop: Shop,
        next_new: NextToLookAt,
        next_unpriced: NextToLookAt,
        on_details: OnDetails,
        every: timedelta,
        budget: RequestBudget | None = None,
    ) -> None:
        self._budget = budget or RequestBudget(None, monotonic=lambda: 0.0)
        self._shop = shop
        self._next_new = next_new
        self._next_unpriced = next_unpriced
        self._on_details = on_details
        self._every = every
        if self._budget.per_minute is not None:
            calls = self._budget.fitting(CALLS_OF_A_LOOK)
            self._every = max(every, MINUTE * calls / self._budget.per_minute / PART_OF_OTHERS)
        self._woken = asyncio.Event()
        #: Until when nothing may be asked, on the event loop's clock.
        self._held_until = 0.0
        #: When a new product may be looked at.
        self._due = 0.0

    def wake(self) -> None:
        """A person may wait for a price."""
        self._woken.set()

    async def run(self) -> None:
        """Look at one new product every so often, until cancelled; none of them waits for a price."""
        until = self._due = asyncio.get_running_loop().time() + self._every.total_seconds()
        while True:
            await self._rest(until=until)
            if await self._look_at_those_due():
                until = self._held_until
            else:
                self._budget.want(0)
                until = max(self._due, self._held_until)

    async def _look_at_those_due(self) -> bool:
        """Look at those whose time has come; whether one of them has to wait."""
        while (tcin := await self._next_unpriced()) is not None:
            if self._must_wait():
                return True
            await self._look(tcin)
        at = asyncio.get_running_loop().time()
        if at < self._due:
            return False
        tcin = await self._next_new()
        if tcin is not None and self._must_wait():
            return True
        self._due = at + self._every.total_seconds()
        if tcin is not None:
            await self._look(tcin)
        return False

    def _must_wait(self) -> bool:
        """The shop asked us to, or the owner's budget has no room, which is wanted from now on."""
        at = asyncio.get_running_loop().time()
        if at < self._held_until:
            return True
        wait = self._budget.wait(CALLS_OF_A_LOOK)
        self._budget.want(CALLS_OF_A_LOOK if wait > timedelta(0) else 0)
        self._held_until = max(self._held_until, at + wait.total_seconds())
        return at < self._held_until

    async def _rest(self, *, until: float) -> None:
        self._woken.clear()
        left = until - asyncio.get_running_loop().time()
        await wait_for_event(self._woken, longest=timedelta(seconds=left))

    async def _look(self, tcin: Tcin) -> None:
        answer = await self._shop.look(tcin, urgent=False)
        for trouble in answer.troubles:
            _log.info("details.trouble", extra={"tcin": tcin, "why": trouble.message})
            if trouble.retry_after is not None:
                ends = asyncio.get_running_loop().time() + trouble.retry_after.total_seconds()
                self._held_until = max(self._held_until, ends)
        await self._on_details(answer.readings[tcin])
