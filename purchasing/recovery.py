"""After whatever end there was: what was under way is settled, the stop restored, a time without contact summed up."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from config.clock import Now
from config.products import DRILL, Mode
from purchasing.commands import Command, CommandState
from purchasing.controls import NotedDowntime
from purchasing.events import (
    CaughtUp,
    MissedRestock,
    ServiceStarted,
    ServiceStopped,
    WaitedCommand,
)
from purchasing.model import Step, Transition
from purchasing.past import PastWindow
from purchasing.restored import RestoreNote, stop_after_restore
from purchasing.rules.state_machine import AFTER_RESTART
from purchasing.slot.emergency_stop import Gate, stopped_by
from purchasing.storage.controls import CONTACT, DOWNTIME, MODE, STOP
from purchasing.storage.days import DayTable
from purchasing.storage.unit_of_work import Storage, UnitOfWork

#: What a start says that was asked for a mode in which nobody here can buy.
NO_BUYER = "practises: buying in {mode} is not part of this version"

#: The command that stops buying.
_STOP = "stop"


@dataclass(frozen=True, slots=True, kw_only=True)
class Downtime:
    """How long nobody could be heard, and for how long of that the service was down and watched nothing."""

    away: timedelta
    down: timedelta
    #: How long ago the shop may have been asked at the latest; None where it never was.
    asked_ago: timedelta | None = None


class Recovery:
    """The first thing after a start. Nothing may be asked of the coordinator before it."""

    def __init__(self, *, storage: Storage, gate: Gate, now: Now) -> None:
        self._storage = storage
        self._gate = gate
        self._now = now

    async def recover(
        self,
        *,
        mode: Mode,
        modes: Collection[Mode],
        version: str,
        note: str | None = None,
        restore: RestoreNote | None = None,
    ) -> Downtime:
        """Settle what was under way, restore the stop, say so.

        Returns for how long nobody was heard before, and for how long there was no sign of life.

        `mode` is taken where none was ever chosen; one that is not among `modes`, in which somebody here can buy, falls
        back to practice. `note` is for the owner to know. `restore` tells whether this database is a backup's.
        """
        backup = None if restore is None else restore.read()

        def work(unit: UnitOfWork) -> tuple[str | None, Downtime, int]:
            at = self._now()
            downtime = downtime_before(unit, at=at)
            stored = unit.controls.get(MODE)
            chosen = stored or mode
            holds = chosen if chosen in modes else Mode.SIMULATE
            if holds is not stored:
                unit.controls.put(MODE, holds, by="settings", at=at)
            controls = unit.controls.read(at=at)
            fallen_back = None if chosen in modes else NO_BUYER.format(mode=chosen)
            unit.journal.append(ServiceStarted(mode=controls.mode, note=note or fallen_back, version=version), at=at)
            if backup is not None:
                stop_after_restore(unit, backup, at=at)
            attempt = unit.attempts.slot()
            if attempt is not None and attempt.step in AFTER_RESTART:
                why = f"the service ended while it was {attempt.step}"
                unit.attempts.move(attempt, Transition(to=AFTER_RESTART[attempt.step], why=why), at=at)
            return unit.controls.get(STOP) or _heard_stop(unit), downtime, unit.journal.written_seq

        stopped, downtime, seq = await self._storage.write(work)
        self._gate.begin_life(seq)
        if stopped:
            self._gate.close(stopped)
        if restore is not None:
            restore.remove()
        return downtime

    async def note_end(self) -> None:
        """The service ends in order."""
        await self._storage.write(lambda unit: unit.journal.append(ServiceStopped(), at=self._now()))


def _heard_stop(unit: UnitOfWork) -> str | None:
    """Why buying is stopped by what an earlier process heard and did not come to; there may be no chat now to do it."""
    stops = (command for command in unit.commands.pending() if command.what == _STOP)
    return next((stopped_by(command.person.name) for command in stops), None)


def note_contact(unit: UnitOfWork, *, at: datetime) -> None:
    """Remember that people could be heard now."""
    unit.controls.put(CONTACT, at, by="inbox", at=at)


def downtime_before(unit: UnitOfWork, *, at: datetime) -> Downtime:
    """What a start at that time follows on: none at all before the first one."""
    last = next(iter(unit.journal.last(1)), None)
    if last is None:
        return Downtime(away=timedelta(0), down=timedelta(0))
    contact, ended_in_order = unit.controls.get(CONTACT), isinstance(last.fact, ServiceStopped)
    down = at - last.at
    asked_ago = down if ended_in_order else timedelta(0)
    return Downtime(away=at - (contact or last.at), down=down, asked_ago=asked_ago)


def note_downtime(unit: UnitOfWork, downtime: Downtime, commands: Collection[Command], *, at: datetime) -> None:
    """Remember it, and what was asked for meanwhile; further commands of one downtime are added to the first."""
    noted = unit.controls.get(DOWNTIME) or NotedDowntime(
        since=at - downtime.away,
        away_s=round(downtime.away.total_seconds()),
        down_s=round(downtime.down.total_seconds()),
    )
    keys = (*noted.keys, *(command.key for command in commands))
    unit.controls.put(DOWNTIME, msgspec.structs.replace(noted, keys=keys), by="inbox", at=at)


def sum_up_downtime(unit: UnitOfWork, *, at: datetime) -> None:
    """Once all that waited is done, tell in one event what was missed, honoured and refused."""
    noted = unit.controls.get(DOWNTIME)
    if noted is None:
        return
    commands = [command for key in noted.keys if (command := unit.commands.get(key)) is not None]
    if any(command.state is CommandState.PENDING for command in commands):
        return
    waited = [_waited(command, at=at) for command in commands]
    slot = unit.attempts.slot()
    ended = [one for one in DayTable(unit).windows(noted.since, at) if one.closed_at is not None]
    fact = CaughtUp(
        away_s=noted.away_s,
        down_s=noted.down_s,
        missed=tuple(_missed(one, unit) for one in ended if one.opened_at >= noted.since),
        honoured=tuple(one for one in waited if one.why is None),
        refused=tuple(one for one in waited if one.why is not None),
        in_stock=tuple(_still_there(unit)),
        in_doubt=slot is not None and (slot.mode, slot.step) == (Mode.LIVE, Step.UNCONFIRMED),
    )
    unit.journal.append(fact, at=at)
    unit.controls.drop(DOWNTIME)


def _missed(window: PastWindow, unit: UnitOfWork) -> MissedRestock:
    lasted = window.lasted(window.opened_at, window.closed_at or window.opened_at)
    title = unit.products.title_of(window.tcin)
    return MissedRestock(tcin=window.tcin, title=title, lasted_s=round(lasted.total_seconds()))


def _still_there(unit: UnitOfWork) -> Iterator[MissedRestock]:
    """The restocks of what is watched that have not ended; a drill is none."""
    restocks = (unit.views.restock(window) for window in unit.lines.open_windows())
    return (MissedRestock(tcin=one.tcin, title=one.name_and_title) for one in restocks if one.tcin != DRILL)


def _waited(command: Command, *, at: datetime) -> WaitedCommand:
    return WaitedCommand(
        what=command.what,
        by=command.person.name,
        age_s=round((at - command.at).total_seconds()),
        why=None if command.result is None else command.result.refusal,
    )
