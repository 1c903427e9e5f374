"""Buying for real, at the practice store: asks and their buttons, limits, what is not known, and the stop."""

import re
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from config.products import BuyMode
from sandbox.chat import Message, Person
from sandbox.chat_model import CallbackAnswer
from sandbox.faults import Drop, Faults
from tests.world import ADA, DRAGON, TROVE, World, new_world

BEA = Person(id=1002, first_name="Bea", started=True)
#: The shipped program with a buyer that orders at the practice store.
LIVE = ("tests.torture.service", "--live")


@asynccontextmanager
async def live_world(
    folder: Path,
    *tcins: str,
    wishes: dict[str, Any] | None = None,
    people: Sequence[Person] = (ADA,),
    **settings: str,
) -> AsyncGenerator[World]:
    """A world whose owner has turned it to live; it watches these."""
    async with new_world(folder, people=people) as world:
        world.settings.update(settings | {"STOCKBELL_PURCHASING__COOLDOWN_S": "0"})
        world.watch(*tcins, **(wishes or {}))
        world.say("/start")
        await world.start(*LIVE)
        await go_live(world)
        yield world


async def go_live(world: World) -> None:
    await choose_mode(world, "live")


async def choose_mode(world: World, mode: str) -> None:
    asked = await world.ask(f"/mode {mode}", f"/mode {mode} ")
    world.say(f"/mode {mode} {asked.text.partition(f'/mode {mode} ')[2][:4]}")
    await world.until_status(lambda status: status["mode"] == mode)


def alert_with_buttons(world: World) -> Message:
    """The alert that asks whether to buy."""
    return [one for one in world.alerts() if button(one, "Buy")][0]  # noqa: RUF015  the chat waits on a LookupError


def button(message: Message, word: str) -> str:
    return next((one.data or "" for row in message.buttons for one in row if word in one.text), "")


def toasts(world: World, words: str) -> list[CallbackAnswer]:
    """What was answered to presses in these words."""
    return [one for one in world.chat.callback_answers if words in one.text]


def _is_told(world: World, words: str) -> bool:
    return any(re.search(words, one.text) for one in world.messages())


@pytest.mark.guards("purchasing", "an ask is answered once")
async def test_an_ask_is_bought_by_one_tap_and_a_second_tap_is_told_by_whom(tmp_path: Path) -> None:
    async with live_world(tmp_path, TROVE.tcin) as world:
        world.store.set(TROVE.tcin, shipping="IN_STOCK")
        await world.until_chat(lambda: alert_with_buttons(world))
        alert = alert_with_buttons(world)
        assert alert.text.startswith("LIVE · IN STOCK")
        assert world.store.orders == []
        buy = button(alert, "Buy for $49.99")
        # Killed before it is known that the alert arrived, it would be sent again, marked.
        await world.until_status(
            lambda _: world.rows("SELECT state FROM message WHERE key = 'alert:1:1001'") == [("done",)]
        )
        await world.kill()
        await world.start(*LIVE)
        world.chat.press(ADA.id, alert.message_id, buy)
        await world.until_chat(lambda: world.alerts("PURCHASED"))
        assert [(order.tcin, order.quantity) for order in world.store.orders] == [(TROVE.tcin, 1)]
        assert not button(world.alerts()[0], "Buy")
        world.chat.press(ADA.id, alert.message_id, buy)
        await world.until_chat(lambda: toasts(world, "Ada said buy already"))
        assert [one.alert for one in toasts(world, "Ada said buy already")] == [True]
        outcome = next(
            one for one in world.messages() if "Bought 1 for $49.99" in one.text and one not in world.alerts()
        )
        assert (outcome.silent, outcome.text.startswith("LIVE · ")) == (False, True)
        assert len(world.store.orders) == 1


async def test_a_price_that_the_bulk_call_does_not_tell_is_looked_up_for_the_button_and_is_the_cap(
    tmp_path: Path,
) -> None:
    async with live_world(tmp_path, TROVE.tcin) as world:
        world.store.set(TROVE.tcin, shipping="IN_STOCK", price_in_summary=False)
        await world.until_chat(lambda: button(alert_with_buttons(world), "Buy for $49.99"))
        alert = alert_with_buttons(world)
        world.store.set(TROVE.tcin, price="50.00")
        world.chat.press(ADA.id, alert.message_id, button(alert, "Buy"))
        await world.until_chat(lambda: _is_told(world, r"it costs \$50.00 now, above your \$49.99 limit"))
        assert world.store.orders == []


