"""No secret is logged, whoever complains and wherever it stands."""

import asyncio
import gc
import io
import json
import logging
import subprocess
import sys
import threading
import warnings
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.logs import LONGEST_VALUE, REDACTED, hide_from_logs, set_up_logging
from config.logs.redaction import Redaction
from purchasing.checkout.session import SessionFile
from tests.unit.config.logs.logged import SECRET, TOKEN, fail, log, without_time

# ---- secrets


@pytest.mark.guards("config", "secrets are redacted in the log, wherever they stand")
@pytest.mark.parametrize("as_json", [False, True])
@pytest.mark.parametrize("secret", [TOKEN, SECRET, "hush"])
def test_a_secret_shows_nowhere_in_what_is_logged(secret: str, as_json: bool) -> None:  # noqa: FBT001  a parameter
    stream = io.StringIO()
    set_up_logging(secrets=[SECRET, "hush"], json=as_json, stream=stream)
    log.info("in the message %s", f"https://api.telegram.org/bot{secret}/getMe")
    log.info("fields", extra={"plain": secret, "listed": [secret], "keyed": {"a": {secret}}, "bytes": secret.encode()})
    try:
        fail(ValueError(secret), KeyError(secret))
    except ValueError:
        log.exception("failed", stack_info=True)
    log.info("%d is no number", secret)
    for form in (secret, repr(secret)[1:-1], json.dumps(secret)[1:-1]):
        assert form not in stream.getvalue()
    assert stream.getvalue().count(REDACTED) >= 6


def test_a_secret_in_the_name_of_a_field_is_redacted_too(stream: io.StringIO) -> None:
    log.info("said", extra={"hush": 1})
    assert without_time(stream) == f"info said {REDACTED}=1\n"


@pytest.mark.guards("config", "secrets are redacted in the log, wherever they stand")
def test_a_token_that_nobody_named_is_redacted_by_its_look(stream: io.StringIO) -> None:
    log.info("asked https://api.telegram.org/bot%s/getMe and %s", TOKEN, TOKEN.replace(":", "%3A"))
    assert without_time(stream) == f"info asked https://api.telegram.org/bot{REDACTED}/getMe and {REDACTED}\n"


_HIDDEN = "S3cretS3cretS3cret"
_JWT = f"eyJhbGciOiJIUzI1NiJ9.{_HIDDEN}.c2lnbmF0dXJl"


@pytest.mark.guards("config", "secrets that nobody named are redacted by their look")
@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"Authorization: Bearer {_HIDDEN}", "Authorization: Bearer [redacted]"),
        (f"{{'authorization': 'basic {_HIDDEN}=='}}", "{'authorization': 'basic [redacted]'}"),
        (f"Cookie: a=b; sapphire={_HIDDEN}; c=d", "Cookie: [redacted]"),
        (f"set-cookie: session={_HIDDEN}; Path=/; HttpOnly\nHost: x", "set-cookie: [redacted]\nHost: x"),
        (f"[(b'cookie', b'a={_HIDDEN}'), (b'host', b'x')]", "[(b'cookie', b'[redacted]'), (b'host', b'x')]"),
        (f'{{"name": "accessToken", "value": "{_HIDDEN}", "path": "/"}}', '"value": "[redacted]", "path": "/"}'),
        (f'{{"name":"odd name","value":"{_HIDDEN}"}}', '{"name":"odd name","value":"[redacted]"}'),
        (f"{{'name': 'x', 'value': '{_HIDDEN}'}}", "'value': '[redacted]'}"),
        (f"refreshToken={_HIDDEN}; id=1", "refreshToken=[redacted]; id=1"),
        (f"GET /v1/x?tcins=1&key={_HIDDEN}&store=2 HTTP/1.1", "?tcins=1&key=[redacted]&store=2 HTTP/1.1"),
        (f"https://x.example/?token={_HIDDEN}", "?token=[redacted]"),
        ('apiKey\\": \\"' + "0123456789abcdef" * 3, 'apiKey\\": \\"[redacted]'),
        (f"can't reach mailtos://ada:{_HIDDEN}@mail.example/?to=x", "mailtos://[redacted]@mail.example/?to=x"),
        (f"GET /sign-in/{_HIDDEN} HTTP/1.1", "GET /sign-in/[redacted] HTTP/1.1"),
        (f"no such key {_JWT} here", "no such key [redacted] here"),
    ],
)
def test_what_looks_like_a_secret_is_redacted(text: str, shown: str) -> None:
    assert _HIDDEN not in Redaction([])(text)
    assert shown in Redaction([])(text)


@pytest.mark.parametrize(
    "text",
    [
        "session.json holds no cookie of www.target.com: sign in there first",
        "http://127.0.0.1:8787 and https://www.target.com/p/-/A-94734932?preselect=1@2",
        "attempt 77 at 12:30:45, key=board:1001 tcin=94734932",
        "the bearer of bad news, a basic shop, the token was refused",
    ],
)
def test_what_only_sounds_like_a_secret_is_told(text: str) -> None:
    assert Redaction([])(text) == text


