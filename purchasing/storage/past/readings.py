"""Readings of one product out of the journal, newest first, in pieces: nobody waits for more than a piece of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from config.products import Tcin
from purchasing.events import CycleCompleted, EventKind, ServiceStarted, Sighted, StoredEvent, unstamp
from purchasing.past import Gap, PastReading
from purchasing.storage import tables
from purchasing.storage.unit_of_work import UnitOfWork

_journal = tables.journal

#: So many places of the journal are gone through at once.
AT_ONCE = 20_000

#: What tells that nobody was watching before it.
_ENDS_OF_GAPS = (EventKind.SERVICE_STARTED, EventKind.SIGHTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class PastPiece:
    """What a piece of the journal holds of a product, in the order of time."""

    readings: tuple[PastReading, ...]
    gaps: tuple[Gap, ...]
    #: The place of its first event, and that one's time; None where it holds nothing.
    first: int
    began: datetime | None


class PastTable:
    """Reads of one transaction."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit
        self._db = unit.connection

    def end(self) -> int:
        """The place behind the last event."""
        return self._unit.journal.last_seq() + 1

    def piece_before(self, place: int, tcin: Tcin) -> PastPiece:
        """The piece of the journal that ends before this place."""
        first = max(place - AT_ONCE, 0)
        within = sa.and_(_journal.c.seq >= first, _journal.c.seq < place)
        # As it stands in the field `stock` alone; the database looks for it, so that few events are read.
        is_read = sa.and_(_journal.c.kind == EventKind.CYCLE_COMPLETED, _journal.c.body.contains(f'"{tcin}":{{'))
        wanted = sa.and_(within, sa.or_(is_read, _journal.c.kind.in_(_ENDS_OF_GAPS)))
        readings: list[PastReading] = []
        gaps: list[Gap] = []
        for row in self._db.execute(sa.select(_journal).where(wanted).order_by(_journal.c.seq)).mappings():
            event = StoredEvent(**row).decode()
            match event.fact:
                case CycleCompleted(stock=stock) if tcin in stock:
                    read = stock[tcin]
                    readings.append(PastReading(at=event.at, state=read.state, price=read.price))
                case Sighted(lasted_s=lasted_s):
                    gaps.append(Gap(began=event.at - timedelta(seconds=lasted_s), ended=event.at))
                case ServiceStarted() if (before := self._time_before(event.seq)) is not None:
                    gaps.append(Gap(began=before, ended=event.at))
        began = self._time_from(first, place)
        return PastPiece(readings=tuple(readings), gaps=tuple(gaps), first=first, began=began)

    def _time_before(self, seq: int) -> datetime | None:
        """When the event before this one was written."""
        last = sa.select(_journal.c.at).where(_journal.c.seq < seq).order_by(_journal.c.seq.desc()).limit(1)
        at = self._db.execute(last).scalar()
        return None if at is None else unstamp(at)

    def _time_from(self, first: int, place: int) -> datetime | None:
        within = sa.and_(_journal.c.seq >= first, _journal.c.seq < place)
        at = self._db.execute(sa.select(_journal.c.at).where(within).order_by(_journal.c.seq).limit(1)).scalar()
        return None if at is None else unstamp(at)

    def is_blind_since(self) -> datetime | None:
        """Since when the shop does not answer, if it does not."""
        blindness = self._unit.controls.blindness()
        return None if blindness is None else blindness.since
