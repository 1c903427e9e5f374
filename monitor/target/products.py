"""What an answer says of each product: readings, whatever the answer's shape."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from html import unescape
from typing import Final

import msgspec

from config.products import Tcin
from monitor.availability import new_word
from monitor.errors import CallRefused
from monitor.model import Child, Reading, Signal, StockState
from monitor.target.queries import SUMMARIES
from monitor.target.replies import quote_errors
from monitor.target.shapes import (
    AnswerBody,
    Description,
    Enrichment,
    EntryFulfillment,
    EntryItem,
    EntryPrice,
    ImageAddress,
    ImageInfo,
    Images,
    ProductEntry,
    SaleDates,
    SaleTerms,
    StockWord,
    StoreOption,
    VariationBranch,
    list_messages,
    list_shapes,
    tidy,
)

NO_SUCH_PRODUCT = "Target knows no product of this number"
MISSING = "missing from Target's answer"
NO_STOCK = "the part on its stock is missing from Target's answer"

_IN, _OUT = StockState.IN_STOCK, StockState.OUT_OF_STOCK
_SHIPPING, _PICKUP = "shipping_options", "order_pickup"
#: Every other word is unknown: it may mean either, and a wrong guess costs a false alert or a missed one.
WORDS: Final[Mapping[str, Mapping[str, StockState]]] = {
    _SHIPPING: {
        "IN_STOCK": _IN,
        "LIMITED_STOCK": _IN,
        "PRE_ORDER_SELLABLE": _IN,
        "OUT_OF_STOCK": _OUT,
        "UNAVAILABLE": _OUT,
        "PRE_ORDER_UNSELLABLE": _OUT,
        "DISCONTINUED": _OUT,
    },
    _PICKUP: {
        "IN_STOCK": _IN,
        "OUT_OF_STOCK": _OUT,
        "UNAVAILABLE": _OUT,
    },
}
#: One signal for each of these words, made once.
_SIGNALS: Final = {
    channel: {word: Signal(state=state, word=word) for word, state in states.items()}
    for channel, states in WORDS.items()
}
_SILENCE = Signal()

_PARENTS = ("VAP", "VPC")
_LONGEST_TEXT = 300
#: Of a text whose signs may each be written as an entity.
_LONGEST_ESCAPED = 10 * _LONGEST_TEXT
_LONGEST_WORD = 60
_CENT = Decimal("0.01")
_HIGHEST_LIMIT = 1_000_000
_HIGHEST_PRICE = Decimal(1_000_000)
_DEEPEST_VARIATION = 4
#: Of its variations, a reason names no more.
_MOST_NAMED = 5
_AMOUNT = re.compile(r"\$?([0-9]{1,3}(?:,?[0-9]{3})*(?:\.[0-9]{1,2})?)")
_TCIN = re.compile(r"[0-9]{6,10}")
_DAY = re.compile(r"20[0-9]{2}-[0-9]{2}-[0-9]{2}")
_IMAGE = re.compile(r"(?:https?:)?//[!-~]{1,500}")
_NAMED_UNKNOWN = re.compile(r"no product found with tcin\s*([0-9]{6,10})", re.IGNORECASE)
#: A product's details and stock seldom change: what was read before, of more than anyone watches, is not read anew.
_REMEMBERED = 2**14
#: Letters of what was read before. A shop may send long texts that are others each time.
_MOST_REMEMBERED = 2**23
#: Of one parent; more are no help to anybody.
_MOST_CHILDREN = 200

# What stands for a part that is not told.
_NO_ITEM, _NO_PRICE, _NO_TERMS, _NO_WORD = EntryItem(), EntryPrice(), SaleTerms(), StockWord()
_NO_DESCRIPTION, _NO_IMAGES, _NO_IMAGE_INFO, _NO_ADDRESS = Description(), Images(), ImageInfo(), ImageAddress()
_NO_DATES = SaleDates()


class _Memory:
    """How much the caches below hold on to; they forget everything when it becomes too much."""

    def __init__(self) -> None:
        self._letters = 0

    def add(self, *parts: object) -> None:
        """Of what is read for the first time, and so not of what is remembered."""
        self._letters += _count_letters(parts)
        if self._letters > _MOST_REMEMBERED:
            self._letters = 0
            for cache in (_read_stock, _read_details, _read_amount):
                cache.cache_clear()


def _count_letters(part: object) -> int:
    """About how many, without another copy of them."""
    if isinstance(part, str):
        return len(part)
    within = msgspec.structs.astuple(part) if isinstance(part, msgspec.Struct) else part
    return sum(map(_count_letters, within)) if isinstance(within, tuple) else len("null")


_memory = _Memory()


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedAnswer:
    readings: Mapping[Tcin, Reading]
    #: Words for availability that are not in the table, each with its channel.
    new_words: frozenset[str] = frozenset()


def parse_summaries(body: AnswerBody, *, asked: Collection[Tcin], store_id: str, at: datetime) -> ParsedAnswer:
    """What the bulk call says of each product asked for; of one that it leaves out, that and if possible why.

    Raises:
        CallRefused: there is no data in it, nor a word on each product asked for.
    """
    unknown = _named_unknown(body)
    if body.data is None and not unknown.issuperset(asked):
        raise CallRefused(f"{SUMMARIES}: {quote_errors(body)}")
    entries = () if body.data is None else body.data.product_summaries or ()
    return _parse(entries, asked, unknown, is_whole=not body.errors, store_id=store_id, at=at)


def parse_product(call: str, body: AnswerBody, *, tcin: Tcin, store_id: str, at: datetime) -> ParsedAnswer:
    """What a single-product call says of this one, also where it answers with the parent that holds it.

    Raises:
        CallRefused: there is no product in it, nor a word on why.
    """
    product = None if body.data is None else body.data.product
    unknown = _named_unknown(body)
    if product is None and tcin not in unknown:
        raise CallRefused(f"{call}: {quote_errors(body)}")
    entries = () if product is None else (product,)
    return _parse(entries, (tcin,), unknown, is_whole=not body.errors, store_id=store_id, at=at)


def unanswered(tcins: Iterable[Tcin], why: str, *, at: datetime) -> dict[Tcin, Reading]:
    return {tcin: Reading(tcin=tcin, at=at, trouble=why) for tcin in tcins}


def add_details(reading: Reading, details: Reading) -> Reading:
    """The stock of the one with what the other tells besides."""
    return msgspec.structs.replace(
        reading,
        title=details.title or reading.title,
        price=details.price if details.price is not None else reading.price,
        marketplace=details.marketplace if details.marketplace is not None else reading.marketplace,
        image_url=details.image_url or reading.image_url,
        purchase_limit=details.purchase_limit or reading.purchase_limit,
        street_date=details.street_date or reading.street_date,
        children=reading.children or details.children,
    )


def _parse(
    entries: Iterable[ProductEntry],
    asked: Collection[Tcin],
    unknown: Collection[str],
    *,
    is_whole: bool,
    store_id: str,
    at: datetime,
) -> ParsedAnswer:
    by_tcin = _read_entries(entries, frozenset(asked), store_id=store_id, at=at)
    readings = {tcin: by_tcin.get(tcin) or _absent(tcin, unknown, is_whole=is_whole, at=at) for tcin in asked}
    return ParsedAnswer(readings=readings, new_words=_find_new_words(readings.values()))


def _find_new_words(readings: Collection[Reading]) -> frozenset[str]:
    shipping = {one.shipping.word for one in readings if one.shipping.state is StockState.UNKNOWN}
    pickup = {one.pickup.word for one in readings if one.pickup.state is StockState.UNKNOWN}
    words = ((channel, word) for channel, new in ((_SHIPPING, shipping), (_PICKUP, pickup)) for word in new)
    return frozenset(f"{channel} {word}" for channel, word in words if word is not None)


def _absent(tcin: Tcin, unknown: Collection[str], *, is_whole: bool, at: datetime) -> Reading:
    """Of an answer in parts nobody knows what was left out."""
    is_named = tcin in unknown
    return Reading(tcin=tcin, at=at, trouble=NO_SUCH_PRODUCT if is_named else MISSING, unlisted=is_named or is_whole)


def _named_unknown(body: AnswerBody) -> frozenset[str]:
    return frozenset(tcin for message in list_messages(body) for tcin in _NAMED_UNKNOWN.findall(message))


# ---- one product


def _read_entries(
    entries: Iterable[ProductEntry], asked: Collection[str], *, store_id: str, at: datetime
) -> dict[Tcin, Reading]:
    readings: dict[Tcin, Reading] = {}
    for entry in _with_children(entries):
        tcin = Tcin(str(entry.tcin))
        if tcin in asked and not (tcin in readings and readings[tcin].is_certain):
            readings[tcin] = _read_entry(entry, tcin, store_id=store_id, at=at)
    return readings


def _with_children(entries: Iterable[ProductEntry]) -> Iterator[ProductEntry]:
    for entry in entries:
        yield entry
        if entry.children is not None:
            yield from list_shapes(ProductEntry, entry.children)


def _read_entry(entry: ProductEntry, tcin: Tcin, *, store_id: str, at: datetime) -> Reading:
    details = _read_details(entry.item or _NO_ITEM)
    children: tuple[Child, ...] = ()
    if details.is_parent or entry.fulfillment is None:
        children = _find_children(entry)
    if details.is_parent or children:
        shipping, pickup, trouble = _no_stock(children)
    else:
        shipping, pickup, trouble = _read_stock(entry.fulfillment, store_id)
    return Reading(
        tcin=tcin,
        at=at,
        shipping=shipping,
        pickup=pickup,
        title=details.title,
        price=_read_price(entry.price),
        marketplace=details.marketplace,
        image_url=details.image_url,
        purchase_limit=details.purchase_limit,
        street_date=details.street_date,
        children=children,
        trouble=trouble,
    )


# ---- its stock

#: Shipping, pickup, and why neither is certain.
_EntryStock = tuple[Signal, Signal, str | None]


@lru_cache(maxsize=_REMEMBERED)
def _read_stock(fulfillment: EntryFulfillment | None, store_id: str) -> _EntryStock:
    _memory.add(fulfillment)
    if fulfillment is None:
        return _SILENCE, _SILENCE, NO_STOCK
    shipping = _read_signal(_SHIPPING, fulfillment.shipping_options)
    pickup = _read_pickup(fulfillment.store_options or (), store_id)
    if shipping.state is not StockState.UNKNOWN or pickup.state is not StockState.UNKNOWN:
        return shipping, pickup, None
    word = shipping.word or pickup.word
    return shipping, pickup, new_word(word) if word else NO_STOCK


def _no_stock(children: Iterable[Child]) -> _EntryStock:
    named = [f"{child.tcin} {child.title or ''}".strip() for child in children]
    more = f" and {len(named) - _MOST_NAMED} more" if len(named) > _MOST_NAMED else ""
    which = ", ".join(named[:_MOST_NAMED]) or "not told"
    return _SILENCE, _SILENCE, f"it comes in variations, each to be watched by its own number: {which}{more}"


def _read_signal(channel: str, word: StockWord | None) -> Signal:
    text = (word or _NO_WORD).availability_status
    if text is None:
        return _SILENCE
    return _SIGNALS[channel].get(text) or _read_new_word(channel, text)


def _read_new_word(channel: str, text: str) -> Signal:
    word = tidy(text)[:_LONGEST_WORD]
    return _SIGNALS[channel].get(word) or Signal(word=word or None)


def _read_pickup(options: Iterable[StoreOption], store_id: str) -> Signal:
    """The configured store's word. Where it is not among those returned, what another has may not be there."""
    own = others = None
    for option in options:
        signal = _read_signal(_PICKUP, option.order_pickup)
        if str(option.location_id) == store_id:
            own = _choose(own, signal)
        else:
            others = _choose(others, signal)
    if own is not None:
        return own
    return _SILENCE if others is None or others.state is StockState.IN_STOCK else others


