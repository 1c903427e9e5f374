"""How the service stands, for those who ask over HTTP: read from the same database as everything else."""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from config.clock import Now
from config.database import Connection, Database
from config.products import Mode, Tcin
from monitor.model import CircuitState
from monitor.restock_hours import Pace
from monitor.scheduler import LATE, Scheduler
from purchasing.controls import Controls
from purchasing.events import price_text, stamp, stamp_or_none
from purchasing.model import Attempt, CycleMark, Line, Overview
from purchasing.slot.emergency_stop import Gate
from purchasing.storage.unit_of_work import UnitOfWork

log = logging.getLogger(__name__)

#: A database that does not answer for so long does not work.
PATIENCE = timedelta(seconds=5)

#: Of the products that are not read, a reason names no more.
MOST_NAMED = 3

SLOW = "checks take longer than they should"


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthReport:
    """`healthy`, `degraded` or `unhealthy`, and why."""

    status: str
    reasons: tuple[str, ...]


class HealthMonitor:
    """Reads how the service stands, for the web side and the chat."""

    def __init__(
        self,
        *,
        database: Database,
        schedule: Scheduler,
        gate: Gate,
        chat_trouble: Callable[[], str | None],
        file_problems: Callable[[], Sequence[str]],
        outlet_problems: Callable[[], Sequence[str]] = tuple,
        sync_problems: Callable[[], Sequence[str]] = tuple,
        now: Now,
        paces: Callable[[], Mapping[Tcin, Pace]] = dict,
    ) -> None:
        self._paces = paces
        self._database = database
        self._schedule = schedule
        self._gate = gate
        self._chat_trouble = chat_trouble
        self._file_problems = file_problems
        self._outlet_problems = outlet_problems
        self._sync_problems = sync_problems
        self._now = now

    async def overview(self) -> Overview:
        def work(connection: Connection) -> Overview:
            return UnitOfWork(connection).views.overview(at=self._now())

        return await self._database.read_within(PATIENCE, work)

    async def status(self) -> dict[str, Any]:
        """The body of /api/status."""
        return self.status_of(await self.overview())

    def status_of(self, overview: Overview) -> dict[str, Any]:
        """The same of what was read already."""
        controls, mark = overview.controls, overview.mark
        return {
            "mode": controls.mode,
            "stopped": self._stopped(overview) is not None,
            "paused": controls.paused,
            "blind_since": stamp_or_none(controls.blind_since),
            "last_good_check_at": stamp_or_none(mark.last_good_at),
            "next_check_at": stamp_or_none(next_check_at(mark, self._schedule.next_check_at)),
            "cycle_id": mark.cycle_id,
            "slot": _slot(overview.slot),
            "products": [_product(line, seen_at=overview.seen.of(line)) for line in overview.lines],
            "plan": {
                tcin: {"every_s": round(pace.every.total_seconds(), 1)} for tcin, pace in self.plan(overview).items()
            },
        }

    def plan(self, overview: Overview) -> Mapping[Tcin, Pace]:
        """How often each product is asked for now; empty where the owner's budget has room for all in every cycle."""
        return plan_now(self._paces(), overview)

    async def report(self) -> HealthReport:
        try:
            overview = await self.overview()
        except Exception:
            log.exception("health.database")
            why = f"the database does not work: {self._database.trouble or 'it does not answer'}"
            return HealthReport(status="unhealthy", reasons=tuple(filter(None, (self._displaced(), why))))
        return self.judge(overview)

    def _stopped(self, overview: Overview) -> str | None:
        """Why buying is stopped: by row or file, and where nothing can be stored by the gate in memory alone."""
        outlives = self._gate.has_file or self._database.trouble is not None
        return overview.controls.stopped or (self._gate.stop if outlives else None)

    def is_stopped(self, overview: Overview) -> bool:
        """Whether buying is off, by whatever."""
        return self._stopped(overview) is not None

    def next_check_at(self, overview: Overview) -> datetime | None:
        return next_check_at(overview.mark, self._schedule.next_check_at)

    def _displaced(self) -> str | None:
        why = self._database.displaced
        return None if why is None else f"nothing is bought, as the database is not the one that was opened: {why}"

    def judge(self, overview: Overview) -> HealthReport:
        """How the service is, given that the database answers."""
        if not self._schedule.healthy:
            return HealthReport(status="unhealthy", reasons=("the schedule does not work",))
        if displaced := self._displaced():
            return HealthReport(status="unhealthy", reasons=(displaced,))
        if self._database.trouble is not None:
            why = f"nothing can be stored, so that nothing is bought: {self._database.trouble}"
            return HealthReport(status="unhealthy", reasons=(why,))
        reasons = self.reasons(overview)
        return HealthReport(status="degraded" if reasons else "healthy", reasons=tuple(reasons))

    def reasons(self, overview: Overview) -> list[str]:
        """What a person should know of."""
        controls, trouble, stopped = overview.controls, self._chat_trouble(), self._stopped(overview)
        clock = overview.clock_wrong
        conditions = [
            self._displaced(),
            "paused" if controls.paused else None,
            f"buying is stopped: {stopped}" if stopped else None,
            f"nothing is bought: {clock}; if it is right, /rearm accepts it" if clock else None,
            f"blind: {controls.blind_why}" if controls.blind_since else None,
            SLOW if controls.slow_since is not None else None,
            why_signed_out(controls),
            f"Telegram: {trouble}" if trouble else None,
            *(f"watchlist.toml: {problem}" for problem in self._file_problems()),
            *self._outlet_problems(),
            *self._sync_problems(),
            why_unread(overview.lines),
            None if overview.lines else "nothing is watched",
        ]
        return [reason for reason in conditions if reason is not None]


