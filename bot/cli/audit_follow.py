"""The audit as the journal grows: each event in plain words, what it moved, and what is wrong, as soon as it shows."""

import os
import select
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import tzinfo
from functools import partial
from pathlib import Path
from types import FrameType

from bot.cli.audit import Say, readable, say_sum
from bot.schema import VERSION
from bot.text.events import Names, describe_event, products_of
from bot.text.markup import plain
from config.clock import Now, monotonic
from config.database import Connection, DatabaseFile
from purchasing.control.audits import take_some
from purchasing.events import AttemptMoved, CycleCompleted, Event
from purchasing.model import PurchaseState, Step
from purchasing.rules.standstill import Sight, Standstill
from purchasing.rules.state_machine import PRODUCT_AFTER
from purchasing.rules.verify import Audit
from purchasing.storage.unit_of_work import UnitOfWork

#: Seconds between two looks.
ROUND_S = 1.0

_ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class AuditEnd:
    """Whether it is to end. A handler of signals may set it at any instant, as that takes no lock.

    A `threading.Event` holds one around its waiting, which such a handler would wait for in the same thread, for ever.
    """

    def __init__(self) -> None:
        self._heard, self._told = os.pipe()
        self._is_set = False

    def close(self) -> None:
        os.close(self._heard)
        os.close(self._told)

    def set(self) -> None:
        if not self._is_set:
            self._is_set = True
            os.write(self._told, b"!")

    def is_set(self) -> bool:
        return self._is_set

    def wait(self, seconds: float) -> bool:
        """Wait until it is set, and no longer than this; whether it is."""
        select.select([self._heard], [], [], seconds)
        return self._is_set


def follow_database(path: Path, *, zone: tzinfo, say: Say, now: Now, seconds: float | None, ending: AuditEnd) -> int:
    """Say what the journal gains until it is to end, or for so many seconds; how much was wrong.

    Raises:
        DatabaseUnusable: the file can't be read as ours.
    """
    last = None if seconds is None else monotonic() + seconds
    with DatabaseFile(path, version=VERSION) as file, readable(path):
        follower = Follower(file, zone=zone, say=say, now=now)
        if not follower.has_begun(ending):
            say("ended before all of the journal was read")
            return follower.wrong
        while not ending.wait(ROUND_S if last is None else max(0.0, min(ROUND_S, last - monotonic()))):
            follower.look()
            if last is not None and monotonic() >= last:
                break
        follower.look()
        say_sum(follower.audit, follower.wrong, say=say)
        return follower.wrong


@contextmanager
def ended_by_signal() -> Iterator[AuditEnd]:
    """It is set by Ctrl-C and its like, so that what is under way comes to its end. A second one kills."""
    ending, before = AuditEnd(), {number: signal.getsignal(number) for number in _ENDINGS}

    def end(number: int, _frame: FrameType | None) -> None:
        ending.set()
        signal.signal(number, signal.SIG_DFL)

    for number, handler in before.items():
        if handler is not signal.SIG_IGN:
            signal.signal(number, end)
    try:
        yield ending
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        ending.close()


@dataclass(slots=True)
class Follower:
    """Looks at one file again and again."""

    file: DatabaseFile
    zone: tzinfo
    say: Say
    now: Now
    audit: Audit = field(default_factory=Audit)
    #: How many things were wrong.
    wrong: int = 0
    _has_begun: bool = False
    _standstill: Standstill = field(default_factory=Standstill)
    _findings: set[str] = field(default_factory=set)

    def has_begun(self, ending: AuditEnd) -> bool:
        """Take in what there is, in pieces, and say what is wrong with it; False where it was to end meanwhile."""
        while self.file.read(partial(take_some, self.audit)):
            if ending.is_set():
                return False
        _, _, sight = self.file.read(self._read)
        self._has_begun = True
        self.say(f"following after seq {self.audit.numbering.seq}; Ctrl-C ends it")
        self._tell_wrong(sight)
        return True

    def look(self) -> None:
        """Say what is new."""
        events, names, sight = self.file.read(self._read)
        for event in events:
            self.say(describe(event, self.zone, names=names))
        self._tell_wrong(sight)

    def _read(self, connection: Connection) -> tuple[list[Event], Names, Sight]:
        """All of it as it stands at one instant."""
        unit, events = UnitOfWork(connection), list[Event]()
        while some := take_some(self.audit, connection):
            events += some if self._has_begun else ()
        if events or not self._has_begun:
            self.audit.compare(unit.attempts.all(), unit.products.order())
        known = unit.products.known(products_of(events)) if events else []
        sight = Sight(
            holding=unit.attempts.holding(),
            last_at=unit.journal.last_at(),
            due=unit.marks.read().next_check_at,
            paused=unit.controls.read(at=self.now()).paused,
        )
        return events, Names(titles={line.tcin: line.name_and_title for line in known}), sight

    def _tell_wrong(self, sight: Sight) -> None:
        for wrong in (*self.audit.findings, *self._standstill.look(sight, at=self.now())):
            if wrong not in self._findings:
                self._findings.add(wrong)
                self.wrong += 1
                self.say(f"WRONG: {wrong}")
        self.audit.findings.clear()


def describe(event: Event, zone: tzinfo, *, names: Names) -> str:
    """The event as one line: its number, its time, what happened, and what it moved."""
    line = describe_event(event, zone, names=names)
    if line is not None:
        _, _, words = plain(line).partition(" ")  # its own time has no seconds
    else:
        words = _quiet(event.fact) if isinstance(event.fact, CycleCompleted) else event.kind
    moves = "; ".join(_moves(event))
    at = event.at.astimezone(zone)
    return _visible(f"{event.seq} {at:%H:%M:%S} {words}{f'  [{moves}]' if moves else ''}")


def _quiet(cycle: CycleCompleted) -> str:
    counts = f"{cycle.asked} asked, {cycle.summary.in_stock} of {cycle.summary.watched} in stock"
    return f"check {cycle.cycle_id}: {counts}, {cycle.took_ms} ms"


def _moves(event: Event) -> Iterator[str]:
    """What moved from where to where."""
    match event.fact:
        case CycleCompleted() as cycle:
            yield from (f"{one.tcin} {one.before} → {one.after}" for one in cycle.changes)
            yield from (f"attempt {one.attempt} → {Step.OPENED}" for one in cycle.purchases.started)
            yield from (f"{tcin} → {PurchaseState.READY}" for tcin in cycle.purchases.resets)
            yield from (f"{tcin} → {PurchaseState.QUEUED}" for tcin in cycle.purchases.queued)
        case AttemptMoved(before=None) as opened:
            yield f"attempt {opened.attempt} → {opened.to}"
        case AttemptMoved(before=Step() as step) as moved:
            yield f"attempt {moved.attempt} {step} → {moved.to}"
            before, after = PRODUCT_AFTER[step], PRODUCT_AFTER[moved.to]
            if before is not after:
                yield f"{moved.tcin} {before} → {after}"


def _visible(text: str) -> str:
    """Without signs that a terminal would obey."""
    return "".join(sign if sign.isprintable() else "?" for sign in text)
