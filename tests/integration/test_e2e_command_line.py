"""The command line: settings, exit codes, and what a signal, a file or a damaged database do to the process."""

import json
import shutil
import signal
import socket
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from config.products import Channel
from sandbox.faults import Wall
from sandbox.store import Item
from tests.integration.post import eventually
from tests.world import ADA, DRAGON, TROVE, World, new_world

CHILDLESS = Item(tcin="15000001", title="New word", shipping="RIDDLE")


# ---- settings


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("STOCKBELL_MONITOR__EVERY_MIN_S", "soon", "STOCKBELL_MONITOR__EVERY_MIN_S: must be a number"),
        ("STOCKBELL_MONITOR__EVERY_MIN_S", "700", "STOCKBELL_MONITOR__EVERY_MIN_S: 700 is above"),
        ("STOCKBELL_TELEGRAM__OWNERS", "1001", "STOCKBELL_TELEGRAM__OWNERS: must be a JSON list"),
        ("STOCKBELL_TELEGRAM__TOKEN", "123:secret", "STOCKBELL_TELEGRAM__TOKEN: is not a bot token"),
        ("STOCKBELL_HTTP__TOKEN", "secret", "STOCKBELL_HTTP__TOKEN: must be 16 plain characters at least"),
        ("STOCKBELL_HTTP__HOST", "0.0.0.0", "STOCKBELL_HTTP__HOST: '0.0.0.0' can be reached from outside"),
        ("STOCKBELL_TARGET__API_URL", "https://redsky.target.com", "below 10 is refused for target.com itself"),
        ("STOCKBELL_PURCHASING__MODE", "dream", "STOCKBELL_PURCHASING__MODE: must be 'simulate'"),
        ("STOCKBELL_TIMEZONE", "Mars/Olympus", "STOCKBELL_TIMEZONE: 'Mars/Olympus' is not a time zone"),
        ("STOCKBELL_DATA_DIR", "~nosuchuser/x", "STOCKBELL_DATA_DIR: there is no home directory ~nosuchuser"),
        ("STOCKBELL_TARGET__USER_AGENTS", '["fine", "Stöckbell"]', "USER_AGENTS: entry 2 must be in plain characters"),
        ("STOCKBELL_TARGET__USER_AGENTS", '["a\\nb"]', "USER_AGENTS: entry 1 must be in plain characters"),
        ("STOCKBELL_MONITR__EVERY_MIN_S", "5", "did you mean STOCKBELL_MONITOR__EVERY_MIN_S?"),
        ("STOCKBEL_DATA_DIR", "x", "did you mean STOCKBELL_DATA_DIR?"),
        ("STOCKBELL_DATA_DIR", '"/data"', "STOCKBELL_DATA_DIR: stands in quotes"),
        ("SSL_CERT_FILE", "/nowhere/ca.pem", "SSL_CERT_FILE: /nowhere/ca.pem cannot be read"),
    ],
)
async def test_a_wrong_setting_is_one_line_that_names_it(tmp_path: Path, name: str, value: str, told: str) -> None:
    async with new_world(tmp_path) as world:
        world.settings[name] = value
        code, printed = await world.command("run")
        (line,) = printed.splitlines()
        assert (code, told in line) == (2, True), printed
        assert "secret" not in printed
        assert not world.data.exists()


@pytest.mark.parametrize("verb", ["run", "demo"])
async def test_a_zone_of_the_system_that_is_none_is_one_line_that_names_it(tmp_path: Path, verb: str) -> None:
    async with new_world(tmp_path) as world:
        world.settings |= {"STOCKBELL_TIMEZONE": "", "TZ": "Mars/Base"}
        code, printed = await world.command(verb)
        assert (code, printed.strip()) == (
            2,
            "TZ: 'Mars/Base' is not a time zone; write one such as America/Chicago",
        )


