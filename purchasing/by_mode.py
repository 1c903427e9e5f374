"""Who buys in which mode, and whose order list is asked: an attempt keeps the mode that it was opened in."""

from collections.abc import Mapping
from dataclasses import dataclass

from config.products import Mode
from purchasing.model import Attempt, Receipt, Review
from purchasing.ports import Buyer, Orders


@dataclass(frozen=True, slots=True, kw_only=True)
class Shopper:
    """A buyer, and the order list of the shop where it buys."""

    buyer: Buyer
    orders: Orders


class ByMode:
    """Keeps the contracts of `Buyer` and `Orders`, by the shopper for the attempt's mode."""

    def __init__(self, shoppers: Mapping[Mode, Shopper]) -> None:
        self._shoppers = shoppers

    async def cart(self, attempt: Attempt) -> None:
        await self._shoppers[attempt.mode].buyer.cart(attempt)

    async def review(self, attempt: Attempt) -> Review:
        return await self._shoppers[attempt.mode].buyer.review(attempt)

    async def submit(self, attempt: Attempt) -> Receipt:
        return await self._shoppers[attempt.mode].buyer.submit(attempt)

    async def clean(self, attempt: Attempt) -> None:
        await self._shoppers[attempt.mode].buyer.clean(attempt)

    async def find(self, attempt: Attempt) -> Receipt | None:
        return await self._shoppers[attempt.mode].orders.find(attempt)
