"""What stands in the way of a purchase, as rules: each has an act where it holds, and none where it does not."""

from purchasing.checkout.model import (
    Act,
    Answer,
    Call,
    Dialog,
    End,
    Ending,
    Need,
    Wait,
)
from purchasing.checkout.pages import TEXTS, MarkerName, PageKind, Phrase
from purchasing.checkout.scrub import without_whose
from purchasing.checkout.view import View
from purchasing.checkout.witness import NEEDS, ending_of, is_fault_of_shop

# ---- what only the owner can do


def challenge(view: View) -> Act | None:
    if view.shows(MarkerName.CHALLENGE) or view.says(Phrase.CHALLENGE):
        return End(ending=Ending.OWNER_NEEDED, why="the shop asks whether a person is there", need=Need.CHALLENGE)
    return None


def sign_in(view: View) -> Act | None:
    """The head says "Sign in" for a moment on every page that is still coming to life; a form to sign in is certain."""
    has_field = view.shows(MarkerName.PASSWORD) and not view.shows(MarkerName.SIGN_IN_FORM)
    if has_field or (view.says(Phrase.PASSWORD) and view.kind is not PageKind.SIGN_IN):
        return End(ending=Ending.OWNER_NEEDED, why="the shop asks for the password", need=Need.PASSWORD)
    if view.is_unknown_to_shop:
        return End(ending=Ending.SIGN_IN, why="the shop does not know who asks for the cart", need=Need.SIGN_IN)
    if view.kind is PageKind.SIGN_IN or view.shows(MarkerName.SIGN_IN_FORM):
        return End(ending=Ending.SIGN_IN, why="the shop asks to sign in", need=Need.SIGN_IN)
    if view.account is False:
        why = "the page says that nobody is signed in"
        return Wait(why=why, marker=MarkerName.ACCOUNT, ending=Ending.SIGN_IN, need=Need.SIGN_IN)
    return None


def prompts(view: View) -> Act | None:
    for need, seen, why in (
        (Need.CVV, view.shows(MarkerName.CVV) or view.says(Phrase.CVV), "the card's security code"),
        (Need.PIN, view.says(Phrase.PIN), "the PIN"),
        (Need.ADDRESS, view.says(Phrase.ADDRESS), "a look at the address"),
        (Need.PAYMENT, view.shows(MarkerName.CARD_NUMBER), "a card"),
    ):
        if seen:
            return End(ending=Ending.OWNER_NEEDED, why=f"the shop asks for {why}", need=need)
    if view.kind is PageKind.CHECKOUT and view.says(Phrase.PAYMENT) and not view.is_ready(MarkerName.PLACE_ORDER):
        why = "the shop asks for a way to pay"
        return Wait(why=why, marker=MarkerName.PLACE_ORDER, ending=Ending.OWNER_NEEDED, need=Need.PAYMENT)
    return None


# ---- failure


def end_refused(answer: Answer, what: str) -> End:
    ending = ending_of(answer)
    word = answer.code or ("no answer" if answer.status is None else f"HTTP {answer.status}")
    why = f"the shop refused {what}: {word}"
    if ending is Ending.OWNER_NEEDED:
        return End(ending=ending, why=why, need=NEEDS.get(answer.code or "", Need.CHALLENGE))
    if ending is Ending.SIGN_IN:
        return End(ending=ending, why=why, need=Need.SIGN_IN)
    return End(ending=ending or Ending.BUSY, why=why)


def add_refused(view: View) -> Act | None:
    refusal = view.refusal(Call.CART_ITEMS, "POST")
    return None if refusal is None else end_refused(refusal, "to put it into the cart")


def not_added(view: View) -> Act | None:
    """Of a try without an answer the page can't know: the cart tells."""
    if not view.says(Phrase.NOT_ADDED) or any(one.broke for one in view.calls(Call.CART_ITEMS, "POST")):
        return None
    if view.is_under_way(Call.CART_ITEMS):
        return Wait(why="the shop says: item not added to cart", ending=Ending.BUSY)
    if view.says(Phrase.LIMIT):
        return End(ending=Ending.LIMIT, why="the shop says: item not added to cart, as the purchase limit is reached")
    if view.says(Phrase.BUSY):
        return End(ending=Ending.BUSY, why="the shop says: item not added to cart, as too many ask for it")
    is_fault = any(is_fault_of_shop(one) for one in view.calls(Call.CART_ITEMS, "POST"))
    ending = Ending.BUSY if is_fault else Ending.OUT_OF_STOCK
    return End(ending=ending, why="the shop says: item not added to cart")


def limit(view: View) -> Act | None:
    return End(ending=Ending.LIMIT, why="the shop says that its limit is reached") if view.says(Phrase.LIMIT) else None


def cart_lost(view: View) -> Act | None:
    """On the way to the review; a page that is still loading may say so for a moment."""
    if view.says(Phrase.EMPTY_CART):
        return Wait(why="the shop says that the cart is empty", ending=Ending.CART_MISMATCH)
    return None


def checkout_refused(view: View) -> Act | None:
    refusal = view.refusal(Call.PRE_CHECKOUT, "POST")
    return None if refusal is None else end_refused(refusal, "to check out")


# ---- dialogs


#: What a dialog says that ends it.
_ENDING_DIALOGS = (Phrase.NOT_ADDED, Phrase.BUSY, Phrase.QUEUE)


def _is_known(dialog: Dialog) -> bool:
    """Those that come on the way, with a button of their own or none that is needed, and those that end it."""
    if {MarkerName.DECLINE_COVERAGE, MarkerName.ADDED, MarkerName.VIEW_CART} & set(dialog.markers):
        return True
    text = dialog.text.lower()
    return any(phrase in text for name in _ENDING_DIALOGS for phrase in TEXTS[name].phrases)


def unknown_dialog(view: View) -> Act | None:
    """One that is still coming has none of its marks yet, and "one moment, please" goes by itself."""
    unknown = next((dialog for dialog in view.dialogs if not _is_known(dialog)), None)
    if unknown is None:
        return None
    account = view.found(MarkerName.ACCOUNT)
    words = without_whose(unknown.text, greeting="" if account is None else account.text)
    why = f"a dialog that is not known lies over the page: {words[:120]}"
    return Wait(why=why, ending=Ending.OWNER_NEEDED, need=Need.DIALOG, briefly=True)


# ---- a shop that holds people back


def busy(view: View) -> Act | None:
    if view.says(Phrase.QUEUE):
        return End(ending=Ending.QUEUE, why="the shop has people wait in line")
    return End(ending=Ending.BUSY, why="the shop says that it is too busy") if view.says(Phrase.BUSY) else None
