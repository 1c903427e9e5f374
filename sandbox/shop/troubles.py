"""Everything that can get in the way of a purchase at the practice shop, each under its name."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Trouble(StrEnum):
    """The first word tells where it happens: on a page, at a call, or before anybody comes."""

    # -- before anybody comes: what `Till.arrange` does, and then leaves to itself
    #: Ours, from an attempt that ended early.
    BEFORE_LEFTOVERS = "before-leftovers"
    BEFORE_OWN_THINGS = "before-own-things"
    #: The owner put the very same product into the cart.
    BEFORE_OWN_SAME = "before-own-same"
    #: The owner saved the very same product for later.
    BEFORE_OWN_SAVED = "before-own-saved"
    #: The owner ordered the very same product two minutes ago.
    BEFORE_OWN_ORDER = "before-own-order"

    # -- the page of the product
    PRODUCT_LATE = "product-late"
    #: The button is drawn anew, hidden, moved or covered in the moment in which it is pressed down on, once.
    PRODUCT_BUTTON_REBUILT = "product-button-rebuilt"
    PRODUCT_BUTTON_HIDDEN = "product-button-hidden"
    PRODUCT_BUTTON_MOVED = "product-button-moved"
    PRODUCT_BUTTON_COVERED = "product-button-covered"
    #: Nothing listens to it.
    PRODUCT_BUTTON_DEAD = "product-button-dead"
    #: "Out of stock" stands in the button's place.
    PRODUCT_SOLD_OUT = "product-sold-out"
    #: The button is disabled, and known by its number alone.
    PRODUCT_SOLD_OUT_DROP = "product-sold-out-drop"
    #: "Ship to 55403" in place of the cells.
    PRODUCT_NO_CELLS = "product-no-cells"
    PRODUCT_MARKETPLACE = "product-marketplace"
    #: The product is a parent: a choice has to be made first.
    PRODUCT_VARIATIONS = "product-variations"
    #: Its address leads to that of its parent, which has it chosen.
    PRODUCT_PRESELECTED = "product-preselected"
    #: The button is that of another variation.
    PRODUCT_OTHER_VARIATION = "product-other-variation"
    #: It is to be had by pickup alone there.
    PRODUCT_PICKUP_ONLY = "product-pickup-only"
    #: Its address leads to the front page.
    PRODUCT_ELSEWHERE = "product-elsewhere"
    #: People wait in line for the page.
    PRODUCT_QUEUE = "product-queue"
    #: In the button's place stands one that leads to a list of stores.
    PRODUCT_FIND_STORE = "product-find-store"
    PRODUCT_UNKNOWN_DIALOG = "product-unknown-dialog"
    PRODUCT_CHALLENGE = "product-challenge"
    PRODUCT_SIGNED_OUT = "product-signed-out"

    # -- the call that puts it into the cart
    ADD_SOLD_OUT = "add-sold-out"
    ADD_LIMIT = "add-limit"
    #: 429 without a body.
    ADD_THROTTLED = "add-throttled"
    ADD_RATE_LIMITED = "add-rate-limited"
    ADD_FAILED = "add-failed"
    ADD_DEMAND_DIALOG = "add-demand-dialog"
    ADD_DEMAND_INLINE = "add-demand-inline"
    ADD_PROTECTION_PLAN = "add-protection-plan"
    #: The dialog is there before it says anything of what was added.
    ADD_DIALOG_LATE = "add-dialog-late"
    #: It is told to be in the cart, and is not.
    ADD_VANISHED = "add-vanished"
    #: It is done, and no try is answered.
    ADD_LOST = "add-lost"
    #: It is not done, and no try is answered.
    ADD_LOST_BEFORE = "add-lost-before"
    #: It is done and the connection cut, so that the browser sends it again, which is done too.
    ADD_REPEATED = "add-repeated"
    ADD_CHALLENGE = "add-challenge"
    ADD_SIGNED_OUT = "add-signed-out"

    # -- the cart
    CART_ADD_ON = "cart-add-on"
    #: Its row says that it is sold out.
    CART_SOLD_OUT = "cart-sold-out"
    #: Its row names another seller, and nothing before did.
    CART_MARKETPLACE = "cart-marketplace"
    #: It is to be picked up, whatever was chosen.
    CART_OTHER_CHANNEL = "cart-other-channel"
    #: However many are asked for, one it is.
    CART_QUANTITY_CAPPED = "cart-quantity-capped"
    #: Half as much again as on the product's page.
    CART_PRICE_RAISED = "cart-price-raised"
    CART_DEMAND_DIALOG = "cart-demand-dialog"
    CART_DEMAND_INLINE = "cart-demand-inline"
    CART_UNKNOWN_DIALOG = "cart-unknown-dialog"
    CART_CHALLENGE = "cart-challenge"
    CART_SIGNED_OUT = "cart-signed-out"

    # -- the checkout, before its button
    CHECKOUT_BOUNCES = "checkout-bounces"
    CHECKOUT_BOUNCES_ONCE = "checkout-bounces-once"
    #: Its address is the longer one.
    CHECKOUT_START = "checkout-start"
    #: People wait in line for the checkout.
    CHECKOUT_QUEUE = "checkout-queue"
    CHECKOUT_SOLD_OUT = "checkout-sold-out"
    CHECKOUT_THROTTLED = "checkout-throttled"
    CHECKOUT_DEMAND_DIALOG = "checkout-demand-dialog"
    CHECKOUT_DEMAND_INLINE = "checkout-demand-inline"
    #: "1 item", and not which.
    CHECKOUT_NO_LINES = "checkout-no-lines"
    #: A step before the review.
    CHECKOUT_SAVE_AND_CONTINUE = "checkout-save-and-continue"
    #: The button says "Place order".
    CHECKOUT_SHORT_BUTTON = "checkout-short-button"
    #: Shipping costs as much as the product.
    CHECKOUT_SHIPPING_FEE = "checkout-shipping-fee"
    CHECKOUT_CVV = "checkout-cvv"
    CHECKOUT_PIN = "checkout-pin"
    CHECKOUT_PASSWORD = "checkout-password"  # noqa: S105  the name of a trouble
    CHECKOUT_ADDRESS = "checkout-address"
    CHECKOUT_NO_PAYMENT = "checkout-no-payment"
    CHECKOUT_UNKNOWN_DIALOG = "checkout-unknown-dialog"
    CHECKOUT_CHALLENGE = "checkout-challenge"
    CHECKOUT_SIGNED_OUT = "checkout-signed-out"
    CHECKOUT_BUTTON_REBUILT = "checkout-button-rebuilt"
    CHECKOUT_BUTTON_HIDDEN = "checkout-button-hidden"
    CHECKOUT_BUTTON_MOVED = "checkout-button-moved"
    CHECKOUT_BUTTON_COVERED = "checkout-button-covered"
    CHECKOUT_BUTTON_DEAD = "checkout-button-dead"

    # -- the call that places the order
    PRESS_SOLD_OUT = "press-sold-out"
    #: 400 whose word stands in the header alone, with an empty body.
    PRESS_REFUSED_BY_HEADER = "press-refused-by-header"
    PRESS_PAYMENT_DECLINED = "press-payment-declined"
    #: 429 without a body.
    PRESS_THROTTLED = "press-throttled"
    PRESS_RATE_LIMITED = "press-rate-limited"
    PRESS_FAILED = "press-failed"
    PRESS_UNAVAILABLE = "press-unavailable"
    #: The order is taken, and a fault is told.
    PRESS_FAILED_AFTER_ORDER = "press-failed-after-order"
    #: The order is taken, and the answer is no JSON.
    PRESS_UNREADABLE = "press-unreadable"
    #: The order is taken, and no try is answered.
    PRESS_LOST = "press-lost"
    #: No order is taken, and no try is answered.
    PRESS_LOST_BEFORE = "press-lost-before"
    #: The order is taken and the connection cut; the browser sends it again, and the cart is empty by then.
    PRESS_REPEATED = "press-repeated"
    #: No order is taken, and the cart is emptied.
    PRESS_RESERVATION_FAILURE = "press-reservation-failure"
    #: The order is taken and told, but the page does not go on.
    PRESS_NO_CONFIRMATION = "press-no-confirmation"
    #: The order is taken, no try is answered, and the page goes on to the confirmation all the same.
    PRESS_CONFIRMATION_ONLY = "press-confirmation-only"
    #: As before, to the confirmation under its other address, which does not hold the order's number.
    PRESS_OTHER_CONFIRMATION = "press-other-confirmation"
    #: The order is taken at once and told after `Till.slow_s`.
    PRESS_SLOW = "press-slow"
    PRESS_CVV = "press-cvv"
    #: The order is taken, and the page asks for a PIN.
    PRESS_PIN = "press-pin"
    PRESS_CHALLENGE = "press-challenge"
    PRESS_SIGNED_OUT = "press-signed-out"
    #: The order is taken and told, and cancelled by the shop right after.
    PRESS_CANCELLED = "press-cancelled"

    # -- the list of orders
    #: It is loaded by the newer one of the shop's two calls.
    ORDERS_NEWER_CALL = "orders-newer-call"
    #: An order is listed `Till.listed_after_s` after it was placed.
    ORDERS_LATE = "orders-late"
    ORDERS_EMPTY = "orders-empty"
    ORDERS_BROKEN = "orders-broken"
    ORDERS_FAILED = "orders-failed"
    ORDERS_WALLED = "orders-walled"
    ORDERS_CHALLENGE = "orders-challenge"
    ORDERS_SIGNED_OUT = "orders-signed-out"

    @property
    def place(self) -> str:
        """Where it happens."""
        return self.value.partition("-")[0]

    @property
    def happens_once(self) -> bool:
        """Unless it is asked for more often."""
        return self.is_lapse or self.value.endswith("once")

    @property
    def is_lapse(self) -> bool:
        """The session ends there, once."""
        return self.value.endswith("signed-out")


#: What the shop says when too many want something: `Till.demand` is one of them.
DEMAND_TEXTS: Final = (
    "High-demand item in your cart",
    "A popular item in your cart is causing a delay",
    "Checkout is busy right now",
    "We're limiting how many guests can check out",
    "It's busier than expected",
    "There's a temporary issue",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mishap:
    """What becomes of a call in a trouble."""

    #: It is done all the same, whatever is answered.
    done: bool = False
    #: The answer; None is that of the shop in good health.
    status: int | None = None
    code: str | None = None
    #: The word stands in the header and nowhere else.
    in_header: bool = False
    #: The body is that of the bot wall.
    walled: bool = False
    rubbish: bool = False
    #: The connection is cut instead of an answer.
    cut: bool = False
    #: The answer takes `Till.slow_s`.
    slow: bool = False
    #: What lies in the cart is gone.
    empties: bool = False
    signs_out: bool = False
    #: The order is cancelled right after.
    cancels: bool = False
    #: How often it happens; None is every time.
    times: int | None = None


_T = Trouble
_LOST: Final = Mishap(done=True, cut=True)
_LAPSE: Final = Mishap(signs_out=True)

MISHAPS: Final[Mapping[Trouble, Mishap]] = {
    _T.ADD_SOLD_OUT: Mishap(status=424, code="INVENTORY_UNAVAILABLE"),
    _T.ADD_LIMIT: Mishap(status=400, code="MAX_PURCHASE_LIMIT_EXCEEDED"),
    _T.ADD_THROTTLED: Mishap(status=429),
    _T.ADD_RATE_LIMITED: Mishap(status=429, code="DCO_RATE_LIMITED"),
    _T.ADD_FAILED: Mishap(status=500),
    _T.ADD_DEMAND_DIALOG: Mishap(status=429, code="FAST_SELLING"),
    _T.ADD_DEMAND_INLINE: Mishap(status=429, code="FAST_SELLING"),
    _T.ADD_LOST: _LOST,
    _T.ADD_VANISHED: Mishap(done=True, empties=True),
    _T.ADD_LOST_BEFORE: Mishap(cut=True),
    _T.ADD_REPEATED: Mishap(done=True, cut=True, times=1),
    _T.ADD_CHALLENGE: Mishap(status=403, walled=True),
    _T.ADD_SIGNED_OUT: _LAPSE,
    _T.CHECKOUT_SOLD_OUT: Mishap(status=424, code="INVENTORY_UNAVAILABLE"),
    _T.CHECKOUT_THROTTLED: Mishap(status=429, code="DCO_RATE_LIMITED"),
    _T.PRESS_SOLD_OUT: Mishap(status=424, code="INVENTORY_UNAVAILABLE"),
    _T.PRESS_REFUSED_BY_HEADER: Mishap(status=400, code="MAX_PURCHASE_LIMIT_EXCEEDED", in_header=True),
    _T.PRESS_PAYMENT_DECLINED: Mishap(status=400, code="PAYMENT_DECLINED_EXCEPTION"),
    _T.PRESS_THROTTLED: Mishap(status=429),
    _T.PRESS_RATE_LIMITED: Mishap(status=429, code="DCO_RATE_LIMITED"),
    _T.PRESS_FAILED: Mishap(status=500),
    _T.PRESS_UNAVAILABLE: Mishap(status=503, code="DEPENDENT_SERVICE_ERROR"),
    _T.PRESS_FAILED_AFTER_ORDER: Mishap(done=True, status=500),
    _T.PRESS_UNREADABLE: Mishap(done=True, rubbish=True),
    _T.PRESS_LOST: _LOST,
    _T.PRESS_LOST_BEFORE: Mishap(cut=True),
    _T.PRESS_REPEATED: Mishap(done=True, cut=True, times=1),
    _T.PRESS_RESERVATION_FAILURE: Mishap(status=424, code="RESERVATION_FAILURE", empties=True),
    _T.PRESS_CONFIRMATION_ONLY: _LOST,
    _T.PRESS_OTHER_CONFIRMATION: _LOST,
    _T.PRESS_SLOW: Mishap(done=True, slow=True),
    _T.PRESS_CVV: Mishap(status=400, code="MISSING_CREDIT_CARD_CVV"),
    _T.PRESS_PIN: Mishap(done=True, status=400, code="PIN_CONFIRMATION_REQUIRED"),
    _T.PRESS_CHALLENGE: Mishap(status=403, walled=True),
    _T.PRESS_SIGNED_OUT: _LAPSE,
    _T.PRESS_CANCELLED: Mishap(done=True, cancels=True),
    _T.ORDERS_BROKEN: Mishap(rubbish=True),
    _T.ORDERS_FAILED: Mishap(status=500),
    _T.ORDERS_WALLED: Mishap(status=403, walled=True),
    _T.ORDERS_SIGNED_OUT: _LAPSE,
}


class Troubles:
    """Those that there are now."""

    def __init__(self) -> None:
        self._left: dict[Trouble, int | None] = {}

    def add(self, trouble: Trouble, *, times: int | None = None) -> None:
        """From now on, so many times; None is until it is taken away, or as often as the trouble itself happens."""
        mishap = Mishap(times=1) if trouble.happens_once else MISHAPS.get(trouble, Mishap())
        self._left[trouble] = mishap.times if times is None else times

    def clear(self) -> None:
        self._left.clear()

    def has(self, trouble: Trouble) -> bool:
        return trouble in self._left

    def at(self, *places: str) -> list[Trouble]:
        """Those that happen at these places."""
        return [trouble for trouble in self._left if trouble.place in places]

    def take_mishap(self, place: str) -> Mishap | None:
        """What becomes of this call at this place, if anything; it is used up by one."""
        trouble = next((one for one in self.at(place) if one in MISHAPS), None)
        if trouble is None:
            return None
        self.take(trouble)
        return MISHAPS[trouble]

    def take(self, trouble: Trouble) -> None:
        """It happened once."""
        left = self._left[trouble]
        if left is not None:
            self._left[trouble] = left - 1
            if left == 1:
                del self._left[trouble]
