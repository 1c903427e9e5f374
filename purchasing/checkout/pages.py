"""Every marker, text and address of the shop, and how surely each was seen. When the shop changes, this file does.

A marker names a thing on a page. Its selectors stand in order of preference: the first that leads to something counts.
Where a button can be one of another product, its selector holds `{tcin}`, and there is no fallback without it. What
`observe.js` is told to look for is made here, by `configuration`; what it finds is a `Seen`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from urllib.parse import parse_qs, urlsplit

from config.products import Tcin
from purchasing.checkout.model import Call


class Sure(StrEnum):
    """How surely something was seen of the shop."""

    #: On the live page, by somebody who wrote down when.
    RECORDED = "recorded"
    ONE_SOURCE = "one public source"
    WEAK = "weak"
    #: A guess, until a rehearsal has kept a copy of the page.
    UNKNOWN = "not known"


@dataclass(frozen=True, slots=True)
class Beside:
    """Not a selector, but the amount beside words, for what no marker is known of: the least part with both in it."""

    #: A pattern for the whole text there, in any case, without the amount.
    words: str


@dataclass(frozen=True, slots=True)
class Marker:
    sure: Sure
    #: When it was last seen, as far as that is known.
    seen: str
    selectors: tuple[str | Beside, ...]

    @property
    def is_of_product(self) -> bool:
        return any("{tcin}" in selector for selector in self.selectors if isinstance(selector, str))


class MarkerName(StrEnum):
    """The names of the markers."""

    # Anywhere.
    CHALLENGE = "challenge"
    #: In the page's head: "Hi, Ada", or "Sign in".
    ACCOUNT = "account"
    #: In the page's head: "cart 3 items".
    CART_LINK = "cart_link"
    SIGN_IN_FORM = "sign_in_form"
    PASSWORD = "password"  # noqa: S105  the name of a field
    # The page of a product.
    ADD = "add"
    #: The main button where the page would sell another product than the one that was asked for.
    ADD_OTHER = "add_other"
    #: Stands in the button's place and leads to a list of stores: the chosen way is not to be had.
    FIND_STORE = "find_store"
    CELL_SHIPPING = "cell_shipping"
    CELL_PICKUP = "cell_pickup"
    OUT_OF_STOCK = "out_of_stock"
    # After adding.
    ADDED = "added"
    VIEW_CART = "view_cart"
    DECLINE_COVERAGE = "decline_coverage"
    # The cart.
    CART_GROUPS = "cart_groups"
    ROW = "row"
    QUANTITY = "quantity"
    REMOVE = "remove"
    SUMMARY = "summary"
    SUBTOTAL = "subtotal"
    CHECKOUT = "checkout"
    EMPTY_CART = "empty_cart"
    # The checkout.
    SAVE_AND_CONTINUE = "save_and_continue"
    CVV = "cvv"
    CARD_NUMBER = "card_number"
    TOTAL = "total"
    PLACE_ORDER = "place_order"
    ORDER_NUMBER = "order_number"


_RECORDED, _ONE, _WEAK, _UNKNOWN = Sure

_SECTION = '[data-test="@web/AddToCart/FulfillmentSection"]'
_GROUPS = '[data-test="cart-item-groups"]'
_SAVED = '[data-test="sfl-cart-item-list"]'
_ROW = '[data-test="cartItem"]'
_BUTTON, _ITS_BUTTON = "addToCartButtonOrTextIdFor", "#addToCartButtonOrTextIdFor{tcin}"
_STORES = '[data-test="showInStockPrimaryButton"]'
_TILES = '[data-test*="ProductCard"], [data-test*="carousel" i], [data-test*="recommend" i]'
# A product's number ends where its link does, or where a query begins: A-1234567 is not A-12345678.
_ITS_LINK = ':is(a[href$="/A-{tcin}"], a[href*="/A-{tcin}?"], a[href*="/A-{tcin}#"])'
_ITS_ROW = f"{_GROUPS} {_ROW}:has({_ITS_LINK})"

MARKERS: Final[Mapping[MarkerName, Marker]] = {
    MarkerName.CHALLENGE: Marker(_ONE, "2026", ("#px-captcha", '[id^="px-captcha"]')),
    MarkerName.ACCOUNT: Marker(_ONE, "2026", ('[data-test="@web/AccountLink"]',)),
    # It may lag behind.
    MarkerName.CART_LINK: Marker(_ONE, "2026-06", ('[data-test="@web/CartLink"]',)),
    # A panel over the checkout for who is signed out, and the form of the sign-in page.
    MarkerName.SIGN_IN_FORM: Marker(
        _ONE, "2026-06", ('[data-test="@web/auth-components/AuthSignInFlyout"]', "input#username")
    ),
    MarkerName.PASSWORD: Marker(_ONE, "2026", ("input#password", 'input[name="password"]')),
    # The id is kept over redesigns, while data-test varies; the word "Text" in it is right: without stock, or with the
    # product in the cart, it may be no button. Tiles of other products carry such buttons with their own numbers.
    MarkerName.ADD: Marker(
        _RECORDED,
        "2026-08",
        (f"{_SECTION} button{_ITS_BUTTON}:not({_STORES})", f"button{_ITS_BUTTON}:not({_STORES}):not(:is({_TILES}) *)"),
    ),
    MarkerName.ADD_OTHER: Marker(_ONE, "2026-06", (f'{_SECTION} button[id^="{_BUTTON}"]:not({_ITS_BUTTON})',)),
    MarkerName.FIND_STORE: Marker(_ONE, "2026-06", (f"{_SECTION} {_STORES}",)),
    # The chosen one says so in its label: "pickup - selected - 1 of 3".
    MarkerName.CELL_SHIPPING: Marker(_RECORDED, "2026-06", ('button[data-test="fulfillment-cell-shipping"]',)),
    MarkerName.CELL_PICKUP: Marker(_RECORDED, "2026-06", ('button[data-test="fulfillment-cell-pickup"]',)),
    MarkerName.OUT_OF_STOCK: Marker(_ONE, "2026-06", ('[data-test="outOfStockMessage"]',)),
    # Neither says that the product is in the cart: the dialog of a failure may hold the second, too.
    MarkerName.ADDED: Marker(_ONE, "2026-06", ('[data-test*="addToCartSuccess"]',)),
    MarkerName.VIEW_CART: Marker(_ONE, "2026", ('[data-test="addToCartModalViewCartCheckout"]',)),
    MarkerName.DECLINE_COVERAGE: Marker(
        _ONE,
        "2024",
        ('[data-test="espModalContent-declineCoverageButton"]', '[data-test="espDrawerContent-declineCoverageButton"]'),
    ),
    # What is saved for later stands outside of the groups.
    MarkerName.CART_GROUPS: Marker(_ONE, "2026", (_GROUPS,)),
    MarkerName.ROW: Marker(_RECORDED, "2026-08", (f"{_GROUPS} {_ROW}",)),
    MarkerName.QUANTITY: Marker(
        _RECORDED,
        "2026-08",
        (f'{_ITS_ROW} [data-test="cartItem-qty-stepper"]', f'{_ITS_ROW} [data-test="cartItem-qty"]'),
    ),
    MarkerName.REMOVE: Marker(
        _RECORDED,
        "2026-08",
        (f'{_ITS_ROW} [data-test="cartItem-deleteBtn"]', f'{_ITS_ROW} [data-test="cartItem-remove"]'),
    ),
    # The amounts are not to be read before it was opened.
    MarkerName.SUMMARY: Marker(_RECORDED, "2026-08", ('button:has([data-test="cart-order-summary"])',)),
    MarkerName.SUBTOTAL: Marker(
        _RECORDED, "2026-08", ('[data-test="cart-summary-subTotal"]', Beside(r"subtotal( \([0-9]+ items?\))?:?"))
    ),
    MarkerName.CHECKOUT: Marker(_RECORDED, "2026-08", ('[data-test="checkout-button"]',)),
    MarkerName.EMPTY_CART: Marker(_WEAK, "2022", ('[data-test="boxEmptyMsg"]',)),
    MarkerName.SAVE_AND_CONTINUE: Marker(_ONE, "2026", ('[data-test="save-and-continue-button"]',)),
    MarkerName.CVV: Marker(_ONE, "2026", ("#enter-cvv", 'input[name="cvv"]', "#creditCardInput-cvv")),
    MarkerName.CARD_NUMBER: Marker(_WEAK, "2022", ("#creditCardInput-cardNumber",)),
    MarkerName.TOTAL: Marker(
        _WEAK, "2022", ('[data-test="cart-summary-total"]', Beside(r"(estimated |order )?total:?"))
    ),
    # It says "Place order" or "Place your order". There is no fallback: what orders has to be known.
    MarkerName.PLACE_ORDER: Marker(_RECORDED, "2026-08", ('[data-test="placeOrderButton"]',)),
    MarkerName.ORDER_NUMBER: Marker(_ONE, "2026", ('[data-test="order-number"]',)),
}


class Phrase(StrEnum):
    """The names of the texts."""

    CHALLENGE = "challenge"
    PASSWORD = "password"  # noqa: S105  what the page asks for
    CVV = "cvv"
    PIN = "pin"
    ADDRESS = "address"
    PAYMENT = "payment"
    NOT_ADDED = "not_added"
    BUSY = "busy"
    QUEUE = "queue"
    LIMIT = "limit"
    OUT_OF_STOCK = "out_of_stock"
    GONE_FROM_CART = "gone_from_cart"
    VARIATIONS = "variations"
    #: Somebody is named as its seller, and that it is the shop itself.
    SOLD_BY = "sold_by"
    SOLD_BY_SHOP = "sold_by_shop"
    ADD_ON = "add_on"
    SHIP_TO = "ship_to"
    EMPTY_CART = "empty_cart"
    IS_SHIPPED = "is_shipped"
    IS_PICKED_UP = "is_picked_up"
    THANKS = "thanks"


@dataclass(frozen=True, slots=True)
class Text:
    """Words by which a page says something; any of them does."""

    sure: Sure
    #: In lower case, with single spaces and straight quotes.
    phrases: tuple[str, ...]
    #: Only what stands in here counts; None: anywhere but in tiles of other products and in what is saved for later.
    within: str | None = None


TEXTS: Final[Mapping[Phrase, Text]] = {
    Phrase.CHALLENGE: Text(_ONE, ("press & hold to confirm", "press and hold to confirm")),
    Phrase.PASSWORD: Text(_ONE, ("enter your password",)),
    Phrase.CVV: Text(_WEAK, ("enter cvv", "enter your cvv", "enter the cvv", "confirm your cvv")),
    Phrase.PIN: Text(_ONE, ("confirm your pin", "enter your pin")),
    Phrase.ADDRESS: Text(
        _WEAK, ("verify your address", "confirm your address", "verify your shipping address", "add a shipping address")
    ),
    Phrase.PAYMENT: Text(_UNKNOWN, ("add a payment method", "select a payment method", "choose a payment method")),
    Phrase.NOT_ADDED: Text(_ONE, ("item not added to cart", "items not added to cart", "not added to your cart")),
    Phrase.BUSY: Text(
        _ONE,
        (
            "busier than expected",
            "temporary issue",
            "limiting how many guests",
            "high-demand item in your cart",
            "a popular item in your cart is causing a delay",
            "checkout is busy right now",
        ),
    ),
    Phrase.QUEUE: Text(_UNKNOWN, ("you're in line", "you are in line")),
    # Not "limit 2 per guest", which is said of what can well be bought.
    Phrase.LIMIT: Text(
        _WEAK,
        (
            "reached the purchase limit",
            "exceeds the purchase limit",
            "exceeded the purchase limit",
            "maximum purchase limit",
        ),
    ),
    Phrase.OUT_OF_STOCK: Text(_RECORDED, ("out of stock", "sold out"), _SECTION),
    Phrase.GONE_FROM_CART: Text(_WEAK, ("out of stock", "sold out", "no longer available"), _GROUPS),
    Phrase.VARIATIONS: Text(_WEAK, ("choose options", "select a size", "select a color", "select an option"), _SECTION),
    Phrase.SOLD_BY: Text(_ONE, ("sold & shipped by", "sold and shipped by")),
    Phrase.SOLD_BY_SHOP: Text(_WEAK, ("sold & shipped by target", "sold and shipped by target")),
    Phrase.ADD_ON: Text(_WEAK, ("ships with $", "only ships with", "add-on item"), _GROUPS),
    Phrase.SHIP_TO: Text(_ONE, ("ship to ",), _SECTION),
    Phrase.EMPTY_CART: Text(_ONE, ("your cart is empty", "there are no items in your cart")),
    Phrase.IS_SHIPPED: Text(_UNKNOWN, ("ship to", "shipping to", "deliver to", "delivering to", "arrives by")),
    Phrase.IS_PICKED_UP: Text(_UNKNOWN, ("pick up at", "picking up at", "pickup at", "ready for pickup")),
    Phrase.THANKS: Text(
        _ONE,
        (
            "thanks for your order",
            "thank you for your order",
            "your order has been placed",
            "we received your order",
        ),
    ),
}

# ---- what the markers themselves say

#: In the page's head, where somebody is signed in, and where nobody is.
GREETING: Final = re.compile(r"\s*hi\b", re.IGNORECASE)
ASKS_TO_SIGN_IN: Final = re.compile(r"\bsign in\b", re.IGNORECASE)
#: In the label of the way that is chosen; the others say "not selected".
SELECTED: Final = re.compile(r"(?<!\bnot )\bselected\b", re.IGNORECASE)
#: In the label of the cart's link.
THINGS_IN_CART: Final = re.compile(r"\b([0-9]{1,3}) items?\b", re.IGNORECASE)

#: Tiles and shelves of other products: what they say is not said of ours.
IGNORED: Final = f"{_TILES}, {_SAVED}"
DIALOGS: Final = '[role="dialog"], [role="alertdialog"], [aria-modal="true"], dialog[open]'

# ---- addresses


class PageKind(StrEnum):
    """What a page is, by its address."""

    PRODUCT = "product"
    CART = "cart"
    CHECKOUT = "checkout"
    CONFIRMATION = "confirmation"
    SIGN_IN = "sign_in"
    ORDERS = "orders"
    OTHER = "other"


#: The first that matches the path.
PATHS: Final = (
    (PageKind.CONFIRMATION, re.compile(r"/order-confirmation|^/checkout/confirmation|^/co-thankyou")),
    (PageKind.SIGN_IN, re.compile(r"^/(login|signin|co-login|account/sign-?in)\b")),
    (PageKind.CHECKOUT, re.compile(r"^/(checkout|co-)(?!cart)")),
    (PageKind.CART, re.compile(r"^/(co-)?cart\b")),
    (PageKind.ORDERS, re.compile(r"^/(account/)?orders\b")),
    (PageKind.PRODUCT, re.compile(r"^/p/")),
)
CART, ORDERS, SIGN_IN = "/cart", "/orders", "/login"
_TCIN_IN_LINK = r"/A-([0-9]{6,10})(?![0-9])"
_PRESELECTED, _ORDER = "preselect", "orderId"


def kind_of(address: str) -> PageKind:
    path = urlsplit(address).path
    return next((kind for kind, pattern in PATHS if pattern.search(path)), PageKind.OTHER)


def product_address(tcin: Tcin) -> str:
    return f"/p/-/A-{tcin}"


def product_of(address: str) -> str | None:
    """The product that a page is of: of a parent's, the variation that its address chooses."""
    parts = urlsplit(address)
    chosen = parse_qs(parts.query).get(_PRESELECTED)
    if chosen:
        return chosen[0]
    number = re.search(_TCIN_IN_LINK, parts.path)
    return None if number is None else number[1]


