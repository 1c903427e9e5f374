"""The watch list in words: its pages, one product of it, and what a change of it did."""

import re
from collections.abc import Sequence
from datetime import datetime, tzinfo

from bot.text.board import IN_STOCK_SIGN, count_words, product_line
from bot.text.buttons import PAGE, count_pages, number_rows, page_row
from bot.text.draft import REFRESH, Button, Buttons
from bot.text.markup import (
    Known,
    code,
    cut,
    day_time,
    detail_words,
    headed,
    heading_of,
    join_lines,
    line_heading,
    money,
)
from bot.text.picks import NOTHING_WATCHED, wish_words
from bot.text.purchases import outcome_line
from bot.text.reasons import as_sentence, reason
from config.durations import span
from config.products import Mode, Tcin
from monitor.model import StockState
from monitor.restock_hours import Pace
from purchasing.commands import Added, PlaceChanged, RefusedWord, Removed, Undone, WishesChanged
from purchasing.model import Line, Overview, Restock
from purchasing.rules.state_machine import HOLDS_SLOT

#: A reply names no more products of each kind.
MOST_NAMED = 20
#: The words of /set for what the watch list's file calls otherwise.
_TYPED = {"max_price": "max", "quantity": "qty", "every_s": "every", "enabled": "on"}


def render_list(overview: Overview, *, page: int, in_stock: bool = False, at: datetime) -> tuple[str, Buttons]:
    """One page of the watch list, or of what of it is in stock: a button a product, to the other pages, and back."""
    mode, numbered = overview.controls.mode, list(enumerate(overview.lines, 1))
    if not numbered:
        return headed(mode, NOTHING_WATCHED), ()
    held = [(place, line) for place, line in numbered if line.stock.state is StockState.IN_STOCK]
    listed = held if in_stock else numbered
    pages = count_pages(len(listed))
    page = min(max(page, 1), pages)
    shown = listed[(page - 1) * PAGE : page * PAGE]
    what = f"{len(held)} of {len(numbered)} in stock" if in_stock else count_words(overview.lines)
    head = headed(mode, f"<b>{what}</b>{f', page {page} of {pages}' if pages > 1 else ''}")
    products = [f"{place}. {product_line(line, seen_at=overview.seen.of(line), at=at)}" for place, line in shown]
    only = " in-stock" if in_stock else ""
    turns = page_row(page, pages, lambda number: f"/list {number}{only}")
    other = Button(text=f"All {len(numbered)}", data="/list 1")
    if not in_stock:
        other = Button(text=f"{IN_STOCK_SIGN} In stock ({len(held)})", data="/list 1 in-stock")
    buttons = (
        *number_rows([line for _, line in shown], [place for place, _ in shown]),
        *([turns] if turns else []),
        (other, Button(text=REFRESH, data=f"/list {page}{only}")),
    )
    return join_lines([head, *products]), buttons


def render_show(
    line: Line,
    restocks: Sequence[Restock],
    events: Sequence[str],
    *,
    seen_at: datetime | None,
    mode: Mode,
    at: datetime,
    zone: tzinfo,
) -> str:
    """One product: what is wanted, what is known, its last restock windows and events."""
    stock = line.stock
    known = "Not seen yet" if seen_at is None else f"<b>{_stock_words(line)}</b>, seen {span(at - seen_at)} ago"
    seller = " · sold by another seller" if stock.marketplace and stock.state is not StockState.IN_STOCK else ""
    return join_lines(
        [
            headed(mode, line_heading(line)),
            f"{known} · {money(stock.price)}{seller}",
            _hindrance(line),
            f"{wish_words(line.product)}.",
            *(["", "<b>Restocks</b>", *(_restock_line(one, zone) for one in restocks)] if restocks else []),
            *(["", "<b>What happened last</b>", *events] if events else []),
        ]
    )


def show_buttons(line: Line, *, may_change: bool) -> Buttons:
    """What may be done with a product that is shown."""
    looks = (Button(text=REFRESH, data=f"/show {line.tcin}"), Button(text="Why?", data=f"/why {line.tcin}"))
    if line.is_drill:
        return (looks,)
    past = (
        Button(text="📈 Chart", data=f"/chart {line.tcin} 7d"),
        Button(text="History", data=f"/history {line.tcin} 7d"),
    )
    if not may_change:
        return looks, past
    return (
        looks,
        past,
        (Button(text="Change …", data=f"/set {line.tcin}"), Button(text="Remove", data=f"/remove {line.tcin}")),
    )


def render_unwatched(tcin: Tcin, *, may_add: bool, mode: Mode) -> tuple[str, Buttons]:
    """For a product that is asked about and not watched."""
    watch = ((Button(text="Watch it", data=f"/add {tcin}"),),) if may_add else ()
    return headed(mode, f"{code(tcin)} is not watched."), watch


def _hindrance(line: Line) -> str | None:
    """Why nothing certain is known of it, or why it may not be alerted."""
    why = line.why_no_alert
    if why is None:
        return None
    unread = line.remark is not None and line.remark.unread
    return f"⚠️ {as_sentence(why)}" if unread else f"⚠️ No alert: {reason(why)}"


