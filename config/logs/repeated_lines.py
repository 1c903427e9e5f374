"""Leaves out lines that are repeated, and has them told later as one.

Whoever can have a line written may have it written for ever; the disk is for what matters. Of equal lines a few are
written in a minute. Of one kind of line, which is a logger's fact whatever its fields hold, no more are written than
anybody reads. What is critical is never left out.
"""

import logging
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Generic, TypeVar

#: Of one kind of line so many are written at once, and later one in so many seconds.
LINES_AT_ONCE = 50
SECONDS_FOR_ONE_MORE = 5
#: Of equal lines so many are written in so many seconds; as late those that were left out are told.
EQUAL_LINES = 5
MINUTE_S = 60
_LONGEST_FACT = 80
_MOST_KINDS = 1000
_MADE_BY_FORMATTING = frozenset({"message", "asctime", "exc_text"})
#: What a record has of its own, so that all else is a field.
_PLAIN = frozenset(logging.makeLogRecord({}).__dict__) | _MADE_BY_FORMATTING | {"taskName"}

K = TypeVar("K")
V = TypeVar("V")


@dataclass(slots=True)
class _LeftOut:
    """Lines that were not written: how many, and the last of them."""

    count: int = 0
    last: logging.LogRecord | None = None

    def add(self, record: logging.LogRecord) -> None:
        self.count, self.last = self.count + 1, record

    def take(self) -> int:
        """How many there were, which is told now."""
        count, self.count, self.last = self.count, 0, None
        return count


@dataclass(slots=True)
class _Allowance:
    """So many lines at once, and one more for every so many seconds."""

    #: By the wall clock, which may be set back.
    at: float
    lines: float = LINES_AT_ONCE
    left_out: _LeftOut = field(default_factory=_LeftOut)

    def take(self, at: float) -> bool:
        """Whether one more line may be written."""
        self.lines = min(LINES_AT_ONCE, self.lines + max(0.0, at - self.at) / SECONDS_FOR_ONE_MORE)
        self.at = at
        if self.lines < 1:
            return False
        self.lines -= 1
        return True


@dataclass(slots=True)
class _Spell:
    """A minute of equal lines."""

    since: float
    lines: int = 0
    left_out: _LeftOut = field(default_factory=_LeftOut)

    def take(self, at: float) -> bool:
        """Whether one more line may be written."""
        if not 0 <= at - self.since < MINUTE_S:
            self.since, self.lines = at, 0
        self.lines += 1
        return self.lines <= EQUAL_LINES


class RepeatedLines:
    """Decides line by line. `later` calls back after so many seconds, on whatever thread."""

    def __init__(self, *, on_due: Callable[[], None], later: Callable[[float, Callable[[], None]], object]) -> None:
        self._on_due = on_due
        self._later = later
        self._kinds: _Latest[tuple[str, int, str], _Allowance] = _Latest(_MOST_KINDS)
        self._equals: _Latest[tuple[object, ...], _Spell] = _Latest(_MOST_KINDS)
        # Whoever decides on a line may have another one logged: by the words of a value, or of what is collected then.
        self._lock = threading.RLock()
        self._is_due_later = False

    def takes(self, record: logging.LogRecord) -> bool:
        """Whether this line is to be written; if so, it tells of those like it that were not."""
        if record.levelno >= logging.CRITICAL:
            return True
        with self._lock:
            allowance = self._kinds.get(_kind_of(record), lambda: _Allowance(at=record.created))
            if not allowance.take(record.created):
                self._leave_out(allowance.left_out, record)
                return False
            spell = self._equals.get(_content_of(record), lambda: _Spell(since=record.created))
            if not spell.take(record.created):
                self._leave_out(spell.left_out, record)
                return False
            if count := allowance.left_out.take():
                record.left_out = count
            if count := spell.left_out.take():
                record.repeated = count
        return True

    def _leave_out(self, left_out: _LeftOut, record: logging.LogRecord) -> None:
        left_out.add(record)
        if not self._is_due_later:
            self._is_due_later = True
            self._later(MINUTE_S, self._on_due)

    def take_due(self, *, at: float) -> list[logging.LogRecord]:
        """A line for each kind of those that were left out, with how many they were."""
        with self._lock:
            self._is_due_later = False
            due = [(one.left_out, "left_out") for one in self._kinds] + [
                (one.left_out, "repeated") for one in self._equals
            ]
            return [_sum_up(left_out.last, name, left_out.take(), at=at) for left_out, name in due if left_out.last]


def _kind_of(record: logging.LogRecord) -> tuple[str, int, str]:
    return (record.name, record.levelno, str(record.msg).partition("\n")[0][:_LONGEST_FACT])


def _content_of(record: logging.LogRecord) -> tuple[object, ...]:
    """All that is told but for the time: two lines with the same are equal."""
    problem = record.exc_info[1] if record.exc_info else None
    fields = {name: value for name, value in record.__dict__.items() if name not in _PLAIN}
    try:
        content: object = hash(f"{record.msg}\0{record.args!r}\0{fields!r}\0{problem!r}")
    except Exception:  # noqa: BLE001  whatever is logged may fail to show itself, and is no reason to fail here
        content = record.created
    return (record.name, record.levelno, content)


def _sum_up(last: logging.LogRecord, name: str, count: int, *, at: float) -> logging.LogRecord:
    """The last of them once more, without its traceback, as a line of now that tells how many there were."""
    held = {key: value for key, value in last.__dict__.items() if key not in _MADE_BY_FORMATTING}
    return logging.makeLogRecord({**held, "exc_info": None, "stack_info": None, "created": at, name: count})


class _Latest(Generic[K, V]):
    """Keeps what was asked for last, and no more of it than so much."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._held: dict[K, V] = {}

    def get(self, key: K, make: Callable[[], V]) -> V:
        self._held[key] = value = self._held.pop(key, None) or make()
        if len(self._held) > self._most:
            del self._held[next(iter(self._held))]
        return value

    def __iter__(self) -> Iterator[V]:
        return iter(list(self._held.values()))
