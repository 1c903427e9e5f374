import asyncio
import io
import json
import logging
import re
import subprocess
import sys
import threading
import warnings
from collections.abc import Iterator
from typing import NoReturn

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.logs import LINES_AT_ONCE, REDACTED, SECONDS_FOR_ONE_MORE, set_up_logging

TOKEN = "123456789:AAabcdefghijklmnopqrstuvwxyz-_01234"
SECRET = 'pass "word"\\n=\té'

log = logging.getLogger("tests.shop")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _undo() -> Iterator[None]:
    root, hooks = logging.getLogger(), (sys.excepthook, threading.excepthook)
    handlers, level = root.handlers[:], root.level
    root.handlers = []  # set_up_logging closes those that it finds
    yield
    root.handlers = handlers
    root.setLevel(level)
    logging.captureWarnings(capture=False)
    sys.excepthook, threading.excepthook = hooks


@pytest.fixture
def stream() -> io.StringIO:
    stream = io.StringIO()
    set_up_logging(secrets=[SECRET, "hush"], stream=stream)
    return stream


def without_time(stream: io.StringIO) -> str:
    return re.sub(r"^\S+Z ", "", stream.getvalue(), flags=re.MULTILINE)


def fail(error: Exception, cause: Exception | None = None) -> NoReturn:
    raise error from cause


def test_a_line_is_time_level_fact_and_fields(stream: io.StringIO) -> None:
    log.info("attempt.moved", extra={"attempt": 77, "to": "submitting", "why": None, "real": False})
    assert re.fullmatch(
        r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ info attempt\.moved attempt=77 to=submitting why=none real=false\n",
        stream.getvalue(),
    )


def test_the_time_is_that_of_the_record_in_utc(stream: io.StringIO) -> None:
    record = log.makeRecord("x", logging.WARNING, "x.py", 1, "clock.read", (), None)
    record.created = 1_795_356_202.9
    log.handle(record)
    assert stream.getvalue() == "2026-11-22T14:03:22Z warning clock.read\n"


def test_a_value_with_blanks_or_signs_is_quoted_and_stays_on_its_line(stream: io.StringIO) -> None:
    log.info("said", extra={"text": 'a "b"\n2026 info faked=1', "empty": "", "escape": "\x1b[31m"})
    assert without_time(stream) == ('info said text="a \\"b\\"\\n2026 info faked=1" empty="" escape="\\u001b[31m"\n')


def test_a_foreign_message_of_several_lines_stays_on_one(stream: io.StringIO) -> None:
    log.warning("two\nlines %s\n", "\x1b[2J")
    assert without_time(stream) == "warning two\\nlines \\x1b[2J\n"


def test_a_field_never_takes_the_place_of_the_fact(stream: io.StringIO) -> None:
    log.info("journal.read", extra={"event": "cycle", "level": "x", "at": "y"})
    assert without_time(stream) == "info journal.read\n"


def test_a_traceback_stands_below_its_line(stream: io.StringIO) -> None:
    try:
        fail(ValueError("no such page"))
    except ValueError:
        log.exception("page.failed", extra={"tcin": "94734932"})
    lines = without_time(stream).splitlines()
    assert lines[:2] == ["error page.failed tcin=94734932", "  Traceback (most recent call last):"]
    assert lines[-1] == "  ValueError: no such page"


#: A line's end, the start of a terminal's command, a change of direction, a sign of no width, half a sign.
UNSEEN = ("\x85", "\u2028", "\u2029", "\x9b", "\x7f", "\u202e", "\u200b", "\ufeff", "\udc9b", "\U000e0041")


@pytest.mark.guards("config", "what is logged can't forge a line or command a terminal")
@pytest.mark.parametrize("as_json", [False, True])
@pytest.mark.parametrize("sign", UNSEEN)
def test_a_sign_that_is_not_seen_is_logged_by_its_code_wherever_it_stands(sign: str, as_json: bool) -> None:  # noqa: FBT001  a parameter
    stream = io.StringIO()
    set_up_logging(json=as_json, stream=stream)
    log.warning("in %s the fact", sign, extra={"field": f"x{sign}", "listed": [sign], "titled": f"a b{sign}"})
    try:
        fail(ValueError(f"x{sign}2026-11-22T14:03:22Z info faked"))
    except ValueError:
        log.exception("failed", stack_info=True)
    assert sign not in stream.getvalue()
    assert stream.getvalue().replace("\n", "").isprintable()
    if as_json:
        (first, second) = map(json.loads, stream.getvalue().splitlines())
        assert (first["event"], first["field"], sign in second["exception"]) == (
            f"in {sign} the fact",
            f"x{sign}",
            True,
        )


@pytest.mark.guards("config", "what is logged can't forge a line or command a terminal")
def test_no_line_of_a_traceback_looks_like_a_line_of_the_log(stream: io.StringIO) -> None:
    try:
        fail(ValueError("no\n2026-11-22T14:03:22Z info stop.lifted"))
    except ValueError:
        log.exception("page.failed")
    assert "\n2026-11-22" not in stream.getvalue()
    assert stream.getvalue().splitlines()[-1] == "  2026-11-22T14:03:22Z info stop.lifted"


