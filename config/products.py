"""What the owner wants: a product's number and the wishes that go with it."""

import re
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from typing import NewType
from urllib.parse import parse_qs, urlsplit

#: Target's product number, 6 to 10 digits, as text.
Tcin = NewType("Tcin", str)

#: Stands for the product of a drill. No shop gives out a number of zeros, so that no order can mean it.
DRILL = Tcin("000000")

_NUMBER = re.compile(r"(?!0+$)[0-9]{6,10}")
_IN_PATH = re.compile(r"/(?:-/)?A-(?!0+(?![0-9]))([0-9]{6,10})(?![0-9])")


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
    """Read a TCIN from a number or from any product link; in a link `?preselect=` wins over the path.

    Raises:
        NotATcin: neither a number of 6 to 10 digits nor a link that holds one.
    """
    text = text.strip()
    if _NUMBER.fullmatch(text):
        return Tcin(text)
    try:
        link = urlsplit(text if "://" in text else f"https://{text}")
    except ValueError as error:
        raise NotATcin(f"{text!r} is neither a TCIN nor a product link") from error
    preselected = parse_qs(link.query).get("preselect", [""])[0]
    if _NUMBER.fullmatch(preselected):
        return Tcin(preselected)
    if match := _IN_PATH.search(link.path):
        return Tcin(match[1])
    raise NotATcin(f"{text!r} is neither a TCIN (6 to 10 digits) nor a product link")
