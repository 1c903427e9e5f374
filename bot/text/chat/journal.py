"""What is said of the journal as a whole: whether it adds up, and what of it is shown."""

from datetime import datetime, tzinfo

from bot.text.markup import Known, quoted
from purchasing.commands import Audited, LogCleared


def say_audited(result: Audited, _known: Known, zone: tzinfo) -> list[str]:
    """Clean or not, and how much was looked at."""
    looked = (
        f"I went through all {_count(result.events, 'entry', 'entries')} of my journal: "
        f"{_count(result.cycles, 'check')} of the shop, {_count(result.attempts, 'attempt')} to buy with "
        f"{_count(result.moves, 'step')}, and {_count(result.orders, 'real order')}."
    )
    until = result.compacted_to
    older = [] if until is None else [compacted_words(until, zone)]
    if not result.found:
        kept = "Nothing was bought twice, after a stop, or two at a time, and what is stored says the same."
        return ["✅ <b>My books add up.</b>", looked, *older, kept]
    rest = result.found - len(result.findings)
    return [
        f"⚠️ <b>{_count(result.found, 'thing')} in my books {'does' if result.found == 1 else 'do'} not add up.</b>",
        looked,
        *older,
        "If purchases are real, /stop until you know why. What I found:",
        *(f"• {quoted(finding)}" for finding in result.findings),
        *([f"and {rest:,} more"] if rest else []),
    ]


def say_log_cleared(result: LogCleared, _known: Known, _zone: tzinfo) -> list[str]:
    if result.is_hidden:
        return ["The log begins anew here. Nothing is deleted: /log all shows the older lines."]
    return ["The older lines are shown again by /log."]


def hidden_words() -> str:
    return "Older lines are hidden here; /log all shows them."


def compacted_words(until: datetime, zone: tzinfo) -> str:
    """What has become of what happened until then."""
    day = until.astimezone(zone).strftime("%d %b %Y")
    return f"Until {day} all about buying, people and the list is kept; quiet checks and questions are only counted."


def _count(number: int, one: str, more: str | None = None) -> str:
    return f"{number:,} {one if number == 1 else more or one + 's'}"
