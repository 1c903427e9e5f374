"""What each chat chose to hear, a question that rings once more, and the summary of a day, on the wire."""

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from config.clock import utc_now
from config.products import BuyMode
from sandbox.chat import Group, Kind, Message, Person
from tests.integration.test_e2e_live import LIVE, alert_with_buttons, button, live_world
from tests.world import ADA, DRAGON, TROVE, World, data_of, new_world

BEA = Person(id=1002, first_name="Bea", started=True)
VERA = Person(id=3001, first_name="Vera", started=True)
HOME = Group(id=-7, title="Home", kind=Kind.GROUP)
PEOPLE: dict[str, Any] = {"STOCKBELL_TELEGRAM__OPERATORS": f"[{BEA.id}]", "STOCKBELL_TELEGRAM__VIEWERS": f"[{VERA.id}]"}


def sent(world: World, chat: int, *words: str) -> list[Mapping[str, Any]]:
    """What the bot sent there as new messages that hold all these words, as it stood on the wire."""
    calls = [
        call.params for call in world.chat.calls if call.method.lower() in {"sendmessage", "sendphoto"} and call.ok
    ]
    texts = [(one, one.get("text") or one.get("caption") or "") for one in calls if int(one["chat_id"]) == chat]
    return [one for one, text in texts if all(word in text for word in words)]


def sounds(world: World, chat: int, *words: str) -> list[bool]:
    """Whether each of these came with a sound."""
    return [str(one.get("disable_notification", "false")).lower() != "true" for one in sent(world, chat, *words)]


async def press_in_place(world: World, message: Message, label: str, words: str) -> Message:
    """Whose chat it is presses the button; the same message, once it holds these words."""

    def changed() -> list[Message]:
        shown = world.messages(message.chat_id)
        return [one for one in shown if one.message_id == message.message_id and words in one.text]

    world.chat.press(message.chat_id, message.message_id, data_of(message, label), chat=message.chat_id)
    await world.until_chat(changed)
    return changed()[0]


async def restock(world: World, tcin: str) -> None:
    """It comes into stock, and Vera, who chose nothing, is told."""
    before = len(sent(world, VERA.id, "IN STOCK", tcin))
    world.store.set(tcin, shipping="IN_STOCK")
    await world.until_chat(lambda: len(sent(world, VERA.id, "IN STOCK", tcin)) > before)


async def sell_out(world: World, tcin: str) -> None:
    closed = len(world.rows("SELECT id FROM restock_window WHERE closed_at IS NOT NULL AND tcin = ?", tcin))
    world.store.set(tcin, shipping="OUT_OF_STOCK")
    await world.until_rows(
        [(closed + 1,)], "SELECT count(*) FROM restock_window WHERE closed_at IS NOT NULL AND tcin = ?", tcin
    )


async def test_a_restock_comes_to_each_chat_as_it_chose_and_off_holds_until_the_next_one(tmp_path: Path) -> None:
    async with new_world(tmp_path, people=(ADA, BEA, VERA), groups=(HOME,), **PEOPLE) as world:
        world.settings["STOCKBELL_TELEGRAM__GROUPS"] = f"[{HOME.id}]"
        world.watch(TROVE.tcin, buy=BuyMode.ALERT)
        await world.start()
        for person in (ADA, BEA, VERA):
            await world.ask("/start", "You are", person=person.id)
        await world.ask("/alerts restock silent", "🔕 restock")
        shown = await world.ask("/alerts", "🔔 restock", person=BEA.id)
        silent = await press_in_place(world, shown, "restock", "🔕 restock")
        await press_in_place(world, silent, "restock", "🚫 restock")
        await world.ask("/alerts restock off", "operators choose this", person=VERA.id, chat=HOME.id)
        await restock(world, TROVE.tcin)
        await world.until_chat(lambda: sent(world, HOME.id, "IN STOCK"))
        chats = (ADA.id, BEA.id, VERA.id, HOME.id)
        assert [sounds(world, chat, "IN STOCK") for chat in chats] == [[False], [], [True], [True]]
        # Who got none of this restock gets none in its middle, and all of the next one.
        await world.ask("/alerts restock on", "🔔 restock", person=BEA.id)
        await world.ask("/alerts restock off", "🚫 restock")
        await sell_out(world, TROVE.tcin)
        await world.until_chat(lambda: world.alerts("GONE"))
        await restock(world, TROVE.tcin)
        assert [sounds(world, chat, "IN STOCK") for chat in chats[:3]] == [[False], [True], [True, True]]
        assert sent(world, BEA.id, "GONE") == []
        await press_in_place(world, shown, "Mute 2 h", "✓ Muted until")


