"""How late a restock is seen within the same budget of requests: at an even pace, and at a pace that learns its hours.

It plans with the very code that the service plans with, on the clock of the simulation. Cycles are played around each
restock, from some minutes before it; between them nothing would be seen. Of each pattern the first half of the weeks is
for learning alone and the other half is judged, by seeds that nobody looked at when the learning was tuned.

`python -m tests.bench.restocks stockbell.db` does the same with the restocks of a service's own journal.
"""

import sys
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from functools import partial
from math import nan
from pathlib import Path
from random import Random
from statistics import median, quantiles
from zoneinfo import ZoneInfo

from config.products import Product, Tcin
from config.settings import Settings
from monitor.model import Agenda
from monitor.poll_plan import Allowance, Asking, PollInterval, next_cycle_at, plan_cycle
from monitor.restock_hours import weigh
from tests.bench.journalled import Restock, journalled, told_by
from tests.bench.report import Figure, print_figures

#: More than three times what a cycle has room for.
PRODUCTS, PER_MINUTE = 90, 3
#: By chance alone one is this much later than the other.
TOLERANCE = 1.05
INTERVAL = PollInterval(least=timedelta(seconds=15), most=timedelta(seconds=25))
BEGAN = datetime(2026, 1, 5, tzinfo=UTC)
WEEK, HOUR = timedelta(days=7), timedelta(hours=1)
WEEKS = 10
#: The numbers of the learning were chosen beside seed 7, which is not among them.
HELD_OUT = (101, 102, 103)
#: Its clock changes to summer time in the tenth week.
SHOP = ZoneInfo("America/Chicago")
#: So long before a restock the cycles are played.
WARM_UP = timedelta(minutes=6)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lateness:
    """Of the restocks that were seen, and the share of those that were over before."""

    median_s: float
    p90_s: float
    missed: float

    @classmethod
    def of(cls, seen: "Seen") -> "Lateness":
        late = seen.late if len(seen.late) > 1 else (nan, nan)
        return cls(
            median_s=median(late),
            p90_s=quantiles(late, n=10)[-1],
            missed=seen.missed / max(1, seen.missed + len(seen.late)),
        )

    def __str__(self) -> str:
        return f"{self.median_s:.0f} / {self.p90_s:.0f} s, {self.missed:.1%} missed"


@dataclass(frozen=True, slots=True)
class Seen:
    """By how many seconds each restock was seen late, and how many were over before."""

    late: Sequence[float] = ()
    missed: int = 0

    def __add__(self, other: "Seen") -> "Seen":
        return Seen([*self.late, *other.late], self.missed + other.missed)


def _tcins(count: int) -> list[Tcin]:
    return [Tcin(str(10_000_001 + number)) for number in range(count)]


def _lasts(rng: Random) -> timedelta:
    return timedelta(seconds=min(3600.0, 60 + rng.expovariate(1 / 540)))


def weekly(rng: Random, tcins: Sequence[Tcin], weeks: int, *, drift: timedelta = timedelta(0)) -> list[Restock]:
    """Each product once or twice a week at hours of its own, give or take 20 minutes, and left out one time in five."""
    found = []
    for tcin in tcins:
        for hour in rng.sample(range(168), k=rng.choice((1, 2))):
            for week in range(weeks):
                at = BEGAN + week * (WEEK + drift) + hour * HOUR + timedelta(minutes=rng.uniform(0, 40))
                if rng.random() < 0.8:
                    found.append(Restock(at, tcin, _lasts(rng)))
    return sorted(found)


def daily(rng: Random, tcins: Sequence[Tcin], weeks: int) -> list[Restock]:
    """Each product at an hour of the day of its own, on two days of seven."""
    found = []
    for tcin in tcins:
        hour = rng.randrange(24)
        for day in range(weeks * 7):
            if rng.random() < 2 / 7:
                at = BEGAN + timedelta(days=day) + hour * HOUR + timedelta(minutes=rng.uniform(0, 60))
                found.append(Restock(at, tcin, _lasts(rng)))
    return sorted(found)


