"""Every way in which a purchase at the practice store can go wrong: how the attempt ends, and what the shop counted.

A few of them run with every test run; `--all-troubles` runs them all, as `make torture` does.
"""

import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest
import pytest_asyncio

from purchasing.checkout.browser import CheckoutBrowser
from purchasing.checkout.session import SessionFile
from purchasing.events import AttemptMoved
from purchasing.model import Attempt, Step
from sandbox.shop.troubles import Trouble
from sandbox.store import Item, PracticeStore
from tests.browser.house import House, house_at

TROVE, PLUSH = "94734932", "89471066"

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

CONFIRMED, REFUSED, UNCONFIRMED, ABANDONED = Step.CONFIRMED, Step.REFUSED, Step.UNCONFIRMED, Step.ABANDONED


@dataclass(frozen=True, slots=True)
class End:
    """How an attempt ends in a trouble."""

    step: Step
    #: A part of the reason, as a pattern.
    why: str = ""
    need: str | None = None
    #: What is ours can't be taken out of the cart at once, and that is told.
    is_left: bool = False
    #: Calls that wanted to place an order; Chromium repeats those whose connection broke.
    presses: tuple[int, ...] = (0,)
    #: An order is in the shop, whether it is known by now or not.
    ordered: bool = False


_BOUGHT = End(CONFIRMED, presses=(1,), ordered=True)
_IN_DOUBT = End(UNCONFIRMED, "offers its button again", presses=(1,))
_NEVER_PRESSED = End(UNCONFIRMED, "offers its button again")
_REPEATED = tuple(range(1, 8))
_BUSY = End(ABANDONED, "too busy|FAST_SELLING")
_CHALLENGED = End(ABANDONED, "whether a person is there", need="challenge", is_left=True)
_SIGNED_OUT = End(ABANDONED, "signed in|sign in|who asks", need="sign-in", is_left=True)

