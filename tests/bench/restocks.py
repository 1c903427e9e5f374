"""How late a restock is seen within the same budget of requests: at an even pace, and at a pace that learns its hours.

It plans with the very code that the service plans with, on the clock of the simulation. Cycles are played around each
restock, from some minutes before it; between them nothing would be seen. The first half is for learning alone.

`python -m tests.bench.restocks stockbell.db` does the same with the restocks of a service's own journal.
"""

import sqlite3
import sys
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from math import nan
from pathlib import Path
from random import Random
from statistics import median, quantiles

from config.products import Product, Tcin
from monitor.model import Agenda
from monitor.poll_plan import Allowance, Asking, PollInterval, next_cycle_at, plan_cycle
from monitor.restock_hours import weigh
from purchasing.events import unstamp
from tests.bench.report import Figure, print_figures

#: More than three times what a cycle has room for.
PRODUCTS, PER_MINUTE = 90, 3
#: By chance alone one is this much later than the other.
TOLERANCE = 1.05
INTERVAL = PollInterval(least=timedelta(seconds=15), most=timedelta(seconds=25))
BEGAN = datetime(2026, 1, 5, tzinfo=UTC)
WEEK, HOUR = timedelta(days=7), timedelta(hours=1)
WEEKS = 10
#: So long before a restock the cycles are played.
WARM_UP = timedelta(minutes=6)


@dataclass(frozen=True, slots=True, order=True)
class Restock:
    """It can be bought from `at` on, for so long."""

    at: datetime
    tcin: Tcin
    lasts: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Lateness:
    """Of the restocks that were seen, and the share of those that were over before."""

    median_s: float
    p90_s: float
    missed: float

    def __str__(self) -> str:
        return f"{self.median_s:.0f} / {self.p90_s:.0f} s, {self.missed:.1%} missed"


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


PATTERNS: Mapping[str, Callable[[Random, Sequence[Tcin], int], list[Restock]]] = {
    "weekly hours": weekly,
    "weekly hours that drift by an hour in three weeks": partial(weekly, drift=timedelta(minutes=20)),
    "an hour of the day": daily,
    "at random": at_random,
}


class Watch:
    """The shop is asked within the budget, and what is seen is remembered."""

    def __init__(
        self, restocks: Sequence[Restock], tcins: Sequence[Tcin], *, learns: bool, measured_from: datetime
    ) -> None:
        self._measured_from = measured_from
        self._restocks = restocks
        self._learns = learns
        self._rng = Random(1)  # noqa: S311  the same in every run
        self._products = tuple(Product(tcin=tcin) for tcin in tcins)
        self._asked_at: dict[Tcin, datetime] = {}
        self._seen: dict[Tcin, list[datetime]] = defaultdict(list)
        self._weights: Mapping[Tcin, float] = {}
        self._weighed_at: datetime | None = None
        self._at = restocks[0].at - WARM_UP
        self.late: list[float] = []
        self.missed = 0

    def run(self) -> Lateness:
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
        seen = self.late if len(self.late) > 1 else [nan, nan]
        return Lateness(
            median_s=median(seen),
            p90_s=quantiles(seen, n=10)[-1],
            missed=self.missed / max(1, self.missed + len(self.late)),
        )

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
        if one.at < self._measured_from:
            return
        if late <= one.lasts:
            self.late.append(late.total_seconds())
        else:
            self.missed += 1

    def _weigh(self) -> Mapping[Tcin, float]:
        hour = self._at.replace(minute=0, second=0, microsecond=0)
        if hour != self._weighed_at:
            habits = weigh(self._seen, zone=UTC, at=self._at)
            self._weights, self._weighed_at = {tcin: one.weight for tcin, one in habits.items()}, hour
        return self._weights


def recorded(path: Path) -> list[Restock]:
    """The restocks in a service's own journal that were seen to their ends."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
        rows = database.execute("SELECT tcin, opened_at, closed_at FROM restock_window WHERE closed_at IS NOT NULL")
        windows = [(Tcin(tcin), unstamp(began), unstamp(ended)) for tcin, began, ended in rows]
    return sorted(Restock(began, tcin, ended - began) for tcin, began, ended in windows)


def measure(restocks: Sequence[Restock], tcins: Sequence[Tcin]) -> tuple[Lateness, Lateness]:
    """Even, and learned."""
    first, last = restocks[0].at, restocks[-1].at
    measured_from = first + (last - first) / 2
    even, learned = (Watch(restocks, tcins, learns=learns, measured_from=measured_from) for learns in (False, True))
    return even.run(), learned.run()


def restock_figures(products: int = PRODUCTS, weeks: int = WEEKS) -> list[Figure]:
    """For each pattern, learned beside even."""
    tcins, rng = _tcins(products), Random(7)  # noqa: S311  the same in every run
    return _figures({name: pattern(rng, tcins, weeks) for name, pattern in PATTERNS.items()}, tcins)


def _figures(patterns: Mapping[str, Sequence[Restock]], tcins: Sequence[Tcin]) -> list[Figure]:
    figures = []
    for name, restocks in patterns.items():
        even, learned = measure(restocks, tcins)
        figures.append(
            Figure(
                name=f"how late a restock is seen, {name} (median / p90)",
                ours=str(learned),
                bare=str(even),
                apart=f"{learned.median_s / even.median_s:.2f} of even",
                target="no later than even",
                met=learned.median_s <= even.median_s * TOLERANCE,
            )
        )
    return figures


def main() -> None:
    restocks = recorded(Path(sys.argv[1]))
    known = list(dict.fromkeys(one.tcin for one in restocks))
    # Those beside them are never in stock: the budget must not have room for all.
    tcins = list(dict.fromkeys([*known, *_tcins(PRODUCTS)]))
    print_figures("restocks", _figures({f"{len(restocks)} of {sys.argv[1]}": restocks}, tcins))


if __name__ == "__main__":
    main()