async def test_without_any_price_a_yes_buys_nothing_and_the_shop_is_looked_at_once(tmp_path: Path) -> None:
    async with live_world(tmp_path, TROVE.tcin) as world:
        world.store.set(TROVE.tcin, shipping="IN_STOCK", price="See price in cart")
        await world.until_chat(lambda: alert_with_buttons(world))
        looks = [call for call in world.store.calls if "pdp_client" in call.path]
        await world.ask(f"/buy {TROVE.tcin}", "I buy it as soon as")
        cycle = (await world.status())["cycle_id"]
        await world.until_status(lambda status: status["cycle_id"] >= cycle + 4)
        assert "its price is not known and you set no limit" in (await world.ask(f"/why {TROVE.tcin}", "•")).text
        assert world.store.orders == []
        again = [call for call in world.store.calls if "pdp_client" in call.path]
        assert len(again) <= len(looks) + 1


async def test_a_skipped_ask_buys_nothing_and_the_alert_says_who_skipped_it(tmp_path: Path) -> None:
    async with live_world(tmp_path, TROVE.tcin) as world:
        world.store.set(TROVE.tcin, shipping="IN_STOCK")
        await world.until_chat(lambda: alert_with_buttons(world))
        alert = alert_with_buttons(world)
        world.chat.press(ADA.id, alert.message_id, button(alert, "Skip"))
        await world.until_chat(lambda: "Ada said skip" in world.alerts()[0].text)
        cycle = (await world.status())["cycle_id"]
        await world.until_status(lambda status: status["cycle_id"] >= cycle + 3)
        assert world.store.orders == []


@pytest.mark.guards("purchasing", "an ask expires")
async def test_an_ask_expires_and_buy_by_hand_still_buys(tmp_path: Path) -> None:
    async with live_world(tmp_path, TROVE.tcin, STOCKBELL_PURCHASING__ASK_EXPIRES_S="4") as world:
        world.store.set(TROVE.tcin, shipping="IN_STOCK")
        await world.until_chat(lambda: alert_with_buttons(world))
        old = button(alert_with_buttons(world), "Buy")
        await world.until_chat(lambda: "Nobody answered in time" in world.alerts()[0].text)
        world.chat.press(ADA.id, world.alerts()[0].message_id, old)
        await world.until_chat(lambda: toasts(world, "time for an answer is over"))
        assert world.store.orders == []
        world.say(f"/buy {TROVE.tcin}")
        await world.until_chat(lambda: world.alerts("PURCHASED"))
        assert len(world.store.orders) == 1


async def test_auto_buys_no_more_than_wanted_and_the_limit_is_told_once(tmp_path: Path) -> None:
    wishes = {"buy": BuyMode.AUTO, "max_price": Decimal("55.00"), "quantity": 1}
    async with live_world(tmp_path, TROVE.tcin, DRAGON.tcin, wishes=wishes) as world:
        world.store.set(TROVE.tcin, shipping="IN_STOCK")
        await world.until_status(lambda status: status["products"][0]["purchase"] == "purchased")
        cycle = (await world.status())["cycle_id"]
        await world.until_status(lambda status: status["cycle_id"] >= cycle + 3)
        assert len(world.store.orders) == 1
        world.store.set(DRAGON.tcin, shipping="IN_STOCK", price="55.01")
        await world.until_status(lambda status: status["products"][1]["price"] == "55.01")
        assert [order.tcin for order in world.store.orders] == [TROVE.tcin]


async def test_a_limit_of_the_day_that_is_reached_is_told_once_with_its_numbers(tmp_path: Path) -> None:
    wishes = {"buy": BuyMode.AUTO, "max_price": Decimal("55.00")}
    async with live_world(
        tmp_path, TROVE.tcin, DRAGON.tcin, wishes=wishes, STOCKBELL_PURCHASING__MAX_PER_DAY="1"
    ) as world:
        for tcin in (TROVE.tcin, DRAGON.tcin):
            world.store.set(tcin, shipping="IN_STOCK")
        await world.until_chat(lambda: any("1 of 1 purchases today" in one.text for one in world.messages()))
        cycle = (await world.status())["cycle_id"]
        await world.until_status(lambda status: status["cycle_id"] >= cycle + 3)
        told = [one for one in world.messages() if "1 of 1 purchases today" in one.text]
        assert (len(told), len(world.store.orders)) == (1, 1)


