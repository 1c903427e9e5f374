"""The pinned message of a chat: how the last cycle went, and where every product stands."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from bot.text.draft import REFRESH, TEXT_LIMIT, Button, Draft, Rank, fit
from bot.text.markup import (
    FULL_TITLE,
    clock_time,
    code,
    exact_time,
    headed,
    join_lines,
    mode_word,
    money,
    near_time,
    quoted,
    shown_length,
    title_words,
)
from bot.text.reasons import as_sentence, blind_words, reason_words
from config.durations import span
from config.products import Mode
from monitor.availability import judge
from monitor.model import CircuitState, StockState
from purchasing.events import CycleCompleted
from purchasing.model import Line, Overview, PurchaseState

#: A reading older than this is shown with its age.
OLD = timedelta(seconds=120)
#: More products than this leave no room for whole titles, however short these are.
MOST_WHOLE = 100
#: The first line names no more products than these, each by a title that is cut here.
MOST_IN_BAR, BAR_TITLE = 3, 40
#: Room for the words that count what was left out.
FOR_COUNT = 30
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
    buttons = () if ended else ((Button(text=REFRESH, data="/redraw"),),)
    return [
        Draft(
            key=one.key,
            chat=one.chat,
            thread=one.thread,
            text=text,
            buttons=buttons,
            rank=Rank.BOARD,
            silent=True,
            pin=True,
        )
        for one in boards
    ]


def render_board(
    overview: Overview, cycle: CycleCompleted | None, *, at: datetime, zone: tzinfo, ended: bool = False
) -> str:
    """`cycle` is the last one and `at` its time; `ended` says that nobody watches any more.

    It is one message whatever happens, as it is edited in place: many products shorten the titles.
    """
    if cycle is None:
        return join_lines([service_line(overview), _ENDED if ended else "My first check is about to begin."])
    first_lines = in_turn_of_board(overview.lines)
    stock = _stock_line(overview, first_lines, at=at, zone=zone)
    head = [
        headed(overview.controls.mode, _ENDED if ended else stock),
        stock if ended else next_words(overview, zone, at=at),
        _failure(overview, cycle),
        _unread(cycle),
        "",
    ]
    tail = [_legend(overview.lines), f"check {cycle.cycle_id}, took {cycle.took_ms / 1000:.1f} s"]
    room = TEXT_LIMIT - shown_length(join_lines([*head, *tail])) - FOR_COUNT
    products = fit(_product_lines(overview, first_lines, room=room, at=at), count=len(first_lines), room=room)
    return join_lines([*head, products or None, *tail])


_ENDED = "<b>Stockbell is not running.</b> This is what it last saw."


def _failure(overview: Overview, cycle: CycleCompleted) -> str | None:
    """Why the last check brought nothing, unless that is told as blindness."""
    if not cycle.failed or is_blind(overview):
        return None
    return f"⚠️ My last check brought nothing. {as_sentence(cycle.failed)}"


def _unread(cycle: CycleCompleted) -> str | None:
    count = cycle.summary.unknown
    return f"❔ Target told me nothing about {count} of them this time." if count and not cycle.failed else None


def in_turn_of_board(lines: Sequence[Line]) -> list[Line]:
    """What can be bought first, then what is in stock but not alerted, then the others; each in the list's order."""
    in_stock = [line for line in lines if line.stock.state is StockState.IN_STOCK]
    if not in_stock:
        return list(lines)
    others = (line for line in lines if line.stock.state is not StockState.IN_STOCK)
    return [*sorted(in_stock, key=lambda line: stock_sign(line) != IN_STOCK_SIGN), *others]


def _stock_line(overview: Overview, lines: Sequence[Line], *, at: datetime, zone: tzinfo) -> str:
    """What the bar of a pinned message shows: what is in stock, at which price, and when it was checked."""
    able = [line for line in lines[: MOST_IN_BAR + 1] if stock_sign(line) == IN_STOCK_SIGN]
    named = [f"{title_words(line.name_and_title, BAR_TITLE)} {_price(line)}".strip() for line in able[:MOST_IN_BAR]]
    more = " …" if len(able) > MOST_IN_BAR else ""
    what = f"{count_words(lines)}{': ' if named else ''}{', '.join(named)}{more}"
    return f"<b>{what}</b> · checked {clock_time(at, zone)}{gate_words(overview)}"


