"""Builders of what is seen: each asks for what a test is about."""

from collections.abc import Iterable
from typing import Any

from config.products import Channel, Tcin
from purchasing.checkout.dialogue import next_act
from purchasing.checkout.model import (
    Act,
    Answer,
    Call,
    Dialog,
    End,
    Ending,
    Found,
    Need,
    Observation,
    Row,
    Seen,
    Stage,
    Wait,
    Wanted,
)
from tests.builders import A

PRODUCT, CART, CHECKOUT = f"/p/-/A-{A}", "/cart", "/checkout"
CONFIRMATION = "/order-confirmation"
ORDER = "912003456789012"


def a_found(text: str = "", **of: Any) -> Found:
    return Found(**{"selector": 0, "count": 1, "visible": True, "enabled": True, "covered": False, "text": text, **of})


def a_row(tcin: Tcin | None = A, quantity: int | None = 1, seller: str | None = None) -> Row:
    return Row(tcin=tcin, quantity=quantity, seller=seller)


def a_dialog(text: str = "Would you like a newsletter?", *markers: str) -> Dialog:
    return Dialog(text=text, markers=markers)


def an_answer(call: Call, method: str = "POST", status: int | None = 200, **of: Any) -> Answer:
    return Answer(call=call, method=method, status=status, **of)


def a_sight(
    address: str,
    *calls: Answer,
    texts: Iterable[str] = (),
    dialogs: Iterable[Dialog] = (),
    rows: Iterable[Row] = (),
    saved: Iterable[Row] = (),
    without: Iterable[str] = (),
    **found: Found,
) -> Observation:
    """Somebody is signed in there."""
    shown = {"account": a_found("Hi, Ada"), **found}
    seen = Seen(
        address=address,
        title="",
        found={name: one for name, one in shown.items() if name not in set(without)},
        texts=tuple(texts),
        dialogs=tuple(dialogs),
        rows=tuple(rows),
        saved=tuple(saved),
    )
    return Observation(seen=seen, calls=calls)


SHIPPING_CHOSEN = a_found(label="shipping - selected - 2 of 3")
PICKUP_CHOSEN = a_found(label="pickup - selected - 1 of 3")
SHIPPING_OFFERED = a_found(label="shipping - not selected - 2 of 3")
PICKUP_OFFERED = a_found(label="pickup - 1 of 3")


def a_product_page(*calls: Answer, address: str = PRODUCT, **of: Any) -> Observation:
    """In stock, its button ready, shipping chosen, and nothing in the cart."""
    shown = {
        "add": a_found("Add to cart"),
        "cell_shipping": SHIPPING_CHOSEN,
        "cell_pickup": PICKUP_OFFERED,
        "cart_link": a_found(label="cart 0 items"),
    }
    return a_sight(address, *calls, **{**shown, **of})


def a_cart_page(*calls: Answer, **of: Any) -> Observation:
    """It holds one of ours, its summary open."""
    shown = {
        "cart_groups": a_found(),
        "row": a_found(),
        "quantity": a_found(value="1"),
        "remove": a_found(),
        "summary": a_found("$10.70 estimated total", value="true"),
        "subtotal": a_found("Subtotal (1 item) $10.00"),
        "checkout": a_found("Check out"),
    }
    return a_sight(CART, *calls, **{"rows": (a_row(),), "cart_link": a_found(label="cart 1 item"), **shown, **of})


def an_empty_cart(*calls: Answer, **of: Any) -> Observation:
    return a_sight(CART, *calls, **{"texts": ("empty_cart",), "cart_link": a_found(label="cart 0 items"), **of})


def a_review_page(*calls: Answer, **of: Any) -> Observation:
    shown = {"place_order": a_found("Place your order"), "total": a_found("Total $10.70")}
    return a_sight(CHECKOUT, *calls, **{**shown, **of})


def wanting(*done: str, quantity: int = 1, channel: Channel = Channel.SHIPPING) -> Wanted:
    return Wanted(tcin=A, quantity=quantity, channel=channel, done=done)


def act_of(stage: Stage, observation: Observation, *done: str, **wish: Any) -> Act:
    return next_act(stage, observation, wanting(*done, **wish))


def ending_of(act: Act) -> Ending | None:
    return act.ending if isinstance(act, End | Wait) else None


def need_of(act: Act) -> Need | None:
    return act.need if isinstance(act, End | Wait) else None
