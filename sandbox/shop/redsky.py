"""Items in the shapes of the shop's JSON calls."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from html import unescape
from typing import Any

from sandbox.shop.item import ORDERABLE, Item

Json = dict[str, Any]

#: More are refused.
MOST_TCINS = 30
#: The digital store: it has no stock of its own.
DIGITAL_STORE = "3991"

#: The real call never tells of more.
_MOST_TOLD = 99
_OWN_VENDOR = "1984811"
_OTHER_VENDOR = "5d10a93e47b2"


def summaries(items: Sequence[Item], stock: Mapping[str, Item], *, site: str, store_id: str) -> list[Json]:
    """The entries of the bulk call; `stock` holds everything on sale, for the children of parents."""
    return [_summary(_as_summarised(item), stock, site=site, store_id=store_id) for item in items]


def hierarchy(item: Item, stock: Mapping[str, Item], *, site: str, store_id: str) -> Json:
    """The fresh word on one product."""
    return {
        **_summary(replace(item, price_in_summary=True), stock, site=site, store_id=store_id),
        "variation_hierarchy": [
            {"name": "style", "value": unescape(child.title), "tcin": child.tcin} for child in _children(item, stock)
        ],
    }


def details(item: Item, stock: Mapping[str, Item], *, site: str) -> Json:
    """Everything but its stock."""
    return {
        "tcin": item.tcin,
        "item": _described(item, site) | _particulars(item, site),
        "children": [{"tcin": child.tcin, "item": _described(child, site)} for child in _children(item, stock)],
        **_price(item.price),
    }


def nearby_stores(place: str) -> Json:
    """The one store of the practice town, wherever that is."""
    store = {
        "store_id": "865",
        "location_name": "Practice Town",
        "distance": 1.2,
        "mailing_address": {"address_line1": "1 Practice Lane", "city": "Practice Town", "postal_code": place},
    }
    return {"nearby_stores": {"count": 1, "stores": [store]}}


def page_address(site: str, item: Item) -> str:
    slug = "".join(letter if letter.isalnum() else " " for letter in unescape(item.title).lower())
    return f"{site}/p/{'-'.join(slug.split())}/-/A-{item.tcin}"


def image_address(site: str, item: Item) -> str:
    return f"{site}/images/{item.tcin}.png"


def _summary(item: Item, stock: Mapping[str, Item], *, site: str, store_id: str) -> Json:
    entry: Json = {"tcin": item.tcin, "item": _described(item, site)}
    if item.price_in_summary:
        entry |= _price(item.price)
    if item.is_parent:
        entry["children"] = [_summary(child, stock, site=site, store_id=store_id) for child in _children(item, stock)]
    else:
        entry["fulfillment"] = _fulfillment(item, store_id)
    return entry


def _as_summarised(item: Item) -> Item:
    return item if item.shipping_in_summary is None else replace(item, shipping=item.shipping_in_summary)


def _children(item: Item, stock: Mapping[str, Item]) -> list[Item]:
    return [stock[tcin] for tcin in item.children if tcin in stock]


def _described(item: Item, site: str) -> Json:
    return {
        "relationship_type_code": item.relationship_type,
        "product_description": {"title": item.title},
        "enrichment": {"buy_url": page_address(site, item)},
        "product_vendors": [{"id": _vendor(item)}],
    }


def _particulars(item: Item, site: str) -> Json:
    """What only the slow call tells of an item."""
    enrichment: Json = {"buy_url": page_address(site, item)}
    if item.image:
        enrichment["images"] = {"primary_image_url": image_address(site, item)}
        enrichment["image_info"] = {"primary_image": {"url": image_address(site, item)}}
    # Only of a marketplace's product is it said who sells it, and that it is one.
    vendor = _told(id=_vendor(item), vendor_name=item.seller if item.marketplace else None)
    return {
        "enrichment": enrichment,
        "product_vendors": [vendor],
        "fulfillment": _told(is_marketplace=item.marketplace or None, purchase_limit=item.purchase_limit),
        "mmbv_content": _told(street_date=item.street_date),
    }


def _vendor(item: Item) -> str:
    return _OTHER_VENDOR if item.marketplace else _OWN_VENDOR


def _price(text: str | None) -> Json:
    if text is None:
        return {}
    low, _, high = text.partition("-")
    try:
        return {"price": _range(Decimal(low), Decimal(high)) if high else _single(Decimal(low))}
    except InvalidOperation:
        return {"price": {"formatted_current_price": text, "formatted_current_price_type": "reg"}}


def _single(price: Decimal) -> Json:
    return {
        "current_retail": float(price),
        "reg_retail": float(price),
        "formatted_current_price": f"${price}",
        "formatted_current_price_type": "reg",
    }


def _range(low: Decimal, high: Decimal) -> Json:
    return {
        "current_retail_min": float(low),
        "current_retail_max": float(high),
        "formatted_current_price": f"${low} - ${high}",
        "formatted_current_price_type": "reg",
    }


def _fulfillment(item: Item, store_id: str) -> Json:
    return {
        "product_id": item.tcin,
        # As in the real answers: false whatever the stock, which makes it no signal.
        "sold_out": False,
        "is_out_of_stock_in_all_store_locations": item.in_store not in ORDERABLE,
        "shipping_options": _shipping(item),
        "store_options": [_store(item, store_id)],
        "scheduled_delivery": _told(availability_status=item.delivery),
    }


def _shipping(item: Item) -> Json:
    return _told(
        availability_status=item.shipping,
        loyalty_availability_status=item.shipping,
        available_to_promise_quantity=_told_quantity(item),
        reason_code="INVENTORY_UNAVAILABLE" if item.shipping == "OUT_OF_STOCK" else None,
        services=[{"shipping_method_id": "STANDARD", "is_two_day_shipping": False}]
        if item.shipping == "IN_STOCK"
        else None,
    )


def _store(item: Item, store_id: str) -> Json:
    return _told(
        location_id=store_id,
        search_response_store_type="PRIMARY",
        location_available_to_promise_quantity=_told_quantity(item),
        store={"location_name": "Practice Town"},
        order_pickup=_told(availability_status=item.pickup),
        in_store_only=_told(availability_status=item.in_store),
        ship_to_store={"availability_status": "UNAVAILABLE"},
    )


def _told_quantity(item: Item) -> float | None:
    return None if item.quantity is None else float(min(item.quantity, _MOST_TOLD))


def _told(**facts: Any) -> Json:
    return {name: fact for name, fact in facts.items() if fact is not None}
