"""The store in every kind of trouble: what is known stays, blindness is told once and its end once, nothing dies."""

from collections.abc import AsyncGenerator
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from config.products import BuyMode
from sandbox.chat import Message
from sandbox.faults import Drop, Faults, Wall
from sandbox.store import Item
from tests.world import ADA, BULK, DRAGON, TROVE, World, new_world

pytestmark = pytest.mark.asyncio(loop_scope="module")

KEYS = count(1)
#: What is told of blindness, whatever it comes from.
BLIND = "until then I show what I last saw"
SHORT = {
    "STOCKBELL_TARGET__TIMEOUT_S": "1",
    "STOCKBELL_MONITOR__CIRCUIT_PAUSE_S": "1",
    "STOCKBELL_MONITOR__EVERY_MIN_S": "0.2",
    "STOCKBELL_MONITOR__EVERY_MAX_S": "0.3",
}
CROWD = tuple(Item(tcin=f"200000{n:02d}", title=f"One of many {n}") for n in range(60))

#: Everything that makes a whole cycle fail.
TROUBLES = {
    "429": Faults(status=429),
    "502": Faults(status=502),
    "503": Faults(status=503),
    "500": Faults(status=500),
    "410": Faults(status=410),
    "400": Faults(status=400),
    "hang": Faults(hang=True),
    "slower than the time-out": Faults(latency=5),
    "cut before": Faults(drop=Drop.BEFORE),
    "cut after": Faults(drop=Drop.AFTER),
    "cut-off JSON": Faults(rubbish=True),
    "nothing but partial": Faults(partial=1),
}
WALLS = {"JSON": Wall.JSON_403, "HTML": Wall.HTML_200, "435": Wall.STATUS_435}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[World]:
    """TROVE is in stock and was alerted, DRAGON is not."""
    async with _new_world(tmp_path_factory.mktemp("faults")) as world:
        world.watch(TROVE.tcin, DRAGON.tcin, buy=BuyMode.ALERT)
        world.store.set(TROVE.tcin, shipping="IN_STOCK")
        await world.start()
        await world.ask("/start", "You are owner")
        await world.until_chat(lambda: world.alerts("IN STOCK"))
        yield world


def _new_world(folder: Path, **settings: str) -> Any:
    return new_world(folder, items=(TROVE, DRAGON, *CROWD), people=(ADA,), groups=(), **{**SHORT, **settings})


async def _listener(world: World) -> int:
    """Somebody new who hears all that is told from now on, in a chat of their own."""
    owner = 2000 + next(KEYS)
    invitation = await world.ask("/invite viewer", "/start ")
    await world.ask(f"/start {invitation.text.partition('/start ')[2][:8]}", "You are viewer", person=owner)
    return owner


def _news(world: World, person: int, *words: str) -> list[Message]:
    return [one for one in world.messages(person) if any(word in one.text for word in words)]


async def _goes_blind_and_sees_again(world: World, faults: Faults) -> None:
    hearer = await _listener(world)
    before = await world.until_status(lambda status: status["blind_since"] is None)
    world.store.faults = faults
    blind = await world.until_status(lambda status: status["blind_since"])
    assert _stock(blind) == _stock(before) == {TROVE.tcin: "in_stock", DRAGON.tcin: "out_of_stock"}
    assert (await world.get("/health")).status_code == 200
    await world.until_health("blind: ")
    told = await world.answer(hearer, BLIND, after=0)
    assert not told.silent
    world.store.faults = Faults()
    await world.until_status(lambda status: status["blind_since"] is None)
    await world.answer(hearer, "I can see Target again", after=told.message_id)
    await world.until_health()
    after = await world.until_status(lambda status: status["last_good_check_at"] > blind["blind_since"])
    assert _stock(after) == _stock(before)
    assert (len(_news(world, hearer, BLIND)), len(_news(world, hearer, "I can see Target again"))) == (1, 1)
    assert len(world.alerts()) == 1


def _stock(status: dict[str, Any]) -> dict[str, str]:
    return {one["tcin"]: one["stock"] for one in status["products"]}