def order_of(address: str) -> str | None:
    """The number of the order that the address of a confirmation names."""
    numbers = parse_qs(urlsplit(address).query).get(_ORDER) if kind_of(address) is PageKind.CONFIRMATION else None
    return numbers[0] if numbers and re.fullmatch(ORDER_NUMBER, numbers[0]) else None


#: Fifteen digits, where it was seen.
ORDER_NUMBER: Final = r"[0-9]{9,18}"


def find_order_number(text: str) -> str | None:
    number = re.search(rf"(?<![0-9]){ORDER_NUMBER}(?![0-9])", text)
    return None if number is None else number[0]


# ---- the calls that the pages make

_CALLS: Final = (
    (Call.CART_ITEMS, re.compile(r"/web_checkouts/v1/cart_items(/[^/]+)?/?$")),
    (Call.CART, re.compile(r"/web_checkouts/v1/(cart|cart_views)/?$")),
    (Call.PRE_CHECKOUT, re.compile(r"/web_checkouts/v1/pre_checkout/?$")),
    (Call.CHECKOUT, re.compile(r"/web_checkouts/v1/checkout/?$")),
    (Call.ORDERS, re.compile(r"/(guest_order_aggregations/v1/order_history|post_orders/v1/orders/history)/?$")),
)
#: A refusal's word may stand here, with an empty body; several stand with commas between.
ERROR_HEADER: Final = "tgt-cart-error-key"


