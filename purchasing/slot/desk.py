"""What an attempt knows of the house, and where it writes its steps down."""

import logging
from collections.abc import Awaitable, Callable

from config.clock import Now
from config.products import Tcin
from monitor.model import Reading, ShopAnswer
from purchasing.errors import OrdersUnreadable
from purchasing.events import Disagreement
from purchasing.model import Attempt, Receipt, Transition
from purchasing.ports import Orders
from purchasing.rules.limits import why_not_confirmed, why_not_press
from purchasing.slot.emergency_stop import Gate
from purchasing.standing import StandingReader
from purchasing.storage.unit_of_work import Storage, UnitOfWork

log = logging.getLogger(__name__)

#: A fresh look at one product by itself, with price and seller: `Shop.look`.
Look = Callable[[Tcin], Awaitable[ShopAnswer]]


class AttemptDesk:
    """Keeps the port `Desk`. What it writes is on disk when it returns."""

    def __init__(
        self, *, storage: Storage, look: Look, orders: Orders, gate: Gate, standing: StandingReader, now: Now
    ) -> None:
        self._storage = storage
        self._orders = orders
        self._look = look
        self._gate = gate
        self._standing = standing
        self._now = now

    async def move(self, attempt: Attempt, transition: Transition) -> Attempt:
        at = self._now()
        moved = await self._storage.write(lambda unit: unit.attempts.move(attempt, transition, at=at))
        log.info(
            "attempt.moved",
            extra={"attempt": moved.id, "tcin": moved.tcin, "to": transition.to.value, "why": transition.why},
        )
        return moved

    async def why_not_confirmed(self, attempt: Attempt) -> str | None:
        reading = (await self._look(attempt.tcin)).readings[attempt.tcin]
        return await self._storage.write(lambda unit: self._compare(unit, attempt, reading))

    def _compare(self, unit: UnitOfWork, attempt: Attempt, reading: Reading) -> str | None:
        """Hold the second look against the watch list as it is now; a difference goes into the journal."""
        product = next((one for one in unit.products.watchlist() if one.tcin == attempt.tcin), None)
        if product is None:
            return "no longer watched"
        at, why = self._now(), why_not_confirmed(reading, product, attempt)
        if reading.is_certain:
            unit.details.learn(reading, at=at)
        if reading.is_certain and why is not None:
            unit.journal.append(Disagreement(tcin=attempt.tcin, attempt=attempt.id, why=why), at=at)
        return why

    async def why_not_press(self, attempt: Attempt) -> str | None:
        """By the limits of the day on which the attempt was opened, as it counts there, even past midnight.

        The database is looked at anew: what is bought must be on a disk on which it is found again.
        """
        await self._storage.look_at_files()
        at, gate_shut = self._now(), self._gate.shut

        def judge(unit: UnitOfWork) -> str | None:
            standing = self._standing.read(unit, gate_shut=gate_shut, at=at, counted_since=attempt.opened_at)
            return why_not_press(attempt, standing)

        return await self._storage.read(judge)

    def gate_shut(self) -> str | None:
        return self._gate.shut

    async def why_ordered_before(self, attempt: Attempt) -> str | None:
        """The order list is read once more for those whose no was believed; what it says now is noted and stays."""
        for before in await self._storage.read(lambda unit: unit.attempts.in_doubt_before(attempt)):
            try:
                receipt = await self._orders.find(before)
            except OrdersUnreadable as error:
                return f"the order list could not be read once more about attempt {before.id}: {error}"
            await self._settle_doubt(before, receipt)
            if receipt is not None:
                return f"attempt {before.id} was ordered after all: order {receipt.order_number}"
        return None

    async def _settle_doubt(self, attempt: Attempt, receipt: Receipt | None) -> None:
        await self._storage.write(lambda unit: unit.attempts.settle_doubt(attempt, receipt, at=self._now()))

    async def left_in_cart(self) -> list[Attempt]:
        return await self._storage.read(lambda unit: unit.attempts.left_in_cart())

    async def cart_not_cleaned(self, attempt: Attempt, why: str) -> None:
        await self._storage.write(lambda unit: unit.attempts.tell_left(attempt, why, at=self._now()))

    async def cart_is_clean(self, attempt: Attempt) -> None:
        await self._storage.write(lambda unit: unit.attempts.forget_left(attempt, at=self._now()))
