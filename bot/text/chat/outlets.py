"""What is said of the outlets beside the chat, and what they are told of a time in which they took nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from bot.text.markup import day_time, headed, join_lines
from bot.text.reasons import begin_large, reason
from config.durations import span
from config.products import Mode
from purchasing.events import OutletBack, OutletFailed


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """Old news that are told in one message. Their lines are HTML."""

    since: datetime
    until: datetime
    count: int
    #: The last of those that concern money.
    outcomes: Sequence[str]
    #: The last of the others.
    others: Sequence[str]


def render_outlet_failed(failed: OutletFailed, *, mode: Mode, zone: tzinfo) -> str:
    name, since = begin_large(failed.outlet), day_time(failed.since, zone)
    why = f"{reason(failed.why)}. I keep trying, and tell you when it does."
    return headed(mode, f"<b>{name} has not taken my messages</b> since {since}: {why}")


def render_outlet_back(back: OutletBack, *, mode: Mode) -> str:
    lasted = span(timedelta(seconds=back.lasted_s))
    return headed(mode, f"<b>{begin_large(back.outlet)} takes my messages again</b>, after {lasted}.")


def render_refused(at: datetime, *, mode: Mode, zone: tzinfo) -> str:
    """In place of a message that an outlet refuses: it holds nothing of that one."""
    head = headed(mode, "<b>A message could not be given to you</b>")
    return join_lines([head, f"It is of {day_time(at, zone)}, and was refused here. The chat has it."])


def render_backlog(backlog: Backlog, *, mode: Mode, zone: tzinfo) -> str:
    """For an outlet that could not be told for long."""
    since, until = day_time(backlog.since, zone), day_time(backlog.until, zone)
    named = len(backlog.outcomes) + len(backlog.others)
    return join_lines(
        [
            headed(mode, f"<b>{backlog.count} messages did not reach you</b> from {since} to {until}"),
            *(f"• {line}" for line in (*backlog.outcomes, *backlog.others)),
            f"and {backlog.count - named} earlier" if backlog.count > named else None,
        ]
    )
