"""Version 4: chats choose their sounds, questions ring again, presses find their messages, outlets, browsers.

Of products it is kept when they come out. The journal is compacted into counts, and what is far back in it has indexes.
"""

from typing import TYPE_CHECKING

import sqlalchemy as sa

if TYPE_CHECKING:
    from alembic.operations import Operations


_NOTABLE = sa.text(
    "kind <> 'cycle_completed' OR body NOT LIKE '%\"failed\"\\:null%' OR body NOT LIKE '%\"changes\":[]%' "
    "OR body NOT LIKE '%\"started\":[]%' OR body NOT LIKE '%\"queued\":[]%'"
)
_PAST = sa.text(
    "(kind IN ('control_changed', 'service_started', 'sighted', 'watchlist_changed') "
    "OR kind = 'cycle_completed' AND body NOT LIKE '%\"stock\"\\:{}%')"
)


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
    op.add_column("product", sa.Column("street_date", sa.Text))
    op.create_index("attempt_in_window", "attempt", ["window_id", "mode", "step"])
    _make_counts(op)
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
    _make_page_access(op)


def _make_page_access(op: "Operations") -> None:
    op.create_table(
        "page_link",
        sa.Column("token_hash", sa.Text, primary_key=True),
        sa.Column("user", sa.Integer, nullable=False),
        sa.Column("expires_at", sa.Text, nullable=False),
        sqlite_strict=True,
    )
    op.create_table(
        "browser",
        sa.Column("cookie_hash", sa.Text, primary_key=True),
        sa.Column("user", sa.Integer, nullable=False),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("expires_at", sa.Text, nullable=False),
        sqlite_strict=True,
    )


def _make_counts(op: "Operations") -> None:
    op.create_index("journal_starts", "journal", ["seq"], sqlite_where=sa.text("kind = 'service_started'"))
    op.create_index("journal_notable", "journal", ["seq"], sqlite_where=_NOTABLE)
    op.create_index("journal_past", "journal", ["kind", "seq"], sqlite_where=_PAST)
    op.create_table(
        "compacted",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("cycle_id", sa.Integer, nullable=False),
        sa.Column("dropped", sa.Integer, nullable=False),
        sa.Column("dropped_cycles", sa.Integer, nullable=False),
        sa.Column("carried", sa.Text, nullable=False),
        sa.CheckConstraint("id = 1"),
        sqlite_strict=True,
    )
    op.create_table(
        "product_hour",
        sa.Column("tcin", sa.Text, primary_key=True),
        sa.Column("hour", sa.Text, primary_key=True),
        sa.Column("in_stock_ms", sa.Integer, nullable=False),
        sa.Column("restocks", sa.Integer, nullable=False),
        sa.Column("lowest", sa.Text),
        sa.Column("highest", sa.Text),
        sqlite_strict=True,
    )
    op.create_table(
        "watched_hour",
        sa.Column("hour", sa.Text, primary_key=True),
        sa.Column("watched_ms", sa.Integer, nullable=False),
        sqlite_strict=True,
    )
    op.create_table(
        "day_count",
        sa.Column("day", sa.Text, primary_key=True),
        sa.Column("what", sa.Text, primary_key=True),
        sa.Column("of", sa.Text, primary_key=True),
        sa.Column("count", sa.Integer, nullable=False),
        sqlite_strict=True,
    )