def at_random(rng: Random, tcins: Sequence[Tcin], weeks: int) -> list[Restock]:
    """As often as `weekly`, at any time."""
    whole = weeks * WEEK
    return sorted(
        Restock(BEGAN + rng.random() * whole, tcin, _lasts(rng)) for tcin in tcins for _ in range(round(weeks * 1.2))
    )


def mornings(rng: Random, tcins: Sequence[Tcin], weeks: int) -> list[Restock]:
    """As shelves are filled: two products of three on mornings of a weekday or two by local time, in 7 weeks of 10.

    The third one, and all of them now and then, come at any time.
    """
    found, whole = [], weeks * WEEK
    for tcin in tcins:
        has_habit, at_any_time = rng.random() < 2 / 3, round(weeks * 0.3)
        days = rng.sample(range(5), k=rng.choice((1, 2))) if has_habit else []
        hour = rng.choice((6, 7, 8, 9))
        for week in range(weeks):
            for day in days:
                at = BEGAN + week * WEEK + timedelta(days=day, minutes=60 * hour + rng.gauss(20, 15))
                if rng.random() < 0.7:
                    found.append(Restock(at.replace(tzinfo=SHOP).astimezone(UTC), tcin, _lasts(rng)))
        count = at_any_time if has_habit else 4 * at_any_time
        found += [Restock(BEGAN + rng.random() * whole, tcin, _lasts(rng)) for _ in range(count)]
    return sorted(found)


PATTERNS: Mapping[str, Callable[[Random, Sequence[Tcin], int], list[Restock]]] = {
    "weekly hours": weekly,
    "weekly hours that drift by an hour in three weeks": partial(weekly, drift=timedelta(minutes=20)),
    "an hour of the day": daily,
    "at random": at_random,
}


class Watch:
    """The shop is asked within the budget, and what is seen is remembered."""

    def __init__(
        self, restocks: Sequence[Restock], tcins: Sequence[Tcin], *, learns: bool, judged_from: datetime, zone: tzinfo
    ) -> None:
        self._judged_from = judged_from
        self._zone = zone
        self._restocks = restocks
        self._learns = learns
        self._rng = _chance(1)
        self._products = tuple(Product(tcin=tcin) for tcin in tcins)
        self._asked_at: dict[Tcin, datetime] = {}
        self._seen: dict[Tcin, list[datetime]] = defaultdict(list)
        self._weights: Mapping[Tcin, float] = {}
        self._weighed_at: datetime | None = None
        self._at = restocks[0].at - WARM_UP
        self.late: list[float] = []
        self.missed = 0

    def run(self) -> Seen:
        waiting: dict[Tcin, Restock] = {}
        for number, one in enumerate(self._restocks):
            is_last = number + 1 == len(self._restocks)
            following = one.at + 2 * HOUR if is_last else self._restocks[number + 1].at
            self._skip_to(one.at - WARM_UP)
            while self._at < one.at:
                self._cycle(waiting)
            waiting[one.tcin] = one
            while waiting and self._at < following:
                self._cycle(waiting)
        return Seen(self.late, self.missed)

    def _skip_to(self, at: datetime) -> None:
        """The time in between passes for all alike."""
        if at > self._at:
            gap = at - self._at
            self._asked_at = {tcin: asked_at + gap for tcin, asked_at in self._asked_at.items()}
            self._at = at

    def _cycle(self, waiting: dict[Tcin, Restock]) -> None:
        allowance = Allowance(
            per_minute=PER_MINUTE, room=1, frees_at=self._at, weights=self._weigh() if self._learns else {}
        )
        planned = plan_cycle(
            Agenda(products=self._products, asked_at=self._asked_at),
            INTERVAL,
            at=self._at,
            asked_for=False,
            failed_probes=0,
            allowance=allowance,
        )
        assert isinstance(planned, Asking)
        for tcin in planned.tcins:
            self._asked_at[tcin] = self._at
            if tcin in waiting and self._at >= waiting[tcin].at:
                self._note(waiting.pop(tcin))
        self._at = next_cycle_at(INTERVAL, began=self._at, took=timedelta(0), chance=self._rng.random())

    def _note(self, one: Restock) -> None:
        late = self._at - one.at
        if late <= one.lasts:
            self._seen[one.tcin].append(self._at)
        if one.at < self._judged_from:
            return
        if late <= one.lasts:
            self.late.append(late.total_seconds())
        else:
            self.missed += 1

    def _weigh(self) -> Mapping[Tcin, float]:
        hour = self._at.replace(minute=0, second=0, microsecond=0)
        if hour != self._weighed_at:
            habits = weigh(self._seen, zone=self._zone, at=self._at)
            self._weights, self._weighed_at = {tcin: one.weight for tcin, one in habits.items()}, hour
        return self._weights


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """How restocks come, in the zone by which people who fill shelves live."""

    name: str
    make: Callable[[Random], list[Restock]]
    zone: tzinfo = UTC


