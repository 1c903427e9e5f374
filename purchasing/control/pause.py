"""Pauses: nothing is asked of the shop, or not for one product. A running attempt goes on, none starts."""

from datetime import datetime, timedelta

from config.clock import Now
from config.products import Tcin
from purchasing.commands import Command, Paused, Resumed, Snoozed
from purchasing.controls import Pause
from purchasing.events import Control, ControlChanged, stamp_or_none
from purchasing.model import FOR_EVER
from purchasing.periodic.reminders import FORGOTTEN_AFTER
from purchasing.storage.controls import PAUSE, REMINDED
from purchasing.storage.unit_of_work import Storage, UnitOfWork

#: Who does not want to be reminded is let alone for so long.
SNOOZE = timedelta(hours=24)


class Pauses:
    """Begins and lifts pauses, of one product or of all."""

    def __init__(self, *, storage: Storage, now: Now) -> None:
        self._storage = storage
        self._now = now

    async def pause(self, command: Command, *, tcin: Tcin | None, until: datetime | None) -> None:
        """Ask nothing of the shop, or not for this product, until then; for ever if None."""

        def work(unit: UnitOfWork) -> None:
            at = self._now()
            if tcin is None:
                unit.controls.put(PAUSE, Pause(until=until), by=command.person.name, at=at)
            else:
                unit.products.pause(tcin, until or FOR_EVER)
            unit.journal.append(_changed(tcin, command, value=stamp_or_none(until) or True), at=at)
            unit.commands.finish(command, Paused(tcin=tcin, until=until), at=at)

        await self._storage.write(work)

    async def pause_only(self, command: Command, tcin: Tcin) -> None:
        """Ask nothing of this product until further notice, and of all others again."""

        def work(unit: UnitOfWork) -> None:
            at = self._now()
            if unit.controls.read(at=at).paused:
                unit.controls.drop(PAUSE)
                unit.journal.append(_changed(None, command, value=False), at=at)
            unit.products.pause(tcin, FOR_EVER)
            unit.journal.append(_changed(tcin, command, value=True), at=at)
            unit.commands.finish(command, Paused(tcin=tcin, until=None), at=at)

        await self._storage.write(work)

    async def snooze(self, command: Command, what: Control) -> None:
        """Remind nobody of this pause or stop for a day."""

        def work(unit: UnitOfWork) -> None:
            at = self._now()
            until = at + SNOOZE
            reminded = unit.controls.get(REMINDED) or {}
            # From then on people are reminded as if they had been once before.
            as_if = until - FORGOTTEN_AFTER
            unit.controls.put(REMINDED, {**reminded, what: as_if}, by=command.person.name, at=at)
            unit.commands.finish(command, Snoozed(what=what, until=until), at=at)

        await self._storage.write(work)

    async def resume(self, command: Command, *, tcin: Tcin | None) -> None:
        """Lift a pause; a stop stays."""

        def work(unit: UnitOfWork) -> None:
            at = self._now()
            if tcin is None:
                unit.controls.drop(PAUSE)
            else:
                unit.products.pause(tcin, None)
            unit.journal.append(_changed(tcin, command, value=False), at=at)
            controls = unit.controls.read(at=at)
            result = Resumed(tcin=tcin, stopped=controls.stopped, paused=controls.paused)
            unit.commands.finish(command, result, at=at)

        await self._storage.write(work)


def _changed(tcin: Tcin | None, command: Command, *, value: bool | str) -> ControlChanged:
    by = command.person.id
    return ControlChanged(what=Control.PAUSE, value=value, by=by, tcin=tcin, command=command.key)
