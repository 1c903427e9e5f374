"""Reads the journal from its beginning and says where a promise was not kept. Pure: events in, findings out.

The promises: events and cycles without gaps; never two attempts in the slot; steps only along the arrows; an attempt
never changes its product or mode, nor outlives its deadline while the service is up, `unconfirmed` excepted; never a
lower product started while a higher one was ready, allowed and buyable; no command done twice; and the tables say what
the journal says.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from config.products import DRILL
from purchasing.events import unstamp
from purchasing.model import Attempt, Event, PurchaseState, Step
from purchasing.rules.state_machine import HOLDS_SLOT, PRODUCT_AFTER, STEPS

#: What cleaning the cart after the deadline, and a busy machine, may take.
GRACE = timedelta(seconds=40)

_CANDIDATES = frozenset({PurchaseState.READY, PurchaseState.QUEUED})


@dataclass(slots=True)
class _Try:
    """An attempt as the journal tells it."""

    id: int
    tcin: str
    step: Step
    deadline: datetime | None
    mode: str | None = None
    #: The service ended in its middle, or its deadline was told of already.
    excused: bool = False


@dataclass(slots=True)
class _Item:
    """A product as the journal tells it."""

    stock: str = "unknown"
    state: PurchaseState = PurchaseState.READY
    #: The `seq` at which it was queued, and at which it was last reset.
    queued: int | None = None
    reset: int | None = None


@dataclass(slots=True)
class Audit:
    """Takes events in order; `findings` grows."""

    findings: list[str] = field(default_factory=list)
    seq: int = 0
    events: int = 0
    cycles: int = 0
    _order: list[str] = field(default_factory=list)
    _items: dict[str, _Item] = field(default_factory=dict)
    _tries: dict[int, _Try] = field(default_factory=dict)
    _done: set[str] = field(default_factory=set)
    _drills: bool = False

    @property
    def attempts(self) -> int:
        return len(self._tries)

    def take(self, event: Event) -> None:
        """Check the next event against all before it."""
        if event.seq != self.seq + 1:
            self._find(event, f"events {self.seq + 1} to {event.seq - 1} are missing")
        self.seq, self.events = event.seq, self.events + 1
        self._check_deadlines(event)
        try:
            self._take_by_kind(event)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            self._find(event, f"its body can't be read: {error!r}")

    def _take_by_kind(self, event: Event) -> None:
        match event.kind:
            case "cycle_completed":
                self._take_cycle(event)
            case "attempt_moved":
                self._take_move(event)
            case "watchlist_changed":
                self._take_list(event.body)
            case "command_done":
                self._take_command(event)
            case "drill_started" | "drill_ended":
                self._drills = event.kind == "drill_started"
            case "service_started":
                for one in self._holding():
                    one.excused = True

    def compare(self, stored: Iterable[Attempt], order: Iterable[str]) -> None:
        """Check the tables, as they stood at the last event taken, against what the journal tells."""
        rows = {attempt.id: attempt for attempt in stored}
        for attempt_id in sorted(rows.keys() | self._tries.keys()):
            self._compare_attempt(attempt_id, rows.get(attempt_id), self._tries.get(attempt_id))
        holding = [attempt.id for attempt in rows.values() if attempt.step in HOLDS_SLOT]
        if len(holding) > 1:
            self.findings.append(f"tables: attempts {holding} hold the one slot together")
        if list(order) != self._order:
            self.findings.append("tables: the watch list is not the one that the journal tells")

    def _compare_attempt(self, attempt_id: int, row: Attempt | None, told: _Try | None) -> None:
        if row is None or told is None:
            where = "the tables" if row is None else "the journal"
            self.findings.append(f"tables: attempt {attempt_id} is missing in {where}")
        elif (row.tcin, row.step) != (told.tcin, told.step):
            self.findings.append(
                f"tables: attempt {attempt_id} is {row.step} on {row.tcin}, the journal says {told.step} on {told.tcin}"
            )

    def _find(self, event: Event, what: str) -> None:
        self.findings.append(f"seq {event.seq} ({event.kind}): {what}")

    # ---- cycles

    def _take_cycle(self, event: Event) -> None:
        body = event.body
        cycle_id = int(body["cycle_id"])
        if cycle_id != self.cycles + 1:
            self._find(event, f"cycle {cycle_id} follows cycle {self.cycles}")
        self.cycles = cycle_id
        for tcin, stock in body["stock"].items():
            self._item(tcin).stock = stock["state"]
        purchases = body["purchases"]
        for tcin in purchases["resets"]:
            item = self._item(tcin)
            item.state, item.reset = PurchaseState.READY, event.seq
        for started in purchases["started"]:
            self._open(event, started, skipped=purchases["skipped"])
        self._requeue(event, purchases)

    def _requeue(self, event: Event, purchases: Mapping[str, Any]) -> None:
        for tcin in purchases.get("unqueued", ()):
            self._item(tcin).state = PurchaseState.READY
        for tcin in purchases["queued"]:
            item = self._item(tcin)
            item.state, item.queued = PurchaseState.QUEUED, event.seq

    def _take_list(self, body: Mapping[str, Any]) -> None:
        self._order = list(body["order"])
        for tcin in body["removed"]:
            item = self._item(tcin)
            if item.state is PurchaseState.QUEUED:
                item.state = PurchaseState.READY
        for tcin in body.get("unread", ()):
            self._item(tcin).stock = "unknown"

    def _take_command(self, event: Event) -> None:
        key = event.body["key"]
        if key in self._done:
            self._find(event, f"command {key} was done before")
        self._done.add(key)

    def _item(self, tcin: str) -> _Item:
        return self._items.setdefault(tcin, _Item())

    # ---- attempts

    def _take_move(self, event: Event) -> None:
        body = event.body
        if body["from"] is None:
            self._open(event, body, skipped=body["skipped"])
            self._requeue(event, body)
            self._tries[body["attempt"]].mode = body["mode"]
            return
        told = self._tries.get(body["attempt"])
        if told is None:
            self._find(event, f"attempt {body['attempt']} was never opened")
            return
        self._check_move(event, told)
        told.step, told.mode = Step(body["to"]), body["mode"]
        self._item(told.tcin).state = PRODUCT_AFTER[told.step]

    def _check_move(self, event: Event, told: _Try) -> None:
        body = event.body
        if body["tcin"] != told.tcin:
            self._find(event, f"attempt {told.id} was on {told.tcin} and is now on {body['tcin']}")
        if told.mode not in {None, body["mode"]}:
            self._find(event, f"attempt {told.id} was opened in {told.mode} and is now in {body['mode']}")
        if body["from"] != told.step:
            self._find(event, f"attempt {told.id} was {told.step}, not {body['from']}")
        elif Step(body["to"]) not in STEPS[told.step]:
            self._find(event, f"attempt {told.id} went from {body['from']} to {body['to']}, where there is no arrow")

    def _open(self, event: Event, started: Mapping[str, Any], *, skipped: Iterable[Mapping[str, Any]]) -> None:
        tcin, attempt_id = started["tcin"], started["attempt"]
        for other in self._holding():
            self._find(event, f"attempt {attempt_id} was opened while attempt {other.id} was {other.step}")
        if attempt_id in self._tries:
            self._find(event, f"attempt {attempt_id} was opened before")
        self._check_turn(event, tcin, barred={one["tcin"] for one in skipped})
        self._item(tcin).state = PurchaseState.ATTEMPTING
        self._tries[attempt_id] = _Try(
            id=attempt_id, tcin=tcin, step=Step.OPENED, deadline=unstamp(started["completes_by"])
        )

    def _check_turn(self, event: Event, tcin: str, *, barred: set[str]) -> None:
        order = [*self._order, DRILL] if self._drills else self._order
        if tcin not in order:
            self._find(event, f"{tcin} was started and is not watched")
            return
        able = [
            one
            for one in order
            if one not in barred and self._item(one).stock == "in_stock" and self._item(one).state in _CANDIDATES
        ]
        waiting = [self._item(one).queued for one in able if self._item(one).state is PurchaseState.QUEUED]
        waiting_since = min((seq for seq in waiting if seq is not None), default=None)
        for higher in order[: order.index(tcin)]:
            if higher in able and not self._was_reset_since(higher, waiting_since):
                self._find(event, f"{tcin} was started while {higher}, which is above it, was buyable and allowed")

    def _was_reset_since(self, tcin: str, waiting_since: int | None) -> bool:
        item = self._item(tcin)
        if waiting_since is None or item.state is PurchaseState.QUEUED or item.reset is None:
            return False
        return item.reset >= waiting_since

    def _holding(self) -> list[_Try]:
        return [one for one in self._tries.values() if one.step in HOLDS_SLOT]

    def _check_deadlines(self, event: Event) -> None:
        for one in self._holding():
            if one.excused or one.step is Step.UNCONFIRMED or one.deadline is None:
                continue
            if event.kind != "service_started" and event.at > one.deadline + GRACE:
                one.excused = True  # told once
                self._find(event, f"attempt {one.id} is {one.step} although its deadline was {one.deadline}")
