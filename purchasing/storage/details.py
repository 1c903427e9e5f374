"""Slow look-ups of single products: who is next, and what was learned."""

from datetime import datetime, timedelta

import sqlalchemy as sa

from config.products import Tcin
from monitor.circuit_breaker import rests_until
from monitor.model import PREORDER, CircuitState, Reading
from purchasing.controls import LookAgain
from purchasing.events import ProductLearned, Variation, stamp
from purchasing.storage import rows, tables
from purchasing.storage.approvals import ApprovalTable
from purchasing.storage.controls import LOOKS_AGAIN, ControlTable
from purchasing.storage.journal import JournalTable

_product, _journal, _window = tables.product, tables.journal, tables.window

_IS_NEW_PREORDER = sa.and_(
    _product.c.detail == PREORDER,
    _product.c.street_date.is_(None),
    sa.exists().where(
        _window.c.tcin == _product.c.tcin, _window.c.closed_at.is_(None), _window.c.opened_at > _product.c.looked_at
    ),
)

#: A look that told nothing is followed by another after this long, then after twice as long, and so on.
LOOK_AGAIN = timedelta(minutes=10)

LOOK_AGAIN_AT_LAST = timedelta(hours=24)


class DetailTable:
    """Reads and writes of one transaction."""

    def __init__(
        self, connection: sa.Connection, *, journal: JournalTable, controls: ControlTable, approvals: ApprovalTable
    ) -> None:
        self._db = connection
        self._journal = journal
        self._controls = controls
        self._approvals = approvals

    def next_stranger(self, *, at: datetime) -> Tcin | None:
        """The first product whose details are not known and may be asked for; None too while nothing may be.

        Of what can be preordered since it was looked at, the day on which it comes out may be known by now.
        """
        if self._is_asking_barred(at=at):
            return None
        watched = sa.and_(_product.c.position.is_not(None), _product.c.enabled == 1)
        awake = sa.or_(_product.c.paused_until.is_(None), _product.c.paused_until <= stamp(at))
        unknown = sa.and_(
            sa.or_(_product.c.looked_at.is_(None), _IS_NEW_PREORDER), _product.c.tcin.not_in(self._resting(at=at))
        )
        strange = sa.select(_product.c.tcin).where(watched, awake, unknown)
        tcin = self._db.execute(strange.order_by(_product.c.position).limit(1)).scalar()
        return None if tcin is None else Tcin(tcin)

    def next_unpriced(self, *, at: datetime) -> Tcin | None:
        """A product of which it is asked whether to buy, without a cap and without a price to put on the button."""
        resting = self._resting(at=at)
        if self._is_asking_barred(at=at):
            return None
        return next((tcin for tcin in self._approvals.unpriced(at=at) if tcin not in resting), None)

    def _is_asking_barred(self, *, at: datetime) -> bool:
        controls = self._controls.read(at=at)
        circuit = controls.circuit
        return controls.paused or circuit.state is CircuitState.OPEN or rests_until(circuit, at=at) is not None

    def _resting(self, *, at: datetime) -> list[str]:
        """The products that are not to be looked at yet."""
        return [tcin for tcin, again in self._looks_again().items() if at < again.at]

    def learn(self, details: Reading, *, at: datetime) -> None:
        """Keep what a look at a product told, with its event; what it did not tell stays as it is.

        One that told no detail is repeated later.
        """
        if not details.tells_details:
            self._look_again(details.tcin, at=at)
            return
        news = {
            "title": details.title,
            "image_url": details.image_url,
            "street_date": rows.day_text(details.street_date),
        }
        values = {name: value for name, value in news.items() if value is not None}
        if details.purchase_limit is not None:
            values["purchase_limit"] = details.purchase_limit  # type: ignore[assignment]  # a column of another type
        if details.marketplace is not None:
            values["marketplace"] = int(details.marketplace)  # type: ignore[assignment]  # a column of another type
        self._db.execute(
            sa.update(_product).where(_product.c.tcin == details.tcin).values(looked_at=stamp(at), **values)
        )
        if details.price is None and details.tcin in self._approvals.unpriced(at=at):
            self._look_again(details.tcin, at=at)
        else:
            self._look_no_more(details.tcin, at=at)
        fact = ProductLearned(
            tcin=details.tcin,
            title=details.title,
            image_url=details.image_url,
            marketplace=details.marketplace,
            purchase_limit=details.purchase_limit,
            priced=tuple(self._approvals.put_price(details.tcin, details.price)),
            children=tuple(Variation(tcin=child.tcin, title=child.title) for child in details.children),
            street_date=details.street_date,
        )
        self._journal.append(fact, at=at)

    def _look_again(self, tcin: Tcin, *, at: datetime) -> None:
        again = self._looks_again()
        waited_s = again[tcin].wait_s if tcin in again else LOOK_AGAIN.total_seconds() / 2
        wait_s = min(2 * waited_s, LOOK_AGAIN_AT_LAST.total_seconds())
        again[tcin] = LookAgain(at=at + timedelta(seconds=wait_s), wait_s=wait_s)
        self._controls.put(LOOKS_AGAIN, again, by="scout", at=at)

    def _look_no_more(self, tcin: Tcin, *, at: datetime) -> None:
        again = self._looks_again()
        if again.pop(tcin, None) is not None:
            self._controls.put(LOOKS_AGAIN, again, by="scout", at=at)

    def _looks_again(self) -> dict[Tcin, LookAgain]:
        """The products whose look told nothing."""
        return self._controls.get(LOOKS_AGAIN) or {}
