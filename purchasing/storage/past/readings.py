"""The past out of the journal: readings of one product, newest first, in pieces, and when nobody was watching."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec
import sqlalchemy as sa

from config.products import Tcin
from purchasing.events import (
    CycleCompleted,
    Event,
    EventKind,
    ReadStock,
    ServiceStarted,
    Sighted,
    StoredEvent,
    stamp,
    unstamp,
)
from purchasing.model import Attempt
from purchasing.past import Gap, PastReading
from purchasing.rules.tally import LATE
from purchasing.storage import rows, tables
from purchasing.storage.unit_of_work import UnitOfWork

_journal, _attempt = tables.journal, tables.attempt

#: So many events that may tell of a product are looked through at once.
AT_ONCE = 4_000

#: By these words the database finds its index, so that a million quiet cycles cost nothing.
_PAST = sa.select(_journal).where(tables.TELLS_OF_PAST)
_OF_KIND = _PAST.where(_journal.c.kind == sa.bindparam("of_kind")).order_by(_journal.c.seq)
_IS_READ = sa.and_(tables.TELLS_OF_PAST, _journal.c.kind == EventKind.CYCLE_COMPLETED)
_FIRST_OF_PIECE = (
    sa.select(_journal.c.seq)
    .where(_IS_READ, _journal.c.seq > sa.bindparam("after"), _journal.c.seq < sa.bindparam("place"))
    .order_by(_journal.c.seq.desc())
    .limit(1)
    .offset(AT_ONCE - 1)
)
_BEFORE = (
    sa.select(_journal.c.at).where(_journal.c.seq < sa.bindparam("place")).order_by(_journal.c.seq.desc()).limit(1)
)
_LAST_BY = sa.select(sa.func.max(_journal.c.at)).where(_journal.c.at <= sa.bindparam("at"))
_FIRST_AFTER = sa.select(sa.func.min(_journal.c.at)).where(_journal.c.at > sa.bindparam("at"))
_CYCLE_BY = (
    sa.select(_journal)
    .where(_journal.c.kind == EventKind.CYCLE_COMPLETED, _journal.c.at <= sa.bindparam("at"))
    .order_by(_journal.c.at.desc(), _journal.c.seq.desc())
    .limit(1)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PastPiece:
    """What a piece of the journal holds of a product, in the order of time."""

    readings: tuple[PastReading, ...]
    #: Where it begins.
    first: int


class PastTable:
    """Reads of one transaction."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit
        self._db = unit.connection

    def end(self) -> int:
        """The place behind the last event."""
        return self._unit.journal.last_seq() + 1

    def piece_before(self, place: int, tcin: Tcin, *, after: int) -> PastPiece:
        """What was read before this place, as far as one piece goes, and nothing up to `after`."""
        first = self._db.execute(_FIRST_OF_PIECE, {"place": place, "after": after}).scalar() or after + 1
        # As it stands in the field `stock` alone; the database looks for it, so that few events are read.
        is_told = _journal.c.body.contains(f'"{tcin}":{{')
        within = sa.and_(_journal.c.seq >= first, _journal.c.seq < place)
        wanted = sa.select(_journal.c.at, _journal.c.body).where(_IS_READ, within, is_told).order_by(_journal.c.seq)
        readings = [
            PastReading(at=unstamp(at), state=read.state, price=read.price)
            for at, body in self._db.execute(wanted)
            if (read := _read_in(body, tcin)) is not None
        ]
        return PastPiece(readings=tuple(readings), first=first)

    def changes_of_watching(self) -> list[Event]:
        """All changes of the list and all pauses there ever were, among other controls, in order."""
        lists = self._events(_OF_KIND, of_kind=EventKind.WATCHLIST_CHANGED)
        controls = self._events(_OF_KIND, of_kind=EventKind.CONTROL_CHANGED)
        return sorted([*lists, *controls], key=lambda event: event.seq)

    # ---- when nobody was watching

    def interruptions(self, since: datetime, *, after: int) -> Iterator[Gap]:
        """When the service was off, or the shop did not answer, told after this place and over after `since`."""
        later = sa.and_(_journal.c.seq > after, _journal.c.at > stamp(since))
        for event in self._events(_OF_KIND.where(later), of_kind=EventKind.SERVICE_STARTED):
            before = self._db.execute(_BEFORE, {"place": event.seq}).scalar()
            if isinstance(event.fact, ServiceStarted) and before is not None:
                yield Gap(began=unstamp(before), ended=event.at)
        for event in self._events(_OF_KIND.where(later), of_kind=EventKind.SIGHTED):
            if isinstance(event.fact, Sighted):
                yield Gap(began=event.at - timedelta(seconds=event.fact.lasted_s), ended=event.at)

    def silences(
        self, since: datetime, until: datetime, *, longer_than: timedelta, watched_until: datetime | None = None
    ) -> Iterator[Gap]:
        """When the journal was silent although a check was due, as where the machine slept.

        What was read before `since` may be gone; it held until then.
        """
        first_due = max(since, watched_until or since)
        at = self._time(_LAST_BY, since) or self._time(_FIRST_AFTER, since)
        while at is not None and at < until:
            last = self._time(_LAST_BY, at + longer_than)
            if last is None or last > at:
                at = last
                continue
            following = self._time(_FIRST_AFTER, at)
            if following is not None and (due := max(first_due, self._next_check(at))) + LATE < following:
                yield Gap(began=due, ended=following)
            at = following

    def _next_check(self, at: datetime) -> datetime:
        """When the cycle after the last one was due, and not before this time."""
        for event in self._events(_CYCLE_BY, at=stamp(at)):
            if isinstance(event.fact, CycleCompleted):
                return max(at, event.fact.next_check_at)
        return at

    def is_blind_since(self) -> datetime | None:
        """Since when the shop does not answer, if it does not."""
        blindness = self._unit.controls.blindness()
        return None if blindness is None else blindness.since

    # ---- what came of it

    def attempts(self, tcin: Tcin, since: datetime, *, most: int) -> list[Attempt]:
        """The last ones since then, in the order of their opening."""
        wanted = sa.select(_attempt).where(_attempt.c.tcin == tcin, _attempt.c.opened_at >= stamp(since))
        latest = self._db.execute(wanted.order_by(_attempt.c.id.desc()).limit(most)).mappings()
        return [rows.attempt_of(row) for row in latest][::-1]

    def _events(self, statement: sa.Select[Any], **values: str) -> list[Event]:
        return [StoredEvent(**row).decode() for row in self._db.execute(statement, values).mappings()]

    def _time(self, statement: sa.Select[Any], at: datetime) -> datetime | None:
        text = self._db.execute(statement, {"at": stamp(at)}).scalar()
        return None if text is None else unstamp(text)


class _Cycle(msgspec.Struct):
    """Of a cycle no more than its readings, and of these but one: the whole takes long, and there are thousands."""

    stock: dict[str, msgspec.Raw]


_decoder = msgspec.json.Decoder(_Cycle)


def _read_in(body: str, tcin: Tcin) -> ReadStock | None:
    """What a cycle tells of this product; None where that is nothing, or can't be read."""
    try:
        raw = _decoder.decode(body).stock.get(tcin)
        return None if raw is None else msgspec.json.decode(raw, type=ReadStock)
    except msgspec.DecodeError:
        return None
