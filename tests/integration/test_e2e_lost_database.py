"""A database that is lost, at a start: it is not begun anew without a word, for what was bought would be forgotten."""

import stat
from pathlib import Path

import pytest

from tests.world import TROVE, new_world


@pytest.mark.guards("config", "a database that is lost is not begun anew without a word")
async def test_a_lost_database_is_refused_with_both_ways_out_and_may_be_begun_anew(tmp_path: Path) -> None:
    async with new_world(tmp_path) as world:
        world.watch(TROVE.tcin)
        await world.start()
        await world.until_status(lambda status: status["cycle_id"] >= 2)
        await world.kill()
        for path in world.data.glob("stockbell.db*"):
            path.unlink()
        audit, file = (world.data / "audit.jsonl").read_bytes(), world.data / "stockbell.db"
        for make, why in ((file.exists, "is missing"), (file.touch, "is empty")):
            make()
            before = {path.name for path in world.data.iterdir()}
            code, printed = await world.command("run")
            assert (code, len(printed.splitlines()), why in printed) == (1, 1, True), printed
            assert "`stockbell restore FILE`" in printed
            assert "`stockbell run --new`" in printed
            assert {path.name for path in world.data.iterdir()} == before
        code, printed = await world.command("backup", str(tmp_path / "copy"))
        assert (code, "it is none of ours" in printed, (tmp_path / "copy").exists()) == (1, True, False), printed
        # Begun anew: what was there lies aside, and the watch list and a stop stay.
        (world.data / "EMERGENCY_STOP").touch(mode=0o644)
        (world.data / "audit.jsonl").chmod(0o644)
        await world.start("bot", "run", "--new")
        status = await world.until_status(lambda status: status["cycle_id"] >= 1 and status["stopped"])
        assert [one["tcin"] for one in status["products"]] == [TROVE.tcin]
        (aside,) = world.data.glob("aside-*")
        assert ((aside / "audit.jsonl").read_bytes(), (aside / file.name).stat().st_size) == (audit, 0)
        assert world.rows("SELECT kind FROM journal WHERE seq = 1") == [("service_started",)]
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in world.data.iterdir() if path.is_file()}
        assert {modes[name] for name in modes if name != "watchlist.toml"} == {0o600}
        assert await world.command("run", "--new") == (3, f"another instance holds {world.data}\n")
        assert list(world.data.glob("aside-*")) == [aside]
