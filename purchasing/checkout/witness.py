"""What the page's own calls to the shop tell. They are only overheard; nothing is ever sent by us.

Bodies come from outside. What is broken, missing or of another type tells nothing, and hides nothing beside it.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from http import HTTPStatus
from typing import Final, TypeVar

import msgspec

from config.products import Channel, Tcin
from purchasing.checkout.model import Answer, Call, Ending, Need, Ordered
from purchasing.checkout.pages import ERROR_HEADER, ORDER_NUMBER, call_of

# ---- the shape of the answers, as much as is read


class _Lenient(msgspec.Struct, frozen=True):
    """A part of an answer whose fields are raw: each is read by itself, so that a bad one hides none beside it."""


class _CartAnswer(_Lenient, frozen=True):
    code: msgspec.Raw = msgspec.Raw()
    alerts: msgspec.Raw = msgspec.Raw()
    errors: msgspec.Raw = msgspec.Raw()
    orders: msgspec.Raw = msgspec.Raw()
    order_id: msgspec.Raw = msgspec.Raw()
    cart_items: msgspec.Raw = msgspec.Raw()
    summary: msgspec.Raw = msgspec.Raw()
    #: Where a cart or an order stands within another answer.
    cart: msgspec.Raw = msgspec.Raw()


class _Coded(_Lenient, frozen=True):
    code: msgspec.Raw = msgspec.Raw()
    key: msgspec.Raw = msgspec.Raw()


class _Order(_Lenient, frozen=True):
    order_id: msgspec.Raw = msgspec.Raw()
    order_number: msgspec.Raw = msgspec.Raw()


class _Fulfillment(_Lenient, frozen=True):
    type: msgspec.Raw = msgspec.Raw()


class _CartLine(_Lenient, frozen=True):
    tcin: msgspec.Raw = msgspec.Raw()
    quantity: msgspec.Raw = msgspec.Raw()
    fulfillment: msgspec.Raw = msgspec.Raw()
    fulfillment_type: msgspec.Raw = msgspec.Raw()


class _Summary(_Lenient, frozen=True):
    grand_total: msgspec.Raw = msgspec.Raw()
    total: msgspec.Raw = msgspec.Raw()
    total_product_amount: msgspec.Raw = msgspec.Raw()
    sub_total: msgspec.Raw = msgspec.Raw()


_CHANNELS: Final = {
    "SHIP": Channel.SHIPPING,
    "SHIPPING": Channel.SHIPPING,
    "SHIP_TO_HOME": Channel.SHIPPING,
    "PICKUP": Channel.PICKUP,
    "ORDER_PICKUP": Channel.PICKUP,
    "STORE_PICKUP": Channel.PICKUP,
}
_TCIN, _COUNTS = re.compile(r"[0-9]{6,10}"), range(1, 1000)
_WORD = re.compile(r"[A-Z][A-Z0-9_]{2,80}")
#: No answer of a cart is larger.
_LONGEST = 2**22
_MOST = 500

T = TypeVar("T")


def read_answer(
    method: str,
    url: str,
    status: int | None = None,
    headers: Mapping[str, str] | None = None,
    body: bytes = b"",
    *,
    broke: bool = False,
) -> Answer | None:
    """What one call tells, also while it is under way and where it broke; None where it is not about buying."""
    call = call_of(url)
    if call is None or method not in ("GET", "POST", "PUT", "DELETE"):
        return None
    if status is None:
        return Answer(call=call, method=method, broke=broke)
    answered = _read(_CartAnswer, body) or _CartAnswer()
    # A cart may stand within another answer.
    cart = _read(_CartAnswer, answered.cart) or _CartAnswer()
    summary = _read(_Summary, answered.summary) or _read(_Summary, cart.summary) or _Summary()
    lines = _read_lines(answered.cart_items)
    if lines is None:
        lines = _read_lines(cart.cart_items)
    if lines is None and call is Call.CART and status == HTTPStatus.NO_CONTENT:
        lines = ()
    good = status < HTTPStatus.BAD_REQUEST
    return Answer(
        call=call,
        method=method,
        status=status,
        broke=broke,
        code=_find_code(answered, headers or {}),
        orders=_find_orders(answered) if good and (call, method) == (Call.CHECKOUT, "POST") else (),
        items=_count(lines) if good and lines is not None else None,
        total=_first_amount(summary.grand_total, summary.total),
        subtotal=_first_amount(summary.total_product_amount, summary.sub_total),
        channel=_one_channel(lines or ()),
    )


def _read(kind: type[T], raw: bytes | msgspec.Raw) -> T | None:
    if not 0 < len(memoryview(raw)) <= _LONGEST:
        return None
    try:
        return msgspec.json.decode(raw, type=kind)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None


def _read_list(kind: type[T], raw: msgspec.Raw) -> tuple[T, ...]:
    parts = _read(tuple[msgspec.Raw, ...], raw) or ()
    return tuple(one for part in parts[:_MOST] if (one := _read(kind, part)) is not None)


def _read_number(raw: msgspec.Raw) -> str | None:
    """The number of an order or a product, which is written as text or as a number."""
    text, number = _read(str, raw), _read(int, raw)
    return text if number is None else str(number)


# ---- what is wrong


def _find_code(body: _CartAnswer, headers: Mapping[str, str]) -> str | None:
    """The first word from the body, else from the header, where several stand with commas between."""
    listed = (one for part in (body.alerts, body.errors) for one in _read_list(_Coded, part))
    words = (_read(str, raw) for one in listed for raw in (one.code, one.key))
    header = next((value for name, value in headers.items() if name.lower() == ERROR_HEADER), "")
    candidates = (_read(str, body.code), *words, *header.split(","))
    return next((word.strip() for word in candidates if word and _WORD.fullmatch(word.strip())), None)


def _find_orders(body: _CartAnswer) -> tuple[str, ...]:
    listed = (one for one in _read_list(_Order, body.orders))
    raw = (body.order_id, *(number for one in listed for number in (one.order_id, one.order_number)))
    numbers = map(_read_number, raw)
    return tuple(dict.fromkeys(one for one in numbers if one is not None and re.fullmatch(ORDER_NUMBER, one)))


# ---- what the cart holds


def _read_lines(raw: msgspec.Raw) -> tuple[_CartLine, ...] | None:
    """None where no list is told, and where one of its lines can't be read: what it holds is then not known."""
    parts = _read(tuple[msgspec.Raw, ...], raw)
    if parts is None or len(parts) > _MOST:
        return None
    lines = tuple(one for part in parts if (one := _read(_CartLine, part)) is not None)
    return lines if len(lines) == len(parts) and all(_is_whole(line) for line in lines) else None


