"""How long ago something was, and how long it takes, as the page says it; its script says it the same way."""

from datetime import datetime

from purchasing.events import unstamp

_UNITS = ((86_400, "d"), (3_600, "h"), (60, "m"))


def age_words(time: str | None, now: str) -> str:
    """Of a time in the past; nothing where there is none."""
    return f"{_length(unstamp(now), unstamp(time))} ago" if time else ""


def wait_words(time: str | None, now: str) -> str:
    """Of a time to come."""
    if not time:
        return ""
    return f"in {_length(unstamp(time), unstamp(now))}" if time > now else "now"


def left_words(time: str | None, now: str) -> str:
    """Of a time that ends something."""
    return f"{_length(unstamp(time), unstamp(now))} left" if time else ""


def _length(later: datetime, earlier: datetime) -> str:
    """In the largest unit of which there are two, or one of the smallest."""
    seconds = max(0, round((later - earlier).total_seconds()))
    for size, unit in _UNITS:
        if seconds >= 2 * size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"
