"""What a person may steer: stop and rearm, mode, pause, offers, who is let in. The watch list is the coordinator's."""

import asyncio
import logging
from collections.abc import Callable, Collection
from datetime import UTC, datetime, timedelta
from random import Random

from config.clock import Now
from config.products import Mode, Tcin
from purchasing.commands import (
    Answered,
    Cancelled,
    Command,
    CommandOutcome,
    Done,
    Invited,
    ModeChosen,
    NotDone,
    Offer,
    Paused,
    Result,
    Resumed,
    Revoked,
    Settled,
    Stopped,
    ToConfirm,
    WatchlistEdits,
)
from purchasing.control.confirmation import challenge_of, challenge_value, new_challenge
from purchasing.control.drill import start_drill, why_no_drill
from purchasing.coordinator import Coordinator
from purchasing.events import (
    AccessChanged,
    ApprovalAnswered,
    ApprovalWithdrawn,
    Control,
    ControlChanged,
    CutAttempt,
    stamp_or_none,
)
from purchasing.model import Approval, ApprovalAnswer, Attempt, Controls, Move, Step
from purchasing.recovery import Downtime, note_contact, note_downtime, sum_up_downtime
from purchasing.rules.state_machine import BEFORE_BUTTON
from purchasing.slot.emergency_stop import Gate, stopped_by, who_stopped
from purchasing.storage.invitations import Grant, new_code
from purchasing.storage.offers import Declined
from purchasing.storage.unit_of_work import Storage, UnitOfWork

log = logging.getLogger(__name__)

#: A pause without an end, as a time.
FOR_EVER = datetime(9999, 12, 31, tzinfo=UTC)

#: How often the emergency file is looked for while nothing else asks the gate.
GATE_ROUND = timedelta(seconds=1)

#: A stop is usually stored by whoever closed the gate; after so many rounds in which it was not, it is stored here.
STORING_ROUNDS = 2

NOTHING_ASKED = "there is nothing to answer for it now"
NO_ROLE = "no role was given to that id in the chat; those of the settings are changed there"

#: How long a button of a reply may be pressed.
OFFER_HOLDS = timedelta(minutes=10)
#: What the names of offers are made of, and how long they are: none can be guessed.
LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"
NAME_LENGTH = 16


