"""The checkout in words: what only the owner can do at the shop, and how a rehearsal by hand went."""

from datetime import timedelta, tzinfo

from bot.text.markup import code, cut, day_time, headed, join_lines, money, product_heading, quoted
from config.durations import span
from config.products import Mode
from purchasing.checkout.model import Need
from purchasing.events import CartCleaned, CartNotCleaned, OrderFound, SessionExpired
from purchasing.model import Attempt, Review, Step
from purchasing.rehearsal import Rehearsal, TimedAct

_LOGIN = f"run {code('stockbell login')} on the computer that I run on"

#: What the shop asks for, and what can be done about it.
_ASKS: dict[str, tuple[str, str]] = {
    Need.SIGN_IN: ("says that you are signed out", f"To sign in again, {_LOGIN}"),
    Need.CHALLENGE: (
        "wants proof that a person is there, and I leave that to you",
        f"To give it, {_LOGIN}, and do in its window what the page asks",
    ),
    Need.CVV: (
        "asks for the card's security code, which I never type",
        "Open target.com and place one order by hand, or confirm the card there",
    ),
    Need.PIN: (
        "asks for the card's PIN, which I never type",
        "Open target.com and place one order by hand, or choose another card there",
    ),
    Need.PASSWORD: ("asks for your password, which I never type", f"To sign in again, {_LOGIN}"),
    Need.ADDRESS: ("asks about your address", "Open target.com and confirm the address in your account"),
    Need.PAYMENT: (
        "has no payment that it takes",
        "Open target.com and look at the payment in your account: the card may have run out",
    ),
    Need.DIALOG: (
        "asks something that I don't know, and I click nothing that I don't know",
        "Open target.com and answer it there",
    ),
    Need.MARKER: (
        "shows a page that is not as it always was",
        "What is missing can be mended in one file, as docs/checkout.md tells",
    ),
}
_UNKNOWN = "asks for what I can't do", "Open target.com and answer it there"


def owner_line(need: str, attempt: Attempt) -> str:
    """What the shop asks for and what to do then; where the button was pressed, what to do first."""
    asks, remedy = _ASKS.get(need) or _UNKNOWN
    if attempt.step is not Step.UNCONFIRMED:
        return f"Target {asks}. {remedy}; then I can go on."
    bought, not_bought = (code(f"/settle {attempt.id} {word}") for word in ("bought", "not"))
    return (
        f"After the button was pressed, Target {asks}. The order may have gone through all the same: look at your "
        f"orders on target.com before anybody buys it by hand, then send {bought} or {not_bought}."
    )


def render_session_expired(expired: SessionExpired, *, mode: Mode, zone: tzinfo) -> str:
    """Told once, until somebody has signed in again."""
    since = "" if expired.since is None else f" I was last signed in at {day_time(expired.since, zone)}."
    return join_lines(
        [
            headed(mode, f"<b>you are signed out at Target</b>, so that nothing can be bought: {quoted(expired.why)}."),
            f"To sign in again, {_LOGIN}; then I go on by myself.{since}",
        ]
    )


def render_cart_not_cleaned(left: CartNotCleaned, title: str, *, mode: Mode) -> str:
    return join_lines(
        [
            headed(mode, f"what attempt {left.attempt} put into the cart is <b>still there</b>: {quoted(left.why)}."),
            product_heading(title, left.tcin),
            "Take it out on target.com, or you buy it with your next order by hand. My next attempt begins with it.",
        ]
    )


def render_cart_cleaned(cleaned: CartCleaned, title: str, *, mode: Mode) -> str:
    head = headed(mode, f"what attempt {cleaned.attempt} had left in the cart is out of it now.")
    return join_lines([head, product_heading(title, cleaned.tcin)])


def render_order_found(found: OrderFound, title: str) -> str:
    """Only what is live is ever looked for again."""
    order = f"order {code(cut(found.order_number, 50))}, {money(found.total)}"
    return join_lines(
        [
            headed(Mode.LIVE, f"attempt {found.attempt} <b>was bought after all</b>: the order list has {order}."),
            product_heading(title, found.tcin),
            "The shop had refused it first. It counts as bought from now on.",
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
    took, why = span(attempt.moved_at - attempt.opened_at), quoted(attempt.why or "it was given up")
    if rehearsal.review is None:
        return f"given up before the review page, after {took}: {why}"
    if attempt.step is Step.ABANDONED:
        return f"the review page was reached in {took}, but a purchase would have been given up there: {why}"
    return f"the review page was reached in {took}, its button was not pressed"


def _act_words(act: TimedAct) -> str:
    return f"{act.what} {act.took / timedelta(seconds=1):.1f} s{'' if act.done else ' (failed)'}"


def _review_words(review: Review) -> str:
    items = ", ".join(f"{count} x {code(tcin)}" for tcin, count in review.items.items()) or "nothing"
    how = "by a way that it does not tell" if review.channel is None else f"by {review.channel}"
    seller = "somebody whom it does not name" if review.seller is None else quoted(review.seller)
    goods = "" if review.subtotal is None else f", {money(review.subtotal)} without tax and shipping"
    return f"It would sell {items}, {how}, from {seller}, for {money(review.total)}{goods}."


def _cart_words(rehearsal: Rehearsal) -> str:
    if rehearsal.clean:
        return "Nothing was ordered, and nothing of it is left in the cart."
    return "Nothing was ordered. <b>Look into your cart on target.com</b>: something of it may be left there."
