"""The pages of the practice store, with the marks by which the real ones are known."""

import json
from collections.abc import Iterable
from html import escape, unescape
from importlib.resources import files
from string import Template

from sandbox.shop.item import ORDERABLE, Item
from sandbox.shop.redsky import image_address, page_address

_SAID = {
    "IN_STOCK": "In stock",
    "LIMITED_STOCK": "Only a few left",
    "OUT_OF_STOCK": "Out of stock",
    "PRE_ORDER_SELLABLE": "Preorder now",
    "PRE_ORDER_UNSELLABLE": "Preorders are not open",
    "DISCONTINUED": "No longer sold",
}


def product_page(item: Item, others: Iterable[Item], *, api_key: str) -> str:
    """The page of one product, with tiles of others that carry buttons of their own, as the real ones do."""
    body = f"""<div class="product">
{_picture(item)}
<div>
<h1 data-test="product-title">{_title(item)}</h1>
<p class="price" data-test="product-price">{_price(item)}</p>
{_seller(item)}
<ul class="cells">
{_cell("shipping", "Shipping", item.shipping)}
{_cell("pickup", "Pickup", item.pickup)}
</ul>
<div data-test="@web/AddToCart/FulfillmentSection">{_button(item)}</div>
</div>
</div>
<h2>You may also like</h2>
{_tiles(others)}"""
    return _page(_title(item), body, api_key)


def front_page(items: Iterable[Item], *, api_key: str) -> str:
    return _page("Everything", f"<h1>Everything we have, and have not</h1>\n{_tiles(items)}", api_key)


def missing_page(*, api_key: str) -> str:
    return _page("Not found", "<h1>We do not know this product</h1>", api_key)


def _page(title: str, body: str, api_key: str) -> str:
    page = Template(files("sandbox.shop").joinpath("page.html").read_text())
    # Without spaces: the key is looked for as "apiKey":"…".
    config = json.dumps({"services": {"redsky": {"apiKey": api_key}}}, separators=(",", ":"))
    return page.substitute(title=title, body=body, config=config)


def _tiles(items: Iterable[Item]) -> str:
    return '<div class="tiles">' + "\n".join(map(_tile, items)) + "</div>"


def _tile(item: Item) -> str:
    return f"""<div class="tile">{_picture(item)}
<p><a href="{page_address("", item)}">{_title(item)}</a></p>
<p>{_price(item)}</p>
{_button(item) if item.has(1) else ""}</div>"""


def _picture(item: Item) -> str:
    return f'<img src="{image_address("", item)}" alt="{_title(item)}">' if item.image else ""


def _title(item: Item) -> str:
    return escape(unescape(item.title))


def _price(item: Item) -> str:
    if item.price is None:
        return ""
    return f"${item.price}" if item.price[0].isdigit() else escape(item.price)


def _seller(item: Item) -> str:
    return f"<p>Sold &amp; shipped by {escape(item.seller)}</p>" if item.marketplace else ""


def _cell(channel: str, name: str, word: str | None) -> str:
    said = _SAID.get(word or "", "Not available")
    return f'<li data-test="fulfillment-cell-{channel}" aria-label="{name}, {said}"><b>{name}</b><br>{said}</li>'


def _button(item: Item) -> str:
    """A button with the product's own id; where it cannot be bought it is missing or, before a preorder, disabled."""
    mark = f'id="addToCartButtonOrTextIdFor{item.tcin}"'
    if item.shipping == "PRE_ORDER_SELLABLE":
        return f'<button {mark} data-test="preorderButton">Preorder</button>'
    if item.shipping in ORDERABLE:
        return f'<button {mark} data-test="shippingButton">Add to cart</button>'
    if item.pickup in ORDERABLE:
        return f'<button {mark} data-test="orderPickupButton">Pick it up</button>'
    if item.shipping == "PRE_ORDER_UNSELLABLE":
        return f'<button {mark} data-test="preorderButton" disabled>Coming soon</button>'
    return '<p data-test="outOfStockMessage">Out of stock</p>'
