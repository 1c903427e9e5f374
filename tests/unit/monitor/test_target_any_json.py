"""Whatever the shop sends, parsing yields readings or an error of our own."""

import json
from contextlib import suppress
from email.utils import format_datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.errors import CallRefused, ShopError
from monitor.model import Reading
from monitor.target.replies import Reply, find_key, read_answer, read_retry_after
from tests.builders import AT, A, B
from tests.unit.monitor.answers import read_product, read_summaries

WORDS = [A, B, int(A), "865", "VAP", "IN_STOCK", "OUT_OF_STOCK", "NEW", "$1.00", "&#39;", "\ud800", "//x/y", 1.5, 2]
scalar = st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(WORDS) | st.text(max_size=5)
#: Of any type, where a word or a number is due.
leaf = scalar | st.lists(scalar, max_size=2) | st.dictionaries(st.text(max_size=3), scalar, max_size=2)


def mostly(usual: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.integers(0, 9).flatmap(lambda number: usual if number else leaf)


def shape(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """As the shop sends it, perhaps with fields left out, and now and then something else altogether."""
    return mostly(st.fixed_dictionaries({}, optional=fields))


def many(of: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return mostly(st.lists(of, min_size=1, max_size=3))


tcin = mostly(st.sampled_from([A, B, int(A)]))
error = shape(message=mostly(st.just(f"No product found with tcin {A}")))
store = shape(location_id=leaf, order_pickup=shape(availability_status=leaf))
fulfillment = shape(shipping_options=shape(availability_status=leaf), store_options=many(store))
enrichment = shape(images=shape(primary_image_url=leaf), image_info=shape(primary_image=shape(url=leaf)))
item = shape(
    relationship_type_code=leaf,
    product_description=shape(title=leaf),
    enrichment=enrichment,
    fulfillment=shape(is_marketplace=leaf, purchase_limit=leaf),
    product_vendors=many(shape(vendor_name=leaf)),
)
price = shape(current_retail=leaf, current_retail_min=leaf, current_retail_max=leaf, formatted_current_price=leaf)
child = shape(tcin=tcin, item=item, fulfillment=fulfillment, price=price)
variation = shape(value=leaf, tcin=tcin, variation_hierarchy=many(shape(value=leaf, tcin=tcin)))
entry = shape(
    tcin=tcin,
    item=item,
    price=price,
    fulfillment=fulfillment,
    children=many(child),
    variation_hierarchy=many(variation),
)


def check(reading: Reading) -> None:
    """What was read can be judged, written and shown."""
    assert reading.is_certain == (reading.trouble is None)
    assert reading.price is None or reading.price > 0
    shown = [reading.title, reading.trouble, reading.image_url, reading.shipping.word, reading.pickup.word]
    shown += [child.title for child in reading.children]
    json.dumps(shown, ensure_ascii=False).encode("utf-8")


@pytest.mark.guards("monitor", "any answer is readings, or an error of ours")
@settings(max_examples=300)
@given(body=shape(data=shape(product_summaries=many(entry)), errors=many(error)))
def test_any_bulk_answer_gives_a_reading_for_each_product_or_is_refused(body: Any) -> None:
    with suppress(CallRefused):
        readings = read_summaries(body, A, B).readings
        assert set(readings) == {A, B}
        check(readings[A])
        check(readings[B])


@settings(max_examples=300)
@given(body=shape(data=shape(product=entry), errors=many(error)))
def test_any_single_answer_gives_its_reading_or_is_refused(body: Any) -> None:
    with suppress(CallRefused):
        readings = read_product(body, A).readings
        assert set(readings) == {A}
        check(readings[A])


@given(status=st.integers(100, 599), body=st.binary() | leaf.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_are_json_or_an_error_of_ours(status: int, body: bytes) -> None:
    reply = Reply(status=status, body=body)
    with suppress(ShopError):
        read_answer("the call", reply)
    with suppress(ShopError):
        find_key(reply)


@given(text=st.text() | st.floats().map(str) | st.integers().map(str) | st.datetimes().map(format_datetime))
def test_any_retry_after_is_a_wait_of_at_most_a_day(text: str) -> None:
    wait = read_retry_after(text, at=AT)
    assert wait is not None
    assert 0 <= wait.total_seconds() <= 86_400
