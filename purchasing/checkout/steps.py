"""The steps on the way of a purchase, as rules: each has an act where it holds, and none where its step is done."""

from collections.abc import Mapping

from config.products import Channel, Tcin
from purchasing.checkout.model import (
    Act,
    Call,
    Choose,
    Click,
    End,
    Ending,
    Go,
    Ordered,
    PressRefused,
    Reached,
    Wait,
    Wanted,
)
from purchasing.checkout.obstacles import end_refused
from purchasing.checkout.pages import CART, MarkerName, PageKind, Phrase, find_order_number, order_of, product_address
from purchasing.checkout.view import View
from purchasing.checkout.witness import find_order, find_refusal, is_good, is_under_way

#: The same click, choice or address is tried no more often; `add` is clicked once.
_MOST_TRIES = 3
_MOST_BOUNCES = 2


def _open(view: View, address: str, what: str, marker: MarkerName) -> Act:
    """A shop that leads elsewhere is not asked for the same page without end."""
    if view.goes(address) < _MOST_TRIES:
        return Go(address=address)
    return Wait(why=f"the shop leads elsewhere than to {what}", marker=marker)


# ---- to the cart


def open_product(view: View) -> Act | None:
    if view.done(MarkerName.ADD):
        return None
    if view.kind is not PageKind.PRODUCT:
        return _open(view, product_address(view.wanted.tcin), "the product's page", MarkerName.ADD)
    if view.is_of_product or _is_main(view):
        return None
    return End(ending=Ending.PAGE_CHANGED, why="the shop shows another product in its place", marker=MarkerName.ADD)


def _is_main(view: View) -> bool:
    """The button is where the page's own product has it; one that is found elsewhere may be a tile's."""
    button = view.found(MarkerName.ADD)
    return button is not None and button.selector == 0


def seller(view: View) -> Act | None:
    if view.is_sold_by_others:
        return End(ending=Ending.MARKETPLACE, why="it is sold and shipped by somebody else")
    return None


def choose_channel(view: View) -> Act | None:
    """The shop preselects pickup where there is any; of what is wanted either way, the chosen one is taken."""
    wanted = view.wanted.channel
    chosen = view.chosen_channel()
    if view.done(MarkerName.ADD) or view.kind is not PageKind.PRODUCT or wanted is Channel.ANY or chosen is wanted:
        return None
    cell = MarkerName.CELL_SHIPPING if wanted is Channel.SHIPPING else MarkerName.CELL_PICKUP
    if not view.shows(cell):
        if view.shows(MarkerName.CELL_SHIPPING, MarkerName.CELL_PICKUP):
            # One that is not to be had is shown all the same, and is off.
            return Wait(why=f"the way to choose {wanted} is not there", marker=cell)
        is_other = chosen is not None
        return End(ending=Ending.CHANNEL, why=f"the shop does not offer it for {wanted}") if is_other else None
    if view.is_ready(cell) and not view.done(cell):
        return Click(marker=cell)
    if view.done(cell):
        return Wait(why=f"{wanted} is not chosen yet", marker=cell)
    if says_sold_out(view) and not view.is_ready(MarkerName.ADD):
        return None
    return Wait(why=f"the shop does not offer it for {wanted} now", marker=cell, ending=Ending.CHANNEL)


def says_sold_out(view: View) -> bool:
    return view.shows(MarkerName.OUT_OF_STOCK) or view.says(Phrase.OUT_OF_STOCK)


def sold_out(view: View) -> Act | None:
    if view.done(MarkerName.ADD) or view.is_ready(MarkerName.ADD):
        return None
    if says_sold_out(view):
        return End(ending=Ending.OUT_OF_STOCK, why="the page says that it is sold out")
    if view.shows(MarkerName.FIND_STORE):
        return End(ending=Ending.OUT_OF_STOCK, why="the page only leads to stores that may have it")
    return None