async def test_a_lost_confirmation_is_found_in_the_order_list_and_never_repeated(tmp_path: Path) -> None:
    wishes = {"buy": BuyMode.AUTO, "max_price": Decimal("55.00"), "quantity": 5}
    async with live_world(tmp_path, TROVE.tcin, wishes=wishes) as world:
        world.store.faults = Faults(drop=Drop.AFTER, only="/practice/orders", times=1)
        world.store.set(TROVE.tcin, shipping="IN_STOCK")
        await world.until_chat(
            lambda: any("I don't know whether this was bought" in one.text for one in world.messages())
        )
        await world.until_status(lambda status: status["slot"] is None)
        ((step, why),) = world.rows("SELECT step, why FROM attempt WHERE id = 1")
        assert (step, why) == ("confirmed", "found in the order list")
        assert [order.attempt for order in world.store.orders].count("1") == 1


async def test_what_the_order_list_cannot_tell_holds_the_slot_until_a_person_settles_it(tmp_path: Path) -> None:
    wishes = {"buy": BuyMode.AUTO, "max_price": Decimal("55.00")}
    async with live_world(tmp_path, TROVE.tcin, DRAGON.tcin, wishes=wishes) as world:
        world.store.faults = Faults(status=503, only="/practice/orders")
        world.store.set(TROVE.tcin, shipping="IN_STOCK")
        await world.until_chat(lambda: world.alerts("UNCONFIRMED"))
        await world.kill()
        await world.start(*LIVE)
        world.store.set(DRAGON.tcin, shipping="IN_STOCK")
        await world.until_status(lambda status: status["products"][1]["purchase"] == "queued")
        assert (await world.status())["slot"]["step"] == "unconfirmed"
        world.store.faults = Faults()
        world.say("/settle 1 not")
        await world.until_status(lambda status: status["products"][1]["purchase"] == "purchased")
        assert [order.tcin for order in world.store.orders] == [DRAGON.tcin]
        assert world.rows("SELECT step FROM attempt WHERE id = 1") == [("refused",)]


@pytest.mark.guards("purchasing", "a yes is not taken while buying is stopped, and none from before a stop counts")
async def test_a_yes_is_not_taken_while_buying_is_stopped_and_none_from_before_a_stop_is_bought_on_later(
    tmp_path: Path,
) -> None:
    async with live_world(tmp_path, TROVE.tcin, DRAGON.tcin) as world:
        world.store.faults = Faults(status=503, only="/practice/orders")
        for tcin in (TROVE.tcin, DRAGON.tcin):
            world.store.set(tcin, shipping="IN_STOCK")
        await world.until_chat(lambda: len([one for one in world.alerts() if button(one, "Buy")]) == 2)
        trove, dragon = sorted(world.alerts(), key=lambda one: TROVE.tcin not in one.text)
        world.chat.press(ADA.id, trove.message_id, button(trove, "Buy"))
        await world.until_status(lambda status: (status["slot"] or {}).get("step") == "unconfirmed")
        world.chat.press(ADA.id, dragon.message_id, button(dragon, "Buy"))  # waits for the slot, which is held
        await world.until_chat(
            lambda: any("Ada said buy" in one.text and DRAGON.tcin in one.text for one in world.alerts())
        )
        world.say("/stop")
        await world.until_status(lambda status: status["stopped"])
        await world.until_chat(lambda: any("The yes ran out" in one.text for one in world.alerts()))
        await world.ask(f"/buy {DRAGON.tcin}", "/buy was not done: buying is turned off by Ada; /rearm first")
        world.store.faults = Faults()
        asked = await world.ask("/rearm", "within 60 s")
        await world.ask(f"/rearm {asked.text.partition('/rearm ')[2][:4]}", "Buying is on again")
        world.say("/settle 1 not")
        cycle = (await world.until_status(lambda status: status["slot"] is None))["cycle_id"]
        await world.until_status(lambda status: status["cycle_id"] >= cycle + 3)
        assert world.store.orders == []
        await world.ask(f"/buy {DRAGON.tcin}", "I buy it as soon as")
        await world.until_status(lambda _: [order.tcin for order in world.store.orders] == [DRAGON.tcin])


