"""The last days in words, and what stands under a picture of them; a tap goes further back, or draws it."""

from collections.abc import Iterator
from datetime import timedelta, tzinfo

from bot.text.buttons import command_button, in_rows
from bot.text.draft import Button, Buttons
from bot.text.markup import Known, day_time, heading_of, money, product_heading
from config.durations import span
from config.products import Mode
from purchasing.commands import Charted, LookedBack, PastRestock
from purchasing.model import Step

#: How far back a tap goes: what it says, and what stands on it.
REACHES = {1: "Day", 7: "Week", 30: "Month", 365: "Year"}
#: From such a part of the time on it is said that nothing is known of it.
UNKNOWN_SHARE = 0.02
_LAST = {1: "Last 24 hours", 7: "Last 7 days", 30: "Last 30 days", 365: "Last 365 days"}


def say_history(result: LookedBack, known: Known, zone: tzinfo) -> list[str]:
    """Restocks, prices and hours, in few lines."""
    if result.tcin is None:
        return list(_of_all(result))
    return [heading_of(known, result.tcin), *_of_one(result, zone)]


def say_charted(result: Charted, known: Known, _zone: tzinfo) -> list[str]:
    """What the picture is of, in a line or two."""
    subject = "<b>All products</b>" if result.tcin is None else heading_of(known, result.tcin)
    return [subject, _summary(result)]


def history_buttons(result: LookedBack) -> Buttons:
    """The same for other lengths of time, and as a picture."""
    of = result.tcin or "all"
    return (
        *_reach_buttons("history", of, shown=result.days),
        *in_rows([command_button("📈 Chart", f"/chart {of} {result.days}d")]),
    )


def chart_buttons(result: Charted) -> Buttons:
    """Pictures of other lengths of time, and the same in words."""
    of = result.tcin or "all"
    return (
        *_reach_buttons("chart", of, shown=result.days),
        *in_rows([command_button("In words", f"/history {of} {result.days}d")]),
    )


def _reach_buttons(name: str, of: str, *, shown: int) -> Buttons:
    labels = {days: f"· {word} ·" if days == shown else word for days, word in REACHES.items()}
    buttons: list[Button | None] = [command_button(label, f"/{name} {of} {days}d") for days, label in labels.items()]
    return in_rows(buttons, width=len(labels))


# ---- one product


def _of_one(result: LookedBack, zone: tzinfo) -> Iterator[str]:
    yield _summary(result)
    if result.lowest is not None and result.highest is not None:
        same = result.lowest == result.highest
        yield f"Price: {money(result.lowest)}" + ("" if same else f" to {money(result.highest)}")
    yield from _frequency(result)
    yield from _unknown(result)
    if result.last:
        yield ""
        yield "<b>Restocks</b>"
    yield from (_restock(one, zone) for one in result.last)


def _restock(restock: PastRestock, zone: tzinfo) -> str:
    closed = restock.closed_at
    lasted = "until now" if closed is None else f"for {span(closed - restock.opened_at)}"
    parts = [
        f"{day_time(restock.opened_at, zone)} {lasted}",
        None if restock.price is None else money(restock.price),
        _ending(restock),
    ]
    return " · ".join(part for part in parts if part is not None)


def _ending(restock: PastRestock) -> str | None:
    is_practice = restock.mode is not Mode.LIVE
    match restock.step:
        case None:
            return None
        case Step.CONFIRMED:
            return "bought in practice" if is_practice else "bought"
        case Step.REHEARSED:
            return "rehearsed"
        case Step.UNCONFIRMED:
            return "bought or not, I don't know"
        case _:
            return "not bought, in practice" if is_practice else "not bought"


# ---- all products


def _of_all(result: LookedBack) -> Iterator[str]:
    yield _summary(result)
    yield from _frequency(result)
    yield from _unknown(result)
    if result.products:
        yield ""
    for one in result.products:
        times = "once" if one.times == 1 else f"{one.times:,} times"
        still = ", and still is" if one.is_open else ""
        yield f"• {product_heading(one.title, one.tcin)}: {times}, for {_span(one.open_s)}{still}"
    if result.more:
        yield f"and {result.more} more"


# ---- what both share


def _summary(result: LookedBack | Charted) -> str:
    last = f"<b>{_LAST.get(result.days, f'Last {result.days} days')}</b>"
    if result.restocks or result.open_s:
        return f"{last}: {_count(result.restocks)}, in stock for {_span(result.open_s)}"
    if result.seen_s:
        return f"{last}: in stock for {_span(result.seen_s)}, but above the limit or from another seller"
    # Of all products at once only restocks are read: one above its limit may have been in stock.
    return f"{last}: {'no restock' if result.tcin is None else 'never seen in stock'}"


def _unknown(result: LookedBack) -> Iterator[str]:
    """Little of it is no news."""
    if result.unknown_s > timedelta(days=result.days).total_seconds() * UNKNOWN_SHARE:
        yield f"Nothing is known of {_span(result.unknown_s)}: I was not watching, or Target did not answer"


def _frequency(result: LookedBack) -> Iterator[str]:
    if result.in_month:
        yield f"How often: {result.in_week:,} in a week, {result.in_month:,} in 30 days"
    if result.hours:
        yield "Mostly at: " + ", ".join(f"{one.hour}:00 ({one.times}\u00d7)" for one in result.hours)


def _span(seconds: int) -> str:
    return span(timedelta(seconds=seconds))


def _count(restocks: int) -> str:
    return f"{restocks:,} restock{'' if restocks == 1 else 's'}"
