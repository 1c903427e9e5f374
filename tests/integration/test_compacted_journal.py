"""A house whose journal is compacted while others read it: over a real file, with the readers that the service has."""

import asyncio
import json
import sqlite3
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from datetime import UTC, timedelta
from pathlib import Path

import pytest

from bot.cli.audit import audit_database
from bot.commands.questions import ONLY_ASKED
from bot.feeds.audit_file import AuditLog
from bot.feeds.journal_reader import JournalReader
from bot.feeds.messages import MessageOutlet
from bot.schema import MIGRATIONS, TABLES
from bot.text.chat.journal import say_audited
from bot.text.events import is_told
from config.database import Database
from purchasing.commands import Audited
from purchasing.events import Sighted
from purchasing.periodic.compaction import Compaction, PlaceKeeper
from purchasing.storage.compaction.counts import CountTable
from purchasing.storage.unit_of_work import Storage, UnitOfWork
from tests.builders import AT, chance, seconds, tcins
from tests.chronicle import Chronicle, live
from tests.facts import fact
from tests.fakes import FakeClock
from tests.integration.command_desk import new_desk
from tests.integration.post import new_post
from tests.integration.test_message_outlet import Told, happen, outlet_of

KEEP = timedelta(days=30)
EVENTS = 400


def write_old_journal(unit: UnitOfWork, *, events: int = EVENTS, keep: timedelta = KEEP) -> None:
    """Long ago a house lived; since then nothing happened."""
    chronicle = Chronicle(
        lambda told, at: unit.journal.append(told, at=at), tcins(3), at=AT - keep - timedelta(days=30)
    )
    chronicle.begin()
    for number in (0, 1):
        chronicle.flip(number)
        chronicle.buy(number)
    live(chronicle, chance(), while_=lambda: unit.journal.written_seq < events)
    chronicle.store(unit)


async def compact(database: Database, *readers: PlaceKeeper) -> int:
    """How far it is compacted once it was looked, at `AT`."""
    clock = FakeClock()
    compaction = Compaction(
        storage=Storage(database, on_journal=lambda: None, now=clock.now),
        keep=KEEP,
        readers=readers,
        questions=ONLY_ASKED,
        now=clock.now,
        monotonic=clock.monotonic,
        pause=seconds(0),
    )
    await compaction.look()
    return await database.transact(lambda connection: CountTable(connection).mark().seq)


@asynccontextmanager
async def old_house(folder: Path, *, events: int = EVENTS) -> AsyncIterator[Database]:
    database = Database(folder / "stockbell.db", tables=TABLES, migrations=MIGRATIONS)
    await database.open()
    await database.transact(lambda connection: write_old_journal(UnitOfWork(connection), events=events))
    yield database
    await database.close()


def test_a_command_that_may_go_changes_nothing() -> None:
    assert {"status", "list", "show", "why", "log", "board", "help", "orders"} <= ONLY_ASKED
    assert ONLY_ASKED.isdisjoint({"stop", "rearm", "mode", "buy", "skip", "settle", "add", "set", "alerts", "mute"})


@pytest.mark.guards("bot", "the audit log misses no event by compaction")
async def test_the_audit_log_is_read_first_and_misses_nothing(tmp_path: Path) -> None:
    async with old_house(tmp_path) as database:
        reader = JournalReader(AuditLog(tmp_path / "audit.jsonl", database=database, now=FakeClock().now))
        assert await compact(database, reader) == 0  # nobody knows yet how far it is
        await reader.catch_up()
        mark = await compact(database, reader)
        assert mark > EVENTS - 5
        await database.transact(lambda connection: UnitOfWork(connection).journal.append(fact(Sighted), at=AT))
        await reader.catch_up()
        last = await database.transact(lambda connection: UnitOfWork(connection).journal.last_seq())
    lines = [json.loads(line) for line in (tmp_path / "audit.jsonl").read_text().splitlines()]
    assert [line["seq"] for line in lines] == list(range(1, last + 1))


