"""Attempts: the one slot, each step along its arrow, and what counts as bought and spent."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

import sqlalchemy as sa

from config.products import Mode, Tcin
from purchasing.errors import IllegalTransition, SlotTaken
from purchasing.events import AttemptMoved, CartCleaned, CartNotCleaned, OrderFound, price_text, stamp
from purchasing.model import (
    Attempt,
    EarlierPractice,
    PurchaseState,
    Receipt,
    Standing,
    Start,
    Step,
    Transition,
    Usage,
)
from purchasing.rules.limits import spend_of
from purchasing.rules.state_machine import ENDS_WITHOUT_ORDER, PRODUCT_AFTER, check_step
from purchasing.storage import rows, tables
from purchasing.storage.approvals import ApprovalTable
from purchasing.storage.controls import LEFT_IN_CART, LEFT_IS_TOLD, LISTED_ONCE_MORE, ControlTable
from purchasing.storage.journal import JournalTable
from purchasing.storage.products import ProductTable, WindowTable

_window, _attempt, _journal = tables.window, tables.attempt, tables.journal

#: Of the attempts in a restock window so many are read whole.
LAST_OF_WINDOW = 20

_SLOT = sa.select(_attempt).where(tables.HOLDS_THE_SLOT)
_TODAY = sa.select(_attempt).where(tables.COUNTS_AS_BOUGHT, _attempt.c.opened_at >= sa.bindparam("day_began"))
_LAST_CONFIRMED = sa.select(sa.func.max(_attempt.c.moved_at)).where(tables.IS_CONFIRMED)


# Built once, as building takes longer than running: an alert waits for these.
_BY_ID = sa.select(_attempt).where(_attempt.c.id == sa.bindparam("number"))
_THESE = _attempt.c.tcin.in_(sa.bindparam("tcins", expanding=True))
_BOUGHT = (
    sa.select(_attempt.c.tcin, sa.func.sum(_attempt.c.quantity))
    .where(tables.COUNTS_AS_BOUGHT)
    .group_by(_attempt.c.tcin)
)
_BOUGHT_OF = _BOUGHT.where(_THESE)
_IN_OPEN_WINDOWS = (
    sa.select(_attempt.c.window_id, sa.func.count())
    .join(_window, sa.and_(_window.c.id == _attempt.c.window_id, _window.c.closed_at.is_(None)))
    .where(_attempt.c.mode == sa.bindparam("of_mode"))
    .group_by(_attempt.c.window_id)
)
_IN_OPEN_WINDOWS_OF = _IN_OPEN_WINDOWS.where(_THESE)
_OF_WINDOW = _attempt.c.window_id == sa.bindparam("window")
_REAL_IN_WINDOW = sa.select(_attempt).where(_OF_WINDOW, _attempt.c.mode.in_([Mode.REHEARSE, Mode.LIVE]))
_LAST_IN_WINDOW = sa.select(_attempt).where(_OF_WINDOW).order_by(_attempt.c.id.desc()).limit(LAST_OF_WINDOW)
_PRACTISED_BEFORE = (
    sa.select(_attempt.c.step, sa.func.count().label("count"))
    # Not by their numbers: an index that holds all of it is gone through, and no row looked up.
    .where(_OF_WINDOW, _attempt.c.mode == Mode.SIMULATE, _attempt.c.id + 0 < sa.bindparam("first"))
    .group_by(_attempt.c.step)
)
OF_WINDOW = (_REAL_IN_WINDOW, _LAST_IN_WINDOW, _PRACTISED_BEFORE)


class AttemptTable:
    """Reads and writes of one transaction."""

    def __init__(
        self,
        connection: sa.Connection,
        *,
        journal: JournalTable,
        controls: ControlTable,
        products: ProductTable,
        windows: WindowTable,
        approvals: ApprovalTable,
    ) -> None:
        self._db = connection
        self._journal = journal
        self._controls = controls
        self._products = products
        self._windows = windows
        self._approvals = approvals

    def slot(self) -> Attempt | None:
        row = self._db.execute(_SLOT).mappings().first()
        return None if row is None else rows.attempt_of(row)

    def holding(self) -> list[Attempt]:
        """All that hold the slot, of which there are never two."""
        return [rows.attempt_of(row) for row in self._db.execute(_SLOT).mappings()]

    def get(self, attempt_id: int) -> Attempt:
        return rows.attempt_of(self._db.execute(_BY_ID, {"number": attempt_id}).mappings().one())

    def all(self) -> list[Attempt]:
        return [rows.attempt_of(row) for row in self._db.execute(sa.select(_attempt)).mappings()]

    def in_window(self, window_id: int) -> tuple[tuple[Attempt, ...], EarlierPractice]:
        """All real ones and the last that were practice, in order; and the practice before these, counted."""
        last = self._db.execute(_LAST_IN_WINDOW, {"window": window_id}).mappings().all()
        if len(last) < LAST_OF_WINDOW:  # which are all
            return tuple(rows.attempt_of(row) for row in reversed(last)), EarlierPractice()
        real = self._db.execute(_REAL_IN_WINDOW, {"window": window_id}).mappings()
        by_id = {row["id"]: rows.attempt_of(row) for row in (*real, *last)}
        before = self._db.execute(_PRACTISED_BEFORE, {"window": window_id, "first": last[-1]["id"]})
        counts = {row["step"]: row["count"] for row in before.mappings()}
        earlier = EarlierPractice(
            confirmed=counts.get(Step.CONFIRMED, 0),
            refused=counts.get(Step.REFUSED, 0),
            abandoned=counts.get(Step.ABANDONED, 0),
        )
        return tuple(by_id[number] for number in sorted(by_id)), earlier

    def last(self, count: int) -> list[Attempt]:
        """The latest first."""
        statement = sa.select(_attempt).order_by(_attempt.c.id.desc()).limit(count)
        return [rows.attempt_of(row) for row in self._db.execute(statement).mappings()]

    def open(self, start: Start, standing: Standing, *, at: datetime) -> Attempt:
        line = next(line for line in standing.lines if line.tcin == start.tcin)
        state = PurchaseState.READY if line.state not in {PurchaseState.READY, PurchaseState.QUEUED} else line.state
        self._products.set_state(start.tcin, state, PurchaseState.ATTEMPTING, at=at)
        deadline = at + standing.limits.deadline
        row = {
            "tcin": start.tcin,
            "window_id": self._windows.open_of(start.tcin),
            "mode": start.mode,
            "step": Step.OPENED,
            "quantity": start.quantity,
            "price": price_text(start.price),
            "max_price": price_text(start.max_price),
            "opened_at": stamp(at),
            "moved_at": stamp(at),
            "deadline": stamp(deadline),
            "channel": start.channel,
        }
        try:
            opened = int(self._db.execute(sa.insert(_attempt).values(row).returning(_attempt.c.id)).scalar_one())
        except sa.exc.IntegrityError as error:
            raise SlotTaken(f"another attempt holds the slot, so that none was opened for {start.tcin}") from error
        if line.approval is not None and line.approval.approves:
            self._approvals.use(line.approval, opened)
        return self.get(opened)

    def move(self, attempt: Attempt, transition: Transition, *, at: datetime) -> Attempt:
        """Take an attempt and its product one step on, with the event.

        Raises:
            IllegalTransition: there is no such arrow, or the attempt stands elsewhere by now; nothing was changed.
        """
        check_step(attempt.step, transition.to)
        moved = _after(attempt, transition, at=at)
        self._write_step(attempt, moved)
        before, after = PRODUCT_AFTER[attempt.step], PRODUCT_AFTER[moved.step]
        if before is not after:
            self._products.set_state(attempt.tcin, before, after, at=at)
        if moved.step in ENDS_WITHOUT_ORDER and attempt.mode is not Mode.SIMULATE and not transition.clean:
            left = [one.id for one in self.left_in_cart()]
            self._controls.put(LEFT_IN_CART, (*left, attempt.id), by="slot", at=at)
        if (attempt.mode, attempt.step, moved.step) == (Mode.LIVE, Step.UNCONFIRMED, Step.REFUSED):
            due = self._controls.get(LISTED_ONCE_MORE) or ()
            self._controls.put(LISTED_ONCE_MORE, (*due, attempt.id), by="slot", at=at)
        fact = AttemptMoved(
            attempt=moved.id,
            tcin=moved.tcin,
            mode=moved.mode,
            before=attempt.step,
            to=moved.step,
            why=moved.why,
            order_number=moved.order_number,
            total=moved.total,
            picture=transition.picture,
            need=transition.need,
        )
        self._journal.append(fact, at=at)
        return moved

    def _write_step(self, before: Attempt, after: Attempt) -> None:
        written = self._db.execute(
            sa.update(_attempt)
            .where(_attempt.c.id == before.id, _attempt.c.step == before.step)
            .values(
                step=after.step,
                moved_at=stamp(after.moved_at),
                why=after.why,
                order_number=after.order_number,
                total=price_text(after.total),
                orders_before=rows.orders_text(after.orders_before),
            )
        )
        if written.rowcount != 1:
            raise IllegalTransition(
                f"attempt {before.id} was no longer {before.step}, so that it can't become {after.step}"
            )

    def left_in_cart(self) -> list[Attempt]:
        """The attempts that may have left something in the cart, the oldest first."""
        return [self.get(one) for one in self._controls.get(LEFT_IN_CART) or ()]

    def forget_left(self, attempt: Attempt, *, at: datetime) -> None:
        """The cart holds nothing of this attempt any more."""
        left = tuple(one.id for one in self.left_in_cart() if one.id != attempt.id)
        self._controls.put(LEFT_IN_CART, left, by="slot", at=at)
        notices = self._controls.get(LEFT_IS_TOLD) or ()
        if attempt.id in notices:
            self._controls.put(LEFT_IS_TOLD, tuple(one for one in notices if one != attempt.id), by="slot", at=at)
            self._journal.append(CartCleaned(attempt=attempt.id, tcin=attempt.tcin), at=at)

    def tell_left(self, attempt: Attempt, why: str, *, at: datetime) -> None:
        """What it left could not be taken out; told once."""
        notices = self._controls.get(LEFT_IS_TOLD) or ()
        if attempt.id not in notices:
            self._controls.put(LEFT_IS_TOLD, (*notices, attempt.id), by="slot", at=at)
            self._journal.append(CartNotCleaned(attempt=attempt.id, tcin=attempt.tcin, why=why), at=at)

    def in_doubt_before(self, attempt: Attempt) -> list[Attempt]:
        """The earlier ones on its product of which the order list is to be read once more, the oldest first."""
        due = (self.get(one) for one in self._controls.get(LISTED_ONCE_MORE) or ())
        return [one for one in due if one.tcin == attempt.tcin and one.id != attempt.id]

    def settle_doubt(self, attempt: Attempt, receipt: Receipt | None, *, at: datetime) -> None:
        """The order list was read once more; an order that it shows counts as bought from now on, with the event."""
        due = tuple(one for one in self._controls.get(LISTED_ONCE_MORE) or () if one != attempt.id)
        self._controls.put(LISTED_ONCE_MORE, due, by="slot", at=at)
        if receipt is None:
            return
        total = receipt.total or attempt.total
        self._db.execute(
            sa.update(_attempt)
            .where(_attempt.c.id == attempt.id)
            .values(order_number=receipt.order_number, total=price_text(total))
        )
        number = receipt.order_number
        fact = OrderFound(attempt=attempt.id, tcin=attempt.tcin, order_number=number, total=total)
        self._journal.append(fact, at=at)

    def usage(self, *, day_began: datetime) -> Usage:
        """`day_began` is the owner's local midnight, in the owner's time zone."""
        today = [rows.attempt_of(row) for row in self._db.execute(_TODAY, {"day_began": stamp(day_began)}).mappings()]
        return Usage(
            bought_today=len(today),
            spent_today=sum((spend_of(attempt) for attempt in today), Decimal(0)),
            last_confirmed_at=rows.time_of(self._db.execute(_LAST_CONFIRMED).scalar()),
            day=day_began.date(),
        )

    def bought(self, *, tcins: Collection[Tcin] | None = None) -> dict[str, int]:
        """How many of each product, or of these, count as bought."""
        statement = _BOUGHT if tcins is None else _BOUGHT_OF
        return dict(self._db.execute(statement, {"tcins": list(tcins or ())}).all())

    def in_open_windows(self, mode: Mode, *, tcins: Collection[Tcin] | None = None) -> dict[int, int]:
        """How many attempts were made in each open window, or in those of these products."""
        statement = _IN_OPEN_WINDOWS if tcins is None else _IN_OPEN_WINDOWS_OF
        return dict(self._db.execute(statement, {"of_mode": mode, "tcins": list(tcins or ())}).all())


def _after(attempt: Attempt, transition: Transition, *, at: datetime) -> Attempt:
    receipt = transition.receipt
    return replace(
        attempt,
        step=transition.to,
        moved_at=at,
        why=transition.why,
        order_number=receipt.order_number if receipt else attempt.order_number,
        total=(receipt.total if receipt else transition.total) or attempt.total,
        orders_before=attempt.orders_before if transition.orders_before is None else transition.orders_before,
    )