@pytest.mark.guards("purchasing", "live takes effect by its owner's word alone")
async def test_live_from_the_settings_takes_effect_by_the_owners_word_alone_which_then_holds(tmp_path: Path) -> None:
    async with new_world(tmp_path) as world:
        world.watch(TROVE.tcin, buy=BuyMode.AUTO, max_price=Decimal("55.00"))
        world.settings |= {"STOCKBELL_PURCHASING__MODE": "live", "STOCKBELL_PURCHASING__COOLDOWN_S": "0"}
        world.store.set(TROVE.tcin, shipping="IN_STOCK")
        await world.start(*LIVE)
        await world.ask("/start", "You are owner")
        cycle = (await world.status())["cycle_id"]
        status = await world.until_status(lambda status: status["cycle_id"] >= cycle + 3)
        assert (status["mode"], world.store.orders) == ("simulate", [])
        (note,) = world.rows("SELECT json_extract(body, '$.note') FROM journal WHERE kind = 'service_started'")
        assert note == ("practises: live takes effect by /mode live alone",)
        await go_live(world)
        await world.until_status(lambda _: len(world.store.orders) == 1)
        assert await world.stop() == 0
        world.settings["STOCKBELL_PURCHASING__MODE"] = "simulate"
        await world.start(*LIVE)
        await world.until_status(lambda status: status["mode"] == "live")


async def test_the_shipped_program_goes_on_in_live_and_orders_nothing_without_a_session(tmp_path: Path) -> None:
    async with live_world(tmp_path, TROVE.tcin, wishes={"buy": BuyMode.AUTO, "max_price": Decimal("55.00")}) as world:
        assert await world.stop() == 0
        await world.start()
        await world.until_status(lambda status: status["mode"] == "live")
        world.store.set(TROVE.tcin, shipping="IN_STOCK")
        await world.until_rows([("abandoned",)], "SELECT step FROM attempt", seconds=90)
        assert (world.store.orders, world.store.shop.presses, world.store.shop.adds) == ([], 0, 0)


async def test_what_holds_the_slot_is_told_by_its_title_when_it_is_watched_no_longer(tmp_path: Path) -> None:
    wishes = {"buy": BuyMode.AUTO, "max_price": Decimal("55.00")}
    async with live_world(tmp_path, TROVE.tcin, wishes=wishes) as world:
        world.store.faults = Faults(status=503, only="/practice/orders")
        world.store.set(TROVE.tcin, shipping="IN_STOCK")
        await world.until_chat(lambda: world.alerts("UNCONFIRMED"))
        title = f"Illumineer's Trove · {TROVE.tcin}"
        await world.ask("/cancel", "ordered already", title)
        await world.ask(f"/remove {TROVE.tcin}", "No longer watched", title)
        await world.ask("/slot", "Bought or not?", title)
        await world.ask("/status", "Nothing is watched", title)


async def test_a_new_mode_is_told_to_all_others_and_sounds_only_where_it_becomes_real(tmp_path: Path) -> None:
    async with live_world(tmp_path, TROVE.tcin, people=(ADA, BEA), STOCKBELL_TELEGRAM__VIEWERS=f"[{BEA.id}]") as world:
        await world.ask("/start", "You are viewer", person=BEA.id)
        await choose_mode(world, "simulate")
        quiet = await world.answer(BEA.id, "PRACTICE", "Ada chose that", after=0)
        await choose_mode(world, "live")
        loud = await world.answer(BEA.id, "LIVE", "purchases are real", "Ada chose that", after=0)
        assert (quiet.silent, loud.silent) == (True, False)
        assert not _is_told(world, "chose that")


async def test_a_stop_sent_while_the_service_was_down_still_counts(tmp_path: Path) -> None:
    wishes = {"buy": BuyMode.AUTO, "max_price": Decimal("55.00")}
    async with live_world(tmp_path, TROVE.tcin, wishes=wishes) as world:
        await world.kill()
        world.say("/stop")
        await world.start(*LIVE)
        await world.until_status(lambda status: status["stopped"])
        world.store.set(TROVE.tcin, shipping="IN_STOCK")
        await world.until_chat(lambda: world.alerts("IN STOCK"))
        cycle = (await world.status())["cycle_id"]
        await world.until_status(lambda status: status["cycle_id"] >= cycle + 3)
        assert world.store.orders == []


@pytest.mark.guards("purchasing", "old words that would buy or arm are refused")
async def test_old_words_that_would_buy_or_arm_are_refused_and_say_why(tmp_path: Path) -> None:
    async with live_world(tmp_path, TROVE.tcin) as world:
        await world.kill()
        old = (f"/buy {TROVE.tcin}", "/resume", "/rearm", "/mode simulate", "/refresh")
        for words in old:
            world.chat.say(ADA.id, words, ago=timedelta(minutes=5))
        await world.start(*LIVE)
        for words in old:
            refused = rf"{words.split()[0]} was not done: it came 5 m( \d+ s)? late"
            await world.until_chat(partial(_is_told, world, refused))
        assert (await world.status())["mode"] == "live"
