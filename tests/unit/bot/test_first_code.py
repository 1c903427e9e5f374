"""How the first owner is shown the way in: words in the log, and a picture where the console can show one."""

import io
import logging
import os
import termios

import pytest

from bot.access.first_code import draw_link, show_code

CODE, LINK = "ABCD2345", "https://t.me/stockbell_bot?start=ABCD2345"


class Terminal(io.StringIO):
    """One without a size: nothing is known of its width."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


def test_until_it_is_known_what_the_bot_is_called_the_code_is_told(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        show_code(CODE, None, terminal=Terminal())
    assert caplog.messages == ["no owner yet: send /start ABCD2345 to the bot within 10 minutes to become the owner"]


def test_the_link_is_told_with_the_code_for_who_cannot_open_it(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        show_code(CODE, LINK, terminal=io.StringIO())
    (line,) = caplog.messages
    assert line.startswith(f"no owner yet: open {LINK} and press Start within 10 minutes")
    assert line.endswith("send /start ABCD2345 to the bot")


def test_a_terminal_is_shown_the_link_as_a_square_of_half_blocks() -> None:
    picture = draw_link(LINK, encoding="utf-8", columns=80)
    assert picture is not None
    lines = [line.removeprefix("\x1b[40;97m").removesuffix("\x1b[0m") for line in picture.splitlines()]
    assert {len(line) for line in lines} == {2 * len(lines) - 1}
    assert {sign for line in lines for sign in line} == set(" █▀▄")


@pytest.mark.parametrize(
    ("encoding", "columns"), [("ascii", 80), ("iso8859-1", 80), (None, 80), ("no-such-thing", 80), ("utf-8", 20)]
)
def test_where_it_cannot_be_shown_there_is_none(encoding: str | None, columns: int) -> None:
    assert draw_link(LINK, encoding=encoding, columns=columns) is None


@pytest.mark.parametrize("terminal", [io.StringIO(), Terminal()], ids=["a file", "of no known width"])
def test_what_is_no_terminal_gets_words_alone(terminal: io.StringIO) -> None:
    show_code(CODE, LINK, terminal=terminal)
    assert terminal.getvalue() == ""


def test_a_real_terminal_shows_it() -> None:
    reader, writer = os.openpty()
    termios.tcsetwinsize(writer, (24, 80))
    with os.fdopen(reader, "rb", buffering=0) as shown, os.fdopen(writer, "w", encoding="utf-8") as terminal:
        show_code(CODE, LINK, terminal=terminal)
        assert "█▀" in shown.read(4096).decode(errors="replace")
