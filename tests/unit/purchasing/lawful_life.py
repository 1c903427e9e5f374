"""The real coordinator over a real file, in virtual time, at a shop that holds every press against the laws."""

import asyncio
import traceback
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

import looptime

from config.database import Database, DatabaseUnusable
from config.products import BuyMode, Mode, Product, Tcin
from monitor.model import ShopAnswer
from purchasing.commands import Command
from purchasing.control.steering import Steering
from purchasing.coordinator import Coordinator
from purchasing.errors import OutcomeUnknown
from purchasing.model import Attempt, Receipt, Review, Step
from purchasing.rules.limits import CLOCK_SLIP
from purchasing.slot.emergency_stop import Gate
from purchasing.storage import tables
from purchasing.storage.lines import watch_writes
from purchasing.storage.unit_of_work import Storage, UnitOfWork
from tests.builders import ADA, AT, chance, limits, reading, seconds
from tests.fakes import FakeBuyer

T = TypeVar("T")

CAP = Decimal("50.00")
LIMITS = limits(max_per_day=4, max_spend_per_day=Decimal("180.00"), max_per_window=2, cooldown=seconds(20))


class InlineDatabase(Database):
    """Runs units of work where they are asked for, so that time stands still meanwhile; its disk may become full."""

    full = False

    async def _on_thread(self, call: Callable[[], T]) -> T:
        return call()

    async def transact(self, work: Callable[[Any], T]) -> T:
        def checked(connection: Any) -> T:
            before = connection.connection.dbapi_connection.total_changes
            result = work(connection)
            if self.full and connection.connection.dbapi_connection.total_changes != before:
                raise DatabaseUnusable("database or disk is full")
            return result

        return await super().transact(checked)


class InlineExecutor(ThreadPoolExecutor):
    """Does at once what is given to it: a real thread would let virtual time run on."""

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        done = Future[T]()
        done.set_result(fn(*args, **kwargs))
        return done


class LawfulShop(FakeBuyer):
    """Sells at its own price, and holds every press of its button against the laws."""

    def __init__(self, life: "Life") -> None:
        super().__init__()
        self.life = life
        self.price = CAP
        self.pressed: Counter[int] = Counter()
        self.reviewed: dict[int, Review] = {}
        #: The orders that really were placed, by attempt.
        self.sold: dict[int, Attempt] = {}

    async def review(self, attempt: Attempt) -> Review:
        seen = await super().review(attempt)
        total = self.price * attempt.quantity
        self.reviewed[attempt.id] = replace(seen, total=total, subtotal=total)
        return self.reviewed[attempt.id]

    async def submit(self, attempt: Attempt) -> Receipt:
        if attempt.mode is not Mode.SIMULATE:
            self.pressed[attempt.id] += 1
            self.life.check_press(attempt, self.reviewed[attempt.id])
        try:
            receipt = await super().submit(attempt)
        finally:
            if attempt.mode is Mode.LIVE and attempt.id in self.orders.placed:
                self.sold[attempt.id] = attempt
        if attempt.id not in self.orders.placed:
            raise OutcomeUnknown("the line was dead")
        return receipt

    async def _wait_for_press(self) -> None:
        """A stop that nobody has noticed yet, as a file made by hand is one, can take nothing back."""
        await super()._wait_for_press()
        if self.life.gate._why is not None:  # noqa: SLF001  asking would look at the file
            self.life.broken.append("the button was pressed after a stop")


