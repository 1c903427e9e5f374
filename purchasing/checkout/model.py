"""What the checkout is made of: what is seen of a page and of its calls, and what may be done next."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

import msgspec

from config.products import Channel, Tcin
from monitor.model import StockState

#: In the data directory: pictures of pages, and copies of them.
PICTURES_FOLDER = "screenshots"

# ---- what is seen


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """What the first of a marker's selectors that is on the page leads to; of several, the first that is visible."""

    #: Which of the marker's selectors it was, from 0.
    selector: int
    #: How many things of that selector there are.
    count: int
    visible: bool
    enabled: bool
    #: Something else lies over its middle, so that a click would not reach it.
    covered: bool
    text: str = ""
    #: Its aria-label.
    label: str = ""
    #: What is chosen or written in it; `true` or `false` of what opens and shuts.
    value: str = ""


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the cart, or of what is saved for later."""

    #: From its link; None where it has none.
    tcin: Tcin | None
    title: str = ""
    #: None where the row does not tell.
    quantity: int | None = None
    #: Who sells it, where the row names somebody.
    seller: str | None = None
    text: str = ""


class Dialog(msgspec.Struct, frozen=True, kw_only=True):
    """A dialog that lies over the page."""

    text: str
    #: The markers (names of `pages.MARKERS`) found within it.
    markers: tuple[str, ...] = ()


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that one look at the page told: `observe.js` sends it."""

    #: Path and query, without the host.
    address: str
    title: str
    #: By the marker's name; what is not there is left out.
    found: Mapping[str, Found]
    #: The names of the known texts (`pages.TEXTS`) that can be read on the page or in a dialog.
    texts: tuple[str, ...] = ()
    dialogs: tuple[Dialog, ...] = ()
    rows: tuple[Row, ...] = ()
    saved: tuple[Row, ...] = ()


class Call(StrEnum):
    """What a call of the page to the shop is about."""

    #: Puts something into the cart, changes it, or takes it out.
    CART_ITEMS = "cart_items"
    CART = "cart"
    PRE_CHECKOUT = "pre_checkout"
    #: Places the order.
    CHECKOUT = "checkout"
    ORDERS = "orders"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One call of the page, as it was overheard; nothing of it is ever sent by us."""

    call: Call
    method: str
    #: None while it is under way, and where it broke.
    status: int | None = None
    #: It broke without an answer.
    broke: bool = False
    #: The shop's word for what is wrong, from the body or the header.
    code: str | None = None
    #: The numbers of the orders that it says were placed.
    orders: tuple[str, ...] = ()
    #: What the cart holds by it; None where it does not tell.
    items: Mapping[Tcin, int] | None = None
    #: With tax and shipping; None where it does not tell.
    total: Decimal | None = None
    subtotal: Decimal | None = None
    #: How what the cart holds is to come; None where it does not tell, or where it is not one way for all.
    channel: Channel | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """The page and its calls, as they stand together."""

    seen: Seen
    #: Those since the stage began, in order.
    calls: tuple[Answer, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PageStock:
    """What a product's page says of its stock through the channel chosen there, and whether somebody is signed in."""

    tcin: Tcin
    #: Unknown where it tells nothing certain.
    state: StockState
    #: None where none is chosen: of what is sold out, it is sold out through every one.
    channel: Channel | None
    signed_in: bool
    #: How many things are in the cart, by the page's head; None where it does not tell.
    in_cart: int | None = None


# ---- what is wanted


class Stage(StrEnum):
    """Which part of a purchase the page is led through."""

    #: From the product's page to a cart that holds exactly what is wanted.
    ADD = "add"
    #: From that cart to the review page, its button ready.
    REVIEW = "review"
    #: The button was pressed.
    PRESSED = "pressed"
    #: Ours is to leave the cart.
    CLEAN = "clean"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What an attempt is to buy, and what was done for it already."""

    tcin: Tcin
    quantity: int
    channel: Channel
    #: What was done in this stage, in order: the marker of each click and choice, and `go` with each address.
    done: tuple[str, ...] = ()


# ---- what is done


@dataclass(frozen=True, slots=True, kw_only=True)
class Go:
    """Open this address of the shop."""

    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Click:
    """Click this marker, of the product if the marker is one of a product's."""

    marker: str
    tcin: Tcin | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Choose:
    """Choose this value in a list."""

    marker: str
    value: str
    tcin: Tcin | None = None


class Ending(StrEnum):
    """Why an attempt can't go on; before the press it is given up, after it the outcome is in doubt."""

    OUT_OF_STOCK = "out of stock"
    LIMIT = "more than the shop sells to one household"
    MARKETPLACE = "sold by somebody else"
    VARIATIONS = "the product comes in variations"
    ADD_ON = "it ships only with a larger order"
    #: The shop holds people back: high demand, too many guests.
    BUSY = "the shop is too busy"
    QUEUE = "the shop has people wait in line"
    THROTTLED = "the shop asks for fewer requests"
    CART_MISMATCH = "the cart does not hold what is wanted"
    CHANNEL = "the wanted channel is not offered"
    SIGN_IN = "sign-in is needed"
    OWNER_NEEDED = "the owner is needed"
    #: A marker is not where it always was.
    PAGE_CHANGED = "the page changed"


class Need(StrEnum):
    """What only the owner can do."""

    SIGN_IN = "sign-in"
    CHALLENGE = "challenge"
    CVV = "cvv"
    PIN = "pin"
    PASSWORD = "password"  # noqa: S105  the word, not one
    ADDRESS = "address"
    PAYMENT = "payment"
    #: A dialog that is not known; it is never clicked.
    DIALOG = "dialog"
    #: A marker is missing, as the page changed: it has to be mended.
    MARKER = "marker"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """Nothing can be done yet; `why` is what is missing, for whoever waits too long."""

    why: str
    #: The marker that is waited for, if it is one.
    marker: str | None = None
    #: What it means when it is waited for too long: by itself, that the page is not as it always was.
    ending: Ending = Ending.PAGE_CHANGED
    #: What only the owner can do then.
    need: Need | None = None
    #: It is waited for a moment alone: what is still coming to life, or goes by itself.
    briefly: bool = False
    #: It is waited for until the attempt's deadline, as what was pressed may still become an order.
    patiently: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """The stage can't reach its goal."""

    ending: Ending
    #: In plain words, with what was seen.
    why: str
    need: Need | None = None
    #: The marker that is missing, where the page changed.
    marker: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """The stage is at its goal: what the page would sell, as far as it is known there."""

    items: Mapping[Tcin, int] = field(default_factory=dict)
    channel: Channel | None = None
    #: None where the page does not tell.
    seller: str | None = None
    total: Decimal | None = None
    subtotal: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ordered:
    """After the press: the shop has taken the order."""

    order_number: str
    total: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PressRefused:
    """After the press: the shop clearly said no to every try, and the page agrees."""

    code: str


Act = Go | Click | Choose | Wait | End | Reached | Ordered | PressRefused
