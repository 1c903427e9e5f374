"""Answers are decoded strictly where they keep to the shape and leniently where not, and both read the same."""

import json
import re

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.errors import CallRefused
from monitor.target.products import ParsedAnswer, parse_product, parse_summaries
from monitor.target.queries import DETAILS
from monitor.target.shapes import AnswerBody, NotJson, decode, decode_leniently
from sandbox.shop import redsky as shop
from sandbox.shop.item import Item
from tests.builders import AT, A, B, C
from tests.unit.monitor.answers import STORE_ID, read_both_ways

ITEMS = {
    item.tcin: item
    for item in (
        Item(tcin=A, title="Illumineer&#39;s Trove", price="49.99", quantity=4),
        Item(tcin=B, relationship_type="VAP", children=(C,), price="10.00-20.00"),
        Item(tcin=C, shipping="READY_FOR_LAUNCH", price="See price in cart", marketplace=True),
    )
}
SITE = "https://shop.example"
ERRORS = [{"message": f"No product found with tcin {B}"}]
SUMMARIES_BODY = json.dumps(
    {
        "data": {"product_summaries": shop.summaries(list(ITEMS.values()), ITEMS, site=SITE, store_id=STORE_ID)},
        "errors": ERRORS,
    }
).encode()
DETAILS_BODY = json.dumps({"data": {"product": shop.details(ITEMS[A], ITEMS, site=SITE)}}).encode()

#: A value in a body: a text, a number, a word of JSON, or a whole small object or list.
VALUE = re.compile(rb'"[^"]*"(?!:)|-?[0-9.]+|true|false|null|\{[^{}]*\}|\[[^][]*\]')
#: What may stand in its place: of each type, and at the edges of what JSON is.
WORDS = rb"""null true [] {} [[]] 7 -0 1.5 1e400 NaN -Infinity 01 99999999999999999999 "" "IN_STOCK"
    "\ud800" "\u00e9" "\q" {"tcin":1,"tcin":2} {"tcin":"10000001"} 10000001 "10000001" [{"message":1}] """
RAW = (b'"\xc3\xa9"', b'"\xff"', b'"\xed\xa0\x80"', b'"\x01"', b"[" * 40 + b"]" * 40, b"[" * 5000, b"")
others = st.sampled_from([*WORDS.split(), *RAW])
places = st.integers(0, 10_000)


def read_summaries_of(body: AnswerBody) -> ParsedAnswer:
    return parse_summaries(body, asked=(A, B, C), store_id=STORE_ID, at=AT)


def read_details_of(body: AnswerBody) -> ParsedAnswer:
    return parse_product(DETAILS, body, tcin=A, store_id=STORE_ID, at=AT)


def check_both(body: bytes) -> None:
    """Both decoders come to the same readings, or to the same error."""
    for read in (read_summaries_of, read_details_of):
        try:
            read_both_ways(body, read)
        except (NotJson, CallRefused):
            continue


@pytest.mark.parametrize("body", [SUMMARIES_BODY, DETAILS_BODY])
def test_the_shop_s_answers_keep_to_the_shape(body: bytes) -> None:
    typed = msgspec.json.decode(body, type=AnswerBody)
    assert decode(body) == decode_leniently(body) == typed
    check_both(body)


@settings(max_examples=500)
@given(body=st.sampled_from([SUMMARIES_BODY, DETAILS_BODY]), changes=st.lists(st.tuples(places, others), max_size=3))
def test_both_decoders_read_the_same_whatever_values_are_changed(body: bytes, changes: list[tuple[int, bytes]]) -> None:
    for place, other in changes:
        values = list(VALUE.finditer(body))
        begin, end = values[place % len(values)].span()
        body = body[:begin] + other + body[end:]
    check_both(body)


@settings(max_examples=300)
@given(
    body=st.sampled_from([SUMMARIES_BODY, DETAILS_BODY]),
    cuts=st.lists(st.tuples(places, st.integers(0, 9), st.binary(max_size=3) | others), min_size=1, max_size=3),
)
def test_both_decoders_read_the_same_whatever_bytes_are_damaged(
    body: bytes, cuts: list[tuple[int, int, bytes]]
) -> None:
    for place, length, other in cuts:
        begin = place % (len(body) + 1)
        body = body[:begin] + other + body[begin + length :]
    check_both(body)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_every_encoding_of_json_is_read(encoding: str) -> None:
    assert decode(SUMMARIES_BODY.decode().encode(encoding)) == decode(SUMMARIES_BODY)


@pytest.mark.parametrize(
    "nested", [b"[" * 100_000, b'{"data":' * 100_000, b'{"errors":' + b"[" * 900 + b"]" * 900 + b"}"]
)
def test_no_depth_raises_anything_but_that_it_is_no_json(nested: bytes) -> None:
    check_both(nested)


@pytest.mark.parametrize("body", [b"", b"\xff", b"{", b"<html>", b'{"data": {}} {}'])
def test_what_is_no_json_is_told(body: bytes) -> None:
    with pytest.raises(NotJson):
        decode(body)


# ---- large ones


def large(*entries: object, room: int = 2**21) -> bytes:
    """An answer with these, and so much besides that nobody reads."""
    body = {"data": {"product_summaries": list(entries)}, "more": ["x" * 1000] * (room // 1000)}
    return json.dumps(body, ensure_ascii=False).encode()


def test_a_large_answer_that_keeps_to_the_shape_is_read() -> None:
    body = large({"tcin": A, "item": {"product_description": {"title": "caf\u00e9"}}})
    assert read_summaries_of(decode(body)).readings[A].title == "caf\u00e9"


@pytest.mark.guards("monitor", "a large answer is taken apart only where it can't fill the memory")
@pytest.mark.parametrize(
    "body",
    [
        large({"tcin": A, "item": 7}),
        large({"tcin": A, "children": [[]] * 300_000}),
        large({"tcin": A, "item": {"product_description": {"title": "x" * 70_000}}}),
        large() + b"]",
        large().replace(b"x", b"\xff"),
    ],
    ids=["another shape", "many parts", "a long text", "no JSON", "no text"],
)
def test_a_large_answer_that_does_not_is_none(body: bytes) -> None:
    with pytest.raises(NotJson):
        decode(body)
