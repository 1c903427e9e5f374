"""The service with an observer beside its database and its gate: `python -m tests.bench.service --trace FILE`.

It is the shipped program but for what it writes down when it ends: every commit that changed anything, with the
messages that it planned and those that it marked as on their way, and every closing of the gate. Times are those of the
event loop, which is the machine's monotonic clock and so the same in every process.

`--reopen` opens the gate again a moment after each closing, so that one process can be stopped many times.
"""

import argparse
import asyncio
import json
import os
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TypeVar

import sqlalchemy as sa

from bot.app import App, build, open_database
from bot.telegram.model import Delivery
from bot.telegram.tables import message
from config.database import Database
from config.logs import set_up_logging
from config.settings import load_settings

T = TypeVar("T")

#: By then, what a stop writes is written.
REOPENED_AFTER_S = 0.4


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """One transaction that changed something."""

    at: float
    #: Keys of the messages that are new or read otherwise.
    planned: list[str]
    #: Keys of the messages that were marked as on their way.
    sending: list[str]


@dataclass(slots=True, kw_only=True)
class Trace:
    commits: list[Commit] = field(default_factory=list)
    shut_at: list[float] = field(default_factory=list)

    def write(self, path: Path) -> None:
        path.write_text(json.dumps(asdict(self)))


def read_trace(path: Path) -> Trace:
    told = json.loads(path.read_text())
    return Trace(commits=[Commit(**one) for one in told["commits"]], shut_at=told["shut_at"])


class TracedDatabase(Database):
    """Notes what each unit of work changed."""

    trace: Trace

    async def transact(self, work: Callable[[sa.Connection], T]) -> T:
        clock = asyncio.get_running_loop().time
        noted: list[Commit] = []

        def watched(connection: sa.Connection) -> T:
            written, before = _count_changes(connection), _messages(connection)
            result = work(connection)
            if _count_changes(connection) > written:
                after = _messages(connection)
                planned = _keys(one for one in after if one[:2] not in {old[:2] for old in before})
                on_its_way = {one[0] for one in before if one[2] == Delivery.SENDING}
                sending = [one[0] for one in after if one[2] == Delivery.SENDING and one[0] not in on_its_way]
                noted.append(Commit(at=clock(), planned=planned, sending=sending))
            return result

        try:
            return await super().transact(watched)
        finally:
            self.trace.commits += noted


#: Key, revision and state of a message.
_Seen = tuple[str, int, str]


def _messages(connection: sa.Connection) -> list[_Seen]:
    """The unsent ones and the newest: what one unit of work can have touched."""
    newest = sa.select(sa.func.max(message.c.id) - 100).scalar_subquery()
    found = sa.select(message.c.key, message.c.revision, message.c.state).where(message.c.id > newest)
    return [(row.key, row.revision, row.state) for row in connection.execute(found)]


def _keys(messages: Iterable[_Seen]) -> list[str]:
    return [key for key, _, _ in messages]


def _count_changes(connection: sa.Connection) -> int:
    return int(connection.exec_driver_sql("SELECT total_changes()").scalar_one())


def _watch_gate(app: App, trace: Trace, *, reopen: bool) -> None:
    gate = app._gate  # noqa: SLF001  nobody but an observer needs it

    def note(_why: str) -> None:
        loop = asyncio.get_running_loop()
        trace.shut_at.append(loop.time())
        if reopen:
            loop.call_later(REOPENED_AFTER_S, lambda: gate.open(gate.mark))

    gate.on_shut(note)


async def _serve(path: Path, *, reopen: bool) -> None:
    settings, trace = load_settings(os.environ), Trace()
    database = open_database(settings, TracedDatabase)
    assert isinstance(database, TracedDatabase)
    database.trace = trace
    app = build(settings, database=database)
    _watch_gate(app, trace, reopen=reopen)
    try:
        await app.run()
    finally:
        trace.write(path)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--trace", type=Path, required=True)
    parser.add_argument("--reopen", action="store_true")
    chosen = parser.parse_args()
    set_up_logging(level="WARNING")
    asyncio.run(_serve(chosen.trace, reopen=chosen.reopen))


if __name__ == "__main__":
    main()