@pytest.mark.parametrize("trouble", TROUBLES)
async def test_after_three_failed_cycles_it_is_blind_until_the_store_answers_again(world: World, trouble: str) -> None:
    failed = (
        "SELECT count(*) FROM journal WHERE kind = 'cycle_completed' AND json_extract(body, '$.failed') IS NOT NULL"
    )
    before = world.rows(failed)[0][0]
    await _goes_blind_and_sees_again(world, TROUBLES[trouble])
    assert world.rows(failed)[0][0] - before >= 3


@pytest.mark.parametrize("wall", WALLS)
async def test_one_wall_is_enough_to_stop_asking(world: World, wall: str) -> None:
    await _goes_blind_and_sees_again(world, Faults(wall=WALLS[wall]))


async def test_cycles_are_numbered_without_gaps_through_all_troubles(world: World) -> None:
    told = "SELECT json_extract(body, '$.cycle_id') FROM journal WHERE kind = 'cycle_completed' ORDER BY seq"
    numbers = [row[0] for row in world.rows(told)]
    assert numbers == list(range(1, len(numbers) + 1))


async def test_the_wall_in_one_call_of_many_is_enough_and_the_others_answers_are_used(tmp_path: Path) -> None:
    async with _new_world(tmp_path, STOCKBELL_MONITOR__CIRCUIT_PAUSE_S="60") as world:
        world.watch(*(item.tcin for item in CROWD), buy=BuyMode.ALERT)
        world.store.faults = Faults(wall=Wall.JSON_403, only=BULK, times=1)
        await world.start()
        status = await world.until_status(lambda status: status["blind_since"])
        known = [one for one in status["products"] if one["stock"] != "unknown"]
        assert len(known) == 40


# ---- troubles that pass


async def test_a_wait_that_the_store_asks_for_is_waited_and_is_no_blindness(tmp_path: Path) -> None:
    async with _new_world(tmp_path) as world:
        world.watch(TROVE.tcin)
        await world.start()
        await world.until_status(lambda status: status["cycle_id"] >= 2)
        world.store.faults = Faults(status=429, retry_after=3, only=BULK, times=1)
        await world.until_rows([(1,)], _FAILED)
        throttled = max(at for at, call in enumerate(world.store.calls) if call.status == 429)
        following = await world.until_called(BULK, after=throttled + 1)
        assert following.at - world.store.calls[throttled].at >= 2.9
        await world.until_status(lambda status: status["blind_since"] is None)
        assert world.rows("SELECT count(*) FROM journal WHERE kind = 'blind'") == [(0,)]


@pytest.mark.parametrize(("asked_for", "minutes"), [("inf", 15), (3600, 60)])
async def test_a_wait_that_blinds_is_told_at_once_with_its_end(
    tmp_path: Path, asked_for: int | str, minutes: int
) -> None:
    async with _new_world(tmp_path, STOCKBELL_TIMEZONE="UTC") as world:
        world.watch(TROVE.tcin)
        await world.start()
        await world.ask("/start", "You are owner")
        world.store.faults = Faults(status=429, retry_after=asked_for, only=BULK)
        told = await world.answer(ADA.id, BLIND, after=0)
        status = await world.until_status(lambda status: status["blind_since"])
        ends = datetime.fromisoformat(status["blind_since"]) + timedelta(minutes=minutes)
        assert f"{ends:%H:%M}; until then" in told.text
        assert "Target asks me to slow down" in told.text


_FAILED = "SELECT count(*) FROM journal WHERE kind = 'cycle_completed' AND json_extract(body, '$.failed') IS NOT NULL"


async def test_one_bad_gateway_is_asked_again_within_the_same_cycle(tmp_path: Path) -> None:
    async with _new_world(tmp_path) as world:
        world.watch(TROVE.tcin)
        await world.start()
        await world.until_status(lambda status: status["cycle_id"] >= 2)
        for faults in (
            Faults(status=502, only=BULK, times=1),
            Faults(status=503, only=BULK, times=1),
            Faults(drop=Drop.AFTER, only=BULK, times=1),
        ):
            world.store.faults = faults
            cycle = (await world.status())["cycle_id"]
            await world.until_status(lambda status, cycle=cycle: status["cycle_id"] >= cycle + 3)
        assert world.rows(_FAILED) == [(0,)]


