"""The single slot: takes snapshots and commands, writes first, runs the one attempt, and follows with the queue."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import datetime, tzinfo

from config.clock import Now
from config.products import DRILL, Mode, Product, Tcin
from monitor.model import Agenda, Answer, Reading, Snapshot
from purchasing.control.drill import close_drill, join_drill
from purchasing.model import Attempt, Command, Json, Limits, Move, Outcome, Standing, Step
from purchasing.ports import Shopper
from purchasing.recovery import Absence, absence_before
from purchasing.rules.decide import decide, decide_on_free_slot
from purchasing.rules.limits import why_no_longer_wanted, why_not_confirmed, why_not_press
from purchasing.rules.state_machine import AFTER_RESTART, HOLDS_SLOT
from purchasing.slot.emergency_stop import Gate
from purchasing.slot.runner import Errand, settle
from purchasing.storage.unit_of_work import Storage, UnitOfWork

log = logging.getLogger(__name__)

#: What a start says that was asked for a mode in which nobody here can buy.
NO_BUYER = "practises: buying in {mode} is not part of this version"

#: A fresh look at one product by itself, with price and seller: `Shop.look`.
Look = Callable[[Tcin], Awaitable[Answer]]


class Coordinator:
    """The only one who buys. Every public method that writes returns once it is on disk."""

    def __init__(
        self,
        *,
        storage: Storage,
        shopper: Shopper,
        look: Look,
        gate: Gate,
        limits: Limits,
        timezone: tzinfo,
        now: Now,
    ) -> None:
        self._storage = storage
        self._shopper = shopper
        self._look = look
        self._gate = gate
        self._limits = limits
        self._timezone = timezone
        self._now = now
        self._errand: Errand | None = None
        #: The attempt that was last taken to the buyer.
        self._begun: int | None = None
        self._wake = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._closing = False
        #: Somebody said yes: the decision is to be made again, without waiting for the next cycle.
        self._answered = False
        self._settling: asyncio.Task[Attempt] | None = None
        #: The attempt that the last stop found under way, as it was then; None if it found none.
        self.cut: Attempt | None = None
        #: An attempt that is on disk and was called off before it was taken to the buyer, and why.
        self._forewarned: tuple[int, str] | None = None
        self._whole_stock = True
        gate.on_shut(self._cut_short)

    # ---- start and end

    async def recover(self, *, mode: Mode, modes: Collection[Mode], notes: Json) -> Absence:
        """Begin after whatever end there was: settle what was under way, restore the stop, say so.

        Returns for how long nobody was heard before, and for how long there was no sign of life.

        `mode` is taken where none was ever chosen; one that is not among `modes`, in which somebody here can buy, falls
        back to practice. Nothing may be asked of the coordinator before this.
        """

        def work(unit: UnitOfWork) -> tuple[str | None, Absence]:
            at = self._now()
            absence = absence_before(unit, at=at)
            chosen = unit.controls.value("mode") or mode
            holds = chosen if chosen in modes else Mode.SIMULATE
            if holds != unit.controls.value("mode"):
                unit.controls.put("mode", holds, by="settings", at=at)
            controls = unit.controls.read(at=at)
            fallen_back = {} if chosen in modes else {"note": NO_BUYER.format(mode=chosen)}
            unit.journal.append("service_started", {"mode": controls.mode, **fallen_back, **notes}, at=at)
            attempt = unit.attempts.slot()
            if attempt is not None and attempt.step in AFTER_RESTART:
                why = f"the service ended while it was {attempt.step}"
                unit.attempts.move(attempt, Move(to=AFTER_RESTART[attempt.step], why=why), at=at)
            return controls.stopped, absence

        stopped, absence = await self._storage.write(work)
        if stopped:
            self._gate.close(stopped)
        return absence

    async def run(self) -> None:
        """Carry out attempts, one after another, until cancelled."""
        while not self._closing:
            self._wake.clear()
            attempt = await self._storage.read(lambda unit: unit.attempts.slot())
            if attempt is not None:
                await self._serve(attempt)
            elif self._answered:
                self._answered = False
                await self._follow()
            else:
                await self._wake.wait()

    async def _serve(self, attempt: Attempt) -> None:
        if not self._closing:
            await self._carry(attempt)
        if not self._closing:
            await self._follow()

    async def finish(self) -> None:
        """Call off an attempt before its button and wait for its end; one past it is followed to its outcome."""
        self._closing = True
        self.call_off("the service is stopping")
        await self._idle.wait()
        await self._storage.write(self._abandon_unbegun)

    def _abandon_unbegun(self, unit: UnitOfWork) -> None:
        """What a last cycle opened is not taken to the buyer any more."""
        attempt = unit.attempts.slot()
        if attempt is not None and attempt.step is Step.OPENED and attempt.id != self._begun:
            unit.attempts.move(attempt, Move(to=Step.ABANDONED, why="the service is stopping"), at=self._now())

    # ---- cycles

    async def agenda(self) -> Agenda:
        return await self._storage.read(lambda unit: unit.views.agenda(at=self._now()))

    async def next_stranger(self) -> Tcin | None:
        return await self._storage.read(lambda unit: unit.details.next_stranger(at=self._now()))

    async def next_unpriced(self) -> Tcin | None:
        return await self._storage.read(lambda unit: unit.details.next_unpriced(at=self._now()))

    async def learn(self, details: Reading) -> None:
        await self._storage.write(lambda unit: unit.details.learn(details, at=self._now()))

    async def take(self, snapshot: Snapshot) -> None:
        """Decide what a cycle means and write it: one transaction, one event."""
        at, gate_shut = self._now(), self._gate.shut

        def work(unit: UnitOfWork) -> None:
            standing = self._standing(unit, gate_shut=gate_shut, at=at)
            news = join_drill(snapshot, standing, at=at)
            decision = decide(news, standing, at=at)
            unit.cycles.commit(news, decision, standing, at=at, whole_stock=self._whole_stock)
            close_drill(unit, decision, standing, at=at)

        await self._storage.write(work)
        self._whole_stock = False
        self._wake.set()

    def standing(self, unit: UnitOfWork, at: datetime) -> Standing:
        """All that a decision would be made from at that time, within the reader's own transaction."""
        return self._standing(unit, gate_shut=None, at=at)

    def _standing(self, unit: UnitOfWork, *, gate_shut: str | None, at: datetime) -> Standing:
        """Read on the database's thread; the gate was asked before, as its closing calls off what runs on the loop."""
        midnight = at.astimezone(self._timezone).replace(hour=0, minute=0, second=0, microsecond=0)
        return unit.views.standing(self._limits, gate_shut=gate_shut, day_began=midnight, at=at)

    # ---- the slot

    async def _carry(self, attempt: Attempt) -> None:
        try:
            if attempt.step is Step.UNCONFIRMED:
                await self._settle(attempt)
            elif attempt.id == self._begun:  # its errand broke, and that could not be written either
                await self._end_broken()
            else:
                await self._run_errand(attempt)
        except Exception:
            log.exception("attempt.broke", extra={"attempt": attempt.id})
            await self._end_broken()

    async def _settle(self, attempt: Attempt) -> None:
        """Ask the order list until it answers, or until the owner does."""
        self._settling = asyncio.create_task(
            settle(attempt, self._shopper, self, now=self._now), name="attempt-settling"
        )
        try:
            await asyncio.wait([self._settling])
            if not self._settling.cancelled():
                self._settling.result()
        finally:
            self._settling.cancel()
            self._settling = None

    def was_settled(self) -> None:
        """The owner has settled the unconfirmed attempt: nobody need be asked any more."""
        if self._settling is not None:
            self._settling.cancel()

    def was_answered(self) -> None:
        """Somebody said yes to an ask."""
        self._answered = True
        self._wake.set()

    async def _run_errand(self, attempt: Attempt) -> None:
        self._begun = attempt.id
        self._errand = Errand(
            attempt,
            buyer=self._shopper,
            desk=self,
            allowance=self._limits.allowance,
            now=self._now,
        )
        if self._forewarned is not None and self._forewarned[0] == attempt.id:
            self._errand.call_off(self._forewarned[1])
        self._idle.clear()
        try:
            await self._errand.run()
        finally:
            self._errand = None
            self._idle.set()

    async def _end_broken(self) -> None:
        """An errand that broke is treated as one that a crash ended: what it may have ordered is never repeated."""

        def work(unit: UnitOfWork) -> None:
            attempt = unit.attempts.slot()
            if attempt is not None and attempt.step in AFTER_RESTART:
                move = Move(to=AFTER_RESTART[attempt.step], why="it broke, the log says how")
                unit.attempts.move(attempt, move, at=self._now())

        await self._storage.write(work)

    async def _follow(self) -> None:
        at, gate_shut = self._now(), self._gate.shut

        def work(unit: UnitOfWork) -> None:
            standing = self._standing(unit, gate_shut=gate_shut, at=at)
            unit.cycles.commit_follow(decide_on_free_slot(standing, at=at), standing, at=at)

        await self._storage.write(work)

    # ---- the errand's desk

    async def move(self, attempt: Attempt, move: Move) -> Attempt:
        at = self._now()
        moved = await self._storage.write(lambda unit: unit.attempts.move(attempt, move, at=at))
        log.info("attempt.moved", extra={"attempt": moved.id, "tcin": moved.tcin, "to": move.to.value, "why": move.why})
        return moved

    async def why_not_confirmed(self, attempt: Attempt) -> str | None:
        reading = (await self._look(attempt.tcin)).readings[attempt.tcin]
        return await self._storage.write(lambda unit: self._compare(unit, attempt, reading))

    def _compare(self, unit: UnitOfWork, attempt: Attempt, reading: Reading) -> str | None:
        """Hold the second look against the watch list as it is now; a difference goes into the journal."""
        product = next((one for one in unit.products.watchlist() if one.tcin == attempt.tcin), None)
        if product is None:
            return "no longer watched"
        at, why = self._now(), why_not_confirmed(reading, product, attempt)
        if reading.is_certain:
            unit.details.learn(reading, at=at)
        if reading.is_certain and why is not None:
            unit.journal.append("disagreement", {"tcin": attempt.tcin, "attempt": attempt.id, "why": why}, at=at)
        return why

    async def why_not_press(self, attempt: Attempt) -> str | None:
        at, gate_shut = self._now(), self._gate.shut
        return await self._storage.read(
            lambda unit: why_not_press(attempt, self._standing(unit, gate_shut=gate_shut, at=at))
        )

    def gate_shut(self) -> str | None:
        return self._gate.shut

    async def left_in_cart(self) -> list[Attempt]:
        return await self._storage.read(lambda unit: unit.attempts.left_in_cart())

    async def cart_is_clean(self, attempt: Attempt) -> None:
        await self._storage.write(lambda unit: unit.attempts.forget_left(attempt, at=self._now()))

    def call_off(self, why: str, *, attempt: Attempt | None = None) -> None:
        """Give the attempt up if it is before its button, or this one as soon as it is taken up."""
        if self._errand is not None and (attempt is None or attempt.id == self._errand.attempt.id):
            self._errand.call_off(why)
        elif attempt is not None:
            self._forewarned = (attempt.id, why)

    def _cut_short(self, why: str) -> None:
        """The gate was shut; who takes an attempt up later finds it so."""
        attempt = None if self._errand is None else self._errand.attempt
        self.cut = attempt if attempt is not None and attempt.step in HOLDS_SLOT else None
        self.call_off(why)

    # ---- the watch list

    async def take_up(
        self, products: Sequence[Product], *, by: str, finish: tuple[Command, Outcome] | None = None
    ) -> None:
        """Make this the watch list and, in the same transaction, finish the command that brought it."""

        def work(unit: UnitOfWork) -> Attempt | None:
            at = self._now()
            unit.products.take_up(products, by=by, at=at)
            if finish is not None:
                unit.commands.finish(*finish, at=at)
            return unit.attempts.slot()

        slot = await self._storage.write(work)
        if slot is not None and slot.tcin != DRILL:
            self._drop_unwanted(slot, products)

    def _drop_unwanted(self, slot: Attempt, products: Sequence[Product]) -> None:
        wanted = {product.tcin: product for product in products}.get(slot.tcin)
        if why := "no longer watched" if wanted is None else why_no_longer_wanted(wanted):
            self.call_off(why, attempt=slot)

    async def note(self, kind: str, body: Json) -> None:
        """Put something that happened elsewhere into the journal."""
        await self._storage.write(lambda unit: unit.journal.append(kind, body, at=self._now()))

    async def watchlist(self) -> tuple[Product, ...]:
        return await self._storage.read(lambda unit: unit.products.watchlist())
