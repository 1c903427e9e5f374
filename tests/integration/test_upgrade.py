"""Data directories of versions that were: each starts, audits clean and goes on, with all that was under way.

One of the present version is simply opened; those before it are brought up to date first.
"""

import json
import stat
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.schema import VERSION
from sandbox.faults import Faults
from tests.recorded_household import (
    BEA,
    CAL,
    CHILD,
    ITEMS,
    KITE,
    LIVE,
    MOVED,
    PEOPLE,
    PUZZLE,
    SETTINGS,
    STRANGE,
    VERA,
    unpack,
)
from tests.schema import describe_schema
from tests.world import ADA, DRAGON, TROVE, World, new_world

VERSIONS = sorted(path.parent for path in (Path(__file__).parent.parent / "data").glob("version_*/stockbell.db.gz"))

OLDER = [path for path in VERSIONS if path.name != f"version_{VERSION}"]


@pytest.fixture(params=VERSIONS, ids=lambda path: path.name)
def stored(request: pytest.FixtureRequest) -> Path:
    path: Path = request.param
    return path


@asynccontextmanager
async def old_world(folder: Path, stored: Path) -> AsyncGenerator[World]:
    """The household as it was left, with its shop as it was: the order in doubt can't be looked up."""
    async with new_world(folder, items=ITEMS, people=PEOPLE, groups=(MOVED,), **SETTINGS) as world:
        unpack(stored, world.data)
        for item in (TROVE, DRAGON, CHILD):
            world.store.set(item.tcin, shipping="IN_STOCK")
        world.store.set(PUZZLE.tcin, pickup="IN_STOCK")
        world.store.faults = Faults(status=503, only="/practice/orders")
        yield world


async def until_cycle_after(world: World, cycle: int) -> None:
    await world.until_status(lambda status: status["cycle_id"] > cycle)


def last_cycle(world: World) -> int:
    ((cycle,),) = world.rows("SELECT json_extract(value, '$.cycle_id') FROM control WHERE what = 'cycle'")
    return int(cycle)


def events(world: World) -> list[tuple[int, str, str]]:
    return [(seq, kind, body) for seq, kind, body in world.rows("SELECT seq, kind, body FROM journal ORDER BY seq")]


async def test_it_goes_on_where_it_stood_and_audits_clean(tmp_path: Path, stored: Path) -> None:
    async with old_world(tmp_path, stored) as world:
        before, cycle = events(world), last_cycle(world)
        await world.start(*LIVE)
        await until_cycle_after(world, cycle + 3)
        assert await world.stop() == 0
        after = events(world)
        assert after[: len(before)] == before
        assert [seq for seq, _, _ in after] == list(range(1, len(after) + 1))
        cycles = [json.loads(body)["cycle_id"] for _, kind, body in after if kind == "cycle_completed"]
        assert cycles == list(range(1, len(cycles) + 1))
        lines = [json.loads(line)["seq"] for line in (world.data / "audit.jsonl").read_text().splitlines()]
        assert lines == list(range(1, len(lines) + 1))
        assert len(lines) > len(before)
        code, printed = await world.command("audit")
        assert (code, "no findings" in printed) == (0, True), printed


@pytest.mark.parametrize("stored", OLDER, ids=lambda path: path.name)
async def test_what_only_reads_leaves_it_as_it_is_and_the_start_keeps_a_copy(tmp_path: Path, stored: Path) -> None:
    async with old_world(tmp_path, stored) as world:
        file = world.data / "stockbell.db"
        before = file.read_bytes()
        code, printed = await world.command("audit")
        assert (code, printed) == (
            1,
            f"{file} has version {stored.name[-1]}, older than {VERSION}: the service's start updates it\n",
        )
        code, printed = await world.command("backup", str(tmp_path / "copy"))
        assert (code, f"it has version {stored.name[-1]}, which the next start brings to {VERSION}" in printed) == (
            0,
            True,
        )
        assert file.read_bytes() == before
        await world.start(*LIVE)
        await until_cycle_after(world, last_cycle(world))
        kept = world.data / f"stockbell.db.before-{VERSION}"
        assert describe_schema(kept) == (stored / "schema.txt").read_text().splitlines()
        assert [stat.S_IMODE(copy.stat().st_mode) for copy in (kept, tmp_path / "copy")] == [0o600, 0o600]


