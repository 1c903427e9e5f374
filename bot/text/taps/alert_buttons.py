"""What may be done from an alert by a tap. Buttons change only where the text does, so that they cost no edit."""

from bot.text.alerts import is_above_its_cap
from bot.text.draft import Button, Buttons
from bot.text.purchases import approval_buttons
from bot.text.taps.prices import DISMISSAL, raise_button
from config.products import DRILL, Mode
from purchasing.events import Control
from purchasing.model import Restock, Step
from purchasing.rules.state_machine import HOLDS_SLOT


def alert_buttons(restock: Restock, *, link: str | None, acting: bool) -> Buttons:
    """For who may act, all that has a use now; the way to the shop for everyone."""
    steps = _steps(restock) if acting and restock.watched else ()
    asked = approval_buttons(restock) if acting else ()
    return (*asked, *((Button(text="Open at Target", url=link),) for _ in [link] if link is not None), *steps)


def reminder_buttons(what: Control) -> Buttons:
    """Below a reminder of what still holds; a stop is lifted by the command alone, which asks for a code."""
    later = Button(text="Remind me tomorrow", data=f"{DISMISSAL}{what}")
    return ((Button(text="Resume", data="/resume"), later),) if what is Control.PAUSE else ((later,),)


def _steps(restock: Restock) -> Buttons:
    if restock.tcin == DRILL:
        return ()
    above, price = is_above_its_cap(restock), restock.stock.price
    raised = ((raise_button(restock.tcin, price),),) if above and price is not None else ()
    if restock.closed_at is not None:
        return raised  # in stock above its cap, the alert goes on
    return (*raised, tuple(one for one in (_pause(restock), _skip(restock)) if one is not None))


def _pause(restock: Restock) -> Button:
    if restock.paused_until is not None:
        return Button(text="Resume", data=f"/resume {restock.tcin}")
    return Button(text="Pause 1 h", data=f"/pause {restock.tcin} 1h")


def _skip(restock: Restock) -> Button | None:
    """None where Skip stands on the alert already, or a yes does, or it is being bought or was."""
    data = f"/skip {restock.tcin} w{restock.id}"
    if restock.is_skipped:
        return Button(text="Alert me again", data=f"{data} off")
    last, approval = restock.attempts[-1] if restock.attempts else None, restock.approval
    is_asked = approval is not None and (approval.answer is None or approval.approves)
    is_under_way = last is not None and last.step in HOLDS_SLOT
    is_bought = last is not None and last.step is Step.CONFIRMED and last.mode is Mode.LIVE
    return None if is_asked or is_under_way or is_bought else Button(text="Not interested", data=data)