def variations(view: View) -> Act | None:
    if view.done(MarkerName.ADD) or view.kind is not PageKind.PRODUCT or view.found(MarkerName.ADD) is not None:
        return None
    if view.says(Phrase.VARIATIONS) or view.shows(MarkerName.ADD_OTHER):
        return End(ending=Ending.VARIATIONS, why="the page asks to choose one of its variations")
    return None


def cart_taken(view: View) -> Act | None:
    """What lies there before the click is not ours: the head may lag behind, the shop's answer does not."""
    if view.done(MarkerName.ADD):
        return None
    items = view.last_items()
    if items:
        return End(ending=Ending.CART_MISMATCH, why=f"the cart holds {_count_things(sum(items.values()))} already")
    if items is None and view.kind is PageKind.CART and view.goes(CART):
        return None if view.is_surely_empty else Wait(why="the cart has not come", marker=MarkerName.CART_GROUPS)
    if items is None and not view.goes(CART) and (view.count or _is_silent_of_cart(view)):
        return Go(address=CART)  # its own call tells for certain
    if items is None and view.count:
        why = f"the cart holds {_count_things(view.count)} already"
        return Wait(why=why, marker=MarkerName.CART_LINK, ending=Ending.CART_MISMATCH)
    return None


def _is_silent_of_cart(view: View) -> bool:
    """The product's page has come, and its head tells nothing of the cart, which may hold the owner's own."""
    has_come = view.shows(MarkerName.ADD, MarkerName.CELL_SHIPPING, MarkerName.CELL_PICKUP)
    return view.kind is PageKind.PRODUCT and has_come and view.count is None


def _count_things(count: int) -> str:
    return "one thing" if count == 1 else f"{count} things"


def add(view: View) -> Act | None:
    if view.done(MarkerName.ADD):
        return None
    button = view.found(MarkerName.ADD)
    is_alone = button is not None and (_is_main(view) or button.count == 1)
    if not view.is_ready(MarkerName.ADD) or not is_alone:
        is_off = button is not None and button.visible and not button.enabled
        if is_off:
            why = "its button is off, as where it is out of stock"
            return Wait(why=why, marker=MarkerName.ADD, ending=Ending.OUT_OF_STOCK)
        return Wait(why="the product's own button can't be clicked", marker=MarkerName.ADD)
    wanted = view.wanted.channel
    if wanted is not Channel.ANY and view.chosen_channel() is not wanted:
        cell = MarkerName.CELL_SHIPPING if wanted is Channel.SHIPPING else MarkerName.CELL_PICKUP
        return Wait(why=f"the page does not say that {wanted} is chosen", marker=cell)
    return Click(marker=MarkerName.ADD, tcin=view.wanted.tcin)


def decline_coverage(view: View) -> Act | None:
    if view.is_ready(MarkerName.DECLINE_COVERAGE) and view.done(MarkerName.DECLINE_COVERAGE) < _MOST_TRIES:
        return Click(marker=MarkerName.DECLINE_COVERAGE)
    return None


def open_cart(view: View) -> Act | None:
    """After the one click: as soon as the shop has answered, or the page says that it has."""
    if view.kind is PageKind.CART:
        return None
    calls = view.calls(Call.CART_ITEMS, "POST")
    is_answered = bool(calls) and not view.is_under_way(Call.CART_ITEMS)
    if is_answered or view.shows(MarkerName.ADDED, MarkerName.VIEW_CART):
        return _open(view, CART, "the cart", MarkerName.CART_GROUPS)
    if calls:
        return Wait(why="the shop has not answered the click that adds", ending=Ending.BUSY)
    return Wait(why="the shop has not heard of the click that adds", marker=MarkerName.ADD)


