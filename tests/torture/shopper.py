"""A buyer that really orders, at a practice store alone, so that orders can be counted where they are placed."""

import re
from collections.abc import Mapping
from decimal import Decimal
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import httpx

from config.products import Channel
from purchasing.errors import NothingOrdered, OrdersUnreadable, OutcomeUnknown, Refused
from purchasing.model import TARGET, Attempt, Receipt, Review

#: The price on a page of the practice store.
_PRICE = re.compile(r'data-test="product-price">\$(\d+\.\d\d)<')

_ON_A_PAGE = 10


class NotAPracticeStore(Exception):
    """Only a store on this machine may be ordered from."""


class HttpShopper:
    """Keeps the contracts of `Buyer` and `Orders` over the practice store's JSON side."""

    def __init__(self, store_url: str) -> None:
        host = urlsplit(store_url).hostname or ""
        if host != "localhost" and not ip_address(host).is_loopback:
            raise NotAPracticeStore(f"{store_url} is not on this machine")
        self._client = httpx.AsyncClient(base_url=store_url, timeout=5)

    async def cart(self, attempt: Attempt) -> None:
        await self._look(attempt)

    async def review(self, attempt: Attempt) -> Review:
        shown = _PRICE.search(await self._look(attempt))
        total = None if shown is None else Decimal(shown[1]) * attempt.quantity
        return Review(
            items={attempt.tcin: attempt.quantity},
            total=total,
            subtotal=total,
            channel=Channel.SHIPPING if attempt.channel is Channel.ANY else attempt.channel,
            seller=TARGET,
            orders_before=await self._last_orders(),
        )

    async def _last_orders(self) -> tuple[str, ...] | None:
        """The newest ones, as a page of a shop's list has them; None where it did not answer."""
        try:
            orders = await self._read_orders("/practice/history")
        except OrdersUnreadable:
            return None
        return tuple(order["number"] for order in orders[-_ON_A_PAGE:])

    async def _read_orders(self, address: str, **wanted: str) -> list[Mapping[str, Any]]:
        try:
            answer = await self._client.get(address, params=wanted)
            return list(answer.raise_for_status().json()["orders"])
        except (httpx.HTTPError, ValueError, KeyError) as error:
            raise OrdersUnreadable(f"the order list did not answer: {error!r}") from error

    async def _look(self, attempt: Attempt) -> str:
        try:
            page = await self._client.get(f"/p/A-{attempt.tcin}", follow_redirects=True)
        except httpx.HTTPError as error:
            raise NothingOrdered(f"the product page did not open: {error!r}") from error
        if not page.is_success:
            raise NothingOrdered(f"the product page answered {page.status_code}")
        return page.text

    async def submit(self, attempt: Attempt) -> Receipt:
        wish = {"tcin": attempt.tcin, "quantity": attempt.quantity, "attempt": str(attempt.id)}
        try:
            answer = await self._client.post("/practice/orders", json=wish)
        except httpx.HTTPError as error:
            raise OutcomeUnknown(f"the answer to the order was lost: {error!r}") from error
        if answer.status_code == httpx.codes.CREATED:
            return _receipt(answer.json())
        if answer.status_code in {400, 424}:
            raise Refused(str(answer.json()["alerts"][0]["code"]))
        raise OutcomeUnknown(f"the order was answered with {answer.status_code}")

    def take_back(self) -> None:
        """An order is a single request."""

    async def clean(self, attempt: Attempt) -> None:
        """The practice store has no cart."""

    async def find(self, attempt: Attempt) -> Receipt | None:
        found = await self._read_orders("/practice/orders", attempt=str(attempt.id))
        return _receipt(found[0]) if found else None


def _receipt(order: Mapping[str, Any]) -> Receipt:
    total = None if order["price"] is None else Decimal(order["price"]) * int(order["quantity"])
    return Receipt(order_number=order["number"], total=total)
