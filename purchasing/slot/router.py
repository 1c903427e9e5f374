"""Who buys in which mode, and whose order list is asked: an attempt keeps the mode that it was opened in."""

from collections.abc import Mapping

from config.products import Mode
from purchasing.model import Attempt, Receipt, Review
from purchasing.ports import Shopper


class BuyerRouter:
    """Keeps the contract of `Shopper`, by the shopper for the attempt's mode."""

    def __init__(self, shoppers: Mapping[Mode, Shopper]) -> None:
        self._shoppers = shoppers

    async def cart(self, attempt: Attempt) -> None:
        await self._shoppers[attempt.mode].cart(attempt)

    async def review(self, attempt: Attempt) -> Review:
        return await self._shoppers[attempt.mode].review(attempt)

    async def submit(self, attempt: Attempt) -> Receipt:
        return await self._shoppers[attempt.mode].submit(attempt)

    def take_back(self) -> None:
        for shopper in self._shoppers.values():
            shopper.take_back()

    async def clean(self, attempt: Attempt) -> None:
        await self._shoppers[attempt.mode].clean(attempt)

    async def find(self, attempt: Attempt) -> Receipt | None:
        return await self._shoppers[attempt.mode].find(attempt)