async def test_a_terminal_that_cannot_show_a_sign_gets_another_one(tmp_path: Path) -> None:
    async with new_world(tmp_path, items=(Item(tcin="15000002", title="Trové 🟢", shipping="IN_STOCK"),)) as world:
        world.settings["PYTHONIOENCODING"] = "ascii"
        await world.execute("bot", "check", "15000002")
        assert (await world.ended(), "Traceback" in world.tail(), "Trov?" in world.tail()) == (0, False, True)


async def test_everything_that_is_set_wrongly_is_told_at_once(tmp_path: Path) -> None:
    async with new_world(tmp_path) as world:
        world.settings |= {
            "STOCKBELL_TARGET__TIMEOUT_S": "-1",
            "STOCKBELL_PURCHASING__SIMULATED_SUCCESS": "2",
            "STOCKBELL_HTTP__PORTT": "1",
        }
        code, printed = await world.command("run")
        assert code == 2
        named = ("STOCKBELL_TARGET__TIMEOUT_S", "STOCKBELL_PURCHASING__SIMULATED_SUCCESS", "STOCKBELL_HTTP__PORTT")
        assert len(printed.splitlines()) == len(named)
        assert all(name in printed for name in named)


@pytest.mark.parametrize("words", [("fly",), ("run", "--fast"), ("check", "12"), ()])
async def test_wrong_use_ends_with_2(tmp_path: Path, words: tuple[str, ...]) -> None:
    async with new_world(tmp_path) as world:
        code, printed = await world.command(*words)
        assert code == 2
        assert printed
        assert not world.data.exists()


# ---- check


async def test_check_asks_once_prints_and_writes_nothing(tmp_path: Path) -> None:
    async with new_world(tmp_path) as world:
        world.store.set(TROVE.tcin, shipping="IN_STOCK")
        link = f"https://www.target.com/p/-/A-{DRAGON.tcin}"
        code, printed = await world.command("check", TROVE.tcin, link, "--json")
        told = json.loads(printed)
        assert code == 0
        assert told["took_ms"] >= 0
        assert {
            tcin: (one["title"], one["state"], one["detail"], one["price"]) for tcin, one in told["stock"].items()
        } == {
            TROVE.tcin: ("Illumineer's Trove", "in_stock", "IN_STOCK", "49.99"),
            DRAGON.tcin: ("Ember the Dragon", "out_of_stock", "OUT_OF_STOCK", "14.99"),
        }
        assert told["stock"][TROVE.tcin]["seen_at"].endswith("Z")
        code, printed = await world.command("check", TROVE.tcin)
        assert (code, TROVE.tcin in printed, "in_stock" in printed) == (0, True, True)
        assert not world.data.exists()


async def test_check_without_a_product_asks_for_the_watch_list_beside_a_running_service(tmp_path: Path) -> None:
    async with new_world(tmp_path) as world:
        world.watch(TROVE.tcin, DRAGON.tcin)
        await world.start()
        await world.until_status(lambda status: status["cycle_id"] >= 1)
        code, printed = await world.command("check", "--json")
        assert (code, set(json.loads(printed)["stock"])) == (0, {TROVE.tcin, DRAGON.tcin})


async def test_check_ends_with_1_where_a_product_got_no_certain_reading(tmp_path: Path) -> None:
    async with new_world(tmp_path, items=(TROVE, CHILDLESS)) as world:
        code, printed = await world.command("check", TROVE.tcin, CHILDLESS.tcin, "--json")
        stock = json.loads(printed)["stock"]
        assert (code, stock[TROVE.tcin]["state"]) == (1, "out_of_stock")
        assert (stock[CHILDLESS.tcin]["state"], stock[CHILDLESS.tcin]["seen_at"]) == ("unknown", None)
        assert stock[TROVE.tcin]["why"] is None
        assert stock[CHILDLESS.tcin]["why"] == "Target uses a new word for its stock: RIDDLE"
        world.store.faults.wall = Wall.JSON_403
        code, printed = await world.command("check", TROVE.tcin)
        assert code == 1
        assert "403" in printed or "wall" in printed


