"""A coordinator over a real file, with a buyer who does as he is told."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, tzinfo
from pathlib import Path
from typing import TypeVar

from config.database import DatabaseUnusable
from config.products import Mode, Product, Tcin
from purchasing.coordinator import Coordinator
from purchasing.model import Limits
from purchasing.slot.emergency_stop import Gate
from purchasing.storage.unit_of_work import Storage, UnitOfWork
from tests.builders import PRICE, A, B, C, limits, reading, snapshot
from tests.fakes import FakeBuyer, FakeShop
from tests.unit.purchasing.books import Books, opened

T = TypeVar("T")


class FillingDisk(Storage):
    """The way to a database whose disk may become full."""

    full = False

    async def write(self, work: Callable[[UnitOfWork], T]) -> T:
        def checked(unit: UnitOfWork) -> T:
            before = unit.journal.last_seq()
            result = work(unit)
            if self.full and unit.journal.last_seq() != before:
                raise DatabaseUnusable("database or disk is full")
            return result

        return await super().write(checked)


class House:
    """A coordinator over a real file, with a buyer who does as he is told."""

    def __init__(self, books: Books, its_limits: Limits, timezone: tzinfo = UTC) -> None:
        self.books = books
        self.buyer = FakeBuyer()
        self.shop = FakeShop(now=books.clock.now)
        for one in (A, B, C):
            self.shop.stock[one] = reading(one, "IN_STOCK", price=PRICE, marketplace=False)
        self.gate = Gate(books.path.with_name("EMERGENCY_STOP"), hindrance=lambda: books.database.displaced)
        self.storage = FillingDisk(books.database, on_journal=self._hear, now=books.clock.now)
        self.news = asyncio.Event()
        #: Told, at the instant when a step is on disk, of that step.
        self.on_step: Callable[[str], object] = lambda _step: None
        self.coordinator = Coordinator(
            storage=self.storage,
            shopper=self.buyer,
            look=self.shop.look,
            gate=self.gate,
            limits=its_limits,
            timezone=timezone,
            now=books.clock.now,
        )

    def _hear(self) -> None:
        self.news.set()
        if steps := self.steps():
            self.on_step(steps[-1])

    async def see(self, *tcins: Tcin) -> None:
        """A cycle that reads these as in stock."""
        at = self.books.at
        await self.coordinator.cycles.take(
            snapshot(*(reading(one, "IN_STOCK", at=at, price=PRICE) for one in tcins), at=at)
        )

    def steps(self) -> list[str]:
        """The step of each attempt, as it is on disk."""
        return [step for (step,) in self.books.rows("SELECT step FROM attempt ORDER BY id")]

    def why(self) -> str:
        (why,) = self.books.rows("SELECT why FROM attempt ORDER BY id DESC LIMIT 1")[0]
        return str(why)

    async def until(self, *steps: str) -> None:
        """Until these are the steps of all attempts."""
        await self.until_true(lambda: self.steps() == list(steps))

    async def until_true(self, wanted: Callable[[], object]) -> None:
        async with asyncio.timeout(10):
            while not wanted():
                self.news.clear()
                await self.news.wait()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[asyncio.Task[None]]:
        task = asyncio.create_task(self.coordinator.slot.run(), name="slot")
        try:
            yield task
        finally:
            task.cancel()
            await asyncio.wait({task})


@asynccontextmanager
async def house_of(
    path: Path,
    *watched: Product | Tcin,
    mode: Mode = Mode.SIMULATE,
    its_limits: Limits | None = None,
    timezone: tzinfo = UTC,
) -> AsyncIterator[House]:
    async with opened(path / "stockbell.db") as books:
        house = House(books, its_limits or limits(), timezone)
        await house.coordinator.recovery.recover(mode=mode, modes=set(Mode), version="1")
        await books.watch(*watched)
        yield house
