"""At which hours of the week a product comes back into stock, learned from its restocks.

Each hour of the week has a Beta distribution: so many weeks was it watched, and in so many of them did a restock begin
in it. Weeks count less as they age, so that a habit that moves is followed. What is known of the same hour on all days
is what is expected of an hour before much is known of itself. One restock is no habit: of each hour the one that counts
most is left out. And where restocks come beside each other no more often than by chance, nothing is learned.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from math import sqrt

from config.products import Tcin

#: A week that is this old counts half.
HALF_LIFE = timedelta(days=21)
#: What is older counts for nothing.
REMEMBERED = 5 * HALF_LIFE
#: Fewer restocks tell nothing.
LEAST_RESTOCKS = 4
#: Floor and ceiling: however quiet an hour is, it is asked for half as often as if nothing were known of it.
LEAST_WEIGHT, MOST_WEIGHT = 0.5, 4.0

#: From this weight on people are told that a restock is likely.
SHOWN_FROM = 1.5

_WEEK, _DAY, _HOURS = timedelta(days=7), 24, 168
#: How much of a restock counts in its own hour, and in each of those beside it.
_OWN_HOUR, _BESIDE = 0.6, 0.2
#: So many weeks and days, respectively, does weigh what is expected before an hour is watched.
_WEEKS_EXPECTED, _DAYS_EXPECTED = 2.0, 14.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Likely:
    """That a restock is likely in an hour, and what shows it."""

    #: The hour of the day, in the owner's time.
    hour: int
    #: From Monday, 0, on; None where it is so on most days.
    weekday: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HourWeight:
    """How much more often than without any knowledge a product is to be asked for in an hour."""

    weight: float
    #: None where a restock is not likely then.
    likely: Likely | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How often a product is asked for now, within the owner's budget of requests."""

    every: timedelta
    #: Why it is asked for more often than others.
    likely: Likely | None


@dataclass(slots=True)
class _Counts:
    """Of one product: weighed by age and spread over neighbouring hours."""

    total: float = 0.0
    by_hour: dict[int, float] = field(default_factory=lambda: defaultdict(float))
    #: The one restock of each hour that counts most.
    largest: dict[int, float] = field(default_factory=lambda: defaultdict(float))

    def add(self, hour: int, worth: float) -> None:
        self.total += worth
        for step, part in ((-1, _BESIDE), (0, _OWN_HOUR), (1, _BESIDE)):
            place = (hour + step) % _HOURS
            self.by_hour[place] += part * worth
            self.largest[place] = max(self.largest[place], part * worth)

    def habit(self, hour: int) -> float:
        return self.by_hour[hour] - self.largest[hour] if hour in self.by_hour else 0.0


class RestockHours:
    """What one product's restocks tell of the hours of the week."""

    def __init__(self, restocks: Iterable[datetime], *, zone: tzinfo, at: datetime) -> None:
        known = sorted(one for one in restocks if timedelta(0) <= at - one <= REMEMBERED)
        hours = [hour_of_week(one, zone) for one in known]
        #: Whether it comes back at hours of its own.
        self.has_habit = len(known) >= LEAST_RESTOCKS and (
            _repeats(hours, period=_HOURS) or _repeats([hour % _DAY for hour in hours], period=_DAY)
        )
        self._counts = _Counts()
        for one, hour in zip(known, hours, strict=True):
            self._counts.add(hour, _worth(at - one))
        weeks = max(1, -(-(at - known[0]) // _WEEK)) if known else 1
        self._watched = sum(_worth(_WEEK * number) for number in range(weeks))
        self._of_day = [sum(self._counts.habit(hour) for hour in range(first, _HOURS, _DAY)) for first in range(_DAY)]
        expected = map(self._expected, range(_HOURS)) if self.has_habit else ()
        self._usual = sum(expected) / _HOURS

    def weight(self, hour: int) -> float:
        """How much more often than without any knowledge it should be asked for in this hour of the week.

        By the root of how much more likely a restock is: so the time until restocks are seen is least in all.
        """
        if not self.has_habit:
            return 1.0
        return min(MOST_WEIGHT, max(LEAST_WEIGHT, sqrt(self._expected(hour) / self._usual)))

    def likely(self, hour: int) -> Likely | None:
        """Whether a restock is likely in this hour of the week."""
        if not self.has_habit or self.weight(hour) < SHOWN_FROM:
            return None
        of_day, of_week = self._of_day[hour % _DAY], self._counts.habit(hour)
        return Likely(hour=hour % _DAY, weekday=hour // _DAY if 2 * of_week > of_day else None)

    def _expected(self, hour: int) -> float:
        """The mean of the hour's Beta distribution."""
        mean = self._counts.total / (_HOURS * self._watched)
        of_day = (self._of_day[hour % _DAY] + _DAYS_EXPECTED * mean) / (7 * self._watched + _DAYS_EXPECTED)
        return (self._counts.habit(hour) + _WEEKS_EXPECTED * of_day) / (self._watched + _WEEKS_EXPECTED)


def weigh(restocks: Mapping[Tcin, Iterable[datetime]], *, zone: tzinfo, at: datetime) -> Mapping[Tcin, HourWeight]:
    """The weight of each product now; those that have no habit are left out, and weigh 1."""
    hour = hour_of_week(at, zone)
    habits = {tcin: RestockHours(began, zone=zone, at=at) for tcin, began in restocks.items()}
    return {
        tcin: HourWeight(weight=one.weight(hour), likely=one.likely(hour))
        for tcin, one in habits.items()
        if one.has_habit
    }


def hour_of_week(at: datetime, zone: tzinfo) -> int:
    """From Monday at midnight on, by the clock of this zone."""
    local = at.astimezone(zone)
    return local.weekday() * _DAY + local.hour


def _repeats(hours: Sequence[int], *, period: int) -> bool:
    """Whether more of them than by chance fall in pairs into one hour or two hours beside each other.

    By chance so many pairs do, give or take the root of it: nobody who restocks at any time comes by four times that.
    """
    counts = Counter(hours)
    pairs = sum(count * (count - 1) / 2 + count * counts[(hour + 1) % period] for hour, count in list(counts.items()))
    by_chance = len(hours) * (len(hours) - 1) / 2 * 3 / period
    return pairs >= by_chance + 4 * sqrt(by_chance) + 2


def _worth(age: timedelta) -> float:
    return float(0.5 ** (age / HALF_LIFE))
