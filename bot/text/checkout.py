"""The checkout in words: what only the owner can do at the shop, and how a rehearsal by hand went."""

from datetime import timedelta, tzinfo

from bot.text.markup import code, cut, day_time, headed, join_lines, money, product_heading, quoted
from bot.text.reasons import as_sentence, reason
from config.durations import span
from config.products import Mode
from purchasing.checkout.model import Need
from purchasing.events import CartCleaned, CartNotCleaned, CartTaken, OrderFound, SessionExpired
from purchasing.model import Attempt, Review, Step
from purchasing.rehearsal import Rehearsal, TimedAct
from purchasing.rules.state_machine import ENDS_WITHOUT_ORDER

_LOGIN = f"run {code('stockbell login')} on the computer that I run on"

#: What can be done about each of what the shop asks for; the reason beside it says what that is.
_REMEDIES: dict[str, str] = {
    Need.SIGN_IN: f"To sign in again, {_LOGIN}",
    Need.CHALLENGE: f"I leave that to you: {_LOGIN}, and do in its window what the page asks",
    Need.CVV: (
        "I never type the card's security code. Open target.com and place one order by hand, or confirm the card there"
    ),
    Need.PIN: "I never type a PIN. Open target.com and place one order by hand, or choose another card there",
    Need.PASSWORD: f"I never type your password. To sign in again, {_LOGIN}",
    Need.ADDRESS: "Open target.com and confirm the address in your account",
    Need.PAYMENT: "Open target.com and look at the payment in your account: the card may have run out",
    Need.DIALOG: "I click nothing that I don't know. Open target.com and answer it there",
    Need.MARKER: (
        "I click nothing in its place. Who looks after me can mend that in one file, as docs/checkout.md tells"
    ),
}
_UNKNOWN = "Open target.com and answer it there"
#: Whoever is asked for these can't be shown the order list before they are given.
_HIDES_ORDERS = frozenset({Need.SIGN_IN, Need.PASSWORD})


def owner_line(need: str, attempt: Attempt) -> str:
    """What to do about what the shop asks for; where the button was pressed, what to do first."""
    if attempt.step is not Step.UNCONFIRMED:
        return f"{_REMEDIES.get(need, _UNKNOWN)}; then I can go on."
    sign_in = f" Or {_LOGIN}: then I look myself." if need in _HIDES_ORDERS else ""
    return (
        "That was after I had pressed the button, so the order may have gone through all the same: look at your orders "
        f"on target.com before anybody buys it by hand, then send {settle_words(attempt)}.{sign_in}"
    )


def settle_words(attempt: Attempt) -> str:
    """How it is told whether it was bought."""
    bought, not_bought = (code(f"/settle {attempt.id} {word}") for word in ("bought", "not"))
    return f"{bought} or {not_bought}"


def cart_line(attempt: Attempt, *, is_left: bool) -> str | None:
    """What of an attempt that bought nothing lies in the cart now; None where it met no shop or was bought."""
    if attempt.mode is Mode.SIMULATE or attempt.step not in ENDS_WITHOUT_ORDER:
        return None
    cart = "Something of it may still be in your cart: I keep trying to take it out, and tell you if I can't."
    if attempt.step is Step.REFUSED:  # whether it was ordered all the same, the shop alone knows
        return cart if is_left else "Nothing of it is left in your cart."
    return f"Nothing was ordered. {cart}" if is_left else "Nothing was ordered, and nothing of it is left in your cart."


def render_session_expired(expired: SessionExpired, *, mode: Mode, zone: tzinfo) -> str:
    """Told once, until somebody has signed in again."""
    since = "" if expired.since is None else f" I was last signed in at {day_time(expired.since, zone)}."
    return join_lines(
        [
            headed(mode, f"<b>You are signed out at Target</b>, so I can't buy. {as_sentence(expired.why)}"),
            f"To sign in again, {_LOGIN}; then I go on by myself.{since}",
        ]
    )


