"""Whether the clock can be believed, and how a time in which it was wrong is left behind."""

from datetime import datetime

import sqlalchemy as sa

from purchasing.events import ApprovalWithdrawn, stamp, unstamp
from purchasing.rules.limits import CLOCK_SLIP
from purchasing.storage import rows, tables
from purchasing.storage.approvals import ApprovalTable
from purchasing.storage.controls import CLOCK_ACCEPTED, DRILL_END, ControlTable
from purchasing.storage.journal import JournalTable

_attempt, _journal = tables.attempt, tables.journal

_LATEST = (
    sa.select(_journal.c.at).where(_journal.c.seq > sa.bindparam("accepted")).order_by(_journal.c.at.desc()).limit(1)
)
#: What was written of a product, of its restock and of a question decides about buying: for how long, or since when.
_HELD_TO = (
    tables.product.c.since,
    tables.product.c.reset_at,
    tables.window.c.opened_at,
    tables.window.c.closed_at,
    tables.ask.c.expires_at,
    tables.offer.c.expires_at,
)


class ClockTable:
    """Reads and writes of one transaction."""

    def __init__(
        self, connection: sa.Connection, *, controls: ControlTable, journal: JournalTable, approvals: ApprovalTable
    ) -> None:
        self._db = connection
        self._controls = controls
        self._journal = journal
        self._approvals = approvals

    def ahead(self, *, at: datetime) -> datetime | None:
        """The last time that was written, where the clock is behind it: until it is past that, nothing is bought."""
        accepted = self._controls.get(CLOCK_ACCEPTED) or 0
        latest = rows.time_of(self._db.execute(_LATEST, {"accepted": accepted}).scalar())
        return None if latest is None or latest - at <= CLOCK_SLIP else latest

    def accept(self, *, by: str, at: datetime) -> None:
        """Go by the clock as it is now: what was written before binds it no more, and the journal stays as it is.

        What was bought ahead of it counts as bought now, what waits for a time ahead waits no longer, and no question,
        yes or button from before holds.
        """
        self._controls.put(CLOCK_ACCEPTED, self._journal.last_seq(), by=by, at=at)
        for one in self._approvals.withdraw(by=by, at=at):
            self._journal.append(ApprovalWithdrawn(approval=one.id, tcin=one.tcin, window=one.window), at=at)
        for column in _HELD_TO:
            self._db.execute(sa.update(column.table).where(column > stamp(at)).values({column: stamp(at)}))
        self._move_attempts(at=at)
        if (drill_end := self._controls.get(DRILL_END)) is not None and drill_end > at:
            self._controls.put(DRILL_END, at, by=by, at=at)

    def _move_attempts(self, *, at: datetime) -> None:
        """One that is in doubt keeps the time that it had."""
        for row in self._db.execute(sa.select(_attempt).where(_attempt.c.opened_at > stamp(at))).mappings().all():
            lead = unstamp(row["opened_at"]) - at
            times = {name: stamp(unstamp(row[name]) - lead) for name in ("opened_at", "moved_at", "deadline")}
            self._db.execute(sa.update(_attempt).where(_attempt.c.id == row["id"]).values(times))
        self._db.execute(sa.update(_attempt).where(_attempt.c.moved_at > stamp(at)).values(moved_at=stamp(at)))
