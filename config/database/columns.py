"""What tables are made of where databases differ."""

from typing import Any

import sqlalchemy as sa

#: For ids of chats and users, which need 64 bits; an INTEGER of SQLite has them, and its strict tables know no other.
BigId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def partial_index(
    name: str,
    *columns: sa.ColumnElement[Any] | sa.TextClause,
    where: sa.ColumnElement[bool] | sa.TextClause,
    unique: bool = False,
) -> sa.Index:
    """An index of the rows for which `where` holds."""
    return sa.Index(name, *columns, unique=unique, sqlite_where=where, postgresql_where=where)