@pytest.mark.guards("config", "looking for secrets takes no longer than reading")
@pytest.mark.parametrize(
    "piece",
    [
        "1",
        "1:",
        "a=",
        "cookie: ",
        "cookie:a",
        "bearer ",
        "eyJ",
        "eyJa.",
        "://",
        "a://",
        "a://b:",
        "&key=",
        "'name': '",
        '"',
        " ",
        "x",
    ],
)
def test_nothing_that_is_logged_is_searched_for_ever(piece: str) -> None:
    """A search that goes back over what it has passed would take hours here."""
    assert Redaction(["hush"])(piece * (200_000 // len(piece)))


@pytest.mark.guards("config", "secrets are redacted in the log, wherever they stand")
def test_what_became_known_as_a_secret_later_is_redacted_from_then_on(stream: io.StringIO) -> None:
    hide_from_logs(["cookie-of-ada-0001", "short", "cookie-of-ada-0001-and-more"])
    log.info("said", extra={"a": "cookie-of-ada-0001", "b": "xcookie-of-ada-0001-and-morex", "c": "short"})
    assert without_time(stream) == f"info said a={REDACTED} b=x{REDACTED}x c=short\n"


@pytest.mark.guards("config", "secrets are redacted in the log, wherever they stand")
def test_the_cookies_of_the_stored_session_are_redacted_once_it_was_read(stream: io.StringIO, tmp_path: Path) -> None:
    value = "0a9b8c7d6e5f4g3h"
    cookie = {"name": "visitor", "value": value, "domain": ".target.com", "path": "/"}
    (tmp_path / "session.json").write_text(json.dumps({"cookies": [cookie], "origins": []}))
    SessionFile(tmp_path / "session.json", site_url="https://www.target.com").read()
    log.warning("the page said %s", value)
    assert without_time(stream) == f"warning the page said {REDACTED}\n"


@pytest.mark.guards("config", "secrets are redacted in the log, wherever they stand")
@given(secret=st.text(st.characters(codec="utf-8"), min_size=4), around=st.text(max_size=5))
def test_no_secret_survives_whatever_letters_it_has(secret: str, around: str) -> None:
    if (
        secret in "info warning error critical said note event level logger tests.shop [redacted] false"
        or secret.isdigit()
    ):
        return
    stream = io.StringIO()
    set_up_logging(secrets=[secret], stream=stream)
    log.info("said", extra={"note": f"{around}{secret}{around}"})
    assert secret not in without_time(stream).replace(REDACTED, "")


def test_no_secrets_at_all_redact_nothing() -> None:
    stream = io.StringIO()
    set_up_logging(secrets=["", ""], stream=stream)
    log.info("said", extra={"note": "plain"})
    assert without_time(stream) == "info said note=plain\n"


@pytest.mark.guards("config", "secrets are redacted in the log, wherever they stand")
@pytest.mark.parametrize("before", range(LONGEST_VALUE * 3 // 4 - 50, LONGEST_VALUE * 3 // 4 + 5, 11))
def test_no_part_of_a_secret_is_left_where_a_long_value_is_cut(before: int, stream: io.StringIO) -> None:
    log.warning("said", extra={"page": "x" * before + TOKEN + "x" * 100 + " " * 5000})
    assert "AAabcd" not in stream.getvalue()
    assert "xyz-_01234" not in stream.getvalue()


# ---- what others complain of


def test_an_error_that_nobody_can_be_told_is_logged_redacted(stream: io.StringIO) -> None:
    class Ending:
        def __del__(self) -> None:
            raise RuntimeError("hush")

    Ending()
    gc.collect()
    assert "error error.ignored of=" in without_time(stream)
    assert f"RuntimeError: {REDACTED}" in stream.getvalue()
    assert "hush" not in stream.getvalue()


async def test_what_asyncio_complains_of_is_logged_redacted(stream: io.StringIO) -> None:
    asyncio.get_running_loop().call_soon(fail, RuntimeError("hush"))
    await asyncio.sleep(0)
    assert without_time(stream).startswith("error Exception in callback ")
    assert f"RuntimeError: {REDACTED}" in stream.getvalue()
    assert "hush" not in stream.getvalue()


def test_a_warning_is_logged_redacted() -> None:
    stream = io.StringIO()
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        set_up_logging(secrets=["hush"], stream=stream)
        warnings.warn("hush, it is old", stacklevel=1)
        logging.captureWarnings(capture=False)
    assert f"UserWarning: {REDACTED}, it is old" in stream.getvalue()


def test_an_error_that_ends_a_thread_is_logged_redacted(stream: io.StringIO) -> None:
    thread = threading.Thread(target=fail, args=(RuntimeError("hush"),), name="charts")
    thread.start()
    thread.join()
    assert without_time(stream).startswith("critical thread.failed of=charts\n  Traceback")
    assert "hush" not in stream.getvalue()


def test_an_error_that_ends_the_program_is_logged_redacted() -> None:
    program = (
        f"from config.logs import set_up_logging; set_up_logging(secrets=['hush']); raise RuntimeError('hush {TOKEN}')"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert "critical program.failed\n  Traceback" in ended.stderr
    assert f"RuntimeError: {REDACTED} {REDACTED}" in ended.stderr
    assert "hush" not in ended.stderr
