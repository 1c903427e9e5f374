"""Looking back: in words and in pictures, over a real file, and drawn by a real process."""

import os
import signal
import sqlite3
import stat
import struct
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, closing
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from bot.charts.folder import CHARTS_FOLDER, KEPT, ChartFolder
from bot.charts.model import Chart
from bot.charts.renderer import DEADLINE, IDLE, WORKER, ChartRenderer
from bot.telegram.pictures import Pictures
from purchasing.commands import Charted, LookedBack, NotDone, ToPick
from purchasing.events import stamp
from tests.builders import AT, A, B, reading, snapshot
from tests.integration.command_desk import CommandDesk, new_desk
from tests.integration.post import eventually
from tests.world import DRAGON, TROVE, new_world

PNG = b"\x89PNG\r\n\x1a\n"


def size_of(png: bytes) -> tuple[int, int]:
    width, height = struct.unpack(">II", png[16:24])
    return width, height


class CountingRenderer(ChartRenderer):
    drawn = 0

    async def draw(self, chart: Chart) -> bytes:
        self.drawn += 1
        return await super().draw(chart)


def renderer_of(folder: Path, *worker: str, deadline: timedelta = DEADLINE, idle: timedelta = IDLE) -> CountingRenderer:
    scratch = folder / CHARTS_FOLDER / "fonts"
    return CountingRenderer(scratch=scratch, worker=worker or WORKER, deadline=deadline, idle=idle)


@asynccontextmanager
async def desk_with(folder: Path, renderer: CountingRenderer) -> AsyncIterator[CommandDesk]:
    async with new_desk(folder, renderer=renderer) as desk:
        await desk.watch(A, B)
        yield desk


async def restock(desk: CommandDesk, price: str) -> None:
    """A comes, at this price, and is gone a minute later."""
    for word, cycles in (("IN_STOCK", 1), ("OUT_OF_STOCK", 2)):
        for _ in range(cycles):
            read = reading(A, word, price=Decimal(price), at=desk.clock.now())
            await desk.coordinator.cycles.take(snapshot(read, at=desk.clock.now()))
            desk.clock.go_on(timedelta(minutes=1))


# ---- in words


async def test_the_past_of_a_product_is_told_with_its_prices_and_times(tmp_path: Path) -> None:
    async with new_desk(tmp_path) as desk:
        await desk.watch(A, B)
        await restock(desk, "49.99")
        desk.clock.go_on(timedelta(days=3))
        await restock(desk, "44.99")
        told = await desk.give(f"/history {A} 30d")
        day = await desk.give(f"/history {A} 1d")
    assert isinstance(told, LookedBack)
    assert (told.tcin, told.days, told.restocks, told.in_week, told.in_month) == (A, 30, 2, 2, 2)
    assert (told.lowest, told.highest) == (Decimal("44.99"), Decimal("49.99"))
    assert [one.price for one in told.last] == [Decimal("44.99"), Decimal("49.99")]
    assert told.last[0].closed_at is not None
    assert told.last[0].closed_at - told.last[0].opened_at == timedelta(minutes=2)
    watched = timedelta(minutes=5, seconds=20)  # until a check was due that did not come, and until now
    assert told.unknown_s == (timedelta(days=30) - watched).total_seconds()
    assert isinstance(day, LookedBack)
    assert (day.restocks, day.in_month) == (1, 2)


async def test_bare_it_is_of_all_products_and_a_word_that_fits_several_is_asked_about(tmp_path: Path) -> None:
    async with new_desk(tmp_path) as desk:
        await desk.watch(A, B)
        await desk.give(f"/set {A} name=red kite")
        await desk.give(f"/set {B} name=sky kite")
        await restock(desk, "49.99")
        told = await desk.give("/history")
        about = await desk.give("/history", about=[B])
        unknown = await desk.give("/history nothing")
        both = await desk.give("/history kite")
    assert isinstance(told, LookedBack)
    assert [(one.tcin, one.times) for one in told.products] == [(A, 1)]
    assert isinstance(about, LookedBack)
    assert (about.tcin, about.restocks) == (B, 0)
    assert isinstance(unknown, NotDone)
    assert isinstance(both, ToPick)


async def test_what_was_compacted_still_tells_its_prices(tmp_path: Path) -> None:
    async with new_desk(tmp_path) as desk:
        await desk.watch(A, B)
        hour = (desk.clock.now() - timedelta(days=200)).strftime("%Y-%m-%dT%H")
        with closing(sqlite3.connect(tmp_path / "stockbell.db")) as db, db:
            db.execute(f"INSERT INTO product_hour VALUES ('{A}', '{hour}', 60000, 1, '19.99', '24.99')")  # noqa: S608
            mark = stamp(desk.clock.now() - timedelta(days=190))
            db.execute(f"INSERT INTO compacted VALUES (1, 0, '{mark}', 0, 0, 0, '{{}}')")  # noqa: S608
        await restock(desk, "49.99")
        year = await desk.give(f"/history {A} 365d")
        month = await desk.give(f"/history {A} 30d")
    assert isinstance(year, LookedBack)
    assert (year.lowest, year.highest) == (Decimal("19.99"), Decimal("49.99"))
    assert isinstance(month, LookedBack)
    assert (month.lowest, month.highest) == (Decimal("49.99"), Decimal("49.99"))


# ---- in pictures


