"""What only the owner can do at the shop, said so that a household knows what to do next."""

from bot.text.markup import code
from purchasing.checkout.model import Need
from purchasing.model import Attempt, Step

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
