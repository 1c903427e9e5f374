"""The journal: append only, read in order."""

import json
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from purchasing.events import Fact, StoredEvent, encode_fact, stamp, unstamp
from purchasing.model import Event
from purchasing.storage import rows, tables

_journal = tables.journal


_APPEND = (
    sa.insert(_journal)
    .values(seq=sa.select(sa.func.coalesce(sa.func.max(_journal.c.seq), 0) + 1).scalar_subquery())
    .returning(_journal.c.seq)
)


class JournalTable:
    """Reads and writes of one transaction."""

    def __init__(self, connection: sa.Connection) -> None:
        self._db = connection

    def append(self, fact: Fact, *, at: datetime) -> Event:
        body = encode_fact(fact)
        seq = self._db.execute(_APPEND, {"at": stamp(at), "kind": fact.kind, "body": body}).scalar_one()
        return Event(seq=seq, at=at, kind=fact.kind, body=json.loads(body))

    def after(self, seq: int, *, limit: int = 1000) -> list[Event]:
        """The events that follow `seq`, in order."""
        return [_event_of(row) for row in self._db.execute(_after(seq, limit))]

    def stored_after(self, seq: int, *, limit: int = 1000) -> list[StoredEvent]:
        """As `after`, without a look into them."""
        return [StoredEvent(**row) for row in self._db.execute(_after(seq, limit)).mappings()]

    def last_of(self, kind: str) -> Event | None:
        found = sa.select(_journal).where(_journal.c.kind == kind).order_by(_journal.c.seq.desc()).limit(1)
        row = self._db.execute(found).first()
        return None if row is None else _event_of(row)

    def last(self, count: int) -> list[Event]:
        """The last events, in order."""
        found = sa.select(_journal).order_by(_journal.c.seq.desc()).limit(count)
        return [_event_of(row) for row in self._db.execute(found)][::-1]

    def last_seq(self) -> int:
        return int(self._db.execute(sa.select(sa.func.max(_journal.c.seq))).scalar() or 0)

    def last_at(self) -> datetime | None:
        text = self._db.execute(sa.select(_journal.c.at).order_by(_journal.c.seq.desc()).limit(1)).scalar()
        return rows.time_of(text)


def _after(seq: int, limit: int) -> sa.Select[Any]:
    return sa.select(_journal).where(_journal.c.seq > seq).order_by(_journal.c.seq).limit(limit)


def _event_of(row: sa.Row[Any]) -> Event:
    return Event(seq=row.seq, at=unstamp(row.at), kind=row.kind, body=json.loads(row.body))
