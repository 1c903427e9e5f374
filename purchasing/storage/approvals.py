"""Approvals: the question whether to buy, and its one answer."""

from collections.abc import Collection, Iterable
from datetime import datetime
from decimal import Decimal

import sqlalchemy as sa

from config.products import DRILL, Tcin
from purchasing.events import price_text, stamp, unstamp
from purchasing.model import TAKEN_BACK, Approval, ApprovalAnswer
from purchasing.storage import tables
from purchasing.storage.controls import FIRST_NUMBER, ControlTable

_ask, _window, _product = tables.ask, tables.window, tables.product

_OF_OPEN_WINDOWS = (
    sa.select(_ask)
    .join(_window, sa.and_(_window.c.id == _ask.c.window_id, _window.c.closed_at.is_(None)))
    .order_by(_ask.c.id)
)
_OF_OPEN_WINDOWS_OF = _OF_OPEN_WINDOWS.where(_ask.c.tcin.in_(sa.bindparam("tcins", expanding=True)))
_UNPRICED = (
    sa.select(_ask.c.tcin)
    .join(_window, sa.and_(_window.c.id == _ask.c.window_id, _window.c.closed_at.is_(None)))
    .join(_product, _product.c.tcin == _ask.c.tcin)
    .where(_ask.c.answer.is_(None), _ask.c.price.is_(None), _product.c.max_price.is_(None))
)

_UNANSWERED = (
    sa.select(_ask)
    .join(_window, sa.and_(_window.c.id == _ask.c.window_id, _window.c.closed_at.is_(None)))
    .where(
        _ask.c.answer.is_(None),
        _ask.c.nudged_at.is_(None),
        _ask.c.made_at <= sa.bindparam("made_by"),
        _ask.c.expires_at > sa.bindparam("at"),
    )
    .order_by(_ask.c.id)
)

_UNUSED_YES = sa.update(_ask).where(_ask.c.answer == ApprovalAnswer.BUY, _ask.c.attempt_id.is_(None))


#: Built once, as building takes longer than running: an alert waits for it.
_LAST_OF = sa.select(_ask).where(_ask.c.window_id == sa.bindparam("window")).order_by(_ask.c.id.desc()).limit(1)