def _is_whole(line: _CartLine) -> bool:
    tcin = _read_number(line.tcin)
    return tcin is not None and _TCIN.fullmatch(tcin) is not None and _read(int, line.quantity) in _COUNTS


def _count(lines: Iterable[_CartLine]) -> dict[Tcin, int]:
    counts: Counter[Tcin] = Counter()
    for line in lines:
        counts[Tcin(_read_number(line.tcin) or "")] += _read(int, line.quantity) or 0
    return dict(counts)


def _one_channel(lines: Iterable[_CartLine]) -> Channel | None:
    channels = {_channel_of(line) for line in lines}
    return channels.pop() if len(channels) == 1 else None


def _channel_of(line: _CartLine) -> Channel | None:
    within = _read(_Fulfillment, line.fulfillment) or _Fulfillment()
    words = (_read(str, within.type), _read(str, line.fulfillment_type))
    return next((_CHANNELS[word] for word in words if word in _CHANNELS), None)


def _first_amount(*raws: msgspec.Raw) -> Decimal | None:
    return next((amount for raw in raws if (amount := _amount(raw)) is not None), None)


def _amount(raw: msgspec.Raw) -> Decimal | None:
    number = _read(Decimal, raw)
    text = _read(str, raw) if number is None else None
    try:
        amount = number if text is None else Decimal(text.removeprefix("$").replace(",", ""))
    except InvalidOperation:
        return None
    return amount if amount is not None and amount.is_finite() and 0 <= amount < 10**6 else None


# ---- what the words mean