def render_cart_taken(taken: CartTaken, *, mode: Mode) -> str:
    """Told once, until the cart is empty."""
    return headed(mode, f"<b>{things_in_cart(taken.count)}.</b> {CART_REMEDY}")


#: What follows from it, and what to do.
CART_REMEDY = (
    "An order would take all of it along, so I buy nothing until the cart is empty: "
    "buy it, save it for later or take it out."
)


def things_in_cart(count: int) -> str:
    things = "one thing" if count == 1 else f"{count} things"
    return f"Your cart at Target holds {things}"


def render_cart_not_cleaned(left: CartNotCleaned, title: str, *, mode: Mode) -> str:
    return join_lines(
        [
            headed(mode, f"<b>Something is left in your cart</b> (attempt {left.attempt}). {as_sentence(left.why)}"),
            product_heading(title, left.tcin),
            "Take it out on target.com, or you buy it with your next order by hand. I take it out before I buy again.",
        ]
    )


def render_cart_cleaned(cleaned: CartCleaned, title: str, *, mode: Mode) -> str:
    head = headed(mode, f"<b>Your cart is clean again:</b> what was left in it is out (attempt {cleaned.attempt}).")
    return join_lines([head, product_heading(title, cleaned.tcin)])


def render_order_found(order: OrderFound, title: str) -> str:
    """Only what is live is ever looked for again."""
    words = f"order {code(cut(order.order_number, 50))}, {money(order.total)}"
    return join_lines(
        [
            headed(Mode.LIVE, f"<b>It was bought after all:</b> {words} (attempt {order.attempt})."),
            product_heading(title, order.tcin),
            "Target had said no at first, but it stands in your order list. It counts as bought from now on.",
        ]
    )


def render_rehearsal(rehearsal: Rehearsal, title: str) -> str:
    """How one went that was asked for on the command line: what took how long, and what the review page would sell."""
    attempt, review = rehearsal.attempt, rehearsal.review
    acts = ", ".join(_act_words(one) for one in rehearsal.acts)
    return join_lines(
        [
            headed(attempt.mode, _end_words(rehearsal)),
            product_heading(title, attempt.tcin),
            f"Took: {acts}." if acts else None,
            None if review is None else _review_words(review),
            owner_line(rehearsal.need, attempt) if rehearsal.need else None,
            _cart_words(rehearsal),
        ]
    )


def _end_words(rehearsal: Rehearsal) -> str:
    attempt = rehearsal.attempt
    took, why = span(attempt.moved_at - attempt.opened_at), reason(attempt.why or "it was given up")
    if rehearsal.review is None:
        return f"<b>Given up</b> before the last page, after {took}: {why}"
    if attempt.step is Step.ABANDONED:
        return f"<b>I would not have bought it:</b> the last page was reached in {took}, but {why}"
    return f"<b>It would have worked.</b> I reached the last page in {took} and did not press its button"


def _act_words(act: TimedAct) -> str:
    return f"{act.what} {act.took / timedelta(seconds=1):.1f} s{'' if act.done else ' (failed)'}"


def _review_words(review: Review) -> str:
    items = ", ".join(f"{count} x {code(tcin)}" for tcin, count in review.items.items()) or "nothing"
    how = "which way it comes is not said" if review.channel is None else f"by {review.channel}"
    seller = "a seller that is not named" if review.seller is None else quoted(review.seller)
    goods = "" if review.subtotal is None else f" ({money(review.subtotal)} without tax and shipping)"
    return f"It would have ordered {items}, {how}, from {seller}, for {money(review.total)}{goods}."


def _cart_words(rehearsal: Rehearsal) -> str:
    if rehearsal.clean:
        return "Nothing was ordered, and nothing of it is left in your cart."
    return "Nothing was ordered. <b>Look into your cart on target.com</b>: something of it may be left there."