def cart_settled(view: View) -> Act | None:
    if view.is_under_way(Call.CART_ITEMS):
        return Wait(why="the cart is being changed", ending=Ending.BUSY)
    if view.is_surely_empty:
        why = "the cart is empty after adding"
        is_told = view.last_items() == {}
        return End(ending=Ending.CART_MISMATCH, why=why) if is_told else Wait(why=why, ending=Ending.CART_MISMATCH)
    if not view.shows(MarkerName.CART_GROUPS):
        return Wait(why="the cart has not come", marker=MarkerName.CART_GROUPS)
    if not view.rows or view.has_unnamed_rows:
        return Wait(why="the rows of the cart can't be read", marker=MarkerName.ROW)
    return None


def only_ours(view: View) -> Act | None:
    if view.others:
        things = "one other thing is" if view.others == 1 else f"{view.others} other things are"
        return End(ending=Ending.CART_MISMATCH, why=f"{things} in the cart")
    if len(view.ours) > 1:
        return End(ending=Ending.CART_MISMATCH, why=f"the product stands in {len(view.ours)} rows of the cart")
    if view.says(Phrase.GONE_FROM_CART):
        return End(ending=Ending.OUT_OF_STOCK, why="the cart says that it is sold out")
    return None


def set_quantity(view: View) -> Act | None:
    tcin, wanted = view.wanted.tcin, view.wanted.quantity
    held = view.ours[0].quantity
    changes, tries = view.calls(Call.CART_ITEMS, "PUT"), view.done(MarkerName.QUANTITY)
    if len(changes) < tries:
        return Wait(why="the shop has not heard of the new quantity", marker=MarkerName.QUANTITY)
    if tries and not is_good(changes[-1]):
        return end_refused(changes[-1], f"a quantity of {wanted}")
    if held is None:
        return Wait(why="the quantity in the cart can't be read", marker=MarkerName.QUANTITY)
    if held == wanted:
        return None
    if tries >= _MOST_TRIES:
        why = f"the cart holds {held} instead of {wanted}, whatever is chosen"
        return End(ending=Ending.CART_MISMATCH, why=why)
    if not view.is_ready(MarkerName.QUANTITY):
        return Wait(why=f"the cart holds {held} instead of {wanted}", marker=MarkerName.QUANTITY)
    return Choose(marker=MarkerName.QUANTITY, value=str(wanted), tcin=tcin)


def open_summary(view: View) -> Act | None:
    summary = view.found(MarkerName.SUMMARY)
    is_shut = summary is not None and summary.value == "false"
    if is_shut and view.is_ready(MarkerName.SUMMARY) and not view.done(MarkerName.SUMMARY):
        return Click(marker=MarkerName.SUMMARY)
    return None


def cart_agrees(view: View) -> Act | None:
    items = view.last_items()
    if items is not None and dict(items) != _exactly(view.wanted):
        why = "the cart's rows and the shop's last answer differ"
        return Wait(why=why, ending=Ending.CART_MISMATCH)
    if items is None and view.is_whole() is False:
        return Wait(why="the page counts more in the cart than it shows", ending=Ending.CART_MISMATCH)
    return None


def in_cart(view: View) -> Act | None:
    return Reached(
        items=_exactly(view.wanted),
        channel=view.last_channel(),
        seller=view.seller(),
        subtotal=view.amount(MarkerName.SUBTOTAL) or view.last_subtotal(),
    )


def _exactly(wanted: Wanted) -> dict[Tcin, int]:
    return {wanted.tcin: wanted.quantity}


# ---- to the review


def from_cart(view: View) -> Act | None:
    if view.kind is not PageKind.CART:
        return None
    tries = view.done(MarkerName.CHECKOUT)
    if tries > _count_bounces(view):
        return Wait(why="the checkout has not come", marker=MarkerName.PLACE_ORDER, ending=Ending.BUSY)
    if tries >= _MOST_BOUNCES:
        return End(ending=Ending.BUSY, why="the shop sent the checkout back to the cart twice")
    if view.others:
        return End(ending=Ending.CART_MISMATCH, why="something else is in the cart")
    if not view.is_ready(MarkerName.CHECKOUT):
        if view.says(Phrase.ADD_ON):
            return Wait(why=Ending.ADD_ON, marker=MarkerName.CHECKOUT, ending=Ending.ADD_ON)
        return Wait(why="the button to check out can't be clicked", marker=MarkerName.CHECKOUT)
    return Click(marker=MarkerName.CHECKOUT)


