"""What a person steers: pause, refresh, stop, rearm, cancel; over restarts, and when it comes late."""

import asyncio
import re
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from pathlib import Path

from config.clock import utc_now
from sandbox.chat import Person
from sandbox.store import Wall
from tests.world import ADA, DRAGON, TROVE, World, new_world

BEA = Person(id=1002, first_name="Bea", started=True)
CAL = Person(id=1003, first_name="Cal", started=True)
LATE = timedelta(minutes=5)


def three_owners(folder: Path, **settings: str) -> AbstractAsyncContextManager[World]:
    """Each speaks in a chat of their own, so that no chat's pace holds a test up."""
    three = (ADA, BEA, CAL)
    settings = {"STOCKBELL_TELEGRAM__OWNERS": f"[{ADA.id}, {BEA.id}, {CAL.id}]", **settings}
    return new_world(folder, people=three, items=(TROVE, DRAGON), groups=(), **settings)


async def _rests(world: World, seconds: float, *, under_way: int = 0) -> bool:
    """Whether the store hears nothing for so long, but for so many cycles that were under way, from now on."""
    before = len(world.bulk_calls())
    await asyncio.sleep(seconds)
    heard = len(world.bulk_calls())
    if before < heard <= before + under_way:
        return await _rests(world, seconds)
    return heard == before


async def _new_cycles(world: World) -> None:
    """Until a cycle has ended that began after this call."""
    under_way = (await world.status())["cycle_id"] + 1
    await world.until_status(lambda status: status["cycle_id"] > under_way)


async def _is_asked_for(world: World, tcin: str) -> None:
    """A call from now on names this product."""
    after = len(world.store.calls)
    while tcin not in (await world.until_asked(more_than=after)).tcins:
        after += 1


async def _code(world: World, command: str, *, person: int = ADA.id) -> str:
    asked = await world.ask(f"/{command}", "within 60 s", person=person)
    return asked.text.partition(f"/{command} ")[2][:4]


# ---- pause, resume, refresh


async def test_a_pause_holds_over_a_restart_until_resume_which_asks_at_once(tmp_path: Path) -> None:
    async with three_owners(tmp_path) as world:
        world.watch(TROVE.tcin)
        await world.start()
        await world.until_status(lambda status: status["cycle_id"] >= 1)
        told = await world.ask("/pause", "Everything is paused")
        assert told.text.startswith("PRACTICE")
        assert await _rests(world, 1.2, under_way=1)
        await world.kill()
        calls = len(world.store.calls)
        await world.start()
        status = await world.until_status(lambda status: status["paused"])
        await world.until_reasons("paused")
        assert "Paused" in (await world.ask("/status", "check ", person=BEA.id)).text
        assert await _rests(world, 1.2)
        assert (await world.status())["cycle_id"] == status["cycle_id"]
        await world.ask("/resume", "I am checking again", person=CAL.id)
        await world.answer(ADA.id, f"{CAL.first_name} ended the pause", after=0)
        await world.until_asked(more_than=calls)


async def test_a_pause_with_an_end_ends_by_itself_and_outlives_a_kill(tmp_path: Path) -> None:
    async with new_world(tmp_path) as world:
        world.watch(TROVE.tcin)
        await world.start()
        await world.until_status(lambda status: status["cycle_id"] >= 1)
        await world.ask("/pause 5s", "Everything is paused until ")
        await world.kill()
        ((ends,),) = world.rows("SELECT json_extract(body, '$.value') FROM journal WHERE kind = 'control_changed'")
        left = (datetime.fromisoformat(ends) - utc_now()).total_seconds()
        ends_at, calls = asyncio.get_running_loop().time() + left, len(world.store.calls)
        await world.start()
        first = await world.until_asked(more_than=calls)
        assert first.at >= ends_at - 0.01  # two clocks
        await world.until_status(lambda status: not status["paused"])


