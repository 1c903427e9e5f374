"""A gathered past, as plain values."""

from dataclasses import dataclass
from datetime import datetime

from purchasing.model import Attempt, Line
from purchasing.past import Gap, PastReading, PastWindow


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What is known of the time between two instants."""

    since: datetime
    until: datetime
    #: What is watched, in its order: the one product, or all.
    lines: tuple[Line, ...]
    #: The restock windows of what is watched that were open at any time between, in the order of their opening.
    windows: tuple[PastWindow, ...]
    attempts: tuple[Attempt, ...]
    #: In the order of time, from the last one before `since` on; none where it is of all products.
    readings: tuple[PastReading, ...] = ()
    gaps: tuple[Gap, ...] = ()
