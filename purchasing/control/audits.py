"""The audit of the running service: read beside it, so that neither a cycle nor a purchase waits for it."""

import asyncio
import logging
import threading
from collections.abc import Callable
from dataclasses import replace

from config.clock import Now
from config.database import Connection, DatabaseFile, DatabaseUnusable
from purchasing.commands import Audited, Command, NotDone, Result
from purchasing.control.queue import CommandQueue
from purchasing.events import Event
from purchasing.rules.verify import Audit
from purchasing.storage.compaction.counts import CountTable
from purchasing.storage.unit_of_work import Storage, UnitOfWork

log = logging.getLogger(__name__)

#: So many events are read at once, and then the others have the processor for a moment.
AT_ONCE = 200
PAUSE_S = 0.005
#: Of endless findings the first ones are told, and the rest is counted.
MOST_FINDINGS = 500


class Audits:
    """One at a time. A command is finished when its audit is through; what a crash leaves pending is begun anew."""

    def __init__(self, *, storage: Storage, queue: CommandQueue, now: Now) -> None:
        self._storage = storage
        self._queue = queue
        self._now = now
        #: Who waits for an audit, by the keys of their commands, and whether they are still to be told.
        self._waiting: dict[str, tuple[Command, Callable[[], bool]]] = {}
        self._under_way: frozenset[str] = frozenset()
        self._asked = asyncio.Event()

    def begin(self, command: Command, *, is_wanted: Callable[[], bool]) -> None:
        """Have it finished some time, whoever asks again; `is_wanted` is asked then."""
        if command.key not in self._under_way:
            self._waiting[command.key] = (command, is_wanted)
            self._asked.set()

    async def run(self) -> None:
        """Audit whenever it is asked for, until cancelled."""
        while True:
            await self._asked.wait()
            self._asked.clear()
            waiting, self._waiting = self._waiting, {}
            self._under_way = frozenset(waiting)
            try:
                await self._finish(waiting)
            finally:
                self._under_way = frozenset()

    async def _finish(self, waiting: dict[str, tuple[Command, Callable[[], bool]]]) -> None:
        result = await self._audit()
        for asked, is_wanted in waiting.values():
            # Who is not let in any more gets no answer.
            command = asked if is_wanted() else replace(asked, origin=None)
            await self._queue.finish(command, result)
        await self._queue.sum_up_downtime()

    async def _audit(self) -> Result:
        ending = threading.Event()
        try:
            audit = await self._storage.read_aside(lambda file: audit_file(file, ending))
        except (DatabaseUnusable, KeyError, ValueError, TypeError) as error:
            log.warning("audit.failed", extra={"why": str(error)})
            return NotDone(why=f"my journal can't be read: {error}")
        finally:
            ending.set()  # the thread goes on where this task was cancelled
        return Audited(
            events=audit.numbering.events,
            cycles=audit.numbering.cycles,
            attempts=audit.attempts,
            moves=audit.moves,
            orders=audit.orders,
            findings=tuple(audit.findings[:MOST_FINDINGS]),
            found=len(audit.findings),
            compacted_to=audit.numbering.mark.at,
        )


def audit_file(file: DatabaseFile, ending: threading.Event) -> Audit:
    """All that the journal holds, in pieces, and at last the tables; given up once it is ending."""
    audit = Audit()
    while file.read(lambda connection: take_some(audit, connection)) and not ending.wait(PAUSE_S):
        pass
    if not ending.is_set():
        file.read(lambda connection: catch_up(audit, connection))
    return audit


def take_some(audit: Audit, connection: Connection) -> list[Event]:
    """Take in the next events of the journal; which those were."""
    audit.numbering.begin_at(CountTable(connection).mark())
    events = UnitOfWork(connection).journal.after(audit.numbering.seq, limit=AT_ONCE)
    for event in events:
        audit.take(event)
    return events


def catch_up(audit: Audit, connection: Connection) -> None:
    """Take in what the journal has gained, then compare with the tables as they stood at that same instant."""
    while take_some(audit, connection):
        pass
    unit = UnitOfWork(connection)
    audit.compare(unit.attempts.all(), unit.products.order())
