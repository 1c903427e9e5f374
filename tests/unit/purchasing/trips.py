"""One attempt on its way through the shop, with nothing but memory around its runner."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

from purchasing.model import Attempt, Step, Transition
from purchasing.rules.state_machine import check_step
from purchasing.slot.runner import AttemptRunner
from tests.builders import attempt, seconds
from tests.fakes import FakeBuyer, FakeClock, Hold

CARTED, REVIEWED, SUBMITTING = Step.CARTED, Step.REVIEWED, Step.SUBMITTING
CONFIRMED, REFUSED, UNCONFIRMED = Step.CONFIRMED, Step.REFUSED, Step.UNCONFIRMED
ABANDONED, REHEARSED = Step.ABANDONED, Step.REHEARSED


class Desk:
    """Takes steps by the law of the machine, each in no time or in `takes`, whatever becomes of who asked."""

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self.last: Attempt | None = None
        self.takes = 0.0
        self.shut: str | None = None
        self.forbidden: str | None = None
        #: The step on disk at each question whether the button may be pressed.
        self.asked: list[Step] = []
        #: What the second look finds wrong, and how often it was taken.
        self.doubt: str | None = None
        self.looks = 0
        self._look_hold: Hold | None = None
        self.left: list[Attempt] = []
        #: What the order list, read once more, told of earlier attempts.
        self.ordered_before: str | None = None
        #: What each step said of pictures, and of what only the owner can do.
        self.pictures: list[tuple[Step, str | None, str | None]] = []
        #: What the review page would charge, as it was put on disk.
        self.reviewed_at: Decimal | None = None
        #: The orders there were before it, as they were put on disk.
        self.orders_before: tuple[str, ...] | None = None
        #: Whether the last step said that the cart is clean.
        self.clean = False
        #: Told of every look and of every step, at its very beginning.
        self.on_act: Callable[[str], object] = lambda _act: None

    async def move(self, attempt: Attempt, transition: Transition) -> Attempt:
        check_step(self.last.step if self.last else attempt.step, transition.to)
        self.on_act(transition.to)
        await asyncio.sleep(self.takes)
        self.steps.append(transition.to)
        number, paid = (
            (transition.receipt.order_number, transition.receipt.total)
            if transition.receipt
            else (None, transition.total)
        )
        self.last = replace(attempt, step=transition.to, why=transition.why, order_number=number, total=paid)
        if transition.to is REVIEWED:
            self.reviewed_at = transition.total
            self.orders_before = transition.orders_before
        self.pictures.append((transition.to, transition.picture, transition.need))
        self.clean = transition.clean
        return self.last

    async def why_not_confirmed(self, attempt: Attempt) -> str | None:  # noqa: ARG002  the port names it
        self.looks += 1
        self.on_act("look")
        if self._look_hold is not None:
            await self._look_hold.wait()
        return self.doubt

    def hold_look(self) -> Hold:
        """Have the second look wait."""
        self._look_hold = Hold()
        return self._look_hold

    async def why_not_press(self, attempt: Attempt) -> str | None:
        self.asked.append(attempt.step)
        return self.forbidden

    def gate_shut(self) -> str | None:
        self.on_act("gate")
        return self.shut

    async def why_ordered_before(self, attempt: Attempt) -> str | None:  # noqa: ARG002  the port names it
        return self.ordered_before

    async def left_in_cart(self) -> list[Attempt]:
        return list(self.left)

    async def cart_is_clean(self, attempt: Attempt) -> None:
        self.clean = True
        self.left = [one for one in self.left if one.id != attempt.id]


class Trip:
    """A runner with all that it needs."""

    def __init__(self) -> None:
        self.buyer = FakeBuyer()
        self.disk = Desk()
        self.clock = FakeClock()

    def runner(self, **wishes: Any) -> AttemptRunner:
        return AttemptRunner(
            attempt(**wishes),
            buyer=self.buyer,
            desk=self.disk,
            allowance=Decimal("0.15"),
            freshness=seconds(30),
            now=self.clock.now,
        )

    async def run(self, **wishes: Any) -> Attempt:
        return await self.runner(**wishes).run()
