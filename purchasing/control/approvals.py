"""Answers to the question whether to buy."""

from collections.abc import Callable
from datetime import datetime, timedelta

from config.clock import Now
from config.durations import span
from config.products import Tcin
from purchasing.commands import Answered, Command, NotDone
from purchasing.controls import Controls
from purchasing.events import ApprovalAnswered
from purchasing.model import Approval, ApprovalAnswer
from purchasing.slot.emergency_stop import Gate
from purchasing.storage.unit_of_work import Storage, UnitOfWork

#: How long a question that is made anew may be answered.
MADE_ANEW_HOLDS = timedelta(minutes=10)

NOTHING_ASKED = "there is nothing to answer for it now"


class Approvals:
    """`on_answered` is called once a yes is on disk, as it may be acted upon at once."""

    def __init__(self, *, storage: Storage, gate: Gate, on_answered: Callable[[], None], now: Now) -> None:
        self._storage = storage
        self._gate = gate
        self._on_answered = on_answered
        self._now = now

    async def answer(
        self, command: Command, answer: ApprovalAnswer, *, approval: int | None = None, tcin: Tcin | None = None
    ) -> None:
        """Say yes or no to an approval, by the number on its button or for a product; a product's own one may be past.

        A second answer is told who gave the first one, and when.
        """
        at, gate_shut = self._now(), self._gate.shut

        def work(unit: UnitOfWork) -> bool:
            asked = unit.approvals.get(approval) if approval is not None else None
            if approval is None and tcin is not None:
                asked = _open_approval(unit, tcin, at=at)
            why = _why_not_answer(asked, unit, at=at)
            if answer is ApprovalAnswer.BUY:
                why = why or _why_no_yes(unit.controls.read(at=at), gate_shut)
            if why is not None or asked is None:
                about = () if asked is None else (asked.tcin,)
                unit.commands.finish(command, NotDone(why=why or NOTHING_ASKED, about=about), at=at)
                return False
            unit.approvals.answer(asked, answer, by=command.person.name, at=at)
            by = command.person.id
            fact = ApprovalAnswered(approval=asked.id, tcin=asked.tcin, window=asked.window, answer=answer, by=by)
            unit.journal.append(fact, at=at)
            unit.commands.finish(command, Answered(tcin=asked.tcin, answer=answer), at=at)
            return True

        if await self._storage.write(work) and answer is ApprovalAnswer.BUY:
            self._on_answered()


def _open_approval(unit: UnitOfWork, tcin: Tcin, *, at: datetime) -> Approval | None:
    """The open approval of a product; made anew where its time ran out and the restock window is still open."""
    window = unit.windows.open_of(tcin)
    if window is None:
        return None
    last = unit.approvals.last_of(window)
    if last is not None and last.answer is ApprovalAnswer.EXPIRED:
        made = unit.approvals.make(tcin, window, price=last.price, at=at, expires_at=at + MADE_ANEW_HOLDS)
        return unit.approvals.get(made)
    return last


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
        when = f", {span(at - approval.answered_at)} ago" if approval.answered_at else ""
        return f"{approval.answered_by} said {approval.answer} already{when}"
    if approval.answer is ApprovalAnswer.EXPIRED or at > approval.expires_at:
        return "the time for an answer is over; /buy still can while it is in stock"
    if unit.windows.open_of(approval.tcin) != approval.window:
        return "that restock is over"
    return None
