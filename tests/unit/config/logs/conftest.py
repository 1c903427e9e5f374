import io
import logging
import sys
import threading
from collections.abc import Iterator

import pytest

from config.logs import set_up_logging
from tests.unit.config.logs.logged import SECRET, Timers


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


@pytest.fixture
def timers() -> Timers:
    return Timers()


@pytest.fixture
def stream(timers: Timers) -> io.StringIO:
    stream = io.StringIO()
    set_up_logging(secrets=[SECRET, "hush"], stream=stream, later=timers)
    return stream
