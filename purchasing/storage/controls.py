"""What steers the whole: one row for each thing."""

import json
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from config.database import put_row
from config.products import Mode
from purchasing.events import stamp
from purchasing.model import Controls
from purchasing.storage import rows, tables

_product, _window, _attempt = tables.product, tables.window, tables.attempt
_journal, _control, _command = tables.journal, tables.control, tables.command

#: What `read` tells of; other rows are for those who keep them.
_STEERS = ("mode", "stop", "pause", "circuit")


class ControlTable:
    """Reads and writes of one transaction."""

    def __init__(self, connection: sa.Connection) -> None:
        self._db = connection

    def read(self, *, at: datetime) -> Controls:
        known = sa.select(_control.c.what, _control.c.value).where(_control.c.what.in_(_STEERS))
        stored = {row.what: json.loads(row.value) for row in self._db.execute(known)}
        paused = stored.get("pause")
        until = rows.time_of(paused["until"]) if paused else None
        return Controls(
            mode=Mode(stored.get("mode", Mode.SIMULATE)),
            stopped=stored.get("stop"),
            paused=bool(paused) and (until is None or at < until),
            paused_until=until,
            circuit=rows.circuit_of(stored.get("circuit")),
        )

    def value(self, what: str) -> Any:
        """The stored value, or None."""
        value = self._db.execute(sa.select(_control.c.value).where(_control.c.what == what)).scalar()
        return None if value is None else json.loads(value)

    def put(self, what: str, value: object, *, by: str, at: datetime) -> None:
        row = {"what": what, "value": json.dumps(value), "at": stamp(at), "by": by}
        put_row(self._db, _control, row)

    def drop(self, what: str) -> None:
        self._db.execute(sa.delete(_control).where(_control.c.what == what))