def _choose(first: Signal | None, second: Signal) -> Signal:
    """The one that says most of the two, the first where they say as much."""
    return second if first is None or _says(second) > _says(first) else first


def _says(signal: Signal) -> int:
    return (StockState.OUT_OF_STOCK, StockState.UNKNOWN, StockState.IN_STOCK).index(signal.state)


# ---- what else it tells


@dataclass(frozen=True, slots=True, kw_only=True)
class _ItemDetails:
    #: Of variations: it has no stock of its own.
    is_parent: bool
    title: str | None
    marketplace: bool | None
    image_url: str | None
    purchase_limit: int | None
    street_date: date | None


@lru_cache(maxsize=_REMEMBERED)
def _read_details(item: EntryItem) -> _ItemDetails:
    _memory.add(item)
    return _ItemDetails(
        is_parent=item.relationship_type_code in _PARENTS,
        title=_read_title(item),
        marketplace=_read_marketplace(item),
        image_url=_read_image(item.enrichment),
        purchase_limit=_read_limit((item.fulfillment or _NO_TERMS).purchase_limit),
        street_date=_read_day((item.mmbv_content or _NO_DATES).street_date),
    )


def _read_marketplace(item: EntryItem) -> bool | None:
    """The flag of a marketplace is written only where it is true, and a seller is named only there.

    So its absence tells that Target itself sells, but only beside the terms among which it would stand. A seller who
    is named without the flag is told by neither word.
    """
    if item.fulfillment is None or item.fulfillment.is_marketplace is None:
        return None
    if item.fulfillment.is_marketplace:
        return True
    vendors = item.product_vendors
    return False if vendors is not None and all(one.vendor_name == "" for one in vendors) else None


