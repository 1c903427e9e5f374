"""The only reader of the wall clock and of the monotonic clock."""

import time
from collections.abc import Callable
from datetime import UTC, datetime

#: Gives the time as an aware datetime in UTC.
Now = Callable[[], datetime]
#: Gives seconds that never go back, from an arbitrary start.
Monotonic = Callable[[], float]


def utc_now() -> datetime:
    """The time in whole milliseconds, so that what is written and read again is the same instant."""
    at = datetime.now(UTC)  # noqa: TID251  this is the one place
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


monotonic: Monotonic = time.monotonic  # noqa: TID251  this is the one place
