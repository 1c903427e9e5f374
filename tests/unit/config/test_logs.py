import asyncio
import gc
import io
import json
import logging
import re
import subprocess
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.logs import LONGEST_BLOCK, LONGEST_VALUE, REDACTED, hide_from_logs, set_up_logging
from config.logs.redaction import Redaction
from config.logs.repeated_lines import EQUAL_LINES, LINES_AT_ONCE, MINUTE_S, SECONDS_FOR_ONE_MORE
from purchasing.checkout.session import SessionFile

TOKEN = "123456789:AAabcdefghijklmnopqrstuvwxyz-_01234"
SECRET = 'pass "word"\\n=\té'

log = logging.getLogger("tests.shop")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _undo() -> Iterator[None]:
    root, hooks = logging.getLogger(), (sys.excepthook, threading.excepthook, sys.unraisablehook)
    handlers, level = root.handlers[:], root.level
    root.handlers = []  # set_up_logging closes those that it finds
    yield
    root.handlers = handlers
    root.setLevel(level)
    logging.captureWarnings(capture=False)
    sys.excepthook, threading.excepthook, sys.unraisablehook = hooks


class Timers:
    """Does later what is to be done later, when a test says that it is."""

    def __init__(self) -> None:
        self.waiting: list[tuple[float, Callable[[], None]]] = []

    def __call__(self, seconds: float, act: Callable[[], None]) -> None:
        self.waiting.append((seconds, act))

    def ring(self) -> None:
        waiting, self.waiting = self.waiting, []
        for _, act in waiting:
            act()


@pytest.fixture
def timers() -> Timers:
    return Timers()


@pytest.fixture
def stream(timers: Timers) -> io.StringIO:
    stream = io.StringIO()
    set_up_logging(secrets=[SECRET, "hush"], stream=stream, later=timers)
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
        write("web.refused", by=number)
        write(f"something {number}")
    write("web.refused", level=logging.ERROR)
    write("storage.failed")
    assert without_time(stream).splitlines()[-2:] == ["error web.refused", "warning storage.failed"]
    assert len(stream.getvalue().splitlines()) == 2 * LINES_AT_ONCE + 3


def test_what_is_critical_is_never_left_out_nor_what_comes_at_a_pace_that_can_be_read(stream: io.StringIO) -> None:
    for number in range(3 * LINES_AT_ONCE):
        write("program.failed", level=logging.CRITICAL)
        write("cycle.failed", at=number * SECONDS_FOR_ONE_MORE, number=number)
    assert len(stream.getvalue().splitlines()) == 6 * LINES_AT_ONCE


def test_a_clock_that_is_set_back_leaves_nothing_out_for_longer(stream: io.StringIO) -> None:
    for number in range(LINES_AT_ONCE):
        write("web.refused", by=number)
    write("web.refused", at=-86_400)
    write("web.refused", at=-86_400 + SECONDS_FOR_ONE_MORE)
    assert len(stream.getvalue().splitlines()) == LINES_AT_ONCE + 1


@pytest.mark.guards("config", "of equal lines a few are written in a minute, and the rest is told as one")
def test_of_equal_lines_a_few_are_written_and_the_rest_is_told_as_one_after_a_minute(
    stream: io.StringIO, timers: Timers
) -> None:
    for number in range(EQUAL_LINES + 7):
        write("outbox.trouble", at=number, key="board:1001")
        write("outbox.trouble", at=number, key=f"reply:{number}")
    assert without_time(stream).count("board:1001") == EQUAL_LINES
    assert without_time(stream).count("reply:") == EQUAL_LINES + 7
    assert [seconds for seconds, _ in timers.waiting] == [MINUTE_S]
    timers.ring()
    assert without_time(stream).splitlines()[-1] == "warning outbox.trouble key=board:1001 repeated=7"
    timers.ring()
    assert without_time(stream).count("repeated") == 1


def test_after_a_minute_equal_lines_are_written_again_and_the_first_tells_of_those_before(stream: io.StringIO) -> None:
    for at in (*range(EQUAL_LINES + 1), MINUTE_S):
        write("outbox.trouble", at=at)
    assert without_time(stream).splitlines()[-2:] == ["warning outbox.trouble", "warning outbox.trouble repeated=1"]


