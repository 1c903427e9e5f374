"""Backups and their way back, with real processes: beside a service, over one, damaged, newer, and cut off half-way."""

import json
import sqlite3
import stat
import zipfile
from contextlib import closing
from pathlib import Path

import pytest

from bot.schema import VERSION
from tests.world import ADA, DRAGON, TROVE, World, new_world

#: What a restore says last.
STOPPED = "buying is stopped: what was bought since is not known. Look at your orders at Target, then /rearm\n"


async def begin(world: World) -> Path:
    """A service that watches, and a backup of it made meanwhile."""
    world.watch(TROVE.tcin, DRAGON.tcin)
    await world.start()
    await world.until_status(lambda status: status["cycle_id"] >= 1)
    return await back_up(world)


async def back_up(world: World) -> Path:
    target = world.folder / "copy"
    code, printed = await world.command("backup", str(target))
    assert (code, printed.splitlines()[-1]) == (0, "opened again: whole, and its audit is clean"), printed
    return target


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def modes_in(folder: Path) -> set[int]:
    return {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir() if path.is_file()}


@pytest.mark.guards("bot", "a backup is whole, opened and checked before it takes its place")
async def test_a_backup_is_one_private_file_made_beside_a_service_and_not_overwritten(tmp_path: Path) -> None:
    async with new_world(tmp_path) as world:
        target = await begin(world)
        assert stat.S_IMODE(target.stat().st_mode) == 0o600
        with zipfile.ZipFile(target) as archive:
            assert archive.namelist() == ["backup.json", "stockbell.db", "watchlist.toml"]
            told = json.loads(archive.read("backup.json"))
        assert (told["schema"], [one["name"] for one in told["files"]]) == (VERSION, ["stockbell.db", "watchlist.toml"])
        before = target.read_bytes()
        code, printed = await world.command("backup", str(target))
        assert (code, printed) == (1, f"{target} exists and is not overwritten; --overwrite does\n")
        assert target.read_bytes() == before
        assert (await world.command("backup", str(target), "--overwrite"))[0] == 0
        assert target.read_bytes() != before
        for nowhere, why in ((tmp_path, "is a directory"), (tmp_path / "no" / "copy", "can't be written")):
            code, printed = await world.command("backup", str(nowhere))
            assert (code, len(printed.splitlines()), why in printed) == (1, 1, True), printed
        assert names_in(tmp_path) == ["copy", "data", "service.log"]


@pytest.mark.guards("purchasing", "nothing is bought after a restore until an owner says so")
async def test_a_restored_service_tells_so_buys_nothing_repeats_no_alert_and_goes_on_after_rearm(
    tmp_path: Path,
) -> None:
    async with new_world(tmp_path) as world:
        world.watch(TROVE.tcin, DRAGON.tcin)
        world.store.set(TROVE.tcin, shipping="IN_STOCK")
        await world.start()
        await world.ask("/start", "You are owner")
        await world.until_rows([("confirmed",)], "SELECT step FROM attempt WHERE id = 1")
        await world.until_delivered()
        target, alerts = await back_up(world), len(world.alerts())
        # What happens now is not in the backup.
        await world.ask(f"/remove {DRAGON.tcin}", "Ember")
        assert await world.command("restore", str(target)) == (
            3,
            f"another instance holds {world.data}: end the service first\n",
        )
        assert await world.stop() == 0
        code, printed = await world.command("restore", str(target))
        assert (code, printed.endswith(STOPPED), "what was stored is in" in printed) == (0, True, True), printed
        (aside,) = world.data.glob("aside-*")
        assert {"stockbell.db", "watchlist.toml", "audit.jsonl"} <= {path.name for path in aside.iterdir()}
        assert modes_in(world.data) == {0o600}
        after, attempts = world.last_id(ADA.id), world.rows("SELECT count(*) FROM attempt")
        await world.start()
        told = await world.answer(ADA.id, "I was restored from a backup of", "/rearm", after=after)
        assert not told.silent
        await world.answer(ADA.id, "Buying is off", "A restore stopped it", after=after)
        status = await world.until_status(lambda status: status["stopped"] and len(status["products"]) == 2)
        await world.until_status(lambda later: later["cycle_id"] >= status["cycle_id"] + 3)
        assert world.rows("SELECT count(*) FROM attempt") == attempts
        assert world.rows("SELECT kind FROM journal WHERE kind = 'restored'") == [("restored",)]
        assert not (world.data / "restored.json").exists()
        await world.until_delivered()
        assert len(world.alerts()) == alerts
        # It is told once, also when it is started again, and the stop holds.
        assert await world.stop() == 0
        await world.start()
        await world.until_status(lambda status: status["stopped"])
        assert world.rows("SELECT count(*) FROM journal WHERE kind = 'restored'") == [(1,)]
        asked = await world.ask("/rearm", "within 60 s")
        code_word = asked.text.partition("/rearm ")[2][:4]
        await world.ask(f"/rearm {code_word}", "Buying is on again")
        await world.until_attempts(attempts[0][0] + 1)
        code, printed = await world.command("audit")
        assert (code, "no findings" in printed) == (0, True), printed


