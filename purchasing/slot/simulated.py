"""A buyer for practice: it takes its time, sometimes fails, and never meets a shop."""

import asyncio
from datetime import timedelta
from random import Random

from config.products import Channel
from purchasing.errors import Refused
from purchasing.model import TARGET, Attempt, Receipt, Review

#: The acts that share the simulated time equally.
_ACTS = 3


class SimulatedBuyer:
    """Keeps the contract of `Buyer` and, as its own order list, that of `Orders`."""

    def __init__(self, *, takes: timedelta, success: float, rng: Random) -> None:
        self._act_s = takes.total_seconds() / _ACTS
        self._success = success
        self._rng = rng

    async def cart(self, attempt: Attempt) -> None:  # noqa: ARG002  the port names it
        await self._take_time()

    async def review(self, attempt: Attempt) -> Review:
        await self._take_time()
        total = None if attempt.price is None else attempt.price * attempt.quantity
        return Review(
            items={attempt.tcin: attempt.quantity},
            total=total or attempt.max_price,
            channel=Channel.SHIPPING if attempt.channel is Channel.ANY else attempt.channel,
            seller=TARGET,
            orders_before=(),
        )

    async def submit(self, attempt: Attempt) -> Receipt:
        await self._take_time()
        if self._rng.random() >= self._success:
            raise Refused("sold out while ordering (practice)")
        total = None if attempt.price is None else attempt.price * attempt.quantity
        return Receipt(order_number=f"PRACTICE-{attempt.id}", total=total)

    def take_back(self) -> None:
        """A press of practice orders nothing."""

    async def clean(self, attempt: Attempt) -> None:
        """There is no cart."""

    async def find(self, attempt: Attempt) -> Receipt | None:
        """No practice order outlives its attempt: there certainly is none."""

    async def _take_time(self) -> None:
        await asyncio.sleep(self._act_s)