def _stock_words(line: Line) -> str:
    words = {StockState.IN_STOCK: "In stock", StockState.OUT_OF_STOCK: "Sold out", StockState.UNKNOWN: "Not known yet"}
    return words[line.stock.state] + detail_words(line.stock.detail, line.stock.street_date)


def _restock_line(restock: Restock, zone: tzinfo) -> str:
    opened = day_time(restock.opened_at, zone)
    lasted = "until now" if restock.closed_at is None else f"for {span(restock.closed_at - restock.opened_at)}"
    ended = [one for one in restock.attempts if one.step not in HOLDS_SLOT]
    if not ended:
        return f"{opened} {lasted}"
    count = len(ended) + restock.earlier.count
    tries = f"{count} tries, the last: " if count > 1 else ""
    return f"{opened} {lasted} · {tries}{outcome_line(ended[-1])}"


def render_why(line: Line, reasons: Sequence[str], events: Sequence[str], *, mode: Mode) -> str:
    lines = [headed(mode, line_heading(line)), *(f"• {as_sentence(one)}" for one in reasons)]
    return join_lines([*lines, *(["", "<b>What happened last</b>", *events] if events else [])])


_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def pace_words(pace: Pace) -> str:
    """How often it is asked for, and why so often."""
    every = f"asked about every {span(pace.every)} now"
    if pace.likely is None:
        return f"{every}, as your budget of requests allows"
    hour, half = pace.likely.hour % 12 or 12, "am" if pace.likely.hour < 12 else "pm"
    day = "" if pace.likely.weekday is None else f" on {_WEEKDAYS[pace.likely.weekday]}s"
    return f"{every}: it often restocks{day} around {hour} {half}"


def say_added(result: Added, known: Known, _zone: tzinfo) -> list[str]:
    count = len(result.added)
    lines = [
        f"<b>Watching {count} more.</b>" if count > 1 else "<b>Watching it.</b>" if count else "Nothing was added."
    ]
    lines += _first_of([f"✅ {_wanted(known, tcin)}" for tcin in result.added])
    lines += _first_of([f"Watched already: {heading_of(known, tcin)}" for tcin in result.there])
    lines += _refused(result.refused, known)
    if len(lines) == 1:
        lines.append(f"Send {code('/add')} with a product's link or number, like {code('/add 94734932 max=49.99')}.")
    return lines


def say_left_out(result: Added, known: Known) -> list[str]:
    """What became of the words that added nothing; empty where each did."""
    there = _first_of([f"Watched already: {heading_of(known, tcin)}" for tcin in result.there])
    lines = [*there, *_refused(result.refused, known)]
    return ["Of what else you sent:", *lines] if lines else []


def say_removed(result: Removed, known: Known, _zone: tzinfo) -> list[str]:
    lines = [f"🗑 {heading_of(known, tcin)}" for tcin in result.removed]
    head = f"<b>No longer watched: {len(lines)}</b>" if len(lines) != 1 else "<b>No longer watched</b>"
    return [head, *_first_of(lines), *_refused(result.refused, known)]


def say_set(result: WishesChanged, known: Known, _zone: tzinfo) -> list[str]:
    words = ", ".join(_TYPED.get(key, key) for key in result.keys)
    return [f"<b>Changed:</b> {words}", _wanted(known, result.tcin)]


def say_moved(result: PlaceChanged, known: Known, _zone: tzinfo) -> list[str]:
    return [f"<b>Now number {result.place} of {result.of}.</b> I buy from the top.", heading_of(known, result.tcin)]


def say_undone(result: Undone, known: Known, _zone: tzinfo) -> list[str]:
    back = [f"✅ {heading_of(known, tcin)}" for tcin in result.present]
    gone = [f"🗑 {heading_of(known, tcin)}" for tcin in result.absent]
    return ["<b>Undone.</b>", *_first_of(back), *_first_of(gone)]


def _first_of(lines: Sequence[str]) -> list[str]:
    more = [f"and {len(lines) - MOST_NAMED} more"] if len(lines) > MOST_NAMED else []
    return [*lines[:MOST_NAMED], *more]


def _refused(words: Sequence[RefusedWord], known: Known) -> list[str]:
    return [line for word in words for line in _refusal(word, known)]


def _refusal(refused: RefusedWord, known: Known) -> list[str]:
    meant = [line_heading(known[tcin]) for tcin in mentioned_tcins(refused.why) if tcin in known]
    return [f"✖️ {code(cut(refused.word, 100))}: {reason(refused.why)}", *meant]


def mentioned_tcins(text: str) -> list[Tcin]:
    """The product numbers that a text mentions."""
    return [Tcin(digits) for digits in _TCIN.findall(text)]


_TCIN = re.compile(r"(?<!\d)\d{6,10}(?!\d)", re.ASCII)


def _wanted(known: Known, tcin: Tcin) -> str:
    line = known.get(tcin)
    if line is None:
        return code(tcin)
    return f"{line_heading(line)} · {wish_words(line.product)}"
