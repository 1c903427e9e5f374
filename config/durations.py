"""Lengths of time in words."""

from datetime import timedelta


def span(lasted: timedelta) -> str:
    """A length of time as a person says it: "2 m 40 s"."""
    seconds = max(0, round(lasted.total_seconds()))
    days, seconds = divmod(seconds, 86_400)
    hours, seconds = divmod(seconds, 3_600)
    minutes, seconds = divmod(seconds, 60)
    parts = [(days, "d"), (hours, "h"), (minutes, "m"), (seconds, "s")]
    counts = [f"{count} {unit}" for count, unit in parts if count]
    return " ".join(counts[:2]) or "0 s"
