"""The worker of the one slot: takes each attempt to its buyer, settles what is in doubt, follows with the queue."""

import asyncio
import logging
from datetime import timedelta

from config.clock import Now
from purchasing.cycles import Cycles
from purchasing.model import Attempt, Limits, Step, Transition
from purchasing.ports import Shopper
from purchasing.rules.state_machine import AFTER_RESTART, HOLDS_SLOT
from purchasing.slot.cleaning import CartCleaner
from purchasing.slot.desk import AttemptDesk
from purchasing.slot.runner import AttemptRunner
from purchasing.slot.settle import settle
from purchasing.storage.unit_of_work import Storage, UnitOfWork

log = logging.getLogger(__name__)

#: An attempt that broke is taken up again after this.
AGAIN = timedelta(seconds=1)
#: What an attempt says that the end of the service gave up.
ENDING = "the service is stopping"


class SlotWorker:
    """The only one who buys. Losing its memory costs nothing: what is in the slot stands on disk."""

    def __init__(
        self,
        *,
        storage: Storage,
        shopper: Shopper,
        desk: AttemptDesk,
        cycles: Cycles,
        limits: Limits,
        now: Now,
    ) -> None:
        self._storage = storage
        self._shopper = shopper
        self._desk = desk
        self._cycles = cycles
        self._limits = limits
        self._cleaner = CartCleaner(buyer=shopper, desk=desk)
        self._now = now
        self._runner: AttemptRunner | None = None
        #: The attempt that was last taken to the buyer.
        self._begun: int | None = None
        #: An attempt that is on disk and was called off before it was taken to the buyer, and why.
        self._forewarned: tuple[int, str] | None = None
        self._settling: asyncio.Task[Attempt] | None = None
        self._wake = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._closing = False
        #: The decision is to be made again, without waiting for the next cycle.
        self._decides_again = False

    # ---- what others tell it

    def on_decided(self) -> None:
        """A cycle was decided: there may be an attempt."""
        self._wake.set()

    def on_answered(self) -> None:
        """Somebody said yes to a purchase that asks."""
        self._decides_again = True
        self._wake.set()

    def on_settled(self) -> None:
        """The owner has settled the unconfirmed attempt: nobody need be asked any more."""
        if self._settling is not None:
            self._settling.cancel()

    def call_off(self, why: str, attempt: Attempt | None = None) -> None:
        """Give the attempt up if it is before its button, or this one as soon as it is taken up."""
        if self._runner is not None and (attempt is None or attempt.id == self._runner.attempt.id):
            self._runner.call_off(why)
        elif attempt is not None:
            self._forewarned = (attempt.id, why)

    def cut_short(self, why: str) -> Attempt | None:
        """The gate was shut: what that found under way, as it was then. Who is taken up later finds the gate shut."""
        attempt = None if self._runner is None else self._runner.attempt
        self.call_off(why)
        return attempt if attempt is not None and attempt.step in HOLDS_SLOT else None

    # ---- its work

    async def run(self) -> None:
        """Carry out attempts, one after another, and clean up after them in between, until cancelled."""
        try:
            while not self._closing:
                self._wake.clear()
                await self._take_turn(await self._storage.read(lambda unit: unit.attempts.slot()))
        finally:
            await self._cleaner.stop()

    async def _take_turn(self, attempt: Attempt | None) -> None:
        if attempt is not None:
            await self._cleaner.stop()
            self._cleaner.on_attempt()
            await self._serve(attempt)
        elif self._decides_again:
            self._decides_again = False
            await self._cycles.follow()
        elif not self._closing:
            self._cleaner.begin()
            await self._wake.wait()

    async def finish(self) -> None:
        """Call off an attempt before its button and wait for its end; one past it is followed to its outcome."""
        self._closing = True
        self.call_off(ENDING)
        await self._cleaner.stop()
        await self._idle.wait()
        await self._storage.write(self._abandon_unbegun)

    def _abandon_unbegun(self, unit: UnitOfWork) -> None:
        """What a last cycle opened is not taken to the buyer any more."""
        attempt = unit.attempts.slot()
        if attempt is not None and attempt.step is Step.OPENED and attempt.id != self._begun:
            unit.attempts.move(attempt, Transition(to=Step.ABANDONED, why=ENDING), at=self._now())

    async def _serve(self, attempt: Attempt) -> None:
        if not self._closing:
            await self._carry(attempt)
        if not self._closing:
            await self._cycles.follow()

    async def _carry(self, attempt: Attempt) -> None:
        try:
            if attempt.step is Step.UNCONFIRMED:
                await self._settle(attempt)
            elif attempt.id == self._begun:  # its runner broke, and that could not be written either
                await self._end_broken()
            else:
                await self._carry_out(attempt)
        except Exception:
            log.exception("attempt.broke", extra={"attempt": attempt.id})
            await self._end_broken()
            # What could not be written stands where it stood: neither disk nor shop is asked without a pause.
            await asyncio.sleep(AGAIN.total_seconds())

    async def _settle(self, attempt: Attempt) -> None:
        """Ask the order list until it answers, or until the owner does."""
        self._settling = asyncio.create_task(
            settle(attempt, self._shopper, self._desk, listed_within=self._limits.listed_within),
            name="attempt-settling",
        )
        try:
            await asyncio.wait([self._settling])
            if not self._settling.cancelled():
                self._settling.result()
        finally:
            self._settling.cancel()
            self._settling = None

    async def _carry_out(self, attempt: Attempt) -> None:
        self._begun = attempt.id
        self._runner = AttemptRunner(
            attempt,
            buyer=self._shopper,
            desk=self._desk,
            allowance=self._limits.allowance,
            freshness=self._limits.freshness,
            now=self._now,
        )
        if self._forewarned is not None and self._forewarned[0] == attempt.id:
            self._runner.call_off(self._forewarned[1])
        self._idle.clear()
        try:
            await self._runner.run()
        finally:
            self._runner = None
            self._idle.set()

    async def _end_broken(self) -> None:
        """A runner that broke is treated as one that a crash ended: what it may have ordered is never repeated."""

        def work(unit: UnitOfWork) -> None:
            attempt = unit.attempts.slot()
            if attempt is not None and attempt.step in AFTER_RESTART:
                transition = Transition(to=AFTER_RESTART[attempt.step], why="it broke, the log says how")
                unit.attempts.move(attempt, transition, at=self._now())

        await self._storage.write(work)
