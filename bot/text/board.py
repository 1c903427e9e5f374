"""The pinned message of a chat: how the last cycle went, and where every product stands."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from itertools import chain

from bot.text.draft import TEXT_LIMIT, Draft, Rank, fit
from bot.text.markup import (
    FULL_TITLE,
    clock_time,
    code,
    day_time,
    headed,
    join_lines,
    mode_word,
    money,
    quoted,
    shown_length,
    title_words,
)
from config.durations import span
from config.products import Mode
from monitor.model import CircuitState, StockState
from purchasing.events import CycleCompleted
from purchasing.model import Line, Overview, PurchaseState

#: A reading older than this is shown with its age.
OLD = timedelta(seconds=120)
#: More products than this leave no room for whole titles, however short these are.
MOST_WHOLE = 100
#: In the line of a product, reasons are cut here.
SHORT_REASON = 120
#: Where there is no such room, titles have what is left when this is taken for the rest of a line, and at least that.
REST_OF_LINE, LEAST_TITLE = 50, 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """The one message of a chat that is edited with every cycle."""

    chat: int
    thread: int | None
    number: int

    @property
    def key(self) -> str:
        return f"board:{self.number}:{self.chat}"


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardFacts:
    """What every board shows: how all stands, and the last cycle with its time, if there was one."""

    overview: Overview
    cycle: CycleCompleted | None
    cycle_at: datetime | None


def draft_boards(
    boards: Iterable[Board], facts: BoardFacts, *, at: datetime, zone: tzinfo, ended: bool = False
) -> list[Draft]:
    """These boards as they are to read now: all read the same."""
    text = render_board(facts.overview, facts.cycle, at=facts.cycle_at or at, zone=zone, ended=ended)
    return [
        Draft(key=one.key, chat=one.chat, thread=one.thread, text=text, rank=Rank.BOARD, silent=True, pin=True)
        for one in boards
    ]


def render_board(
    overview: Overview, cycle: CycleCompleted | None, *, at: datetime, zone: tzinfo, ended: bool = False
) -> str:
    """`cycle` is the last one and `at` its time; `ended` says that nobody watches any more.

    It is one message whatever happens, as it is edited in place: many products shorten the titles.
    """
    head = [service_line(overview)]
    if ended:
        head.append("<b>the service has ended</b>: what stands here is no longer kept up")
    if cycle is None:
        return join_lines([*head, "the first check is to come"])
    summary = cycle.summary
    unknown = f" · {summary.unknown} unknown" if summary.unknown else ""
    head += [
        f"cycle {cycle.cycle_id} at {clock_time(at, zone)}, took {cycle.took_ms / 1000:.1f} s",
        *([] if ended else [next_words(overview, zone)]),
        *([f"the cycle failed: {quoted(cycle.failed)}"] if cycle.failed else []),
        f"{summary.watched} watched · {summary.in_stock} in stock{unknown}",
        "",
    ]
    room = TEXT_LIMIT - shown_length(join_lines(head))
    lines = _product_lines(overview, room=room, at=at)
    return fit(chain(head, lines), count=len(head) + len(overview.lines))


def render_old_board(mode: Mode) -> str:
    return headed(mode, "this board is no longer kept up: another one took its place")


def _product_lines(overview: Overview, *, room: int, at: datetime) -> Iterable[str]:
    """Each is made when it is taken, as no more are than have room."""
    lines, seen = overview.lines, overview.seen
    if len(lines) <= MOST_WHOLE:
        whole = [product_line(line, seen_at=seen.of(line), at=at) for line in lines]
        if shown_length(join_lines(whole)) < room:
            return whole
    length = max(LEAST_TITLE, room // len(lines) - REST_OF_LINE)
    return (product_line(line, seen_at=seen.of(line), at=at, length=length) for line in lines)


def service_line(overview: Overview) -> str:
    """What begins a message about the whole service."""
    return f"<b>Stockbell</b> · {mode_word(overview.controls.mode)}{gate_words(overview)}"


def gate_words(overview: Overview) -> str:
    return " · <b>stopped</b>, nothing is bought" if overview.controls.stopped else ""


def next_words(overview: Overview, zone: tzinfo) -> str:
    """When the shop is asked next, or why it is not."""
    controls, circuit = overview.controls, overview.controls.circuit
    if controls.paused:
        until = f" until {day_time(controls.paused_until, zone)}" if controls.paused_until else ""
        return f"⏸ paused{until}: nothing is asked of the shop"
    if circuit.state is CircuitState.OPEN and circuit.open_until is not None:
        why = quoted(circuit.why or "") or "the shop does not answer"
        return f"🙈 blind: {why}; asked again at {day_time(circuit.open_until, zone)}"
    upcoming = overview.mark.next_check_at
    blind = f"🙈 blind: {quoted(controls.blind_why or '')}; " if controls.blind_since else ""
    return blind + ("next check soon" if upcoming is None else f"next check at {clock_time(upcoming, zone)}")


def product_line(line: Line, *, seen_at: datetime | None, at: datetime, length: int = FULL_TITLE) -> str:
    """One product in one line: sign, title, TCIN, price, and what else is to be said."""
    parts = [
        f"{_sign(line)} {title_words(line.name_and_title, length)}",
        code(line.tcin),
        None if line.stock.price is None else money(line.stock.price),
        quoted(line.why_no_alert or "", SHORT_REASON) or None,
        _state_words(line),
        _age_words(seen_at, at=at),
    ]
    return " · ".join(part for part in parts if part)


def _sign(line: Line) -> str:
    if not line.product.enabled or line.paused:
        return "⏸"
    if line.stock.marketplace and line.stock.state is StockState.IN_STOCK:
        return "🟡"
    return {StockState.IN_STOCK: "🟢", StockState.OUT_OF_STOCK: "⚪", StockState.UNKNOWN: "❔"}[line.stock.state]


_STATE_WORDS = {
    PurchaseState.QUEUED: "queued",
    PurchaseState.ATTEMPTING: "🛒 buying",
    PurchaseState.PURCHASED: "bought",
    PurchaseState.FAILED: "not bought",
    PurchaseState.UNCONFIRMED: "outcome not known",
}


def _state_words(line: Line) -> str | None:
    if not line.product.enabled:
        return "off"
    if line.paused:
        return "paused"
    return _STATE_WORDS.get(line.state)


def _age_words(seen_at: datetime | None, *, at: datetime) -> str | None:
    """How old the reading is, where that matters."""
    return None if seen_at is None or at - seen_at < OLD else f"seen {span(at - seen_at)} ago"
