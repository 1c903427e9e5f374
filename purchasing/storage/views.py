"""What stands, read from several tables at once."""

from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa

from config.durations import span
from config.products import DRILL, Mode, Tcin
from monitor.model import Agenda
from purchasing.events import stamp, unstamp
from purchasing.model import CycleMark, Limits, Line, Overview, Restock, Sightings, Standing
from purchasing.rules.remarks import rest
from purchasing.storage import rows, tables
from purchasing.storage.approvals import ApprovalTable
from purchasing.storage.attempts import AttemptTable
from purchasing.storage.clock import ClockTable
from purchasing.storage.controls import DRILL_END, REMARKS, ControlTable, CycleMarkTable
from purchasing.storage.lines import LineTable

_product, _window = tables.product, tables.window

_RESTOCK = (
    sa.select(_product, _window.c.opened_at.label("window_opened_at"), _window.c.closed_at.label("window_closed_at"))
    .join(_window, _window.c.tcin == _product.c.tcin)
    .where(_window.c.id == sa.bindparam("window"))
)
#: The first of each hour: practice, and a shop that wavers, open many.
_BEGAN = (
    sa.select(_window.c.tcin, sa.func.min(_window.c.opened_at).label("began"))
    .join(_product, _window.c.tcin == _product.c.tcin)
    .where(_window.c.opened_at >= sa.bindparam("since"), _product.c.position.is_not(None))
    .group_by(_window.c.tcin, sa.func.substr(_window.c.opened_at, 1, len("2026-11-22T14")))
)


class Views:
    """Reads of one transaction."""

    def __init__(
        self,
        connection: sa.Connection,
        *,
        clock: ClockTable,
        controls: ControlTable,
        attempts: AttemptTable,
        approvals: ApprovalTable,
        lines: LineTable,
        marks: CycleMarkTable,
    ) -> None:
        self._db = connection
        self._clock = clock
        self._controls = controls
        self._attempts = attempts
        self._approvals = approvals
        self._lines = lines
        self._marks = marks

    def standing(self, limits: Limits, *, gate_shut: str | None, day_began: datetime, at: datetime) -> Standing:
        """All that a decision is made from. `day_began` is the owner's local midnight."""
        controls = self._controls.read(at=at)
        return Standing(
            mode=controls.mode,
            lines=self._watched(mode=controls.mode, at=at),
            limits=limits,
            seen=self.seen(self._marks.read(), mode=controls.mode),
            slot=self._attempts.slot(),
            gate_shut=gate_shut or controls.stopped or self.why_clock_is_wrong(at=at),
            paused=controls.paused,
            usage=self._attempts.usage(day_began=day_began),
            drill_until=self._controls.get(DRILL_END),
        )

    def _watched(self, *, mode: Mode, at: datetime) -> tuple[Line, ...]:
        """What is watched, each with what its last check told beside its stock."""
        lines, remarks = self._lines.all(mode=mode, at=at), self._controls.get(REMARKS)
        if not remarks:
            return lines
        return tuple(replace(line, remark=remarks[line.tcin]) if line.tcin in remarks else line for line in lines)

    def why_clock_is_wrong(self, *, at: datetime) -> str | None:
        """Times decide about money: nothing is bought while the clock is behind what it said before."""
        ahead = self._clock.ahead(at=at)
        return None if ahead is None else f"the clock is {span(ahead - at)} behind the journal"

    def seen(self, mark: CycleMark, *, mode: Mode) -> Sightings:
        """When everything was last certainly read."""
        return Sightings({**self._lines.seen_at(mode=mode), **mark.seen_at})

    def overview(self, *, at: datetime) -> Overview:
        """Everything that a person may ask to see."""
        controls, mark = self._controls.read(at=at), self._marks.read()
        return Overview(
            controls=controls,
            mark=mark,
            lines=self._watched(mode=controls.mode, at=at),
            seen=self.seen(mark, mode=controls.mode),
            slot=self._attempts.slot(),
            clock_wrong=self.why_clock_is_wrong(at=at),
        )

    def agenda(self, *, at: datetime) -> Agenda:
        """What is to be asked for, and under which conditions."""
        controls, mark, remarks = self._controls.read(at=at), self._marks.read(), self._controls.get(REMARKS) or {}
        resting = frozenset(tcin for tcin, one in remarks.items() if one.is_resting)
        products = self._lines.watched(mode=controls.mode, at=at)
        return Agenda(
            products=rest(products, resting) if resting else products,
            resting=resting,
            paused=controls.paused,
            circuit=controls.circuit,
            asked_at={**self._lines.asked_at(mode=controls.mode), **mark.asked_at},
            last_cycle_at=mark.began,
        )

    def restock(self, window_id: int) -> Restock:
        """One restock window with its product and what was tried in it."""
        row = self._db.execute(_RESTOCK, {"window": window_id}).mappings().one()
        paused_until, opened_at = rows.time_of(row["paused_until"]), unstamp(row["window_opened_at"])
        attempts, earlier = self._attempts.in_window(window_id)
        return Restock(
            id=window_id,
            product=rows.product_of(row),
            stock=rows.stock_of(row),
            opened_at=opened_at,
            closed_at=rows.time_of(row["window_closed_at"]),
            watched=row["tcin"] == DRILL or (row["position"] is not None and bool(row["enabled"])),
            attempts=attempts,
            earlier=earlier,
            approval=self._approvals.last_of(window_id),
            paused_until=paused_until if paused_until is not None and paused_until > opened_at else None,
        )

    def restocks(self, *, since: datetime) -> dict[Tcin, list[datetime]]:
        """When restocks of each watched product began; of many within an hour the first."""
        began: dict[Tcin, list[datetime]] = {}
        for row in self._db.execute(_BEGAN, {"since": stamp(since)}):
            began.setdefault(row.tcin, []).append(unstamp(row.began))
        return began

    def last_restocks(self, tcin: Tcin, *, count: int = 5) -> list[Restock]:
        """The last restock windows of a product, the latest first."""
        statement = sa.select(_window.c.id).where(_window.c.tcin == tcin).order_by(_window.c.id.desc()).limit(count)
        return [self.restock(window) for window in self._db.execute(statement).scalars()]
