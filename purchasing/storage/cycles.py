"""A cycle as one fact: what it decided, in one transaction with one event."""

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa

from config.products import Tcin
from monitor.model import CircuitState, Snapshot
from purchasing.controls import Blindness
from purchasing.events import (
    AttemptMoved,
    Blind,
    ChecksQuick,
    ChecksSlow,
    CycleCompleted,
    LimitReached,
    MovedApprovals,
    NamedProduct,
    ProductsDelisted,
    ProductsListed,
    ProductsUnread,
    ProductWindow,
    Purchases,
    ReadStock,
    Sighted,
    Skipped,
    Started,
    Summary,
    UnreadProduct,
    stamp,
)
from purchasing.model import (
    Attempt,
    CycleMark,
    Decision,
    Line,
    PurchaseState,
    Sightings,
    Standing,
)
from purchasing.rules.remarks import keep_remarks
from purchasing.rules.slowness import count_slow
from purchasing.storage import tables
from purchasing.storage.approvals import ApprovalTable
from purchasing.storage.attempts import AttemptTable
from purchasing.storage.controls import BLINDNESS, REMARKS, SLOWNESS, ControlTable, CycleMarkTable
from purchasing.storage.journal import JournalTable
from purchasing.storage.limit_notices import LimitNoticeTable
from purchasing.storage.products import ProductTable, WindowTable

_journal = tables.journal


