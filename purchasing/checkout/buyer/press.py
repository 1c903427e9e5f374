"""The one press, and what becomes of it: told by what the page calls, by what it shows, and by the cart."""

import asyncio
import contextlib
import logging
from datetime import timedelta

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Locator

from config.clock import Now
from purchasing.checkout import pages
from purchasing.checkout.buyer.errand import Errand, wanted_of
from purchasing.checkout.buyer.stages import BETWEEN_LOOKS, PATIENCE, StageEnded, follow
from purchasing.checkout.buyer.tab import CLICKING, Tab, WentElsewhere
from purchasing.checkout.model import Call, Go, Ordered, PressRefused
from purchasing.checkout.view import View
from purchasing.checkout.witness import NEEDS, find_order, find_refusal, is_under_way
from purchasing.errors import NothingOrdered, OutcomeUnknown, Refused
from purchasing.model import Attempt, Receipt

log = logging.getLogger(__name__)

#: Before the deadline, so that a picture of what is in doubt can still be taken.
BEFORE_DEADLINE = timedelta(seconds=2)
#: After a press that was taken back, a call that places an order comes within this, if it comes at all.
AFTER_TAKING_BACK = timedelta(seconds=3)
#: So long after a press its answer may still come, and its browser is not renewed.
STILL_UNDER_WAY = timedelta(minutes=3)


async def press(errand: Errand, button: Locator, attempt: Attempt, *, now: Now) -> Receipt:
    """Click the button once, and follow it to its outcome.

    Up to the click nothing is awaited: the message to the browser leaves within the call.

    Raises:
        Refused: the shop clearly said no.
        OutcomeUnknown: anything else that is no order.
    """
    errand.pressed_at = asyncio.get_running_loop().time()
    try:
        async with asyncio.timeout(None) as errand.press:
            await button.click(timeout=CLICKING.total_seconds() * 1000, no_wait_after=True)
    except TimeoutError:
        await _watch_taken_back(errand.tab)
    except PlaywrightError as error:
        # It may have been pressed all the same: what the page calls tells.
        log.warning("checkout.press_failed", extra={"attempt": attempt.id, "why": str(error)[:200]})
    finally:
        errand.press = None
    return await _follow(errand.tab, attempt, within=attempt.deadline - now() - BEFORE_DEADLINE)


def take_back(errand: Errand) -> None:
    """Cancel the click where it is still on its way; the page is watched all the same."""
    if errand.press is not None:
        errand.press.reschedule(asyncio.get_running_loop().time())


async def _watch_taken_back(tab: Tab) -> None:
    """Raises OutcomeUnknown: no order is on its way, so far as can be seen; the order list has the last word."""
    if not await tab.until_heard(
        lambda: any(call.call is Call.CHECKOUT for call in tab.calls), within=AFTER_TAKING_BACK
    ):
        raise OutcomeUnknown("a stop came, and the press was taken back")


async def _follow(tab: Tab, attempt: Attempt, *, within: timedelta) -> Receipt:
    try:
        async with asyncio.timeout(max(within.total_seconds(), 0)):
            outcome = await _await_outcome(tab, attempt)
    except TimeoutError as error:
        raise OutcomeUnknown("no confirmation came before the deadline") from error
    except StageEnded as ended:
        raise OutcomeUnknown(ended.end.why, need=ended.end.need) from ended
    if isinstance(outcome, PressRefused):
        outcome = await _look_behind_refusal(tab, attempt, outcome.code)
    if outcome.order_number in (attempt.orders_before or ()):
        raise OutcomeUnknown(f"the shop shows order {outcome.order_number}, which was there before the press")
    return _receipt(outcome)


def hear_late(errand: Errand, attempt: Attempt) -> Receipt | None:
    """The order of which the page's calls have told by now, though the press was given up."""
    order = find_order(errand.tab.calls)
    return None if order is None or order.order_number in (attempt.orders_before or ()) else _receipt(order)


def is_unanswered(errand: Errand) -> bool:
    """The shop owes an answer to the press, and has not owed it for so long that it will never come."""
    if errand.pressed_at is None or not _owes_answer(errand.tab):
        return False
    return asyncio.get_running_loop().time() < errand.pressed_at + STILL_UNDER_WAY.total_seconds()


def _receipt(order: Ordered) -> Receipt:
    return Receipt(order_number=order.order_number, total=order.total)


async def _await_outcome(tab: Tab, attempt: Attempt) -> Ordered | PressRefused:
    """By page and calls; by the calls alone where the page can't be looked at any more.

    Raises:
        StageEnded: it asks for the owner, or it can't be told.
        OutcomeUnknown: the page is of no more use, and no call tells of an order.
    """
    try:
        return await follow(tab, wanted_of(attempt))
    except NothingOrdered as error:
        if (order := await _hear_order(tab)) is None:
            raise OutcomeUnknown(f"after the press {error}") from error
        return order


async def _hear_order(tab: Tab) -> Ordered | None:
    """By the calls alone, once each that may place an order is answered or broken off."""
    if tab.is_open:
        await tab.until_heard(lambda: not _owes_answer(tab), within=PATIENCE)
    return find_order(tab.calls)


def _owes_answer(tab: Tab) -> bool:
    return any(one.call is Call.CHECKOUT and is_under_way(one) for one in tab.calls)


async def _look_behind_refusal(tab: Tab, attempt: Attempt, code: str) -> Ordered:
    """A refusal counts only where the cart still holds the product, which an order would have taken out of it.

    Chromium sends a broken call again by itself, so that a refusal may answer the second of two; and the page may send
    another one until it is left.

    Returns the order where such another one placed it.

    Raises:
        Refused: every try was refused.
        OutcomeUnknown: the cart does not hold it, or does not tell, or a later try was not clearly refused.
    """
    try:
        doubt = None if await _holds_ours(tab, attempt) else "the cart does not hold it any more"
    except (NothingOrdered, TimeoutError) as error:
        doubt = f"the cart could not be read: {str(error) or 'it did not come'}"
    if (order := await _hear_order(tab)) is not None:
        return order
    if doubt is None and find_refusal(tab.calls, attempt.tcin) is None:
        doubt = "what the shop answered since does not bear that out"
    if doubt is not None:
        raise OutcomeUnknown(f"refused with {code}, but {doubt}")
    raise Refused(code, need=NEEDS.get(code))


async def _holds_ours(tab: Tab, attempt: Attempt) -> bool:
    with contextlib.suppress(WentElsewhere):  # by itself, perhaps to the cart
        await tab.go(Go(address=pages.CART))
    async with asyncio.timeout(PATIENCE.total_seconds()):
        while True:
            with contextlib.suppress(WentElsewhere):
                view = View(await tab.look(attempt.tcin), wanted_of(attempt))
                if view.kind is pages.PageKind.CART and view.ours and not view.is_under_way(Call.CART):
                    return True
                if view.says(pages.Phrase.EMPTY_CART):
                    return False
            await asyncio.sleep(BETWEEN_LOOKS.total_seconds())
