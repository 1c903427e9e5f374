"""Which day is to be summed up now."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """From a time of day to the same time of the next day, on which it is called by its date."""

    date: date
    since: datetime
    until: datetime


def find_day(*, ends: time, last: date | None, at: datetime, zone: tzinfo) -> Day | None:
    """The day that has ended and was not summed up yet; one that was missed whole is not made up."""
    local = at.astimezone(zone)
    today = local.date()
    if local.time() < ends or (last is not None and last >= today):
        return None
    until = datetime.combine(today, ends, zone)
    return Day(date=today, since=datetime.combine(today - timedelta(days=1), ends, zone), until=until)
