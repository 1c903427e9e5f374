"""The shop's words: what a call asks, and what its answer says of each product.

The answers come from outside: whatever their shape, nothing here raises anything but a ShopError.
"""

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.utils import parsedate_to_datetime
from html import unescape
from itertools import pairwise
from typing import Final

from config.products import Tcin
from monitor.errors import CallRefused, KeyRefused, Misasked, Passing, Retired, ShopError, Throttled, Walled
from monitor.model import Child, Reading, Signal, StockState

SUMMARIES: Final = "product_summary_with_fulfillment_v1"
FULFILLMENT: Final = "product_fulfillment_and_variation_hierarchy_v1"
DETAILS: Final = "pdp_client_v1"

#: The shop takes 30; a little less keeps clear of its limit.
MOST_TCINS = 28

NO_SUCH_PRODUCT = "no such product"
MISSING = "missing from the answer"

_IN, _OUT = StockState.IN_STOCK, StockState.OUT_OF_STOCK
#: Every other word is unknown: it may mean either, and a wrong guess costs a false alert or a missed one.
WORDS: Final[Mapping[str, Mapping[str, StockState]]] = {
    "shipping_options": {
        "IN_STOCK": _IN,
        "LIMITED_STOCK": _IN,
        "PRE_ORDER_SELLABLE": _IN,
        "OUT_OF_STOCK": _OUT,
        "UNAVAILABLE": _OUT,
        "PRE_ORDER_UNSELLABLE": _OUT,
        "DISCONTINUED": _OUT,
    },
    "order_pickup": {
        "IN_STOCK": _IN,
        "OUT_OF_STOCK": _OUT,
        "UNAVAILABLE": _OUT,
    },
}

_PARENTS = ("VAP", "VPC")
_LONGEST_TEXT = 300
_LONGEST_WORD = 60
_LONGEST_WAIT = timedelta(hours=24)
_CENT = Decimal("0.01")
_HIGHEST_LIMIT = 1_000_000
_HIGHEST_PRICE = Decimal(1_000_000)
_DEEPEST_VARIATION = 4
_AMOUNT = re.compile(r"\$?([0-9]{1,3}(?:,?[0-9]{3})*(?:\.[0-9]{1,2})?)")
_TCIN = re.compile(r"[0-9]{6,10}")
_IMAGE = re.compile(r"(?:https?:)?//[!-~]{1,500}")
_UNTIDY = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]+")
_NAMED_UNKNOWN = re.compile(r"no product found with tcin\s*([0-9]{6,10})", re.IGNORECASE)
_KEY = re.compile(r'\\?"apiKey\\?"\s*:\s*\\?"([0-9a-f]{40})\\?"')
_BLOCK_APP = re.compile(rb'"appId"\s*:\s*"PX')
_CHALLENGE = re.compile(rb"px-captcha|Press (?:&amp;|&) Hold")


# ---- asking


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """From where the owner looks: a physical store, and what may be told besides."""

    store_id: str
    zip: str | None = None
    state: str | None = None
    latitude: str | None = None
    longitude: str | None = None


