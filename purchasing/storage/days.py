"""What happened between two times, gone through once a day or after a downtime, and never by what is in a hurry."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

import sqlalchemy as sa

from config.products import DRILL, Mode, Tcin
from purchasing.events import (
    AskedCommand,
    BoughtProduct,
    CommandDone,
    DaySummedUp,
    EventKind,
    Fact,
    RestockedProduct,
    Sighted,
    StoredEvent,
    stamp,
    unstamp,
)
from purchasing.model import Attempt, Step
from purchasing.past import PastWindow
from purchasing.rules.days import Day
from purchasing.storage import rows, tables
from purchasing.storage.unit_of_work import UnitOfWork

_window, _attempt, _journal = tables.window, tables.attempt, tables.journal


#: How an attempt ends, or is in doubt.
_ENDS = (Step.CONFIRMED, Step.REFUSED, Step.ABANDONED, Step.UNCONFIRMED)

FactT = TypeVar("FactT", bound=Fact)


class DayTable:
    """Reads of one transaction."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit
        self._db = unit.connection

    def windows(self, since: datetime, until: datetime, *, tcin: Tcin | None = None) -> list[PastWindow]:
        """The restock windows that were open at any time between these, of one product or of all, as they opened."""
        is_over = _window.c.closed_at <= stamp(since)
        within = sa.and_(_window.c.opened_at < stamp(until), sa.or_(_window.c.closed_at.is_(None), sa.not_(is_over)))
        of = _window.c.tcin != DRILL if tcin is None else _window.c.tcin == tcin
        statement = sa.select(_window).where(within, of).order_by(_window.c.id)
        return [
            PastWindow(
                tcin=Tcin(row["tcin"]), opened_at=unstamp(row["opened_at"]), closed_at=rows.time_of(row["closed_at"])
            )
            for row in self._db.execute(statement).mappings()
        ]

    def sum_up(self, day: Day) -> DaySummedUp:
        ended, bought = self._count_ended(day), self._bought(day)
        found_later = sum(one.step is Step.REFUSED for one in bought)
        done = [fact for fact, at in self._told(CommandDone, day.since) if fact.what is not None and at < day.until]
        asked = Counter(one.what for one in done if one.what is not None)
        return DaySummedUp(
            since=day.since,
            until=day.until,
            checks=self._count(EventKind.CYCLE_COMPLETED, day),
            blind_s=round(self._blind(day).total_seconds()),
            restocks=self._restocks(self.windows(day.since, day.until), day),
            bought=tuple(self._named(one) for one in bought),
            failed=ended[Mode.LIVE, Step.REFUSED] + ended[Mode.LIVE, Step.ABANDONED] - found_later,
            in_doubt=ended[Mode.LIVE, Step.UNCONFIRMED],
            practised=sum(count for (mode, _), count in ended.items() if mode is Mode.SIMULATE),
            practised_well=ended[Mode.SIMULATE, Step.CONFIRMED],
            people=len({one.by for one in done}),
            asked=tuple(AskedCommand(what=what, times=times) for what, times in asked.most_common()),
        )

    def _count_ended(self, day: Day) -> Counter[tuple[Mode, Step]]:
        """How many attempts ended so within the day, or are in doubt since; drills are left out."""
        within = sa.and_(_moved_within(day), _attempt.c.step.in_(_ENDS), _attempt.c.tcin != DRILL)
        counted = sa.select(_attempt.c.mode, _attempt.c.step, sa.func.count()).where(within)
        grouped = self._db.execute(counted.group_by(_attempt.c.mode, _attempt.c.step))
        return Counter({(Mode(mode), Step(step)): count for mode, step, count in grouped})

    def _bought(self, day: Day) -> list[Attempt]:
        """What was refused bought too, where the order list showed its order afterwards."""
        is_over = _attempt.c.step.in_((Step.CONFIRMED, Step.REFUSED))
        bought = sa.select(_attempt).where(tables.COUNTS_AS_BOUGHT, is_over, _moved_within(day)).order_by(_attempt.c.id)
        return [rows.attempt_of(row) for row in self._db.execute(bought).mappings()]

    def _named(self, attempt: Attempt) -> BoughtProduct:
        title = self._unit.products.title_of(attempt.tcin)
        return BoughtProduct(tcin=attempt.tcin, title=title, quantity=attempt.quantity, total=attempt.total)

    def _restocks(self, windows: Sequence[PastWindow], day: Day) -> tuple[RestockedProduct, ...]:
        """Each product once, in the order of its first restock."""
        by_product: dict[Tcin, list[PastWindow]] = {}
        for window in windows:
            by_product.setdefault(window.tcin, []).append(window)
        return tuple(self._restocked(tcin, its_own, day) for tcin, its_own in by_product.items())

    def _restocked(self, tcin: Tcin, windows: Sequence[PastWindow], day: Day) -> RestockedProduct:
        lasted = sum((one.lasted(day.since, day.until) for one in windows), timedelta(0))
        return RestockedProduct(
            tcin=tcin,
            title=self._unit.products.title_of(tcin),
            times=len(windows),
            open_s=round(lasted.total_seconds()),
            is_open=any(one.closed_at is None or one.closed_at > day.until for one in windows),
        )

    def _blind(self, day: Day) -> timedelta:
        """For how long of the day the shop did not answer, that it did not at its end included."""
        spells = [(at - timedelta(seconds=fact.lasted_s), at) for fact, at in self._told(Sighted, day.since)]
        still = self._unit.controls.blindness()
        if still is not None:
            spells.append((still.since, day.until))
        lasted = (min(ended, day.until) - max(began, day.since) for began, ended in spells)
        return sum((one for one in lasted if one > timedelta(0)), timedelta(0))

    def _count(self, kind: EventKind, day: Day) -> int:
        within = sa.and_(_journal.c.at >= stamp(day.since), _journal.c.at < stamp(day.until))
        counted = sa.select(sa.func.count()).select_from(_journal).where(within, _journal.c.kind == kind)
        return int(self._db.execute(counted).scalar_one())

    def _told(self, kind: type[FactT], since: datetime) -> Iterator[tuple[FactT, datetime]]:
        """The facts of this kind since then, each with its time."""
        wanted = sa.and_(_journal.c.at >= stamp(since), _journal.c.kind == kind.kind)
        # In the order of the index by times: by number, the whole journal would be gone through.
        for row in self._db.execute(sa.select(_journal).where(wanted).order_by(_journal.c.at)).mappings():
            event = StoredEvent(**row).decode()
            if isinstance(event.fact, kind):
                yield event.fact, event.at


def _moved_within(day: Day) -> sa.ColumnElement[bool]:
    return sa.and_(_attempt.c.moved_at >= stamp(day.since), _attempt.c.moved_at < stamp(day.until))
