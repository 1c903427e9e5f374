"""Presses of buttons: answered by a toast, and the message keeps only those buttons that still do something."""

import sqlite3
from contextlib import closing
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from config.clock import utc_now
from config.products import BuyMode
from purchasing.events import stamp
from sandbox.chat import Group, Message, Person
from sandbox.chat_model import CallbackAnswer
from tests.integration.test_e2e_downtime import was_down_for_hours
from tests.integration.test_e2e_live import LIVE, alert_with_buttons, button, live_world
from tests.world import ADA, DRAGON, TROVE, World, data_of, new_world

BEA = Person(id=1002, first_name="Bea", started=True)
HOME = Group(id=-1001000000001, title="Home")
TWO_OWNERS: dict[str, Any] = {"STOCKBELL_TELEGRAM__OWNERS": f"[{ADA.id}, {BEA.id}]"}
IN_A_GROUP: dict[str, Any] = {
    "people": (ADA, BEA),
    "groups": (HOME,),
    "STOCKBELL_TELEGRAM__GROUPS": f"[{HOME.id}]",
    **TWO_OWNERS,
}


def _labels(message: Message) -> list[str]:
    return [one.text for row in message.buttons for one in row]


def _now(world: World, message: Message) -> Message:
    """The message as it is shown by now."""
    return next(one for one in world.messages(message.chat_id) if one.message_id == message.message_id)


async def _toast(world: World, message: Message, data: str, *, person: int = ADA.id) -> CallbackAnswer:
    """What is answered to this press."""
    _, query = world.chat.ask(person, message.message_id, data, chat=message.chat_id)
    await world.until_chat(lambda: [one for one in world.chat.callback_answers if one.query_id == query])
    return next(one for one in world.chat.callback_answers if one.query_id == query)


async def _alert(world: World) -> Message:
    await world.until_chat(lambda: alert_with_buttons(world))
    await world.until_delivered()
    return alert_with_buttons(world)


# ---- toasts, and the message that was pressed


async def test_an_undo_is_told_by_a_toast_and_below_the_message_which_loses_its_button(tmp_path: Path) -> None:
    async with new_world(tmp_path, **IN_A_GROUP) as world:
        world.watch(TROVE.tcin, DRAGON.tcin)
        await world.start()
        told = await world.ask(f"/remove {DRAGON.tcin}", "No longer watched", chat=HOME.id)
        count = len(world.messages(HOME.id))
        toast = await _toast(world, told, data_of(told, "Undo"), person=BEA.id)
        assert (toast.text, toast.alert) == ("Undone", False)
        await world.until_chat(lambda: _now(world, told).edits)
        after = _now(world, told)
        assert after.buttons == ()
        assert after.text.startswith(told.text)
        assert after.text.splitlines()[-1].endswith("(Bea)")
        assert len(world.messages(HOME.id)) == count


async def test_a_question_loses_all_its_answers_with_the_first(tmp_path: Path) -> None:
    async with new_world(tmp_path) as world:
        world.watch(TROVE.tcin)
        await world.start()
        asked = await world.ask(f"/add {DRAGON.tcin} 12.50", "Nothing was added yet")
        assert len(_labels(asked)) == 2
        toast = await _toast(world, asked, data_of(asked, "without a limit"))
        assert toast.text == f"Watching {DRAGON.tcin}"
        await world.until_chat(lambda: "✓ Watching" in _now(world, asked).text)
        assert _now(world, asked).buttons == ()
        card = await world.answer(ADA.id, "Watching", DRAGON.tcin, after=asked.message_id)
        assert "Undo" in _labels(card)
        assert [one["tcin"] for one in (await world.status())["products"]] == [TROVE.tcin, DRAGON.tcin]


async def test_of_two_people_who_press_buy_the_second_is_told_at_once_who_was_first(tmp_path: Path) -> None:
    async with live_world(tmp_path, TROVE.tcin, people=(ADA, BEA), **TWO_OWNERS) as world:
        await world.ask("/start", "You are owner", person=BEA.id)
        world.store.set(TROVE.tcin, shipping="IN_STOCK")
        alert = await _alert(world)
        await world.until_chat(
            lambda: [one for one in world.messages(BEA.id) if one.buttons and "IN STOCK" in one.text]
        )
        hers = next(one for one in world.messages(BEA.id) if "IN STOCK" in one.text)
        buy = button(alert, "Buy")
        first = await _toast(world, alert, buy)
        second = await _toast(world, hers, buy, person=BEA.id)
        assert (first.text.startswith("I'll buy it"), first.alert) == (True, False)
        assert second.text.startswith("Ada said buy already")
        assert second.alert
        await world.until_chat(lambda: world.alerts("PURCHASED"))
        assert len(world.store.orders) == 1
        assert [one.text for one in world.messages(BEA.id) if "was not done" in one.text] == []


