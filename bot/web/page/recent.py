"""The last part of the journal, kept in memory for the page: each event is read once."""

from collections import deque
from collections.abc import Iterable
from datetime import datetime

from bot.text.events import is_told
from bot.web.page.model import Check
from purchasing.events import CycleCompleted, Disagreement, Event

#: So many cycles are drawn: an hour and a half at the usual pace.
MOST_CHECKS = 240
#: So many events are told of.
MOST_EVENTS = 15


class RecentJournal:
    """Takes events in their order."""

    def __init__(self) -> None:
        self.checks: deque[Check] = deque(maxlen=MOST_CHECKS)
        self.events: deque[Event] = deque(maxlen=MOST_EVENTS)
        #: The last time that two looks at a product told different things.
        self.disagreement: tuple[Disagreement, datetime] | None = None

    def take(self, events: Iterable[Event]) -> None:
        for event in events:
            if isinstance(event.fact, CycleCompleted):
                self.checks.append(_check(event, event.fact))
            if isinstance(event.fact, Disagreement):
                self.disagreement = (event.fact, event.at)
            if is_told(event):
                self.events.append(event)


def _check(event: Event, cycle: CycleCompleted) -> Check:
    return Check(
        at=event.at,
        took_ms=cycle.took_ms,
        asked=cycle.asked,
        unknown=cycle.summary.unknown,
        in_stock=cycle.summary.in_stock,
        failed=cycle.failed,
    )
