"""Buying in words and buttons: the approval on an alert, limits that hold one back, attempts and what was spent."""

from collections.abc import Sequence
from datetime import datetime, tzinfo

from bot.text.board import gate_words
from bot.text.checkout import settle_words
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
from bot.text.reasons import as_sentence, reason
from config.durations import span
from config.products import Mode
from purchasing.commands import Answered, Cancelled, Settled, SkipLifted
from purchasing.events import LimitReached
from purchasing.model import (
    TAKEN_BACK,
    ApprovalAnswer,
    Attempt,
    Limits,
    Line,
    Overview,
    PurchaseState,
    Restock,
    Step,
    Usage,
)
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
        return f"Shall I buy it? You can answer until {clock_time(approval.expires_at, zone)}."
    if approval.answer is ApprovalAnswer.EXPIRED:
        if approval.answered_by == TAKEN_BACK:
            return None
        ended = "Nobody answered in time" if approval.answered_by in {None, "nobody"} else "The yes ran out"
        return f"{ended}. While it is in stock, /buy still buys it."
    at = f" at {clock_time(approval.answered_at, zone)}" if approval.answered_at else ""
    means = ". You hear no more of this restock." if approval.answer is ApprovalAnswer.SKIP else ""
    return f"{quoted(approval.answered_by)} said {approval.answer}{at}{means}"


def doubt_words(attempt: Attempt) -> str:
    return reason(attempt.why or "") or "I saw no confirmation"


def step_words(attempt: Attempt) -> str:
    words = {
        Step.OPENED: "putting it into the cart",
        Step.CARTED: "going to the checkout",
        Step.REVIEWED: "checking everything before the order",
        Step.SUBMITTING: "placing the order",
        Step.UNCONFIRMED: "not known yet whether it was bought",
    }
    return words.get(attempt.step, attempt.step.value)


def outcome_line(attempt: Attempt) -> str:
    took = span(attempt.moved_at - attempt.opened_at)
    why = f": {reason(attempt.why)}" if attempt.why else ""
    match attempt.step:
        case Step.CONFIRMED:
            number = f", order {code(cut(attempt.order_number, 50))}" if attempt.order_number else ""
            cost = "" if attempt.total is None else f" for {money(attempt.total)}"
            return f"Bought {attempt.quantity}{cost} in {took}{number}"
        case Step.REFUSED:
            return f"Not bought, refused after {took}{why}"
        case Step.REHEARSED:
            cost = "" if attempt.total is None else f"; it would have cost {money(attempt.total)}"
            return f"Rehearsed up to the order button in {took}{cost}{why}"
        case _:
            return f"Not bought, given up after {took}{why}"


def slot_words(slot: Attempt | None) -> str:
    if slot is None:
        return "Nothing is being bought"
    if slot.step is Step.UNCONFIRMED:
        return f"<b>Bought or not?</b> I don't know yet (attempt {slot.id})"
    doing = "Rehearsing" if slot.mode is Mode.REHEARSE else "Buying"
    return f"<b>{doing} now</b> (attempt {slot.id}): {step_words(slot)}"


def held_heading(slot: Attempt | None, held: Line | None) -> str | None:
    """The product in the slot, or its number alone."""
    if slot is None:
        return None
    return code(slot.tcin) if held is None else line_heading(held)


def render_slot(overview: Overview, *, held: Line | None, at: datetime) -> str:
    """The attempt under way, on `held`, watched or not, and who waits for it."""
    lines = [headed(overview.controls.mode, f"{slot_words(overview.slot)}{gate_words(overview)}")]
    if overview.slot is not None:
        lines += [held_heading(overview.slot, held) or "", _time_words(overview.slot, at=at)]
    queue = [line for line in overview.lines if line.state is PurchaseState.QUEUED]
    lines += [f"Next: {line_heading(one)}" for one in queue]
    return join_lines([*lines, *([] if queue else ["Nothing else waits to be bought."])])


def _time_words(slot: Attempt, *, at: datetime) -> str:
    since = f"Begun {span(at - slot.opened_at)} ago"
    if slot.step is Step.UNCONFIRMED:
        settle = f"If you know it before I do, send {settle_words(slot)}."
        return f"{since}. I look for it in your order list; nothing else is bought until that is settled. {settle}"
    return f"{since}. I give up when it takes longer than {span(slot.deadline - slot.opened_at)}."


def render_limit(reached: LimitReached, title: str | None, *, mode: Mode) -> str:
    what = product_heading(title or "", reached.tcin)
    return join_lines([headed(mode, f"<b>Not bought, because of a limit.</b> {as_sentence(reached.why)}"), what])


def render_orders(attempts: Sequence[Attempt], known: Known, *, mode: Mode, zone: tzinfo) -> str:
    """The last attempts, the latest first."""
    if not attempts:
        return headed(mode, "I have not tried to buy anything yet.")
    return join_lines(
        [
            headed(mode, "<b>What I tried to buy</b>, the latest first"),
            *(_attempt(one, known, zone) for one in attempts),
        ]
    )


def _attempt(attempt: Attempt, known: Known, zone: tzinfo) -> str:
    what = heading_of(known, attempt.tcin)
    outcome = step_words(attempt) if attempt.step in HOLDS_SLOT else outcome_line(attempt)
    return f"{attempt.id}. {day_time(attempt.opened_at, zone)} {mode_word(attempt.mode)} {what}: {outcome}"


def render_spend(usage: Usage, limits: Limits, *, mode: Mode) -> str:
    """What was used today of the limits that hold in live."""
    most = ", with no limit set" if limits.max_spend_per_day is None else f" of {money(limits.max_spend_per_day)}"
    return join_lines(
        [
            headed(mode, f"<b>Spent today: {money(usage.spent_today)}</b>{most}"),
            f"Purchases today: {usage.bought_today} of {limits.max_per_day}",
            "Only real orders count, practice does not.",
        ]
    )


def say_answered(result: Answered | SkipLifted, known: Known, _zone: tzinfo) -> list[str]:
    if isinstance(result, SkipLifted):
        return ["You hear of it again in this restock.", heading_of(known, result.tcin)]
    if result.answer is ApprovalAnswer.SKIP:
        return ["Skipped: nothing more of this restock.", heading_of(known, result.tcin)]
    return ["I buy it as soon as nothing else is being bought.", heading_of(known, result.tcin)]


def say_settled(result: Settled, known: Known, _zone: tzinfo) -> list[str]:
    became = "It counts as bought" if result.bought else "It counts as not bought"
    return [f"Thank you. {became} (attempt {result.attempt}).", heading_of(known, result.tcin)]


def say_cancelled(result: Cancelled, known: Known, _zone: tzinfo) -> list[str]:
    return [
        f"Called off (attempt {result.attempt}). I don't try again in this restock.",
        heading_of(known, result.tcin),
    ]
