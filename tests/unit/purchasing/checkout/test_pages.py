"""What is known of the shop's pages, as sources wrote it down: each address and text leads to its name."""

import pytest

from config.products import Tcin
from purchasing.checkout.model import Call
from purchasing.checkout.pages import TEXTS, PageKind, Phrase, call_of, kind_of, order_of, product_of
from purchasing.checkout.view import read_account
from tests.builders import A, B
from tests.unit.purchasing.checkout.sights import ORDER


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        (f"/p/-/A-{A}", PageKind.PRODUCT),
        (f"/p/some-slug/-/A-{A}?preselect={B}", PageKind.PRODUCT),
        (f"/p/A-{A}", PageKind.PRODUCT),
        ("/cart", PageKind.CART),
        ("/checkout", PageKind.CHECKOUT),
        ("/checkout/start", PageKind.CHECKOUT),
        ("/order-confirmation", PageKind.CONFIRMATION),
        (f"/checkout/confirmation?orderId={ORDER}", PageKind.CONFIRMATION),
        ("/orders", PageKind.ORDERS),
        ("/login?redirect=/cart", PageKind.SIGN_IN),
        ("/", PageKind.OTHER),
    ],
)
def test_an_address_tells_what_its_page_is(address: str, kind: PageKind) -> None:
    assert kind_of(address) is kind


@pytest.mark.parametrize(
    ("address", "tcin"),
    [
        (f"/p/-/A-{A}", A),
        (f"/p/A-{A}?lnk=x", A),
        (f"/p/parent/-/A-{B}?preselect={A}", A),
        ("/p/slug/-/A-12345", None),
        ("/p/slug/-/A-12345678901", None),
        ("/cart", None),
    ],
)
def test_a_products_address_names_it_and_a_chosen_variation_goes_first(address: str, tcin: Tcin | None) -> None:
    assert product_of(address) == tcin


def test_an_order_is_named_by_the_address_of_its_confirmation_alone() -> None:
    assert order_of(f"/checkout/confirmation?orderId={ORDER}") == ORDER
    for address in (f"/orders?orderId={ORDER}", "/checkout/confirmation?orderId=x1", "/order-confirmation"):
        assert order_of(address) is None


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("Press & Hold to confirm you are a human", Phrase.CHALLENGE),
        ("Enter your password", Phrase.PASSWORD),
        ("Confirm your PIN", Phrase.PIN),
        ("Item not added to cart", Phrase.NOT_ADDED),
        ("It's busier than expected", Phrase.BUSY),
        ("There's a temporary issue", Phrase.BUSY),
        ("High-demand item in your cart", Phrase.BUSY),
        ("A popular item in your cart is causing a delay", Phrase.BUSY),
        ("Checkout is busy right now", Phrase.BUSY),
        ("We're limiting how many guests can check out", Phrase.BUSY),
        ("You're in line", Phrase.QUEUE),
        ("There are no items in your cart", Phrase.EMPTY_CART),
        ("Sold & shipped by Bargain Barn", Phrase.SOLD_BY),
        ("Thanks for your order, Ada", Phrase.THANKS),
        ("Thank you for your order", Phrase.THANKS),
        ("Your order has been placed", Phrase.THANKS),
        ("We received your order", Phrase.THANKS),
    ],
)
def test_each_text_that_was_seen_is_known_for_what_it_says(said: str, name: Phrase) -> None:
    known = {one for one, text in TEXTS.items() if any(phrase in said.lower() for phrase in text.phrases)}
    assert known == {name}


def test_the_head_tells_who_is_there() -> None:
    heads = {"Hi, Ada": True, "hi, ada": True, "Sign in": False, "Account Sign in": False, "": None, "His": None}
    assert {text: read_account(text) for text in heads} == heads


def test_either_call_for_the_orders_is_known() -> None:
    for path in ("guest_order_aggregations/v1/order_history", "post_orders/v1/orders/history"):
        assert call_of(f"https://api.target.com/{path}?page_size=10") is Call.ORDERS
