"""Which rows were written since they were last looked at, as SQLite itself notes it.

Temporary triggers put a key of every row that a statement of this connection touches, whoever sends it, into a
temporary table, within the same transaction. What another connection wrote shows in `data_version`. So whoever keeps
what was read on this connection can know what of it is stale, and needs nobody's discipline for it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from config.database.sqlite import AT_BEGIN, changes

_DATA_VERSION = "stockbell.data_version"


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """What is noted of a written row: SQL over `{row}`, the row as it is now or, deleted, was; and only when."""

    key: str
    when: str = ""


def note_writes(connection: sa.Connection, tables: Mapping[str, Noted]) -> None:
    """Note from now on what is written to these tables. To be called once for a connection."""
    connection.exec_driver_sql("CREATE TEMP TABLE written (key TEXT PRIMARY KEY) WITHOUT ROWID")
    for table, noted in tables.items():
        for act, row in (("INSERT", "NEW"), ("UPDATE", "NEW"), ("DELETE", "OLD")):
            when = f"WHEN {noted.when}".format(row=row) if noted.when else ""
            key = noted.key.format(row=row)
            # No "OR IGNORE": the statement that fires a trigger brings its own word on conflicts, as an upsert does.
            note = f"INSERT INTO written SELECT {key} WHERE {key} NOT IN (SELECT key FROM written)"  # noqa: S608  ours
            name = f"written_by_{act.lower()}_of_{table}"
            connection.exec_driver_sql(
                f"CREATE TEMP TRIGGER {name} AFTER {act} ON main.{table} {when} BEGIN {note}; END"
            )
    connection.info[_DATA_VERSION] = None


def can_keep(connection: sa.Connection) -> bool:
    """Whether what is read now may be kept: writes are noted, and this transaction has written nothing itself."""
    return _DATA_VERSION in connection.info and connection.info.get(AT_BEGIN) == changes(connection)


def written_since(connection: sa.Connection) -> frozenset[str] | None:
    """The keys written since `forget_written`; None where anything may have been, by another connection."""
    version = connection.exec_driver_sql("PRAGMA data_version").scalar_one()
    if connection.info[_DATA_VERSION] != version:
        return None
    return frozenset(connection.exec_driver_sql("SELECT key FROM written").scalars())


def forget_written(connection: sa.Connection) -> None:
    """All that was written is known now. Comes back with a transaction that is rolled back."""
    connection.info[_DATA_VERSION] = connection.exec_driver_sql("PRAGMA data_version").scalar_one()
    connection.exec_driver_sql("DELETE FROM written")
    connection.info[AT_BEGIN] = changes(connection)
