import json
import os
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from purchasing.checkout.session import LARGEST, SessionFile, SessionUnusable

SECRET = "s3cret-value-of-a-cookie"


def cookie(domain: str = ".target.com", **others: Any) -> dict[str, Any]:
    return {"name": "accessToken", "value": SECRET, "domain": domain, "path": "/", "expires": -1, **others}


def state(*cookies: dict[str, Any]) -> dict[str, Any]:
    return {"cookies": list(cookies), "origins": []}


def session(folder: Path, site_url: str = "https://www.target.com") -> SessionFile:
    return SessionFile(folder / "session.json", site_url=site_url)


def test_what_is_written_is_read_as_it_was_for_its_owner_alone(tmp_path: Path) -> None:
    file, held = session(tmp_path), state(cookie(sameSite="Lax", partitionKey="x"), cookie(".elsewhere.com"))
    held["origins"] = [{"origin": "https://www.target.com", "localStorage": [{"name": "a", "value": "b"}]}]
    file.write(held)
    assert (file.read(), file.why_not_usable()) == (held, None)
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o600


def test_each_writing_has_a_stamp_of_its_own(tmp_path: Path) -> None:
    file = session(tmp_path)
    assert (file.stamp, file.renewed_at) == (None, None)
    stamps = []
    for _ in range(3):
        file.write(state(cookie()))
        stamps.append(file.stamp)
    assert len(set(stamps)) == 3
    assert file.renewed_at is not None


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "no JSON"),
        (f'{{"cookies": [{{"value": "{SECRET}"', "no JSON"),
        ("[]", "no Playwright storage state"),
        (json.dumps({"origins": []}), "cookies"),
        (json.dumps({"cookies": {"name": SECRET}}), "cookies"),
        (json.dumps(state({"name": "a", "value": SECRET, "path": "/"})), "domain"),
        (json.dumps(state(cookie(value=[SECRET]))), "value"),
        (json.dumps(state(cookie(sameSite="no_restriction"))), "sameSite"),
        (json.dumps(state(cookie(expires=10**12))), "expires"),
        (json.dumps(state(cookie(expires=-5))), "expires"),
        (json.dumps(state(cookie(secure=None))), "secure"),
        (json.dumps(state(cookie(httpOnly="true"))), "httpOnly"),
        (json.dumps({"cookies": [], "origins": [{"localStorage": [{"name": "a", "value": SECRET}]}]}), "origin"),
        ('{"cookies": [], "origins": []}', "no cookie of www.target.com"),
        ("\ud800".encode("utf-16", "surrogatepass").decode("latin-1"), "no JSON"),
    ],
)
@pytest.mark.guards("purchasing", "the value of a cookie is never told")
def test_what_is_no_session_says_why_and_tells_no_value(tmp_path: Path, text: str, why: str) -> None:
    file = session(tmp_path)
    file.path.write_text(text, encoding="utf-8")
    told = file.why_not_usable() or ""
    assert why in told
    assert SECRET not in told


def test_what_is_no_file_is_not_waited_for(tmp_path: Path) -> None:
    file = session(tmp_path)
    assert "there is no" in (file.why_not_usable() or "")
    file.path.mkdir()
    assert "can't be read" in (file.why_not_usable() or "")


def test_what_is_larger_than_any_session_is_not_read_to_its_end(tmp_path: Path) -> None:
    file = session(tmp_path)
    file.path.touch()
    os.truncate(file.path, LARGEST + 1)
    assert "is larger than" in (file.why_not_usable() or "")


@pytest.mark.parametrize(
    ("domain", "site_url", "knows"),
    [
        (".target.com", "https://www.target.com", True),
        ("www.target.com", "https://www.target.com", True),
        (".WWW.Target.com", "https://www.target.com", True),
        ("target.com", "https://www.target.com", False),
        (".rget.com", "https://www.target.com", False),
        (".target.com.evil.org", "https://www.target.com", False),
        ("127.0.0.1", "http://127.0.0.1:8080", True),
        ("localhost", "http://127.0.0.1:8080", False),
    ],
)
def test_a_session_knows_the_shop_by_a_cookie_that_it_would_be_sent(
    tmp_path: Path, domain: str, site_url: str, *, knows: bool
) -> None:
    assert session(tmp_path, site_url).knows_shop(state(cookie(domain))) is knows


def test_what_is_imported_is_stored_with_the_cookies_of_others(tmp_path: Path) -> None:
    source = tmp_path / "exported.json"
    source.write_text(json.dumps(state(cookie(), cookie(".elsewhere.com"))))
    file = session(tmp_path)
    file.take_from(source)
    assert file.read() == json.loads(source.read_text())


@pytest.mark.guards("purchasing", "what is no session of the shop never takes a session's place")
@pytest.mark.parametrize("held", ["nonsense", json.dumps(state(cookie(".elsewhere.com")))])
def test_what_is_no_session_of_the_shop_changes_nothing(tmp_path: Path, held: str) -> None:
    file, source = session(tmp_path), tmp_path / "exported.json"
    file.write(state(cookie()))
    source.write_text(held)
    with pytest.raises(SessionUnusable):
        file.take_from(source)
    assert file.read() == state(cookie())


@pytest.mark.guards("purchasing", "no copy of the session stays where its writing was cut off")
def test_what_a_writing_that_was_cut_off_has_left_is_removed_and_one_under_way_is_not(tmp_path: Path) -> None:
    file = session(tmp_path)
    file.write(state(cookie()))
    left, foreign = tmp_path / ".session.json.a1b2c3d4", tmp_path / "session.json.mine"
    for path in (left, foreign):
        path.write_text(SECRET)
    written = datetime.fromtimestamp(left.stat().st_mtime, UTC)
    file.remove_unfinished(at=written + timedelta(seconds=59))
    assert left.exists()
    file.remove_unfinished(at=written + timedelta(seconds=61))
    assert (left.exists(), foreign.exists(), file.read()) == (False, True, state(cookie()))
