"""What is watched and all that is stored of it, read again only where something was written.

A connection keeps the lines from one unit of work to the next. `config.database.written` tells which products were
written since, by whomever, so that no kept line is stale. Of what a unit of work has written itself nothing is kept.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

import sqlalchemy as sa

from config.database.written import Noted, can_keep, forget_written, note_writes, written_since
from config.products import DRILL, Mode, Product, Tcin
from purchasing.model import Line, PurchaseState
from purchasing.storage import rows, tables
from purchasing.storage.approvals import ApprovalTable
from purchasing.storage.attempts import AttemptTable

_product, _window, _control = tables.product, tables.window, tables.control

#: More products than this are read faster all together than by name.
MOST_BY_NAME = 100

_DRILLING = sa.exists().where(_control.c.what == "drill")

#: What is watched, in the order of the watch list; at its end the product of a drill, while one is under way.
_LINES = (
    sa.select(
        _product,
        _window.c.id.label("window_id"),
        _window.c.opened_at.label("window_opened_at"),
        _window.c.misses,
    )
    .outerjoin(_window, sa.and_(_window.c.tcin == _product.c.tcin, _window.c.closed_at.is_(None)))
    .where(sa.or_(_product.c.position.is_not(None), sa.and_(_product.c.tcin == DRILL, _DRILLING)))
    .order_by(_product.c.position.is_(None), _product.c.position)
)

_LINES_OF = _LINES.where(_product.c.tcin.in_(sa.bindparam("tcins", expanding=True)))

#: Where a connection keeps what it has read.
_KEPT = "stockbell.lines"
#: Noted in place of a product when a drill has begun or ended, which adds a line or takes one away.
_DRILL = ""

#: Of what a line is made.
_PARTS = (_product, _window, tables.attempt, tables.ask)


def watch_writes(connection: sa.Connection) -> None:
    """Have this connection keep lines from now on. To be called once, when it is opened."""
    parts = {table.name: Noted(key="{row}.tcin") for table in _PARTS}
    note_writes(connection, {**parts, _control.name: Noted(key=f"'{_DRILL}'", when="{row}.what = 'drill'")})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stored:
    """A line as its rows say it; whether it is paused depends on the time."""

    line: Line
    place: int | None
    window_id: int | None
    paused_until: datetime | None
    seen_at: datetime | None
    asked_at: datetime | None


@dataclass(slots=True)
class _Kept:
    #: None until something was read.
    mode: Mode | None = None
    stored: dict[Tcin, _Stored] = field(default_factory=dict)
    lines: tuple[Line, ...] = ()


class LineTable:
    """Reads of one transaction. Every list is in the order of the watch list."""

    def __init__(self, connection: sa.Connection, *, attempts: AttemptTable, approvals: ApprovalTable) -> None:
        self._db = connection
        self._attempts = attempts
        self._approvals = approvals
        #: What this unit of work has looked at already; it holds until the unit writes something itself.
        self._current: _Kept | None = None

    def all(self, *, mode: Mode, at: datetime) -> tuple[Line, ...]:
        """What is watched, as it stands for attempts in this mode."""
        kept = self._kept(mode)
        paused = {tcin for tcin, one in kept.stored.items() if one.paused_until is not None and at < one.paused_until}
        if not paused:
            return kept.lines
        return tuple(replace(line, paused=True) if line.tcin in paused else line for line in kept.lines)

    def watched(self, *, mode: Mode, at: datetime) -> tuple[Product, ...]:
        """What may be asked for: enabled, not paused, and sold by a shop."""
        lines = self.all(mode=mode, at=at)
        return tuple(one.product for one in lines if one.product.enabled and not one.paused and not one.is_drill)

    def seen_at(self, *, mode: Mode) -> Mapping[Tcin, datetime]:
        """When each was last certainly read, as its own row says: a later cycle's mark goes before."""
        return {tcin: one.seen_at for tcin, one in self._kept(mode).stored.items() if one.seen_at is not None}

    def asked_at(self, *, mode: Mode) -> Mapping[Tcin, datetime]:
        """When each was last asked for, as its own row says: a later cycle's mark goes before."""
        return {tcin: one.asked_at for tcin, one in self._kept(mode).stored.items() if one.asked_at is not None}

    def open_windows(self) -> list[int]:
        """The open restock windows of what is watched."""
        return [row["window_id"] for row in self._db.execute(_LINES).mappings() if row["window_id"] is not None]

    def _kept(self, mode: Mode) -> _Kept:
        if not can_keep(self._db):
            return self._filled(_Kept(), mode)
        if self._current is not None and self._current.mode is mode:
            return self._current
        kept: _Kept = self._db.info.setdefault(_KEPT, _Kept())
        written = written_since(self._db)
        if written is None or kept.mode is not mode or not self._read_again(kept, written):
            self._filled(kept, mode)
        if written is None or written:
            forget_written(self._db)
        self._current = kept
        return kept

    def _read_again(self, kept: _Kept, written: Collection[str]) -> bool:
        """Read these in their places; False where a place, or the list itself, has changed."""
        if not written:
            return True
        if kept.mode is None or _DRILL in written or len(written) > MOST_BY_NAME:
            return False
        tcins = {Tcin(tcin) for tcin in written}
        fresh = self._read(kept.mode, tcins=tcins)
        before = {tcin: kept.stored[tcin].place for tcin in tcins if tcin in kept.stored}
        if {tcin: one.place for tcin, one in fresh.items()} != before:
            return False
        kept.stored.update(fresh)
        kept.lines = tuple(fresh[line.tcin].line if line.tcin in fresh else line for line in kept.lines)
        return True

    def _filled(self, kept: _Kept, mode: Mode) -> _Kept:
        kept.mode, kept.stored = mode, self._read(mode)
        kept.lines = tuple(one.line for one in kept.stored.values())
        return kept

    def _read(self, mode: Mode, *, tcins: Collection[Tcin] | None = None) -> dict[Tcin, _Stored]:
        statement = _LINES if tcins is None else _LINES_OF
        attempts = {} if mode is Mode.SIMULATE else self._attempts.in_open_windows(mode, tcins=tcins)
        bought = self._attempts.bought(tcins=tcins)
        approvals = self._approvals.of_open_windows(tcins=tcins)
        return {
            Tcin(row["tcin"]): _Stored(
                line=Line(
                    product=rows.product_of(row),
                    stock=rows.stock_of(row),
                    window=rows.window_of(row),
                    state=PurchaseState(row["state"]),
                    since=rows.time_of(row["since"]),
                    reset_at=rows.time_of(row["reset_at"]),
                    attempts_in_window=attempts.get(row["window_id"], 0),
                    bought=bought.get(row["tcin"], 0),
                    purchase_limit=row["purchase_limit"],
                    approval=approvals.get(row["tcin"]),
                ),
                place=row["position"],
                window_id=row["window_id"],
                paused_until=rows.time_of(row["paused_until"]),
                seen_at=rows.time_of(row["seen_at"]),
                asked_at=rows.time_of(row["asked_at"]),
            )
            for row in self._db.execute(statement, {"tcins": list(tcins or ())}).mappings()
        }
