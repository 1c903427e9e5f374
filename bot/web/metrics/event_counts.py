"""What is counted of the journal since the service was started. Pure: events in, numbers out."""

from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum

from config.products import Mode
from purchasing.events import AttemptMoved, CycleCompleted, Event, EventKind
from purchasing.model import Step
from purchasing.rules.state_machine import HOLDS_SLOT, STEPS

#: The upper bounds of the classes into which cycles are put by how long they took, in seconds; 3 s is slow.
BOUNDS = (0.1, 0.25, 0.5, 1.0, 2.0, 3.0, 5.0, 10.0, 30.0)
#: What came of an attempt that is over.
OUTCOMES = tuple(sorted(step for step in Step if step not in HOLDS_SLOT and not STEPS[step]))
#: An event of a kind that this program does not know.
OTHER = "other"
KINDS = (*sorted(EventKind), OTHER)


class CycleOutcome(StrEnum):
    """What a cycle brought."""

    GOOD = "good"
    #: Nothing certain.
    FAILED = "failed"
    #: Nothing was due, so that nobody was asked.
    IDLE = "idle"


@dataclass(slots=True)
class EventCounts:
    """Takes events in order; its counts begin at 0 with the service, as those of any process."""

    #: The last event that was taken.
    seq: int
    #: How often each kind of event came.
    events: Counter[str] = field(default_factory=Counter)
    cycles: Counter[CycleOutcome] = field(default_factory=Counter)
    #: How many cycles took as long as each of the bounds allows and longer than the one before; at last those beyond.
    durations: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS) + 1))
    #: How long all cycles took together.
    seconds: float = 0.0
    restocks: int = 0
    #: Attempts that are over.
    attempts: Counter[tuple[Mode, Step]] = field(default_factory=Counter)
    #: Attempts of which it was not known whether they bought; how they ended is counted beside that.
    in_doubt: Counter[Mode] = field(default_factory=Counter)

    def take(self, event: Event) -> None:
        self.seq = event.seq
        self.events[event.kind if event.kind in KINDS else OTHER] += 1
        match event.fact:
            case CycleCompleted() as cycle:
                self._take_cycle(cycle)
            case AttemptMoved(mode=mode, to=Step.UNCONFIRMED):
                self.in_doubt[mode] += 1
            case AttemptMoved(mode=mode, to=to) if to in OUTCOMES:
                self.attempts[mode, to] += 1

    def _take_cycle(self, cycle: CycleCompleted) -> None:
        self.restocks += len(cycle.windows.opened)
        if not cycle.asked:
            self.cycles[CycleOutcome.IDLE] += 1
            return
        self.cycles[CycleOutcome.FAILED if cycle.failed else CycleOutcome.GOOD] += 1
        took = cycle.took_ms / 1000
        self.durations[bisect_left(BOUNDS, took)] += 1
        self.seconds += took
