"""Offers: what one person may have done by one tap of a button, once."""

from collections.abc import Callable
from datetime import timedelta
from random import Random

from config.clock import Now
from purchasing.commands import Command, NotDone, Offer, WatchlistEdits
from purchasing.storage.commands import OfferDeclined
from purchasing.storage.unit_of_work import Storage, UnitOfWork

#: How long a button of a reply may be pressed.
OFFER_HOLDS = timedelta(minutes=10)
#: What the names of offers are made of, and how long they are: none can be guessed.
LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"
NAME_LENGTH = 16


class Offers:
    """Makes offers, and takes those whose button was pressed."""

    def __init__(self, *, storage: Storage, now: Now, rng: Random) -> None:
        self._storage = storage
        self._now = now
        self._rng = rng

    def new(self, label: str, what: str, args: str = "", *, edits: WatchlistEdits | None = None) -> Offer:
        """An offer to be made with an outcome."""
        token = "".join(self._rng.choice(LETTERS) for _ in range(NAME_LENGTH))
        return Offer(token=token, label=label, what=what, args=args, edits=edits, expires_at=self._now() + OFFER_HOLDS)

    async def take(self, token: str, command: Command, *, may: Callable[[str], bool]) -> Offer | None:
        """What a pressed button stands for; None if it can't be taken, and the command is finished with the reason."""
        at = self._now()

        def work(unit: UnitOfWork) -> Offer | None:
            taken = unit.offers.take(token, command, may=may, at=at)
            if isinstance(taken, OfferDeclined):
                unit.commands.finish(command, NotDone(why=taken.why, spent=taken.spent), at=at)
                return None
            return taken

        return await self._storage.write(work)