class CycleTable:
    """Reads and writes of one transaction."""

    def __init__(
        self,
        connection: sa.Connection,
        *,
        journal: JournalTable,
        controls: ControlTable,
        marks: CycleMarkTable,
        products: ProductTable,
        windows: WindowTable,
        attempts: AttemptTable,
        approvals: ApprovalTable,
        notices: LimitNoticeTable,
    ) -> None:
        self._db = connection
        self._journal = journal
        self._controls = controls
        self._marks = marks
        self._products = products
        self._windows = windows
        self._attempts = attempts
        self._approvals = approvals
        self.notices = notices

    def commit(
        self, snapshot: Snapshot, decision: Decision, standing: Standing, *, at: datetime, whole_stock: bool
    ) -> CycleCompleted:
        """Write a cycle and its one event. `whole_stock` puts every product into the event, not only the changed ones.

        Raises:
            SlotTaken: the decision starts an attempt while another holds the slot.
            IllegalTransition: a product no longer stands where the decision found it.
        """
        self._products.write_stocks(decision)
        windows = self._windows.write(decision.windows, at=at)
        self._move_products(decision, standing, at=at)
        opened = self._attempts.open(decision.start, standing, at=at) if decision.start else None
        approvals = self._write_approvals(decision, standing, at=at)
        mark = self._mark(snapshot, decision, standing, at=at)
        seen = Sightings(mark.seen_at)
        changed = _changed_lines(standing, decision, whole=whole_stock)
        fact = CycleCompleted(
            cycle_id=mark.cycle_id,
            took_ms=round(snapshot.took.total_seconds() * 1000),
            failed=snapshot.failed,
            asked=len(snapshot.asked),
            next_check_at=snapshot.next_check_at,
            stock={line.tcin: _read_stock(line, seen_at=seen.of(line)) for line in changed},
            changes=decision.changes,
            windows=windows,
            approvals=approvals,
            purchases=_purchases(decision, opened),
            summary=_summary(decision, standing, opened),
        )
        self._journal.append(fact, at=at)
        self._write_circuit(snapshot, at=at)
        self._write_slowness(snapshot, at=at)
        self._write_remarks(decision, standing, asked=frozenset(snapshot.asked), cycle=mark.cycle_id, at=at)
        self._tell_limits(decision, at=at)
        return fact

    def commit_follow(self, decision: Decision, standing: Standing, *, at: datetime) -> Attempt | None:
        """Write the attempt that follows on a freed slot, with its event; None, and nothing written, if none does.

        Raises:
            SlotTaken, IllegalTransition: as `commit_cycle`.
        """
        if decision.start is None:
            return None
        self._move_products(decision, standing, at=at)
        opened = self._attempts.open(decision.start, standing, at=at)
        fact = AttemptMoved(
            attempt=opened.id,
            tcin=opened.tcin,
            mode=opened.mode,
            before=None,
            to=opened.step,
            why=opened.why,
            order_number=opened.order_number,
            total=opened.total,
            completes_by=opened.deadline,
            queued=decision.queued,
            unqueued=decision.unqueued,
            skipped=_skipped(decision),
        )
        self._journal.append(fact, at=at)
        return opened

    def _move_products(self, decision: Decision, standing: Standing, *, at: datetime) -> None:
        states = {line.tcin: line.state for line in standing.lines} if decision.resets else {}
        for tcin in decision.resets:
            self._products.set_state(tcin, states[tcin], PurchaseState.READY, at=at, reset_at=stamp(at))
        for tcin in decision.unqueued:
            self._products.set_state(tcin, PurchaseState.QUEUED, PurchaseState.READY, at=at)
        for tcin in decision.queued:
            self._products.set_state(tcin, PurchaseState.READY, PurchaseState.QUEUED, at=at)

    def _write_approvals(self, decision: Decision, standing: Standing, *, at: datetime) -> MovedApprovals:
        """Close approvals whose time ran out and make new ones; their windows, for the event."""
        self._approvals.expire(decision.expired, at=at)
        made = []
        for tcin in decision.approvals:
            window = self._windows.open_of(tcin)
            if window is not None:
                price = self._products.price_of(tcin)
                self._approvals.make(tcin, window, price=price, at=at, expires_at=at + standing.limits.ask_expires)
                made.append(ProductWindow(tcin=tcin, window=window))
        expired = (ProductWindow(tcin=one.tcin, window=one.window) for one in decision.expired)
        return MovedApprovals(made=tuple(made), expired=tuple(expired))

    def _tell_limits(self, decision: Decision, *, at: datetime) -> None:
        """Each limit that is reached is told once."""
        for skip in decision.skipped:
            if skip.limit is not None and self.notices.note(skip.limit, at=at):
                self._journal.append(LimitReached(limit=skip.limit, tcin=skip.tcin, why=skip.why), at=at)

    def _write_remarks(
        self, decision: Decision, standing: Standing, *, asked: Collection[Tcin], cycle: int, at: datetime
    ) -> None:
        """Keep what is to be remarked of products, and tell of those that were unread for long enough."""
        stored = self._controls.get(REMARKS) or {}
        if not stored and not decision.remarks:
            return
        remarks = keep_remarks(standing.lines, decision.remarks, asked=asked, cycle=cycle, at=at)
        if remarks.kept != stored:
            self._controls.put(REMARKS, dict(remarks.kept), by="schedule", at=at)
        if remarks.due:
            products = (
                UnreadProduct(tcin=line.tcin, title=line.name_and_title, why=remarks.kept[line.tcin].why)
                for line in standing.lines
                if line.tcin in remarks.due
            )
            self._journal.append(ProductsUnread(products=tuple(products)), at=at)
        if remarks.delisted:
            self._journal.append(ProductsDelisted(products=_named(standing.lines, remarks.delisted)), at=at)
        if remarks.listed:
            self._journal.append(ProductsListed(products=_named(standing.lines, remarks.listed)), at=at)

    def _mark(self, snapshot: Snapshot, decision: Decision, standing: Standing, *, at: datetime) -> CycleMark:
        last = self._marks.read()
        watched = {line.product.tcin for line in standing.lines}
        gone = (last.seen_at.keys() | last.asked_at.keys()) - watched
        self._products.write_times(gone, last)
        mark = CycleMark(
            cycle_id=last.cycle_id + 1,
            began=snapshot.began,
            next_check_at=snapshot.next_check_at,
            last_good_at=at if _is_good(snapshot) else last.last_good_at,
            seen_at=_without({**last.seen_at, **decision.seen_at}, gone),
            asked_at=_without({**last.asked_at, **dict.fromkeys(snapshot.asked, snapshot.began)}, gone),
        )
        self._marks.write(mark, at=at)
        return mark

    def tell_blind(self, blindness: Blindness, *, until: datetime | None, at: datetime) -> None:
        """Told once, until a check succeeds; `until` is when the shop is asked again, where it is not asked before."""
        self._controls.put(BLINDNESS, blindness, by="schedule", at=at)
        self._journal.append(Blind(why=blindness.why, until=until), at=at)

    def _write_circuit(self, snapshot: Snapshot, *, at: datetime) -> None:
        before, after, blindness = self._controls.circuit(), snapshot.circuit, self._controls.blindness()
        if before != after:
            self._controls.put_circuit(after, by="schedule", at=at)
        if after.state is CircuitState.OPEN:
            if blindness is None:
                self.tell_blind(Blindness(since=after.blind_since or at, why=after.why), until=after.open_until, at=at)
        elif blindness is not None and (before.state is CircuitState.OPEN or _is_good(snapshot)):
            self._controls.drop(BLINDNESS)
            self._journal.append(Sighted(lasted_s=round((at - blindness.since).total_seconds())), at=at)

    def _write_slowness(self, snapshot: Snapshot, *, at: datetime) -> None:
        before = self._controls.get(SLOWNESS)
        after = count_slow(before, snapshot, is_blind=self._controls.blindness() is not None)
        if after == before:
            return
        if after is not None:
            self._controls.put(SLOWNESS, after, by="schedule", at=at)
        else:
            self._controls.drop(SLOWNESS)
        if before is not None and before.is_told and after is None:
            self._journal.append(ChecksQuick(lasted_s=round((at - before.since).total_seconds())), at=at)
        elif before is not None and not before.is_told and after is not None and after.is_told:
            took_ms = round(snapshot.took.total_seconds() * 1000)
            self._journal.append(ChecksSlow(since=after.since, took_ms=took_ms), at=at)