class Life:
    """One data directory and one shop, over as many lives of the process as it takes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.loop = looptime.new_event_loop()
        self.loop.set_default_executor(InlineExecutor())
        self.set_forth = timedelta(0)
        self.clock_was_set = False
        self.shop = LawfulShop(self)
        self.look: dict[Tcin, dict[str, Any]] = {}
        self.keys = 0
        #: What happens, once, between the step `submitting` on disk and the button.
        self.slip: Callable[[], object] | None = None
        #: Laws that were broken where a task would have hidden it.
        self.broken: list[str] = []
        self.begin()

    def now(self) -> datetime:
        return AT + seconds(self.loop.time()) + self.set_forth

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(work)

    # ---- the process

    def begin(self) -> None:
        self.database = InlineDatabase(self.folder / "stockbell.db", tables=[tables.metadata], on_open=watch_writes)
        self.do(self.database.open())
        self.gate = Gate(self.folder / "EMERGENCY_STOP", last_seq=lambda: self.storage.last_seq)
        self.storage = Storage(self.database, on_journal=self._slip_in, now=self.now)
        self.coordinator = Coordinator(
            storage=self.storage,
            shopper=self.shop,
            look=self._look,
            gate=self.gate,
            limits=LIMITS,
            timezone=UTC,
            now=self.now,
        )
        self.steering = Steering(
            storage=self.storage,
            gate=self.gate,
            modes=set(Mode),
            slot=self.coordinator.slot,
            now=self.now,
            rng=chance(),
        )
        self.do(self.coordinator.recovery.recover(mode=Mode.SIMULATE, modes=set(Mode), version="1"))
        self.tasks = [self.loop.create_task(self._keep(part)) for part in (self.coordinator.slot.run, self._watch_gate)]

    async def _watch_gate(self) -> None:
        await self.steering.emergency_stop.watch_gate()

    async def _keep(self, part: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                await part()
            except DatabaseUnusable:
                await asyncio.sleep(1)
            else:
                return

    def kill(self) -> None:
        for task in self.tasks:
            task.cancel()
        self.do(asyncio.wait(self.tasks))
        self.do(self.database.close())

    async def _look(self, tcin: Tcin) -> ShopAnswer:
        told = {"shipping": "IN_STOCK", "price": self.shop.price, "marketplace": False, **self.look.get(tcin, {})}
        return ShopAnswer(readings={tcin: reading(tcin, at=self.now(), **told)})

    def _slip_in(self) -> None:
        """Called at each write, when it is on disk."""
        if self.slip is None:
            return
        with self.database._engine.begin() as connection:  # noqa: SLF001  between two units of work
            slot = UnitOfWork(connection).attempts.slot()
        if slot is not None and slot.step is Step.SUBMITTING:
            slip, self.slip = self.slip, None
            slip()

    def want_nothing(self) -> None:
        with self.database._engine.begin() as connection:  # noqa: SLF001  between two units of work
            UnitOfWork(connection).products.take_up([], by="the file", at=self.now())

    # ---- people

    def say(self, what: str, act: Callable[[Command], Awaitable[None]]) -> None:
        """A command, stored and applied; on a full disk it waits in vain."""

        async def stored_and_applied() -> None:
            self.keys += 1
            mark = self.gate.mark
            command = Command(key=f"tg:1:{self.keys}", at=self.now(), person=ADA, what=what, gate_mark=mark)
            await self.steering.queue.put([command])
            await act(command)

        try:
            self.do(stored_and_applied())
        except DatabaseUnusable:
            assert self.database.full

    def read(self, work: Callable[[UnitOfWork], T]) -> T:
        return self.do(self.storage.read(work))

    # ---- the laws

    def check_press(self, attempt: Attempt, review: Review) -> None:
        """At the instant at which the button is pressed."""
        try:
            with self.database._engine.begin() as connection:  # noqa: SLF001  past the disk that may be full
                self._check_with(UnitOfWork(connection), attempt, review)
        except AssertionError:
            self.broken.append(traceback.format_exc())

    def _check_with(self, unit: UnitOfWork, attempt: Attempt, review: Review) -> None:
        assert attempt.mode is Mode.LIVE
        assert self.pressed_once(attempt)
        assert self.gate.shut is None
        assert unit.controls.read(at=self.now()).stopped is None
        last = unit.journal.last_at()
        assert last is None or last - self.now() <= CLOCK_SLIP
        assert unit.attempts.get(attempt.id).step is Step.SUBMITTING
        wanted = {one.tcin: one for one in unit.products.watchlist()}.get(attempt.tcin)
        assert wanted is not None
        assert wanted.enabled
        assert wanted.buy is not BuyMode.ALERT
        self._check_money(unit, attempt, review, wanted)

    def pressed_once(self, attempt: Attempt) -> bool:
        return self.shop.pressed[attempt.id] == 1

    def _check_money(self, unit: UnitOfWork, attempt: Attempt, review: Review, wanted: Product) -> None:
        assert attempt.max_price is not None
        assert review.subtotal is not None
        assert review.subtotal <= attempt.max_price * attempt.quantity
        before = [one for one in self.shop.sold.values() if one.id != attempt.id]
        assert sum(one.quantity for one in before if one.tcin == attempt.tcin) + attempt.quantity <= wanted.quantity
        today = [one for one in before if one.opened_at.date() == attempt.opened_at.date()]
        assert len(today) < LIMITS.max_per_day
        spent = sum((self.shop.reviewed[one.id].total or Decimal(0) for one in today), review.total or Decimal(0))
        assert LIMITS.max_spend_per_day is not None
        assert spent <= LIMITS.max_spend_per_day
        assert attempt.window is not None
        tried, _ = unit.attempts.in_window(attempt.window)
        assert len([one for one in tried if one.mode is Mode.LIVE]) <= LIMITS.max_per_window