async def test_a_stop_by_a_button_is_told_by_a_message_with_a_sound_beside_its_toast(tmp_path: Path) -> None:
    async with new_world(tmp_path, **IN_A_GROUP) as world:
        world.watch(TROVE.tcin)
        await world.start()
        greeting = await world.ask("/start", "You are owner", chat=HOME.id)
        toast = await _toast(world, greeting, "/stop")
        assert toast.text == "Buying is off"
        stopped = await world.answer(HOME.id, "Buying is off", after=greeting.message_id)
        assert not stopped.silent
        assert "🛑 Stop buying" in _labels(_now(world, greeting))


async def test_a_press_while_the_service_starts_anew_is_done_and_answered(tmp_path: Path) -> None:
    async with new_world(tmp_path) as world:
        world.watch(TROVE.tcin, DRAGON.tcin)
        await world.start()
        told = await world.ask(f"/remove {DRAGON.tcin}", "No longer watched")
        await world.until_delivered()
        await world.kill()
        _, query = world.chat.ask(ADA.id, told.message_id, data_of(told, "Undo"))
        await world.start()
        await world.until_chat(lambda: [one for one in world.chat.callback_answers if one.query_id == query])
        await world.until_chat(lambda: not _now(world, told).buttons)
        assert [one["tcin"] for one in (await world.status())["products"]] == [TROVE.tcin, DRAGON.tcin]


@pytest.mark.guards("bot", "a button that expired does nothing, says so, and goes")
async def test_a_button_that_expired_says_so_and_goes(tmp_path: Path) -> None:
    async with new_world(tmp_path) as world:
        world.watch(TROVE.tcin, DRAGON.tcin)
        await world.start()
        told = await world.ask(f"/remove {DRAGON.tcin}", "No longer watched")
        await world.until_delivered()
        await world.kill()
        with closing(sqlite3.connect(world.data / "stockbell.db")) as db, db:
            db.execute("UPDATE offer SET expires_at = ?", [stamp(utc_now() - timedelta(minutes=1))])
        await world.start()
        toast = await _toast(world, told, data_of(told, "Undo"))
        assert toast.text == "This button has expired"
        await world.until_chat(lambda: not _now(world, told).buttons)
        assert _now(world, told).text == told.text
        assert len((await world.status())["products"]) == 1


async def test_a_kill_between_a_press_and_its_toast_leaves_it_done_once_and_the_message_says_so(tmp_path: Path) -> None:
    async with new_world(tmp_path) as world:
        world.watch(TROVE.tcin, DRAGON.tcin)
        await world.start()
        told = await world.ask(f"/remove {DRAGON.tcin}", "No longer watched")
        await world.until_delivered()
        undo = data_of(told, "Undo")
        for method in ("answerCallbackQuery", "editMessageText"):
            world.chat.faults.lose_before(method, silent=True)
        world.chat.press(ADA.id, told.message_id, undo)
        await world.until_rows([("done",)], "SELECT state FROM command WHERE json_extract(body, '$.what') = 'undo'")
        await world.until_rows([], "SELECT key FROM message WHERE key LIKE 'reply:%' AND buttons LIKE '%Undo%'")
        await world.kill()
        world.chat.faults.clear()
        assert _now(world, told).buttons
        await world.start()
        await world.until_chat(lambda: not _now(world, told).buttons)
        assert len(world.messages()) == 1
        assert "Undone" in _now(world, told).text
        assert len((await world.status())["products"]) == 2


@pytest.mark.guards("bot", "what came of a press is told once, and in a message where nobody waits for it any more")
async def test_what_comes_too_late_for_a_toast_is_told_in_a_message(tmp_path: Path) -> None:
    async with live_world(tmp_path, TROVE.tcin) as world:
        world.store.set(TROVE.tcin, shipping="IN_STOCK")
        alert = await _alert(world)
        after = world.last_id(ADA.id)
        await world.kill()
        was_down_for_hours(world)
        _, query = world.chat.ask(ADA.id, alert.message_id, button(alert, "Skip"))
        await world.start(*LIVE)
        await world.answer(ADA.id, "Skipped", TROVE.tcin, after=after)
        assert [one.text for one in world.chat.callback_answers if one.query_id == query] == [""]