def count_words(lines: Sequence[Line]) -> str:
    """How many are in stock as they are wanted, and else whether any is there at all."""
    held = [line for line in lines if line.stock.state is StockState.IN_STOCK]
    able = sum(stock_sign(line) == IN_STOCK_SIGN for line in held)
    if able or not held:
        return f"{able or 'None'} of {len(lines)} in stock" if lines else "Nothing is watched"
    return f"{len(held)} of {len(lines)} in stock, no alert"


def _price(line: Line) -> str:
    return "" if line.stock.price is None else money(line.stock.price)


def _legend(lines: Iterable[Line]) -> str | None:
    """What the signs mean that these lines bear."""
    signs = {stock_sign(line) for line in lines}
    words = [f"{sign} {word}" for sign, word in LEGEND.items() if sign in signs]
    return " · ".join(words) if words else None


def render_old_board(mode: Mode) -> str:
    return headed(mode, "This board is no longer updated: a newer one took its place.")


def _product_lines(overview: Overview, lines: Sequence[Line], *, room: int, at: datetime) -> Iterable[str]:
    """Each is made when it is taken, as no more are than have room."""
    seen = overview.seen
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
    return " · <b>buying is off</b>" if overview.controls.stopped else ""


def is_blind(overview: Overview) -> bool:
    return overview.controls.circuit.state is CircuitState.OPEN or overview.controls.blind_since is not None


def next_words(overview: Overview, zone: tzinfo, *, at: datetime) -> str:
    """When the shop is asked next, or why it is not."""
    controls, circuit = overview.controls, overview.controls.circuit
    if controls.paused:
        until = f" until {near_time(controls.paused_until, zone, now=at)}" if controls.paused_until else ""
        return f"⏸ <b>Paused{until}.</b> I check nothing; /resume ends it."
    if circuit.state is CircuitState.OPEN and circuit.open_until is not None:
        return blind_words(circuit.why, circuit.open_until, zone, at=at)
    upcoming = overview.mark.next_check_at
    blind = f"{blind_words(controls.blind_why, None, zone, at=at)} " if controls.blind_since else ""
    return blind + ("Next check soon" if upcoming is None else f"Next check at {exact_time(upcoming, zone)}")


def product_line(line: Line, *, seen_at: datetime | None, at: datetime, length: int = FULL_TITLE) -> str:
    """One product in one line: sign, title, TCIN, price, and what else is to be said."""
    parts = [
        f"{stock_sign(line)} {title_words(line.name_and_title, length)}",
        code(line.tcin),
        None if line.stock.price is None else money(line.stock.price),
        _why_no_alert(line),
        state_words(line),
        _age_words(seen_at, at=at),
    ]
    return " · ".join(part for part in parts if part)


def _why_no_alert(line: Line) -> str | None:
    """In few words: the price stands before it."""
    why = line.why_no_alert
    return None if not why else quoted(reason_words(why).removeprefix(f"{_price(line)} is "), SHORT_REASON)


IN_STOCK_SIGN = "🟢"
#: What each sign before a product means.
LEGEND = {
    IN_STOCK_SIGN: "in stock",
    "🟡": "in stock, no alert",
    "⚪": "sold out",
    "❔": "not known yet",
    "⏸": "off or paused",
}


def stock_sign(line: Line) -> str:
    """What stands before a product wherever it is listed."""
    if not line.product.enabled or line.paused:
        return "⏸"
    if line.stock.state is StockState.IN_STOCK:
        return IN_STOCK_SIGN if judge(line.product, line.stock).buyable else "🟡"
    return "❔" if line.stock.state is StockState.UNKNOWN else "⚪"


_STATE_WORDS = {
    PurchaseState.QUEUED: "next to be bought",
    PurchaseState.ATTEMPTING: "🛒 buying",
    PurchaseState.PURCHASED: "bought",
    PurchaseState.FAILED: "not bought",
    PurchaseState.UNCONFIRMED: "bought or not? not known yet",
}


def state_words(line: Line) -> str | None:
    if not line.product.enabled:
        return "off"
    if line.paused:
        return "paused"
    return _STATE_WORDS.get(line.state)


def _age_words(seen_at: datetime | None, *, at: datetime) -> str | None:
    """How old the reading is, where that matters."""
    return None if seen_at is None or at - seen_at < OLD else f"seen {span(at - seen_at)} ago"
