"""A drill: the whole way of a restock with real buttons, and nothing ordered in any mode."""

from pathlib import Path

import pytest

from config.products import DRILL
from sandbox.chat import Group, Message, Person
from tests.integration.test_e2e_live import live_world
from tests.world import ADA, DRAGON, TROVE, World, new_world

VIC = Person(id=3001, first_name="Vic", started=True)
HOME = Group(id=-1001000000001, title="Home")


async def asked(world: World) -> Message:
    """The drill's alert, once it has its buttons."""
    await world.ask("/drill", "A drill begins", "Nothing is ordered")
    await world.until_chat(lambda: [one for one in world.alerts("IN STOCK") if one.buttons])
    (alert,) = world.alerts()
    assert alert.text.startswith("PRACTICE · IN STOCK · $1.00")
    assert "Drill" in alert.text
    assert not alert.silent
    return alert


async def ended(world: World) -> None:
    await world.until_status(lambda status: DRILL not in [one["tcin"] for one in status["products"]])
    await world.until_rows([(1,)], "SELECT count(*) FROM journal WHERE kind = 'drill_ended'")
    await world.until_chat(lambda: world.alerts("GONE"))


async def is_clean(world: World) -> None:
    code, printed = await world.command("audit")
    assert code == 0, printed


@pytest.mark.guards("purchasing", "the shop is never asked for a drill")
async def test_a_drill_in_practice_asks_and_buy_practises_once(tmp_path: Path) -> None:
    async with new_world(tmp_path) as world:
        world.watch(TROVE.tcin)
        await world.start()
        await world.ask("/start", "You are owner")
        alert = await asked(world)
        assert world.rows("SELECT count(*) FROM attempt") == [(0,)]
        world.chat.press(ADA.id, alert.message_id, alert.buttons[0][0].data or "")
        await world.until_rows([("simulate", "confirmed")], "SELECT mode, step FROM attempt")
        await ended(world)
        assert world.rows("SELECT count(*) FROM attempt") == [(1,)]
        assert all(DRILL not in call.tcins for call in world.store.calls)
        assert (await world.ask("/list", "of 1 in stock", TROVE.tcin)).text.count("Drill") == 0
        await world.ask("/drill", "A drill begins")
        await world.ask("/drill", "a drill is under way")
        await is_clean(world)


async def test_buttons_are_for_those_who_may_press_them_and_for_groups(tmp_path: Path) -> None:
    async with new_world(
        tmp_path,
        people=(ADA, VIC),
        groups=(HOME,),
        STOCKBELL_TELEGRAM__VIEWERS=f"[{VIC.id}]",
        STOCKBELL_TELEGRAM__GROUPS=f"[{HOME.id}]",
    ) as world:
        world.watch(TROVE.tcin)
        await world.start()
        for person in (ADA, VIC):
            await world.ask("/start", "You are", person=person.id)
        await asked(world)
        for chat, labels in ((HOME.id, ["🛒 Buy for $1.00", "Skip"]), (VIC.id, [])):
            told = await world.answer(chat, "IN STOCK", "Shall I buy it?", after=0)
            assert [button.text for row in told.buttons for button in row] == labels


async def test_a_drill_in_live_orders_nothing_while_a_real_product_is_asked_for(tmp_path: Path) -> None:
    async with live_world(tmp_path, TROVE.tcin) as world:
        alert = await asked(world)
        world.chat.press(ADA.id, alert.message_id, alert.buttons[0][0].data or "")
        await world.until_rows([("simulate", "confirmed")], "SELECT mode, step FROM attempt")
        await world.until_chat(
            lambda: any(one.text.startswith("PRACTICE · Bought") and "Drill" in one.text for one in world.messages())
        )
        world.store.set(TROVE.tcin, shipping="IN_STOCK")
        await world.until_chat(lambda: any(one.text.startswith("LIVE · IN STOCK") for one in world.alerts()))
        await ended(world)
        assert world.store.orders == []
        await world.ask("/spend", "Purchases today: 0 of")
        await is_clean(world)


async def test_a_skipped_drill_ends_and_one_outlives_a_kill(tmp_path: Path) -> None:
    async with new_world(tmp_path) as world:
        world.watch(TROVE.tcin)
        await world.start()
        await world.ask("/start", "You are owner")
        alert = await asked(world)
        await world.until_delivered()
        await world.kill()
        await world.start()
        await world.ask(f"/add {DRAGON.tcin}", "Watching")
        products = (await world.status())["products"]
        assert [one["tcin"] for one in products] == [TROVE.tcin, DRAGON.tcin, DRILL]
        world.chat.press(ADA.id, alert.message_id, alert.buttons[0][1].data or "")
        await ended(world)
        assert "Ada said skip" in world.alerts()[0].text
        assert world.rows("SELECT count(*) FROM attempt") == [(0,)]
        await is_clean(world)


@pytest.mark.parametrize(("before", "why"), [("/stop", "/rearm first"), ("/pause", "/resume first")])
async def test_a_drill_that_would_show_nothing_is_refused(tmp_path: Path, before: str, why: str) -> None:
    async with new_world(tmp_path) as world:
        world.watch(TROVE.tcin)
        await world.start()
        await world.ask(before)
        await world.ask("/drill", why)
        assert world.rows("SELECT count(*) FROM journal WHERE kind = 'drill_started'") == [(0,)]