def patterns(tcins: Sequence[Tcin], weeks: int) -> list[Pattern]:
    def journal(rng: Random) -> list[Restock]:
        return journalled(mornings(rng, tcins, weeks), tcins, rng)

    def by_rule(rule: Callable[[Random, Sequence[Tcin], int], list[Restock]]) -> Callable[[Random], list[Restock]]:
        return lambda rng: rule(rng, tcins, weeks)

    made_up = [Pattern(name=name, make=by_rule(rule)) for name, rule in PATTERNS.items()]
    return [*made_up, Pattern(name="mornings of some weekdays, by a compacted journal", make=journal, zone=SHOP)]


def measure(restocks: Sequence[Restock], tcins: Sequence[Tcin], zone: tzinfo) -> tuple[Seen, Seen]:
    """Even, and learned: the first half of the weeks is for learning alone, the other one is judged."""
    first, last = restocks[0].at, restocks[-1].at
    judged_from = first + (last - first) / 2
    even, learned = (
        Watch(restocks, tcins, learns=learns, judged_from=judged_from, zone=zone).run() for learns in (False, True)
    )
    return even, learned


def restock_figures(products: int = PRODUCTS, weeks: int = WEEKS, seeds: Sequence[int] = HELD_OUT) -> list[Figure]:
    """For each pattern, learned beside even, over all seeds together."""
    tcins = _tcins(products)
    return [
        _figure(one.name, [measure(one.make(_chance(seed)), tcins, one.zone) for seed in seeds])
        for one in patterns(tcins, weeks)
    ]


def _figure(name: str, seen: Sequence[tuple[Seen, Seen]]) -> Figure:
    even, learned = (Lateness.of(sum((pair[side] for pair in seen), Seen())) for side in (0, 1))
    worst = max(Lateness.of(theirs).median_s / Lateness.of(one).median_s for one, theirs in seen)
    return Figure(
        name=f"how late a restock is seen, {name} (median / p90)",
        ours=str(learned),
        bare=str(even),
        apart=f"{learned.median_s / even.median_s:.2f} of even, {worst:.2f} with the worst of {len(seen)} seeds",
        target="no later than even",
        met=learned.median_s <= even.median_s * TOLERANCE and learned.p90_s <= even.p90_s * TOLERANCE,
    )


def _chance(seed: int) -> Random:
    return Random(seed)  # noqa: S311  the same in every run


def main() -> None:
    path = Path(sys.argv[1])
    restocks = told_by(path)
    known = list(dict.fromkeys(one.tcin for one in restocks))
    # Those beside them are never in stock: the budget must not have room for all.
    tcins = list(dict.fromkeys([*known, *_tcins(PRODUCTS)]))
    zone = Settings().timezone
    print_figures("restocks", [_figure(f"{len(restocks)} of {path}", [measure(restocks, tcins, zone)])])


if __name__ == "__main__":
    main()