class Steering:
    """Commands that change how the whole behaves. Each is finished in the transaction of its effect."""

    def __init__(
        self,
        *,
        storage: Storage,
        gate: Gate,
        modes: Collection[Mode],
        coordinator: Coordinator,
        now: Now,
        rng: Random,
    ) -> None:
        self._storage = storage
        self._gate = gate
        self._modes = modes
        self._coordinator = coordinator
        self._now = now
        self._rng = rng

    # ---- commands

    async def put_commands(self, commands: Collection[Command], *, downtime: Downtime | None = None) -> int:
        """Store what was asked for just now, once for each key; how many were new. Some may have waited long."""

        def work(unit: UnitOfWork) -> int:
            note_contact(unit, at=self._now())
            if downtime is not None:
                note_downtime(unit, downtime, commands, at=self._now())
            return unit.commands.put(commands)

        return await self._storage.write(work)

    async def sum_up_downtime(self) -> None:
        """Tell once what became of all that waited, when all of it is done."""
        if await self._storage.read(lambda unit: unit.controls.value("absence")) is not None:
            await self._storage.write(lambda unit: sum_up_downtime(unit, at=self._now()))

    async def pending_commands(self) -> list[Command]:
        return await self._storage.read(lambda unit: unit.commands.pending())

    async def answer(self, command: Command, outcome: CommandOutcome) -> None:
        """Finish a command that changes nothing here: a question, or one that is refused."""
        await self._storage.write(lambda unit: unit.commands.finish(command, outcome, at=self._now()))

    async def stop(self, *, by: str, command: Command | None = None) -> None:
        """The emergency stop: gate, then file, then row. What can't be written doesn't hold it up.

        `by` is the name of a person, or what else stopped it.
        """
        why = stopped_by(by)
        cut = self._gate.close(why)
        try:
            await asyncio.to_thread(self._gate.leave_file)
        except OSError as error:
            log.error("stop.file_missing", extra={"why": str(error)})  # noqa: TRY400  its trace tells no more

        def work(unit: UnitOfWork) -> None:
            at = self._now()
            already, cut_attempt = unit.controls.value("stop"), _cut_attempt(cut, unit)
            if already is None:
                unit.controls.put("stop", why, by=by, at=at)
                for one in unit.approvals.withdraw(by=by, at=at):
                    unit.journal.append(ApprovalWithdrawn(approval=one.id, tcin=one.tcin, window=one.window), at=at)
                key = None if command is None else command.key
                fact = ControlChanged(what=Control.STOP, value=True, by=by, cut=cut_attempt, command=key)
                unit.journal.append(fact, at=at)
            if command is not None:
                _finish(unit, command, Stopped(already=already, cut=cut_attempt), at=at)

        await self._storage.write(work)

    async def watch_gate(self) -> None:
        """Take up an emergency file made by hand, and store a stop that could not be stored, until cancelled."""
        rounds = 0
        while True:
            why = self._gate.shut
            is_stored = why is None or await self._storage.read(lambda unit: unit.controls.value("stop")) is not None
            rounds = 0 if is_stored else rounds + 1
            if why is not None and self._gate.shut_by_file and not is_stored:
                await self.stop(by="the emergency file")
            elif why is not None and rounds > STORING_ROUNDS:
                await self.stop(by=who_stopped(why))
            await asyncio.sleep(GATE_ROUND.total_seconds())

    async def rearm(self, command: Command, *, code: str | None) -> None:
        """Lift the stop, on the second asking with the code of the first answer."""
        if not await self._is_confirmed("rearm", command, code=code):
            return
        try:
            await asyncio.to_thread(self._gate.open)
        except OSError as error:
            await self.answer(
                command, CommandOutcome(result=NotDone(why=f"the stop file can't be removed: {error.strerror}"))
            )
            return

        def work(unit: UnitOfWork) -> None:
            at = self._now()
            unit.controls.drop("stop")
            fact = ControlChanged(what=Control.REARM, value=True, by=command.person.name, command=command.key)
            unit.journal.append(fact, at=at)
            _finish(unit, command, Done(), at=at)

        await self._storage.write(work)

    async def _is_confirmed(self, what: str, command: Command, *, code: str | None) -> bool:
        """Whether the code was right; if not, the command is finished with a fresh code as its answer."""

        def work(unit: UnitOfWork) -> bool:
            at = self._now()
            held = challenge_of(unit.controls.value("challenge"))
            unit.controls.drop("challenge")
            if held is not None and held.is_met(what=what, by=command.person.id, code=code, at=at):
                return True
            if code is not None:
                why = "the code is wrong or too old; ask again without a code for a new one"
                _finish(unit, command, NotDone(why=why), at=at)
                return False
            fresh = new_challenge(what, by=command.person.id, rng=self._rng, at=at)
            unit.controls.put("challenge", challenge_value(fresh), by=command.person.id, at=at)
            _finish(unit, command, ToConfirm(what=what, code=fresh.code), at=at)
            return False

        return await self._storage.write(work)

    async def choose_mode(self, mode: Mode, command: Command, *, code: str | None) -> None:
        """Change what attempts may do, on the second asking with the code of the first answer.

        An attempt that is under way keeps the mode it was opened in.
        """
        if mode not in self._modes:
            why = f"buying in {mode} is not part of this version"
            await self.answer(command, CommandOutcome(result=NotDone(why=why)))
            return
        if not await self._is_confirmed(f"mode {mode}", command, code=code):
            return

        def work(unit: UnitOfWork) -> None:
            at = self._now()
            unit.controls.put("mode", mode, by=command.person.id, at=at)
            fact = ControlChanged(what=Control.MODE, value=mode.value, by=command.person.name, command=command.key)
            unit.journal.append(fact, at=at)
            _finish(unit, command, ModeChosen(mode=mode), at=at)

        await self._storage.write(work)

    async def pause(self, command: Command, *, tcin: Tcin | None, until: datetime | None) -> None:
        """Ask nothing of the shop, or not for this product, until then; for ever if None."""

        def work(unit: UnitOfWork) -> None:
            at = self._now()
            if tcin is None:
                unit.controls.put("pause", {"until": stamp_or_none(until)}, by=command.person.id, at=at)
            else:
                unit.products.pause(tcin, until or FOR_EVER)
            value = stamp_or_none(until) or True
            unit.journal.append(_pause_changed(tcin, command, value=value), at=at)
            _finish(unit, command, Paused(tcin=tcin, until=until), at=at)

        await self._storage.write(work)

    async def resume(self, command: Command, *, tcin: Tcin | None) -> None:
        """Lift a pause; a stop stays."""

        def work(unit: UnitOfWork) -> None:
            at = self._now()
            if tcin is None:
                unit.controls.drop("pause")
            else:
                unit.products.pause(tcin, None)
            unit.journal.append(_pause_changed(tcin, command, value=False), at=at)
            controls = unit.controls.read(at=at)
            result = Resumed(tcin=tcin, stopped=controls.stopped, paused=controls.paused)
            _finish(unit, command, result, at=at)

        await self._storage.write(work)

    async def drill(self, command: Command, *, holds: timedelta) -> None:
        """Have a product that no shop sells restock once, for no longer than `holds`."""

        def work(unit: UnitOfWork) -> None:
            at = self._now()
            why = why_no_drill(unit, at=at)
            if why is None:
                start_drill(unit, by=command.person.id, holds=holds, at=at)
            _finish(unit, command, Done() if why is None else NotDone(why=why), at=at)

        await self._storage.write(work)

    async def cancel(self, command: Command) -> None:
        """Call off the attempt in the slot, if it is before its button."""

        def work(unit: UnitOfWork) -> Attempt | None:
            slot = unit.attempts.slot()
            if slot is not None and slot.step in BEFORE_BUTTON:
                _finish(unit, command, Cancelled(attempt=slot.id, tcin=slot.tcin), at=self._now())
                return slot
            why = "there is no attempt" if slot is None else f"attempt {slot.id} is past its button and is followed"
            _finish(unit, command, NotDone(why=why, about=() if slot is None else (slot.tcin,)), at=self._now())
            return None

        if slot := await self._storage.write(work):
            self._coordinator.slot.call_off(f"cancelled by {command.person.name}", attempt=slot)

    # ---- answers to approvals and to what is not known

    async def answer_approval(
        self, command: Command, answer: ApprovalAnswer, *, approval: int | None = None, tcin: Tcin | None = None
    ) -> None:
        """Say yes or no to an approval, by the number on its button or for a product; a product's own one may be past.

        A second answer is told who gave the first one, and when.
        """
        at, gate_shut = self._now(), self._gate.shut

        def work(unit: UnitOfWork) -> bool:
            asked = unit.approvals.get(approval) if approval is not None else None
            if approval is None and tcin is not None:
                asked = self._open_approval(unit, tcin, at=at)
            why = _why_not_answer(asked, unit, at=at)
            if answer is ApprovalAnswer.BUY:
                why = why or _why_no_yes(unit.controls.read(at=at), gate_shut)
            if why is not None or asked is None:
                about = () if asked is None else (asked.tcin,)
                _finish(unit, command, NotDone(why=why or NOTHING_ASKED, about=about), at=at)
                return False
            unit.approvals.answer(asked, answer, by=command.person.name, at=at)
            by = command.person.id
            fact = ApprovalAnswered(approval=asked.id, tcin=asked.tcin, window=asked.window, answer=answer, by=by)
            unit.journal.append(fact, at=at)
            _finish(unit, command, Answered(tcin=asked.tcin, answer=answer), at=at)
            return True

        if await self._storage.write(work) and answer is ApprovalAnswer.BUY:
            self._coordinator.slot.on_answered()

    def _open_approval(self, unit: UnitOfWork, tcin: Tcin, *, at: datetime) -> Approval | None:
        """The open approval of a product; made anew where its time ran out and the restock window is still open."""
        window = unit.windows.open_of(tcin)
        if window is None:
            return None
        last = unit.approvals.last_of(window)
        if last is not None and last.answer is ApprovalAnswer.EXPIRED:
            made = unit.approvals.make(tcin, window, price=last.price, at=at, expires_at=at + OFFER_HOLDS)
            return unit.approvals.get(made)
        return last

    async def settle(self, command: Command, attempt_id: int, *, bought: bool) -> None:
        """Say what became of an unconfirmed attempt, where the order list can't."""

        def work(unit: UnitOfWork) -> bool:
            at = self._now()
            slot = unit.attempts.slot()
            if slot is None or slot.id != attempt_id or slot.step is not Step.UNCONFIRMED:
                why = f"attempt {attempt_id} is not one whose outcome is not known"
                _finish(unit, command, NotDone(why=why), at=at)
                return False
            to = Step.CONFIRMED if bought else Step.REFUSED
            why = f"settled by {command.person.name}: {'bought' if bought else 'not bought'}"
            unit.attempts.move(slot, Move(to=to, why=why), at=at)
            _finish(unit, command, Settled(attempt=attempt_id, tcin=slot.tcin, bought=bought), at=at)
            return True

        if await self._storage.write(work):
            self._coordinator.slot.on_settled()

    # ---- offers and people

    async def take_offer(self, token: str, command: Command, *, may: Callable[[str], bool]) -> Offer | None:
        """What a pressed button stands for; None if it can't be taken, and the command is finished with the reason."""
        at = self._now()

        def work(unit: UnitOfWork) -> Offer | None:
            taken = unit.offers.take(token, command, may=may, at=at)
            if isinstance(taken, Declined):
                _finish(unit, command, NotDone(why=taken.why), at=at)
                return None
            return taken

        return await self._storage.write(work)

    def new_offer(self, label: str, what: str, args: str = "", *, edits: WatchlistEdits | None = None) -> Offer:
        """An offer to be made with an outcome."""
        token = "".join(self._rng.choice(LETTERS) for _ in range(NAME_LENGTH))
        return Offer(token=token, label=label, what=what, args=args, edits=edits, expires_at=self._now() + OFFER_HOLDS)

    async def grants(self) -> list[Grant]:
        return await self._storage.read(lambda unit: unit.invitations.grants())

    async def open_door(self, role: str, *, by: str, command: Command | None = None) -> str:
        """A one-time code that gives this role."""
        code = new_code(self._rng)

        def work(unit: UnitOfWork) -> None:
            at = self._now()
            unit.invitations.invite(code, role, by=by, at=at)
            if command is not None:
                _finish(unit, command, Invited(code=code, role=role), at=at)

        await self._storage.write(work)
        return code

    async def try_door(
        self, code: str, *, user: int, name: str, said_at: datetime, may: Callable[[str], bool]
    ) -> str | None:
        """Give this person the role that the code holds, if they may have it; None, and not a word, if it is wrong."""

        def work(unit: UnitOfWork) -> str | None:
            at = self._now()
            role = unit.invitations.try_code(code, said_at=said_at, at=at, may=may)
            if role is not None:
                unit.invitations.grant(user, role, name=name, by=str(user), at=at)
                unit.journal.append(AccessChanged(user=user, name=name, role=role, by=str(user)), at=at)
            return role

        return await self._storage.write(work)

    async def revoke(self, user: int, command: Command, *, stays: str | None) -> None:
        """Take a role given in the chat away; `stays` is the one that this person has besides, if any."""

        def work(unit: UnitOfWork) -> None:
            at = self._now()
            was = unit.invitations.revoke(user)
            if was:
                unit.journal.append(AccessChanged(user=user, role=None, by=command.person.id), at=at)
            _finish(unit, command, Revoked(user=user, stays=stays) if was else NotDone(why=NO_ROLE), at=at)

        await self._storage.write(work)


