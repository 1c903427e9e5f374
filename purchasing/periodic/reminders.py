"""Reminders of a pause or a stop that has held for long, as it may be forgotten."""

from datetime import datetime, timedelta

from config.clock import Now
from purchasing.events import Control, StillHeld
from purchasing.storage.controls import PAUSE, REMINDED, STOP
from purchasing.storage.unit_of_work import Storage, UnitOfWork

#: People are reminded when it has held for this long, and then again and again after as long.
FORGOTTEN_AFTER = timedelta(hours=12)
#: How often it is looked.
ROUND = timedelta(minutes=1)


class Reminders:
    """Looks at what a person steers, and reminds of what still holds."""

    def __init__(self, *, storage: Storage, now: Now) -> None:
        self._storage = storage
        self._now = now

    async def look(self) -> None:
        at = self._now()
        if await self._storage.read(lambda unit: _due(unit, at=at)):
            await self._storage.write(lambda unit: _remind(unit, at=at))


_KEYS = {Control.PAUSE: PAUSE.what, Control.STOP: STOP.what}


def _due(unit: UnitOfWork, *, at: datetime) -> list[StillHeld]:
    controls, reminded = unit.controls.read(at=at), unit.controls.get(REMINDED) or {}
    held = {Control.PAUSE: controls.paused, Control.STOP: controls.stopped is not None}
    due = []
    for what, holds in held.items():
        setting = unit.controls.setting(_KEYS[what]) if holds else None
        if setting is not None and at - max(setting.at, reminded.get(what, setting.at)) >= FORGOTTEN_AFTER:
            due.append(StillHeld(what=what, since=setting.at, by=setting.by))
    return due


def _remind(unit: UnitOfWork, *, at: datetime) -> None:
    due = _due(unit, at=at)  # it may have been lifted in between
    for one in due:
        unit.journal.append(one, at=at)
    if due:
        reminded = unit.controls.get(REMINDED) or {}
        unit.controls.put(REMINDED, {**reminded, **{one.what: at for one in due}}, by="schedule", at=at)
