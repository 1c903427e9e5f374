"""The watch list in words: its pages, one product of it, and what a change of it did."""

import re
from collections.abc import Sequence
from datetime import datetime, tzinfo

from bot.text.board import product_line
from bot.text.draft import Button, Buttons
from bot.text.markup import (
    Known,
    code,
    cut,
    detail_words,
    headed,
    heading_of,
    join_lines,
    line_heading,
    money,
    quoted,
)
from bot.text.purchases import outcome_line
from config.durations import span
from config.products import Mode, Tcin
from monitor.model import StockState
from purchasing.commands import Added, PlaceChanged, RefusedWord, Removed, Undone, WishesChanged
from purchasing.model import Line, Overview, Restock
from purchasing.rules.state_machine import HOLDS_SLOT

#: Products on one page of /list.
PAGE = 15
#: A reply names no more products of each kind.
MOST_NAMED = 20
#: The words of /set for what the watch list's file calls otherwise.
_TYPED = {"max_price": "max", "quantity": "qty", "every_s": "every", "enabled": "on"}


def render_list(overview: Overview, *, page: int, at: datetime) -> tuple[str, Buttons]:
    """One page of the watch list, and the buttons to its neighbours."""
    lines = overview.lines
    if not lines:
        return headed(overview.controls.mode, "nothing is watched yet: /add TCIN or link"), ()
    pages = -(-len(lines) // PAGE)
    page = min(max(page, 1), pages)
    first = (page - 1) * PAGE
    products = [
        f"{place}. {product_line(line, seen_at=overview.seen.of(line), at=at)}"
        for place, line in enumerate(lines[first : first + PAGE], first + 1)
    ]
    head = headed(overview.controls.mode, f"<b>{len(lines)} watched</b>")
    near = [(page - 1, "← before"), (page + 1, "next →")]
    buttons = tuple(Button(text=word, data=f"/list {number}") for number, word in near if 1 <= number <= pages)
    return join_lines([f"{head}, page {page} of {pages}" if pages > 1 else head, *products]), (
        (buttons,) if buttons else ()
    )


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
    product, stock = line.product, line.stock
    wishes = [
        f"buy: {product.buy}",
        "no cap" if product.max_price is None else f"at most {money(product.max_price)}",
        f"quantity {product.quantity}",
        product.channel.value,
        *([f"every {span(product.every)}"] if product.every else []),
        *([] if product.enabled else ["off"]),
    ]
    known = "never seen" if seen_at is None else f"{_stock_words(line)}, {span(at - seen_at)} ago"
    seller = " · sold by a marketplace seller" if stock.marketplace and stock.state is not StockState.IN_STOCK else ""
    return join_lines(
        [
            headed(mode, line_heading(line)),
            f"{known} · {money(stock.price)}{seller}",
            _hindrance(line),
            " · ".join(wishes),
            *(["", "<b>restocks</b>", *(_restock_line(one, zone) for one in restocks)] if restocks else []),
            *(["", "<b>last events</b>", *events] if events else []),
        ]
    )


def _hindrance(line: Line) -> str | None:
    """Why nothing certain is known of it, or why it may not be alerted."""
    why = line.why_no_alert
    if why is None:
        return None
    unread = line.remark is not None and line.remark.unread
    return f"⚠️ {'nothing certain at its last check' if unread else 'no alert'}: {quoted(why)}"


def _stock_words(line: Line) -> str:
    words = {StockState.IN_STOCK: "in stock", StockState.OUT_OF_STOCK: "out of stock", StockState.UNKNOWN: "unknown"}
    return words[line.stock.state] + detail_words(line.stock.detail)


def _restock_line(restock: Restock, zone: tzinfo) -> str:
    opened = restock.opened_at.astimezone(zone).strftime("%d %b %H:%M:%S")
    lasted = "open now" if restock.closed_at is None else f"for {span(restock.closed_at - restock.opened_at)}"
    ended = [one for one in restock.attempts if one.step not in HOLDS_SLOT]
    last = f"; attempts: {len(ended)}, last {outcome_line(ended[-1])}" if ended else ""
    return f"{opened} {lasted}{last}"


def render_why(line: Line, reasons: Sequence[str], events: Sequence[str], *, mode: Mode) -> str:
    lines = [headed(mode, line_heading(line)), *(f"• {quoted(reason)}" for reason in reasons)]
    return join_lines([*lines, *(["", "<b>last decisions</b>", *events] if events else [])])


def say_added(result: Added, known: Known, _zone: tzinfo) -> list[str]:
    lines = [f"added {len(result.added)}" if result.added else "nothing was added"]
    lines += _first_of([f"✅ {_wanted(known, tcin)}" for tcin in result.added])
    lines += _first_of([f"already watched: {heading_of(known, tcin)}" for tcin in result.there])
    lines += _refused(result.refused, known)
    if len(lines) == 1:
        lines.append("usage: /add TCIN or link … [max=49.99] [qty=2] [buy=ask] [channel=pickup]")
    return lines


def say_removed(result: Removed, known: Known, _zone: tzinfo) -> list[str]:
    lines = [f"🗑 {heading_of(known, tcin)}" for tcin in result.removed]
    return [f"{len(lines)} no longer watched", *_first_of(lines), *_refused(result.refused, known)]


def say_set(result: WishesChanged, known: Known, _zone: tzinfo) -> list[str]:
    words = ", ".join(_TYPED.get(key, key) for key in result.keys)
    return [f"changed {words}", _wanted(known, result.tcin)]


def say_moved(result: PlaceChanged, known: Known, _zone: tzinfo) -> list[str]:
    return [f"{heading_of(known, result.tcin)} is now {result.place} of {result.of}"]


def say_undone(result: Undone, known: Known, _zone: tzinfo) -> list[str]:
    back = [f"✅ {heading_of(known, tcin)}" for tcin in result.present]
    gone = [f"🗑 {heading_of(known, tcin)}" for tcin in result.absent]
    return ["undone", *_first_of(back), *_first_of(gone)]


def _first_of(lines: Sequence[str]) -> list[str]:
    more = [f"and {len(lines) - MOST_NAMED} more"] if len(lines) > MOST_NAMED else []
    return [*lines[:MOST_NAMED], *more]


def _refused(words: Sequence[RefusedWord], known: Known) -> list[str]:
    return [line for word in words for line in _refusal(word, known)]


def _refusal(refused: RefusedWord, known: Known) -> list[str]:
    meant = [line_heading(known[tcin]) for tcin in mentioned_tcins(refused.why) if tcin in known]
    return [f"✖️ {code(cut(refused.word, 100))}: {quoted(refused.why)}", *meant]


def mentioned_tcins(text: str) -> list[Tcin]:
    """The product numbers that a text mentions."""
    return [Tcin(digits) for digits in _TCIN.findall(text)]


_TCIN = re.compile(r"(?<!\d)\d{6,10}(?!\d)", re.ASCII)


def _wanted(known: Known, tcin: Tcin) -> str:
    line = known.get(tcin)
    if line is None:
        return code(tcin)
    product = line.product
    wishes = [
        line_heading(line),
        None if product.max_price is None else f"at most {money(product.max_price)}",
        None if product.quantity == 1 else f"quantity {product.quantity}",
        f"buy: {product.buy}",
        product.channel.value,
        f"every {span(product.every)}" if product.every else None,
        None if product.enabled else "off",
    ]
    return " · ".join(wish for wish in wishes if wish)
