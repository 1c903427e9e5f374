"""Buying in words and buttons: the approval on an alert, limits that bite, attempts and what was spent."""

from collections.abc import Sequence
from datetime import datetime, tzinfo

from bot.text.board import gate_words
from bot.text.draft import Button
from bot.text.markup import (
    Known,
    clock_time,
    code,
    cut,
    day_time,
    headed,
    heading_of,
    join_lines,
    line_heading,
    mode_word,
    money,
    product_heading,
    quoted,
)
from config.durations import span
from config.products import Mode
from purchasing.commands import Answered, Cancelled, Settled
from purchasing.events import LimitReached
from purchasing.model import ApprovalAnswer, Attempt, Limits, Line, Overview, PurchaseState, Restock, Step, Usage
from purchasing.rules.state_machine import HOLDS_SLOT


def approval_buttons(restock: Restock) -> tuple[tuple[Button, ...], ...]:
    """Buy and Skip while the approval is open; they carry its number, so that they can't answer another one."""
    approval = restock.approval
    if approval is None or approval.answer is not None or restock.closed_at is not None:
        return ()
    price = "" if approval.price is None else f" for {money(approval.price * restock.product.quantity)}"
    return (
        (Button(text=f"🛒 Buy{price}", data=f"/buy #{approval.id}"), Button(text="Skip", data=f"/skip #{approval.id}")),
    )


def approval_line(restock: Restock, zone: tzinfo) -> str | None:
    """Where the question stands, for the alert."""
    approval = restock.approval
    if approval is None:
        return None
    if approval.answer is None:
        return f"buy it? until {clock_time(approval.expires_at, zone)}"
    if approval.answer is ApprovalAnswer.EXPIRED:
        ended = "nobody answered in time" if approval.answered_by in {None, "nobody"} else "its yes no longer holds"
        return f"{ended}; /buy still can while it is in stock"
    at = f" at {clock_time(approval.answered_at, zone)}" if approval.answered_at else ""
    return f"{quoted(approval.answered_by)} said {approval.answer}{at}"


def doubt_words(attempt: Attempt) -> str:
    return quoted(attempt.why or "") or "no confirmation was seen"


def step_words(attempt: Attempt) -> str:
    words = {
        Step.OPENED: "putting it into the cart",
        Step.CARTED: "going to the review page",
        Step.REVIEWED: "at the review page",
        Step.SUBMITTING: "placing the order",
    }
    return words.get(attempt.step, attempt.step.value)


def outcome_line(attempt: Attempt) -> str:
    took = span(attempt.moved_at - attempt.opened_at)
    why = f": {quoted(attempt.why)}" if attempt.why else ""
    match attempt.step:
        case Step.CONFIRMED:
            number = f", order {code(cut(attempt.order_number, 50))}" if attempt.order_number else ""
            return f"bought {attempt.quantity} for {money(attempt.total)} in {took}{number}"
        case Step.REFUSED:
            return f"refused after {took}{why}"
        case Step.REHEARSED:
            cost = "" if attempt.total is None else f"; it would have cost {money(attempt.total)}"
            return f"rehearsed up to the button in {took}{cost}{why}"
        case _:
            return f"given up after {took}{why}"


def slot_words(slot: Attempt | None) -> str:
    if slot is None:
        return "free"
    return f"attempt {slot.id} on {code(slot.tcin)}, {step_words(slot)}"


def render_slot(overview: Overview, *, held: Line | None, at: datetime) -> str:
    """The attempt under way, on `held`, watched or not, and who waits for it."""
    lines = [headed(overview.controls.mode, f"slot: {slot_words(overview.slot)}{gate_words(overview)}")]
    if overview.slot is not None:
        slot = overview.slot
        since = f"since {span(at - slot.opened_at)}, until {span(slot.deadline - slot.opened_at)} have passed"
        lines += [line_heading(held)] if held else []
        lines += [since]
    queue = [line for line in overview.lines if line.state is PurchaseState.QUEUED]
    lines += [f"queued: {line_heading(one)}" for one in queue]
    return join_lines([*lines, *([] if queue else ["nothing is queued"])])


def render_limit(reached: LimitReached, title: str | None, *, mode: Mode) -> str:
    what = product_heading(title or "", reached.tcin)
    return headed(mode, f"a limit holds {what} back: {quoted(reached.why)}.")


def render_orders(attempts: Sequence[Attempt], known: Known, *, mode: Mode, zone: tzinfo) -> str:
    """The last attempts, the latest first."""
    if not attempts:
        return headed(mode, "no attempt was made yet")
    return join_lines(
        [
            headed(mode, f"the last attempts, {len(attempts)} of them"),
            *(_attempt(one, known, zone) for one in attempts),
        ]
    )


def _attempt(attempt: Attempt, known: Known, zone: tzinfo) -> str:
    what = heading_of(known, attempt.tcin)
    outcome = f"is {attempt.step}" if attempt.step in HOLDS_SLOT else outcome_line(attempt)
    return f"{attempt.id}. {day_time(attempt.opened_at, zone)} {mode_word(attempt.mode)} {what}: {outcome}"


def render_spend(usage: Usage, limits: Limits, *, mode: Mode) -> str:
    """What was used today of the limits that hold in live."""
    most = "no limit" if limits.max_spend_per_day is None else f"of {money(limits.max_spend_per_day)}"
    return join_lines(
        [
            headed(mode, "today, counting live purchases alone"),
            f"spent {money(usage.spent_today)} {most}",
            f"bought {usage.bought_today} of {limits.max_per_day}",
        ]
    )


def say_answered(result: Answered, known: Known, _zone: tzinfo) -> list[str]:
    if result.answer is ApprovalAnswer.SKIP:
        return [f"{heading_of(known, result.tcin)} is skipped for this restock"]
    return [f"{heading_of(known, result.tcin)} is bought as soon as the slot is free"]


def say_settled(result: Settled, known: Known, _zone: tzinfo) -> list[str]:
    became = "bought" if result.bought else "not bought"
    return [f"attempt {result.attempt} on {heading_of(known, result.tcin)} is settled: {became}"]


def say_cancelled(result: Cancelled, known: Known, _zone: tzinfo) -> list[str]:
    return [
        f"attempt {result.attempt} on {heading_of(known, result.tcin)} is called off; no other follows in this restock"
    ]
