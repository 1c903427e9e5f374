"""What a picture is drawn from, as plain values: they are handed to another process."""

from datetime import datetime, timedelta
from enum import IntEnum, StrEnum

import msgspec


class Reach(IntEnum):
    """How far is looked back, in days."""

    DAY = 1
    WEEK = 7
    MONTH = 30
    YEAR = 365

    @property
    def length(self) -> timedelta:
        return timedelta(days=self)

    @property
    def word(self) -> str:
        """As a command says it."""
        return f"{int(self)}d"


class AttemptEnding(StrEnum):
    """How an attempt ended, as a mark shows it."""

    BOUGHT = "bought"
    #: In practice or in a rehearsal.
    PRACTISED = "practised"
    FAILED = "failed"
    #: Something may have been ordered.
    IN_DOUBT = "in doubt"


class Band(msgspec.Struct, frozen=True, kw_only=True):
    """From one time to another, which is later."""

    begins: datetime
    ends: datetime


class PriceStep(msgspec.Struct, frozen=True, kw_only=True):
    """A price that holds from this time on."""

    at: datetime
    price: float


class AttemptMark(msgspec.Struct, frozen=True, kw_only=True):
    at: datetime
    ending: AttemptEnding


class ChartRow(msgspec.Struct, frozen=True, kw_only=True):
    """A product, when it could be had, and how often it came."""

    title: str
    #: Stands for a title of which nothing can be written.
    tcin: str
    bands: tuple[Band, ...]
    restocks: int
    #: When nothing is known of it.
    gaps: tuple[Band, ...] = ()


#: Hours of a local day, for each day of the week from Monday on.
Matrix = tuple[tuple[int, ...], ...]


class Chart(msgspec.Struct, frozen=True, kw_only=True):
    """One picture: of one product, or of all as rows."""

    since: datetime
    until: datetime
    #: The name of the time zone whose times are written on it; None for the system's, where that has none.
    zone: str | None
    #: For one product a single one.
    rows: tuple[ChartRow, ...]
    #: Whether it is of one product, with all that follows.
    is_single: bool
    #: Products that have no room, and how many of them came.
    left_out: int = 0
    prices: tuple[PriceStep, ...] = ()
    #: The owner's limit.
    limit: float | None = None
    marks: tuple[AttemptMark, ...] = ()
    #: How many restocks began in each hour; empty where it is not shown.
    hours: Matrix = ()
