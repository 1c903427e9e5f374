"""The practice world stands apart and has a clock of its own."""

from datetime import UTC, datetime


def clock() -> datetime:
    return datetime.now(UTC)  # noqa: TID251  the one reader of the time here
