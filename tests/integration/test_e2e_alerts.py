"""How restocks are told: many at once, and one that is practised on round after round."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from bot.telegram.rate_limits import ROUND_GAP_S
from bot.text.draft import Rank
from config.products import BuyMode
from sandbox.store import Item
from tests.world import World, new_world

ITEMS = [Item(tcin=f"9000000{n}", title=f"Illumineer&#39;s Trove, volume {n}", price="49.99") for n in range(5)]


async def _watched(world: World, count: int, *, buy: BuyMode) -> None:
    world.watch(*(item.tcin for item in ITEMS[:count]), buy=buy)
    world.say("/start")
    await world.start()
    await world.until_status(lambda status: status["cycle_id"] >= 2)
    await world.until_chat(world.messages)


def _restock(world: World, count: int) -> None:
    """All in one cycle, as nothing else runs meanwhile."""
    for item in ITEMS[:count]:
        world.store.set(item.tcin, shipping="IN_STOCK")


@pytest.mark.guards("bot", "many restocks of a cycle are named first, with a sound, and their alerts follow silently")
async def test_more_than_three_restocks_in_a_cycle_are_named_with_a_sound_and_their_alerts_follow_silently(
    tmp_path: Path,
) -> None:
    async with new_world(tmp_path, items=ITEMS) as world:
        await _watched(world, 4, buy=BuyMode.ALERT)
        before = world.messages()
        _restock(world, 4)
        await world.until_chat(lambda: len(world.alerts("IN STOCK")) == 4)
        named, *alerts = world.messages()[len(before) :]
        assert (named.silent, [one.silent for one in alerts]) == (False, [True] * 4)
        assert alerts == world.alerts()
        for item in ITEMS[:4]:
            assert item.tcin in named.text
            assert item.title.replace("&#39;", "'") in named.text
        assert "IN STOCK" not in named.text


async def test_three_restocks_in_a_cycle_are_told_each_with_a_sound(tmp_path: Path) -> None:
    async with new_world(tmp_path, items=ITEMS) as world:
        await _watched(world, 3, buy=BuyMode.ALERT)
        before = world.messages()
        _restock(world, 3)
        await world.until_chat(lambda: len(world.alerts("IN STOCK")) == 3)
        assert [one.silent for one in world.messages()[len(before) :]] == [False] * 3
        assert world.messages()[len(before) :] == world.alerts()


@pytest.mark.guards(
    "bot", "rounds of practice are told now and then, the newest alone, and nothing else waits with them"
)
async def test_rounds_of_practice_are_counted_now_and_then_and_the_last_one_at_the_end(tmp_path: Path) -> None:
    async with new_world(tmp_path, items=ITEMS, STOCKBELL_PURCHASING__SIMULATED_S="0.2") as world:
        await _watched(world, 1, buy=BuyMode.ASK)
        _restock(world, 1)
        await world.until_chat(lambda: world.alerts("PURCHASED"))
        bought_at = asyncio.get_running_loop().time()
        await world.until_attempts(20)
        (alert,) = world.alerts()
        rounds = (asyncio.get_running_loop().time() - bought_at) // ROUND_GAP_S
        assert len(alert.history) <= 3 + rounds
        # Its first outcome alone is a message, which leaves in no hurry and without a sound.
        assert world.rows("SELECT rank, silent FROM message WHERE key LIKE 'outcome:%'") == [(Rank.UPDATE, True)]
        assert await world.stop() == 0
        ((ended,),) = world.rows("SELECT count(*) FROM attempt")
        assert f"{ended} practice buys" in world.alerts()[0].text


async def test_what_is_gone_is_told_at_once_though_a_round_of_practice_is_held_back(tmp_path: Path) -> None:
    async with new_world(tmp_path, items=ITEMS, STOCKBELL_PURCHASING__SIMULATED_S="0.2") as world:
        await _watched(world, 1, buy=BuyMode.ASK)
        _restock(world, 1)
        await world.until_chat(lambda: world.alerts("PURCHASED"))
        await world.until_attempts(3)
        world.store.set(ITEMS[0].tcin, shipping="OUT_OF_STOCK")
        await world.until_chat(lambda: world.alerts("GONE"), seconds=20)
        assert "practice buys" in world.alerts()[0].text


@pytest.mark.guards("bot", "an alert never says GONE of what is in stock")
async def test_an_alert_follows_the_price_and_says_above_cap_in_place_of_gone(tmp_path: Path) -> None:
    item = ITEMS[0].tcin
    async with new_world(tmp_path, items=ITEMS[:1]) as world:
        world.watch(item, buy=BuyMode.ALERT, max_price=60)
        world.say("/start")
        await world.start()
        await world.until_status(lambda status: status["cycle_id"] >= 2)
        world.store.set(item, shipping="IN_STOCK")
        await world.until_chat(lambda: world.alerts("IN STOCK · $49.99"))
        world.store.set(item, price="55.00")
        await world.until_chat(lambda: world.alerts("IN STOCK · $55.00"))
        world.store.set(item, price="70.00")
        await world.until_chat(lambda: world.alerts("ABOVE CAP · $70.00"))
        await world.until_rows([(1,)], "SELECT count(*) FROM restock_window WHERE closed_at IS NOT NULL")
        await world.until_chat(lambda: "Above your $60.00 limit, after" in world.alerts()[0].text)
        (alert,) = world.alerts()
        assert not any("GONE" in text for text in alert.history)
        world.store.set(item, price="75.00")
        await world.until_chat(lambda: world.alerts("ABOVE CAP · $75.00"))
        world.store.set(item, shipping="OUT_OF_STOCK")
        await world.until_chat(lambda: world.alerts("GONE"))
        assert len(world.alerts()) == 1


async def test_a_preorder_that_opens_is_told_as_one_with_the_day_on_which_it_comes_out(tmp_path: Path) -> None:
    item = replace(ITEMS[0], shipping="PRE_ORDER_UNSELLABLE", pickup=None)
    async with new_world(tmp_path, items=[item]) as world:
        world.watch(item.tcin, buy=BuyMode.ALERT)
        world.say("/start")
        await world.start()
        # What it is is known before it is known when it comes out.
        await world.until_rows([(1,)], "SELECT count(looked_at) FROM product")
        world.store.set(item.tcin, shipping="PRE_ORDER_SELLABLE", street_date="2030-03-01")
        words = "IN STOCK · $49.99", "(pre-order, comes out 1 Mar 2030)"
        await world.until_chat(lambda: [one for one in world.alerts(words[0]) if words[1] in one.text])
        reply = await world.ask(f"/show {item.tcin}", "In stock")
        assert words[1] in reply.text
