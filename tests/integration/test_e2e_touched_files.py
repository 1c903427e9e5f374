"""A data directory that is moved, and a database that is emptied, while the service runs on it."""

import os
from decimal import Decimal
from pathlib import Path

import pytest

from config.products import BuyMode
from tests.world import TROVE, World, new_world

TOUCHED = "the database is not the one that was opened"


async def _unhealthy(world: World, *words: str) -> None:
    await world.until_health(TOUCHED, *words)
    assert (await world.get("/health")).status_code == 503


@pytest.mark.guards("config", "a directory that is gone is not an empty list")
@pytest.mark.guards("purchasing", "nothing is bought while the database is not the one that was opened")
async def test_a_directory_that_is_moved_away_and_back_is_told_and_nothing_is_bought_or_forgotten_meanwhile(
    tmp_path: Path,
) -> None:
    async with new_world(tmp_path) as world:
        world.watch(TROVE.tcin, buy=BuyMode.AUTO, max_price=Decimal(55))
        await world.start()
        await world.ask("/start", "You are owner")
        await world.until_status(lambda status: status["cycle_id"] >= 2)
        world.data.rename(tmp_path / "away")
        await _unhealthy(world, "data is gone")
        await world.until_chat(lambda: any("Somebody touched my stored data" in one.text for one in world.messages()))
        code, printed = await world.command("run")
        assert (code, printed, world.data.exists()) == (3, f"another instance holds {world.data}\n", False)
        world.store.set(TROVE.tcin, shipping="IN_STOCK")
        await world.until_chat(lambda: world.alerts("IN STOCK"))
        await world.until_chat(lambda: any("its directory data is not there" in one.text for one in world.messages()))
        status = await world.status()
        assert ([one["tcin"] for one in status["products"]], status["slot"], status["stopped"]) == (
            [TROVE.tcin],
            None,
            False,
        )
        (tmp_path / "away").rename(world.data)
        await world.until_chat(lambda: any("My stored data is back" in one.text for one in world.messages()))
        await world.until_rows([("confirmed",)], "SELECT step FROM attempt WHERE id = 1")
        await world.until_health()
        assert world.rows("SELECT count(*) FROM journal WHERE kind = 'watchlist_changed'") == [(1,)]
        # Emptied, it is never the same again, and the next start refuses it.
        world.store.set(TROVE.tcin, shipping="OUT_OF_STOCK")
        os.truncate(world.data / "stockbell.db", 0)
        await _unhealthy(world, "stockbell.db was cut off")
        assert world.log.read_text().count("storage.displaced") >= 2