def why_signed_out(controls: Controls) -> str | None:
    """For a mode in which that matters."""
    if controls.signed_out is None or controls.mode is Mode.SIMULATE:
        return None
    return f"you are signed out at Target, so that nothing is bought ({controls.signed_out}): run stockbell login"


def why_unread(lines: Iterable[Line]) -> str | None:
    """Of which products checks tell nothing certain, with the reason of the first few."""
    unread = [line for line in lines if line.remark is not None and line.remark.unread and line.remark.is_told]
    if not unread:
        return None
    named = [
        f"{line.name_and_title} {line.tcin}: {line.remark.words}".strip() for line in unread[:MOST_NAMED] if line.remark
    ]
    more = f"; and {len(unread) - MOST_NAMED} more" if len(unread) > MOST_NAMED else ""
    return f"checks tell nothing certain of {len(unread)} watched: {'; '.join(named)}{more}"


def plan_now(paces: Mapping[Tcin, Pace], overview: Overview) -> Mapping[Tcin, Pace]:
    """What the last cycle planned, as far as it holds: nothing is asked for while all is paused or the circuit open."""
    if overview.controls.paused or overview.controls.circuit.state is CircuitState.OPEN:
        return {}
    asked = (line.tcin for line in overview.lines if line.product.enabled and not line.paused)
    return {tcin: paces[tcin] for tcin in asked if tcin in paces}


def next_check_at(mark: CycleMark, planned: datetime | None) -> datetime | None:
    """When the next cycle comes: as the last one told, unless the schedule was moved since."""
    planned_then = mark.next_check_at
    if planned is None or planned_then is None or mark.began is None:
        return planned or planned_then
    not_planned_yet = planned <= mark.began
    return planned_then if not_planned_yet or abs(planned - planned_then) < LATE else planned


def _slot(slot: Attempt | None) -> dict[str, Any] | None:
    if slot is None:
        return None
    return {"tcin": slot.tcin, "attempt": slot.id, "step": slot.step, "since": stamp(slot.moved_at)}


def _product(line: Line, *, seen_at: datetime | None) -> dict[str, Any]:
    return {
        "tcin": line.tcin,
        "title": line.title or None,
        "stock": line.stock.state,
        "detail": line.stock.detail,
        "price": price_text(line.stock.price),
        "seen_at": stamp_or_none(seen_at),
        "purchase": line.state,
        "why": line.why_no_alert,
    }
