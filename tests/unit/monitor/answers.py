"""Answers of the shop as bytes, read by both decoders at once."""

import json
from collections.abc import Callable
from typing import Any

from config.products import Tcin
from monitor.errors import CallRefused
from monitor.target.products import ParsedAnswer, parse_product, parse_summaries
from monitor.target.queries import FULFILLMENT
from monitor.target.shapes import AnswerBody, NotJson, decode, decode_leniently
from tests.builders import AT

STORE_ID = "865"

Read = Callable[[AnswerBody], ParsedAnswer]


def wire(body: object) -> bytes:
    return json.dumps(body).encode()


def read_summaries(body: object, *asked: Tcin) -> ParsedAnswer:
    return read_both_ways(wire(body), lambda typed: parse_summaries(typed, asked=asked, store_id=STORE_ID, at=AT))


def read_product(body: object, tcin: Tcin, call: str = FULFILLMENT) -> ParsedAnswer:
    return read_both_ways(wire(body), lambda typed: parse_product(call, typed, tcin=tcin, store_id=STORE_ID, at=AT))


def read_both_ways(body: bytes, read: Read) -> ParsedAnswer:
    """What `decode` makes of it, which is what the lenient decoder alone does, readings and errors alike."""
    parsed, leniently = (_attempt(decoder, body, read) for decoder in (decode, decode_leniently))
    assert parsed == leniently
    if isinstance(parsed, ParsedAnswer):
        return parsed
    kind, message = parsed
    raise kind(message)


def _attempt(decoder: Callable[[bytes], AnswerBody], body: bytes, read: Read) -> ParsedAnswer | tuple[type[Any], str]:
    try:
        typed = decoder(body)
    except NotJson:
        return NotJson, "it is not JSON"
    try:
        return read(typed)
    except CallRefused as error:
        return CallRefused, str(error)
