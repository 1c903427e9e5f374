"""How far each outlet was told, what is under way to it, and whether it takes anything; beside the readers' places."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from bot.telegram import tables
from config.database import Connection, put_row
from purchasing.events import stamp_or_none, unstamp

_reader, _outlet = tables.reader, tables.outlet


@dataclass(frozen=True, slots=True, kw_only=True)
class OutletRecord:
    #: The `seq` up to which it was told.
    place: int
    #: The `seq` up to which the message tells that was given to it last and may have arrived; None where none is.
    sending: int | None = None
    #: When it last took a message.
    told_at: datetime | None = None
    #: Since when it takes none, once that was told, and why.
    failing_since: datetime | None = None
    why: str | None = None


class OutletTable:
    """As one transaction reads and writes it. The key of an outlet is that of its address."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def read(self, key: str) -> OutletRecord | None:
        """None for one that is new."""
        joined = _outlet.join(_reader, _reader.c.name == _outlet.c.name)
        query = sa.select(_outlet, _reader.c.seq).select_from(joined).where(_outlet.c.name == key)
        row = self._db.execute(query).mappings().first()
        if row is None:
            return None
        return OutletRecord(
            place=row["seq"],
            sending=row["sending"],
            told_at=_time_of(row["told_at"]),
            failing_since=_time_of(row["failing_since"]),
            why=row["why"],
        )

    def write(self, key: str, record: OutletRecord) -> None:
        put_row(self._db, _reader, {"name": key, "seq": record.place})
        row = {
            "name": key,
            "sending": record.sending,
            "told_at": stamp_or_none(record.told_at),
            "failing_since": stamp_or_none(record.failing_since),
            "why": record.why,
        }
        put_row(self._db, _outlet, row)

    def forget_others(self, keys: Collection[str]) -> None:
        """Those that are not set any more: one that is set again later begins at that time."""
        gone = [name for name in self._db.execute(sa.select(_outlet.c.name)).scalars() if name not in keys]
        for table in (_reader, _outlet):
            self._db.execute(sa.delete(table).where(table.c.name.in_(gone)))


def _time_of(text: str | None) -> datetime | None:
    return None if text is None else unstamp(text)
