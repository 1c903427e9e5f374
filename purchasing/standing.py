"""Where everything stands, under the owner's limits and in the owner's day."""

from datetime import datetime, tzinfo

from purchasing.model import Limits, Standing
from purchasing.storage.unit_of_work import UnitOfWork


class StandingReader:
    """Reads all that a decision is made from, within the reader's own unit of work."""

    def __init__(self, *, limits: Limits, timezone: tzinfo) -> None:
        self.limits = limits
        self.timezone = timezone

    def read(
        self, unit: UnitOfWork, *, at: datetime, gate_shut: str | None = None, counted_since: datetime | None = None
    ) -> Standing:
        """The gate is asked before, on the event loop: its closing calls off what runs there.

        `counted_since` is a moment of the day in whose limits it is to be counted, where that is not `at`'s.
        """
        day = min(at, counted_since or at).astimezone(self.timezone)
        midnight = day.replace(hour=0, minute=0, second=0, microsecond=0)
        return unit.views.standing(self.limits, gate_shut=gate_shut, day_began=midnight, at=at)
