"""What became of an unconfirmed attempt: the order list is asked until it answers. Never orders anything."""

import asyncio
import logging
from datetime import timedelta

from config.products import Mode
from purchasing.errors import OrdersUnreadable
from purchasing.model import Attempt, Step, Transition
from purchasing.ports import Orders
from purchasing.slot.runner import Desk

log = logging.getLogger(__name__)

#: Pauses between questions to the order list about an unconfirmed attempt; the last one repeats.
ORDER_LIST_PAUSES = (timedelta(seconds=2), timedelta(seconds=10), timedelta(seconds=30), timedelta(minutes=2))
#: How long after the press a real order may come into the list, which those pauses are made for.
LISTED_WITHIN = timedelta(seconds=60)
#: In `live`, so many good readings must hold no such order.
GOOD_READINGS = 3


class _Patience:
    """When a no of the order list counts: after so many good readings, the last of them begun so long after the press.

    It is counted from here, which is after the press, and by the clock that nobody sets. A restart counts anew: that
    costs a minute, and no time that was written down by a wrong clock makes a no count sooner.
    """

    def __init__(self, attempt: Attempt, *, listed_within: timedelta) -> None:
        is_real = attempt.mode is Mode.LIVE
        self._clock = asyncio.get_running_loop().time
        self._counts_from = self._clock() + (listed_within.total_seconds() if is_real else 0)
        self._missing = GOOD_READINGS if is_real else 1
        self._scale = listed_within / LISTED_WITHIN if is_real else 1
        self._pauses = iter(ORDER_LIST_PAUSES)

    @property
    def now(self) -> float:
        return self._clock()

    def takes(self, *, asked_at: float) -> bool:
        """Whether the no of a good reading that was begun then is the last one that it takes."""
        self._missing -= 1
        return self._missing <= 0 and asked_at >= self._counts_from

    async def wait(self) -> None:
        """Until it is worth asking again, ever more slowly; but at the instant from which a no counts."""
        pause = next(self._pauses, ORDER_LIST_PAUSES[-1]).total_seconds() * self._scale
        left = self._counts_from - self._clock()
        await asyncio.sleep(min(pause, left) if left > 0 else pause)


async def settle(attempt: Attempt, orders: Orders, desk: Desk, *, listed_within: timedelta) -> Attempt:
    """Ask the order list about an unconfirmed attempt until it answers. Never orders anything.

    A real shop may still be taking the order in while its list says no: see `_Patience`. What the list can't tell is
    neither a yes nor a no. Practice is settled at once.
    """
    patience = _Patience(attempt, listed_within=listed_within)
    while True:
        asked_at = patience.now
        try:
            receipt = await orders.find(attempt)
        except OrdersUnreadable as error:
            log.warning("attempt.unsettled", extra={"attempt": attempt.id, "why": str(error)})
        except Exception:
            # Whatever broke it, it gave no answer; and a shop is not asked faster because we are broken.
            log.exception("attempt.unsettled", extra={"attempt": attempt.id})
        else:
            if receipt is not None:
                confirmation = Transition(to=Step.CONFIRMED, why="found in the order list", receipt=receipt)
                return await desk.move(attempt, confirmation)
            if patience.takes(asked_at=asked_at):
                return await desk.move(attempt, Transition(to=Step.REFUSED, why=_why_refused(attempt)))
            log.info("attempt.not_listed_yet", extra={"attempt": attempt.id})
        await patience.wait()


def _why_refused(attempt: Attempt) -> str:
    return f"{attempt.why}; the order list has no such order" if attempt.why else "the order list has no such order"
