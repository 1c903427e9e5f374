"""`stockbell login` as far as it needs no browser."""

import json
import re
import stat
from pathlib import Path
from typing import Any

import pytest

from config.clock import utc_now
from purchasing.checkout.marker_record import MarkerRecord
from tests.world import new_world

SECRET = "s3cret-value-of-a-cookie"


def exported(domain: str) -> dict[str, Any]:
    cookie = {"name": "accessToken", "value": SECRET, "domain": domain, "path": "/", "expires": -1}
    return {"cookies": [cookie], "origins": []}


async def test_an_exported_session_is_stored_for_its_owner_alone_in_a_new_data_directory(tmp_path: Path) -> None:
    file = tmp_path / "exported.json"
    file.write_text(json.dumps(exported("127.0.0.1")))
    async with new_world(tmp_path) as world:
        code, printed = await world.command("login", "--import", str(file))
        stored = world.data / "session.json"
        assert (code, "stored in" in printed, printed.count("\n")) == (0, True, 1)
        assert json.loads(stored.read_text()) == exported("127.0.0.1")
        assert [stat.S_IMODE(path.stat().st_mode) for path in (stored, world.data)] == [0o600, 0o700]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (None, "there is no"),
        (SECRET, "is no JSON"),
        (json.dumps([exported("127.0.0.1")]), "is no Playwright storage state"),
        (json.dumps(exported(".elsewhere.com")), "holds no cookie of 127.0.0.1"),
    ],
)
async def test_what_is_no_session_is_refused_with_the_reason(tmp_path: Path, text: str | None, why: str) -> None:
    file = tmp_path / "exported.json"
    if text is not None:
        file.write_text(text)
    async with new_world(tmp_path) as world:
        code, printed = await world.command("login", "--import", str(file))
        assert (code, why in printed, printed.count("\n")) == (2, True, 1)
        assert "; `stockbell login` on a computer with a screen stores one, session.json" in printed
        assert SECRET not in printed
        assert not world.data.exists()


async def test_without_a_screen_one_line_tells_of_the_import(tmp_path: Path) -> None:
    async with new_world(tmp_path, DISPLAY="", WAYLAND_DISPLAY="") as world:
        code, printed = await world.command("login")
        assert (code, "login --import FILE" in printed, printed.count("\n")) == (1, True, 1)


async def test_without_a_session_the_check_says_what_to_do(tmp_path: Path) -> None:
    async with new_world(tmp_path) as world:
        code, printed = await world.command("login", "--check")
        assert (code, "run `stockbell login`" in printed, printed.count("\n")) == (1, True, 1)
        code, printed = await world.command("login", "--check", "--import", "x")
        assert (code, printed.count("\n")) == (2, 1)


async def test_the_doctor_names_what_is_wrong_with_browser_and_session(tmp_path: Path) -> None:
    async with new_world(tmp_path, STOCKBELL_BROWSER__EXECUTABLE="/nowhere/chromium") as world:
        code, printed = await world.command("doctor")
        assert (code, "browser: WRONG: /nowhere/chromium is not there" in printed) == (1, True)
        assert "session: not looked at: none is stored" in printed
        assert re.search("markers: not looked at: .*stockbell rehearse", printed)
        world.data.mkdir(mode=0o700)
        session = world.data / "session.json"
        for content, mode, told in (
            (SECRET, 0o600, "session: WRONG: .* is no JSON; run `stockbell login`"),
            (json.dumps(exported("127.0.0.1")), 0o644, "session: WRONG: others may read .*; .*chmod 600"),
            (json.dumps(exported("127.0.0.1")), 0o600, "session: well: stored .* ago"),
        ):
            session.write_text(content)
            session.chmod(mode)
            code, printed = await world.command("doctor")
            assert re.search(told, printed), printed
            assert SECRET not in printed
        assert "markers: not looked at: never rehearsed" in printed
        MarkerRecord(world.data / "markers.json").write({"account", "add"}, at=utc_now())
        assert "markers: WRONG: 2 markers held, not found: cart_groups" in (await world.command("doctor"))[1]
