"""Each fact is one line, for people or as JSON, whatever it holds and whoever asks for it."""

import io
import json
import logging
import re
import threading

import pytest

from config.logs import LONGEST_BLOCK, LONGEST_VALUE, REDACTED, set_up_logging
from tests.unit.config.logs.logged import SECRET, fail, log, without_time


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


# ---- a line


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


# ---- as JSON


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


# ---- what is too long, or can't be said


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


# ---- setting up


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
