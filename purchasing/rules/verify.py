"""Reads the journal from its beginning and says where a promise was not kept. Pure: events in, findings out.

The promises: events and cycles without gaps, from the mark on up to which the journal was compacted; never two
attempts in the slot; steps only along the arrows; an attempt never changes its product or mode, nor outlives its
deadline while the service is up, `unconfirmed` excepted; never a lower product started while a higher one was ready,
allowed and buyable; after a stop was heard nothing is opened or ordered, nor is it lifted by what was asked before; no
order that two attempts call theirs, nor one that was there before its attempt; no command done twice; and the tables
say what the journal says.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from config.products import DRILL, Mode, Tcin
from monitor.model import StockState
from purchasing.events import (
    AttemptMoved,
    CommandDone,
    Control,
    ControlChanged,
    CycleCompleted,
    DrillEnded,
    DrillStarted,
    Event,
    OrderFound,
    ServiceStarted,
    Skipped,
    UnknownFact,
    WatchlistChanged,
)
from purchasing.model import Attempt, PurchaseState, Step
from purchasing.rules.numbering import Numbering
from purchasing.rules.state_machine import HOLDS_SLOT, PRODUCT_AFTER, STEPS

#: What cleaning the cart after the deadline, and a busy machine, may take.
GRACE = timedelta(seconds=40)

_CANDIDATES = frozenset({PurchaseState.READY, PurchaseState.QUEUED})


@dataclass(slots=True)
class _Try:
    """An attempt as the journal tells it."""

    id: int
    tcin: Tcin
    step: Step
    deadline: datetime | None
    mode: Mode | None = None
    #: The service ended in its middle, or its deadline was told of already.
    excused: bool = False
    #: The first sign of life after its deadline.
    late_since: datetime | None = None
    #: The `seq` at which it came to its button.
    submitting: int | None = None


@dataclass(slots=True)
class _Item:
    """A product as the journal tells it."""

    stock: StockState = StockState.UNKNOWN
    state: PurchaseState = PurchaseState.READY
    #: The `seq` at which it was queued, and at which it was last reset.
    queued: int | None = None
    reset: int | None = None

    @property
    def is_candidate(self) -> bool:
        return self.stock is StockState.IN_STOCK and self.state in _CANDIDATES


@dataclass(slots=True)
class Audit:
    """Takes events in order; `findings` grows."""

    findings: list[str] = field(default_factory=list)
    numbering: Numbering = field(default_factory=Numbering)
    #: Steps that attempts took.
    moves: int = 0
    _order: list[Tcin] = field(default_factory=list)
    _items: dict[Tcin, _Item] = field(default_factory=dict)
    _tries: dict[int, _Try] = field(default_factory=dict)
    _done: set[str] = field(default_factory=set)
    _drills: bool = False
    #: The last `seq` before the stop that stands was heard.
    _stopped_after: int | None = None
    #: The attempts whose button was pressed, each with the `seq` at which it came to it.
    _pressed: list[tuple[int, int]] = field(default_factory=list)
    #: The `seq` of the last lifting of a stop.
    _armed: int = 0
    #: Whose each order of the shop is.
    _orders: dict[str, int] = field(default_factory=dict)

    @property
    def attempts(self) -> int:
        return len(self._tries)

    @property
    def orders(self) -> int:
        """Orders of the shop, each of which is one attempt's."""
        return len(self._orders)

    def take(self, event: Event) -> None:
        """Check the next event against all before it."""
        for missing in self.numbering.take(event):
            self._find(event, missing)
        self._check_deadlines(event)
        self._take_fact(event)

    def _take_fact(self, event: Event) -> None:
        match event.fact:
            case CycleCompleted() as cycle:
                self._take_cycle(event, cycle)
            case AttemptMoved() | OrderFound() as fact:
                self._take_of_attempt(event, fact)
            case WatchlistChanged() as change:
                self._take_list(change)
            case CommandDone(key=key):
                self._take_command(event, key)
            case ControlChanged() as change:
                self._take_control(event, change)
            case DrillStarted() | DrillEnded():
                self._drills = isinstance(event.fact, DrillStarted)
            case ServiceStarted():
                for one in self._holding():
                    one.excused = True
            case UnknownFact(damage=str(damage)):
                self._find(event, f"its body can't be read: {damage}")

    def compare(self, stored: Iterable[Attempt], order: Iterable[str]) -> None:
        """Check the tables, as they stood at the last event taken, against what the journal tells."""
        self.findings.extend(f"journal: {missing}" for missing in self.numbering.end())
        rows = {attempt.id: attempt for attempt in stored}
        for attempt_id in sorted(rows.keys() | self._tries.keys()):
            self._compare_attempt(attempt_id, rows.get(attempt_id), self._tries.get(attempt_id))
        holding = [attempt.id for attempt in rows.values() if attempt.step in HOLDS_SLOT]
        if len(holding) > 1:
            self.findings.append(f"tables: attempts {holding} hold the one slot together")
        if list(order) != self._order:
            self.findings.append("tables: the watch list is not the one that the journal tells")

    def _compare_attempt(self, attempt_id: int, row: Attempt | None, entry: _Try | None) -> None:
        if row is None or entry is None:
            where = "the tables" if row is None else "the journal"
            self.findings.append(f"tables: attempt {attempt_id} is missing in {where}")
        elif (row.tcin, row.step) != (entry.tcin, entry.step):
            by_journal = f"the journal says {entry.step} on {entry.tcin}"
            self.findings.append(f"tables: attempt {attempt_id} is {row.step} on {row.tcin}, {by_journal}")
        if row is not None and row.order_number is not None and row.order_number in (row.orders_before or ()):
            self.findings.append(f"tables: order {row.order_number} was there before its attempt {attempt_id}")

    def _find(self, event: Event, what: str) -> None:
        self.findings.append(f"seq {event.seq} ({event.kind}): {what}")

    # ---- cycles

    def _take_cycle(self, event: Event, cycle: CycleCompleted) -> None:
        for tcin, stock in cycle.stock.items():
            self._item(tcin).stock = stock.state
        purchases = cycle.purchases
        for tcin in purchases.resets:
            item = self._item(tcin)
            item.state, item.reset = PurchaseState.READY, event.seq
        for started in purchases.started:
            opened = _Try(id=started.attempt, tcin=started.tcin, step=Step.OPENED, deadline=started.completes_by)
            self._open(event, opened, skipped=purchases.skipped)
        self._requeue(event, queued=purchases.queued, unqueued=purchases.unqueued)

    def _requeue(self, event: Event, *, queued: Iterable[Tcin], unqueued: Iterable[Tcin]) -> None:
        for tcin in unqueued:
            self._item(tcin).state = PurchaseState.READY
        for tcin in queued:
            item = self._item(tcin)
            item.state, item.queued = PurchaseState.QUEUED, event.seq

    def _take_list(self, change: WatchlistChanged) -> None:
        self._order = list(change.order)
        for tcin in change.removed:
            item = self._item(tcin)
            if item.state is PurchaseState.QUEUED:
                item.state = PurchaseState.READY
        for tcin in change.unread:
            self._item(tcin).stock = StockState.UNKNOWN

    def _take_command(self, event: Event, key: str) -> None:
        if key in self._done:
            self._find(event, f"command {key} was done before")
        self._done.add(key)

    def _take_control(self, event: Event, change: ControlChanged) -> None:
        if change.what is Control.STOP:
            self._take_stop(event, change)
        elif change.what is Control.REARM:
            self._stopped_after, self._armed = None, event.seq

    def _take_stop(self, event: Event, stop: ControlChanged) -> None:
        """What was on its way when it was heard may still be written down, but not be ordered."""
        heard_after = event.seq - 1 if stop.heard_after is None else stop.heard_after
        if heard_after < self._armed:
            self._find(event, f"the stop that was heard after seq {heard_after} was lifted at seq {self._armed}")
        for attempt, seq in self._pressed:
            if seq > heard_after:
                self._find(event, f"attempt {attempt} was ordered at seq {seq}, after this stop was heard")
        if self._stopped_after is None:
            self._stopped_after = heard_after

    def _item(self, tcin: Tcin) -> _Item:
        return self._items.setdefault(tcin, _Item())

    # ---- attempts

    def _take_of_attempt(self, event: Event, fact: AttemptMoved | OrderFound) -> None:
        if isinstance(fact, AttemptMoved):
            self._take_move(event, fact)
        else:
            self._take_late_order(event, fact)

    def _take_move(self, event: Event, moved: AttemptMoved) -> None:
        if moved.before is None:
            opened = _Try(
                id=moved.attempt, tcin=moved.tcin, step=Step.OPENED, deadline=moved.completes_by, mode=moved.mode
            )
            self._open(event, opened, skipped=moved.skipped or ())
            self._requeue(event, queued=moved.queued or (), unqueued=moved.unqueued or ())
            return
        known = self._tries.get(moved.attempt)
        if known is None:
            self._find(event, f"attempt {moved.attempt} was never opened")
            return
        self.moves += 1
        self._check_move(event, known, moved)
        self._check_press(event, known, moved)
        self._check_order(event, moved)
        known.step, known.mode = moved.to, moved.mode
        self._item(known.tcin).state = PRODUCT_AFTER[known.step]

    def _check_move(self, event: Event, known: _Try, moved: AttemptMoved) -> None:
        if moved.tcin != known.tcin:
            self._find(event, f"attempt {known.id} was on {known.tcin} and is now on {moved.tcin}")
        if known.mode not in {None, moved.mode}:
            self._find(event, f"attempt {known.id} was opened in {known.mode} and is now in {moved.mode}")
        if moved.before != known.step:
            self._find(event, f"attempt {known.id} was {known.step}, not {moved.before}")
        elif moved.to not in STEPS[known.step]:
            self._find(event, f"attempt {known.id} went from {moved.before} to {moved.to}, where there is no arrow")
        elif moved.to is Step.SUBMITTING and known.deadline is not None and event.at > known.deadline + GRACE:
            self._find(event, f"attempt {known.id} came to its button although its deadline was {known.deadline}")

    def _check_press(self, event: Event, known: _Try, moved: AttemptMoved) -> None:
        """Whatever comes of the button but `unconfirmed`, which it is too where it was not pressed, was pressed."""
        if moved.to is Step.SUBMITTING:
            known.submitting = event.seq
        elif known.step is Step.SUBMITTING and moved.to is not Step.UNCONFIRMED and known.submitting is not None:
            self._pressed.append((known.id, known.submitting))
            if self._stopped_after is not None and known.submitting > self._stopped_after:
                self._find(event, f"attempt {known.id} was ordered although buying was stopped")

    def _check_order(self, event: Event, moved: AttemptMoved) -> None:
        if moved.mode is Mode.LIVE and moved.to is Step.CONFIRMED and moved.order_number is not None:
            self._claim(event, moved.order_number, moved.attempt)

    def _take_late_order(self, event: Event, order: OrderFound) -> None:
        """An order that came into the list late is that of an attempt that had ended as refused, in `live`."""
        known = self._tries.get(order.attempt)
        if known is None or (known.tcin, known.step, known.mode) != (order.tcin, Step.REFUSED, Mode.LIVE):
            self._find(event, f"attempt {order.attempt} was not one that had ended as refused")
        self._claim(event, order.order_number, order.attempt)

    def _claim(self, event: Event, order: str, attempt: int) -> None:
        owner = self._orders.setdefault(order, attempt)
        if owner != attempt:
            self._find(event, f"order {order} is that of attempt {attempt} and of attempt {owner}")

    def _open(self, event: Event, opened: _Try, *, skipped: Iterable[Skipped]) -> None:
        for other in self._holding():
            self._find(event, f"attempt {opened.id} was opened while attempt {other.id} was {other.step}")
        if opened.id in self._tries:
            self._find(event, f"attempt {opened.id} was opened before")
        if self._stopped_after is not None:
            self._find(event, f"attempt {opened.id} was opened although buying was stopped")
        self._check_turn(event, opened.tcin, barred={one.tcin for one in skipped})
        self._item(opened.tcin).state = PurchaseState.ATTEMPTING
        self._tries[opened.id] = opened

    def _check_turn(self, event: Event, tcin: Tcin, *, barred: set[Tcin]) -> None:
        order = [*self._order, DRILL] if self._drills else self._order
        if tcin not in order:
            self._find(event, f"{tcin} was started and is not watched")
            return
        able = [one for one in order if one not in barred and self._item(one).is_candidate]
        waiting = [self._item(one).queued for one in able if self._item(one).state is PurchaseState.QUEUED]
        waiting_since = min((seq for seq in waiting if seq is not None), default=None)
        for higher in order[: order.index(tcin)]:
            if higher in able and not self._was_reset_since(higher, waiting_since):
                self._find(event, f"{tcin} was started while {higher}, which is above it, was buyable and allowed")

    def _was_reset_since(self, tcin: Tcin, waiting_since: int | None) -> bool:
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
            if isinstance(event.fact, ServiceStarted) or event.at <= one.deadline:
                continue
            # Where nothing was written for long, the machine may have slept or its clock been set: it is late from now.
            one.late_since = one.late_since or event.at
            if event.at > one.late_since + GRACE:
                one.excused = True  # told once
                self._find(event, f"attempt {one.id} is {one.step} although its deadline was {one.deadline}")
