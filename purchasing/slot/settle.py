"""What became of an unconfirmed attempt: the order list is asked until it answers. Never orders anything."""

import asyncio
import logging
from datetime import datetime, timedelta

from config.clock import Now
from config.products import Mode
from purchasing.errors import OrdersUnreadable
from purchasing.model import Attempt, Step, Transition
from purchasing.ports import Orders
from purchasing.slot.runner import Desk

log = logging.getLogger(__name__)

#: Pauses between questions to the order list about an unconfirmed attempt; the last one repeats.
ORDER_LIST_PAUSES = (timedelta(seconds=2), timedelta(seconds=10), timedelta(seconds=30), timedelta(minutes=2))


def _time_for_listing(attempt: Attempt, *, at: datetime) -> timedelta:
    """How long from now a no of the order list says little; however wrong the clock, no longer than at the opening."""
    if attempt.mode is not Mode.LIVE:
        return timedelta(0)
    longest = 2 * (attempt.deadline - attempt.opened_at)
    return min(max(attempt.opened_at + longest - at, timedelta(0)), longest)


async def settle(attempt: Attempt, orders: Orders, desk: Desk, *, now: Now) -> Attempt:
    """Ask the order list about an unconfirmed attempt until it answers. Never orders anything.

    A real shop may still be taking the order in while its list says no: such a no counts only once as much time has
    passed after the attempt's deadline as there was before it. Practice is settled at once.
    """
    clock = asyncio.get_running_loop().time
    counts_from = clock() + _time_for_listing(attempt, at=now()).total_seconds()
    pauses = iter(ORDER_LIST_PAUSES)
    while True:
        try:
            receipt = await orders.find(attempt)
            if receipt is not None or clock() >= counts_from:
                break
            log.info("attempt.not_listed_yet", extra={"attempt": attempt.id})
        except OrdersUnreadable as error:
            log.warning("attempt.unsettled", extra={"attempt": attempt.id, "why": str(error)})
        except Exception:
            # Whatever broke it, it gave no answer; and a shop is not asked faster because we are broken.
            log.exception("attempt.unsettled", extra={"attempt": attempt.id})
        await asyncio.sleep(next(pauses, ORDER_LIST_PAUSES[-1]).total_seconds())
    if receipt is not None:
        return await desk.move(attempt, Transition(to=Step.CONFIRMED, why="found in the order list", receipt=receipt))
    why = f"{attempt.why}; the order list has no such order" if attempt.why else "the order list has no such order"
    return await desk.move(attempt, Transition(to=Step.REFUSED, why=why))