async def test_a_chart_is_drawn_by_another_process_and_kept_for_the_same_question(tmp_path: Path) -> None:
    renderer = renderer_of(tmp_path)
    async with desk_with(tmp_path, renderer) as desk:
        await restock(desk, "49.99")
        first = await desk.give(f"/chart {A}")
        again = await desk.give(f"/chart {A} 7d")
        other = await desk.give("/chart")
        assert renderer.pid is not None
        drawn = renderer.drawn
        await restock(desk, "39.99")
        changed = await desk.give(f"/chart {A}")
    assert isinstance(first, Charted)
    assert (first.tcin, first.days, first.restocks) == (A, 7, 1)
    assert again == first
    assert isinstance(other, Charted)
    assert drawn == 2, "the same question was not drawn again"
    assert isinstance(changed, Charted)
    assert changed.picture != first.picture
    file = tmp_path / CHARTS_FOLDER / first.picture
    content = await Pictures(tmp_path / "screenshots", tmp_path / CHARTS_FOLDER).read(first.picture)
    assert content == file.read_bytes()
    assert content.startswith(PNG)
    width, height = size_of(content)
    assert width == 780
    assert height <= 1280, "Telegram makes a larger one smaller"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


SILENT = (sys.executable, "-c", "import time; time.sleep(600)")
DYING = (sys.executable, "-c", "import sys; sys.stdin.buffer.read(4); sys.exit(3)")
ABSENT = ("/nowhere/python",)
BABBLING = (
    sys.executable,
    "-c",
    "import sys; sys.stdin.buffer.read(4); sys.stdout.write('x' * 64); sys.stdout.flush()",
)


@pytest.mark.guards("bot", "a picture that is late, or whose process dies, is answered in words")
@pytest.mark.parametrize("worker", [SILENT, DYING, ABSENT, BABBLING], ids=["silent", "dying", "absent", "babbling"])
async def test_without_a_picture_there_are_words(tmp_path: Path, worker: Sequence[str]) -> None:
    renderer = renderer_of(tmp_path, *worker, deadline=timedelta(seconds=0.5))
    async with desk_with(tmp_path, renderer) as desk:
        told = await desk.give(f"/chart {A}")
        assert renderer.pid is None, "it was ended"
    assert isinstance(told, NotDone)
    assert told.why.startswith("I could not draw it")
    assert "/history" in told.why


async def test_where_the_library_is_missing_it_is_said_and_nothing_is_begun(tmp_path: Path) -> None:
    renderer = CountingRenderer(scratch=tmp_path, library="nothing_of_this_name")
    async with desk_with(tmp_path, renderer) as desk:
        told = await desk.give(f"/chart {A}")
    assert isinstance(told, NotDone)
    assert told.why.startswith("pictures need the extra charts")
    assert (renderer.drawn, renderer.pid) == (0, None)


async def test_a_process_that_was_killed_is_begun_anew(tmp_path: Path) -> None:
    renderer = renderer_of(tmp_path)
    async with desk_with(tmp_path, renderer) as desk:
        await desk.give(f"/chart {A}")
        before = renderer.pid
        assert before is not None
        os.kill(before, signal.SIGKILL)
        told = await desk.give(f"/chart {A} 1d")
        assert renderer.pid not in {None, before}
    assert isinstance(told, Charted)


async def test_a_process_without_work_ends_by_itself(tmp_path: Path) -> None:
    renderer = renderer_of(tmp_path, idle=timedelta(seconds=0.05))
    assert (await renderer.draw(_empty())).startswith(PNG)

    async def is_gone() -> bool:
        return renderer.pid is None

    await eventually(is_gone)
    assert (await renderer.draw(_empty())).startswith(PNG)
    await renderer.close()


async def test_a_zone_without_a_name_is_the_system_s_to_who_draws(tmp_path: Path) -> None:
    renderer = renderer_of(tmp_path)
    assert (await renderer.draw(_empty(zone=None))).startswith(PNG)
    await renderer.close()


def _empty(*, zone: str | None = "UTC") -> Chart:
    return Chart(since=AT - timedelta(days=7), until=AT, zone=zone, rows=(), is_single=False)


def test_only_the_last_pictures_are_kept(tmp_path: Path) -> None:
    folder = ChartFolder(tmp_path / CHARTS_FOLDER)
    folder.prepare()
    for number in range(KEPT + 5):
        folder.put(f"{number}.png", PNG)
    assert len(list(folder.path.glob("*.png"))) == KEPT
    assert not folder.holds("0.png")
    assert folder.holds(f"{KEPT + 4}.png")
    (folder.path / f"{KEPT + 4}.png").write_bytes(b"")
    assert not folder.holds(f"{KEPT + 4}.png"), "it was never on disk"


@pytest.mark.guards("bot", "a picture that was asked for before a crash is sent after it, once")
async def test_a_service_that_was_killed_while_it_drew_answers_after_it_once(tmp_path: Path) -> None:
    async with new_world(tmp_path) as world:
        world.watch(TROVE.tcin, DRAGON.tcin)
        await world.start()
        await world.until_status(lambda status: status["cycle_id"] >= 1)
        world.say(f"/chart {TROVE.tcin}")
        await world.until_rows([(1,)], "SELECT count(*) FROM command WHERE body LIKE '%\"chart\"%'")
        await world.kill()
        assert [one for one in world.messages() if "Last 7 days" in one.text] == []
        await world.start()
        await world.until_chat(lambda: [one for one in world.messages() if "Last 7 days" in one.text])
        await world.ask(f"/history {TROVE.tcin}", "Last 7 days", TROVE.tcin)
        pictured = [one for one in world.messages() if one.file is not None]
        assert [one.file.kind for one in pictured if one.file is not None] == ["photo"]
        assert pictured[0].text.startswith(f"PRACTICE · Illumineer's Trove · {TROVE.tcin}")
        again = await world.ask(f"/chart {TROVE.tcin}", "Last 7 days")
        assert again.file is not None
        assert pictured[0].file is not None
        assert again.file.content.startswith(PNG)
        assert world.rows("SELECT count(*) FROM command WHERE state = 'pending'") == [(0,)]