def test_what_was_left_out_is_told_though_nothing_like_it_follows(stream: io.StringIO, timers: Timers) -> None:
    for number in range(LINES_AT_ONCE + 3):
        write("web.refused", by=number)
    timers.ring()
    assert without_time(stream).splitlines()[-1] == f"warning web.refused by={LINES_AT_ONCE + 2} left_out=3"


def test_what_was_left_out_is_told_at_the_end_of_the_program(stream: io.StringIO) -> None:
    for _ in range(EQUAL_LINES + 2):
        write("outbox.trouble")
    logging.getLogger().handlers[0].close()
    assert without_time(stream).splitlines()[-1] == "warning outbox.trouble repeated=2"


def test_what_cannot_show_itself_is_left_out_of_nothing(stream: io.StringIO) -> None:
    class Shy:
        def __repr__(self) -> str:
            raise RuntimeError("no")

        __str__ = __repr__

    write("web.refused", by=Shy())
    assert "log.broken" in without_time(stream)


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


def test_json_holds_no_number_that_json_does_not_know(stream: io.StringIO) -> None:
    set_up_logging(json=True, stream=stream)
    log.info("measured", extra={"a": float("nan"), "b": float("inf"), "c": 1.5})
    entry = json.loads(stream.getvalue(), parse_constant=lambda text: fail(ValueError(text)))
    assert (entry["a"], entry["b"], entry["c"]) == ("nan", "inf", 1.5)


def test_in_json_a_traceback_is_a_field_so_that_each_fact_is_one_line(stream: io.StringIO) -> None:
    set_up_logging(json=True, stream=stream)
    try:
        fail(ValueError("no\nsuch page"))
    except ValueError:
        log.exception("page.failed", stack_info=True)
    log.info("%d pieces", "many")
    failed, broken = map(json.loads, stream.getvalue().splitlines())
    assert failed["exception"].endswith("ValueError: no\nsuch page")
    assert (broken["event"], broken["line"], broken["level"]) == ("log.broken", "%d pieces", "error")


@pytest.mark.guards("config", "no value fills the log")
@pytest.mark.parametrize("as_json", [False, True])
def test_of_a_value_that_is_too_long_its_beginning_and_its_end_are_written(as_json: bool) -> None:  # noqa: FBT001  a parameter
    stream = io.StringIO()
    set_up_logging(json=as_json, stream=stream)
    log.warning("begin %s end", "x" * 9_000_000, extra={"page": "y" * 9_000_000})
    try:
        fail(ValueError("z" * 9_000_000))
    except ValueError:
        log.exception("failed")
    assert len(stream.getvalue()) < 2 * LONGEST_VALUE + LONGEST_BLOCK + 2_000
    assert "begin xxx" in stream.getvalue()
    assert "xxx end" in stream.getvalue()


@pytest.mark.guards("config", "secrets are redacted in the log, wherever they stand")
@pytest.mark.parametrize("before", range(LONGEST_VALUE * 3 // 4 - 50, LONGEST_VALUE * 3 // 4 + 5, 11))
def test_no_part_of_a_secret_is_left_where_a_long_value_is_cut(before: int, stream: io.StringIO) -> None:
    log.warning("said", extra={"page": "x" * before + TOKEN + "x" * 100 + " " * 5000})
    assert "AAabcd" not in stream.getvalue()
    assert "xyz-_01234" not in stream.getvalue()


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


def test_an_error_that_nobody_can_be_told_is_logged_redacted(stream: io.StringIO) -> None:
    class Ending:
        def __del__(self) -> None:
            raise RuntimeError("hush")

    Ending()
    gc.collect()
    assert "error error.ignored of=" in without_time(stream)
    assert f"RuntimeError: {REDACTED}" in stream.getvalue()
    assert "hush" not in stream.getvalue()


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
    assert without_time(stream).startswith(
        f'error log.broken line="{REDACTED}, %d pieces" of=tests.shop why="TypeError'
    )
    assert "hush" not in stream.getvalue()


class Talkative:
    """A value whose words are logged, as what is collected in between may be."""

    def __repr__(self) -> str:
        log.info("asked for its words")
        return "talkative"


@pytest.mark.guards("config", "a line that is logged while another one is decided on holds nothing up")
def test_a_line_may_be_logged_while_another_one_is() -> None:
    stream = io.StringIO()
    set_up_logging(stream=stream)
    asking = threading.Thread(target=log.info, args=("said %s", Talkative()), daemon=True)
    asking.start()
    asking.join(timeout=10)
    assert not asking.is_alive()
    assert "info asked for its words" in stream.getvalue()


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