#: Why something can't be put into the cart, or the cart not be checked out.
ENDINGS: Final[Mapping[str, Ending]] = {
    "INVENTORY_UNAVAILABLE": Ending.OUT_OF_STOCK,
    "INVENTORY_NOT_AVAILABLE": Ending.OUT_OF_STOCK,
    "ITEM_NOT_READY_FOR_LAUNCH": Ending.OUT_OF_STOCK,
    "RESERVATION_FAILURE": Ending.OUT_OF_STOCK,
    "MAX_PURCHASE_LIMIT_EXCEEDED": Ending.LIMIT,
    "DCO_RATE_LIMITED": Ending.THROTTLED,
    "ERR_A2C_TCIN_RATE_LIMITED": Ending.THROTTLED,
    "FAST_SELLING": Ending.THROTTLED,
    "CART_LOCKED": Ending.BUSY,
    "DEPENDENT_SERVICE_ERROR": Ending.BUSY,
    "ERR_UNAUTHORIZED": Ending.SIGN_IN,
    "MISSING_CREDIT_CARD_CVV": Ending.OWNER_NEEDED,
    "PAYMENT_DECLINED_EXCEPTION": Ending.OWNER_NEEDED,
    "MISSING_OR_INVALID_PAYMENT_DETAILS": Ending.OWNER_NEEDED,
}
#: The same by the answer's number, where no word of the above stands in it.
ENDINGS_BY_STATUS: Final[Mapping[int, Ending]] = {
    HTTPStatus.UNAUTHORIZED: Ending.SIGN_IN,
    HTTPStatus.FORBIDDEN: Ending.OWNER_NEEDED,
    HTTPStatus.FAILED_DEPENDENCY: Ending.OUT_OF_STOCK,
    HTTPStatus.TOO_MANY_REQUESTS: Ending.THROTTLED,
}
NEEDS: Final[Mapping[str, Need]] = {
    "MISSING_CREDIT_CARD_CVV": Need.CVV,
    "PAYMENT_DECLINED_EXCEPTION": Need.PAYMENT,
    "MISSING_OR_INVALID_PAYMENT_DETAILS": Need.PAYMENT,
}

#: A clear no to an order. Not a locked cart, which a try before it may have locked, and not a cart without it, which a
#: try before it may have emptied: a browser sends a call again by itself whose connection broke.
_CLEAR: Final = frozenset(
    {
        "INVENTORY_UNAVAILABLE",
        "MAX_PURCHASE_LIMIT_EXCEEDED",
        "DCO_RATE_LIMITED",
        "FAST_SELLING",
        "MISSING_CREDIT_CARD_CVV",
        "PAYMENT_DECLINED_EXCEPTION",
        "MISSING_OR_INVALID_PAYMENT_DETAILS",
    }
)


def is_good(answer: Answer) -> bool:
    return answer.status is not None and answer.status < HTTPStatus.BAD_REQUEST


def is_under_way(answer: Answer) -> bool:
    return answer.status is None and not answer.broke


def is_refused(answer: Answer) -> bool:
    """The shop said no, whatever the reason; a fault of its own is none."""
    return answer.status is not None and HTTPStatus.BAD_REQUEST <= answer.status < HTTPStatus.INTERNAL_SERVER_ERROR


def is_fault_of_shop(answer: Answer) -> bool:
    return answer.status is not None and answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR


def ending_of(answer: Answer) -> Ending | None:
    """Why a refused call of the cart or the checkout was refused, as far as it tells."""
    return ENDINGS.get(answer.code or "") or ENDINGS_BY_STATUS.get(answer.status or 0)


def find_order(calls: Iterable[Answer]) -> Ordered | None:
    """The order that an answer says was placed."""
    return next((Ordered(order_number=one.orders[0], total=one.total) for one in calls if one.orders), None)


def find_refusal(calls: Iterable[Answer], tcin: Tcin) -> str | None:
    """The shop's word, if it clearly refused *every* try of the press; None where one of them may have ordered.

    A try without an answer, with a fault of the shop (5xx), or with a word that is not known to be a refusal is in
    doubt. So is all after which the cart is known not to hold the product any more: it may have been ordered. Where no
    call told of the cart since, whoever asks has to look whether the cart holds it still.
    """
    heard = tuple(calls)
    tries = [number for number, one in enumerate(heard) if one.call is Call.CHECKOUT and one.method == "POST"]
    if not tries or any(one.items is not None and tcin not in one.items for one in heard[tries[0] :]):
        return None
    return heard[tries[-1]].code if all(_is_clear(heard[number]) for number in tries) else None


def _is_clear(answer: Answer) -> bool:
    return is_refused(answer) and answer.code in _CLEAR
