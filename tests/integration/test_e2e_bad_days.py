"""Full and damaged disks, wrong clocks and shops that hang, while real orders are placed at the practice store."""

import json
import os
import signal
import sqlite3
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from config.products import BuyMode
from sandbox.faults import Faults
from tests.integration.test_e2e_live import LIVE, go_live
from tests.world import DRAGON, TROVE, World, new_world

AUTO = {"buy": BuyMode.AUTO, "max_price": Decimal("55.00")}
#: Where orders are placed and listed.
ORDERS = "/practice/orders"
#: What the store must have been asked after something to say that watching goes on.
SOME_CALLS = 8


@asynccontextmanager
async def live_world(folder: Path, *more: str, **settings: str) -> AsyncGenerator[World]:
    """A world that is live and buys by itself; started anew, with `more` on its command line, with nothing sold yet."""
    async with new_world(folder) as world:
        keys = json.dumps([world.store.api_key])  # its pages need not answer
        world.settings |= {"STOCKBELL_PURCHASING__COOLDOWN_S": "0", "STOCKBELL_TARGET__API_KEYS": keys} | settings
        world.watch(TROVE.tcin, DRAGON.tcin, **AUTO)
        world.say("/start")
        await world.start(*LIVE)
        await go_live(world)
        assert await world.stop() == 0
        await world.start(*LIVE, *more)
        await world.until_status(lambda status: status["mode"] == "live")
        yield world


async def watching_goes_on(world: World) -> None:
    await world.until_asked(more_than=len(world.store.calls) + SOME_CALLS)


# ---- the disk


@pytest.mark.guards("purchasing", "a disk that fails is said, and told of afterwards")
@pytest.mark.parametrize("step", ["opened", "carted", "reviewed", "submitting", "confirmed"])
async def test_a_disk_that_fills_up_during_a_purchase_leaves_no_order_that_is_not_on_it(
    tmp_path: Path, step: str
) -> None:
    async with live_world(tmp_path, "--full-at", step) as world:
        world.store.set(TROVE.tcin, shipping="IN_STOCK")
        health = await world.until_health("nothing can be stored")
        assert health["status"] == "unhealthy"
        if step in {"submitting", "confirmed"}:
            await world.until_called(ORDERS)
        await watching_goes_on(world)
        ordered = len(world.store.orders)
        assert ordered == (step in {"submitting", "confirmed"})
        # Where the process can't go on, the next one finds an honest state; here the first goes on by itself.
        world.store.set(TROVE.tcin, shipping="OUT_OF_STOCK")
        _make_room(world)
        await world.until_chat(lambda: any("I could not store anything" in one.text for one in world.messages()))
        await world.until_status(lambda status: status["slot"] is None)
        ((end, why, number),) = world.rows("SELECT step, why, order_number FROM attempt")
        if ordered:
            assert (end, number) == ("confirmed", world.store.orders[0].number)
        else:
            assert (end, number) == ("abandoned", None)
            assert why == "it broke, the log says how"
        assert len(world.store.orders) == ordered
        assert await world.stop() == 0
        assert (await world.command("audit"))[0] == 0


def _make_room(world: World) -> None:
    _send(world, signal.SIGUSR2)


def _send(world: World, number: signal.Signals) -> None:
    assert world.process is not None
    world.process.send_signal(number)


@pytest.mark.parametrize("step", ["reviewed", "submitting"])
async def test_killed_on_a_full_disk_the_next_start_finds_an_honest_state(tmp_path: Path, step: str) -> None:
    async with live_world(tmp_path, "--full-at", step) as world:
        world.store.set(TROVE.tcin, shipping="IN_STOCK")
        await world.until_health("nothing can be stored")
        if step == "submitting":
            await world.until_called(ORDERS)
        await watching_goes_on(world)
        world.store.set(TROVE.tcin, shipping="OUT_OF_STOCK")
        await world.kill()
        assert world.rows("SELECT step FROM attempt") == [(step,)]
        await world.start(*LIVE)
        await world.until_status(lambda status: status["slot"] is None)
        ends = {"reviewed": ("abandoned", 0), "submitting": ("confirmed", 1)}
        assert (world.rows("SELECT step FROM attempt")[0][0], len(world.store.orders)) == ends[step]
        assert await world.stop() == 0
        assert (await world.command("audit"))[0] == 0


@pytest.mark.guards("purchasing", "a stop that could not be stored is stored later, and shown meanwhile")
@pytest.mark.parametrize(("said", "stored"), [("/stop", "stopped by Ada"), (signal.SIGUSR1, "stopped by a signal")])
async def test_a_stop_on_a_full_disk_holds_at_once_and_is_stored_when_there_is_room(
    tmp_path: Path, said: str | signal.Signals, stored: str
) -> None:
    async with live_world(tmp_path, "--full-at", "opened") as world:
        world.store.set(TROVE.tcin, shipping="IN_STOCK")
        await world.until_health("nothing can be stored")
        if isinstance(said, str):
            world.say(said)
        else:
            _send(world, said)
        await world.until_status(lambda status: status["stopped"])
        assert world.rows("SELECT value FROM control WHERE what = 'stop'") == []
        _make_room(world)
        await world.until_rows([(json.dumps(stored),)], "SELECT value FROM control WHERE what = 'stop'")
        assert (world.data / "EMERGENCY_STOP").exists()
        await watching_goes_on(world)
        assert world.store.orders == []


