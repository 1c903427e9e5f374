"""What a product's page says of its stock, from one look at it."""

from typing import Any

import pytest

from config.products import Channel
from monitor.model import StockState
from purchasing.checkout.model import Observation, PageStock
from purchasing.checkout.pages import Phrase
from purchasing.checkout.watch.page_stock import read_page
from tests.builders import A, B
from tests.unit.purchasing.checkout.sights import (
    CART,
    PICKUP_CHOSEN,
    PRODUCT,
    SHIPPING_CHOSEN,
    SHIPPING_OFFERED,
    a_found,
    a_sight,
)

IN, OUT, UNKNOWN = StockState.IN_STOCK, StockState.OUT_OF_STOCK, StockState.UNKNOWN
ADD, SOLD_OUT = a_found("Add to cart"), a_found("Out of stock")


def read(sight: Observation) -> PageStock | None:
    return read_page(sight.seen, A)


@pytest.mark.parametrize(
    ("found", "texts", "state", "channel"),
    [
        ({"add": ADD, "cell_shipping": SHIPPING_CHOSEN}, (), IN, Channel.SHIPPING),
        ({"add": ADD, "cell_pickup": PICKUP_CHOSEN, "cell_shipping": SHIPPING_OFFERED}, (), IN, Channel.PICKUP),
        ({"out_of_stock": SOLD_OUT, "cell_pickup": PICKUP_CHOSEN}, (), OUT, Channel.PICKUP),
        ({"cell_pickup": PICKUP_CHOSEN}, (Phrase.OUT_OF_STOCK,), OUT, Channel.PICKUP),
        # The word of another way stands there, too, while this one has it.
        ({"add": ADD, "cell_shipping": SHIPPING_CHOSEN}, (Phrase.OUT_OF_STOCK,), IN, Channel.SHIPPING),
        # None is chosen where nothing is to be had.
        ({"out_of_stock": SOLD_OUT}, (), OUT, None),
        # By which way it can be had is not told.
        ({"add": ADD, "cell_shipping": SHIPPING_OFFERED}, (), UNKNOWN, None),
        ({"add": a_found(enabled=False), "cell_shipping": SHIPPING_CHOSEN}, (), UNKNOWN, Channel.SHIPPING),
        ({"add": a_found(covered=True), "cell_shipping": SHIPPING_CHOSEN}, (), UNKNOWN, Channel.SHIPPING),
        ({}, (), UNKNOWN, None),
    ],
)
def test_what_the_page_says_of_the_way_that_is_chosen(
    found: Any, texts: tuple[str, ...], state: StockState, channel: Channel | None
) -> None:
    told = read(a_sight(PRODUCT, texts=texts, **found))
    assert told == PageStock(tcin=A, state=state, channel=channel, signed_in=True)


@pytest.mark.parametrize(("label", "count"), [("cart 0 items", 0), ("cart 1 item", 1), ("cart", None), ("", None)])
def test_how_many_things_are_in_the_cart_is_told_where_the_head_does(label: str, count: int | None) -> None:
    told = read(a_sight(PRODUCT, cart_link=a_found(label=label), out_of_stock=SOLD_OUT))
    assert told is not None
    assert told.in_cart == count


def test_whether_somebody_is_signed_in_is_told_of_what_is_sold_out_too() -> None:
    told = read(a_sight(PRODUCT, account=a_found("Sign in"), out_of_stock=SOLD_OUT))
    assert told == PageStock(tcin=A, state=OUT, channel=None, signed_in=False)


@pytest.mark.parametrize(
    "sight",
    [
        a_sight(f"/p/-/A-{B}", add=ADD, cell_shipping=SHIPPING_CHOSEN),
        a_sight(CART, add=ADD, cell_shipping=SHIPPING_CHOSEN),
        a_sight(PRODUCT, without=["account"], add=ADD, cell_shipping=SHIPPING_CHOSEN),
        a_sight(PRODUCT, account=a_found("Account"), add=ADD, cell_shipping=SHIPPING_CHOSEN),
    ],
    ids=["another product", "another page", "no account", "an account that does not tell"],
)
def test_a_page_that_is_not_of_the_product_or_not_yet_there_says_nothing(sight: Observation) -> None:
    assert read(sight) is None