# ---- buttons on an alert


async def test_not_interested_ends_a_restock_for_all_and_alert_me_again_takes_it_back(tmp_path: Path) -> None:
    async with new_world(tmp_path, **IN_A_GROUP, STOCKBELL_PURCHASING__SIMULATED_SUCCESS="0") as world:
        world.watch(TROVE.tcin)
        await world.start()
        await world.ask("/start", "You are owner")
        world.store.set(TROVE.tcin, shipping="IN_STOCK")
        await world.until_chat(lambda: world.alerts("FAILED"))
        await world.until_chat(lambda: "Not interested" in _labels(world.alerts()[0]))
        alert = world.alerts()[0]
        toast = await _toast(world, alert, data_of(alert, "Not interested"))
        assert toast.text.startswith("Skipped for this restock")
        await world.until_chat(lambda: "Alert me again" in _labels(world.alerts()[0]))
        assert "Ada said skip" in world.alerts()[0].text
        await world.until_status(lambda status: status["slot"] is None)
        tried = world.rows("SELECT count(*) FROM attempt")
        cycle = (await world.status())["cycle_id"]
        await world.until_status(lambda status: status["cycle_id"] >= cycle + 3)
        assert world.rows("SELECT count(*) FROM attempt") == tried
        toast = await _toast(world, alert, data_of(alert, "Not interested"), person=ADA.id)
        assert "Ada said skip already" in toast.text
        again = await _toast(world, alert, data_of(world.alerts()[0], "Alert me again"))
        assert again.text.startswith("You hear of it again")
        await world.until_attempts(tried[0][0] + 1)
        await world.until_chat(lambda: "said skip" not in world.alerts()[0].text)


async def test_an_ask_that_was_skipped_is_asked_again(tmp_path: Path) -> None:
    async with live_world(tmp_path, TROVE.tcin) as world:
        world.store.set(TROVE.tcin, shipping="IN_STOCK")
        alert = await _alert(world)
        await _toast(world, alert, button(alert, "Skip"))
        await world.until_chat(lambda: "Alert me again" in _labels(world.alerts()[0]))
        await _toast(world, alert, data_of(world.alerts()[0], "Alert me again"))
        await world.until_chat(lambda: button(world.alerts()[0], "Buy"))
        old = await _toast(world, alert, button(alert, "Buy"))  # the first question's number buys nothing any more
        assert (old.alert, world.store.orders) == (True, [])
        await _toast(world, alert, button(world.alerts()[0], "Buy"))
        await world.until_chat(lambda: world.alerts("PURCHASED"))
        assert len(world.store.orders) == 1


async def test_an_alert_pauses_its_product_for_an_hour_and_resumes_it(tmp_path: Path) -> None:
    async with new_world(tmp_path) as world:
        world.watch(TROVE.tcin, DRAGON.tcin, buy=BuyMode.ALERT)
        await world.start()
        await world.ask("/start", "You are owner")
        world.store.set(TROVE.tcin, shipping="IN_STOCK")
        await world.until_chat(lambda: world.alerts("IN STOCK"))
        alert = world.alerts()[0]
        toast = await _toast(world, alert, data_of(alert, "Pause 1 h"))
        assert toast.text.startswith("Paused until")
        await world.until_chat(lambda: "Resume" in _labels(world.alerts()[0]))
        assert "Paused until" in world.alerts()[0].text
        toast = await _toast(world, alert, data_of(world.alerts()[0], "Resume"))
        assert toast.text.startswith("Resumed")
        await world.until_chat(lambda: "Pause 1 h" in _labels(world.alerts()[0]))


# ---- prices


