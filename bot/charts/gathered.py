"""A gathered past, as plain values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from config.products import Tcin
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
    #: When the restocks of the last 30 days began, or of more where it reaches further back.
    openings: tuple[datetime, ...] = ()
    #: In the order of time; none where it is of all products.
    attempts: tuple[Attempt, ...] = ()
    #: In the order of time, from the last one before `since` on; none where it is of all products.
    readings: tuple[PastReading, ...] = ()
    #: When nothing was watched.
    gaps: tuple[Gap, ...] = ()
    #: When one of them was not.
    unwatched: Mapping[Tcin, Sequence[Gap]] = field(default_factory=dict)
