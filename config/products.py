"""What the owner wants: a product's number and the wishes that go with it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from itertools import chain
from typing import NewType
from unicodedata import category
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

#: Target's product number, 6 to 10 digits, as text.
Tcin = NewType("Tcin", str)

#: Stands for the product of a drill. No shop gives out a number of zeros, so that no order can mean it.
DRILL = Tcin("000000")

#: Links to products are believed of the shop alone, and of the practice store, which is on this machine.
_SHOP, _HERE = "target.com", frozenset({"localhost", "127.0.0.1", "::1"})
#: Links within links are followed no deeper.
_DEEPEST = 4

_DIGITS = r"(?!0+(?![0-9]))([0-9]{6,10})(?![A-Za-z0-9_-])"
_NUMBER = re.compile(rf"(?:A-)?{_DIGITS}", re.IGNORECASE)
#: The sign of a number is looked for first, as a slug may begin like one: /p/a-100000-piece-set/-/A-94734932.
_IN_PATH, _ANYWHERE_IN_PATH = (re.compile(rf"{before}A-{_DIGITS}", re.IGNORECASE) for before in ("/-/", "/"))
_SCHEME = re.compile(r"https?://", re.IGNORECASE)


class NotATcin(ValueError):
    """The text is neither a TCIN nor a product link that holds one."""


class BuyMode(StrEnum):
    #: An alert with Buy and Skip; nothing is bought without a tap.
    ASK = "ask"
    #: Bought without a question, up to `max_price`, which must be given.
    AUTO = "auto"
    #: Never bought, in no mode.
    ALERT = "alert"


class Mode(StrEnum):
    """What an attempt may do; each keeps the mode it was opened in."""

    #: Practice: everything but a shop.
    SIMULATE = "simulate"
    #: A real browser, up to the review page, never the button.
    REHEARSE = "rehearse"
    LIVE = "live"


class Channel(StrEnum):
    SHIPPING = "shipping"
    PICKUP = "pickup"
    #: Either of the two.
    ANY = "any"


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """One entry of the watch list; its place in the list is its priority."""

    tcin: Tcin
    #: The owner's own name for it; the shop's title is learned and kept elsewhere.
    name: str | None = None
    max_price: Decimal | None = None
    #: Wanted in all, over all time.
    quantity: int = 1
    buy: BuyMode = BuyMode.ASK
    channel: Channel = Channel.SHIPPING
    #: Own pace; None follows the settings.
    every: timedelta | None = None
    enabled: bool = True


def parse_tcin(text: str) -> Tcin:
    """Read a TCIN from a number, with or without `A-`, or from any link to a product of the shop.

    In a link `?preselect=` wins over the path. Links that lead on to the shop, as those of partners and of searches do,
    hold it in a link within them. A number in a link to another site is nobody's product.

    Raises:
        NotATcin: neither a number of 6 to 10 digits nor a link that holds one.
    """
    words = "".join(sign for sign in text if category(sign) != "Cf").strip()
    if match := _NUMBER.fullmatch(words):
        return Tcin(match[1])
    tcin = _find_in_link(words if _SCHEME.match(words) else f"https://{words}", deepest=_DEEPEST)
    if tcin is None:
        raise NotATcin(f"{text.strip()!r} is neither a product number (6 to 10 digits) nor a link to a product")
    return tcin


def _find_in_link(text: str, *, deepest: int) -> Tcin | None:
    try:
        link = urlsplit(text)
        host = (link.hostname or "").rstrip(".")
    except ValueError:
        return None
    query = parse_qs(link.query)
    if host == _SHOP or host.endswith(f".{_SHOP}") or host in _HERE:
        path = unquote(link.path)
        preselected, named = (_NUMBER.fullmatch(query.get(key, [""])[0]) for key in ("preselect", "tcin"))
        if match := preselected or _IN_PATH.search(path) or _ANYWHERE_IN_PATH.search(path) or named:
            return Tcin(match[1])
    inner = _links_within(link, query) if deepest else ()
    return next((tcin for one in inner if (tcin := _find_in_link(one, deepest=deepest - 1)) is not None), None)


def _links_within(link: SplitResult, query: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """The links that a link leads on to: as a value of its query, or as the rest of its path."""
    for value in chain.from_iterable(query.values()):
        if (inner := _decode_link(value)) is not None:
            yield inner
    path = unquote(link.path)
    if match := _SCHEME.search(path):
        yield f"{path[match.start() :]}?{link.query}"


def _decode_link(value: str) -> str | None:
    """A link that was encoded once or oftener; None where it is none."""
    for _ in range(_DEEPEST):
        if _SCHEME.match(value):
            return value
        value = unquote(value)
    return None
