"""The audit log: every event of the journal as a line of JSON in a file, for eyes and for other programs."""

import asyncio
import json
import logging
import os
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from config.clock import Now
from config.database import Connection, Database
from config.waiting import wait_for_event
from purchasing.events import StoredEvent
from purchasing.storage.unit_of_work import UnitOfWork

log = logging.getLogger(__name__)

#: The file is put aside when it has grown to this, and so many of those put aside are kept.
LARGEST = 10 * 1024 * 1024
KEPT = 10
#: A nudge may be lost; this is how long that can matter.
ROUND = timedelta(seconds=1)


class AuditLog:
    """Its place is the `seq` of its last whole line, so that nothing is missed or repeated over a restart."""

    def __init__(self, path: Path, *, database: Database, now: Now) -> None:
        self._path = path
        self._database = database
        self._now = now
        self._nudged = asyncio.Event()

    def nudge(self) -> None:
        self._nudged.set()

    async def run(self) -> None:
        """Write what the journal gains, until cancelled. A file that can't be written is tried again."""
        # An older backup may have been put back: what is ahead of the journal is not of this journal.
        last = await self._database.transact(lambda connection: UnitOfWork(connection).journal.last_seq())
        place = min(await asyncio.to_thread(self._find_place), last)
        while True:
            self._nudged.clear()
            events = await self._database.transact(partial(_read, place=place))
            if events:
                await asyncio.to_thread(self._append, events)
                place = events[-1].seq
            else:
                await wait_for_event(self._nudged, longest=ROUND)

    def _find_place(self) -> int:
        """The `seq` of the last whole line; what a crash left of a half one is cut off."""
        for path in (self._path, *reversed(self._put_aside())):
            text = path.read_bytes() if path.exists() else b""
            whole = text[: text.rfind(b"\n") + 1]
            if len(whole) < len(text):
                os.truncate(path, len(whole))
            if whole:
                return int(json.loads(whole.splitlines()[-1])["seq"])
        return 0

    def _append(self, events: list[StoredEvent]) -> None:
        if self._path.exists() and self._path.stat().st_size >= LARGEST:
            self._rotate(self._now())
        lines = "".join(event.line() + "\n" for event in events)
        with open(self._path, "a", encoding="utf-8", opener=_private) as file:
            file.write(lines)

    def _rotate(self, at: datetime) -> None:
        self._path.rename(self._path.with_name(f"audit-{at:%Y-%m-%dT%H%M%S}.jsonl"))
        for path in self._put_aside()[:-KEPT]:
            path.unlink()

    def _put_aside(self) -> list[Path]:
        """What was put aside, the oldest first."""
        return sorted(self._path.parent.glob("audit-*.jsonl"))


def _read(connection: Connection, *, place: int) -> list[StoredEvent]:
    return UnitOfWork(connection).journal.stored_after(place)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