async def test_a_mute_holds_until_it_ends_and_over_a_kill_and_never_for_a_stop(tmp_path: Path) -> None:
    async with new_world(tmp_path, people=(ADA, BEA, VERA), **PEOPLE) as world:
        world.watch(TROVE.tcin, DRAGON.tcin, buy=BuyMode.ALERT)
        await world.start()
        for person in (ADA, BEA, VERA):
            await world.ask("/start", "You are", person=person.id)
        await world.ask("/mute 2h", "Muted until")
        await world.until_delivered()
        await world.kill()
        await world.start()
        await restock(world, TROVE.tcin)
        assert sounds(world, ADA.id, "IN STOCK", TROVE.tcin) == [False]
        await world.ask("/stop", "Buying is off", person=BEA.id)
        await world.until_chat(lambda: sent(world, ADA.id, "stopped"))
        assert sounds(world, ADA.id, "stopped") == [True]
        muted = await world.ask("/mute", "Muted until")
        await press_in_place(world, muted, "Sound again", "not muted")
        await restock(world, DRAGON.tcin)
        assert sounds(world, ADA.id, "IN STOCK", DRAGON.tcin) == [True]


async def test_quiet_hours_hold_in_ones_own_time_zone_and_times_are_told_in_it(tmp_path: Path) -> None:
    async with new_world(tmp_path, people=(ADA, BEA, VERA), **PEOPLE) as world:
        world.watch(TROVE.tcin, buy=BuyMode.ALERT)
        await world.start()
        for person in (ADA, BEA, VERA):
            await world.ask("/start", "You are", person=person.id)
        # It is the same hour for both, by clocks that differ: in Tokyo it is nine hours later.
        now = utc_now()
        tokyo = now + timedelta(hours=9)
        around = "{}:30-{}:30"
        await world.ask(
            f"/quiet {around.format((tokyo.hour - 2) % 24, (tokyo.hour + 2) % 24)} asia/tokyo", "Asia/Tokyo"
        )
        await world.ask(
            f"/quiet {around.format((now.hour - 9) % 24, (now.hour - 5) % 24)}", "Quiet from", person=BEA.id
        )
        await world.ask("/quiet 23-7 Berlin", "'Berlin' is no time zone; did you mean Europe/Berlin?", person=VERA.id)
        await restock(world, TROVE.tcin)
        assert [sounds(world, one.id, "IN STOCK") for one in (ADA, BEA, VERA)] == [[False], [True], [True]]
        opened = datetime.fromisoformat(world.rows("SELECT opened_at FROM restock_window")[0][0])
        hours = [f"{opened.astimezone(UTC) + timedelta(hours=ahead):%H:%M}" for ahead in (9, 0)]
        assert [hour in sent(world, one.id, "IN STOCK")[0]["text"] for one, hour in zip((ADA, BEA), hours, strict=True)]


def nudges(world: World, chat: int = ADA.id) -> list[Message]:
    return [one for one in world.messages(chat) if "Nobody has answered yet" in one.text]


NUDGE: dict[str, Any] = {"STOCKBELL_PURCHASING__ASK_NUDGE_S": "2"}


