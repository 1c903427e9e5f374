"""Who buys in which mode, and whose order list is asked: an attempt keeps the mode that it was opened in."""

from collections.abc import Callable, Mapping

from config.products import Mode
from purchasing.errors import NothingOrdered, OrdersUnreadable
from purchasing.model import Attempt, Receipt, Review
from purchasing.ports import Shopper


class BuyerRouter:
    """Keeps the contract of `Shopper`, by the shopper for the attempt's mode.

    Of a mode in which somebody bought before and nobody does now, nothing can be cleaned, nor told by an order list.
    """

    def __init__(self, shoppers: Mapping[Mode, Shopper], *, on_asked: Callable[[], None] | None = None) -> None:
        """`on_asked` is called for every question to the shop's own order list."""
        self._shoppers = shoppers
        self._on_asked = on_asked

    async def cart(self, attempt: Attempt) -> None:
        await self._buyer_for(attempt).cart(attempt)

    async def review(self, attempt: Attempt) -> Review:
        return await self._buyer_for(attempt).review(attempt)

    async def submit(self, attempt: Attempt) -> Receipt:
        return await self._buyer_for(attempt).submit(attempt)

    def take_back(self) -> None:
        for shopper in self._shoppers.values():
            shopper.take_back()

    async def clean(self, attempt: Attempt) -> None:
        await self._buyer_for(attempt).clean(attempt)

    async def find(self, attempt: Attempt) -> Receipt | None:
        shopper = self._shoppers.get(attempt.mode)
        if shopper is None:
            raise OrdersUnreadable(_nobody_buys(attempt.mode))
        if attempt.mode is not Mode.SIMULATE and self._on_asked is not None:
            self._on_asked()
        return await shopper.find(attempt)

    def _buyer_for(self, attempt: Attempt) -> Shopper:
        shopper = self._shoppers.get(attempt.mode)
        if shopper is None:
            raise NothingOrdered(_nobody_buys(attempt.mode))
        return shopper


def _nobody_buys(mode: Mode) -> str:
    return f"buying in {mode} is not part of this version"
