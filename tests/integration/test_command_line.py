"""The command line's work on a data directory, beside a running service and without one."""

import json
from pathlib import Path

import pytest

from bot.web.probe import health_url
from config.settings import HttpSettings
from config.watchlist import WatchlistFile
from tests.world import TROVE, new_world


async def test_the_audit_log_holds_every_event_once_over_kills(tmp_path: Path) -> None:
    async with new_world(tmp_path) as world:
        world.watch(TROVE.tcin)
        for _ in range(3):
            await world.start()
            await world.until_status(lambda status: status["cycle_id"] >= 1)
            await world.kill()
        with (world.data / "audit.jsonl").open("a") as log:
            log.write('{"v":1,"seq":')  # as a crash in the middle of a line leaves it
        await world.start()
        await world.until_status(lambda status: status["cycle_id"] >= 8)
        assert await world.stop() == 0
        told = [json.loads(line)["seq"] for line in (world.data / "audit.jsonl").read_text().splitlines()]
        ((stored,),) = world.rows("SELECT max(seq) FROM journal")
        assert told == list(range(1, stored + 1))


async def test_an_older_list_is_imported_beside_what_is_watched(tmp_path: Path) -> None:
    async with new_world(tmp_path) as world:
        world.watch(TROVE.tcin)
        older = tmp_path / "older.json"
        older.write_text('{"products": [{"tcin": "93954435", "name": "Ember", "max_price": 15, "enabled": true}]}')
        code, printed = await world.command("import", str(older))
        assert (code, "1 read" in printed) == (0, True)
        listed = (world.data / "watchlist.toml").read_text()
        assert TROVE.tcin in listed
        assert "93954435" in listed
        for nothing in ("[]", '{"products": []}'):
            older.write_text(nothing)
            code, printed = await world.command("import", str(older))
            assert (code, printed.count("\n")) == (1, 1)


async def test_an_import_beside_a_watch_list_that_is_gone_keeps_what_is_watched(tmp_path: Path) -> None:
    async with new_world(tmp_path) as world:
        world.watch(TROVE.tcin)
        await world.start()
        await world.until_status(lambda status: status["cycle_id"] >= 1)
        assert await world.stop() == 0
        (world.data / "watchlist.toml").unlink()
        older = tmp_path / "older.json"
        older.write_text('{"products": [{"tcin": "93954435"}]}')
        code, printed = await world.command("import", str(older))
        assert (code, "1 read" in printed) == (0, True)
        listed = WatchlistFile(world.data / "watchlist.toml").read()
        assert [product.tcin for product in listed] == [TROVE.tcin, "93954435"]


async def test_the_doctor_names_what_is_wrong(tmp_path: Path) -> None:
    async with new_world(tmp_path) as world:
        world.watch(TROVE.tcin)
        code, printed = await world.command("doctor")
        assert (code, "Telegram: well" in printed, "shop: well" in printed) == (0, True, True)
        world.store.faults.status = 410
        world.chat.faults.token_refused = True
        code, printed = await world.command("doctor")
        assert (code, "Telegram: WRONG" in printed, "shop: WRONG" in printed) == (1, True, True)


async def test_the_health_check_of_a_container_asks_where_the_service_listens(tmp_path: Path) -> None:
    async with new_world(tmp_path, STOCKBELL_HTTP__HOST="127.0.0.2", HTTP_PROXY="http://127.0.0.1:1") as world:
        world.watch(TROVE.tcin)
        await world.execute("bot.web.probe")
        assert await world.ended() == 1
        await world.start()
        service = world.process
        await world.status()
        await world.execute("bot.web.probe")
        assert await world.ended() == 0
        world.process = service


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:8787/health"),
        ("0.0.0.0", "http://127.0.0.1:8787/health"),
        ("::", "http://127.0.0.1:8787/health"),
        ("::1", "http://[::1]:8787/health"),
        ("10.0.0.7", "http://10.0.0.7:8787/health"),
    ],
)
def test_a_service_that_listens_everywhere_is_asked_on_the_loopback(host: str, url: str) -> None:
    assert health_url(HttpSettings(host=host)) == url