T = Trouble
ENDS: Final[Mapping[Trouble, End]] = {
    T.BEFORE_LEFTOVERS: End(ABANDONED, "the cart holds one thing already"),
    T.BEFORE_OWN_THINGS: End(ABANDONED, "the cart holds 3 things already"),
    T.BEFORE_OWN_SAME: End(ABANDONED, "the cart holds one thing already"),
    T.BEFORE_OWN_SAVED: _BOUGHT,
    T.BEFORE_OWN_ORDER: _BOUGHT,
    T.PRODUCT_LATE: _BOUGHT,
    # One click is sent, whether it reaches the button or not.
    T.PRODUCT_BUTTON_REBUILT: End(ABANDONED, "the click that adds"),
    T.PRODUCT_BUTTON_HIDDEN: End(ABANDONED, "the click that adds"),
    T.PRODUCT_BUTTON_MOVED: End(ABANDONED, "the click that adds"),
    T.PRODUCT_BUTTON_COVERED: End(ABANDONED, "the click that adds"),
    T.PRODUCT_BUTTON_DEAD: End(ABANDONED, "the click that adds"),
    T.PRODUCT_SOLD_OUT: End(ABANDONED, "the page says that it is sold out"),
    T.PRODUCT_SOLD_OUT_DROP: End(ABANDONED, "its button is off, as where it is out of stock"),
    T.PRODUCT_NO_CELLS: _BOUGHT,
    T.PRODUCT_MARKETPLACE: End(ABANDONED, "sold and shipped by somebody else|marketplace"),
    T.PRODUCT_VARIATIONS: End(ABANDONED, "variations"),
    T.PRODUCT_PRESELECTED: _BOUGHT,
    T.PRODUCT_OTHER_VARIATION: End(ABANDONED, "variations"),
    T.PRODUCT_PICKUP_ONLY: End(ABANDONED, "does not offer it for shipping now"),
    T.PRODUCT_ELSEWHERE: End(ABANDONED, "leads elsewhere than to the product's page", need="marker"),
    T.PRODUCT_QUEUE: End(ABANDONED, "wait in line"),
    T.PRODUCT_FIND_STORE: End(ABANDONED, "stores"),
    T.PRODUCT_UNKNOWN_DIALOG: End(ABANDONED, "a dialog that is not known", need="dialog"),
    T.PRODUCT_CHALLENGE: End(ABANDONED, "whether a person is there", need="challenge"),
    T.PRODUCT_SIGNED_OUT: End(ABANDONED, "signed in|sign in", need="sign-in"),
    T.ADD_SOLD_OUT: End(ABANDONED, "INVENTORY_UNAVAILABLE|not added"),
    T.ADD_LIMIT: End(ABANDONED, "MAX_PURCHASE_LIMIT_EXCEEDED|limit"),
    T.ADD_THROTTLED: End(ABANDONED, "429|not added"),
    T.ADD_RATE_LIMITED: End(ABANDONED, "DCO_RATE_LIMITED|not added"),
    T.ADD_FAILED: End(ABANDONED, "not added"),
    T.ADD_DEMAND_DIALOG: _BUSY,
    T.ADD_DEMAND_INLINE: _BUSY,
    T.ADD_PROTECTION_PLAN: _BOUGHT,
    T.ADD_DIALOG_LATE: _BOUGHT,
    T.ADD_VANISHED: End(ABANDONED, "the cart is empty after adding"),
    # It was done seven times over, and is set down to what is wanted.
    T.ADD_LOST: _BOUGHT,
    T.ADD_LOST_BEFORE: End(ABANDONED, "empty|not added"),
    T.ADD_REPEATED: _BOUGHT,
    T.ADD_CHALLENGE: _CHALLENGED,
    T.ADD_SIGNED_OUT: _SIGNED_OUT,
    T.CART_ADD_ON: End(ABANDONED, "it ships only with a larger order"),
    T.CART_SOLD_OUT: End(ABANDONED, "the cart says that it is sold out"),
    T.CART_MARKETPLACE: End(ABANDONED, "sold and shipped by somebody else"),
    T.CART_OTHER_CHANNEL: End(ABANDONED, "pickup"),
    T.CART_QUANTITY_CAPPED: _BOUGHT,
    T.CART_PRICE_RAISED: End(ABANDONED, "above the cap"),
    T.CART_DEMAND_DIALOG: End(ABANDONED, "too busy", is_left=True),
    T.CART_DEMAND_INLINE: _BUSY,
    T.CART_UNKNOWN_DIALOG: End(ABANDONED, "a dialog that is not known", need="dialog", is_left=True),
    T.CART_CHALLENGE: _CHALLENGED,
    T.CART_SIGNED_OUT: _SIGNED_OUT,
    T.CHECKOUT_BOUNCES: End(ABANDONED, "back to the cart"),
    T.CHECKOUT_BOUNCES_ONCE: _BOUGHT,
    T.CHECKOUT_START: _BOUGHT,
    T.CHECKOUT_QUEUE: End(ABANDONED, "wait in line"),
    T.CHECKOUT_SOLD_OUT: End(ABANDONED, "424|INVENTORY_UNAVAILABLE"),
    T.CHECKOUT_THROTTLED: End(ABANDONED, "429|DCO_RATE_LIMITED"),
    T.CHECKOUT_DEMAND_DIALOG: _BUSY,
    T.CHECKOUT_DEMAND_INLINE: _BUSY,
    T.CHECKOUT_NO_LINES: _BOUGHT,
    T.CHECKOUT_SAVE_AND_CONTINUE: _BOUGHT,
    T.CHECKOUT_SHORT_BUTTON: _BOUGHT,
    T.CHECKOUT_SHIPPING_FEE: End(ABANDONED, "above 69.00"),
    T.CHECKOUT_CVV: End(ABANDONED, "security code", need="cvv"),
    T.CHECKOUT_PIN: End(ABANDONED, "PIN", need="pin"),
    T.CHECKOUT_PASSWORD: End(ABANDONED, "password", need="password"),
    T.CHECKOUT_ADDRESS: End(ABANDONED, "address", need="address"),
    T.CHECKOUT_NO_PAYMENT: End(ABANDONED, "way to pay", need="payment"),
    T.CHECKOUT_UNKNOWN_DIALOG: End(ABANDONED, "a dialog that is not known", need="dialog"),
    T.CHECKOUT_CHALLENGE: _CHALLENGED,
    T.CHECKOUT_SIGNED_OUT: _SIGNED_OUT,
    T.CHECKOUT_BUTTON_REBUILT: _NEVER_PRESSED,
    T.CHECKOUT_BUTTON_HIDDEN: _NEVER_PRESSED,
    T.CHECKOUT_BUTTON_MOVED: _NEVER_PRESSED,
    T.CHECKOUT_BUTTON_COVERED: _NEVER_PRESSED,
    T.CHECKOUT_BUTTON_DEAD: _NEVER_PRESSED,
    T.PRESS_SOLD_OUT: End(REFUSED, "INVENTORY_UNAVAILABLE", presses=(1,)),
    T.PRESS_REFUSED_BY_HEADER: End(REFUSED, "MAX_PURCHASE_LIMIT_EXCEEDED", presses=(1,)),
    T.PRESS_PAYMENT_DECLINED: End(REFUSED, "PAYMENT_DECLINED_EXCEPTION", presses=(1,)),
    T.PRESS_THROTTLED: _IN_DOUBT,
    T.PRESS_RATE_LIMITED: End(REFUSED, "DCO_RATE_LIMITED", presses=(1,)),
    T.PRESS_FAILED: _IN_DOUBT,
    T.PRESS_UNAVAILABLE: _IN_DOUBT,
    T.PRESS_FAILED_AFTER_ORDER: End(UNCONFIRMED, "offers its button again", presses=(1,), ordered=True),
    T.PRESS_UNREADABLE: End(UNCONFIRMED, "no confirmation came", presses=(1,), ordered=True),
    T.PRESS_LOST: End(UNCONFIRMED, "offers its button again", presses=_REPEATED, ordered=True),
    T.PRESS_LOST_BEFORE: End(UNCONFIRMED, "offers its button again", presses=_REPEATED),
    T.PRESS_REPEATED: End(UNCONFIRMED, "offers its button again", presses=_REPEATED, ordered=True),
    T.PRESS_RESERVATION_FAILURE: _IN_DOUBT,
    T.PRESS_NO_CONFIRMATION: _BOUGHT,
    T.PRESS_CONFIRMATION_ONLY: End(CONFIRMED, presses=_REPEATED, ordered=True),
    T.PRESS_OTHER_CONFIRMATION: End(CONFIRMED, presses=_REPEATED, ordered=True),
    T.PRESS_SLOW: End(UNCONFIRMED, "no confirmation came", presses=(1,), ordered=True),
    # Every try was refused, and the cart still holds it.
    T.PRESS_CVV: End(REFUSED, "MISSING_CREDIT_CARD_CVV", need="cvv", presses=(1,)),
    T.PRESS_PIN: End(UNCONFIRMED, "PIN", need="pin", presses=(1,), ordered=True),
    T.PRESS_CHALLENGE: End(UNCONFIRMED, "whether a person is there", need="challenge", presses=(1,)),
    T.PRESS_SIGNED_OUT: End(UNCONFIRMED, "password", need="password", presses=(1,)),
    T.PRESS_CANCELLED: _BOUGHT,
    T.ORDERS_LATE: _BOUGHT,
    T.ORDERS_EMPTY: _BOUGHT,
    T.ORDERS_NEWER_CALL: _BOUGHT,
    T.ORDERS_BROKEN: End(ABANDONED, "the order list could not be read"),
    T.ORDERS_FAILED: End(ABANDONED, "the order list could not be read"),
    T.ORDERS_WALLED: End(ABANDONED, "the order list could not be read", need="challenge"),
    T.ORDERS_CHALLENGE: End(ABANDONED, "the order list could not be read", need="challenge"),
    T.ORDERS_SIGNED_OUT: End(ABANDONED, "sign", need="sign-in", is_left=True),
}

