"""What a person may do about the one attempt: call it off before its button, or tell what became of it."""

from config.clock import Now
from purchasing.commands import Cancelled, Command, NotDone, Settled
from purchasing.events import ApprovalAnswered
from purchasing.model import ApprovalAnswer, Attempt, Step, Transition
from purchasing.rules.state_machine import BEFORE_BUTTON
from purchasing.slot.worker import SlotWorker
from purchasing.storage.unit_of_work import Storage, UnitOfWork


class AttemptControl:
    """What is done about the attempt is on disk before the slot's worker hears of it."""

    def __init__(self, *, storage: Storage, slot: SlotWorker, now: Now) -> None:
        self._storage = storage
        self._slot = slot
        self._now = now

    async def cancel(self, command: Command) -> None:
        """Call off the attempt in the slot, if it is before its button, and skip its product for this restock."""

        def work(unit: UnitOfWork) -> Attempt | None:
            slot = unit.attempts.slot()
            if slot is not None and slot.step in BEFORE_BUTTON:
                self._hold_back(unit, slot, command)
                unit.commands.finish(command, Cancelled(attempt=slot.id, tcin=slot.tcin), at=self._now())
                return slot
            why = "nothing is being bought" if slot is None else f"attempt {slot.id} is ordered already"
            about = () if slot is None else (slot.tcin,)
            unit.commands.finish(command, NotDone(why=why, about=about), at=self._now())
            return None

        if slot := await self._storage.write(work):
            self._slot.call_off(f"cancelled by {command.person.name}", attempt=slot)

    def _hold_back(self, unit: UnitOfWork, attempt: Attempt, command: Command) -> None:
        """No attempt follows on this one until its restock window has closed, whatever the mode."""
        window, at, by = unit.windows.open_of(attempt.tcin), self._now(), command.person
        if window is None or window != attempt.window:
            return
        approval = unit.approvals.skip(attempt.tcin, window, by=by.name, at=at)
        answer = ApprovalAnswer.SKIP
        fact = ApprovalAnswered(approval=approval, tcin=attempt.tcin, window=window, answer=answer, by=by.id)
        unit.journal.append(fact, at=at)

    async def settle(self, command: Command, attempt_id: int, *, bought: bool) -> None:
        """Say what became of an unconfirmed attempt, where the order list can't."""

        def work(unit: UnitOfWork) -> bool:
            at = self._now()
            slot = unit.attempts.slot()
            if slot is None or slot.id != attempt_id or slot.step is not Step.UNCONFIRMED:
                why = f"attempt {attempt_id} is not in doubt"
                unit.commands.finish(command, NotDone(why=why), at=at)
                return False
            to = Step.CONFIRMED if bought else Step.REFUSED
            why = f"settled by {command.person.name}: {'bought' if bought else 'not bought'}"
            unit.attempts.move(slot, Transition(to=to, why=why), at=at)
            unit.commands.finish(command, Settled(attempt=attempt_id, tcin=slot.tcin, bought=bought), at=at)
            return True

        if await self._storage.write(work):
            self._slot.on_settled()
