"""Signals from the first instant. Nothing that takes long is imported here: by default each of them kills."""

import signal
from collections.abc import Callable
from enum import Enum
from types import FrameType


class Meaning(Enum):
    """What a signal asks for."""

    #: No more buying; watching goes on.
    STOP = "stop"
    #: An orderly end.
    END = "end"


_MEANINGS = {
    signal.SIGUSR1: Meaning.STOP,
    signal.SIGTERM: Meaning.END,
    signal.SIGINT: Meaning.END,
    signal.SIGHUP: Meaning.END,
}


class ProcessSignals:
    """Hears the process's signals, and keeps them for whoever comes to obey them."""

    def __init__(self) -> None:
        self._kept: list[Meaning] = []
        self._obey: Callable[[Meaning], object] | None = None
        self._leave_stop: Callable[[], None] | None = None

    def hear(self) -> None:
        """Hear signals from now on; `nohup` and its like are left their way."""
        for number in _MEANINGS:
            if not (number is signal.SIGHUP and signal.getsignal(number) is signal.SIG_IGN):
                signal.signal(number, self._take)

    def _take(self, number: int, _frame: FrameType | None) -> None:
        meaning = _MEANINGS[signal.Signals(number)]
        if self._obey is not None:
            self._obey(meaning)
            return
        self._kept.append(meaning)
        if meaning is Meaning.STOP and self._leave_stop is not None:
            self._leave_stop()

    @property
    def end_asked(self) -> bool:
        """Whether an end was asked for while nobody was there to obey."""
        return Meaning.END in self._kept

    def leave_stops(self, leave: Callable[[], None]) -> None:
        """Call this for a stop that was heard, or will be, while nobody is there to obey."""
        self._leave_stop = leave
        if Meaning.STOP in self._kept:
            leave()

    def hand_over(self, obey: Callable[[Meaning], object]) -> None:
        """Call this for what was kept, and at each signal from now on: between any two steps of the program."""
        self._obey = obey
        kept, self._kept = self._kept, []
        for meaning in kept:
            obey(meaning)

    def take_back(self) -> None:
        """Keep signals again."""
        self._obey = None
