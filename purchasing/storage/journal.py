"""The journal: append only, read in order."""

from datetime import datetime
from typing import TypeVar

import sqlalchemy as sa

from purchasing.events import Event, Fact, StoredEvent, encode_fact, stamp
from purchasing.storage import rows, tables

_journal = tables.journal


# Built once, as building takes longer than running: an alert waits for these.
_APPEND = (
    sa.insert(_journal)
    .values(seq=sa.select(sa.func.coalesce(sa.func.max(_journal.c.seq), 0) + 1).scalar_subquery())
    .returning(_journal.c.seq)
)

_AFTER = (
    sa.select(_journal)
    .where(_journal.c.seq > sa.bindparam("place"))
    .order_by(_journal.c.seq)
    .limit(sa.bindparam("most"))
)
_LAST_OF = (
    sa.select(_journal).where(_journal.c.kind == sa.bindparam("of_kind")).order_by(_journal.c.seq.desc()).limit(1)
)

FactT = TypeVar("FactT", bound=Fact)


class JournalTable:
    """Reads and writes of one transaction."""

    def __init__(self, connection: sa.Connection) -> None:
        self._db = connection
        #: The last `seq` that was written here, 0 for none.
        self.written_seq = 0

    def append(self, fact: Fact, *, at: datetime) -> None:
        row = {"at": stamp(at), "kind": fact.kind, "body": encode_fact(fact)}
        self.written_seq = self._db.execute(_APPEND, row).scalar_one()

    def after(self, seq: int, *, limit: int = 1000) -> list[Event]:
        """The events that follow `seq`, in order."""
        return [event.decode() for event in self.stored_after(seq, limit=limit)]

    def stored_after(self, seq: int, *, limit: int = 1000) -> list[StoredEvent]:
        """As `after`, without a look into them."""
        stored = self._db.execute(_AFTER, {"place": seq, "most": limit})
        return [StoredEvent(**row) for row in stored.mappings()]

    def last_of(self, kind: type[FactT]) -> tuple[FactT, datetime] | None:
        """The last fact of this kind, and its time."""
        row = self._db.execute(_LAST_OF, {"of_kind": kind.kind}).mappings().first()
        event = None if row is None else StoredEvent(**row).decode()
        return (event.fact, event.at) if event is not None and isinstance(event.fact, kind) else None

    def last(self, count: int) -> list[Event]:
        """The last events, in order."""
        statement = sa.select(_journal).order_by(_journal.c.seq.desc()).limit(count)
        return [StoredEvent(**row).decode() for row in self._db.execute(statement).mappings()][::-1]

    def last_seq(self) -> int:
        return int(self._db.execute(sa.select(sa.func.max(_journal.c.seq))).scalar() or 0)

    def last_at(self) -> datetime | None:
        text = self._db.execute(sa.select(_journal.c.at).order_by(_journal.c.seq.desc()).limit(1)).scalar()
        return rows.time_of(text)
