"""The shape of the shop's answers: as much of their JSON as is read, typed.

Answers come from outside. One that keeps to the shape is decoded straight into it. One that doesn't is taken apart
piece by piece: what has another type than it should is as though it had not been told, and hides nothing beside it.
"""

import json
import re
from collections.abc import Mapping
from functools import cache
from typing import Any, TypeVar, get_args, get_origin

import msgspec

_UNTIDY = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]+")


class NotJson(ValueError):
    """The answer is not JSON."""


class _Shape(msgspec.Struct, frozen=True, gc=False):
    """A part of an answer. Every field may be missing or null; fields that are not named here are passed over.

    What is missing has its default, what is null or of another type is None.
    """


class StockWord(_Shape, frozen=True):
    availability_status: str | None = None


class StoreOption(_Shape, frozen=True):
    location_id: str | int | None = None
    order_pickup: StockWord | None = None


class EntryFulfillment(_Shape, frozen=True):
    shipping_options: StockWord | None = None
    store_options: tuple[StoreOption, ...] | None = None


class EntryPrice(_Shape, frozen=True):
    current_retail: int | float | str | None = None
    #: Of any type: that it is there at all makes the price a range.
    current_retail_min: object = None
    current_retail_max: object = None
    formatted_current_price: str | None = None


class Description(_Shape, frozen=True):
    title: str | None = None


class Images(_Shape, frozen=True):
    primary_image_url: str | None = None


class ImageAddress(_Shape, frozen=True):
    url: str | None = None


class ImageInfo(_Shape, frozen=True):
    primary_image: ImageAddress | None = None


class Enrichment(_Shape, frozen=True):
    images: Images | None = None
    image_info: ImageInfo | None = None


class SaleTerms(_Shape, frozen=True):
    #: Written only where it is true; None where something else stands there, which tells nothing.
    is_marketplace: bool | None = False
    purchase_limit: int | float | None = None


class Vendor(_Shape, frozen=True):
    #: Empty where none is written, None where something else stands there.
    vendor_name: str | None = ""


class SaleDates(_Shape, frozen=True):
    #: The day on which it comes out, as 2030-03-01.
    street_date: str | None = None


class EntryItem(_Shape, frozen=True):
    relationship_type_code: str | None = None
    product_description: Description | None = None
    enrichment: Enrichment | None = None
    fulfillment: SaleTerms | None = None
    #: Empty where none are written, None where something else stands there.
    product_vendors: tuple[Vendor, ...] | None = ()
    mmbv_content: SaleDates | None = None


class ProductEntry(_Shape, frozen=True):
    """What an answer says of one product; a parent of variations holds others, as `children` or as a tree of names."""

    tcin: str | int | None = None
    item: EntryItem | None = None
    price: EntryPrice | None = None
    fulfillment: EntryFulfillment | None = None
    #: JSON of any shape, for `list_shapes`: entries within an entry, and branches within a branch.
    children: object = None
    variation_hierarchy: object = None


class VariationBranch(_Shape, frozen=True):
    """One value of a variation such as colour, with the product that it leads to or the values below it."""

    value: str | None = None
    tcin: str | int | None = None
    variation_hierarchy: object = None


class AnswerData(_Shape, frozen=True):
    product_summaries: tuple[ProductEntry, ...] | None = None
    product: ProductEntry | None = None


class AnswerError(_Shape, frozen=True):
    message: str | None = None


class AnswerBody(_Shape, frozen=True):
    data: AnswerData | None = None
    errors: tuple[AnswerError, ...] | None = None


S = TypeVar("S", bound=_Shape)

_STRICT = msgspec.json.Decoder(AnswerBody)

#: The shop's answers are well below it. A larger one is not taken apart piece by piece, which takes much memory.
_ORDINARY = 2**20
#: Of a larger answer. Each becomes an object, which may take a hundred times the room that it has in the answer.
_MOST_PARTS = 2**18
#: A text in it. One sign beyond the usual ones makes each letter of a text take four times the room.
_LONG_TEXT = re.compile(rb'"[^"]{65536}')


def decode(body: bytes) -> AnswerBody:
    """The answer, strictly where it keeps to the shape and leniently where not: both read the same from it.

    Raises:
        NotJson: it is none.
    """
    if len(body) > _ORDINARY:
        return _decode_large(body)
    try:
        return _decode_strictly(body)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return decode_leniently(body)


def _decode_large(body: bytes) -> AnswerBody:
    if sum(map(body.count, (b",", b"[", b"{"))) > _MOST_PARTS:
        raise NotJson("too many parts")
    if _LONG_TEXT.search(body):
        raise NotJson("too long a text")
    try:
        return _decode_strictly(body)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise NotJson("large, and not of the shape") from error


def _decode_strictly(body: bytes) -> AnswerBody:
    if not body.isascii():
        body.decode()  # bytes that are no text are no JSON, also where the decoder would pass over them
    return _STRICT.decode(body)


def decode_leniently(body: bytes) -> AnswerBody:
    """What fits of any JSON.

    Raises:
        NotJson: it is none.
    """
    try:
        return _as_shape(AnswerBody, json.loads(body))
    except (ValueError, RecursionError) as error:
        raise NotJson(str(error)) from error


def list_shapes(kind: type[S], values: object) -> tuple[S, ...]:
    """What fits of each member of a list; nothing where it is no list."""
    return tuple(_as_shape(kind, one) for one in values) if isinstance(values, list) else ()


def _as_shape(kind: type[S], value: object) -> S:
    fields = value if isinstance(value, dict) else {}
    return kind(**{name: _fit(types, fields[name]) for name, types in _field_types(kind).items() if name in fields})


def _fit(types: tuple[Any, ...], value: object) -> object:
    """The value if it is of one of these types, else None."""
    for one in types:
        if one is object:
            return value
        if get_origin(one) is tuple:
            if isinstance(value, list):
                return list_shapes(get_args(one)[0], value)
        elif issubclass(one, _Shape):
            if isinstance(value, dict):
                return _as_shape(one, value)
        elif type(value) is one:  # not isinstance: true and false are no numbers
            return value
    return None


@cache
def _field_types(kind: type[_Shape]) -> Mapping[str, tuple[Any, ...]]:
    return {field.name: get_args(field.type) or (field.type,) for field in msgspec.structs.fields(kind)}


def list_messages(body: AnswerBody) -> list[str]:
    """What the shop says of errors, fit to be shown."""
    return [tidy(error.message) for error in body.errors or () if error.message is not None]


def tidy(text: str) -> str:
    """Without line breaks, control characters and broken halves of characters, which no file or chat would take."""
    return _UNTIDY.sub(" ", text).strip()