@pytest.mark.guards("bot", "what was not told in the chat is not compacted")
async def test_what_was_not_told_in_the_chat_stays(tmp_path: Path) -> None:
    async with new_post(tmp_path, begin=False) as post:
        await happen(post, *(fact(Sighted) for _ in range(60)))
        outlet: MessageOutlet[list[int]] = outlet_of(post, Told("seq"))
        reader = JournalReader(outlet)
        assert await outlet.tell_next()
        at = AT + KEEP + timedelta(days=2)
        compaction = Compaction(
            storage=Storage(post.database, on_journal=lambda: None, now=lambda: at),
            keep=KEEP,
            readers=[reader],
            questions=ONLY_ASKED,
            now=lambda: at,
            monotonic=lambda: 0.0,
            pause=seconds(0),
        )
        await compaction.look()
        assert await post.do(lambda records: records.place("news")) == 50
        assert await post.database.transact(lambda connection: CountTable(connection).mark().seq) == 50
        await reader.catch_up()
        assert await post.do(lambda records: records.place("news")) == 60


async def test_the_command_s_audit_is_clean_before_and_after_and_says_where_it_begins(tmp_path: Path) -> None:
    async with old_house(tmp_path) as database:
        before: list[str] = []
        assert audit_database(tmp_path / "stockbell.db", say=before.append) == 0
        mark = await compact(database)
        after: list[str] = []
        assert audit_database(tmp_path / "stockbell.db", say=after.append) == 0
    assert len(before) == 1
    assert after[0].startswith(f"without gaps after seq {mark} (2026-09-2")
    assert after[-1].split(",")[1:] == before[-1].split(",")[1:]


async def test_the_chat_s_audit_says_until_when_it_was_compacted(tmp_path: Path) -> None:
    async with new_desk(tmp_path) as desk:
        await desk.database.transact(lambda connection: write_old_journal(UnitOfWork(connection)))
        await compact(desk.database)
        result = await desk.give("/audit")
    assert isinstance(result, Audited)
    assert result.findings == ()
    told = say_audited(result, {}, UTC)
    assert told[2].startswith("Until 23 Sep 2026 all about buying, people and the list is kept")


async def test_what_is_told_of_the_journal_is_found_among_any_number_of_quiet_cycles(tmp_path: Path) -> None:
    async with old_house(tmp_path) as database:

        def told(unit: UnitOfWork) -> tuple[list[int], list[int]]:
            every, notable = unit.journal.last(10_000), unit.journal.last_notable(10_000)
            assert len(notable) < len(every) / 2
            return [one.seq for one in every if is_told(one)], [one.seq for one in notable if is_told(one)]

        one, other = await database.transact(lambda connection: told(UnitOfWork(connection)))
        assert one == other


COMPACTS = """
import asyncio, sys
from pathlib import Path
from bot.schema import MIGRATIONS, TABLES
from config.database import Database
from tests.integration.test_compacted_journal import compact

async def main():
    database = Database(Path(sys.argv[1]), tables=TABLES, migrations=MIGRATIONS)
    await database.open()
    print("open", flush=True)
    await compact(database)
    await database.close()

asyncio.run(main())
"""
LEFT = ("journal", "compacted", "product_hour", "watched_hour", "day_count")


@pytest.mark.torture
@pytest.mark.guards("purchasing", "a piece of compaction that was broken off loses and doubles nothing")
async def test_a_kill_at_any_instant_of_it_loses_and_doubles_nothing(tmp_path: Path) -> None:
    killed, whole = tmp_path / "killed", tmp_path / "whole"
    for folder in (killed, whole):
        folder.mkdir()
        async with old_house(folder, events=20_000) as database:
            if folder is whole:
                await compact(database)
    rng, kills = chance(), 0
    while not await _is_done(killed / "stockbell.db", after=rng.random() / 2):
        kills += 1
    assert kills > 5
    assert audit_database(killed / "stockbell.db", say=print) == 0
    for table in LEFT:
        assert _rows(killed, table) == _rows(whole, table)


async def _is_done(path: Path, *, after: float) -> bool:
    """Whether it came to its end within this; else it is killed."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", COMPACTS, str(path), stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    await process.stdout.readline()
    try:
        await asyncio.wait_for(process.wait(), after)
    except TimeoutError:
        process.kill()
    return await process.wait() == 0


def _rows(folder: Path, table: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(folder / "stockbell.db")) as db:
        return sorted(db.execute(f"SELECT * FROM {table}"))  # noqa: S608  names from above
