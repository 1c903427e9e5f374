"""Each marker of the shop's pages under another name, in turn: what becomes of an attempt, and what the shop counted.

A few of them run with every test run; `--all-troubles` runs them all.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest
import pytest_asyncio

from config.products import Channel, Mode
from purchasing.checkout.browser import CheckoutBrowser
from purchasing.checkout.marker_record import ON_THE_WAY
from purchasing.checkout.pages import MarkerName
from purchasing.checkout.session import SessionFile
from purchasing.events import AttemptMoved
from purchasing.model import Step
from sandbox.shop.troubles import Trouble
from sandbox.store import Item, PracticeStore
from tests.browser.house import House, house_at

TROVE, PLUSH = "94734932", "89471066"

#: Well above what a page of the practice shop takes to be built.
PATIENCE = timedelta(seconds=3)

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


@dataclass(frozen=True, slots=True)
class Change:
    """A marker of the pages that has another name from now on, and what comes of it."""

    marker: MarkerName
    #: What it is known by at the practice shop.
    name: str
    #: The marker that the reason names; None where the purchase goes on by another one, or by the shop's answers.
    missing: MarkerName | None = None
    #: Where another reason than a changed page is given, a part of it.
    why: str | None = None
    #: What only the owner can do, as it is told; any of these. None of them: to mend the marker.
    needs: tuple[str, ...] = ()
    #: It ends as it would have; nothing is amiss with the page.
    is_plain: bool = False
    #: What is ours can't be taken out of the cart, and that is told.
    is_left: bool = False
    #: It is seen in this trouble alone.
    trouble: Trouble | None = None
    channel: Channel = Channel.SHIPPING

    @property
    def is_bought(self) -> bool:
        return self.missing is None and self.why is None


M, T = MarkerName, Trouble
CHANGES: Final = (
    Change(
        M.CHALLENGE, "px-captcha", why="whether a person is there", needs=("challenge",), trouble=T.PRODUCT_CHALLENGE
    ),
    Change(M.ACCOUNT, "@web/AccountLink"),
    Change(M.CART_LINK, "@web/CartLink"),
    # Each is known by the other, too.
    Change(
        M.SIGN_IN_FORM,
        "username",
        why="the shop asks",
        needs=("password", "sign-in"),
        trouble=T.CHECKOUT_SIGNED_OUT,
        is_left=True,
    ),
    Change(M.PASSWORD, "password", why="asks to sign in", needs=("sign-in",), trouble=T.CHECKOUT_PASSWORD),
    Change(M.ADD, "addToCartButtonOrTextIdFor", M.ADD),
    # The page's own button alone, while the tiles of other products keep theirs.
    Change(M.ADD, f"addToCartButtonOrTextIdFor{TROVE}", M.ADD),
    Change(M.ADD, "@web/AddToCart/FulfillmentSection"),
    # The tiles are known by it, and what they say is passed over.
    Change(M.ADD_OTHER, "@web/ProductCard"),
    Change(M.ADD_OTHER, f"addToCartButtonOrTextIdFor{PLUSH}", M.ADD, trouble=T.PRODUCT_OTHER_VARIATION),
    Change(M.FIND_STORE, "showInStockPrimaryButton", M.ADD, trouble=T.PRODUCT_FIND_STORE),
    Change(M.CELL_SHIPPING, "fulfillment-cell-shipping", M.CELL_SHIPPING),
    Change(M.CELL_PICKUP, "fulfillment-cell-pickup", M.CELL_PICKUP, channel=Channel.PICKUP),
    # Its words are known without it.
    Change(M.OUT_OF_STOCK, "outOfStockMessage", why="it is sold out", is_plain=True, trouble=T.PRODUCT_SOLD_OUT),
    Change(M.ADDED, "addToCartSuccess"),
    Change(M.VIEW_CART, "addToCartModalViewCartCheckout"),
    Change(
        M.DECLINE_COVERAGE,
        "espModalContent-declineCoverageButton",
        why="a dialog that is not known",
        needs=("dialog",),
        trouble=T.ADD_PROTECTION_PLAN,
    ),
    Change(M.CART_GROUPS, "cart-item-groups", M.CART_GROUPS, is_left=True),
    Change(M.ROW, "cartItem", M.ROW, is_left=True),
    Change(M.QUANTITY, "cartItem-qty-stepper", M.QUANTITY),
    Change(M.REMOVE, "cartItem-deleteBtn"),
    Change(M.SUMMARY, "cart-order-summary"),
    Change(M.SUBTOTAL, "cart-summary-subTotal"),
    Change(M.SUBTOTAL, "Subtotal"),
    Change(M.CHECKOUT, "checkout-button", M.CHECKOUT),
    Change(M.SAVE_AND_CONTINUE, "save-and-continue-button", M.PLACE_ORDER, trouble=T.CHECKOUT_SAVE_AND_CONTINUE),
    Change(M.CVV, "enter-cvv", why="security code", needs=("cvv",), trouble=T.CHECKOUT_CVV),
    Change(M.TOTAL, "Total"),
    Change(M.PLACE_ORDER, "placeOrderButton", M.PLACE_ORDER),
    Change(M.ORDER_NUMBER, "order-number"),
)

#: Of the practice shop's pages: nothing there bears these.
NOT_SHOWN: Final = {M.EMPTY_CART, M.CARD_NUMBER}

#: One of each part of a purchase, and one that it goes on without.
SHORT: Final = (f"addToCartButtonOrTextIdFor{TROVE}", "fulfillment-cell-shipping", "checkout-button", "Total")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "change" in metafunc.fixturenames:
        has_all = metafunc.config.getoption("--all-troubles", default=False)
        chosen = [one for one in CHANGES if has_all or one.name in SHORT]
        metafunc.parametrize("change", chosen, ids=lambda one: f"{one.marker}, {one.name}")


@pytest_asyncio.fixture(loop_scope="module")
async def house(checkout_browser: CheckoutBrowser, session: SessionFile, tmp_path: Path) -> AsyncIterator[House]:
    store = PracticeStore(
        [
            Item(tcin=TROVE, title="Illumineer&#39;s Trove", price="49.99", shipping="IN_STOCK", pickup="IN_STOCK"),
            Item(tcin=PLUSH, title="Otter Plush", price="24.99", shipping="IN_STOCK"),
        ]
    )
    # The owner has kept one of the same for later, which is not ours.
    store.shop.own_in(store.shop.saved, {TROVE: 1, PLUSH: 1})
    store.shop.build_ms = 20
    async with house_at(store, checkout_browser, session, tmp_path, patience=PATIENCE) as house:
        yield house


@pytest.mark.guards("purchasing", "a changed page is named, and never leads to another product")
async def test_a_changed_page_is_named_and_nothing_else_is_touched(house: House, change: Change) -> None:
    till = house.store.shop
    till.renamed = {change.name: "somethingElse"}
    if change.trouble is not None:
        till.arrange(change.trouble, TROVE)
    attempt = await house.buy(TROVE, channel=change.channel)
    told = attempt.why or ""

    assert attempt.step is (Step.CONFIRMED if change.is_bought else Step.ABANDONED), told
    if change.missing is not None:
        assert told.startswith("the shop's page changed: ")
        assert f"(marker {change.missing})" in told
    assert change.why is None or change.why in told
    if not change.is_bought and not change.is_plain:
        moved = await _last_move(house)
        assert moved.need in (change.needs or {"marker"})
        assert (house.folder / "screenshots" / str(moved.picture)).is_file()

    assert [order.items for order in till.orders] == [{TROVE: 1}] * change.is_bought
    assert till.presses == len(till.orders)
    assert ("could not be cleaned" in told, till.cart.holds) == (change.is_left, {TROVE: 1} if change.is_left else {})
    assert till.adds <= 1
    assert not {name for name in till.clicks if name.startswith("addToCart") and not name.endswith(TROVE)}
    assert (till.saved.holds, dict(till.lost), till.touched) == ({TROVE: 1, PLUSH: 1}, {}, {})


async def _last_move(house: House) -> AttemptMoved:
    events = await house.storage.read(lambda unit: unit.journal.after(0))
    return [event.fact for event in events if isinstance(event.fact, AttemptMoved)][-1]


async def test_a_rehearsal_names_the_button_by_which_the_cart_could_not_be_cleaned(house: House) -> None:
    till = house.store.shop
    till.renamed = {"cartItem-deleteBtn": "somethingElse"}
    attempt = await house.buy(TROVE, mode=Mode.REHEARSE)
    assert attempt.step is Step.REHEARSED
    told = attempt.why or ""
    assert told.startswith("the cart could not be cleaned: the shop's page changed: ")
    assert told.endswith("(marker remove)")
    assert (till.cart.holds, till.saved.holds, dict(till.lost)) == ({TROVE: 1}, {TROVE: 1, PLUSH: 1}, {})


@pytest.mark.asyncio(loop_scope="function")
async def test_each_marker_has_a_change() -> None:
    assert {change.marker for change in CHANGES} | NOT_SHOWN == set(MarkerName)
    assert set(ON_THE_WAY) <= {change.marker for change in CHANGES}
