"""Compacts a small piece of the journal: its events are counted, its routine dropped, the mark moved, all at once."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from config.products import Mode
from purchasing.events import CycleCompleted, Event
from purchasing.model import Attempt, Step
from purchasing.rules.compaction import Compacted, is_routine
from purchasing.storage.compaction.counts import CountTable
from purchasing.storage.unit_of_work import UnitOfWork

#: So many events are read at once within a piece.
AT_ONCE = 10
#: What one piece may cost, in characters to be read: whoever comes upon a piece waits for it.
MOST = 40_000
#: What it costs to count one product in stock once more, in the same unit.
EACH_IN_STOCK = 100


def compact_some(
    unit: UnitOfWork, *, before: datetime, read_to: int, questions: Collection[str], most: int = MOST
) -> bool:
    """Compact the next events that happened before this, up to the last one read by all; whether there were any.

    Never while something is bought, and never the last event, by whose number the next one gets its own.
    """
    if _is_buying(unit.attempts.slot()):
        return False
    counts = CountTable(unit.connection)
    tally, last_cycle = counts.tally(), unit.marks.read().cycle_id
    each, read_to = EACH_IN_STOCK * tally.count_in_stock(), min(read_to, unit.journal.last_seq() - 1)
    events = list(_next(unit, tally.seq, before=before, read_to=read_to, each=each, most=most))
    dropped = []
    for event in events:
        if is_routine(event.fact, states=tally.carried.states, questions=questions) and not _is(event, last_cycle):
            dropped.append(event)
        tally.take(event)
    if events:
        unit.journal.drop([event.seq for event in dropped])
        counts.put(_moved(counts.mark(), events, dropped), tally)
    return bool(events)


def _is_buying(slot: Attempt | None) -> bool:
    """Whether it is in a hurry: practice is none, and what is in doubt may hold the slot for weeks."""
    return slot is not None and slot.mode is not Mode.SIMULATE and slot.step is not Step.UNCONFIRMED


def _next(unit: UnitOfWork, place: int, *, before: datetime, read_to: int, each: int, most: int) -> Iterator[Event]:
    """As many as one piece may cost, and one at least."""
    cost = 0
    while cost < most and (stored := unit.journal.stored_after(place, limit=AT_ONCE)):
        for one in stored:
            event = one.decode()
            if one.seq > read_to or event.at >= before or cost >= most:
                return
            yield event
            place, cost = one.seq, cost + len(one.body) + each


def _is(event: Event, cycle_id: int) -> bool:
    """Whether it is that of the last cycle, of which boards and replies tell, however old it is."""
    return isinstance(event.fact, CycleCompleted) and event.fact.cycle_id == cycle_id


def _moved(mark: Compacted, events: Sequence[Event], dropped: Sequence[Event]) -> Compacted:
    return replace(
        mark,
        seq=events[-1].seq,
        at=events[-1].at,
        cycle_id=max([mark.cycle_id, *_cycles(events)]),
        dropped=mark.dropped + len(dropped),
        dropped_cycles=mark.dropped_cycles + len(_cycles(dropped)),
    )


def _cycles(events: Sequence[Event]) -> list[int]:
    return [event.fact.cycle_id for event in events if isinstance(event.fact, CycleCompleted)]
