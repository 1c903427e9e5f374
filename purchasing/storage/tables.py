"""The tables of purchasing. The laws that matter most stand here again, as constraints of the database."""

from collections.abc import Iterable
from enum import StrEnum

import sqlalchemy as sa

from config.database import partial_index
from config.products import Mode
from purchasing.commands import CommandState
from purchasing.events import EventKind
from purchasing.model import ApprovalAnswer, PurchaseState, Step
from purchasing.rules.state_machine import BOUGHT, HOLDS_SLOT

metadata = sa.MetaData()


def one_of(values: Iterable[StrEnum]) -> str:
    return ", ".join(f"'{value}'" for value in sorted(values))


#: Conditions of partial indexes, written out: a query finds the index by the same words, and by no bound value.
HOLDS_THE_SLOT = sa.text(f"step IN ({one_of(HOLDS_SLOT)})")
#: What was refused counts too where the order list showed its order afterwards.
COUNTS_AS_BOUGHT = sa.text(
    f"mode = '{Mode.LIVE}' AND (step IN ({one_of(BOUGHT)}) OR step = '{Step.REFUSED}' AND order_number IS NOT NULL)"
)
IS_CONFIRMED = sa.text(f"mode = '{Mode.LIVE}' AND step = '{Step.CONFIRMED}'")

#: What tells when which product was watched.
WATCHING = (
    EventKind.WATCHLIST_CHANGED,
    EventKind.CONTROL_CHANGED,
    EventKind.SERVICE_STARTED,
    EventKind.SIGHTED,
)
#: Whatever is not a cycle in which nothing happened, by how its JSON is written; it may hold a quiet one all the same.
IS_NOTABLE = sa.text(
    f"kind <> '{EventKind.CYCLE_COMPLETED}' OR body NOT LIKE '%\"failed\"\\:null%' OR body NOT LIKE '%\"changes\":[]%' "
    "OR body NOT LIKE '%\"started\":[]%' OR body NOT LIKE '%\"queued\":[]%'"
)
#: What tells of the past of products: what was read, and when nobody was watching. A quiet cycle holds nothing of it.
TELLS_OF_PAST = sa.text(
    f"(kind IN ({one_of(WATCHING)}) OR kind = '{EventKind.CYCLE_COMPLETED}' AND body NOT LIKE '%\"stock\"\\:{{}}%')"
)
#: The last start may lie a million events back.
IS_START = sa.text(f"kind = '{EventKind.SERVICE_STARTED}'")

#: Products that are or ever were watched; `position` is NULL once one is removed, what was learned and bought stays.
product = sa.Table(
    "product",
    metadata,
    sa.Column("tcin", sa.Text, primary_key=True),
    sa.Column("position", sa.Integer, unique=True),
    sa.Column("name", sa.Text),
    sa.Column("max_price", sa.Text),
    sa.Column("quantity", sa.Integer, nullable=False),
    sa.Column("buy", sa.Text, nullable=False),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("every_s", sa.REAL),
    sa.Column("enabled", sa.Integer, nullable=False),
    sa.Column("paused_until", sa.Text),
    sa.Column("stock", sa.Text, nullable=False),
    sa.Column("detail", sa.Text),
    sa.Column("price", sa.Text),
    sa.Column("marketplace", sa.Integer),
    sa.Column("title", sa.Text),
    sa.Column("image_url", sa.Text),
    sa.Column("seen_at", sa.Text),
    sa.Column("asked_at", sa.Text),
    #: When its details were asked for; they hardly ever change.
    sa.Column("looked_at", sa.Text),
    sa.Column("purchase_limit", sa.Integer),
    sa.Column("street_date", sa.Text),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("since", sa.Text),
    sa.Column("reset_at", sa.Text),
    sa.CheckConstraint(f"state IN ({one_of(PurchaseState)})"),
    sqlite_strict=True,
)

window = sa.Table(
    "restock_window",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("tcin", sa.Text, sa.ForeignKey("product.tcin"), nullable=False),
    sa.Column("opened_at", sa.Text, nullable=False),
    sa.Column("misses", sa.Integer, nullable=False),
    sa.Column("closed_at", sa.Text),
    sqlite_strict=True,
)
partial_index("window_one_open", window.c.tcin, unique=True, where=window.c.closed_at.is_(None))

attempt = sa.Table(
    "attempt",
    metadata,
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
    #: The numbers that the order list held before the button, as JSON; NULL where it was not read.
    sa.Column("orders_before", sa.Text),
    sa.CheckConstraint(f"step IN ({one_of(Step)})"),
    # The law of the one slot: a constant can stand only once among the attempts that hold it.
    partial_index("attempt_single_slot", sa.text("(1)"), unique=True, where=HOLDS_THE_SLOT),
    sqlite_strict=True,
)
sa.Index("attempt_by_window", attempt.c.window_id)
# While a product is in stock it is practised on all the time: practice is counted, and what is real found beside it.
sa.Index("attempt_in_window", attempt.c.window_id, attempt.c.mode, attempt.c.step)
# What was bought is asked for in every cycle, and is little beside all attempts ever made.
partial_index("attempt_bought", attempt.c.opened_at, where=COUNTS_AS_BOUGHT)
partial_index("attempt_bought_by_product", attempt.c.tcin, attempt.c.quantity, where=COUNTS_AS_BOUGHT)
partial_index("attempt_confirmed", attempt.c.moved_at, where=IS_CONFIRMED)
sa.Index("attempt_by_product", attempt.c.tcin)