async def test_a_database_that_is_damaged_while_it_runs_stops_buying_and_says_so(tmp_path: Path) -> None:
    async with live_world(tmp_path) as world:
        await world.until_status(lambda status: status["cycle_id"] >= 3)
        _damage(world.data)
        world.store.set(TROVE.tcin, shipping="IN_STOCK")
        health = await world.until_health("malformed")
        assert health["status"] == "unhealthy"
        assert world.process is not None
        assert (world.process.returncode, world.store.orders) == (None, [])
        assert await world.stop() == 0


def _damage(data: Path) -> None:
    """Every page but the first is overwritten, in the file and in what is written ahead of it."""
    for name, kept in (("stockbell.db", 100), ("stockbell.db-wal", 32)):
        with (data / name).open("r+b") as file:
            file.seek(kept)
            file.write(b"\xff" * (os.fstat(file.fileno()).st_size - kept))


# ---- the clock


async def test_with_a_clock_behind_its_journal_nothing_is_bought_it_is_said_and_watching_goes_on(
    tmp_path: Path,
) -> None:
    async with live_world(tmp_path) as world:
        await world.kill()
        _write(world, "UPDATE journal SET at = '2099-01-01T00:00:00.000Z' WHERE seq = (SELECT max(seq) FROM journal)")
        world.store.set(TROVE.tcin, shipping="IN_STOCK")
        await world.start(*LIVE)
        await world.until_health("the clock is", "behind the journal")
        await watching_goes_on(world)
        assert world.store.orders == []
        await world.kill()
        _write(world, "UPDATE journal SET at = '2026-01-01T00:00:00.000Z' WHERE at LIKE '2099%'")
        await world.start(*LIVE)
        await world.until_status(lambda _: len(world.store.orders) == 1)


async def test_after_a_clock_that_was_years_ahead_the_owner_accepts_the_present_one(tmp_path: Path) -> None:
    async with live_world(tmp_path) as world:
        await world.kill()
        _write(world, "UPDATE journal SET at = '2099-01-01T00:00:00.000Z' WHERE seq = (SELECT max(seq) FROM journal)")
        world.store.set(TROVE.tcin, shipping="IN_STOCK")
        await world.start(*LIVE)
        asked = await world.ask("/rearm", "within 60 s", "2099", "Confirm only if the clock is right")
        assert world.store.orders == []
        await world.ask(f"/rearm {asked.text.partition('/rearm ')[2][:4]}", "Buying is on again")
        await world.until_status(lambda _: len(world.store.orders) == 1)


def _write(world: World, sql: str) -> None:
    with closing(sqlite3.connect(world.data / "stockbell.db")) as db, db:
        db.execute(sql)


# ---- the shop


async def test_an_order_that_is_never_answered_is_in_doubt_at_its_deadline_and_settled_after_it(tmp_path: Path) -> None:
    async with live_world(tmp_path, STOCKBELL_PURCHASING__DEADLINE_S="3") as world:
        world.store.faults = Faults(hang=True, only=ORDERS, times=1)
        world.store.set(TROVE.tcin, shipping="IN_STOCK")
        doubt = "I don't know whether this was bought"
        await world.until_chat(lambda: any(doubt in one.text for one in world.messages()))
        await watching_goes_on(world)
        await world.until_status(lambda status: status["slot"] is None)
        told = "no confirmation came before the deadline; the order list has no such order"
        assert world.rows("SELECT step, why FROM attempt WHERE id = 1") == [("refused", told)]
        assert "1" not in [order.attempt for order in world.store.orders]


async def test_a_shop_that_hangs_before_the_button_is_given_up_at_the_deadline(tmp_path: Path) -> None:
    async with live_world(tmp_path, STOCKBELL_PURCHASING__DEADLINE_S="1.5") as world:
        world.store.faults = Faults(hang=True, only="/p/")
        world.store.set(TROVE.tcin, shipping="IN_STOCK")
        await world.until_rows([("abandoned",)], "SELECT step FROM attempt WHERE id = 1")
        await watching_goes_on(world)
        assert world.store.orders == []
        assert world.rows("SELECT why FROM attempt WHERE id = 1") == [("its deadline passed before the button",)]


async def test_sigterm_past_the_button_follows_it_to_its_outcome(tmp_path: Path) -> None:
    async with live_world(tmp_path) as world:
        world.store.faults = Faults(latency=2, only=ORDERS, times=1)
        world.store.set(TROVE.tcin, shipping="IN_STOCK")
        await world.until_called(ORDERS)  # before that, also while it is submitting, it is called off
        assert world.rows("SELECT step FROM attempt") == [("submitting",)]
        assert await world.stop() == 0
        assert world.rows("SELECT step FROM attempt") == [("confirmed",)]
        assert len(world.store.orders) == 1


# ---- what changed since it was read


@pytest.mark.guards("purchasing", "a second look before the cart: stock, seller, price, household")
@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"price": "56.00"}, "a second look found the price 56.00, above the cap 55"),
        ({"marketplace": True, "seller": "Somebody"}, "a second look found a marketplace seller"),
        ({"shipping_in_summary": "IN_STOCK", "shipping": "OUT_OF_STOCK"}, "a second look found it out of stock"),
    ],
)
async def test_a_second_look_is_taken_before_a_real_purchase(tmp_path: Path, change: dict[str, Any], why: str) -> None:
    async with live_world(tmp_path) as world:
        world.store.set(TROVE.tcin, price_in_summary=False, **{"shipping": "IN_STOCK", **change})
        await world.until_rows([("abandoned",)], "SELECT step FROM attempt WHERE id = 1")
        ((told,),) = world.rows("SELECT why FROM attempt WHERE id = 1")
        assert told.startswith(why)
        assert world.store.orders == []
        assert len(world.rows("SELECT seq FROM journal WHERE kind = 'disagreement'")) >= 1
