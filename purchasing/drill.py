"""The drill: a product that no shop sells restocks once, so that machine and owner practise the whole way.

It takes the way of every product, from the reading over the decision, the question, the slot and the journal to the
chat, and stands below all others in turn. Its attempts are practice in every mode, and it always asks.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from config.products import DRILL, BuyMode, Product
from monitor.model import Reading, Signal, Snapshot, StockState
from purchasing.events import DrillEnded, DrillStarted
from purchasing.model import ApprovalAnswer, Decision, Line, PurchaseState, Standing
from purchasing.storage.controls import DRILL_END
from purchasing.storage.unit_of_work import UnitOfWork

TITLE = "Drill: a practice restock of nothing"
PRICE = Decimal("1.00")

_UNDER_WAY = frozenset({PurchaseState.QUEUED, PurchaseState.ATTEMPTING, PurchaseState.UNCONFIRMED})


def start_drill(unit: UnitOfWork, *, by: str, holds: timedelta, at: datetime) -> None:
    """From the next cycle on, for no longer than `holds`."""
    unit.products.keep_unlisted(Product(tcin=DRILL, name=TITLE, buy=BuyMode.ASK))
    unit.controls.put(DRILL_END, at + holds, by=by, at=at)
    unit.journal.append(DrillStarted(by=by, until=at + holds), at=at)


def join_drill(snapshot: Snapshot, standing: Standing, *, at: datetime) -> Snapshot:
    """The snapshot with what the drill's product says of itself, if a drill is under way."""
    line = _drill_in(standing)
    if line is None:
        return snapshot
    sold_out = is_sold_out(line, standing, at=at)
    signal = Signal(state=StockState.OUT_OF_STOCK if sold_out else StockState.IN_STOCK)
    reading = Reading(tcin=DRILL, at=at, shipping=signal, title=TITLE, price=PRICE, marketplace=False)
    return replace(snapshot, readings={**snapshot.readings, DRILL: reading})


def is_sold_out(line: Line, standing: Standing, *, at: datetime) -> bool:
    """It is bought once, or skipped, or nobody answered, or its time is over."""
    if line.state in _UNDER_WAY:
        return False
    if line.approval is not None and (
        line.approval.used or line.approval.answer in {ApprovalAnswer.SKIP, ApprovalAnswer.EXPIRED}
    ):
        return True
    return standing.drill_until is not None and at >= standing.drill_until


def close_drill(unit: UnitOfWork, decision: Decision, standing: Standing, *, at: datetime) -> None:
    """End the drill, with its event, once its restock window is closed and opens no more."""
    line = _drill_in(standing)
    if line is None or not is_sold_out(line, standing, at=at):
        return
    if decision.windows.get(DRILL, line.window) is None:
        unit.controls.drop(DRILL_END)
        unit.journal.append(DrillEnded(), at=at)


def _drill_in(standing: Standing) -> Line | None:
    last = standing.lines[-1] if standing.lines else None  # below all others
    return last if last is not None and last.is_drill else None
