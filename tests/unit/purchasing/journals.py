"""Journals for the audit: one made by hand, line by line, and one of a long day that the storage wrote."""

from collections.abc import Iterable
from datetime import datetime
from itertools import pairwise
from typing import Any

from config.products import Mode, Tcin
from purchasing.commands import Done
from purchasing.events import (
    AttemptMoved,
    CycleCompleted,
    Event,
    Fact,
    Purchases,
    ServiceStarted,
    Started,
    UnknownFact,
    WatchlistChanged,
)
from purchasing.model import Step
from purchasing.rules.verify import Audit
from tests.builders import AT, A, B, C, command, reading, seconds
from tests.facts import fact, in_stock_now
from tests.unit.purchasing.books import TO_THE_BUTTON, Books

BEFORE_BUTTON = (Step.CARTED, Step.REVIEWED)
LIST = fact(WatchlistChanged, added=(A, B, C), order=(A, B, C))
DEADLINE = AT + seconds(60)


class Journal:
    """A journal made by hand, line by line, of a house that watches A, B and C."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.at = AT
        self.cycles = 0
        self.add(LIST)

    def add(self, told: Fact | UnknownFact, *, at: datetime | None = None) -> "Journal":
        self.at = at or self.at
        self.events.append(Event(seq=len(self.events) + 1, at=self.at, fact=told))
        return self

    def cycle(
        self, *in_stock: Tcin, started: Tcin | None = None, attempt_id: int = 1, **purchases: tuple[Any, ...]
    ) -> "Journal":
        self.cycles += 1
        begun = [] if started is None else [Started(tcin=started, attempt=attempt_id, completes_by=DEADLINE)]
        told = fact(
            CycleCompleted,
            cycle_id=self.cycles,
            stock=dict.fromkeys(in_stock, in_stock_now()),
            purchases=Purchases(started=tuple(begun), **purchases),
        )
        return self.add(told)

    def move(
        self, before: str, after: str, tcin: Tcin = A, *, attempt_id: int = 1, mode: Mode = Mode.SIMULATE
    ) -> "Journal":
        steps = {"before": Step(before), "to": Step(after)}
        return self.add(fact(AttemptMoved, attempt=attempt_id, tcin=tcin, mode=mode, **steps))

    def end(self, after: str, *, before: str = "submitting", attempt_id: int = 1, **told: Any) -> "Journal":
        """The last step of an attempt in `live`."""
        steps = {"before": Step(before), "to": Step(after)}
        return self.add(fact(AttemptMoved, attempt=attempt_id, tcin=A, mode=Mode.LIVE, **steps, **told))

    def findings(self) -> list[str]:
        return audited(self.events).findings


def audited(events: Iterable[Event]) -> Audit:
    audit = Audit()
    for event in events:
        audit.take(event)
    return audit


def bought(journal: Journal, tcin: Tcin = A, attempt_id: int = 1) -> Journal:
    """An attempt that was opened already goes to its end."""
    steps = ("opened", "carted", "reviewed", "submitting", "confirmed")
    for before, after in pairwise(steps):
        journal.move(before, after, tcin, attempt_id=attempt_id)
    return journal


async def story(books: Books) -> None:
    """A long day: everything that the storage writes about buying, at least once."""
    await books.watch(A, B, C)
    await books.cycle()
    await books.start(A, B)
    await books.go(*TO_THE_BUTTON, Step.CONFIRMED)
    books.clock.go_on(seconds(20))
    await books.cycle(reading(A, "OUT_OF_STOCK", at=books.at), reading(B, "IN_STOCK", at=books.at))
    in_doubt = await books.go(*TO_THE_BUTTON, Step.UNCONFIRMED)
    books.clock.go_on(seconds(3600))
    await books.cycle(*(reading(tcin, "IN_STOCK", at=books.at) for tcin in (A, B, C)))
    await books.move(in_doubt, Step.REFUSED)
    await books.follow()
    await books.go(*BEFORE_BUTTON, Step.ABANDONED)
    await books.watch(C, A)
    await books.set_mode(Mode.REHEARSE)
    await books.follow()
    await books.go(*BEFORE_BUTTON, Step.REHEARSED)
    books.gate_shut = "stopped by Ada"
    await books.cycle(*(reading(tcin, "IN_STOCK", at=books.at) for tcin in (C, A)))
    books.gate_shut = None
    await books.set_mode(Mode.SIMULATE)
    await books.cycle(*(reading(tcin, "IN_STOCK", at=books.at) for tcin in (C, A)))
    await die_and_start_again(books)
    await ask(books, "tg:1:7")


async def die_and_start_again(books: Books) -> None:
    """The service was down for hours in the middle of an attempt."""
    books.clock.go_on(seconds(9999))
    await books.do(lambda unit: unit.journal.append(ServiceStarted(mode=Mode.SIMULATE), at=books.at))
    await books.go(Step.ABANDONED)


async def ask(books: Books, key: str) -> None:
    asked = command(key)
    await books.do(lambda unit: unit.commands.put([asked]))
    await books.do(lambda unit: unit.commands.finish(asked, Done(), at=books.at))