#: One of each kind, and quick.
SHORT: Final = frozenset(
    {
        T.BEFORE_OWN_SAVED,
        T.PRODUCT_MARKETPLACE,
        T.PRODUCT_UNKNOWN_DIALOG,
        T.ADD_SOLD_OUT,
        T.ADD_REPEATED,
        T.CART_PRICE_RAISED,
        T.CART_OTHER_CHANNEL,
        T.CHECKOUT_CVV,
        T.CHECKOUT_CHALLENGE,
        T.CHECKOUT_SAVE_AND_CONTINUE,
        T.PRESS_SOLD_OUT,
        T.PRESS_NO_CONFIRMATION,
        T.PRESS_OTHER_CONFIRMATION,
        T.PRESS_PIN,
        T.ORDERS_WALLED,
    }
)


ADD: Final = f"addToCartButtonOrTextIdFor{TROVE}"
#: All that may be clicked on the way, by its mark or its words.
CLICKED: Final = re.compile(
    rf"{ADD}|fulfillment-cell-shipping|espModalContent-declineCoverageButton"
    r"|cart-order-summary|Order summary(Show|Hide)?|checkout-button|save-and-continue-button|placeOrderButton"
    r"|cartItem-deleteBtn"
    # One whose button went away under it falls on what lies around that.
    r"|@web/AddToCart/FulfillmentSection"
)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "trouble" in metafunc.fixturenames:
        chosen = list(ENDS) if metafunc.config.getoption("--all-troubles") else [one for one in ENDS if one in SHORT]
        metafunc.parametrize("trouble", chosen, ids=lambda one: one.value)


