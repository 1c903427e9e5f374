"""Whether all events and cycles of a journal are there. Pure.

From the mark on there are no gaps. Before it, what is left and what was dropped make up the whole.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from purchasing.events import CycleCompleted, Event
from purchasing.rules.compaction import Compacted


@dataclass(slots=True)
class Numbering:
    """Takes events in order, and says what is missing before each."""

    mark: Compacted = Compacted()  # noqa: RUF009  it is frozen
    #: The last event and the last cycle.
    seq: int = 0
    cycles: int = 0
    #: How many events were taken, and how many of them, and of the cycles, are not after the mark.
    events: int = 0
    _kept: int = 0
    _kept_cycles: int = 0
    #: Whether it was compacted further while it was read, so that nobody can tell how many were left.
    _is_moving: bool = False

    def begin_at(self, mark: Compacted) -> None:
        """Begin without gaps after this mark; it may have moved since the last events were taken."""
        self._is_moving = self._is_moving or (self.seq > 0 and mark != self.mark)
        self.mark = mark

    def take(self, event: Event) -> Iterator[str]:
        """Say what is missing between the last event and this one."""
        if event.seq > self.mark.seq >= self.seq:
            yield from self._pass_mark()
        is_old = event.seq <= self.mark.seq
        if not is_old and event.seq != self.seq + 1:
            yield f"events {self.seq + 1} to {event.seq - 1} are missing"
        if isinstance(event.fact, CycleCompleted):
            yield from self._take_cycle(event.fact.cycle_id, is_old=is_old)
        self.seq, self.events = event.seq, self.events + 1
        self._kept += is_old

    def end(self) -> Iterator[str]:
        """Say what is missing up to the mark, where nothing is after it."""
        if self.seq < self.mark.seq:
            yield from self._pass_mark()

    def _take_cycle(self, cycle_id: int, *, is_old: bool) -> Iterator[str]:
        if cycle_id != self.cycles + 1 and not (is_old and cycle_id > self.cycles):
            yield f"cycle {cycle_id} follows cycle {self.cycles}"
        self.cycles = cycle_id
        self._kept_cycles += is_old

    def _pass_mark(self) -> Iterator[str]:
        mark = self.mark
        events = ("events", self._kept, mark.dropped, mark.seq)
        cycles = ("cycles", self._kept_cycles, mark.dropped_cycles, mark.cycle_id)
        for what, kept, dropped, whole in () if self._is_moving else (events, cycles):
            if kept + dropped != whole:
                yield f"{kept} {what} are left up to seq {mark.seq} and {dropped} were compacted, which is not {whole}"
        self.seq, self.cycles = max(self.seq, mark.seq), max(self.cycles, mark.cycle_id)
