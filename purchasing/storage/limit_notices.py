"""Which limits were told of as reached, so that each is told once."""

from datetime import datetime, timedelta

import sqlalchemy as sa

from config.database import insert_new
from purchasing.events import stamp
from purchasing.storage import tables

_notice = tables.limit_notice

#: What is bound to a day or to one restock is never reached again under its name; after this it is long over.
KEPT = timedelta(days=90)
_PASSING = ("per_day:", "spend:", "per_window:")


class LimitNoticeTable:
    """Reads and writes of one transaction."""

    def __init__(self, connection: sa.Connection) -> None:
        self._db = connection

    def note(self, key: str, *, at: datetime) -> bool:
        """Remember that this one is told of; whether it was not told of before."""
        is_new = insert_new(self._db, _notice, {"key": key, "at": stamp(at)})
        if is_new:
            self._forget_past(at=at)
        return is_new

    def _forget_past(self, *, at: datetime) -> None:
        passing = sa.or_(*(_notice.c.key.startswith(prefix, autoescape=True) for prefix in _PASSING))
        self._db.execute(sa.delete(_notice).where(passing, _notice.c.at < stamp(at - KEPT)))
