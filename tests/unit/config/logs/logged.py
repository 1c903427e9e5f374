"""What the log is asked to say, and what it said."""

import io
import logging
import re
from collections.abc import Callable
from typing import NoReturn

TOKEN = "123456789:AAabcdefghijklmnopqrstuvwxyz-_01234"
SECRET = 'pass "word"\\n=\té'

log = logging.getLogger("tests.shop")


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


def without_time(stream: io.StringIO) -> str:
    return re.sub(r"^\S+Z ", "", stream.getvalue(), flags=re.MULTILINE)


def fail(error: Exception, cause: Exception | None = None) -> NoReturn:
    raise error from cause
