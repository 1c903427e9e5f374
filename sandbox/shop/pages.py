"""The pages of the practice store: what the server sends of them; the rest is built by their scripts."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from html import escape, unescape
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Any, Final

from sandbox.shop.item import ORDERABLE, Item
from sandbox.shop.redsky import image_address, page_address
from sandbox.shop.till import OTHER_SELLER, TILES, Till
from sandbox.shop.troubles import MISHAPS, Trouble

#: Scripts and styles, as they are served.
ASSETS: Final = Path(__file__).parent / "page"

Json = dict[str, Any]

_CHANNELS = {"pickup": "Pickup", "delivery": "Delivery", "shipping": "Shipping"}
_SAID = {
    "IN_STOCK": "In stock",
    "LIMITED_STOCK": "Only a few left",
    "OUT_OF_STOCK": "Out of stock",
    "PRE_ORDER_SELLABLE": "Preorder now",
    "PRE_ORDER_UNSELLABLE": "Preorders are not open",
    "DISCONTINUED": "No longer sold",
}
_LEAST_TILES = 6
#: The calls of each page, whose troubles it has a part in.
_CALLS = {"product": ("add",), "checkout": ("press",)}
_OWNER = {"name": "Ada Lovelace", "street": "12 Analytical Row", "town": "Practice Town, MN 55403"}
_CARD = "Visa ending in 4242"


class Pages:
    """Each page for whoever asks, signed in or not."""

    def __init__(self, till: Till, shelf: Mapping[str, Item], api_key: Callable[[], str]) -> None:
        self._till = till
        self._shelf = shelf
        self._api_key = api_key

    def front(self, *, signed_in: bool) -> str:
        tiles = "\n".join(map(_tile, self._shelf.values()))
        body = f'<h1>Everything we have, and have not</h1>\n<div class="tiles">{tiles}</div>'
        return self._page("Everything", body, "front", signed_in=signed_in)

    def missing(self, *, signed_in: bool) -> str:
        body = "<h1>We do not know this product</h1>"
        return self._page("Not found", body, "front", signed_in=signed_in)

    def product(self, item: Item, *, signed_in: bool) -> str:
        """One product, with tiles of others that carry buttons of their own, as the real ones do."""
        body = f"""<div class="product">
{_picture(item)}
<div>
<h1 data-test="product-title">{_title(item)}</h1>
<p class="price" data-test="product-price">{_price(item)}</p>
{_seller(item, named=item.marketplace or self._till.troubles.has(Trouble.PRODUCT_MARKETPLACE))}
<div class="offer"></div>
</div>
</div>
<section class="others"></section>"""
        others = [other for other in self._shelf.values() if other is not item and other.has(1)]
        tiles = [*others, *TILES][: max(_LEAST_TILES, len(others))]
        facts: Json = {
            "product": _offer(self._offered(item)),
            "tiles": [_tile_facts(other) for other in tiles],
            "titles": self._titles(),
        }
        return self._page(_title(item), body, "product", signed_in=signed_in, **facts)

    def _offered(self, item: Item) -> Item:
        """As the page sells it, whatever the other calls tell."""
        if self._till.troubles.has(Trouble.PRODUCT_SOLD_OUT):
            return replace(item, shipping="OUT_OF_STOCK", pickup="OUT_OF_STOCK")
        if self._till.troubles.has(Trouble.PRODUCT_PICKUP_ONLY):
            return replace(item, shipping="OUT_OF_STOCK", pickup="IN_STOCK")
        return item

    def cart(self, *, signed_in: bool) -> str:
        return self._page("Cart", "", "cart", signed_in=signed_in, titles=self._titles())

    def checkout(self) -> str:
        facts: Json = {"titles": self._titles(), "address": _OWNER, "card": _CARD}
        return self._page("Checkout", "", "checkout", signed_in=True, **facts)

    def confirmation(self, order: str) -> str:
        return self._page("Order confirmation", "", "confirmation", signed_in=True, order=order)

    def orders(self) -> str:
        return self._page("Orders", "", "orders", signed_in=True, titles=self._titles())

    def login(self) -> str:
        return self._page("Sign in", "", "login", signed_in=False)

    def _page(self, title: str, body: str, script: str, *, signed_in: bool, **facts: Any) -> str:
        troubles = self._till.troubles.at(script, *_CALLS.get(script, ()))
        is_late = Trouble.PRODUCT_LATE in troubles
        for trouble in self._till.troubles.at(script):
            if trouble not in MISHAPS and not trouble.is_lapse:
                self._till.troubles.take(trouble)
        shown = {
            "name": self._till.account.name if signed_in else None,
            "count": sum(line.quantity for line in self._till.cart) if signed_in else 0,
            "buildMs": self._till.late_ms if is_late else self._till.build_ms,
            "renamed": self._till.renamed,
            "troubles": troubles,
            "demand": self._till.demand,
            **facts,
        }
        page = Template(files("sandbox.shop").joinpath("page.html").read_text(encoding="utf-8"))
        return page.substitute(
            title=title,
            body=body,
            # Without spaces: the key is looked for as "apiKey":"…".
            config=_script({"services": {"redsky": {"apiKey": self._api_key()}}}),
            shop=_script(shown),
            script=script,
        )

    def _titles(self) -> dict[str, str]:
        return {item.tcin: unescape(item.title) for item in (*TILES, *self._shelf.values())}


def _script(value: Json) -> str:
    return json.dumps(value, separators=(",", ":")).replace("</", "<\\/")


def _offer(item: Item) -> Json:
    """What can be bought of it, and how; what cannot has no button or, before a preorder, a dead one."""
    words = {"pickup": item.pickup, "delivery": item.delivery, "shipping": item.shipping}
    offers = {channel: offer for channel in ("pickup", "shipping") if (offer := _button(channel, words[channel]))}
    return {
        "tcin": item.tcin,
        "title": unescape(item.title),
        # Pickup first, where there is any: whoever wants another one has to choose it.
        "chosen": next(iter(sorted(offers, key=lambda channel: offers[channel]["disabled"])), None),
        "offers": offers,
        "cells": [
            {"channel": channel, "name": name, "word": _said(words[channel]), "open": channel in offers}
            for channel, name in _CHANNELS.items()
        ],
    }


def _said(word: str | None) -> str:
    return _SAID.get(word or "", "Not available")


def _button(channel: str, word: str | None) -> Json | None:
    if word == "PRE_ORDER_UNSELLABLE":
        return {"test": "preorderButton", "text": "Coming soon", "disabled": True}
    if word not in ORDERABLE:
        return None
    if channel == "pickup":
        return {"test": "orderPickupButton", "text": "Pick it up", "disabled": False}
    if word == "PRE_ORDER_SELLABLE":
        return {"test": "preorderButton", "text": "Preorder", "disabled": False}
    return {"test": "shippingButton", "text": "Add to cart", "disabled": False}


def _tile_facts(item: Item) -> Json:
    return {
        "tcin": item.tcin,
        "title": unescape(item.title),
        "price": unescape(_price(item)),
        "channel": "shipping" if item.shipping in ORDERABLE else "pickup",
        "address": page_address("", item),
        "image": image_address("", item) if item.image else None,
    }


def _tile(item: Item) -> str:
    return f"""<article class="tile">{_picture(item)}
<a href="{page_address("", item)}">{_title(item)}</a>
<span class="amount">{_price(item)}</span></article>"""


def _picture(item: Item) -> str:
    return f'<img src="{image_address("", item)}" alt="{_title(item)}">' if item.image else ""


def _title(item: Item) -> str:
    return escape(unescape(item.title))


def _price(item: Item) -> str:
    if item.price is None:
        return ""
    return f"${item.price}" if item.price[0].isdigit() else escape(item.price)


def _seller(item: Item, *, named: bool) -> str:
    seller = item.seller if item.marketplace else OTHER_SELLER
    return f'<p class="seller">Sold &amp; shipped by {escape(seller)}</p>' if named else ""
