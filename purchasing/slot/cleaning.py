"""What attempts may have left in the cart is taken out as soon as the slot is free, and tried again until it is out."""

import asyncio
import logging
from datetime import timedelta
from itertools import chain, repeat
from typing import Protocol

from purchasing.errors import NothingOrdered
from purchasing.model import Attempt
from purchasing.ports import Buyer

log = logging.getLogger(__name__)

#: How long taking things out of the cart again may take.
CLEANING = timedelta(seconds=30)
#: Pauses between tries while something can't be taken out; the last one repeats.
CLEANING_PAUSES = (timedelta(seconds=10), timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30))


async def clean_cart(buyer: Buyer, attempt: Attempt) -> str | None:
    """Take out of the cart what this attempt put in; what could not be done, else None."""
    try:
        async with asyncio.timeout(CLEANING.total_seconds()):
            await buyer.clean(attempt)
    except (NothingOrdered, TimeoutError) as error:
        return f"the cart could not be cleaned: {str(error) or 'it took too long'}"
    return None


class CleaningDesk(Protocol):
    """What the cleaner knows, and where it writes down what came of it."""

    async def left_in_cart(self) -> list[Attempt]:
        """The earlier attempts of which something may be left in the cart."""

    async def cart_is_clean(self, attempt: Attempt) -> None:
        """Note that nothing of this attempt is left there."""

    async def cart_not_cleaned(self, attempt: Attempt, why: str) -> None:
        """Tell, once for each attempt, that something of it may be left there."""


class CartCleaner:
    """Works while nobody is in the slot, and never beside an attempt: whoever fills the slot stops it first."""

    def __init__(self, *, buyer: Buyer, desk: CleaningDesk) -> None:
        self._buyer = buyer
        self._desk = desk
        self._task: asyncio.Task[None] | None = None
        # A crash may have left something.
        self._is_due = True

    def on_attempt(self) -> None:
        """There is one, which may leave something."""
        self._is_due = True

    def begin(self) -> None:
        """Clean in the background, unless it is under way or there is nothing to do."""
        if self._is_due and self._task is None:
            self._is_due = False
            self._task = asyncio.create_task(self._clean_all(), name="cart-cleaning")

    async def stop(self) -> None:
        """Call it off; when this returns, nothing is done in the cart any more."""
        task, self._task = self._task, None
        if task is None:
            return
        self._is_due = self._is_due or not task.done()
        task.cancel()
        await asyncio.wait({task})

    async def _clean_all(self) -> None:
        for pause in chain(CLEANING_PAUSES, repeat(CLEANING_PAUSES[-1])):
            if await self._has_cleaned():
                return
            await asyncio.sleep(pause.total_seconds())

    async def _has_cleaned(self) -> bool:
        """Try once; whether nothing is left."""
        try:
            tries = [await self._try(attempt) for attempt in await self._desk.left_in_cart()]
        except Exception:  # nobody waits for it; it tries again
            log.exception("cart.cleaning_broke")
            return False
        return all(tries)

    async def _try(self, attempt: Attempt) -> bool:
        why = await clean_cart(self._buyer, attempt)
        if why is None:
            await self._desk.cart_is_clean(attempt)
            return True
        log.warning("cart.not_cleaned", extra={"attempt": attempt.id, "why": why})
        await self._desk.cart_not_cleaned(attempt, why)
        return False
