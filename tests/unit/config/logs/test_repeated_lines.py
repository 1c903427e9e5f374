"""Of lines that repeat, a few are written and the others counted."""

import io
import logging

import pytest

from config.logs.repeated_lines import EQUAL_LINES, LINES_AT_ONCE, MINUTE_S, SECONDS_FOR_ONE_MORE
from tests.unit.config.logs.logged import Timers, log, without_time


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
