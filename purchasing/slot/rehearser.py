"""Rehearses apart from the journal: one attempt up to the review page, carried by the same runner as all others."""

from collections.abc import Awaitable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import TypeVar

from config.clock import Monotonic, Now
from config.products import Mode, Product
from purchasing.errors import OutcomeUnknown
from purchasing.model import Attempt, Receipt, Review, Step, Transition
from purchasing.ports import Buyer
from purchasing.rehearsal import Rehearsal, TimedAct
from purchasing.slot.runner import AttemptRunner

T = TypeVar("T")

#: No attempt of the journal has this number.
NUMBER = 0


class Rehearser:
    """Makes one rehearsal of one product. Nothing of it is written down, and nothing is ever pressed."""

    def __init__(
        self, buyer: Buyer, product: Product, *, deadline: timedelta, allowance: Decimal, now: Now, monotonic: Monotonic
    ) -> None:
        at = now()
        attempt = Attempt(
            id=NUMBER,
            tcin=product.tcin,
            mode=Mode.REHEARSE,
            step=Step.OPENED,
            quantity=product.quantity,
            price=None,
            max_price=product.max_price,
            opened_at=at,
            moved_at=at,
            deadline=at + deadline,
            channel=product.channel,
        )
        self._buyer = _TimedBuyer(buyer, monotonic=monotonic)
        self._desk = _Desk(now=now)
        self._runner = AttemptRunner(
            attempt, buyer=self._buyer, desk=self._desk, allowance=allowance, freshness=deadline, now=now
        )

    def call_off(self, why: str) -> None:
        """End it as soon as may be; the cart is still cleaned."""
        self._desk.shut = why
        self._runner.call_off(why)

    async def run(self) -> Rehearsal:
        ended = await self._runner.run()
        last = self._desk.last
        return Rehearsal(
            attempt=ended,
            acts=tuple(self._buyer.acts),
            review=self._buyer.seen,
            picture=last.picture or (None if self._buyer.seen is None else self._buyer.seen.picture),
            need=last.need,
            clean=last.clean,
        )


class _Desk:
    """Keeps in memory what a service puts on disk: nobody else reads it, and no order comes of it."""

    def __init__(self, *, now: Now) -> None:
        self._now = now
        self.shut: str | None = None
        self.last = Transition(to=Step.OPENED)

    async def move(self, attempt: Attempt, transition: Transition) -> Attempt:
        self.last = transition
        total = transition.total or attempt.total
        return replace(attempt, step=transition.to, why=transition.why, total=total, moved_at=self._now())

    async def why_not_confirmed(self, attempt: Attempt) -> str | None:  # noqa: ARG002  the port names it
        return None

    async def why_ordered_before(self, attempt: Attempt) -> str | None:  # noqa: ARG002  the port names it
        return None

    async def why_not_press(self, attempt: Attempt) -> str | None:  # noqa: ARG002  the port names it
        return "a rehearsal presses nothing"

    def gate_shut(self) -> str | None:
        return self.shut

    async def left_in_cart(self) -> list[Attempt]:
        return []

    async def cart_is_clean(self, attempt: Attempt) -> None:
        """Nothing is kept of it."""


class _TimedBuyer:
    """Passes each act on, but no press, and keeps how long it took and what the review page told."""

    def __init__(self, buyer: Buyer, *, monotonic: Monotonic) -> None:
        self._buyer = buyer
        self._monotonic = monotonic
        self.acts: list[TimedAct] = []
        self.seen: Review | None = None

    async def cart(self, attempt: Attempt) -> None:
        await self._time("into the cart", self._buyer.cart(attempt))

    async def review(self, attempt: Attempt) -> Review:
        self.seen = await self._time("to the review page", self._buyer.review(attempt))
        return self.seen

    async def submit(self, attempt: Attempt) -> Receipt:  # noqa: ARG002  the port names it
        raise OutcomeUnknown("a rehearsal presses nothing")

    def take_back(self) -> None:
        """Nothing is ever pressed."""

    async def clean(self, attempt: Attempt) -> None:
        await self._time("out of the cart", self._buyer.clean(attempt))

    async def _time(self, what: str, act: Awaitable[T]) -> T:
        began, done = self._monotonic(), False
        try:
            result = await act
            done = True
        finally:
            took = timedelta(seconds=self._monotonic() - began)
            self.acts.append(TimedAct(what=what, took=took, done=done))
        return result