class ApprovalTable:
    """Reads and writes of one transaction."""

    def __init__(self, connection: sa.Connection, *, controls: ControlTable) -> None:
        self._db = connection
        self._controls = controls

    def of_open_windows(self, *, tcins: Collection[Tcin] | None = None) -> dict[str, Approval]:
        """The last approval of each product, or of each of these, whose restock window is open."""
        statement = _OF_OPEN_WINDOWS if tcins is None else _OF_OPEN_WINDOWS_OF
        stored = self._db.execute(statement, {"tcins": list(tcins or ())})
        return {row["tcin"]: _approval_of(row) for row in stored.mappings()}

    def last_of(self, window: int) -> Approval | None:
        row = self._db.execute(_LAST_OF, {"window": window}).mappings().first()
        return None if row is None else _approval_of(row)

    def get(self, approval: int) -> Approval | None:
        row = self._db.execute(sa.select(_ask).where(_ask.c.id == approval)).mappings().first()
        return None if row is None else _approval_of(row)

    def make(self, tcin: Tcin, window: int, *, price: Decimal | None, at: datetime, expires_at: datetime) -> int:
        row = {
            "tcin": tcin,
            "window_id": window,
            "price": price_text(price),
            "made_at": stamp(at),
            "expires_at": stamp(expires_at),
        }
        first = self._controls.get(FIRST_NUMBER)
        numbered = row if first is None else {**row, "id": max(first, self.last_number() + 1)}
        made = self._db.execute(sa.insert(_ask).values(numbered))
        return int(made.inserted_primary_key[0])  # type: ignore[index]  # an insert of one row has it

    def unpriced(self, *, at: datetime) -> list[Tcin]:
        """The products of open approvals with no price on the button and no cap: a yes to them would be empty."""
        statement = _UNPRICED.where(_ask.c.expires_at >= stamp(at), _product.c.tcin != DRILL).order_by(_ask.c.id)
        return [Tcin(tcin) for tcin in self._db.execute(statement).scalars()]

    def unanswered(self, *, made_by: datetime, at: datetime) -> list[Approval]:
        """Those made by that time that may still be answered, and were asked no second time."""
        stored = self._db.execute(_UNANSWERED, {"made_by": stamp(made_by), "at": stamp(at)})
        return [_approval_of(row) for row in stored.mappings()]

    def mark_nudged(self, approval: Approval, *, at: datetime) -> None:
        """Note that it was asked once more."""
        self._db.execute(sa.update(_ask).where(_ask.c.id == approval.id).values(nudged_at=stamp(at)))

    def put_price(self, tcin: Tcin, price: Decimal | None) -> list[int]:
        """Put a price that was found on the button that has none; the restock windows of which it is said."""
        if price is None:
            return []
        open_one = sa.and_(_ask.c.tcin == tcin, _ask.c.answer.is_(None), _ask.c.price.is_(None))
        windows = list(self._db.execute(sa.select(_ask.c.window_id).where(open_one)).scalars())
        self._db.execute(sa.update(_ask).where(open_one).values(price=price_text(price)))
        return windows

    def expire(self, approvals: Iterable[Approval], *, at: datetime) -> None:
        """Close approvals that nobody answered in time, and those whose yes found no use in time."""
        for approval in approvals:
            if not self.answer(approval, ApprovalAnswer.EXPIRED, by="nobody", at=at):
                self._db.execute(_UNUSED_YES.where(_ask.c.id == approval.id).values(answer=ApprovalAnswer.EXPIRED))

    def withdraw(self, *, by: str, at: datetime) -> list[Approval]:
        """Leave no yes behind on which something is bought later; those that there were."""
        unused = sa.select(_ask).where(_ask.c.answer == ApprovalAnswer.BUY, _ask.c.attempt_id.is_(None))
        withdrawn = [_approval_of(row) for row in self._db.execute(unused).mappings()]
        self._db.execute(_UNUSED_YES.values(answer=ApprovalAnswer.EXPIRED, answered_by=by, answered_at=stamp(at)))
        return withdrawn

    def expire_all(self, *, at: datetime) -> None:
        """Close all that nobody answered."""
        expired = {"answer": ApprovalAnswer.EXPIRED, "answered_by": "nobody", "answered_at": stamp(at)}
        self._db.execute(sa.update(_ask).where(_ask.c.answer.is_(None)).values(expired))

    def last_number(self) -> int:
        return int(self._db.execute(sa.select(sa.func.max(_ask.c.id))).scalar() or 0)

    def answer(self, approval: Approval, answer: ApprovalAnswer, *, by: str, at: datetime) -> bool:
        """Answer it, once; whether this was the one answer."""
        given = {"answer": answer, "answered_by": by, "answered_at": stamp(at)}
        unanswered = sa.and_(_ask.c.id == approval.id, _ask.c.answer.is_(None))
        return self._db.execute(sa.update(_ask).where(unanswered).values(given)).rowcount == 1

    def skip(self, tcin: Tcin, window: int, *, by: str, at: datetime) -> int:
        """Have a no stand for this restock window, asked for or not; its number."""
        last = self.last_of(window)
        is_open = last is not None and last.answer is None
        number = last.id if last is not None and is_open else self.make(tcin, window, price=None, at=at, expires_at=at)
        given = {"answer": ApprovalAnswer.SKIP, "answered_by": by, "answered_at": stamp(at)}
        self._db.execute(sa.update(_ask).where(_ask.c.id == number, _ask.c.answer.is_(None)).values(given))
        return number

    def lift_skip(self, approval: Approval) -> None:
        """Have a no stand no more. Its number is never used again, as a button may still carry it."""
        skipped = sa.and_(_ask.c.id == approval.id, _ask.c.answer == ApprovalAnswer.SKIP)
        lifted = {"answer": ApprovalAnswer.EXPIRED, "answered_by": TAKEN_BACK}
        self._db.execute(sa.update(_ask).where(skipped).values(lifted))

    def use(self, approval: Approval, attempt: int) -> None:
        """Note the one attempt that was opened on it."""
        unused = sa.and_(_ask.c.id == approval.id, _ask.c.attempt_id.is_(None))
        self._db.execute(sa.update(_ask).where(unused).values(attempt_id=attempt))


def _approval_of(row: sa.RowMapping) -> Approval:
    return Approval(
        id=row["id"],
        tcin=Tcin(row["tcin"]),
        window=row["window_id"],
        price=None if row["price"] is None else Decimal(row["price"]),
        expires_at=unstamp(row["expires_at"]),
        answer=None if row["answer"] is None else ApprovalAnswer(row["answer"]),
        answered_by=row["answered_by"],
        answered_at=None if row["answered_at"] is None else unstamp(row["answered_at"]),
        used=row["attempt_id"] is not None,
    )
