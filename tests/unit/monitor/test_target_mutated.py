"""Answers of the shop that were damaged on their way: nothing raises but our own errors, and no stock is made up."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.products import Tcin
from monitor.errors import ShopError
from monitor.model import Reading, StockState
from monitor.target.products import WORDS, parse_product, parse_summaries
from monitor.target.queries import DETAILS
from monitor.target.replies import Reply, read_answer
from sandbox.shop import redsky as shop
from sandbox.shop.item import Item
from tests.builders import AT, tcins
from tests.unit.monitor.answers import STORE_ID

A, B, C, D, E, F = ASKED = tcins(6)
ITEMS = {
    item.tcin: item
    for item in (
        Item(tcin=A, title="Illumineer&#39;s Trove", price="49.99", shipping="IN_STOCK", quantity=4),
        Item(tcin=B, shipping="OUT_OF_STOCK", pickup="IN_STOCK"),
        Item(tcin=C, shipping="PRE_ORDER_UNSELLABLE", pickup=None, price=None, street_date="2026-12-24"),
        Item(tcin=D, shipping="READY_FOR_LAUNCH", price="See price in cart", marketplace=True, seller="Somebody"),
        Item(tcin=E, relationship_type="VAP", children=(F,), price="10.00-20.00"),
        Item(tcin=F, relationship_type="VC", shipping="PRE_ORDER_SELLABLE", pickup="OUT_OF_STOCK"),
    )
}
SITE = "https://shop.example"
BULK = {
    "data": {"product_summaries": shop.summaries(list(ITEMS.values())[:5], ITEMS, site=SITE, store_id=STORE_ID)},
    "errors": [{"message": "No product found with tcin 90000001", "path": ["product_summaries", 7]}],
}
SINGLE = {"data": {"product": shop.details(ITEMS[A], ITEMS, site=SITE)}}

#: What may stand where something else is due.
STRANGE = [
    "null",
    "true",
    "false",
    "0",
    "-1",
    "1.5",
    "1e30",
    "[]",
    "{}",
    "[[]]",
    '""',
    '"IN_STOCK"',
    '"OUT_OF_STOCK"',
    B,
]
#: Where what is told stands; the damage falls there as often as anywhere else.
TELLING = {"tcin", "item", "fulfillment", "shipping_options", "store_options", "order_pickup", "availability_status"}
STATUSES = [200, 200, 200, 206, 404, 400, 401, 403, 410, 429, 435, 500, 503]

Json = Any

numbers = st.integers(0, 10_000)


def places(node: Json) -> Iterator[tuple[Any, Any]]:
    """Every place within: what holds it, and its key or number there."""
    for key in list(node) if isinstance(node, dict) else range(len(node)) if isinstance(node, list) else ():
        yield node, key
        yield from places(node[key])


@st.composite
def changed(draw: st.DrawFn, body: Json) -> Json:
    """The body with a few of its values left out, replaced, doubled, moved or named otherwise."""
    tree = json.loads(json.dumps(body))
    for _ in range(draw(st.integers(1, 5))):
        found = list(places(tree))
        telling = [(holder, key) for holder, key in found if key in TELLING]
        if not telling:
            break
        holder, key = draw(st.sampled_from(telling) | st.sampled_from(found))
        other, other_key = draw(st.sampled_from(found))
        copy = json.loads(json.dumps(other[other_key]))
        match draw(st.sampled_from(["drop", "replace", "move", "double", "rename", "wrap"])):
            case "drop":
                del holder[key]
            case "replace":
                holder[key] = json.loads(draw(st.sampled_from(STRANGE)))
            case "move":
                holder[key] = copy
            case "wrap":
                holder[key] = [holder[key]]
            case "double" if isinstance(holder, list):
                holder.append(copy)
            case "rename" if isinstance(holder, dict):
                name = draw(st.sampled_from(["tcin", "item", "fulfillment", "x", "availability_status"]))
                holder[name] = holder.pop(key)
    return tree


@st.composite
def torn(draw: st.DrawFn, body: Json) -> bytes:
    """The body's bytes, some of them cut off, overwritten, doubled or put in between."""
    data = bytearray(json.dumps(body).encode())
    for _ in range(draw(st.integers(1, 4))):
        at, length = draw(numbers) % (len(data) + 1), draw(st.integers(0, 40))
        match draw(st.sampled_from(["cut", "drop", "write", "double", "put"])):
            case "cut":
                del data[at:]
            case "drop":
                del data[at : at + length]
            case "write":
                data[at : at + 1] = draw(st.binary(min_size=1, max_size=2))
            case "double":
                data[at:at] = data[at : at + length]
            case "put":
                data[at:at] = draw(
                    st.sampled_from([b"\xff", b"\0", b'"', b"{", b"]", b"null,", b"1e999", b'"\\ud800"'])
                )
    return bytes(data)


