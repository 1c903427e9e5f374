"""SIGKILL at every named step and at random instants: nothing is lost, nothing is doubled, and the audit is clean."""

import asyncio
import re
from pathlib import Path
from random import Random

import pytest

from sandbox.store import Item
from tests.world import TROVE, World, new_world

#: How often the service is killed at a random instant.
KILLS = 50

#: What a message says that was sent again because nobody knew whether it had arrived.
MARK = "sent again"
#: What an alert says of a purchase in practice, alone or counted with others.
BOUGHT = re.compile(r"Bought 1|\b[1-9][0-9]* worked")


@pytest.mark.parametrize("side", ["before", "after"])
@pytest.mark.parametrize("step", ["opened", "carted", "reviewed", "submitting", "confirmed"])
async def test_a_kill_at_a_named_step_is_healed_by_the_next_start(tmp_path: Path, step: str, side: str) -> None:
    async with new_world(tmp_path, STOCKBELL_PURCHASING__SIMULATED_S="0.3") as world:
        world.watch(TROVE.tcin)
        world.say("/start")
        world.store.set(TROVE.tcin, shipping="IN_STOCK")
        await world.start("tests.torture.service", "--die-at", step, "--side", side)
        assert await world.ended() == -9
        await world.start()
        await world.until_chat(lambda: any(BOUGHT.search(text) for one in world.alerts() for text in one.history))
        await _assert_healed(world)
        if side == "after":
            ((first, why),) = world.rows("SELECT step, why FROM attempt WHERE id = 1")
            assert first == {"submitting": "refused", "confirmed": "confirmed"}.get(step, "abandoned")
            assert step == "confirmed" or f"the service ended while it was {step}" in why


@pytest.mark.timeout(600)
async def test_fifty_kills_at_random_instants_lose_and_double_nothing(tmp_path: Path) -> None:
    chance = Random(20261122)  # noqa: S311  the instants of a test, not secrets
    shelf = [Item(tcin=str(80_000_000 + number), title=f"Toy {number}", price="10.00") for number in range(KILLS)]
    said: list[int] = []
    async with new_world(tmp_path, items=[TROVE, *shelf], STOCKBELL_PURCHASING__SIMULATED_S="0.2") as world:
        world.watch(TROVE.tcin)
        said.append(world.say("/start"))
        for number, item in enumerate(shelf):
            await world.start()
            said.append(world.say(f"/add {item.tcin}"))
            words = ("IN_STOCK", "OUT_OF_STOCK")
            world.store.set(TROVE.tcin, shipping=words[number % 2])
            # Most lives are counted from the first question to the store: on a slow machine all would end at birth.
            if chance.random() < 0.7:
                await world.until_asked(more_than=len(world.store.calls))
            await asyncio.sleep(chance.uniform(0.05, 1.2))
            await world.kill()
        await world.start()
        await world.until_status(lambda status: len(status["products"]) == 1 + KILLS)
        await world.until_chat(lambda: len(_replies(world)) >= KILLS, seconds=240)
        await _assert_healed(world)
        _assert_commands_once(world, said)
        _assert_windows_alerted_once(world)


async def _assert_healed(world: World) -> None:
    assert await world.stop() == 0
    code, printed = await world.command("audit")
    assert (code, printed.rpartition(": ")[2].strip()) == (0, "no findings")
    cycles = [number for (number,) in world.rows(_CYCLES)]
    assert cycles == list(range(1, len(cycles) + 1))
    assert world.rows("SELECT count(*) FROM command WHERE state = 'pending'") == [(0,)]


_CYCLES = "SELECT json_extract(body, '$.cycle_id') FROM journal WHERE kind = 'cycle_completed' ORDER BY seq"


def _replies(world: World) -> set[str]:
    """The TCINs whose adding was answered."""
    replies = [one.text for one in world.messages() if "· Watching" in one.text]
    return {word for text in replies for word in text.split() if word.isdecimal() and len(word) == 8}


def _assert_commands_once(world: World, said: list[int]) -> None:
    bot = world.chat.token.partition(":")[0]
    done = [key for (key,) in world.rows("SELECT json_extract(body, '$.key') FROM journal WHERE kind = 'command_done'")]
    assert sorted(done) == sorted(f"tg:{bot}:{update}" for update in said)
    answers = [one for one in world.messages() if "· Watching" in one.text and MARK not in one.text]
    assert len({one.text for one in answers}) == len(answers)


def _assert_windows_alerted_once(world: World) -> None:
    windows = world.rows("SELECT id FROM restock_window WHERE tcin = ?", TROVE.tcin)
    alerts = [one for one in world.alerts() if TROVE.tcin in one.text]
    unmarked = [one for one in alerts if MARK not in one.text]
    assert len(unmarked) <= len(windows) <= len(alerts)
