"""Version 4: a chat chooses its sounds, a question whether to buy rings once more, a press finds its message."""

from typing import TYPE_CHECKING

import sqlalchemy as sa

if TYPE_CHECKING:
    from alembic.operations import Operations


def migrate(op: "Operations") -> None:
    op.create_table(
        "preference",
        sa.Column("chat", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sqlite_strict=True,
    )
    op.add_column("ask", sa.Column("nudged_at", sa.Text))
    op.create_index("message_place", "message", ["chat", "message_id"], sqlite_where=sa.text("message_id IS NOT NULL"))
