"""The till of the practice shop: cart, orders, and a count of all that is done there."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Final

from sandbox.clock import clock
from sandbox.shop.account import Account
from sandbox.shop.cart import Cart, Line
from sandbox.shop.item import ORDERABLE, Item

TAX: Final = Decimal("0.06")
_CENT = Decimal("0.01")
#: Of what is only told in the cart.
_UNKNOWN_PRICE = Decimal("19.99")

#: What the tiles beside a product show where the shelf has too little: always to be had, and never what was wanted.
TILES: Final = tuple(
    Item(tcin=tcin, title=title, price=price, shipping="IN_STOCK")
    for tcin, title, price in (
        ("80000101", "Paperfold Lantern Kit", "12.00"),
        ("80000102", "Marble Run Starter 60pc", "34.99"),
        ("80000103", "Wooden Tea Set", "27.50"),
        ("80000104", "Star Projector Night Light", "22.00"),
        ("80000105", "Card Sleeves Matte 100ct", "9.49"),
        ("80000106", "Dice Tower, Walnut", "41.00"),
    )
)


class Declined(Exception):
    """The shop says no."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status = status
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class Sold:
    """One line of an order."""

    tcin: str
    title: str
    quantity: int
    #: Of one piece.
    price: Decimal
    channel: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedOrder:
    """An order that was placed in a browser."""

    number: str
    lines: tuple[Sold, ...]
    placed_at: datetime
    #: With tax.
    total: Decimal
    cancelled: bool = False

    @property
    def items(self) -> dict[str, int]:
        """How many of each product."""
        counted: Counter[str] = Counter()
        for line in self.lines:
            counted[line.tcin] += line.quantity
        return dict(counted)


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    subtotal: Decimal
    taxes: Decimal

    @property
    def total(self) -> Decimal:
        return self.subtotal + self.taxes


class Till:
    """Whatever is read of it may be read at any time, and what is put into its carts holds from the next call on."""

    def __init__(self, items: dict[str, Item]) -> None:
        #: The shelf of the store, and the tiles.
        self._items = items
        self._tiles = {item.tcin: item for item in TILES}
        self.account = Account()
        self.cart = Cart()
        self.saved = Cart()
        self.orders: list[PlacedOrder] = []
        #: How many calls wanted to put something into the cart, well or not.
        self.adds = 0
        #: How many calls wanted to place an order; a browser may send one several times for one click.
        self.presses = 0
        #: Clicks by the mark of what was clicked, as the pages tell them.
        self.clicks: Counter[str] = Counter()
        #: The fields for secrets into which something was typed.
        self.typed: Counter[str] = Counter()
        #: The products of the owner's own that were thrown out, and how many of each.
        self.lost: Counter[str] = Counter()
        #: Other names for marks and texts of the pages.
        self.renamed: dict[str, str] = {}
        #: Milliseconds until a page's script begins to build it.
        self.build_ms = 150
        #: Somebody is at the checkout.
        self._checking_out = False
        #: The cart was written meanwhile, so that the order wants the card's number again.
        self._wants_cvv = False

    # -- what there is ------------------------------------------------------------------------------------------------

    def item(self, tcin: str) -> Item | None:
        return self._items.get(tcin) or self._tiles.get(tcin)

    def price(self, line: Line) -> Decimal:
        """Of one piece, as of now."""
        item = self.item(line.tcin)
        return _UNKNOWN_PRICE if item is None else _amount(item)

    def totals(self) -> Totals:
        subtotal = sum((self.price(line) * line.quantity for line in self.cart), Decimal(0))
        return Totals(subtotal=subtotal, taxes=(subtotal * TAX).quantize(_CENT, ROUND_HALF_UP))

    def own_in(self, cart: Cart, things: Mapping[str, int]) -> None:
        """The owner puts things of their own into the cart or the list of what is saved."""
        for tcin, quantity in things.items():
            cart.put(tcin, quantity, own=quantity)

    # -- what is done -------------------------------------------------------------------------------------------------

    def add(self, tcin: str, quantity: int, channel: str) -> Line:
        """Put it into the cart.

        Raises:
            Declined: it is not to be had, or not so many.
        """
        item = self.item(tcin)
        if item is None or quantity < 1:
            raise Declined(400, "INVALID_TCIN")
        self._check(item, quantity + self.cart.holds.get(tcin, 0), channel)
        return self.cart.put(tcin, quantity, channel=channel)

    def set_quantity(self, line: Line, quantity: int) -> None:
        """Take so many of it.

        Raises:
            Declined: there are not so many.
        """
        if quantity > line.quantity:
            item = self.item(line.tcin)
            assert item is not None  # noqa: S101  what lies in the cart was on the shelf
            self._check(item, quantity, line.channel)
        line.quantity = quantity
        self._lose(line, line.own - quantity)

    def take_out(self, line: Line, cart: Cart) -> None:
        cart.lines.remove(line)
        self._lose(line, line.own)

    def write_cart(self) -> None:
        """The page of the cart was loaded, and wrote its addresses to the cart."""
        self._wants_cvv = self._checking_out

    def begin_checkout(self) -> None:
        """Go to the checkout.

        Raises:
            Declined: there is nothing to check out.
        """
        if not self.cart.lines:
            raise Declined(400, "EMPTY_CART")
        self._checking_out, self._wants_cvv = True, False

    def place(self) -> PlacedOrder:
        """Sell what lies in the cart.

        Raises:
            Declined: it is not sold; nothing is ordered.
        """
        if not self.cart.lines:
            raise Declined(400, "EMPTY_CART_FOR_ORDER_SUBMIT")
        if self._wants_cvv:
            raise Declined(400, "MISSING_CREDIT_CARD_CVV")
        for line in self.cart:
            if (item := self.item(line.tcin)) is not None:
                self._check(item, line.quantity, line.channel)
        order = self._order(self.cart, self.totals().total)
        self.cart.lines.clear()
        self._checking_out = False
        self.orders.append(order)
        return order

    def _order(self, lines: Iterable[Line], total: Decimal) -> PlacedOrder:
        sold = tuple(
            Sold(
                tcin=line.tcin,
                title=item.title if (item := self.item(line.tcin)) else "",
                quantity=line.quantity,
                price=self.price(line),
                channel=line.channel,
            )
            for line in lines
        )
        for line in sold:
            if line.tcin in self._items:
                self._items[line.tcin] = self._items[line.tcin].less(line.quantity)
        number = f"{902000000000000 + 7919 * (len(self.orders) + 1)}"
        return PlacedOrder(number=number, lines=sold, placed_at=clock().replace(microsecond=0), total=total)

    def cancel(self, order: PlacedOrder) -> None:
        """The shop calls an order off that it took."""
        self.orders[self.orders.index(order)] = replace(order, cancelled=True)

    def _check(self, item: Item, quantity: int, channel: str) -> None:
        if item.purchase_limit is not None and quantity > item.purchase_limit:
            raise Declined(400, "MAX_PURCHASE_LIMIT_EXCEEDED")
        word = item.pickup if channel == "pickup" else item.shipping
        if word not in ORDERABLE or not item.has(quantity):
            raise Declined(424, "INVENTORY_UNAVAILABLE")

    def _lose(self, line: Line, lost: int) -> None:
        if lost > 0:
            self.lost[line.tcin] += lost
            line.own -= lost


def _amount(item: Item) -> Decimal:
    """Of a range, the lower one."""
    try:
        return Decimal((item.price or "").partition("-")[0])
    except InvalidOperation:
        return _UNKNOWN_PRICE
