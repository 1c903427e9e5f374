"""What is read of the past: readings of one product, its restock windows, and when nobody was watching."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from config.products import Tcin
from monitor.model import StockState


@dataclass(frozen=True, slots=True, kw_only=True)
class PastReading:
    """What was known of a product from this time on, until its next one."""

    at: datetime
    #: None where nothing is said of it, and what was known still holds.
    state: StockState | None
    #: None where nothing is said of it.
    price: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A time in which nobody was watching, or the shop did not answer; None while it lasts."""

    began: datetime
    ended: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PastWindow:
    """A restock window by its times alone."""

    tcin: Tcin
    opened_at: datetime
    closed_at: datetime | None

    def lasted(self, since: datetime, until: datetime) -> timedelta:
        """How long it was open between these times."""
        return min(self.closed_at or until, until) - max(self.opened_at, since)
