"""Counts by hour and by day what a journal tells, one event after another. Pure; what stands between two is carried on.

Hours and days are those of UTC, so that a day is the same one for ever, whichever zone its owner lives in by then.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum

import msgspec

from config.products import DRILL, Tcin
from monitor.model import StockState
from purchasing.events import (
    CommandDone,
    Control,
    ControlChanged,
    CycleCompleted,
    Event,
    ReadStock,
    ServiceStarted,
    ServiceStopped,
    Sighted,
    WatchlistChanged,
    unstamp,
)

#: A check may come so much later than it was announced, and nothing was overlooked.
LATE = timedelta(seconds=30)
_HOUR = timedelta(hours=1)


class Counted(StrEnum):
    """What is counted of a day."""

    #: Cycles.
    CHECKS = "checks"
    #: Cycles without a certain reading.
    FAILED = "failed"
    #: Products that the shop was asked for, in all cycles.
    ASKED = "asked"
    #: How long the cycles took, in milliseconds.
    TOOK_MS = "took_ms"
    #: Seconds of blindness that ended on this day.
    BLIND_S = "blind_s"
    #: Events, by their kinds.
    EVENT = "event"
    #: Commands that were done, by their names.
    COMMAND = "command"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductHour:
    """What an hour brought of one product."""

    tcin: Tcin
    #: When it began.
    hour: datetime
    #: For how long of it the product was seen in stock.
    in_stock: timedelta = timedelta(0)
    #: How many restock windows opened.
    restocks: int = 0
    #: Of the prices that stood while it was in stock, or were told anew.
    lowest: Decimal | None = None
    highest: Decimal | None = None

    def plus(self, other: "ProductHour") -> "ProductHour":
        """Both together, of the same hour and product."""
        lowest = [one for one in (self.lowest, other.lowest) if one is not None]
        highest = [one for one in (self.highest, other.highest) if one is not None]
        return ProductHour(
            tcin=self.tcin,
            hour=self.hour,
            in_stock=self.in_stock + other.in_stock,
            restocks=self.restocks + other.restocks,
            lowest=min(lowest, default=None),
            highest=max(highest, default=None),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchedHour:
    """For how long of an hour the shop was seen: between a good check and the next one, if that came in time."""

    hour: datetime
    watched: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class DayCount:
    """One count of one day."""

    day: date
    what: Counted
    #: Of which kind or name, where there are several.
    of: str = ""
    count: int = 0


class Carried(msgspec.Struct, kw_only=True):
    """What stands between two events, and is stored with the mark."""

    states: dict[Tcin, StockState] = {}
    prices: dict[Tcin, Decimal] = {}
    watched: list[Tcin] = []
    #: Products that are paused, with the end of it where there is one.
    paused: dict[Tcin, datetime | None] = {}
    #: When the last good check was, and until when its word holds.
    seen_at: datetime | None = None
    holds_until: datetime | None = None


@dataclass(slots=True)
class Tally:
    """Takes events in order, and holds the counts of those alone that it took."""

    carried: Carried = field(default_factory=Carried)
    #: The last event that was taken, here or before.
    seq: int = 0
    _hours: dict[tuple[Tcin, datetime], ProductHour] = field(default_factory=dict)
    _watched: defaultdict[datetime, timedelta] = field(default_factory=lambda: defaultdict(timedelta))
    _days: Counter[tuple[date, Counted, str]] = field(default_factory=Counter)

    def take(self, event: Event) -> None:
        self.seq = event.seq
        self._count(event.at, Counted.EVENT, of=event.kind)
        match event.fact:
            case CycleCompleted() as cycle:
                self._take_cycle(cycle, event.at)
            case WatchlistChanged(order=order, unread=unread):
                self.carried.watched = list(order)
                self.carried.states.update(dict.fromkeys(unread, StockState.UNKNOWN))
            case ControlChanged(what=Control.PAUSE, tcin=str(tcin), value=value):
                self._pause(Tcin(tcin), value)
            case CommandDone(what=what):
                self._count(event.at, Counted.COMMAND, of=what or "")
            case Sighted(lasted_s=lasted_s):
                self._count(event.at, Counted.BLIND_S, lasted_s)
            case ServiceStarted() | ServiceStopped():
                self.carried.seen_at = self.carried.holds_until = None

    def count_in_stock(self) -> int:
        """How many products were in stock by the last word of them."""
        return sum(state is StockState.IN_STOCK for state in self.carried.states.values())

    # ---- what was counted

    def product_hours(self, tcin: Tcin | None = None) -> list[ProductHour]:
        """Of one product, or of all."""
        return sorted(
            (one for one in self._hours.values() if tcin in {None, one.tcin}), key=lambda one: (one.hour, one.tcin)
        )

    def watched_hours(self) -> list[WatchedHour]:
        return [WatchedHour(hour=hour, watched=watched) for hour, watched in sorted(self._watched.items())]

    def days(self) -> list[DayCount]:
        return [
            DayCount(day=day, what=what, of=of, count=count) for (day, what, of), count in sorted(self._days.items())
        ]

    # ---- one event

    def _take_cycle(self, cycle: CycleCompleted, at: datetime) -> None:
        self._see_until(at)
        self._count(at, Counted.CHECKS)
        self._count(at, Counted.FAILED, 0 if cycle.failed is None else 1)
        self._count(at, Counted.ASKED, cycle.asked)
        self._count(at, Counted.TOOK_MS, cycle.took_ms)
        for tcin, stock in cycle.stock.items():
            self._read(tcin, stock, at)
        for one in cycle.windows.opened:
            self._add(ProductHour(tcin=one.tcin, hour=_hour_of(at), restocks=1))
        is_good = cycle.failed is None and cycle.asked > 0
        self.carried.seen_at = at if is_good else None
        self.carried.holds_until = cycle.next_check_at + LATE if is_good else None

    def _read(self, tcin: Tcin, stock: ReadStock, at: datetime) -> None:
        self.carried.states[tcin] = stock.state
        if stock.price is not None and stock.price != self.carried.prices.get(tcin):
            self.carried.prices[tcin] = stock.price
            self._add(ProductHour(tcin=tcin, hour=_hour_of(at), lowest=stock.price, highest=stock.price))

    def _see_until(self, at: datetime) -> None:
        """What the last good check told has held until now, or as long as it may be believed."""
        since, bound = self.carried.seen_at, self.carried.holds_until
        if since is None or bound is None:
            return
        in_stock = list(self._in_stock(since))
        for hour, lasted in _by_hours(since, min(at, bound)):
            self._watched[hour] += lasted
            for tcin in in_stock:
                price = self.carried.prices.get(tcin)
                self._add(ProductHour(tcin=tcin, hour=hour, in_stock=lasted, lowest=price, highest=price))

    def _in_stock(self, at: datetime) -> Iterator[Tcin]:
        states, paused = self.carried.states, self.carried.paused
        for tcin in self.carried.watched:
            if states.get(tcin) is StockState.IN_STOCK and not (
                tcin in paused and ((until := paused[tcin]) is None or until > at)
            ):
                yield tcin

    def _pause(self, tcin: Tcin, value: bool | str) -> None:  # noqa: FBT001  as the event has it
        if value is False:
            self.carried.paused.pop(tcin, None)
        else:
            self.carried.paused[tcin] = unstamp(value) if isinstance(value, str) else None

    def _count(self, at: datetime, what: Counted, count: int = 1, *, of: str = "") -> None:
        if count:
            self._days[at.astimezone(UTC).date(), what, of] += count

    def _add(self, hour: ProductHour) -> None:
        if hour.tcin == DRILL:  # which is no product
            return
        key = (hour.tcin, hour.hour)
        held = self._hours.get(key)
        self._hours[key] = hour if held is None else held.plus(hour)


def _hour_of(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def _by_hours(since: datetime, until: datetime) -> Iterator[tuple[datetime, timedelta]]:
    """The hours between, each with how long of it; nothing where the clock went back."""
    while since < until:
        hour = _hour_of(since)
        ends = min(until, hour + _HOUR)
        yield hour, ends - since
        since = ends