def _pause_changed(tcin: Tcin | None, command: Command, *, value: bool | str) -> ControlChanged:
    by = command.person.id
    return ControlChanged(what=Control.PAUSE, value=value, by=by, tcin=tcin, command=command.key)


def _finish(unit: UnitOfWork, command: Command, result: Result, *, at: datetime) -> None:
    unit.commands.finish(command, CommandOutcome(result=result), at=at)


def _cut_attempt(cut: Attempt | None, unit: UnitOfWork) -> CutAttempt | None:
    """What a stop did to the attempt that was under way, if there was one."""
    if cut is None:
        return None
    return CutAttempt(attempt=cut.id, tcin=cut.tcin, title=unit.products.title_of(cut.tcin), step=cut.step)


def _why_no_yes(controls: Controls, gate_shut: str | None) -> str | None:
    """Why a yes would not be acted upon now, so that it is not taken; else None."""
    if stopped := gate_shut or controls.stopped:
        return f"buying is {stopped}; /rearm first"
    return "watching is paused; /resume first" if controls.paused else None


def _why_not_answer(approval: Approval | None, unit: UnitOfWork, *, at: datetime) -> str | None:
    """Why this approval can't be answered now, else None."""
    if approval is None:
        return NOTHING_ASKED
    if approval.answer in {ApprovalAnswer.BUY, ApprovalAnswer.SKIP}:
        when = approval.answered_at.strftime("%H:%M:%S") if approval.answered_at else "?"
        return f"{approval.answered_by} said {approval.answer} already, at {when} UTC"
    if approval.answer is ApprovalAnswer.EXPIRED or at > approval.expires_at:
        return "the time for an answer is over; /buy still can while it is in stock"
    if unit.windows.open_of(approval.tcin) != approval.window:
        return "that restock is over"
    return None