async def test_one_product_rests_while_the_others_are_asked(tmp_path: Path) -> None:
    async with three_owners(tmp_path) as world:
        world.watch(TROVE.tcin, DRAGON.tcin)
        await world.start()
        await world.until_status(lambda status: status["cycle_id"] >= 1)
        told = await world.ask(f"/pause {DRAGON.tcin} 2h", DRAGON.tcin)
        assert "Ember the Dragon" in told.text
        await _new_cycles(world)
        before = len(world.store.calls)
        await world.until_asked(more_than=before + 1)
        await world.kill()
        await world.start()
        await world.until_asked(more_than=len(world.store.calls) + 1)
        assert {call.tcins for call in world.store.calls[before:]} == {(TROVE.tcin,)}
        assert "it is paused" in (await world.ask(f"/why {DRAGON.tcin}", "•", person=BEA.id)).text
        await world.ask(f"/resume {DRAGON.tcin}", "I am checking again", person=CAL.id)
        await _is_asked_for(world, DRAGON.tcin)


async def test_a_running_attempt_outlives_a_pause_and_none_starts_in_it(tmp_path: Path) -> None:
    async with three_owners(tmp_path, STOCKBELL_PURCHASING__SIMULATED_S="4") as world:
        world.watch(TROVE.tcin)
        world.store.set(TROVE.tcin, shipping="IN_STOCK")
        await world.start()
        await world.until_status(lambda status: status["slot"])
        await world.ask("/pause", "Everything is paused")
        await world.until_status(lambda status: status["slot"] is None)
        before = (await world.status())["cycle_id"]
        await world.ask("/refresh", "I am checking now", person=BEA.id)
        await world.until_status(lambda status: status["cycle_id"] > before)
        assert world.rows("SELECT step FROM attempt") == [("confirmed",)]
        assert (await world.status())["paused"]


async def test_refresh_asks_once_and_at_once_even_when_paused(tmp_path: Path) -> None:
    async with three_owners(
        tmp_path, STOCKBELL_MONITOR__EVERY_MIN_S="600", STOCKBELL_MONITOR__EVERY_MAX_S="600"
    ) as world:
        world.watch(TROVE.tcin)
        await world.start()
        await world.until_status(lambda status: status["cycle_id"] == 1)
        await world.ask("/refresh", "I am checking now")
        await world.until_status(lambda status: status["cycle_id"] == 2)
        await world.ask("/pause", "Everything is paused", person=BEA.id)
        calls = len(world.bulk_calls())
        await world.ask("/check", "I am checking now", person=CAL.id)
        await world.until_status(lambda status: status["cycle_id"] == 3)
        assert len(world.bulk_calls()) == calls + 1


async def test_behind_an_open_circuit_refresh_is_refused_and_resume_asks_nothing(tmp_path: Path) -> None:
    async with three_owners(tmp_path) as world:
        world.watch(TROVE.tcin)
        world.store.faults.wall = Wall.JSON_403
        await world.start()
        await world.until_status(lambda status: status["blind_since"])
        calls = len(world.bulk_calls())
        told = await world.ask("/refresh", "/refresh was not done")
        assert "I am not checking at the moment" in told.text
        await world.ask("/resume", "I am checking again", person=BEA.id)
        assert await _rests(world, 1)
        assert len(world.bulk_calls()) == calls


# ---- stop and rearm


async def test_stop_has_three_names_and_a_button_and_resume_does_not_lift_it(tmp_path: Path) -> None:
    async with three_owners(tmp_path) as world:
        world.watch(TROVE.tcin)
        await world.start()
        await world.until_status(lambda status: status["cycle_id"] >= 1)
        await world.ask("/start", "You are owner")
        await world.ask("🛑 Stop buying", "Buying is off")
        assert (await world.status())["stopped"]
        for person, name in ((ADA, "estop"), (BEA, "x"), (CAL, "stop")):
            told = await world.ask(f"/{name}", "Buying was off already", person=person.id)
            assert "turned off by Ada" in told.text
        await world.ask("/resume", "Buying stays off", person=BEA.id)
        assert (await world.status())["stopped"]
        assert "Buying is off (turned off by Ada)" in (await world.ask("/status", "check ", person=CAL.id)).text


