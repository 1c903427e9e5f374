"""What is grave is asked for twice: the second time with the code of the first answer."""

from datetime import datetime
from random import Random

from config.clock import Now
from purchasing.commands import Clocks, Command, NotDone, ToConfirm
from purchasing.controls import CODE_HOLDS, Challenge
from purchasing.storage.controls import CHALLENGE
from purchasing.storage.unit_of_work import Storage, UnitOfWork

#: What whoever gave a wrong code, or an old one, is told.
WRONG_CODE = "the code is wrong or too old; ask again without a code for a new one"


class Confirmation:
    """Keeps one code at a time, good for one person and one wish."""

    def __init__(self, *, storage: Storage, now: Now, rng: Random) -> None:
        self._storage = storage
        self._now = now
        self._rng = rng

    async def check(
        self, what: str, command: Command, *, code: str | None, names_clocks: bool = False
    ) -> Challenge | None:
        """What the code confirms; else the command is finished, with a fresh code where none was said.

        `what` is the command as it is to be said again, without slash and code. The first answer `names_clocks` where
        they differ, if that is what is to be confirmed too.
        """

        def work(unit: UnitOfWork) -> Challenge | None:
            at, by = self._now(), command.person.id
            challenge = unit.controls.get(CHALLENGE)
            unit.controls.drop(CHALLENGE)
            if challenge is not None and challenge.is_met(what=what, by=by, code=code, at=at):
                return challenge
            if code is not None:
                unit.commands.finish(command, NotDone(why=WRONG_CODE), at=at)
                return None
            ahead = unit.clock.ahead(at=at) if names_clocks else None
            fresh = new_challenge(what, by=by, ahead=ahead, rng=self._rng, at=at)
            unit.controls.put(CHALLENGE, fresh, by=by, at=at)
            clocks = None if ahead is None else Clocks(journal=ahead, present=at)
            unit.commands.finish(command, ToConfirm(what=what, code=fresh.code, clocks=clocks), at=at)
            return None

        return await self._storage.write(work)


def new_challenge(what: str, *, by: str, ahead: datetime | None, rng: Random, at: datetime) -> Challenge:
    code = f"{rng.randrange(10_000):04d}"
    return Challenge(what=what, by=by, code=code, expires_at=at + CODE_HOLDS, ahead=ahead)