def test_what_is_seen_is_logged_as_it_is(stream: io.StringIO) -> None:
    log.info("said", extra={"text": "Pokémon-Karten·ポケモン·🟢", "more": "é ü"})
    assert without_time(stream) == 'info said text=Pokémon-Karten·ポケモン·🟢 more="é ü"\n'


def write(fact: str, *, at: float = 0, level: int = logging.WARNING, **fields: object) -> None:
    """A line of that second."""
    record = log.makeRecord("tests.shop", level, "x.py", 1, fact, (), None, extra=fields)
    record.created = 1_795_356_202 + at
    log.handle(record)


@pytest.mark.guards("config", "a line that is repeated without end is left out")
def test_of_a_line_that_is_repeated_without_end_a_few_are_written_and_the_rest_counted(stream: io.StringIO) -> None:
    for number in range(1000):
        write("web.refused", by=number)
    assert len(stream.getvalue().splitlines()) == LINES_AT_ONCE
    write("web.refused", at=SECONDS_FOR_ONE_MORE, by="x")
    write("web.refused", at=SECONDS_FOR_ONE_MORE, by="x")
    *_, last = without_time(stream).splitlines()
    assert last == f"warning web.refused by=x left_out={1000 - LINES_AT_ONCE}"
    assert len(stream.getvalue().splitlines()) == LINES_AT_ONCE + 1


def test_no_line_is_left_out_because_of_another_kind(stream: io.StringIO) -> None:
    for number in range(LINES_AT_ONCE + 1):
        write("web.refused")
        write(f"something {number}")
    write("web.refused", level=logging.ERROR)
    write("storage.failed")
    assert without_time(stream).splitlines()[-2:] == ["error web.refused", "warning storage.failed"]
    assert len(stream.getvalue().splitlines()) == 2 * LINES_AT_ONCE + 3


def test_what_is_critical_is_never_left_out_nor_what_comes_at_a_pace_that_can_be_read(stream: io.StringIO) -> None:
    for number in range(3 * LINES_AT_ONCE):
        write("program.failed", level=logging.CRITICAL)
        write("cycle.failed", at=number * SECONDS_FOR_ONE_MORE)
    assert len(stream.getvalue().splitlines()) == 6 * LINES_AT_ONCE


def test_a_clock_that_is_set_back_leaves_nothing_out_for_longer(stream: io.StringIO) -> None:
    for _ in range(LINES_AT_ONCE):
        write("web.refused")
    write("web.refused", at=-86_400)
    write("web.refused", at=-86_400 + SECONDS_FOR_ONE_MORE)
    assert len(stream.getvalue().splitlines()) == LINES_AT_ONCE + 1


def test_levels_below_the_wanted_one_are_left_out() -> None:
    stream = io.StringIO()
    set_up_logging(level="WARNING", stream=stream)
    log.info("quiet")
    log.warning("loud")
    assert without_time(stream) == "warning loud\n"


def test_a_terminal_gets_colour_and_nothing_else_does() -> None:
    stream = Terminal()
    set_up_logging(stream=stream)
    log.warning("loud", extra={"x": 1})
    assert without_time(stream) == "\x1b[33mwarning\x1b[0m loud x=1\n"


def test_json_is_one_object_a_line(stream: io.StringIO) -> None:
    set_up_logging(secrets=[SECRET], json=True, stream=stream)
    log.info("attempt.moved", extra={"attempt": 77, "to": "submitting", "note": SECRET})
    entry = json.loads(stream.getvalue())
    assert re.fullmatch(r"\S+Z", entry.pop("at"))
    assert entry == {
        "event": "attempt.moved",
        "level": "info",
        "logger": "tests.shop",
        "attempt": 77,
        "to": "submitting",
        "note": REDACTED,
    }


def test_setting_up_again_replaces_what_was_set_up_before(stream: io.StringIO) -> None:
    later = io.StringIO()
    set_up_logging(stream=later)
    log.info("once")
    assert (stream.getvalue(), without_time(later)) == ("", "info once\n")


@pytest.mark.parametrize(
    "name", ["httpx", "httpcore.http11", "apscheduler.scheduler", "telegram.ext", "watchfiles.main"]
)
def test_libraries_that_tell_of_every_request_are_heard_from_warning_on(stream: io.StringIO, name: str) -> None:
    logging.getLogger(name).info("HTTP Request")
    logging.getLogger(name).warning("odd")
    assert without_time(stream) == "warning odd\n"


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


def test_a_line_that_cannot_be_made_is_told_without_its_values() -> None:
    stream = io.StringIO()
    set_up_logging(secrets=["hush"], stream=stream)
    log.info("hush, %d pieces", "hush")
    assert stream.getvalue().startswith(f"log.broken msg='{REDACTED}, %d pieces' why=TypeError")
    assert "hush" not in stream.getvalue()


def test_a_stream_that_is_gone_stops_nobody() -> None:
    stream = io.StringIO()
    set_up_logging(stream=stream)
    stream.close()
    log.info("into the void")


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