async def test_a_stop_is_told_to_everybody_else_with_sound(tmp_path: Path) -> None:
    async with three_owners(tmp_path) as world:
        world.watch(TROVE.tcin)
        await world.start()
        await world.ask("/start", "You are owner", person=BEA.id)
        world.say("/stop")
        news = await world.answer(BEA.id, "stopped it", after=0)
        assert not news.silent
        assert "Ada" in news.text or str(ADA.id) in news.text


async def test_rearm_takes_the_code_once_from_the_one_who_asked_and_no_other_code(tmp_path: Path) -> None:
    async with three_owners(tmp_path) as world:
        world.watch(TROVE.tcin)
        await world.start()
        await world.ask("/stop", "Buying is off")
        code = await _code(world, "rearm", person=BEA.id)
        wrong = f"{(int(code) + 1) % 10_000:04d}"
        await world.ask(f"/rearm {wrong}", "the code is wrong or too old", person=BEA.id)
        await world.ask(f"/rearm {code}", "the code is wrong or too old", person=BEA.id)
        code = await _code(world, "rearm", person=BEA.id)
        await world.ask(f"/rearm {code}", "the code is wrong or too old", person=CAL.id)
        code = await _code(world, "rearm", person=BEA.id)
        await world.ask(f"/mode simulate {code}", "the code is wrong or too old", person=BEA.id)
        assert (await world.status())["stopped"]
        assert (world.data / "EMERGENCY_STOP").exists()
        code = await _code(world, "rearm", person=CAL.id)
        await world.ask(f"/rearm {code}", "Buying is on again", person=CAL.id)
        assert not (await world.status())["stopped"]
        assert not (world.data / "EMERGENCY_STOP").exists()
        await world.ask(f"/rearm {code}", "the code is wrong or too old", person=CAL.id)


async def test_a_stop_is_not_undone_by_what_was_said_before_it(tmp_path: Path) -> None:
    async with three_owners(tmp_path, STOCKBELL_PURCHASING__SIMULATED_S="0.1") as world:
        world.watch(TROVE.tcin)
        await world.start()
        await world.ask("/stop", "Buying is off")
        code = await _code(world, "rearm")
        world.store.set(TROVE.tcin, shipping="IN_STOCK")
        world.say(f"/rearm {code}")
        for _ in range(40):
            world.chat.say(BEA.id, f"/add {DRAGON.tcin}")
        world.chat.say(CAL.id, "/stop")
        await world.answer(ADA.id, "a stop came after it", after=0)
        await _new_cycles(world)
        assert (await world.status())["stopped"]
        assert (world.data / "EMERGENCY_STOP").exists()
        assert world.rows("SELECT count(*) FROM attempt") == [(0,)]


async def test_a_pause_in_reply_to_an_alert_is_for_its_product(tmp_path: Path) -> None:
    async with new_world(tmp_path) as world:
        world.watch(TROVE.tcin, DRAGON.tcin)
        world.say("/start")
        world.store.set(TROVE.tcin, shipping="IN_STOCK")
        await world.start()
        await world.until_chat(world.alerts)
        (alert,) = world.alerts()
        world.chat.say(ADA.id, "/pause 2h", reply_to=alert.message_id)
        told = await world.answer(ADA.id, "Paused until", after=alert.message_id)
        assert TROVE.tcin in told.text
        listed = await world.ask("/list", "of 2 in stock")
        assert [line[:4] for line in listed.text.splitlines()[1:]] == ["1. ⏸", "2. ⚪"]
        assert (await world.status())["paused"] is False


# ---- what comes late


