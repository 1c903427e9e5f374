"""The audit that is asked for in the chat: read beside the service, over a real file."""

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import pytest

from bot.schema import TABLES
from config.database import Database, DatabaseFile
from purchasing.commands import Audited, NotDone
from purchasing.control.audits import AT_ONCE, Audits, audit_file
from purchasing.control.queue import CommandQueue
from purchasing.storage.unit_of_work import Storage
from tests.builders import AT, A, command
from tests.fakes import FakeClock
from tests.integration.command_desk import new_desk
from tests.integration.post import eventually

T = TypeVar("T")


async def test_of_books_that_add_up_it_says_how_much_there_is(tmp_path: Path) -> None:
    async with new_desk(tmp_path) as desk:
        await desk.watch(A)
        await desk.cycle()
        result = await desk.give("/audit")
    assert isinstance(result, Audited)
    assert (result.cycles, result.found, result.findings) == (1, 0, ())
    assert result.events >= 2


@pytest.mark.guards("purchasing", "an audit in the chat finds what the command's does")
async def test_what_is_missing_is_found(tmp_path: Path) -> None:
    async with new_desk(tmp_path) as desk:
        await desk.watch(A)
        await desk.cycle()
        with closing(sqlite3.connect(tmp_path / "stockbell.db")) as db, db:
            db.execute("UPDATE product SET position = NULL")
        result = await desk.give("/audit")
    assert isinstance(result, Audited)
    assert result.findings == ("tables: the watch list is not the one that the journal tells",)


async def test_a_journal_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    async with new_desk(tmp_path) as desk:
        await desk.watch(A)
        with closing(sqlite3.connect(tmp_path / "stockbell.db")) as db, db:
            db.execute("UPDATE journal SET at = 'never' WHERE seq = 1")
        result = await desk.give("/audit")
    assert isinstance(result, NotDone)
    assert result.why.startswith("my journal can't be read")


class HeldDatabase(Database):
    """What is read beside it waits until it is let go."""

    reading = 0

    async def read_aside(self, work: Callable[[DatabaseFile], T]) -> T:
        self.reading += 1
        self.go = asyncio.Event()
        await self.go.wait()
        return await super().read_aside(work)


@pytest.mark.guards("purchasing", "nothing waits for an audit, and one at a time is made")
async def test_while_it_reads_all_else_goes_on_and_no_second_one_begins(tmp_path: Path) -> None:
    database = HeldDatabase(tmp_path / "stockbell.db", tables=TABLES)
    await database.open()
    clock = FakeClock()
    storage = Storage(database, on_journal=lambda: None, now=clock.now)
    queue = CommandQueue(storage=storage, now=clock.now)
    audits = Audits(storage=storage, queue=queue, now=clock.now)
    first, second, gone = (replace(command(key, "audit", at=AT), origin="{}") for key in ("tg:1:1", "tg:1:2", "tg:1:3"))
    await queue.put([first, second, gone])
    running = asyncio.create_task(audits.run())
    audits.begin(first, is_wanted=lambda: True)
    await _until(lambda: database.reading == 1)
    audits.begin(first, is_wanted=lambda: True)
    audits.begin(second, is_wanted=lambda: True)
    audits.begin(gone, is_wanted=lambda: False)
    assert [one.key for one in await queue.pending()] == [first.key, second.key, gone.key]
    assert database.reading == 1
    database.go.set()
    await _until(lambda: database.reading == 2)
    assert [one.key for one in await queue.pending()] == [second.key, gone.key]
    database.go.set()

    async def are_done() -> bool:
        return not await queue.pending()

    await eventually(are_done)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    silent = await storage.read(lambda unit: unit.commands.get(gone.key))
    assert silent is not None
    assert silent.origin is None
    assert database.reading == 2
    await database.close()


async def _until(wanted: Callable[[], bool]) -> None:
    async def is_wanted() -> bool:
        return wanted()

    await eventually(is_wanted)


async def test_a_long_journal_is_read_in_pieces_and_given_up_at_an_end(tmp_path: Path) -> None:
    async with new_desk(tmp_path) as desk:
        for _ in range(AT_ONCE // 2 + 10):
            await desk.watch(A)
            await desk.watch()
        with DatabaseFile(tmp_path / "stockbell.db", version=1) as file:
            ending = threading.Event()
            whole = audit_file(file, ending)
            ending.set()
            piece = audit_file(file, ending)
    assert whole.numbering.events > AT_ONCE
    assert piece.numbering.events == AT_ONCE
    assert whole.findings == piece.findings == []
