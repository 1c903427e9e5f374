"""Answers to the question whether to buy."""

from collections.abc import Callable
from datetime import datetime, timedelta

from config.clock import Now
from config.durations import span
from config.products import BuyMode, Mode, Tcin
from purchasing.commands import Answered, Command, NotDone, SkipLifted
from purchasing.controls import Controls
from purchasing.events import ApprovalAnswered, ApprovalWithdrawn
from purchasing.model import Approval, ApprovalAnswer, Attempt
from purchasing.rules.state_machine import BEFORE_BUTTON
from purchasing.slot.emergency_stop import Gate
from purchasing.storage.unit_of_work import Storage, UnitOfWork

#: How long a question that is made anew may be answered.
MADE_ANEW_HOLDS = timedelta(minutes=10)

NOTHING_ASKED = "there is nothing to answer for it now"
RESTOCK_OVER = "that restock is over"


class Approvals:
    """`on_answered` is called once a yes is on disk, as it may be acted upon at once; `call_off` ends an attempt."""

    def __init__(
        self,
        *,
        storage: Storage,
        gate: Gate,
        on_answered: Callable[[], None],
        call_off: Callable[[str, Attempt], None],
        now: Now,
    ) -> None:
        self._storage = storage
        self._gate = gate
        self._on_answered = on_answered
        self._call_off = call_off
        self._now = now

    async def answer(
        self,
        command: Command,
        answer: ApprovalAnswer,
        *,
        approval: int | None = None,
        tcin: Tcin | None = None,
        window: int | None = None,
    ) -> None:
        """Say yes or no to an approval, by the number on its button or for a product; a product's own one may be past.

        The open restock window of the product must be `window` where that is told. A second answer is told who gave
        the first one, and when.
        """
        at, gate_shut = self._now(), self._gate.shut

        def work(unit: UnitOfWork) -> bool:
            is_over = window is not None and tcin is not None and unit.windows.open_of(tcin) != window
            asked = unit.approvals.get(approval) if approval is not None else None
            if approval is None and tcin is not None and not is_over:
                asked = _open_approval(unit, tcin, at=at)
            why = RESTOCK_OVER if is_over else _why_not_answer(asked, unit, at=at)
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

    async def skip(self, command: Command, tcin: Tcin, *, window: int | None = None, lift: bool = False) -> None:
        """Have no more of a product's restock told or bought, asked for or not; or that no more.

        Of the open restock window, which must be `window` where that is told. An attempt in it that is before its
        button is called off.
        """
        at, by = self._now(), command.person

        def work(unit: UnitOfWork) -> Attempt | None:
            held = unit.windows.open_of(tcin)
            last = None if held is None else unit.approvals.last_of(held)
            why = _why_not_skip(held, last, window=window, lift=lift, at=at)
            if why is not None or held is None:
                unit.commands.finish(command, NotDone(why=why or NOTHING_ASKED, about=(tcin,)), at=at)
            elif lift and last is not None:
                _lift_skip(last, unit, at=at)
                unit.journal.append(ApprovalWithdrawn(approval=last.id, tcin=tcin, window=held), at=at)
                unit.commands.finish(command, SkipLifted(tcin=tcin), at=at)
            else:
                answer = ApprovalAnswer.SKIP
                approval = unit.approvals.skip(tcin, held, by=by.name, at=at)
                fact = ApprovalAnswered(approval=approval, tcin=tcin, window=held, answer=answer, by=by.id)
                unit.journal.append(fact, at=at)
                unit.commands.finish(command, Answered(tcin=tcin, answer=answer), at=at)
                slot = unit.attempts.slot()
                return slot if slot is not None and slot.window == held and slot.step in BEFORE_BUTTON else None
            return None

        if slot := await self._storage.write(work):
            self._call_off(f"cancelled by {by.name}", slot)


def _why_not_skip(
    held: int | None, last: Approval | None, *, window: int | None, lift: bool, at: datetime
) -> str | None:
    if held is None or (window is not None and window != held):
        return NOTHING_ASKED if window is None else RESTOCK_OVER
    is_skipped = last is not None and last.answer is ApprovalAnswer.SKIP
    if lift:
        return None if is_skipped else "nobody skipped it"
    if last is not None and (is_skipped or last.approves):
        return _said_already(last, at=at)
    return None


def _lift_skip(last: Approval, unit: UnitOfWork, *, at: datetime) -> None:
    """Where a question stood before the no, it is asked anew."""
    unit.approvals.lift_skip(last)
    mode = unit.controls.read(at=at).mode
    (line,) = unit.products.known([last.tcin])
    if mode is Mode.LIVE and line.product.buy is BuyMode.ASK:
        expires_at = at + MADE_ANEW_HOLDS
        unit.approvals.make(last.tcin, last.window, price=line.stock.price, at=at, expires_at=expires_at)


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
        return _said_already(approval, at=at)
    if approval.answer is ApprovalAnswer.EXPIRED or at > approval.expires_at:
        return "the time for an answer is over; /buy still can while it is in stock"
    if unit.windows.open_of(approval.tcin) != approval.window:
        return RESTOCK_OVER
    return None


def _said_already(approval: Approval, *, at: datetime) -> str:
    when = f", {span(at - approval.answered_at)} ago" if approval.answered_at else ""
    return f"{approval.answered_by} said {approval.answer} already{when}"
