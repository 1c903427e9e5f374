"""How everything stands, in words: the status, what works and what does not, the version, the journal."""

from collections.abc import Sequence
from datetime import datetime, tzinfo

from bot.text.board import next_words
from bot.text.markup import (
    escape,
    headed,
    join_lines,
    line_heading,
    mode_word,
    quoted,
)
from bot.text.purchases import slot_words
from config.durations import span
from config.products import Mode
from monitor.model import StockState
from purchasing.model import Line, Overview


def render_status(
    overview: Overview, reasons: Sequence[str], *, unsent: int, held: Line | None, at: datetime, zone: tzinfo
) -> str:
    """How everything stands, and what a person should know of; `held` is the product in the slot, watched or not."""
    controls, mark = overview.controls, overview.mark
    good = "no good check yet" if mark.last_good_at is None else f"last good check {span(at - mark.last_good_at)} ago"
    in_stock = sum(line.stock.state is StockState.IN_STOCK for line in overview.lines)
    stopped = f"buying: <b>stopped</b> ({quoted(controls.stopped)}); /rearm lifts it" if controls.stopped else None
    return join_lines(
        [
            f"<b>{mode_word(controls.mode)}</b> · cycle {mark.cycle_id}",
            stopped or "buying: armed",
            f"slot: {slot_words(overview.slot)}",
            line_heading(held) if held else None,
            f"{len(overview.lines)} watched · {in_stock} in stock",
            good,
            next_words(overview, zone),
            *([f"{unsent} messages wait to be sent"] if unsent else []),
            *(f"⚠️ {quoted(reason)}" for reason in reasons),
        ]
    )


def render_health(status: str, reasons: Sequence[str], *, mode: Mode) -> str:
    return join_lines([headed(mode, f"<b>{status}</b>"), *(f"⚠️ {quoted(reason)}" for reason in reasons)])


def render_log(events: Sequence[str], *, mode: Mode) -> str:
    return join_lines([headed(mode, f"the last {len(events)} lines of the journal"), *events])


def render_version(version: str, started_at: datetime | None, *, mode: Mode, at: datetime) -> str:
    since = "" if started_at is None else f", running for {span(at - started_at)}"
    return headed(mode, f"Stockbell {escape(version)}{since}")
