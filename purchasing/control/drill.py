"""Beginning a drill, where it would show something."""

from datetime import datetime, timedelta

from config.clock import Now
from purchasing.commands import Command, Done, NotDone
from purchasing.drill import start_drill
from purchasing.storage.controls import DRILL_END
from purchasing.storage.unit_of_work import Storage, UnitOfWork


class Drill:
    """Begins drills; the cycles carry them on and end them."""

    def __init__(self, *, storage: Storage, now: Now) -> None:
        self._storage = storage
        self._now = now

    async def start(self, command: Command, *, holds: timedelta) -> None:
        """Have a product that no shop sells restock once, for no longer than `holds`."""

        def work(unit: UnitOfWork) -> None:
            at = self._now()
            why = why_no_drill(unit, at=at)
            if why is None:
                start_drill(unit, by=command.person.id, holds=holds, at=at)
            unit.commands.finish(command, Done() if why is None else NotDone(why=why), at=at)

        await self._storage.write(work)


def why_no_drill(unit: UnitOfWork, *, at: datetime) -> str | None:
    """Why a drill would show nothing now, else None."""
    controls = unit.controls.read(at=at)
    if unit.controls.get(DRILL_END) is not None:
        return "a drill is under way"
    if controls.stopped:
        return f"buying is {controls.stopped}; /rearm first"
    if controls.paused:
        return "watching is paused; /resume first"
    return "the shop is not asked for now, and a drill goes by its checks" if controls.circuit.blind_since else None