async def test_what_is_above_its_cap_is_told_silently_and_rings_once_it_is_paid(tmp_path: Path) -> None:
    async with new_world(tmp_path) as world:
        world.watch(DRAGON.tcin, buy=BuyMode.ALERT, max_price=Decimal("12.00"))
        await world.start()
        await world.ask("/start", "You are owner")
        world.store.set(DRAGON.tcin, shipping="IN_STOCK")
        news = await world.answer(ADA.id, "In stock at $14.99, above your $12.00", after=0)
        assert news.silent
        assert _labels(news) == ["Open at Target", "Pay up to $15", "Not at this price"]
        world.store.set(DRAGON.tcin, price="15.99")
        await world.until_status(lambda status: status["products"][0]["price"] == "15.99")
        world.store.set(DRAGON.tcin, price="14.99")
        await world.until_status(lambda status: status["products"][0]["price"] == "14.99")
        toast = await _toast(world, news, data_of(news, "Pay up to $15"))
        assert toast.text.startswith("Your limit is $15.00")
        await world.until_chat(lambda: world.alerts("IN STOCK"))
        assert not world.alerts()[0].silent
        await world.until_chat(lambda: "Was in stock at $14.99" in _now(world, news).text)
        assert [one for one in world.messages() if "above your" in one.text] == [_now(world, news)]


@pytest.mark.guards("bot", "a drop to the cap rings, once")
async def test_a_drop_to_the_cap_rings_where_an_alert_stands_that_said_it_was_above(tmp_path: Path) -> None:
    # So long that the price changes between two checks, and no second one finds it above its cap.
    pace: dict[str, Any] = {"STOCKBELL_MONITOR__EVERY_MIN_S": "4", "STOCKBELL_MONITOR__EVERY_MAX_S": "4.1"}
    async with new_world(tmp_path, **pace) as world:
        world.watch(TROVE.tcin, buy=BuyMode.ALERT, max_price=Decimal("50.00"))
        world.store.set(TROVE.tcin, shipping="IN_STOCK")
        world.say("/start")
        await world.start()
        await world.until_chat(lambda: world.alerts("IN STOCK"))
        world.store.set(TROVE.tcin, price="59.99")
        await world.until_chat(lambda: world.alerts("ABOVE CAP"))
        assert "Pay up to $60" in _labels(world.alerts()[0])
        world.store.set(TROVE.tcin, price="44.99")
        rung = await world.answer(ADA.id, "$59.99 → $44.99, your limit $50.00", after=world.alerts()[0].message_id)
        assert not rung.silent
        await world.until_chat(lambda: world.alerts("IN STOCK"))
        assert len(world.alerts()) == 1


async def test_not_at_this_price_is_quiet_until_it_was_sold_out_and_is_back(tmp_path: Path) -> None:
    async with new_world(tmp_path) as world:
        world.watch(DRAGON.tcin, buy=BuyMode.ALERT, max_price=Decimal("12.00"))
        await world.start()
        await world.ask("/start", "You are owner")
        world.store.set(DRAGON.tcin, shipping="IN_STOCK")
        news = await world.answer(ADA.id, "In stock at $14.99, above your $12.00", after=0)
        toast = await _toast(world, news, data_of(news, "Not at this price"))
        assert toast.text
        await world.until_chat(lambda: _labels(_now(world, news)) == ["Open at Target", "Pay up to $15"])
        world.store.set(DRAGON.tcin, shipping="OUT_OF_STOCK")
        await world.until_chat(lambda: "Sold out since." in _now(world, news).text)
        assert _now(world, news).buttons == ()
        world.store.set(DRAGON.tcin, shipping="IN_STOCK")
        back = await world.answer(ADA.id, "In stock at $14.99, above your $12.00", after=news.message_id)
        assert "Not at this price" in _labels(back)


# ---- a pause of everything


async def test_a_bare_pause_offers_what_may_have_been_meant_and_is_changed_in_place(tmp_path: Path) -> None:
    async with new_world(tmp_path) as world:
        world.watch(TROVE.tcin, DRAGON.tcin, buy=BuyMode.ALERT)
        await world.start()
        await world.ask("/start", "You are owner")
        world.store.set(TROVE.tcin, shipping="IN_STOCK")
        await world.until_chat(lambda: world.alerts("IN STOCK"))
        paused = await world.ask("/pause", "Everything is paused")
        assert _labels(paused) == ["1 h only", "Resume", "Only Illumineer's Trove"]
        assert (await world.status())["paused"]
        toast = await _toast(world, paused, data_of(paused, "1 h only"))
        assert toast.text.startswith("Everything is paused until ")
        await world.until_chat(lambda: _labels(_now(world, paused)) == ["Resume"])
        again = await world.ask("/pause", "Everything is paused")
        await _toast(world, again, data_of(again, "Only"))
        await world.until_chat(lambda: TROVE.tcin in _now(world, again).text)
        assert not (await world.status())["paused"]
        assert world.rows("SELECT tcin FROM product WHERE paused_until IS NOT NULL") == [(TROVE.tcin,)]
