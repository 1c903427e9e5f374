"""What is grave is asked for twice: the second time with the code of the first answer."""

from datetime import datetime, timedelta
from random import Random

from config.clock import Now
from purchasing.commands import Command, NotDone, ToConfirm
from purchasing.controls import Challenge
from purchasing.storage.controls import CHALLENGE
from purchasing.storage.unit_of_work import Storage, UnitOfWork

#: How long the code of the first answer holds.
HOLDS = timedelta(seconds=60)

#: What whoever gave a wrong code, or an old one, is told.
WRONG_CODE = "the code is wrong or too old; ask again without a code for a new one"


class Confirmation:
    """Keeps one code at a time, good for one person and one wish."""

    def __init__(self, *, storage: Storage, now: Now, rng: Random) -> None:
        self._storage = storage
        self._now = now
        self._rng = rng

    async def is_given(self, what: str, command: Command, *, code: str | None) -> bool:
        """Whether the code is the right one; if not, the command is finished, with a fresh code where none was said.

        `what` is the command as it is to be said again, without slash and code.
        """

        def work(unit: UnitOfWork) -> bool:
            at, by = self._now(), command.person.id
            challenge = unit.controls.get(CHALLENGE)
            unit.controls.drop(CHALLENGE)
            if challenge is not None and challenge.is_met(what=what, by=by, code=code, at=at):
                return True
            if code is not None:
                unit.commands.finish(command, NotDone(why=WRONG_CODE), at=at)
                return False
            fresh = new_challenge(what, by=by, rng=self._rng, at=at)
            unit.controls.put(CHALLENGE, fresh, by=by, at=at)
            unit.commands.finish(command, ToConfirm(what=what, code=fresh.code), at=at)
            return False

        return await self._storage.write(work)


def new_challenge(what: str, *, by: str, rng: Random, at: datetime) -> Challenge:
    return Challenge(what=what, by=by, code=f"{rng.randrange(10_000):04d}", expires_at=at + HOLDS)