async def test_check_complains_beside_its_answer_and_keeps_the_shop_s_own_word(tmp_path: Path) -> None:
    async with new_world(tmp_path, items=(CHILDLESS,)) as world:
        code, told, complained = await world.streams("check", CHILDLESS.tcin, "--json")
        assert (code, json.loads(told)["stock"][CHILDLESS.tcin]["detail"], complained) == (1, "RIDDLE", "")
        world.store.faults.wall = Wall.JSON_403
        for words in (["--json"], []):
            code, told, complained = await world.streams("check", CHILDLESS.tcin, *words)
            assert (code, "the bot wall" in told, len(complained.splitlines())) == (1, True, 1)
            assert "the bot wall" in complained


async def test_check_looks_at_the_channel_that_the_watch_list_wants(tmp_path: Path) -> None:
    async with new_world(tmp_path) as world:
        world.store.set(TROVE.tcin, shipping="OUT_OF_STOCK", pickup="IN_STOCK")
        world.watch(TROVE.tcin, channel=Channel.PICKUP)
        code, told, _ = await world.streams("check", TROVE.tcin, "--json")
        assert (code, json.loads(told)["stock"][TROVE.tcin]["state"]) == (0, "in_stock")


@pytest.mark.parametrize("words", [(), (TROVE.tcin,)])
async def test_check_tells_what_is_wrong_with_the_watch_list(tmp_path: Path, words: tuple[str, ...]) -> None:
    async with new_world(tmp_path) as world:
        world.watch(TROVE.tcin)
        file = world.data / "watchlist.toml"
        file.write_text("[[product]]\ntcin = 1\nqty = 2\n")
        code, told, complained = await world.streams("check", *words)
        lines = complained.splitlines()
        assert (code, told, len(lines)) == (2, "", 2)
        assert all(line.startswith(f"{file}: line ") for line in lines)


async def test_check_with_nothing_to_ask_for_says_so(tmp_path: Path) -> None:
    async with new_world(tmp_path) as world:
        for _ in range(2):
            code, told, complained = await world.streams("check")
            assert (code, told, len(complained.splitlines())) == (1, "", 1)
            code, told, complained = await world.streams("check", "--json")
            assert (code, set(json.loads(told)), len(complained.splitlines())) == (1, {"took_ms", "stock"}, 1)
            assert json.loads(told)["stock"] == {}
            assert "nothing to ask for" in complained
            world.watch(TROVE.tcin, enabled=False)
        assert not world.store.calls


# ---- the data


async def test_audit_without_a_database_fails_with_a_line_and_makes_none(tmp_path: Path) -> None:
    async with new_world(tmp_path) as world:
        code, printed = await world.command("audit")
        assert (code, len(printed.splitlines())) == (1, 1)
        assert "there is no database at" in printed
        assert not world.data.exists()


async def test_audit_is_clean_beside_a_running_service(tmp_path: Path) -> None:
    async with new_world(tmp_path) as world:
        world.watch(TROVE.tcin)
        world.store.set(TROVE.tcin, shipping="IN_STOCK")
        await world.start()
        await world.until_rows([("confirmed",)], "SELECT step FROM attempt WHERE id = 1")
        code, printed = await world.command("audit")
        assert (code, "no findings" in printed) == (0, True), printed


async def test_a_second_run_on_the_same_data_ends_with_3_and_disturbs_nothing(tmp_path: Path) -> None:
    async with new_world(tmp_path) as world:
        world.watch(TROVE.tcin)
        await world.start()
        status = await world.until_status(lambda status: status["cycle_id"] >= 1)
        code, printed = await world.command("run")
        assert (code, printed.splitlines()) == (3, [f"another instance holds {world.data}"])
        await world.until_status(lambda later: later["cycle_id"] > status["cycle_id"])
        await world.kill()
        await world.start()
        await world.until_status(lambda later: later["cycle_id"] > status["cycle_id"] + 1)


