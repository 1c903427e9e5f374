"""Whether the owner is signed in at the shop, as it was last found: that it lapsed is told once, over restarts too."""

import logging

from config.clock import Now
from purchasing.controls import SessionState
from purchasing.events import SessionExpired
from purchasing.storage.controls import SESSION
from purchasing.storage.unit_of_work import Storage, UnitOfWork

log = logging.getLogger(__name__)


class SessionRecord:
    """Written by whoever looks after the session; it keeps no time of its own and asks nobody."""

    def __init__(self, *, storage: Storage, now: Now) -> None:
        self._storage = storage
        self._now = now

    async def lapsed_because(self) -> str | None:
        """Why it was last found to have lapsed; None while it is good, and where nothing was found yet."""
        state = await self._storage.read(lambda unit: unit.controls.get(SESSION))
        return None if state is None else state.lapsed

    async def note_good(self) -> None:
        """It was found to be good; the next time that it is not is told again."""
        at = self._now()
        good = SessionState(good_at=at, lapsed=None)
        await self._storage.write(lambda unit: unit.controls.put(SESSION, good, by="session", at=at))

    async def note_expired(self, why: str) -> None:
        """It was found to have lapsed."""

        def work(unit: UnitOfWork) -> bool:
            at, known = self._now(), unit.controls.get(SESSION) or SessionState()
            if known.lapsed is not None:
                return False
            unit.controls.put(SESSION, SessionState(good_at=known.good_at, lapsed=why), by="session", at=at)
            unit.journal.append(SessionExpired(why=why, since=known.good_at), at=at)
            return True

        if await self._storage.write(work):
            log.warning("session.expired", extra={"why": why})
