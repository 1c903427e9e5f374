"""Version 4: chats choose their sounds, questions ring again, presses find their messages, and there are outlets."""

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
    op.create_table(
        "outlet",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("sending", sa.Integer),
        sa.Column("told_at", sa.Text),
        sa.Column("failing_since", sa.Text),
        sa.Column("why", sa.Text),
        sqlite_strict=True,
    )