def _count_bounces(view: View) -> int:
    """How often the page came back to the cart: it writes the cart anew after the checkout was asked for."""
    bounces, is_asked = 0, False
    for one in view.observation.calls:
        if one.call is Call.PRE_CHECKOUT:
            is_asked = not is_under_way(one)
        elif one.call is Call.CART and one.method == "PUT" and is_asked:
            bounces, is_asked = bounces + 1, False
    return bounces


def open_checkout(view: View) -> Act | None:
    if view.kind is PageKind.CONFIRMATION:
        return End(
            ending=Ending.PAGE_CHANGED,
            why="the shop confirms an order before the button",
            marker=MarkerName.PLACE_ORDER,
        )
    return None if view.kind is PageKind.CHECKOUT else _open(view, CART, "the cart", MarkerName.CART_GROUPS)


def save_and_continue(view: View) -> Act | None:
    is_due = view.is_ready(MarkerName.SAVE_AND_CONTINUE) and not view.shows(MarkerName.PLACE_ORDER)
    if is_due and view.done(MarkerName.SAVE_AND_CONTINUE) < _MOST_TRIES:
        return Click(marker=MarkerName.SAVE_AND_CONTINUE)
    return None


def review_ready(view: View) -> Act | None:
    button = view.found(MarkerName.PLACE_ORDER)
    if button is None or not button.visible:
        return Wait(why="the button that orders is not there", marker=MarkerName.PLACE_ORDER)
    if not view.is_ready(MarkerName.PLACE_ORDER):
        why = "something lies over the button that orders" if button.covered else "the button that orders is off"
        return Wait(why=why, marker=MarkerName.PLACE_ORDER)
    return None


def review_agrees(view: View) -> Act | None:
    items, rows = view.last_items(), view.items_of_rows()
    if items is not None and rows is not None and dict(items) != rows:
        return Wait(why="the page and the shop's answer hold other things", ending=Ending.CART_MISMATCH)
    on_page, in_answer = view.amount(MarkerName.TOTAL), view.last_total()
    if on_page is not None and in_answer is not None and on_page != in_answer:
        why = f"the page says ${on_page}, the shop's answer ${in_answer}"
        return Wait(why=why, marker=MarkerName.TOTAL, ending=Ending.CART_MISMATCH)
    return None


def at_review(view: View) -> Act | None:
    items = view.last_items() or view.items_of_rows()
    if not items:
        return Wait(why="what would be ordered can't be read", marker=MarkerName.ROW)
    if dict(items) != _exactly(view.wanted):
        return End(ending=Ending.CART_MISMATCH, why=f"it would order {_describe(items)}")
    total = view.amount(MarkerName.TOTAL)
    if total is None:
        total = view.last_total()
    if total is None:
        return Wait(why="the total can't be read", marker=MarkerName.TOTAL)
    return Reached(
        items=items,
        channel=view.last_channel() or _said_channel(view),
        seller=view.seller(),
        total=total,
        subtotal=view.amount(MarkerName.SUBTOTAL) or view.last_subtotal(),
    )


def _describe(items: Mapping[Tcin, int]) -> str:
    return ", ".join(f"{count} of {tcin}" for tcin, count in sorted(items.items()))


def _said_channel(view: View) -> Channel | None:
    is_shipped, is_picked_up = view.says(Phrase.IS_SHIPPED), view.says(Phrase.IS_PICKED_UP)
    if is_shipped == is_picked_up:
        return None
    return Channel.SHIPPING if is_shipped else Channel.PICKUP


# ---- after the press