@pytest.mark.parametrize("stored", OLDER, ids=lambda path: path.name)
async def test_a_backup_of_an_older_version_is_restored_and_goes_on_without_buying(
    tmp_path: Path, stored: Path
) -> None:
    async with old_world(tmp_path, stored) as world:
        cycle, copy = last_cycle(world), tmp_path / "copy"
        assert (await world.command("backup", str(copy)))[0] == 0
        world.settings["STOCKBELL_DATA_DIR"] = str(tmp_path / "elsewhere")
        assert (await world.command("restore", str(copy)))[0] == 0
        await world.start(*LIVE)
        status = await world.until_status(lambda status: status["cycle_id"] > cycle + 1)
        assert (status["stopped"], status["mode"], status["slot"]["step"]) == (True, "live", "unconfirmed")
        code, printed = await world.command("audit")
        assert (code, "no findings" in printed) == (0, True), printed


async def test_what_was_under_way_is_carried_on(tmp_path: Path, stored: Path) -> None:
    async with old_world(tmp_path, stored) as world:
        assert _order(world)[0] == CHILD.tcin
        ((unsent,),) = world.rows(_UNSENT_ANSWERS, ADA.id)
        await world.start(*LIVE)
        # A command that was stored and not applied.
        await world.answer(BEA.id, "Now number 1 of 10", KITE.tcin, after=0)
        assert _order(world)[:2] == [KITE.tcin, CHILD.tcin]
        # Answers that were not sent.
        assert unsent
        await world.until_chat(
            lambda: len([one for one in world.messages() if "Stockbell 0.1.0" in one.text]) == unsent
        )
        # An order in doubt holds the slot, and what is queued waits for it.
        status = await world.status()
        assert (status["mode"], status["slot"]["step"], status["slot"]["tcin"]) == ("live", "unconfirmed", DRAGON.tcin)
        # A question of which the time ran out meanwhile.
        await world.until_rows([("expired",)], "SELECT answer FROM ask ORDER BY id DESC LIMIT 1")
        world.store.faults = Faults()
        await world.ask(f"/settle {status['slot']['attempt']} not", "attempt")
        await world.until_status(lambda _: world.store.orders)
        assert world.store.orders[0].tcin == CHILD.tcin
        await world.ask(f"/buy {TROVE.tcin}", "I buy it as soon as")
        await world.until_status(lambda _: TROVE.tcin in [order.tcin for order in world.store.orders])
        # One product rests until somebody lifts it.
        assert all(STRANGE.tcin not in call.tcins for call in world.store.calls if "product_summary" in call.path)


_UNSENT_ANSWERS = (
    "SELECT count(*) FROM message WHERE chat = ? AND key LIKE 'reply:%' AND state IN ('waiting', 'sending')"
)


def _order(world: World) -> list[str]:
    return [tcin for (tcin,) in world.rows("SELECT tcin FROM product WHERE position > 0 ORDER BY position")]


async def test_people_keep_their_roles_and_every_answer_can_be_given_from_old_rows(
    tmp_path: Path, stored: Path
) -> None:
    async with old_world(tmp_path, stored) as world:
        await world.start(*LIVE)
        for person, words in ((ADA, "You are owner"), (BEA, "You are operator"), (VERA, "You are viewer")):
            await world.ask("/start", words, person=person.id)
        world.chat.say(CAL.id, "/status")
        await world.ask("/status", "Buying: on", chat=MOVED.id)
        for words, answer in (
            ("/users", "Vera"),
            ("/list", "of 10 in stock"),
            (f"/show {TROVE.tcin}", "Restocks"),
            (f"/why {DRAGON.tcin}", "What happened last"),
            ("/slot", "Bought or not?"),
            ("/orders 20", "order PRACTICE-1"),
            ("/spend", "Spent today"),
            ("/log 60", "60 lines"),
        ):
            await world.ask(words, answer, person=ADA.id)
        assert world.messages(CAL.id) == []
        assert "Traceback" not in world.tail()


async def test_a_limit_that_was_told_is_not_told_again(tmp_path: Path, stored: Path) -> None:
    async with old_world(tmp_path, stored) as world:
        limits = "SELECT count(*) FROM journal WHERE kind = 'limit_reached' AND body LIKE ?"
        assert world.rows(limits, f"%{KITE.tcin}%") == [(1,)]
        cycle = last_cycle(world)
        world.store.set(KITE.tcin, shipping="IN_STOCK")
        await world.start(*LIVE)
        await until_cycle_after(world, cycle + 3)
        skipped = "SELECT count(*) > 0 FROM journal WHERE kind = 'cycle_completed' AND body LIKE ?"
        assert world.rows(skipped, f'%"skipped":[%{KITE.tcin}","why":"1 of 1 that the shop sells%') == [(1,)]
        assert world.rows(limits, f"%{KITE.tcin}%") == [(1,)]