@pytest.mark.parametrize("damage", ["not a database", "newer", "another program's"])
async def test_a_database_that_cannot_serve_ends_the_start_with_a_line_and_stays_as_it_is(
    tmp_path: Path, damage: str
) -> None:
    async with new_world(tmp_path) as world:
        world.watch(TROVE.tcin)
        file = world.data / "stockbell.db"
        if damage == "not a database":
            file.write_bytes(b"this is no database, whatever its name says" * 100)
        else:
            with closing(sqlite3.connect(file)) as db:
                pragma = "PRAGMA user_version = 99" if damage == "newer" else "PRAGMA application_id = 7"
                db.execute("CREATE TABLE something (x)")
                db.execute("PRAGMA application_id = 1398031948" if damage == "newer" else "SELECT 1")
                db.execute(pragma)
                db.commit()
        before = file.read_bytes()
        code, printed = await world.command("run")
        assert code == 1
        assert str(file) in printed
        assert "Traceback" not in printed
        assert file.read_bytes() == before
        code, printed = await world.command("audit")
        assert (code, "Traceback" in printed) == (1, False)


async def test_a_page_of_the_database_that_is_damaged_is_said_and_not_written_over(tmp_path: Path) -> None:
    async with new_world(tmp_path) as world:
        world.watch(TROVE.tcin)
        await world.start()
        await world.until_status(lambda status: status["cycle_id"] >= 3)
        assert await world.stop() == 0
        file = world.data / "stockbell.db"
        whole = file.read_bytes()
        file.write_bytes(whole[:100] + b"\xff" * (len(whole) - 100))
        code, printed = await world.command("run")
        assert (code, "cannot be used" in printed, "Traceback" in printed) == (1, True, False)


async def test_a_data_directory_that_cannot_be_is_told_in_a_line(tmp_path: Path) -> None:
    async with new_world(tmp_path) as world:
        world.data.write_text("a file, where a directory should be")
        code, printed = await world.command("run")
        assert (code, len(printed.splitlines()), str(world.data) in printed) == (1, 1, True), printed
        older = tmp_path / "older.json"
        older.write_text('{"products": [{"tcin": "93954435"}]}')
        code, printed = await world.command("import", str(older))
        assert (code, len(printed.splitlines()), str(world.data) in printed) == (1, 1, True), printed


async def test_a_taken_port_stops_nothing_but_the_web_side(tmp_path: Path) -> None:
    async with new_world(tmp_path) as world:
        world.watch(TROVE.tcin)
        with socket.create_server(("127.0.0.1", 0)) as other:
            port = other.getsockname()[1]
            world.settings["STOCKBELL_HTTP__PORT"] = str(port)
            await world.start()
            await world.ask("/status", "Buying: on")
            (line,) = [line for line in world.log.read_text().splitlines() if "web." in line]
            assert f"127.0.0.1, port {port}: Address already in use" in line

        async def is_served() -> bool:
            return "web.listening" in world.log.read_text()

        await eventually(is_served)
        assert "Traceback" not in world.log.read_text()
        assert await world.stop() == 0


# ---- signals and the emergency file


async def test_sigterm_lets_an_attempt_before_its_button_go_and_ends_with_0(tmp_path: Path) -> None:
    async with new_world(tmp_path, STOCKBELL_PURCHASING__SIMULATED_S="20") as world:
        world.watch(TROVE.tcin)
        world.store.set(TROVE.tcin, shipping="IN_STOCK")
        world.say("/board")
        await world.start()
        await world.until_chat(lambda: any(one.pinned for one in world.messages()))
        await world.until_status(lambda status: status["slot"])
        assert await world.stop() == 0
        assert world.rows("SELECT step, why FROM attempt") == [("abandoned", "the service is stopping")]
        assert world.rows("SELECT kind FROM journal ORDER BY seq DESC LIMIT 1") == [("service_stopped",)]
        (board,) = [one for one in world.messages() if one.pinned]
        assert "Stockbell is not running" in board.text