@pytest.mark.guards("bot", "a backup that is damaged, or newer, changes nothing")
async def test_what_is_no_sound_backup_is_one_clear_line_and_changes_nothing(tmp_path: Path) -> None:
    async with new_world(tmp_path) as world:
        target = await begin(world)
        assert await world.stop() == 0
        whole, database = target.read_bytes(), (world.data / "stockbell.db").read_bytes()
        before = names_in(world.data)
        middle = len(whole) // 2
        damaged = {
            "cut off": whole[:middle],
            "overwritten": whole[:middle] + bytes(64) + whole[middle + 64 :],
            "empty": b"",
            "text": b"no backup at all",
            "a cut database": database[: len(database) // 2],
            "a newer one": newer(world.data / "stockbell.db", tmp_path / "newer.db"),
        }
        for name, content in damaged.items():
            file = tmp_path / "damaged"
            file.write_bytes(content)
            code, printed = await world.command("restore", str(file))
            assert (code, len(printed.splitlines()), str(file) in printed) == (1, 1, True), (name, printed)
            assert ("newer than" in printed) == (name == "a newer one"), printed
        code, printed = await world.command("restore", str(tmp_path / "nowhere"))
        assert (code, printed) == (1, f"there is no file {tmp_path / 'nowhere'}\n")
        assert names_in(world.data) == before
        assert (world.data / "stockbell.db").read_bytes() == database


def newer(database: Path, copy: Path) -> bytes:
    copy.write_bytes(database.read_bytes())
    with closing(sqlite3.connect(copy)) as db:
        db.execute("PRAGMA user_version = 99")
        db.commit()
    return copy.read_bytes()


@pytest.mark.guards("bot", "a restore that was cut off begins no new database")
async def test_a_restore_that_was_cut_off_begins_no_new_database_and_is_made_again(tmp_path: Path) -> None:
    async with new_world(tmp_path) as world:
        target = await begin(world)
        assert await world.stop() == 0
        assert (await world.command("restore", str(target)))[0] == 0
        # As a crash leaves it between setting aside and putting back.
        (world.data / "stockbell.db").unlink()
        (world.data / ".restore").mkdir()
        (world.data / ".restore" / "stockbell.db").touch()
        code, printed = await world.command("run")
        assert (code, "is missing, and restored.json beside it" in printed) == (1, True), printed
        assert (await world.command("restore", str(target)))[0] == 0
        assert not (world.data / ".restore").exists()
        await world.start()
        await world.until_status(lambda status: status["stopped"] and status["cycle_id"] >= 1)


async def test_a_bare_database_of_an_older_program_is_restored_too(tmp_path: Path) -> None:
    async with new_world(tmp_path) as world:
        await begin(world)
        assert await world.stop() == 0
        bare = tmp_path / "bare.db"
        bare.write_bytes((world.data / "stockbell.db").read_bytes())
        with closing(sqlite3.connect(bare)) as db:
            db.execute(
                "INSERT INTO browser VALUES ('hash', 1001, '2026-11-22T14:03:22.418Z', '2099-11-22T14:03:22.418Z')"
            )
            db.execute("INSERT INTO invite VALUES ('hash', 'owner', '1001', '2099-11-22T14:03:22.418Z')")
            db.commit()
        world.settings["STOCKBELL_DATA_DIR"] = str(tmp_path / "elsewhere")
        code, printed = await world.command("restore", str(bare))
        assert (code, "restored a bare copy" in printed, printed.endswith(STOPPED)) == (0, True, True), printed
        # Whoever looked at the page then may have been shut out since, and a code may have been used.
        world.folder = tmp_path / "moved"
        world.folder.mkdir()
        (tmp_path / "elsewhere").rename(world.data)
        del world.settings["STOCKBELL_DATA_DIR"]
        assert world.rows("SELECT (SELECT count(*) FROM browser), (SELECT count(*) FROM invite)") == [(0, 0)]
        await world.start()
        status = await world.until_status(lambda status: status["stopped"] and status["cycle_id"] >= 1)
        assert [one["tcin"] for one in status["products"]] == [TROVE.tcin, DRAGON.tcin]
