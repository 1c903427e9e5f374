"""Version 2: which limits were told of has a table of its own, and what was bought is found by indexes."""

from typing import TYPE_CHECKING

import sqlalchemy as sa

if TYPE_CHECKING:
    from alembic.operations import Operations

_BOUGHT = sa.text("mode = 'live' AND step IN ('confirmed', 'submitting', 'unconfirmed')")
_CONFIRMED = sa.text("mode = 'live' AND step = 'confirmed'")


def migrate(op: "Operations") -> None:
    op.create_table(
        "limit_notice",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("at", sa.Text, nullable=False),
        sqlite_strict=True,
    )
    op.execute("INSERT INTO limit_notice (key, at) SELECT substr(what, 6), at FROM control WHERE what LIKE 'told %'")
    op.execute("DELETE FROM control WHERE what LIKE 'told %'")
    op.create_index("attempt_bought", "attempt", ["opened_at"], sqlite_where=_BOUGHT)
    op.create_index("attempt_bought_by_product", "attempt", ["tcin", "quantity"], sqlite_where=_BOUGHT)
    op.create_index("attempt_confirmed", "attempt", ["moved_at"], sqlite_where=_CONFIRMED)