bulk = changed(BULK).map(lambda tree: json.dumps(tree).encode()) | torn(BULK)
single = changed(SINGLE).map(lambda tree: json.dumps(tree).encode()) | torn(SINGLE)


# ---- what the damaged answer still says, read in the plainest way


def dig(node: Json, *keys: str) -> Json:
    for key in keys:
        node = node.get(key) if isinstance(node, dict) else None
    return node


def rows(node: Json) -> list[Json]:
    return node if isinstance(node, list) else []


def entries_of(tcin: Tcin, answer: Json) -> list[Json]:
    top = [*rows(dig(answer, "data", "product_summaries")), dig(answer, "data", "product")]
    all_of_them = [*top, *(child for one in top for child in rows(dig(one, "children")))]
    return [one for one in all_of_them if str(dig(one, "tcin")) == tcin]


def is_said(state: StockState, channel: str, words: list[Json]) -> bool:
    meanings = WORDS[channel]
    return state is StockState.UNKNOWN or any(isinstance(word, str) and meanings.get(word) is state for word in words)


def check(reading: Reading, answer: Json) -> None:
    """Nothing is told of a product that the answer does not say of it."""
    entries = entries_of(reading.tcin, answer)
    words = [dig(one, "fulfillment", "shipping_options", "availability_status") for one in entries]
    assert is_said(reading.shipping.state, "shipping_options", words)
    stores = [store for one in entries for store in rows(dig(one, "fulfillment", "store_options"))]
    words = [dig(store, "order_pickup", "availability_status") for store in stores]
    assert is_said(reading.pickup.state, "order_pickup", words)
    assert reading.is_certain == (reading.trouble is None)
    if reading.marketplace is False:
        items = [dig(one, "item") for one in entries]
        assert any(isinstance(dig(item, "fulfillment"), dict) for item in items)
        assert not all(dig(item, "fulfillment", "is_marketplace") for item in items)


@pytest.mark.guards("monitor", "a damaged answer makes up no stock and raises nothing but our own errors")
@settings(max_examples=300, deadline=None)
@given(body=bulk, status=st.sampled_from(STATUSES))
def test_a_damaged_bulk_answer_is_read_for_what_it_says_or_is_an_error_of_ours(body: bytes, status: int) -> None:
    try:
        answer = read_answer("bulk", Reply(status=status, body=body))
        readings = parse_summaries(answer, asked=ASKED, store_id=STORE_ID, at=AT).readings
    except ShopError:
        return
    assert set(readings) == set(ASKED)
    for reading in readings.values():
        check(reading, json.loads(body))


@settings(max_examples=150, deadline=None)
@given(body=single, status=st.sampled_from(STATUSES))
def test_so_is_a_damaged_answer_about_one_product(body: bytes, status: int) -> None:
    try:
        answer = read_answer("details", Reply(status=status, body=body))
        reading = parse_product(DETAILS, answer, tcin=A, store_id=STORE_ID, at=AT).readings[A]
    except ShopError:
        return
    check(reading, json.loads(body))


def test_an_undamaged_answer_is_read_as_it_is() -> None:
    answer = read_answer("bulk", Reply(status=200, body=json.dumps(BULK).encode()))
    readings = parse_summaries(answer, asked=ASKED, store_id=STORE_ID, at=AT).readings
    states = [(reading.shipping.state.value, reading.pickup.state.value) for reading in readings.values()]
    assert states == [
        ("in_stock", "out_of_stock"),
        ("out_of_stock", "in_stock"),
        ("out_of_stock", "unknown"),
        ("unknown", "out_of_stock"),
        ("unknown", "unknown"),
        ("in_stock", "out_of_stock"),
    ]