def call_of(url: str) -> Call | None:
    """What a call is about; None where it tells nothing of buying."""
    path = urlsplit(url).path
    return next((call for call, pattern in _CALLS if pattern.search(path)), None)


# ---- what observe.js is told


def selector(mark: str, number: int, tcin: Tcin) -> str:
    """The selector of that number, for a click; a marker without selectors of its own can't be clicked."""
    css = MARKERS[MarkerName(mark)].selectors[number]
    if isinstance(css, Beside):
        raise TypeError(f"{mark} is read beside its words")
    return css.replace("{tcin}", tcin)


def configuration(tcin: Tcin) -> dict[str, object]:
    """What to look for where this product is wanted, as plain JSON."""
    return {
        "markers": {mark.value: [_plain(one, tcin) for one in marker.selectors] for mark, marker in MARKERS.items()},
        "texts": {
            name.value: {"phrases": list(text.phrases), "within": text.within or ""} for name, text in TEXTS.items()
        },
        "dialogs": DIALOGS,
        "ignored": IGNORED,
        "rows": [one for one in MARKERS[MarkerName.ROW].selectors if isinstance(one, str)],
        "saved": f"{_SAVED} {_ROW}",
        "row": {
            "link": 'a[href*="/A-"]',
            "tcin": _TCIN_IN_LINK,
            "title": '[data-test="cartItem-title"]',
            "quantity": '[data-test="cartItem-qty-stepper"], [data-test="cartItem-qty"]',
            "seller": r"sold (?:&|and) shipped by\s+([^\n]{1,80})",
        },
    }


def _plain(one: str | Beside, tcin: Tcin) -> dict[str, str]:
    return {"beside": one.words} if isinstance(one, Beside) else {"css": one.replace("{tcin}", tcin)}
