"""The practice shop in the visitor's hands: what the page shows of it, and the switches they turn."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from html import unescape
from typing import Any, Final

from sandbox.chat_model import Json
from sandbox.faults import Wall
from sandbox.shop.item import ORDERABLE, Item
from sandbox.store import PracticeStore

#: The wall of the visitor stands before these alone, so that pages and pictures are still there.
CHECKS: Final = "/redsky_aggregations"
_HIGHEST_PRICE = Decimal(9999)
_CENT = Decimal("0.01")


class ShopPanel:
    """A card for every item that is named, and the wall."""

    def __init__(self, store: PracticeStore, items: Iterable[Item], *, site: str) -> None:
        self._store = store
        self._site = site
        self._closed = {item.tcin: item.shipping for item in items}
        self._acts = {"restock": self._restock, "sell out": self._sell_out, "price": self._price, "wall": self._wall}

    def show(self) -> Json:
        items = [self._store.items[tcin] for tcin in self._closed if tcin in self._store.items]
        return {"products": [self._card(item) for item in items], "wall": self._store.faults.wall is not None}

    def _card(self, item: Item) -> Json:
        return {
            "tcin": item.tcin,
            "title": unescape(item.title),
            "price": item.price,
            "open": item.shipping in ORDERABLE,
            "preorder": item.street_date is not None,
            "seller": item.seller if item.marketplace else None,
            "picture": f"{self._site}/images/{item.tcin}.png",
        }

    def act(self, name: str, values: Mapping[str, Any]) -> None:
        self._acts[name](values)

    def _restock(self, values: Mapping[str, Any]) -> None:
        item = self._item(values)
        self._store.set(item.tcin, shipping="PRE_ORDER_SELLABLE" if item.street_date else "IN_STOCK")

    def _sell_out(self, values: Mapping[str, Any]) -> None:
        self.close(self._item(values).tcin)

    def close(self, tcin: str) -> None:
        """Sell it out: it is again as it was before anything happened, or plainly out of stock."""
        before = self._closed[tcin]
        self._store.set(tcin, shipping="OUT_OF_STOCK" if before in ORDERABLE else before)

    def _price(self, values: Mapping[str, Any]) -> None:
        self._store.set(self._item(values).tcin, price=str(_as_price(values["price"])))

    def _wall(self, values: Mapping[str, Any]) -> None:
        wall = Wall.JSON_403 if values["on"] else None
        self._store.faults = replace(self._store.faults, wall=wall, only=CHECKS if wall else "/")

    def _item(self, values: Mapping[str, Any]) -> Item:
        tcin = str(values["tcin"])
        if tcin not in self._closed:
            raise LookupError(tcin)
        return self._store.items[tcin]


def _as_price(given: object) -> Decimal:
    with suppress(InvalidOperation):
        price = Decimal(str(given)).quantize(_CENT)
        if 0 < price <= _HIGHEST_PRICE:
            return price
    raise ValueError(f"no price of this shop: {given!r}")