async def test_a_product_that_makes_calls_fail_hides_nobody_else(tmp_path: Path) -> None:
    async with _new_world(tmp_path) as world:
        world.watch(TROVE.tcin, *(item.tcin for item in CROWD[:20]), buy=BuyMode.ALERT)
        culprit = CROWD[7].tcin
        world.store.faults.refuse_tcins = [culprit]
        await world.start()
        status = await world.until_status(lambda status: list(_stock(status).values()).count("unknown") == 1)
        assert _stock(status)[culprit] == "unknown"
        world.store.set(TROVE.tcin, shipping="IN_STOCK")
        await world.until_status(lambda status: _stock(status)[TROVE.tcin] == "in_stock")
        assert (await world.status())["blind_since"] is None


async def test_a_refused_key_fails_over_to_the_next_and_to_that_of_the_page(tmp_path: Path) -> None:
    wrong = "0" * 40
    async with _new_world(tmp_path) as world:
        given = world.store.api_key
        world.settings["STOCKBELL_TARGET__API_KEYS"] = f'["{wrong}", "{given}"]'
        world.watch(TROVE.tcin)
        await world.start()
        await world.until_status(lambda status: status["cycle_id"] >= 2)
        keys = [call.key for call in world.store.calls if call.path.startswith(BULK)]
        assert (keys[0], keys[1], keys[-1]) == (wrong, given, given)
        world.store.rotate_key()
        world.store.set(TROVE.tcin, shipping="IN_STOCK")
        await world.until_status(lambda status: _stock(status)[TROVE.tcin] == "in_stock")
        assert world.rows(_FAILED) == [(0,)]
        for key in (given, world.store.api_key):
            assert key not in world.log.read_text()


async def test_a_blind_service_goes_on_being_blind_after_a_restart_and_tells_it_no_second_time(tmp_path: Path) -> None:
    async with _new_world(tmp_path, STOCKBELL_MONITOR__CIRCUIT_PAUSE_S="4") as world:
        world.watch(TROVE.tcin, buy=BuyMode.ALERT)
        world.store.set(TROVE.tcin, shipping="IN_STOCK")
        await world.start()
        await world.ask("/start", "You are owner")
        await world.until_chat(lambda: world.alerts("IN STOCK"))
        world.store.faults.wall = Wall.JSON_403
        blind = await world.until_status(lambda status: status["blind_since"])
        await world.until_chat(lambda: _news(world, ADA.id, BLIND))
        await world.until_delivered()
        await world.kill()
        calls, walled_at = len(world.store.calls), next(call.at for call in world.store.calls if call.status == 403)
        await world.start()
        again = await world.until_status(lambda status: status["blind_since"])
        assert again["blind_since"] == blind["blind_since"]
        assert _stock(again) == {TROVE.tcin: "in_stock"}
        world.store.faults = Faults()
        probe = await world.until_asked(more_than=calls)
        assert probe.at - walled_at > 3.5
        await world.until_chat(lambda: _news(world, ADA.id, "I can see Target again"))
        assert len(_news(world, ADA.id, BLIND)) == 1
        assert len(world.alerts()) == 1


async def test_an_open_window_outlives_restarts_and_troubles_without_a_second_alert(tmp_path: Path) -> None:
    async with _new_world(tmp_path) as world:
        world.watch(TROVE.tcin, buy=BuyMode.ALERT)
        world.store.set(TROVE.tcin, shipping="IN_STOCK")
        await world.start()
        await world.ask("/start", "You are owner")
        await world.until_chat(lambda: world.alerts("IN STOCK"))
        await world.until_delivered()
        for faults in (Faults(status=503), Faults(partial=1), Faults()):
            await world.kill()
            world.store.faults = faults
            calls = len(world.store.calls)
            await world.start()
            await world.until_asked(more_than=calls + 1)
        await world.until_status(lambda status: status["blind_since"] is None)
        world.store.set(TROVE.tcin, shipping="OUT_OF_STOCK")
        await world.until_chat(lambda: world.alerts("GONE"))
        assert len(world.alerts()) == 1