def ordered(view: View) -> Act | None:
    """The shop's own answer first: it is certain even if the page never comes."""
    order = find_order(view.observation.calls)
    if order is not None:
        return order
    number = order_of(view.observation.seen.address) or _number_shown(view)
    return None if number is None else Ordered(order_number=number, total=view.amount(MarkerName.TOTAL))


def _number_shown(view: View) -> str | None:
    element = view.found(MarkerName.ORDER_NUMBER)
    if element is None or not element.visible or not (view.kind is PageKind.CONFIRMATION or view.says(Phrase.THANKS)):
        return None
    return find_order_number(element.text)


def follow_press(view: View) -> Act | None:
    if view.is_under_way(Call.CHECKOUT):
        return Wait(why="the shop has not answered the press", patiently=True)
    return None


def declined(view: View) -> Act | None:
    """Both say no: every try was clearly refused, and the page shows that it goes no further."""
    code = find_refusal(view.observation.calls, view.wanted.tcin)
    if code is None or view.says(Phrase.THANKS, Phrase.PIN) or view.kind is PageKind.CONFIRMATION:
        return None
    stands = view.is_ready(MarkerName.PLACE_ORDER) or view.dialogs or view.kind is PageKind.CART
    says = view.shows(MarkerName.CVV) or view.says(Phrase.BUSY, Phrase.CVV, Phrase.PAYMENT, Phrase.LIMIT)
    return PressRefused(code=code) if stands or says else None


def unanswered(view: View) -> Act | None:
    """A page that offers its button and waits for no answer took no notice of the press, or has given up."""
    if view.kind is PageKind.CHECKOUT and view.is_ready(MarkerName.PLACE_ORDER):
        return Wait(why="no confirmation came, and the page offers its button again", marker=MarkerName.PLACE_ORDER)
    return Wait(why="no confirmation has come", marker=MarkerName.ORDER_NUMBER, patiently=True)


# ---- a clean cart


def leave_for_cart(view: View) -> Act | None:
    """From whatever page the attempt ended on."""
    return None if view.kind is PageKind.CART or view.goes(CART) else Go(address=CART)


def cart_only(view: View) -> Act | None:
    return None if view.kind is PageKind.CART else _open(view, CART, "the cart", MarkerName.CART_GROUPS)


def clean(view: View) -> Act | None:
    """Nothing of ours is left: by rows that can all be read, or by a cart that is surely empty."""
    items = view.last_items()
    if view.ours or view.is_under_way(Call.CART_ITEMS) or (items is not None and view.wanted.tcin in items):
        return None
    if not (view.is_surely_empty or (view.rows and not view.has_unnamed_rows)):
        return None
    if items is None and not view.is_whole():
        return Wait(why="the page does not tell whether all of the cart is shown", marker=MarkerName.CART_LINK)
    return Reached(items=view.items_of_rows() or {})


def take_out(view: View) -> Act | None:
    if not view.ours:
        is_empty = view.says(Phrase.EMPTY_CART) or view.shows(MarkerName.EMPTY_CART)
        missing = MarkerName.ACCOUNT if is_empty and view.account is None else MarkerName.ROW
        return Wait(why="what the cart holds can't be read for certain", marker=missing)
    tries = view.done(MarkerName.REMOVE)
    if tries > sum(one.status is not None or one.broke for one in view.calls(Call.CART_ITEMS, "DELETE")):
        return Wait(why="the shop has not heard that it is to be taken out", marker=MarkerName.REMOVE)
    if tries >= _MOST_TRIES * len(view.ours):
        return End(ending=Ending.CART_MISMATCH, why="the shop does not take it out of the cart")
    button = view.found(MarkerName.REMOVE)
    if button is None or button.count != len(view.ours) or not view.is_ready(MarkerName.REMOVE):
        return Wait(why="the button that takes it out can't be clicked", marker=MarkerName.REMOVE)
    return Click(marker=MarkerName.REMOVE, tcin=view.wanted.tcin)
