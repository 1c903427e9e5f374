"""How everything stands, in words: the status, what works and what does not, the version, the journal."""

from collections.abc import Sequence
from datetime import datetime, tzinfo

from bot.text.board import count_words, next_words
from bot.text.markup import (
    escape,
    headed,
    join_lines,
)
from bot.text.purchases import held_heading, slot_words
from bot.text.reasons import reason
from config.durations import span
from config.products import Mode
from purchasing.model import Line, Overview


def render_status(
    overview: Overview, reasons: Sequence[str], *, unsent: int, held: Line | None, at: datetime, zone: tzinfo
) -> str:
    """How everything stands, and what a person should know of; `held` is the product in the slot, watched or not."""
    controls, mark = overview.controls, overview.mark
    good = "No good check yet" if mark.last_good_at is None else f"Last good check {span(at - mark.last_good_at)} ago"
    stopped = f"<b>Buying is off</b> ({reason(controls.stopped)}); /rearm turns it on" if controls.stopped else None
    return join_lines(
        [
            headed(controls.mode, f"<b>{count_words(overview.lines)}</b>"),
            stopped or f"Buying: on{_ORDERS[controls.mode]}",
            slot_words(overview.slot),
            held_heading(overview.slot, held),
            good,
            next_words(overview, zone, at=at),
            f"{unsent} messages wait to be sent" if unsent else None,
            *(f"⚠️ {reason(one)}" for one in reasons if not one.startswith(_TOLD_ABOVE)),
            f"check {mark.cycle_id}",
        ]
    )


#: How those reasons begin that the lines above tell.
_TOLD_ABOVE = ("paused", "buying is stopped", "blind: ")

#: What buying means in each mode.
_ORDERS = {
    Mode.SIMULATE: " (practice, nothing is ordered)",
    Mode.REHEARSE: " (rehearsal, nothing is ordered)",
    Mode.LIVE: " (real orders)",
}


def render_health(status: str, reasons: Sequence[str], *, mode: Mode) -> str:
    head = headed(mode, f"<b>{HEALTH.get(status, status)}</b>")
    return join_lines([head, *(f"⚠️ {reason(one)}" for one in reasons)])


#: How the service is, as a sentence.
HEALTH = {
    "healthy": "All is well.",
    "degraded": "I am running, but not all is well.",
    "unhealthy": "Something in me does not work.",
}


def render_log(events: Sequence[str], *, mode: Mode) -> str:
    if not events:
        return headed(mode, "Nothing has happened yet.")
    count = "1 line" if len(events) == 1 else f"{len(events)} lines"
    return join_lines([headed(mode, f"What happened last, {count}"), *events])


def render_version(version: str, started_at: datetime | None, *, mode: Mode, at: datetime) -> str:
    since = "" if started_at is None else f", running for {span(at - started_at)}"
    return headed(mode, f"Stockbell {escape(version)}{since}")
