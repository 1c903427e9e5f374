"""What stands, read from several tables at once."""

from datetime import datetime, timedelta

import sqlalchemy as sa

from config.products import DRILL, Mode, Tcin
from monitor.model import Agenda
from purchasing.events import unstamp
from purchasing.model import Limits, Line, Overview, PurchaseState, Restock, Standing
from purchasing.storage import rows, tables
from purchasing.storage.approvals import ApprovalTable
from purchasing.storage.attempts import AttemptTable
from purchasing.storage.controls import ControlTable
from purchasing.storage.cycles import CycleTable

_product, _window, _attempt = tables.product, tables.window, tables.attempt
_journal, _control, _command = tables.journal, tables.control, tables.command

#: How far the clock may be behind the journal's last time before buying stops.
CLOCK_SLIP = timedelta(seconds=5)

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

_RESTOCK = sa.select(
    _product, _window.c.opened_at.label("window_opened_at"), _window.c.closed_at.label("window_closed_at")
).join(_window, _window.c.tcin == _product.c.tcin)


class Views:
    """Reads of one transaction."""

    def __init__(
        self,
        connection: sa.Connection,
        *,
        controls: ControlTable,
        attempts: AttemptTable,
        approvals: ApprovalTable,
        cycles: CycleTable,
    ) -> None:
        self._db = connection
        self._controls = controls
        self._attempts = attempts
        self._approvals = approvals
        self._cycles = cycles

    def standing(self, limits: Limits, *, gate_shut: str | None, day_began: datetime, at: datetime) -> Standing:
        """All that a decision is made from. `day_began` is the owner's local midnight."""
        controls = self._controls.read(at=at)
        return Standing(
            mode=controls.mode,
            lines=self.lines(mode=controls.mode, at=at),
            limits=limits,
            slot=self._attempts.slot(),
            gate_shut=gate_shut or controls.stopped or self.why_clock_is_wrong(at=at),
            paused=controls.paused,
            usage=self._attempts.usage(day_began=day_began),
            drill_until=rows.time_of(self._controls.value("drill")),
        )

    def why_clock_is_wrong(self, *, at: datetime) -> str | None:
        """Times decide about money: nothing is bought while the clock is behind what it said before."""
        latest = rows.time_of(self._db.execute(sa.select(sa.func.max(_journal.c.at))).scalar())
        if latest is None or latest - at <= CLOCK_SLIP:
            return None
        return f"the clock is {(latest - at).total_seconds():.0f} s behind the journal"

    def lines(self, *, mode: Mode, at: datetime) -> tuple[Line, ...]:
        attempts = {} if mode is Mode.SIMULATE else self._attempts.in_open_windows(mode)
        bought, approvals = self._attempts.bought(), self._approvals.of_open_windows()
        return tuple(
            Line(
                product=rows.product_of(row),
                stock=rows.stock_of(row),
                window=rows.window_of(row),
                state=PurchaseState(row["state"]),
                since=rows.time_of(row["since"]),
                reset_at=rows.time_of(row["reset_at"]),
                paused=_is_paused(row["paused_until"], at),
                attempts_in_window=attempts.get(row["window_id"], 0),
                bought=bought.get(row["tcin"], 0),
                purchase_limit=row["purchase_limit"],
                approval=approvals.get(row["tcin"]),
            )
            for row in self._db.execute(_LINES).mappings()
        )

    def overview(self, *, at: datetime) -> Overview:
        """Everything that a person may ask to see."""
        controls = self._controls.read(at=at)
        return Overview(
            controls=controls,
            mark=self._cycles.mark(),
            lines=self.lines(mode=controls.mode, at=at),
            slot=self._attempts.slot(),
            clock_wrong=self.why_clock_is_wrong(at=at),
        )

    def agenda(self, *, at: datetime) -> Agenda:
        controls = self._controls.read(at=at)
        watched = [
            row
            for row in self._db.execute(_LINES).mappings()
            if row["enabled"] and not _is_paused(row["paused_until"], at) and row["tcin"] != DRILL
        ]
        return Agenda(
            products=tuple(rows.product_of(row) for row in watched),
            paused=controls.paused,
            circuit=controls.circuit,
            asked_at={Tcin(row["tcin"]): unstamp(row["asked_at"]) for row in watched if row["asked_at"]},
            last_cycle_at=self._cycles.mark().began,
        )

    def open_windows(self) -> list[int]:
        """The open windows of watched products, in the order of the watch list."""
        return [row["window_id"] for row in self._db.execute(_LINES).mappings() if row["window_id"] is not None]

    def restock(self, window_id: int) -> Restock:
        """One restock window with its product and all attempts in it."""
        row = self._db.execute(_RESTOCK.where(_window.c.id == window_id)).mappings().one()
        return Restock(
            id=window_id,
            product=rows.product_of(row),
            stock=rows.stock_of(row),
            opened_at=unstamp(row["window_opened_at"]),
            closed_at=rows.time_of(row["window_closed_at"]),
            watched=row["tcin"] == DRILL or (row["position"] is not None and bool(row["enabled"])),
            attempts=tuple(self._attempts.in_window(window_id)),
            approval=self._approvals.last_of(window_id),
        )

    def last_restocks(self, tcin: Tcin, *, count: int = 5) -> list[Restock]:
        """The last restock windows of a product, the latest first."""
        found = sa.select(_window.c.id).where(_window.c.tcin == tcin).order_by(_window.c.id.desc()).limit(count)
        return [self.restock(window) for window in self._db.execute(found).scalars()]


def _is_paused(paused_until: str | None, at: datetime) -> bool:
    return paused_until is not None and at < unstamp(paused_until)