def split_evenly(tcins: Sequence[Tcin], most: int = MOST_TCINS) -> list[tuple[Tcin, ...]]:
    """As few chunks as may be, each as long as the next or one longer: 33 are 17 and 16, not 28 and 5."""
    count = -(-len(tcins) // most)
    ends = [len(tcins) * number // count for number in range(count + 1)] if count else []
    return [tuple(tcins[begin:end]) for begin, end in pairwise(ends)]


def split_in_two(tcins: Sequence[Tcin]) -> list[tuple[Tcin, ...]]:
    return split_evenly(tcins, most=-(-len(tcins) // 2))


def bulk_query(tcins: Sequence[Tcin], place: Place, visitor_id: str) -> dict[str, str]:
    return {"tcins": ",".join(tcins)} | _common_query(tcins[0], place, visitor_id)


def single_query(tcin: Tcin, place: Place, visitor_id: str) -> dict[str, str]:
    prices = {"pricing_store_id": place.store_id, "has_pricing_context": "true"}
    return {"tcin": tcin} | _common_query(tcin, place, visitor_id) | prices


def _common_query(tcin: Tcin, place: Place, visitor_id: str) -> dict[str, str]:
    # The shop's own pages send is_bot=false besides. We are one, and don't say otherwise.
    asked: dict[str, str | None] = {
        "store_id": place.store_id,
        "zip": place.zip,
        "state": place.state,
        "latitude": place.latitude,
        "longitude": place.longitude,
        "scheduled_delivery_store_id": place.store_id,
        "required_store_id": place.store_id,
        "visitor_id": visitor_id,
        "channel": "WEB",
        "page": f"/p/A-{tcin}",
    }
    return {name: value for name, value in asked.items() if value is not None}


# ---- what kind of answer it is


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What came back over the wire."""

    status: int
    body: bytes
    retry_after: timedelta | None = None


def read_json(call: str, reply: Reply) -> object:
    """The JSON of an answer that may hold something of use: a 200, a partial 206, or a 404 that names products.

    Raises:
        ShopError: of the kind that says what to do about it.
    """
    if (error := _find_error(call, reply)) is not None:
        raise error
    try:
        return json.loads(reply.body)
    except (ValueError, RecursionError) as error:
        raise _refused(call, reply.status, "an answer that is not JSON") from error


def _find_error(call: str, reply: Reply) -> ShopError | None:
    status, wait = reply.status, reply.retry_after
    if _shows_wall(reply):
        return Walled(f"{call}: the bot wall ({status})", retry_after=wait)
    match status:
        case 200 | 206 | 404:
            return None
        case 400 if not reply.body.strip():
            return Misasked(f"{call}: a required parameter is missing (400)")
        case _ if 300 <= status < 400:
            return Misasked(f"{call}: sent elsewhere ({status})")
        case 401:
            return KeyRefused(f"{call}: the key was refused (401)")
        case 410:
            return Retired(f"{call}: the call no longer exists (410)")
        case 429:
            return Throttled(f"{call}: throttled (429)", retry_after=wait)
        case 502 | 503 | 504:
            return Passing(f"{call}: not available now ({status})", retry_after=wait)
    return _refused(call, status, _quote_errors(reply.body))


def _shows_wall(reply: Reply) -> bool:
    body = reply.body
    if reply.status in {403, 435} or b"captchaRelativeURL" in body:
        return True
    if b"blockScript" in body and _BLOCK_APP.search(body):
        return True
    # A gateway's own page of a 5xx or 429 is HTML too, and no wall.
    return reply.status in {200, 206, 404} and body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")


def _refused(call: str, status: int, what: str) -> CallRefused:
    return CallRefused(f"{call}: {what} ({status})" if what else f"{call}: refused ({status})")


def _quote_errors(body: bytes) -> str:
    try:
        return _complaint(json.loads(body))
    except (ValueError, RecursionError):
        return ""


def read_retry_after(text: str | None, *, at: datetime) -> timedelta | None:
    """Seconds or an HTTP date; None where it is neither. At most a day, so that nonsense does not stop us for ever."""
    if text is None:
        return None
    try:
        seconds = float(text)
    except ValueError:
        return _wait_until(text, at=at)
    return timedelta(seconds=min(seconds, _LONGEST_WAIT.total_seconds())) if seconds >= 0 else None


def _wait_until(text: str, *, at: datetime) -> timedelta | None:
    try:
        until = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    aware = until if until.tzinfo else until.replace(tzinfo=UTC)
    return min(max(aware - at, timedelta(0)), _LONGEST_WAIT)


def find_key(reply: Reply) -> str | None:
    """The key that a product page shows, also one in a string within a script.

    Raises:
        ShopError: instead of the page came the wall, or nothing that can be used.
    """
    if found := _KEY.search(reply.body.decode("utf-8", "replace")):
        return found[1]
    if reply.status in {403, 435} or _CHALLENGE.search(reply.body):
        raise Walled(f"product page: the bot wall ({reply.status})", retry_after=reply.retry_after)
    if reply.status == 429:
        raise Throttled("product page: throttled (429)", retry_after=reply.retry_after)
    if reply.status != 200:
        raise Passing(f"product page: no page ({reply.status})", retry_after=reply.retry_after)
    return None


# ---- what it says of the products


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedAnswer:
    readings: Mapping[Tcin, Reading]
    #: Words for availability that are not in the table, each with its place.
    new_words: frozenset[str] = frozenset()


def parse_summaries(body: object, *, asked: Collection[Tcin], store_id: str, at: datetime) -> ParsedAnswer:
    """What the bulk call says of each product asked for; of one that it leaves out, that and if possible why.

    Raises:
        CallRefused: there is no data in it, nor a word on each product asked for.
    """
    unknown = _named_unknown(body)
    if not isinstance(_get(body, "data"), dict) and not unknown.issuperset(asked):
        raise CallRefused(f"{SUMMARIES}: {_complaint(body)}")
    entries = _with_children(_get(body, "data", "product_summaries"))
    found = _read_entries(entries, frozenset(asked), store_id=store_id, at=at)
    return _parsed({tcin: found.get(tcin) or _absent(tcin, unknown, at=at) for tcin in asked})


def parse_product(call: str, body: object, *, tcin: Tcin, store_id: str, at: datetime) -> ParsedAnswer:
    """What a single-product call says of this one, also where it answers with the parent that holds it.

    Raises:
        CallRefused: there is no product in it, nor a word on why.
    """
    product = _get(body, "data", "product")
    unknown = _named_unknown(body)
    if not isinstance(product, dict) and tcin not in unknown:
        raise CallRefused(f"{call}: {_complaint(body)}")
    found = _read_entries(_with_children([product]), {tcin}, store_id=store_id, at=at)
    return _parsed({tcin: found.get(tcin) or _absent(tcin, unknown, at=at)})


def unanswered(tcins: Iterable[Tcin], why: str, *, at: datetime) -> dict[Tcin, Reading]:
    return {tcin: Reading(tcin=tcin, at=at, trouble=why) for tcin in tcins}


def add_details(reading: Reading, details: Reading) -> Reading:
    """The stock of the one with what the other tells besides."""
    return replace(
        reading,
        title=details.title or reading.title,
        price=details.price if details.price is not None else reading.price,
        marketplace=details.marketplace if details.marketplace is not None else reading.marketplace,
        image_url=details.image_url or reading.image_url,
        purchase_limit=details.purchase_limit or reading.purchase_limit,
        children=reading.children or details.children,
    )


def _parsed(readings: Mapping[Tcin, Reading]) -> ParsedAnswer:
    new = (
        f"{place} {signal.word}"
        for reading in readings.values()
        for place, signal in (("shipping_options", reading.shipping), ("order_pickup", reading.pickup))
        if signal.word is not None and signal.state is StockState.UNKNOWN
    )
    return ParsedAnswer(readings=readings, new_words=frozenset(new))


def _absent(tcin: Tcin, unknown: Collection[str], *, at: datetime) -> Reading:
    return Reading(tcin=tcin, at=at, trouble=NO_SUCH_PRODUCT if tcin in unknown else MISSING)


def _named_unknown(body: object) -> frozenset[str]:
    return frozenset(tcin for message in _messages(body) for tcin in _NAMED_UNKNOWN.findall(message))


def _complaint(body: object) -> str:
    return "; ".join(_messages(body))[:_LONGEST_TEXT] or "an answer without data"


def _messages(body: object) -> Iterator[str]:
    for error in _list(_get(body, "errors")):
        message = _get(error, "message")
        if isinstance(message, str):
            yield _tidy(message)


def _with_children(entries: object) -> Iterator[object]:
    for entry in _list(entries):
        yield entry
        yield from _list(_get(entry, "children"))


def _read_entries(
    entries: Iterable[object], asked: Collection[Tcin], *, store_id: str, at: datetime
) -> dict[Tcin, Reading]:
    found: dict[Tcin, Reading] = {}
    for entry in entries:
        tcin = _tcin(_get(entry, "tcin"))
        if tcin is not None and tcin in asked and not (tcin in found and found[tcin].is_certain):
            found[tcin] = _read_entry(entry, tcin, store_id=store_id, at=at)
    return found


def _read_entry(entry: object, tcin: Tcin, *, store_id: str, at: datetime) -> Reading:
    told = _describe(entry, tcin, at=at)
    fulfillment = _get(entry, "fulfillment")
    children = _find_children(entry)
    if _get(entry, "item", "relationship_type_code") in _PARENTS or (children and not isinstance(fulfillment, dict)):
        names = ", ".join(child.tcin for child in children)
        trouble = f"it has variations, each to be watched by its own number: {names or 'not told'}"
        return replace(told, children=children, trouble=trouble)
    shipping = _signal("shipping_options", _get(fulfillment, "shipping_options", "availability_status"))
    pickup = _read_pickup(_get(fulfillment, "store_options"), store_id)
    return replace(told, shipping=shipping, pickup=pickup, trouble=_find_trouble(fulfillment, shipping, pickup))


def _find_trouble(fulfillment: object, *signals: Signal) -> str | None:
    if any(signal.state is not StockState.UNKNOWN for signal in signals):
        return None
    if not isinstance(fulfillment, dict):
        return "no fulfillment in the answer"
    words = [signal.word for signal in signals if signal.word is not None]
    return f"new word {words[0]}" if words else "no availability in the answer"


def _signal(place: str, word: object) -> Signal:
    if not isinstance(word, str) or not (tidy := _tidy(word)[:_LONGEST_WORD]):
        return Signal()
    return Signal(state=WORDS[place].get(tidy, StockState.UNKNOWN), word=tidy)


def _read_pickup(options: object, store_id: str) -> Signal:
    """The configured store's word. Where it is not among those returned, what another has may not be there."""
    told = [(_get(one, "location_id"), _get(one, "order_pickup", "availability_status")) for one in _list(options)]
    own = [_signal("order_pickup", word) for location, word in told if str(location) == store_id]
    others = max((_signal("order_pickup", word) for _, word in told), key=_says_most, default=Signal())
    if own:
        return max(own, key=_says_most)
    return Signal() if others.state is StockState.IN_STOCK else others


def _says_most(signal: Signal) -> int:
    return (StockState.OUT_OF_STOCK, StockState.UNKNOWN, StockState.IN_STOCK).index(signal.state)


# ---- what else it tells


def _describe(entry: object, tcin: Tcin, *, at: datetime) -> Reading:
    item = _get(entry, "item")
    marketplace = _get(item, "fulfillment", "is_marketplace")
    return Reading(
        tcin=tcin,
        at=at,
        title=_title(item),
        price=read_price(_get(entry, "price")),
        marketplace=marketplace if isinstance(marketplace, bool) else None,
        image_url=_image(_get(item, "enrichment")),
        purchase_limit=_limit(_get(item, "fulfillment", "purchase_limit")),
    )


def read_price(price: object) -> Decimal | None:
    """One amount; None for a range, "See price in cart" and everything else that is not one."""
    if _get(price, "current_retail_min") is not None or _get(price, "current_retail_max") is not None:
        return None
    text = _get(price, "formatted_current_price")
    if isinstance(text, str) and text.strip():
        shown = _AMOUNT.fullmatch(text.strip())
        if shown is None:
            return None
        return _amount(_get(price, "current_retail")) or _amount(shown[1].replace(",", ""))
    return _amount(_get(price, "current_retail"))


def _amount(value: object) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        amount = Decimal(str(value))
    except (ValueError, ArithmeticError):
        return None
    return amount.quantize(_CENT) if amount.is_finite() and _CENT <= amount < _HIGHEST_PRICE else None


def _limit(value: object) -> int | None:
    """A count of pieces; the shop writes it as 2 or as 2.0."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 1 <= value < _HIGHEST_LIMIT:
        return None
    return int(value)


def _title(item: object) -> str | None:
    title = _get(item, "product_description", "title")
    return (_tidy(unescape(title))[:_LONGEST_TEXT] or None) if isinstance(title, str) else None


def _image(enrichment: object) -> str | None:
    for url in (
        _get(enrichment, "images", "primary_image_url"),
        _get(enrichment, "image_info", "primary_image", "url"),
    ):
        if isinstance(url, str) and _IMAGE.fullmatch(url):
            return f"https:{url}" if url.startswith("//") else url
    return None


def _find_children(entry: object) -> tuple[Child, ...]:
    children = {
        tcin: Child(tcin=tcin, title=_title(_get(child, "item")))
        for child in _list(_get(entry, "children"))
        if (tcin := _tcin(_get(child, "tcin"))) is not None
    }
    for tcin, names in _walk_variations(_get(entry, "variation_hierarchy"), ()):
        children.setdefault(tcin, Child(tcin=tcin, title=", ".join(names)[:_LONGEST_TEXT] or None))
    return tuple(children.values())


def _walk_variations(level: object, names: tuple[str, ...]) -> Iterator[tuple[Tcin, tuple[str, ...]]]:
    """The leaves of a tree such as colour, size: each with the values that lead to it."""
    if len(names) >= _DEEPEST_VARIATION:
        return
    for branch in _list(level):
        value = _get(branch, "value")
        path = (*names, _tidy(value) if isinstance(value, str) else "?")
        if (tcin := _tcin(_get(branch, "tcin"))) is not None:
            yield tcin, path
        yield from _walk_variations(_get(branch, "variation_hierarchy"), path)


# ---- JSON of any shape


def _get(value: object, *path: str) -> object:
    for name in path:
        if not isinstance(value, dict):
            return None
        value = value.get(name)
    return value


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _tcin(value: object) -> Tcin | None:
    text = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    return Tcin(text) if _TCIN.fullmatch(text) else None


def _tidy(text: str) -> str:
    """Without line breaks, control characters and broken halves of characters, which no file or chat would take."""
    return _UNTIDY.sub(" ", text).strip()