async def test_what_waited_while_the_service_was_down_is_honoured_or_refused_by_its_kind(tmp_path: Path) -> None:
    async with three_owners(tmp_path) as world:
        world.watch(TROVE.tcin, DRAGON.tcin)
        for text in ("/resume", "/rearm", "/mode simulate", "/refresh"):
            world.chat.say(ADA.id, text, ago=LATE)
        world.chat.say(BEA.id, f"/remove {DRAGON.tcin}", ago=LATE)
        world.chat.say(BEA.id, "/pause", ago=LATE)
        world.chat.say(CAL.id, f"/set {TROVE.tcin} max=40", ago=LATE)
        world.chat.say(CAL.id, "/stop", ago=LATE)
        await world.start()
        for name in ("resume", "rearm", "mode", "refresh"):
            told = await world.answer(ADA.id, f"/{name} was not done", after=0)
            assert re.search(r"it came 5 m( \d+ s)? late; send it again", told.text)
        await world.answer(BEA.id, "No longer watched", after=0)
        await world.answer(BEA.id, "I check nothing", after=0)
        await world.answer(CAL.id, "Changed: max", "You sent that 5 m", after=0)
        status = await world.status()
        assert (status["stopped"], status["paused"], len(status["products"])) == (True, True, 1)


# ---- the attempt


async def test_cancel_calls_the_attempt_off_before_its_button(tmp_path: Path) -> None:
    async with three_owners(tmp_path, STOCKBELL_PURCHASING__SIMULATED_S="20") as world:
        world.watch(TROVE.tcin, DRAGON.tcin)
        await world.start()
        await world.until_status(lambda status: status["cycle_id"] >= 1)
        assert "nothing is being bought" in (await world.ask("/cancel", "was not done")).text
        world.store.set(TROVE.tcin, shipping="IN_STOCK")
        world.store.set(DRAGON.tcin, shipping="IN_STOCK")
        await world.until_status(lambda status: status["slot"])
        slot = await world.ask("/slot", "attempt 1", person=BEA.id)
        assert "Illumineer's Trove" in slot.text
        assert f"Next: Ember the Dragon · {DRAGON.tcin}" in slot.text
        await world.ask("/cancel", "Called off (attempt 1)", TROVE.tcin, person=CAL.id)
        await world.until_status(lambda status: status["slot"] and status["slot"]["tcin"] == DRAGON.tcin)
        assert world.rows("SELECT step, why FROM attempt WHERE id = 1") == [("abandoned", "cancelled by Cal")]


# ---- undo


async def test_undo_survives_a_kill_and_works_once(tmp_path: Path) -> None:
    async with new_world(tmp_path) as world:
        world.watch(TROVE.tcin)
        await world.start()
        told = await world.ask(f"/add {DRAGON.tcin}", "Watching")
        await world.kill()
        await world.start()
        await world.press(told, "Undo", "Undone")
        assert [one["tcin"] for one in (await world.status())["products"]] == [TROVE.tcin]
        await world.kill()
        await world.start()
        await world.press(told, "Undo", "Ada has used this button already")


async def test_removing_all_asks_first_and_its_undo_brings_all_back_in_order(tmp_path: Path) -> None:
    async with three_owners(tmp_path) as world:
        world.watch(TROVE.tcin, DRAGON.tcin)
        await world.start()
        asked = await world.ask("/remove all", "Remove all ", "2")
        assert len((await world.status())["products"]) == 2
        gone = await world.press(asked, "Yes, remove all 2", "No longer watched: 2")
        assert (await world.status())["products"] == []
        await world.until_reasons("nothing is watched")
        assert "Nothing is watched" in (await world.ask("/remove all", "was not done", person=BEA.id)).text
        assert "Nothing is watched yet" in (await world.ask("/list", person=CAL.id)).text
        await world.press(gone, "Undo", "Undone")
        assert [one["tcin"] for one in (await world.status())["products"]] == [TROVE.tcin, DRAGON.tcin]


async def test_removing_all_removes_what_was_asked_about_and_not_what_came_since(tmp_path: Path) -> None:
    async with three_owners(tmp_path) as world:
        world.watch(TROVE.tcin)
        await world.start()
        asked = await world.ask("/remove all", "Remove all ", "1")
        await world.ask(f"/add {DRAGON.tcin}", "Watching", person=BEA.id)
        await world.press(asked, "Yes", "No longer watched")
        assert [one["tcin"] for one in (await world.status())["products"]] == [DRAGON.tcin]
