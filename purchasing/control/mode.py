"""The mode: what attempts may do from now on."""

from collections.abc import Callable, Collection

from config.clock import Now
from config.products import Mode
from purchasing.commands import Command, ModeChosen, NotDone
from purchasing.control.confirmation import Confirmation
from purchasing.events import Control, ControlChanged
from purchasing.storage.controls import MODE
from purchasing.storage.unit_of_work import Storage, UnitOfWork

#: Why nothing can be bought in `live` now, such as that nobody is signed in; else None. It waits for nothing.
WhyNotLive = Callable[[], str | None]


class ModeSwitch:
    """`modes` are those in which somebody here can buy; `why_not_live` tells what else is missing for `live`."""

    def __init__(
        self,
        *,
        storage: Storage,
        modes: Collection[Mode],
        confirmation: Confirmation,
        now: Now,
        why_not_live: WhyNotLive = lambda: None,
    ) -> None:
        self._storage = storage
        self._modes = modes
        self._why_not_live = why_not_live
        self._confirmation = confirmation
        self._now = now

    async def choose(self, mode: Mode, command: Command, *, code: str | None) -> None:
        """Change what attempts may do, on the second asking with the code of the first answer.

        An attempt that is under way keeps the mode it was opened in. What is missing is asked for both times.
        """
        if why := self._why_not(mode):
            missing = NotDone(why=why)
            await self._storage.write(lambda unit: unit.commands.finish(command, missing, at=self._now()))
            return
        if await self._confirmation.check(f"mode {mode}", command, code=code) is None:
            return

        def work(unit: UnitOfWork) -> None:
            at = self._now()
            unit.controls.put(MODE, mode, by=command.person.id, at=at)
            fact = ControlChanged(what=Control.MODE, value=mode.value, by=command.person.name, command=command.key)
            unit.journal.append(fact, at=at)
            unit.commands.finish(command, ModeChosen(mode=mode), at=at)

        await self._storage.write(work)

    def _why_not(self, mode: Mode) -> str | None:
        if mode not in self._modes:
            return f"buying in {mode} is not part of this version"
        return self._why_not_live() if mode is Mode.LIVE else None
