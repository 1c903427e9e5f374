"""Restock windows."""

from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa

from config.products import Tcin
from monitor.model import Window
from purchasing.events import MovedWindows, ProductWindow, stamp
from purchasing.storage import tables

_window = tables.window


class WindowTable:
    """Reads and writes of one transaction."""

    def __init__(self, connection: sa.Connection) -> None:
        self._db = connection

    def open_of(self, tcin: Tcin) -> int | None:
        statement = sa.select(_window.c.id).where(_window.c.tcin == tcin, _window.c.closed_at.is_(None))
        return self._db.execute(statement).scalar()

    def within(self, since: datetime, until: datetime) -> list[Tcin]:
        """The products of the restock windows that opened and closed between these times, in that order."""
        within = sa.and_(_window.c.opened_at >= stamp(since), _window.c.closed_at <= stamp(until))
        statement = sa.select(_window.c.tcin).where(within).order_by(_window.c.id)
        return [Tcin(tcin) for tcin in self._db.execute(statement).scalars()]

    def write(self, windows: Mapping[Tcin, Window | None], *, at: datetime) -> MovedWindows:
        """Write what changed; the windows that were opened and closed, for the event."""
        opened, closed = [], []
        for tcin, window in windows.items():
            held = self.open_of(tcin)
            if held is None and window is not None:
                row = {"tcin": tcin, "opened_at": stamp(window.opened_at), "misses": window.misses}
                opened.append(ProductWindow(tcin=tcin, window=self._insert(row)))
            elif held is not None and window is None:
                self._db.execute(sa.update(_window).where(_window.c.id == held).values(closed_at=stamp(at)))
                closed.append(ProductWindow(tcin=tcin, window=held))
            elif window is not None:
                self._db.execute(sa.update(_window).where(_window.c.id == held).values(misses=window.misses))
        return MovedWindows(opened=tuple(opened), closed=tuple(closed))

    def _insert(self, row: dict[str, object]) -> int:
        return int(self._db.execute(sa.insert(_window).values(row).returning(_window.c.id)).scalar_one())
