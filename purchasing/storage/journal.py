"""The journal: written at its end, read in order. Only what was counted is ever taken out of it again."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, TypeVar

import sqlalchemy as sa

from purchasing.events import Event, EventKind, Fact, StoredEvent, encode_fact, stamp
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

_DROP = sa.delete(_journal).where(_journal.c.seq == sa.bindparam("gone"))
_LAST_START = sa.select(_journal).where(tables.IS_START).order_by(_journal.c.seq.desc()).limit(1)

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

    def drop(self, seqs: Collection[int]) -> None:
        """Take these events out, which were counted in this same transaction.

        Never the last of all: its number decides the next one's.
        """
        if seqs:
            self._db.execute(_DROP, [{"gone": seq} for seq in seqs])

    def last_of(self, kind: type[FactT]) -> tuple[FactT, datetime] | None:
        """The last fact of this kind, and its time."""
        is_start = kind.kind is EventKind.SERVICE_STARTED
        row = (
            self._db.execute(_LAST_START if is_start else _LAST_OF, {} if is_start else {"of_kind": kind.kind})
            .mappings()
            .first()
        )
        event = None if row is None else StoredEvent(**row).decode()
        return (event.fact, event.at) if event is not None and isinstance(event.fact, kind) else None

    def last(self, count: int) -> list[Event]:
        """The last events, in order."""
        return self._latest(sa.select(_journal), count)

    def last_notable(self, count: int) -> list[Event]:
        """As `last`, but for the cycles in which nothing happened, of which there may be many thousands between two."""
        return self._latest(sa.select(_journal).where(tables.IS_NOTABLE), count)

    def _latest(self, wanted: sa.Select[Any], count: int) -> list[Event]:
        statement = wanted.order_by(_journal.c.seq.desc()).limit(count)
        return [StoredEvent(**row).decode() for row in self._db.execute(statement).mappings()][::-1]

    def seq_before_start(self) -> int:
        """The last `seq` before the service was last started; 0 where it never was."""
        row = self._db.execute(_LAST_START).mappings().first()
        return 0 if row is None else int(row["seq"]) - 1

    def last_seq(self) -> int:
        return int(self._db.execute(sa.select(sa.func.max(_journal.c.seq))).scalar() or 0)

    def first_seq(self) -> int:
        """That of the oldest event that is kept, 0 where there is none."""
        return int(self._db.execute(sa.select(sa.func.min(_journal.c.seq))).scalar() or 0)

    def place_before_last(self, count: int) -> int:
        """The place after which only so many events follow."""
        wanted = sa.select(_journal.c.seq).order_by(_journal.c.seq.desc()).offset(count).limit(1)
        return int(self._db.execute(wanted).scalar() or 0)

    def stored_last(self, count: int) -> list[StoredEvent]:
        """The last events, in order, without a look into them."""
        wanted = sa.select(_journal).order_by(_journal.c.seq.desc()).limit(count)
        return [StoredEvent(**row) for row in self._db.execute(wanted).mappings()][::-1]

    def last_at(self) -> datetime | None:
        text = self._db.execute(sa.select(_journal.c.at).order_by(_journal.c.seq.desc()).limit(1)).scalar()
        return rows.time_of(text)
