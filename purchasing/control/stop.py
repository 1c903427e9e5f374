"""The emergency stop, and arming again. The gate closes in memory first; what is slow or may fail follows."""

import asyncio
import logging
from datetime import timedelta

from config.clock import Now
from purchasing.commands import Command, Done, NotDone, Stopped
from purchasing.control.confirmation import Confirmation
from purchasing.controls import Challenge
from purchasing.events import ApprovalWithdrawn, Control, ControlChanged, CutAttempt
from purchasing.model import Attempt
from purchasing.slot.emergency_stop import Gate, stopped_by, who_stopped
from purchasing.storage.controls import CHALLENGE, STOP
from purchasing.storage.unit_of_work import Storage, UnitOfWork

log = logging.getLogger(__name__)

#: The command that lifts it, as it is to be said again with a code.
REARM = "rearm"
#: What whoever asked to arm again is told where a stop was heard after that.
OVERTAKEN = "a stop came after it, or Stockbell was started anew; ask again, without a code"

#: How often the emergency file is looked for while nothing else asks the gate.
GATE_ROUND = timedelta(seconds=1)

#: A stop is usually stored by whoever closed the gate; after so many rounds in which it was not, it is stored here.
STORING_ROUNDS = 2


class EmergencyStop:
    """Stops all buying until it is armed again, over restarts too: by the row or by the file."""

    def __init__(self, *, storage: Storage, gate: Gate, confirmation: Confirmation, now: Now) -> None:
        self._storage = storage
        self._gate = gate
        self._confirmation = confirmation
        self._now = now

    async def stop(self, *, by: str, command: Command | None = None) -> None:
        """The emergency stop: gate, then file, then row. What can't be written doesn't hold it up.

        `by` is the name of a person, or what else stopped it.
        """
        why = stopped_by(by)
        cut = self._gate.hold(why)
        mark = (command.gate_mark if command is not None else None) or self._gate.mark
        try:
            await asyncio.to_thread(self._gate.leave_file)
        except OSError as error:
            log.error("stop.file_missing", extra={"why": str(error)})  # noqa: TRY400  its trace tells no more

        def work(unit: UnitOfWork) -> None:
            at = self._now()
            already, cut_attempt = unit.controls.get(STOP), _cut_attempt(cut, unit)
            challenge = unit.controls.get(CHALLENGE)
            if challenge is not None and challenge.what == REARM:
                unit.controls.drop(CHALLENGE)  # it was for an earlier stop
            if already is None:
                unit.controls.put(STOP, why, by=by, at=at)
                for one in unit.approvals.withdraw(by=by, at=at):
                    unit.journal.append(ApprovalWithdrawn(approval=one.id, tcin=one.tcin, window=one.window), at=at)
                key = None if command is None else command.key
                fact = ControlChanged(
                    what=Control.STOP, value=True, by=by, cut=cut_attempt, command=key, heard_after=mark.heard_after
                )
                unit.journal.append(fact, at=at)
            if command is not None:
                unit.commands.finish(command, Stopped(already=already, cut=cut_attempt), at=at)

        await self._storage.write(work)

    async def watch_gate(self) -> None:
        """Take up an emergency file made by hand, and store a stop that could not be stored, until cancelled."""
        rounds = 0
        while True:
            why = self._gate.stop
            is_stored = why is None or await self._is_stored()
            rounds = 0 if is_stored else rounds + 1
            if why is not None and self._gate.shut_by_file and not is_stored:
                await self.stop(by="the emergency file")
            elif why is not None and rounds > STORING_ROUNDS:
                await self.stop(by=who_stopped(why))
            await asyncio.sleep(GATE_ROUND.total_seconds())

    async def _is_stored(self) -> bool:
        return await self._storage.read(lambda unit: unit.controls.get(STOP)) is not None

    async def rearm(self, command: Command, *, code: str | None) -> None:
        """Lift the stop, on the second asking with the code of the first answer, and accept the clock if that named it.

        A stop that was heard after it stands: it may have been sent by whoever did not know of this.
        """
        confirmed = await self._confirmation.check(REARM, command, code=code, names_clocks=True)
        if confirmed is None:
            return
        mark = self._gate.mark
        if command.gate_mark != mark:
            await self._refuse(command, OVERTAKEN)
            return
        try:
            await asyncio.to_thread(self._gate.remove_file)
        except OSError as error:
            await self._refuse(command, f"the stop file can't be removed: {error.strerror}")
            return
        is_lifted = await self._storage.write(lambda unit: self._lift(unit, command, confirmed))
        if not (is_lifted and self._gate.open(mark)):
            # A stop was heard meanwhile: whoever heard it stores it; its file may be the one that was removed.
            await asyncio.to_thread(self._gate.leave_file)

    async def _refuse(self, command: Command, why: str) -> None:
        await self._storage.write(lambda unit: unit.commands.finish(command, NotDone(why=why), at=self._now()))

    def _lift(self, unit: UnitOfWork, command: Command, confirmed: Challenge) -> bool:
        at = self._now()
        if not self._gate.is_at(command.gate_mark):
            unit.commands.finish(command, NotDone(why=OVERTAKEN), at=at)
            return False
        by, ahead = command.person.name, None if confirmed.ahead is None else unit.clock.ahead(at=at)
        unit.controls.drop(STOP)
        if ahead is not None:
            unit.clock.accept(by=by, at=at)
        fact = ControlChanged(what=Control.REARM, value=True, by=by, command=command.key, passed_over=ahead)
        unit.journal.append(fact, at=at)
        unit.commands.finish(command, Done(), at=at)
        return True


def _cut_attempt(cut: Attempt | None, unit: UnitOfWork) -> CutAttempt | None:
    """What a stop did to the attempt that was under way, if there was one."""
    if cut is None:
        return None
    return CutAttempt(attempt=cut.id, tcin=cut.tcin, title=unit.products.title_of(cut.tcin), step=cut.step)
