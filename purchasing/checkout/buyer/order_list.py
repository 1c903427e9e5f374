"""The shop's list of the owner's orders, as its own page loads it, and which of them an attempt placed."""

import contextlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

import msgspec

from purchasing.errors import OrdersUnreadable
from purchasing.model import Attempt, Receipt, Step

#: How far the shop's clock may differ from ours, beyond what its answer tells.
CLOCKS_DIFFER = timedelta(seconds=5)
#: No order is listed later than this after it was placed.
LISTED_LATE = timedelta(minutes=3)
#: So long after an attempt was settled as refused, with its product out of the cart, no order is of it any more.
SETTLED_FOR_GOOD = timedelta(minutes=5)


class _ListedItem(msgspec.Struct):
    tcin: str | int | None = None


class _ListedLine(msgspec.Struct):
    item: _ListedItem | None = None
    quantity: float | str | None = None


class _ListedSummary(msgspec.Struct):
    grand_total: float | str | None = None


class _ListedOrder(msgspec.Struct):
    order_number: str | int
    placed_date: datetime
    order_lines: list[_ListedLine] | None = None
    summary: _ListedSummary | None = None


class _ListBody(msgspec.Struct):
    orders: list[_ListedOrder]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedOrder:
    """One order of the list; a cancelled one too."""

    number: str
    placed_at: datetime
    #: Each product with how many of it; None where the list does not tell.
    lines: tuple[tuple[str | None, int | None], ...]
    total: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderList:
    """One good reading; the newest orders, not all there ever were."""

    orders: tuple[PlacedOrder, ...]
    #: By how much the shop's clock is ahead of ours.
    ahead: timedelta = timedelta(0)
    #: Every part of it that the page asked for came.
    is_whole: bool = True

    @property
    def numbers(self) -> tuple[str, ...]:
        return tuple(order.number for order in self.orders)


def read_order_list(body: bytes, *, shop_time: datetime | None, at: datetime) -> OrderList:
    """`shop_time` is the time that the answer itself bears, `at` when it came.

    Raises:
        OrdersUnreadable: it is not such a list.
    """
    try:
        parsed = msgspec.json.decode(body, type=_ListBody)
        orders = tuple(_order(one) for one in parsed.orders)
    except msgspec.MsgspecError as error:
        raise OrdersUnreadable(f"the order list is not as it was: {error}") from error
    if any(order.placed_at.tzinfo is None for order in orders):
        raise OrdersUnreadable("the order list does not tell in which zone its times are")
    return OrderList(orders=orders, ahead=timedelta(0) if shop_time is None else shop_time - at)


def join_lists(parts: Sequence[OrderList], *, is_whole: bool) -> OrderList:
    """One list of its parts, as the page loads those of the web and of the stores, or one page after another.

    Where the parts differ about the shop's clock, more orders count as placed since rather than fewer.
    """
    orders = tuple(order for part in parts for order in part.orders)
    return OrderList(orders=orders, ahead=min(part.ahead for part in parts), is_whole=is_whole)


def _order(order: _ListedOrder) -> PlacedOrder:
    total = None if order.summary is None else order.summary.grand_total
    return PlacedOrder(
        number=str(order.order_number),
        placed_at=order.placed_date,
        lines=tuple((_tcin(line), _count(line)) for line in order.order_lines or ()),
        total=_amount(total),
    )


def _tcin(line: _ListedLine) -> str | None:
    return None if line.item is None or line.item.tcin is None else str(line.item.tcin)


def _count(line: _ListedLine) -> int | None:
    with contextlib.suppress(ValueError):
        count = float(line.quantity or 0)
        return int(count) if count >= 1 and count.is_integer() else None
    return None


def _amount(total: float | str | None) -> Decimal | None:
    """None where it can't be read, too: an order is one without its total."""
    with contextlib.suppress(ArithmeticError):
        amount = Decimal(str(total).replace("$", "").replace(",", ""))
        return amount if amount.is_finite() else None
    return None


def find_order(listing: OrderList, attempt: Attempt) -> Receipt | None:
    """The order that this attempt placed; None where certainly none of the list is it.

    It is one whose number was not there before the button, placed since the attempt began, of this product and
    quantity. An order of other products, or one placed before, is somebody's own.

    Raises:
        OrdersUnreadable: the list can't tell.
    """
    if not listing.orders:
        raise OrdersUnreadable("the order list is empty, which tells nothing")
    _, unknown = _parted(listing, attempt)
    since = [order for order in unknown if _may_be_placed_by(order, attempt, ahead=listing.ahead)]
    ours = {order.number: order for order in since if _is_of(order, attempt)}
    if len(ours) > 1:
        raise OrdersUnreadable(f"{_named(ours.values())} may both be of this attempt")
    if ours:
        (order,) = ours.values()
        return Receipt(order_number=order.number, total=order.total)
    if doubtful := [order for order in since if _may_be_of(order, attempt)]:
        raise OrdersUnreadable(f"{_named(doubtful)} was placed since and may be of this attempt")
    if not listing.is_whole:
        raise OrdersUnreadable("a part of the order list did not come")
    if attempt.step is Step.UNCONFIRMED:
        _check_no(listing, attempt)
    return None


def _parted(listing: OrderList, attempt: Attempt) -> tuple[list[PlacedOrder], list[PlacedOrder]]:
    """Those that were there before the button, and those that were not."""
    before = frozenset(attempt.orders_before or ())
    known = [order for order in listing.orders if order.number in before]
    return known, [order for order in listing.orders if order.number not in before]


def _may_be_placed_by(order: PlacedOrder, attempt: Attempt, *, ahead: timedelta) -> bool:
    if order.placed_at < attempt.opened_at + ahead - CLOCKS_DIFFER:
        return False
    return attempt.step is not Step.REFUSED or order.placed_at <= attempt.moved_at + ahead + SETTLED_FOR_GOOD


def _check_no(listing: OrderList, attempt: Attempt) -> None:
    """A no must not rest on a list, or on times, that can't be believed.

    Raises:
        OrdersUnreadable: an order of it may be missing in the list, or may look older than it is.
    """
    known, unknown = _parted(listing, attempt)
    if not known and attempt.orders_before != ():
        # As of an old backup whose order has left the list, or as another account's.
        raise OrdersUnreadable("the order list does not reach back to before the attempt: none of it was there then")
    # It should have been there before the button, so that its time, or ours, is wrong or not as exact as was thought.
    listed_by = attempt.opened_at + listing.ahead - LISTED_LATE
    newest = max((order.placed_at for order in known), default=None)
    odd = [
        order
        for order in unknown
        if order.placed_at < listed_by and (newest is None or order.placed_at >= newest) and _may_be_of(order, attempt)
    ]
    if odd:
        raise OrdersUnreadable(f"{_named(odd)} was not there before the button, though it says that it is older")


def _is_of(order: PlacedOrder, attempt: Attempt) -> bool:
    if not order.lines or any(tcin != attempt.tcin for tcin, _ in order.lines):
        return False
    counts = [quantity for _, quantity in order.lines]
    return None in counts or sum(count or 0 for count in counts) == attempt.quantity


def _may_be_of(order: PlacedOrder, attempt: Attempt) -> bool:
    """Nothing tells that it is of other products alone."""
    return not order.lines or any(tcin in {None, attempt.tcin} for tcin, _ in order.lines)


def _named(orders: Iterable[PlacedOrder]) -> str:
    return "order " + " and ".join(order.number for order in orders)