async def test_sigterm_while_everything_hangs_ends_within_30_seconds(tmp_path: Path) -> None:
    async with new_world(tmp_path) as world:
        world.watch(TROVE.tcin)
        await world.start()
        await world.ask("/start", "You are owner")
        world.store.faults.hang = True
        world.chat.faults.slow = 60
        world.say("/status")
        await world.until_asked(more_than=len(world.store.calls))
        assert await world.stop() == 0


async def test_sigusr1_stops_buying_and_watching_goes_on(tmp_path: Path) -> None:
    async with new_world(tmp_path, STOCKBELL_PURCHASING__SIMULATED_S="20") as world:
        world.watch(TROVE.tcin)
        world.store.set(TROVE.tcin, shipping="IN_STOCK")
        await world.start()
        await world.ask("/start", "You are owner")
        await world.until_status(lambda status: status["slot"])
        assert world.process is not None
        world.process.send_signal(signal.SIGUSR1)
        status = await world.until_status(lambda status: status["stopped"] and status["slot"] is None)
        assert (world.data / "EMERGENCY_STOP").exists()
        assert world.rows("SELECT step FROM attempt") == [("abandoned",)]
        told = await world.answer(ADA.id, "Buying is off", "signal", "/rearm", after=0)
        assert not told.silent
        await world.until_status(lambda later: later["cycle_id"] > status["cycle_id"] + 2)
        assert (await world.status())["slot"] is None


@pytest.mark.guards("purchasing", "the stop's file and its row")
async def test_a_stop_file_made_by_hand_stops_and_deleting_it_rearms_nothing(tmp_path: Path) -> None:
    async with new_world(tmp_path, STOCKBELL_PURCHASING__SIMULATED_S="20") as world:
        world.watch(TROVE.tcin)
        world.store.set(TROVE.tcin, shipping="IN_STOCK")
        await world.start()
        await world.until_status(lambda status: status["slot"])
        file = world.data / "EMERGENCY_STOP"
        file.touch()
        await world.until_status(lambda status: status["stopped"] and status["slot"] is None)
        file.unlink()
        await _stays_stopped(world)
        await world.kill()
        await world.start()
        await _stays_stopped(world)
        asked = await world.ask("/rearm", "within 60 s")
        code = asked.text.partition("/rearm ")[2][:4]
        await world.ask(f"/rearm {code}", "Buying is on again")
        await world.until_status(lambda status: not status["stopped"] and status["slot"])


async def _stays_stopped(world: World) -> None:
    status = await world.until_status(lambda status: status["stopped"])
    later = await world.until_status(lambda later: later["cycle_id"] >= status["cycle_id"] + 4)
    assert (later["stopped"], later["slot"]) == (True, None)


async def test_a_stop_file_that_is_there_at_the_start_lets_nothing_be_bought(tmp_path: Path) -> None:
    async with new_world(tmp_path) as world:
        world.watch(TROVE.tcin)
        world.store.set(TROVE.tcin, shipping="IN_STOCK")
        (world.data / "EMERGENCY_STOP").touch()
        await world.start()
        await _stays_stopped(world)
        assert world.rows("SELECT count(*) FROM attempt") == [(0,)]
        await world.until_health("buying is stopped")


async def test_a_whole_data_directory_may_be_moved_elsewhere(tmp_path: Path) -> None:
    async with new_world(tmp_path) as world:
        world.watch(TROVE.tcin)
        await world.start()
        before = await world.until_status(lambda status: status["cycle_id"] >= 2)
        assert await world.stop() == 0
        shutil.copytree(world.data, tmp_path / "elsewhere")
        world.settings["STOCKBELL_DATA_DIR"] = str(tmp_path / "elsewhere")
        await world.start()
        await world.until_status(lambda status: status["cycle_id"] > before["cycle_id"])
