"""Everything at once, for who begins to read or has lost the thread."""

from dataclasses import dataclass
from datetime import datetime

import msgspec

from bot.health import PATIENCE, HealthMonitor
from config.clock import Now
from config.database import Connection, Database
from purchasing.events import StoredEvent, stamp
from purchasing.model import Overview
from purchasing.storage.unit_of_work import UnitOfWork

#: So many of the last events are told.
RECENT = 50


class FullSync:
    def __init__(self, *, database: Database, health: HealthMonitor, now: Now) -> None:
        self._database = database
        self._health = health
        self._now = now

    async def read(self) -> bytes:
        """How everything stands, and the last events, as one transaction reads them: as JSON."""
        at = self._now()

        def work(connection: Connection) -> _Standing:
            return _read(UnitOfWork(connection), at)

        read = await self._database.read_within(PATIENCE, work)
        body = {
            "seq": read.seq,
            "server_time": stamp(at),
            "status": self._health.status_of(read.overview),
            "recent": [msgspec.Raw(event.line().encode()) for event in read.recent],
        }
        return msgspec.json.encode(body)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Standing:
    seq: int
    overview: Overview
    recent: list[StoredEvent]


def _read(unit: UnitOfWork, at: datetime) -> _Standing:
    return _Standing(
        seq=unit.journal.last_seq(), overview=unit.views.overview(at=at), recent=unit.journal.stored_last(RECENT)
    )
