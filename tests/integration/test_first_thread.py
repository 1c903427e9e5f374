"""The thread through the whole: a real process, a real store and a real Bot API server on real sockets."""

from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from tests.world import ADA, DRAGON, TROVE, World, new_world


def calm_world(folder: Path) -> AbstractAsyncContextManager[World]:
    """A check every other second and attempts that take a third of one: outcomes stand long enough to be shown."""
    return new_world(
        folder,
        STOCKBELL_MONITOR__EVERY_MIN_S="2",
        STOCKBELL_MONITOR__EVERY_MAX_S="2.2",
        STOCKBELL_PURCHASING__SIMULATED_S="0.3",
    )


async def test_a_restock_is_alerted_bought_in_practice_and_told(tmp_path: Path) -> None:
    async with calm_world(tmp_path) as world:
        world.watch(TROVE.tcin, DRAGON.tcin)
        world.say("/start")
        await world.execute()
        await world.until_status(lambda status: status["cycle_id"] >= 2)
        assert world.alerts() == []
        world.store.set(TROVE.tcin, shipping="IN_STOCK")
        await world.until_chat(lambda: world.alerts("PURCHASED"))
        (alert,) = world.alerts()
        assert alert.text.startswith("PRACTICE · ")
        assert "Illumineer's Trove" in alert.text
        assert TROVE.tcin in alert.text
        assert not alert.silent
        world.store.set(TROVE.tcin, shipping="OUT_OF_STOCK")
        await world.until_chat(lambda: world.alerts("GONE"))
        assert "Gone after" in world.alerts()[0].text
        assert len(world.alerts()) == 1
        await world.until_delivered()
        outcomes = [one for one in world.messages() if "Bought 1 for $49.99" in one.text and one not in world.alerts()]
        ((bought,),) = world.rows("SELECT count(*) FROM attempt WHERE step = 'confirmed'")
        assert 1 <= len(outcomes) <= bought  # practice goes on as long as it is in stock
        assert all(one.silent for one in outcomes)
        assert await world.stop() == 0
        assert await world.command("audit") == (0, (await world.command("audit"))[1])


async def test_a_second_instance_on_the_same_data_is_refused(tmp_path: Path) -> None:
    async with new_world(tmp_path) as world:
        world.watch(TROVE.tcin)
        await world.start()
        await world.until_status(lambda status: status["cycle_id"] >= 1)
        code, printed = await world.command("run")
        assert (code, "another instance holds" in printed) == (3, True)


async def test_an_added_product_is_in_the_file_and_watched(tmp_path: Path) -> None:
    async with new_world(tmp_path) as world:
        world.watch(TROVE.tcin)
        await world.start()
        world.say(f"/add https://www.target.com/p/dragon/-/A-{DRAGON.tcin}#lnk=sametab max=19.99 12x")
        await world.until_chat(lambda: any("Watching " in one.text for one in world.messages()))
        (reply,) = [one for one in world.messages() if "Watching " in one.text]
        assert DRAGON.tcin in reply.text
        assert "12x" not in reply.text  # beside a link, words are the shared text
        status = await world.until_status(lambda status: len(status["products"]) == 2)
        assert [one["tcin"] for one in status["products"]] == [TROVE.tcin, DRAGON.tcin]
        assert DRAGON.tcin in (world.data / "watchlist.toml").read_text()


async def test_the_board_is_pinned_and_edited_every_cycle(tmp_path: Path) -> None:
    async with new_world(tmp_path) as world:
        world.watch(TROVE.tcin)
        world.say("/board")
        await world.start()
        await world.until_chat(lambda: any(one.pinned for one in world.messages()))
        (board,) = [one for one in world.messages() if one.pinned]
        await world.until_chat(lambda: world.chat.messages(ADA.id)[-1].edits >= 2)
        shown = next(one for one in world.messages() if one.message_id == board.message_id)
        assert shown.text != board.text
        assert "check " in shown.text


@pytest.mark.guards("purchasing", "the stop's file and its row")
async def test_a_stop_outlives_a_kill_and_is_lifted_only_with_the_code(tmp_path: Path) -> None:
    async with calm_world(tmp_path) as world:
        world.watch(TROVE.tcin)
        await world.start()
        await world.until_status(lambda status: status["cycle_id"] >= 1)
        world.say("/stop")
        await world.until_status(lambda status: status["stopped"])
        await world.kill()
        assert (world.data / "EMERGENCY_STOP").exists()
        world.store.set(TROVE.tcin, shipping="IN_STOCK")
        await world.start()
        await world.until_chat(lambda: world.alerts("IN STOCK"))
        assert (await world.status())["slot"] is None
        asked = await world.ask("/rearm", "within 60 s")
        code = asked.text.partition("/rearm ")[2][:4]
        world.say(f"/rearm {code}")
        await world.until_chat(lambda: world.alerts("PURCHASED"))
        assert not (world.data / "EMERGENCY_STOP").exists()


async def test_a_stop_closes_the_gate_while_a_reply_waits_out_a_flood_and_the_store_hangs(tmp_path: Path) -> None:
    async with new_world(tmp_path, STOCKBELL_PURCHASING__SIMULATED_S="20") as world:
        world.watch(TROVE.tcin)
        world.say("/start")
        world.store.set(TROVE.tcin, shipping="IN_STOCK")
        await world.start()
        await world.until_status(lambda status: status["slot"] is not None)
        world.store.faults.hang = True
        world.chat.faults.flood(ADA.id, seconds=30)
        world.say("/status")
        await world.until_chat(lambda: any(call.status == 429 for call in world.chat.calls))
        world.say("/stop")
        status = await world.until_status(lambda status: status["stopped"] and status["slot"] is None)
        assert status["products"][0]["purchase"] == "failed"
        await world.kill()
        world.store.faults.hang = False
        await world.start()
        status = await world.until_status(lambda status: status["cycle_id"] > 1)
        assert status["stopped"]
        ((step, why),) = world.rows("SELECT step, why FROM attempt")
        assert (step, "stopped by" in why) == ("abandoned", True)


async def test_the_status_tells_the_same_next_check_as_the_event_of_the_cycle(tmp_path: Path) -> None:
    async with calm_world(tmp_path) as world:
        world.watch(TROVE.tcin)
        await world.start()
        status = await world.until_status(lambda status: status["cycle_id"] >= 1)
        told = "SELECT json_extract(body, '$.next_check_at') FROM journal WHERE json_extract(body, '$.cycle_id') = ?"
        assert world.rows(told, status["cycle_id"]) == [(status["next_check_at"],)]
