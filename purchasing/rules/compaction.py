"""Which events of an old journal may go, as counts are kept of them. Pure.

What is not named here stays for ever: whatever concerns money, who may do what, and what is watched; so does what this
program can't read. A cycle stays whole where anything moved in it.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from config.products import Tcin
from monitor.model import StockState
from purchasing.events import (
    Blind,
    CommandDone,
    CycleCompleted,
    Fact,
    ProductLearned,
    ProductsUnread,
    Sighted,
    StillHeld,
    UnknownFact,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Compacted:
    """How far the journal was compacted: what is not after this mark is counted, and its routine is gone."""

    #: The last event that was counted; 0 where none was.
    seq: int = 0
    #: The time of that event.
    at: datetime | None = None
    #: The last cycle that was counted.
    cycle_id: int = 0
    #: How many events are gone, and how many cycles among them.
    dropped: int = 0
    dropped_cycles: int = 0


def compacted_before(at: datetime, keep: timedelta) -> datetime:
    """What happened before this may be compacted: whole days, in UTC."""
    return datetime.combine((at - keep).date(), time.min, at.tzinfo)


def is_routine(fact: Fact | UnknownFact, *, states: Mapping[Tcin, StockState], questions: Collection[str]) -> bool:
    """Whether it may go. `states` are the products' before it, `questions` the commands that change nothing."""
    match fact:
        case CycleCompleted() as cycle:
            return not _has_moved(cycle, states)
        case CommandDone(what=what):
            return what in questions
        case ProductLearned(priced=priced):
            return not priced
        case ProductsUnread() | Blind() | Sighted() | StillHeld():
            return True
    return False


def _has_moved(cycle: CycleCompleted, states: Mapping[Tcin, StockState]) -> bool:
    """That a product is still in stock and still not bought is told by every cycle, and moves nothing."""
    windows, approvals, purchases = cycle.windows, cycle.approvals, cycle.purchases
    moved = (cycle.changes, windows.opened, windows.closed, approvals.made, approvals.expired, purchases.resets)
    begun = (purchases.started, purchases.queued, purchases.unqueued)
    # Of what was in stock the audit tells whose turn it was.
    known = (states.get(tcin, StockState.UNKNOWN) is stock.state for tcin, stock in cycle.stock.items())
    return any(moved) or any(begun) or not all(known)
