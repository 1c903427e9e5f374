"""After a time in which nobody was heard: one summary of what was missed, honoured and refused."""

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from tests.integration.test_e2e_live import LIVE, alert_with_buttons, button, live_world
from tests.world import ADA, DRAGON, TROVE, World, new_world

AWAY = timedelta(hours=3)


def was_down_for_hours(world: World) -> None:
    """Have all that the stopped service wrote be three hours older, and so the last sign of life and of contact."""
    with closing(sqlite3.connect(world.data / "stockbell.db")) as db:
        db.execute("UPDATE journal SET at = strftime('%Y-%m-%dT%H:%M:%fZ', at, '-3 hours')")
        db.execute(
            "UPDATE control SET value = '\"' || strftime('%Y-%m-%dT%H:%M:%fZ', trim(value, '\"'), '-3 hours') || '\"'"
            " WHERE what = 'contact'"
        )
        db.commit()


def summaries(world: World) -> list[str]:
    return [one.text for one in world.messages() if "While I was away" in one.text]


async def test_what_waited_while_the_service_was_down_is_summed_up_once_and_an_old_tap_buys_nothing(
    tmp_path: Path,
) -> None:
    async with live_world(tmp_path, TROVE.tcin) as world:
        world.store.set(TROVE.tcin, shipping="IN_STOCK")
        await world.until_chat(lambda: alert_with_buttons(world))
        await world.until_delivered()
        alert = alert_with_buttons(world)
        await world.kill()
        was_down_for_hours(world)
        world.chat.press(ADA.id, alert.message_id, button(alert, "Buy"))
        world.chat.say(ADA.id, f"/add {DRAGON.tcin}", ago=timedelta(hours=2))
        world.chat.say(ADA.id, "/refresh", ago=timedelta(hours=1))
        await world.start(*LIVE)
        await world.until_chat(lambda: summaries(world))
        (summary,) = summaries(world)
        assert summary.startswith("LIVE · While I was away: 3 h")
        assert "I was off, and saw nothing" in summary
        assert f"In stock when I last looked\n• Illumineer's Trove · {TROVE.tcin}" in summary
        assert "✅ /add by Ada, 2 h" in summary
        assert "✖️ /refresh by Ada: " in summary
        assert "✖️ /buy by Ada" in summary
        assert "I was out of touch when you pressed it" in summary
        assert world.store.orders == []
        await world.until_delivered()
        await world.kill()
        await world.start(*LIVE)
        await world.ask("/version", "Stockbell")
        assert len(summaries(world)) == 1


@pytest.mark.guards("bot", "a start reckons from the last contact")
async def test_a_start_that_is_killed_before_it_heard_anybody_does_not_make_an_old_tap_new(tmp_path: Path) -> None:
    async with live_world(tmp_path, TROVE.tcin) as world:
        world.store.set(TROVE.tcin, shipping="IN_STOCK")
        await world.until_chat(lambda: alert_with_buttons(world))
        await world.until_delivered()
        alert = alert_with_buttons(world)
        await world.kill()
        was_down_for_hours(world)
        world.chat.press(ADA.id, alert.message_id, button(alert, "Buy"))
        world.chat.faults.down = True
        await world.start(*LIVE)
        await world.until_health("Telegram: ")
        await world.kill()
        world.chat.faults.clear()
        await world.start(*LIVE)
        await world.until_chat(lambda: summaries(world))
        assert "✖️ /buy by Ada" in summaries(world)[0]
        assert world.store.orders == []


async def test_a_restock_that_came_and_went_unheard_is_named(tmp_path: Path) -> None:
    async with new_world(tmp_path) as world:
        world.watch(TROVE.tcin)
        await world.start()
        await world.ask("/start", "You are owner")
        await world.kill()
        was_down_for_hours(world)
        world.chat.faults.down = True
        await world.start()
        await world.until_status(lambda status: status["cycle_id"] >= 1)
        world.store.set(TROVE.tcin, shipping="IN_STOCK")
        await world.until_rows([(1,)], "SELECT count(*) FROM restock_window")
        world.store.set(TROVE.tcin, shipping="OUT_OF_STOCK")
        await world.until_rows([(1,)], "SELECT count(*) FROM restock_window WHERE closed_at IS NOT NULL")
        world.chat.faults.clear()
        await world.until_chat(lambda: summaries(world))
        assert f"Came and went\n• Illumineer's Trove · {TROVE.tcin}, gone after" in summaries(world)[0]
        assert "Nobody had asked for anything." in summaries(world)[0]
