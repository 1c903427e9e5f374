"""Units of work over a real file, for tests: what is looked at may come from beside them."""

import json
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager, closing
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from config.database import Database
from config.products import Channel, Mode, Product, Tcin
from monitor.model import Reading, Snapshot
from purchasing.events import CycleCompleted, Event, Fact, WatchlistChanged, encode_fact
from purchasing.model import Attempt, Decision, Limits, Receipt, Standing, Start, Step, Transition
from purchasing.rules.decide import decide, decide_on_free_slot
from purchasing.storage import tables
from purchasing.storage.controls import MODE
from purchasing.storage.lines import watch_writes
from purchasing.storage.unit_of_work import UnitOfWork
from tests.builders import limits, product, reading, snapshot
from tests.fakes import FakeClock

T = TypeVar("T")
FactT = TypeVar("FactT", bound=Fact)

TO_THE_BUTTON = (Step.CARTED, Step.REVIEWED, Step.SUBMITTING)


class Books:
    """Does on disk what a coordinator does, one unit of work after another, at a time that stands still."""

    def __init__(self, path: Path, database: Database, clock: FakeClock) -> None:
        self.path = path
        self.database = database
        self.clock = clock
        self.limits: Limits = limits()
        self.gate_shut: str | None = None

    @property
    def at(self) -> datetime:
        return self.clock.at

    async def do(self, work: Callable[[UnitOfWork], T]) -> T:
        """One unit of work."""
        return await self.database.transact(lambda connection: work(UnitOfWork(connection)))

    async def watch(self, *wanted: Product | Tcin) -> WatchlistChanged | None:
        products = [one if isinstance(one, Product) else product(one) for one in wanted]
        return await self.do(lambda unit: unit.products.take_up(products, by="Ada", at=self.at))

    async def set_mode(self, mode: Mode) -> None:
        await self.do(lambda unit: unit.controls.put(MODE, mode, by="Ada", at=self.at))

    # ---- cycles

    def standing(self, unit: UnitOfWork) -> Standing:
        midnight = self.at.replace(hour=0, minute=0, second=0)
        return unit.views.standing(self.limits, gate_shut=self.gate_shut, day_began=midnight, at=self.at)

    async def cycle(self, *readings: Reading | Snapshot, whole_stock: bool = False) -> CycleCompleted:
        """Decide what was read, and write it."""
        first = readings[0] if readings else None
        if isinstance(first, Snapshot):
            news = first
        else:
            news = snapshot(*(one for one in readings if isinstance(one, Reading)), at=self.at)

        def work(unit: UnitOfWork) -> CycleCompleted:
            standing = self.standing(unit)
            decision = decide(news, standing, at=self.at)
            return unit.cycles.commit(news, decision, standing, at=self.at, whole_stock=whole_stock)

        return await self.do(work)

    async def commit(self, decision: Decision) -> CycleCompleted:
        """Write this, whoever decided it."""
        return await self.do(
            lambda unit: unit.cycles.commit(
                snapshot(at=self.at), decision, self.standing(unit), at=self.at, whole_stock=False
            )
        )

    async def follow(self) -> Attempt | None:
        def work(unit: UnitOfWork) -> Attempt | None:
            standing = self.standing(unit)
            return unit.cycles.commit_follow(decide_on_free_slot(standing, at=self.at), standing, at=self.at)

        return await self.do(work)

    # ---- attempts

    async def start(self, *tcins: Tcin) -> Attempt:
        """An attempt for the first of these; the others wait."""
        await self.cycle(*(reading(tcin, "IN_STOCK", at=self.at) for tcin in tcins))
        return await self.slot()

    async def slot(self) -> Attempt:
        slot = await self.do(lambda unit: unit.attempts.slot())
        assert slot is not None
        return slot

    async def go(self, *steps: Step, **more: Any) -> Attempt:
        """Take the attempt in the slot along these steps."""
        attempt = await self.slot()
        for step in steps:
            attempt = await self.move(attempt, step, **more)
        return attempt

    async def move(self, attempt: Attempt, to: Step, **more: Any) -> Attempt:
        return await self.do(lambda unit: unit.attempts.move(attempt, Transition(to=to, **more), at=self.at))

    # ---- what is on disk

    async def events(self) -> list[Event]:
        return await self.do(lambda unit: unit.journal.after(0))

    async def facts(self, kind: type[FactT]) -> list[FactT]:
        return [event.fact for event in await self.events() if isinstance(event.fact, kind)]

    async def lines(self) -> list[dict[str, Any]]:
        """The events as other programs see them."""
        stored = await self.do(lambda unit: unit.journal.stored_after(0))
        return [json.loads(event.line()) for event in stored]

    async def states(self) -> dict[str, str]:
        return dict(self.rows("SELECT tcin, state FROM product ORDER BY tcin"))

    def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """Read over a second connection, which sees only what is on disk."""
        return rows(self.path, sql, *values)

    def damage(self, sql: str, *values: object) -> None:
        """Write over a second connection, past every law but the database's own."""
        damage(self.path, sql, *values)


def rows(path: Path, sql: str, *values: object) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(path)) as beside:
        return beside.execute(sql, values).fetchall()


def damage(path: Path, sql: str, *values: object) -> None:
    with closing(sqlite3.connect(path)) as beside, beside:
        beside.execute("PRAGMA foreign_keys = ON")  # as every connection of ours does
        beside.execute(sql, values)


def dump(books: Books) -> list[str]:
    """Everything that is on disk."""
    with closing(sqlite3.connect(books.path)) as beside:
        return list(beside.iterdump())


def begun(tcin: Tcin) -> Decision:
    """A decision to begin an attempt, and nothing else."""
    start = Start(tcin=tcin, mode=Mode.SIMULATE, quantity=1, price=None, max_price=None, channel=Channel.SHIPPING)
    return Decision(start=start)


async def buy(books: Books, tcin: Tcin, *last: Step, receipt: Receipt | None = None) -> Attempt:
    """An attempt that came to its button and took these steps after it."""
    await books.start(tcin)
    moved = await books.go(*TO_THE_BUTTON)
    for step in last:
        moved = await books.move(moved, step, receipt=receipt)
    return moved


def bodies(events: Iterable[Event]) -> list[dict[str, Any]]:
    """The bodies as a reader of the JSON gets them."""
    return [json.loads(encode_fact(event.fact)) for event in events if isinstance(event.fact, Fact)]


@asynccontextmanager
async def opened(path: Path, clock: FakeClock | None = None) -> AsyncIterator[Books]:
    database = Database(path, tables=[tables.metadata], on_open=watch_writes)
    try:
        await database.open()
        yield Books(path, database, clock or FakeClock())
    finally:
        await database.close()