@pytest_asyncio.fixture(loop_scope="module")
async def house(checkout_browser: CheckoutBrowser, session: SessionFile, tmp_path: Path) -> AsyncIterator[House]:
    store = PracticeStore(
        [
            Item(tcin=TROVE, title="Illumineer&#39;s Trove", price="49.99", shipping="IN_STOCK"),
            Item(tcin=PLUSH, title="Otter Plush", price="24.99", shipping="IN_STOCK"),
        ]
    )
    async with house_at(store, checkout_browser, session, tmp_path, deadline=timedelta(seconds=40)) as house:
        yield house


async def test_an_attempt_ends_as_it_must_and_the_shop_counted_no_more(house: House, trouble: Trouble) -> None:
    till, end = house.store.shop, ENDS[trouble]
    till.arrange(trouble, TROVE)
    own, held = (till.cart.own, till.saved.own), till.cart.holds
    orders_before = len(till.orders)
    attempt = await house.buy(TROVE)
    assert (attempt.step, _matches(end.why, attempt)) == (end.step, True), f"{attempt.step}: {attempt.why}"
    assert [order.items for order in till.orders[orders_before:]] == [{TROVE: 1}] * end.ordered
    assert till.presses in end.presses
    assert ((till.cart.own, till.saved.own), dict(till.lost), till.touched) == (own, {}, {})
    assert [mark for mark in till.clicks if not CLICKED.fullmatch(mark)] == []
    assert max(till.clicks[ADD], till.clicks["placeOrderButton"]) <= 1
    if attempt.step is Step.REFUSED:  # what is ours is taken out once that is on disk
        await house.until_cart(held)
    if attempt.step is Step.ABANDONED:
        left = {tcin: count - held.get(tcin, 0) for tcin, count in till.cart.holds.items()}
        assert end.is_left or not any(left.values())
        assert ("could not be cleaned" in (attempt.why or "")) == end.is_left
    if end.need is not None:
        moved = await house.facts(AttemptMoved)
        assert moved[-1].need == end.need
        # A refusal is told by its word: by then the page is the cart.
        assert attempt.step is Step.REFUSED or (house.folder / "screenshots" / str(moved[-1].picture)).is_file()


def _matches(pattern: str, attempt: Attempt) -> bool:
    return re.search(pattern, attempt.why or "") is not None


@pytest.mark.asyncio(loop_scope="function")
async def test_every_trouble_of_the_practice_store_has_an_end() -> None:
    assert set(ENDS) == set(Trouble)
