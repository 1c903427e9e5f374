"""Signals are honoured from the first instant of `run` to its last, whatever the process is at."""

import signal
from pathlib import Path

import pytest

from tests.world import TROVE, World, new_world

#: Long before the settings are read.
FIRST_IMPORT = "import:typer"
#: The data directory is known, and what the service needs is being imported.
SERVICE_IMPORT = "import:bot.app"
#: Everything is wired, and the database is about to be opened.
DATABASE = "sqlite3.connect:stockbell.db"

STOP_FILE = "EMERGENCY_STOP"


async def start(world: World, *moments: str) -> None:
    await world.execute("tests.early_signals", *moments, "--", "run")


@pytest.mark.guards("bot", "a stop by a signal is heard from the first instant")
@pytest.mark.parametrize("moment", [FIRST_IMPORT, DATABASE])
async def test_a_stop_by_a_signal_in_the_middle_of_the_start_stands(tmp_path: Path, moment: str) -> None:
    async with new_world(tmp_path) as world:
        world.watch(TROVE.tcin)
        world.store.set(TROVE.tcin, shipping="IN_STOCK")
        await start(world, f"{moment}=SIGUSR1")
        await world.until_rows([('"stopped by a signal"',)], "SELECT value FROM control WHERE what = 'stop'")
        assert (world.data / STOP_FILE).exists()
        status = await world.until_status(lambda status: status["cycle_id"] >= 2)
        assert status["stopped"]
        assert world.rows("SELECT count(*) FROM attempt") == [(0,)]
        assert await world.stop() == 0


@pytest.mark.guards("bot", "an end in the middle of the start is an orderly one, and keeps a stop that came before it")
@pytest.mark.parametrize(
    ("moment", "name"), [(FIRST_IMPORT, "SIGHUP"), (SERVICE_IMPORT, "SIGINT"), (DATABASE, "SIGTERM")]
)
async def test_an_end_in_the_middle_of_the_start_is_orderly_and_keeps_a_stop(
    tmp_path: Path, moment: str, name: str
) -> None:
    async with new_world(tmp_path) as world:
        await start(world, f"{moment}=SIGUSR1,{name}")
        assert await world.ended() == 0
        assert (world.data / STOP_FILE).exists()
        assert "Traceback" not in world.log.read_text()


async def test_a_stop_beside_the_instance_that_holds_the_directory_stops_that_one(tmp_path: Path) -> None:
    async with new_world(tmp_path) as world:
        world.watch(TROVE.tcin)
        await world.start()
        await world.until_status(lambda status: status["cycle_id"] >= 1)
        holder = world.process
        await start(world, f"{FIRST_IMPORT}=SIGUSR1")
        assert await world.ended() == 3
        world.process = holder
        await world.until_status(lambda status: status["stopped"])


async def test_a_hang_up_in_mid_attempt_calls_it_off_and_ends_in_order(tmp_path: Path) -> None:
    async with new_world(tmp_path, STOCKBELL_PURCHASING__SIMULATED_S="60") as world:
        world.watch(TROVE.tcin)
        world.store.set(TROVE.tcin, shipping="IN_STOCK")
        await world.start()
        await world.until_status(lambda status: status["slot"])
        assert world.process is not None
        world.process.send_signal(signal.SIGHUP)
        assert await world.ended() == 0
        assert world.rows("SELECT step FROM attempt") == [("abandoned",)]
        assert world.rows("SELECT kind FROM journal ORDER BY seq DESC LIMIT 1") == [("service_stopped",)]
