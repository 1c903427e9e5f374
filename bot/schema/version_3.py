"""Version 3: an attempt keeps its channel and the orders there were before it; a message may show a picture.

Codes no longer count their tries.
"""

from typing import TYPE_CHECKING

import sqlalchemy as sa

if TYPE_CHECKING:
    from alembic.operations import Operations

_HOLDS_SLOT = sa.text("step IN ('carted', 'opened', 'reviewed', 'submitting', 'unconfirmed')")
_BOUGHT = sa.text(
    "mode = 'live' AND (step IN ('confirmed', 'submitting', 'unconfirmed') "
    "OR step = 'refused' AND order_number IS NOT NULL)"
)
_CONFIRMED = sa.text("mode = 'live' AND step = 'confirmed'")
_STEPS = (
    "step IN ('abandoned', 'carted', 'confirmed', 'opened', 'refused', 'rehearsed', 'reviewed', 'submitting', "
    "'unconfirmed')"
)
_KEPT = (
    "id, tcin, window_id, mode, step, quantity, price, max_price, opened_at, moved_at, deadline, why, order_number, "
    "total"
)


def migrate(op: "Operations") -> None:
    _make_attempt_anew(op)
    op.drop_column("invite", "tries_left")
    op.add_column("message", sa.Column("photo", sa.Text))


def _make_attempt_anew(op: "Operations") -> None:
    """A column without a default can't be added. What refers to the table does so by its name."""
    op.create_table(
        "attempt_new",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("tcin", sa.Text, sa.ForeignKey("product.tcin"), nullable=False),
        sa.Column("window_id", sa.Integer, sa.ForeignKey("restock_window.id")),
        sa.Column("mode", sa.Text, nullable=False),
        sa.Column("step", sa.Text, nullable=False),
        sa.Column("quantity", sa.Integer, nullable=False),
        sa.Column("price", sa.Text),
        sa.Column("max_price", sa.Text),
        sa.Column("opened_at", sa.Text, nullable=False),
        sa.Column("moved_at", sa.Text, nullable=False),
        sa.Column("deadline", sa.Text, nullable=False),
        sa.Column("why", sa.Text),
        sa.Column("order_number", sa.Text),
        sa.Column("total", sa.Text),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("orders_before", sa.Text),
        sa.CheckConstraint(_STEPS),
        sqlite_strict=True,
    )
    op.execute(f"INSERT INTO attempt_new ({_KEPT}, channel) SELECT {_KEPT}, 'shipping' FROM attempt")  # noqa: S608  names from above
    op.drop_table("attempt")
    op.rename_table("attempt_new", "attempt")
    op.create_index("attempt_single_slot", "attempt", [sa.text("(1)")], unique=True, sqlite_where=_HOLDS_SLOT)
    op.create_index("attempt_by_window", "attempt", ["window_id"])
    op.create_index("attempt_bought", "attempt", ["opened_at"], sqlite_where=_BOUGHT)
    op.create_index("attempt_bought_by_product", "attempt", ["tcin", "quantity"], sqlite_where=_BOUGHT)
    op.create_index("attempt_confirmed", "attempt", ["moved_at"], sqlite_where=_CONFIRMED)
    op.create_index("attempt_by_product", "attempt", ["tcin"])
