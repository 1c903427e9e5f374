"""The audit log: every event of the journal as a line of JSON in a file, for eyes and for other programs."""

import asyncio
import os
from datetime import datetime
from functools import partial
from pathlib import Path

from config.clock import Now
from config.database import Connection, Database
from config.files import open_regular
from purchasing.events import StoredEvent, seq_of
from purchasing.storage.unit_of_work import UnitOfWork

#: The file is put aside when it has grown to this, and so many of those put aside are kept.
LARGEST = 10 * 1024 * 1024
KEPT = 10
#: The file in use, and those put aside.
AUDIT_FILES = "audit*.jsonl"


class AuditLog:
    """Its place is the `seq` of its last whole line, so that nothing is missed or repeated over a restart."""

    name = "audit log"

    def __init__(self, path: Path, *, database: Database, now: Now) -> None:
        self._path = path
        self._database = database
        self._now = now
        #: None while nobody knows: at the start, and where the file may have been left with half a line.
        self._place: int | None = None
        #: The same as it was last known.
        self._reached: int | None = None

    async def tell_next(self) -> bool:
        """Append the next events. A file in a directory that is not the database's is none of its own."""
        if self._database.displaced is not None:
            self._place = None
            return False
        place = await self._find_place() if self._place is None else self._place
        events = await self._database.transact(partial(_read, place=place))
        if events:
            self._place = None
            await asyncio.to_thread(self._append, events)
        self._place = self._reached = events[-1].seq if events else place
        return bool(events)

    def place(self, _unit: UnitOfWork) -> int:
        return self._place or 0

    def reached(self, _unit: UnitOfWork) -> int | None:
        return self._reached

    async def _find_place(self) -> int:
        """As the file says; what is ahead of the journal, as after an older backup, is not of this journal."""
        last = await self._database.transact(lambda connection: UnitOfWork(connection).journal.last_seq())
        return min(await asyncio.to_thread(self._read_place), last)

    def _read_place(self) -> int:
        """The `seq` of the last whole line; what a crash left of a half one is cut off."""
        for path in (self._path, *reversed(self._put_aside())):
            text = _read_bytes(path) if path.exists() else b""
            whole = text[: text.rfind(b"\n") + 1]
            if len(whole) < len(text):
                os.truncate(path, len(whole))
            if whole:
                return seq_of(whole.splitlines()[-1])
        return 0

    def _append(self, events: list[StoredEvent]) -> None:
        if self._path.exists() and self._path.stat().st_size >= LARGEST:
            self._rotate(self._now())
        lines = "".join(event.line() + "\n" for event in events)
        with open(self._path, "a", encoding="utf-8", opener=open_regular) as file:
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


def _read_bytes(path: Path) -> bytes:
    with open(path, "rb", opener=open_regular) as file:
        return file.read()