def _read_price(price: EntryPrice | None) -> Decimal | None:
    """One amount; None for a range, "See price in cart" and everything else that is not one."""
    if price is None or price.current_retail_min is not None or price.current_retail_max is not None:
        return None
    return _read_amount(price.current_retail, price.formatted_current_price)


@lru_cache(maxsize=_REMEMBERED)
def _read_amount(number: float | str | None, text: str | None) -> Decimal | None:
    _memory.add(number, text)
    if text is None or not text.strip():
        return _amount(number)
    shown = _AMOUNT.fullmatch(text.strip())
    if shown is None:
        return None
    return _amount(number) or _amount(shown[1].replace(",", ""))


def _amount(number: float | str | None) -> Decimal | None:
    try:
        amount = None if number is None else Decimal(str(number))
    except ArithmeticError:
        return None
    if amount is None or not amount.is_finite() or not _CENT <= amount < _HIGHEST_PRICE:
        return None
    return amount.quantize(_CENT)


def _read_limit(number: float | None) -> int | None:
    """A count of pieces; the shop writes it as 2 or as 2.0."""
    return int(number) if number is not None and 1 <= number < _HIGHEST_LIMIT else None


def _read_day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text is not None and _DAY.fullmatch(text) else None
    except ValueError:
        return None


def _read_title(item: EntryItem) -> str | None:
    text = (item.product_description or _NO_DESCRIPTION).title
    return None if text is None else tidy(unescape(text[:_LONGEST_ESCAPED]))[:_LONGEST_TEXT] or None