def _named(lines: Iterable[Line], tcins: Collection[Tcin]) -> tuple[NamedProduct, ...]:
    return tuple(NamedProduct(tcin=line.tcin, title=line.name_and_title) for line in lines if line.tcin in tcins)


def _is_good(snapshot: Snapshot) -> bool:
    """Something was asked for, and something certain came."""
    return bool(snapshot.asked) and snapshot.failed is None


def _changed_lines(standing: Standing, decision: Decision, *, whole: bool) -> list[Line]:
    """The lines, as they are now, whose state, detail, price or title changed; all of them if `whole`."""
    if not whole and not decision.stocks:
        return []
    return [
        replace(line, stock=decision.stocks.get(line.tcin, line.stock))
        for line in standing.lines
        if whole or (line.tcin in decision.stocks and _looks_changed(line, decision))
    ]


def _looks_changed(line: Line, decision: Decision) -> bool:
    old, new = line.stock, decision.stocks[line.tcin]
    return (old.state, old.detail, old.price, old.title) != (new.state, new.detail, new.price, new.title)


def _read_stock(line: Line, *, seen_at: datetime | None) -> ReadStock:
    stock = line.stock
    return ReadStock(
        title=line.title or None,
        state=stock.state,
        detail=stock.detail,
        price=stock.price,
        seen_at=seen_at,
    )


def _purchases(decision: Decision, opened: Attempt | None) -> Purchases:
    started = Started(tcin=opened.tcin, attempt=opened.id, completes_by=opened.deadline) if opened else None
    return Purchases(
        resets=decision.resets,
        started=() if started is None else (started,),
        queued=decision.queued,
        unqueued=decision.unqueued,
        skipped=_skipped(decision),
    )


def _skipped(decision: Decision) -> tuple[Skipped, ...]:
    return tuple(Skipped(tcin=skip.tcin, why=skip.why) for skip in decision.skipped)


def _summary(decision: Decision, standing: Standing, opened: Attempt | None) -> Summary:
    return Summary(
        watched=len(standing.lines),
        in_stock=decision.in_stock,
        unknown=decision.unknown,
        started=0 if opened is None else 1,
        resets=len(decision.resets),
    )


def _without(times: dict[Tcin, datetime], gone: Collection[Tcin]) -> dict[Tcin, datetime]:
    return {tcin: at for tcin, at in times.items() if tcin not in gone} if gone else times
