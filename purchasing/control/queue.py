"""Commands on their way: stored before they are acknowledged, pending until they are done."""

from collections.abc import Collection

from config.clock import Now
from purchasing.commands import Command, Offer, Result
from purchasing.recovery import Downtime, note_contact, note_downtime, sum_up_downtime
from purchasing.storage.controls import DOWNTIME
from purchasing.storage.unit_of_work import Storage, UnitOfWork


class CommandQueue:
    """A crash loses no command, and none is done twice."""

    def __init__(self, *, storage: Storage, now: Now) -> None:
        self._storage = storage
        self._now = now

    async def put(self, commands: Collection[Command], *, downtime: Downtime | None = None) -> int:
        """Store what was asked for just now, once for each key; how many were new. Some may have waited long."""

        def work(unit: UnitOfWork) -> int:
            note_contact(unit, at=self._now())
            if downtime is not None:
                note_downtime(unit, downtime, commands, at=self._now())
            return unit.commands.put(commands)

        return await self._storage.write(work)

    async def pending(self) -> list[Command]:
        return await self._storage.read(lambda unit: unit.commands.pending())

    async def finish(self, command: Command, result: Result, *offers: Offer) -> None:
        """Finish a command that changes nothing here: a question, or one that is refused."""
        await self._storage.write(lambda unit: unit.commands.finish(command, result, offers=offers, at=self._now()))

    async def sum_up_downtime(self) -> None:
        """Tell once what became of all that waited, when all of it is done."""
        if await self._storage.read(lambda unit: unit.controls.get(DOWNTIME)) is not None:
            await self._storage.write(lambda unit: sum_up_downtime(unit, at=self._now()))