def _read_image(enrichment: Enrichment | None) -> str | None:
    if enrichment is None:
        return None
    info = enrichment.image_info or _NO_IMAGE_INFO
    for url in ((enrichment.images or _NO_IMAGES).primary_image_url, (info.primary_image or _NO_ADDRESS).url):
        if url is not None and _IMAGE.fullmatch(url):
            return f"https:{url}" if url.startswith("//") else url
    return None


# ---- its variations


def _find_children(entry: ProductEntry) -> tuple[Child, ...]:
    children = {
        tcin: Child(tcin=tcin, title=_read_title(child.item or _NO_ITEM))
        for child in list_shapes(ProductEntry, entry.children)
        if (tcin := _read_tcin(child.tcin)) is not None
    }
    for tcin, names in _walk_variations(entry.variation_hierarchy, ()):
        children.setdefault(tcin, Child(tcin=tcin, title=", ".join(names)[:_LONGEST_TEXT] or None))
    return tuple(children.values())[:_MOST_CHILDREN]


def _walk_variations(level: object, names: tuple[str, ...]) -> Iterator[tuple[Tcin, tuple[str, ...]]]:
    """The leaves of a tree such as colour, size: each with the values that lead to it."""
    if len(names) >= _DEEPEST_VARIATION:
        return
    for branch in list_shapes(VariationBranch, level):
        path = (*names, "?" if branch.value is None else tidy(branch.value))
        if (tcin := _read_tcin(branch.tcin)) is not None:
            yield tcin, path
        yield from _walk_variations(branch.variation_hierarchy, path)


def _read_tcin(value: str | int | None) -> Tcin | None:
    text = str(value)
    return Tcin(text) if _TCIN.fullmatch(text) else None
