"""`stockbell audit --follow`: over a file that grows by hand, and beside a real service."""

import asyncio
import re
import sqlite3
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path

import pytest

from bot.cli.audit_follow import AuditEnd, Follower
from config.database import DatabaseFile
from purchasing.rules.standstill import LONGEST_STILL
from tests.builders import A, reading, seconds, snapshot
from tests.integration.command_desk import CommandDesk, new_desk
from tests.world import LONG, ROOT, TROVE, World, new_world


@dataclass
class Following:
    """A desk, and somebody who follows what it writes."""

    desk: CommandDesk
    follower: Follower
    lines: list[str]

    async def cycle(self, word: str | None = "OUT_OF_STOCK") -> None:
        news = snapshot(reading(A, word), at=self.desk.clock.now())
        await self.desk.coordinator.cycles.take(news)
        self.desk.clock.go_on(seconds(20))

    def look(self) -> list[str]:
        """What one more look tells."""
        self.lines.clear()
        self.follower.look()
        return [*self.lines]


@asynccontextmanager
async def following(folder: Path) -> AsyncIterator[Following]:
    async with new_desk(folder) as desk:
        await desk.watch(A)
        lines: list[str] = []
        with DatabaseFile(folder / "stockbell.db", version=1) as file:
            follower = Follower(file, zone=UTC, say=lines.append, now=desk.clock.now)
            assert follower.has_begun(AuditEnd())
            yield Following(desk, follower, lines)


async def test_each_event_is_told_once_in_plain_words_with_what_it_moved(tmp_path: Path) -> None:
    async with following(tmp_path) as here:
        assert here.lines == ["following after seq 1; Ctrl-C ends it"]
        await here.cycle()
        (first,) = here.look()
        await here.cycle()
        (quiet,) = here.look()
        await here.cycle("IN_STOCK")
        (restock,) = here.look()
        assert here.look() == []
    assert re.match(r"2 \d\d:\d\d:\d\d ", first)
    assert first.endswith(f"{A}: first seen: sold out  [{A} unknown → out_of_stock]")
    assert quiet.endswith("check 2: 1 asked, 0 of 1 in stock, 212 ms")
    assert restock.endswith(f"{A}: in stock  [{A} out_of_stock → in_stock]")
    assert [line.split()[0] for line in (first, quiet, restock)] == ["2", "3", "4"]


@pytest.mark.guards("bot", "what is wrong is told by the audit as soon as it shows, and once")
async def test_what_is_wrong_is_told_once(tmp_path: Path) -> None:
    async with following(tmp_path) as here:
        with closing(sqlite3.connect(tmp_path / "stockbell.db")) as db, db:
            db.execute("UPDATE product SET position = NULL")
        await here.desk.coordinator.cycles.take(snapshot(at=here.desk.clock.now()))
        _, wrong = here.look()
        await here.desk.coordinator.cycles.take(snapshot(at=here.desk.clock.now()))
        assert len(here.look()) == 1
    assert wrong == "WRONG: tables: the watch list is not the one that the journal tells"
    assert here.follower.wrong == 1


async def test_it_ends_in_the_middle_of_a_long_journal(tmp_path: Path) -> None:
    ending = AuditEnd()
    ending.set()
    async with new_desk(tmp_path) as desk:
        await desk.watch(A)
        with DatabaseFile(tmp_path / "stockbell.db", version=1) as file:
            follower = Follower(file, zone=UTC, say=print, now=desk.clock.now)
            assert not follower.has_begun(ending)


async def test_that_nothing_happens_is_wrong(tmp_path: Path) -> None:
    async with following(tmp_path) as here:
        await here.cycle()
        here.look()
        here.desk.clock.go_on(LONGEST_STILL + seconds(20))
        assert here.look() == ["WRONG: nothing has happened for 2 m 40 s, and no check came when it was due"]
        assert here.follower.wrong == 1


async def test_beside_a_running_service_it_tells_a_purchase_step_by_step_and_ends_clean(tmp_path: Path) -> None:
    async with new_world(tmp_path) as world:
        world.watch(TROVE.tcin)
        await world.start()
        await world.until_status(lambda status: status["cycle_id"] >= 1)
        async with follow(world) as (process, lines):
            await until_told(lines, "following after")
            world.store.set(TROVE.tcin, shipping="IN_STOCK")
            await until_told(lines, "[attempt 1 submitting → confirmed; 94734932 attempting → purchased]")
            process.terminate()  # where tests run in the background, a Ctrl-C is ignored
            assert await ended(process) == 0
        steps = [line.partition("[")[2] for line in lines if "[attempt 1" in line]
        assert [one.split(";")[0].rstrip("]") for one in steps] == [
            "attempt 1 opened → carted",
            "attempt 1 carted → reviewed",
            "attempt 1 reviewed → submitting",
            "attempt 1 submitting → confirmed",
        ]
        assert "no findings" in lines[-1]
        assert await world.stop() == 0
        with closing(sqlite3.connect(world.data / "stockbell.db")) as db, db:
            db.execute("DELETE FROM journal WHERE seq = 2")
        code, printed = await world.command("audit", "--for", "0.1")
        assert (code, "WRONG: seq 3" in printed, "no findings" in printed) == (1, True, False), printed


@asynccontextmanager
async def follow(world: World) -> AsyncIterator[tuple[asyncio.subprocess.Process, list[str]]]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "audit", "--follow"),
        cwd=ROOT,
        env={**world.environ, "PYTHONUNBUFFERED": "1"},
        stdout=asyncio.subprocess.PIPE,
    )
    lines: list[str] = []

    async def read() -> None:
        assert process.stdout is not None
        while line := await process.stdout.readline():
            lines.append(line.decode().rstrip("\n"))

    reading_on = asyncio.create_task(read())
    try:
        yield process, lines
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        await reading_on


async def until_told(lines: list[str], words: str) -> None:
    try:
        async with asyncio.timeout(LONG):
            while not any(words in line for line in lines):  # noqa: ASYNC110  a list tells nobody of its growth
                await asyncio.sleep(0.02)
    except TimeoutError:
        raise AssertionError("\n".join(lines)) from None


async def ended(process: asyncio.subprocess.Process) -> int:
    async with asyncio.timeout(LONG):
        return await process.wait()