@pytest.mark.guards("purchasing", "an unanswered question is asked once more, and no third time")
async def test_an_unanswered_question_rings_once_more_also_over_a_kill_and_its_buttons_go(tmp_path: Path) -> None:
    async with live_world(tmp_path, TROVE.tcin, people=(ADA, VERA), **NUDGE, **PEOPLE) as world:
        await world.ask("/start", "You are viewer", person=VERA.id)
        world.store.set(TROVE.tcin, shipping="IN_STOCK")
        await world.until_chat(lambda: alert_with_buttons(world))
        await world.kill()  # before it rang, or just when it did
        await world.start(*LIVE)
        await world.until_chat(lambda: nudges(world))
        await world.until_delivered()
        (nudge,) = nudges(world)
        assert sounds(world, ADA.id, "Nobody has answered yet") == [True]
        assert f"Illumineer's Trove · {TROVE.tcin}" in nudge.text
        assert nudges(world, VERA.id) == []
        await world.kill()
        await world.start(*LIVE)
        await world.until_status(lambda status: status["cycle_id"] >= 1)
        cycle = (await world.status())["cycle_id"]
        await world.until_status(lambda status: status["cycle_id"] >= cycle + 6)
        assert len(nudges(world)) == 1
        world.chat.press(ADA.id, nudge.message_id, button(nudge, "Skip"))
        await world.until_chat(lambda: nudges(world) == [])
        (closed,) = [one for one in world.messages() if one.message_id == nudge.message_id]
        assert closed.buttons == ()
        assert "Ada" in closed.text


async def test_an_answered_question_rings_no_more(tmp_path: Path) -> None:
    async with live_world(tmp_path, TROVE.tcin, **NUDGE) as world:
        world.store.set(TROVE.tcin, shipping="IN_STOCK")
        await world.until_chat(lambda: alert_with_buttons(world))
        alert = alert_with_buttons(world)
        world.chat.press(ADA.id, alert.message_id, button(alert, "Skip"))
        await world.until_rows([("skip",)], "SELECT answer FROM ask")
        cycle = (await world.status())["cycle_id"]
        await world.until_status(lambda status: status["cycle_id"] >= cycle + 8)
        assert nudges(world) == []
        assert world.rows("SELECT count(*) FROM journal WHERE kind = 'ask_nudged'") == [(0,)]


def summaries(world: World, chat: int = ADA.id) -> list[Message]:
    return [one for one in world.messages(chat) if "The day until" in one.text]


def make_older(world: World) -> None:
    """Have all that happened be two minutes older, so that it lies before the minute that has just begun."""
    older = "strftime('%Y-%m-%dT%H:%M:%fZ', {0}, '-2 minutes')"
    with closing(sqlite3.connect(world.data / "stockbell.db")) as db, db:
        for table, columns in (
            ("journal", ("at",)),
            ("restock_window", ("opened_at", "closed_at")),
            ("attempt", ("opened_at", "moved_at")),
        ):
            changes = ", ".join(f"{column} = {older.format(column)}" for column in columns)
            db.execute(f"UPDATE {table} SET {changes}")  # noqa: S608  names from above


@pytest.mark.guards("purchasing", "a day is summed up once, also over restarts")
async def test_the_day_is_summed_up_once_silently_over_kills_and_starts(tmp_path: Path) -> None:
    async with new_world(tmp_path, people=(ADA, VERA), **PEOPLE) as world:
        world.watch(TROVE.tcin)
        await world.start()
        for person in (ADA, VERA):
            await world.ask("/start", "You are", person=person.id)
        world.store.set(TROVE.tcin, shipping="IN_STOCK")
        await world.until_attempts(1)
        await world.until_rows([(1,)], "SELECT count(*) > 0 FROM attempt WHERE step = 'confirmed'")
        await world.kill()
        make_older(world)
        world.settings["STOCKBELL_TELEGRAM__SUMMARY_AT"] = f"{utc_now():%H:%M}"
        await world.start()
        await world.until_chat(lambda: summaries(world) and summaries(world, VERA.id))
        await world.until_delivered()
        text = summaries(world)[0].text
        assert f"Illumineer's Trove · {TROVE.tcin}" in text
        assert "practice purchase" in text
        assert "2 people asked: /start (2)" in text
        assert sounds(world, ADA.id, "The day until") == [False]
        await world.kill()
        await world.start()
        await world.ask("/version", "Stockbell")
        await world.until_rows([(1,)], "SELECT count(*) FROM journal WHERE kind = 'day_summed_up'")
        assert (len(summaries(world)), len(summaries(world, VERA.id))) == (1, 1)