#: The question whether to buy, one open at a time in a restock window; an answer is given once.
ask = sa.Table(
    "ask",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("tcin", sa.Text, sa.ForeignKey("product.tcin"), nullable=False),
    sa.Column("window_id", sa.Integer, sa.ForeignKey("restock_window.id"), nullable=False),
    sa.Column("price", sa.Text),
    sa.Column("made_at", sa.Text, nullable=False),
    sa.Column("expires_at", sa.Text, nullable=False),
    sa.Column("answer", sa.Text),
    sa.Column("answered_by", sa.Text),
    sa.Column("answered_at", sa.Text),
    #: The one attempt that was opened on it.
    sa.Column("attempt_id", sa.Integer, sa.ForeignKey("attempt.id"), unique=True),
    #: When it was asked once more, as nobody had answered.
    sa.Column("nudged_at", sa.Text),
    sa.CheckConstraint(f"answer IN ({one_of(ApprovalAnswer)})"),
    sqlite_strict=True,
)
partial_index("ask_one_open", ask.c.window_id, unique=True, where=ask.c.answer.is_(None))

#: What steers the whole: one row for each thing, its value as JSON.
control = sa.Table(
    "control",
    metadata,
    sa.Column("what", sa.Text, primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
    sa.Column("at", sa.Text, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sqlite_strict=True,
)

#: Which reached limits were told of, as each is told once.
limit_notice = sa.Table(
    "limit_notice",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("at", sa.Text, nullable=False),
    sqlite_strict=True,
)

journal = sa.Table(
    "journal",
    metadata,
    sa.Column("seq", sa.Integer, primary_key=True),
    sa.Column("at", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sqlite_strict=True,
)
sa.Index("journal_at", journal.c.at)
partial_index("journal_starts", journal.c.seq, where=IS_START)
partial_index("journal_notable", journal.c.seq, where=IS_NOTABLE)
partial_index("journal_past", journal.c.kind, journal.c.seq, where=TELLS_OF_PAST)

#: How far the journal was compacted: one row, or none. `carried` is what stood at the mark, as JSON.
compacted = sa.Table(
    "compacted",
    metadata,
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

#: What is left of what was compacted, each hour and day by its name in UTC, as in 2026-11-22T14.
product_hour = sa.Table(
    "product_hour",
    metadata,
    sa.Column("tcin", sa.Text, primary_key=True),
    sa.Column("hour", sa.Text, primary_key=True),
    sa.Column("in_stock_ms", sa.Integer, nullable=False),
    sa.Column("restocks", sa.Integer, nullable=False),
    sa.Column("lowest", sa.Text),
    sa.Column("highest", sa.Text),
    sqlite_strict=True,
)
watched_hour = sa.Table(
    "watched_hour",
    metadata,
    sa.Column("hour", sa.Text, primary_key=True),
    sa.Column("watched_ms", sa.Integer, nullable=False),
    sqlite_strict=True,
)
day_count = sa.Table(
    "day_count",
    metadata,
    sa.Column("day", sa.Text, primary_key=True),
    sa.Column("what", sa.Text, primary_key=True),
    sa.Column("of", sa.Text, primary_key=True),
    sa.Column("count", sa.Integer, nullable=False),
    sqlite_strict=True,
)

command = sa.Table(
    "command",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    #: The order of arrival, in which pending commands are applied.
    sa.Column("place", sa.Integer, nullable=False, unique=True),
    sa.Column("at", sa.Text, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("result", sa.Text),
    sa.CheckConstraint(f"state IN ({one_of(CommandState)})"),
    sqlite_strict=True,
)
#: Offers made with a reply; `taken_by` is the key of the one command that took it.
offer = sa.Table(
    "offer",
    metadata,
    sa.Column("token", sa.Text, primary_key=True),
    sa.Column("label", sa.Text, nullable=False),
    sa.Column("what", sa.Text, nullable=False),
    sa.Column("args", sa.Text, nullable=False),
    sa.Column("facts", sa.Text, nullable=False),
    sa.Column("expires_at", sa.Text, nullable=False),
    sa.Column("taken_by", sa.Text),
    sa.Column("taker", sa.Text),
    sa.Column("taken_at", sa.Text),
    sqlite_strict=True,
)

partial_index("command_pending", command.c.place, where=command.c.state == "pending")
