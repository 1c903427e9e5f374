"""What is decided of a drill, what its product says of itself, and when it is over."""

from typing import Any

import pytest

from config.products import DRILL, BuyMode, Mode
from monitor.model import StockState
from purchasing.control.drill import why_no_drill
from purchasing.controls import Pause
from purchasing.drill import PRICE, TITLE, is_sold_out, join_drill
from purchasing.model import Approval, ApprovalAnswer, Decision, Line, PurchaseState
from purchasing.rules.decide import decide
from purchasing.storage.controls import DRILL_END, PAUSE, STOP, ControlKey
from tests.builders import AT, A, attempt, in_stock, line, product, reading, seconds, snapshot, standing
from tests.unit.purchasing.books import Books

UNTIL = AT + seconds(300)


def approval(answer: ApprovalAnswer | None = None, *, used: bool = False) -> Approval:
    return Approval(id=1, tcin=DRILL, window=1, price=PRICE, expires_at=UNTIL, answer=answer, used=used)


def drill(**more: Any) -> Line:
    wanted = product(DRILL, name=TITLE, buy=BuyMode.ASK, max_price=None)
    return line(wanted, **{"stock": in_stock(price=PRICE), **more})


def decided(*lines: Line, mode: Mode, **more: Any) -> Decision:
    stand = standing(*lines, mode=mode, drill_until=UNTIL, **more)
    return decide(join_drill(snapshot(), stand, at=AT), stand, at=AT)


@pytest.mark.guards("purchasing", "a drill asks and starts nothing by itself")
@pytest.mark.parametrize("mode", Mode)
def test_a_drill_asks_in_every_mode_and_starts_nothing_by_itself(mode: Mode) -> None:
    decision = decided(drill(), mode=mode)
    assert (decision.approvals, decision.start) == ((DRILL,), None)


@pytest.mark.guards("purchasing", "a drill is practice in every mode")
@pytest.mark.parametrize("mode", Mode)
def test_what_is_started_for_a_drill_is_practice_in_every_mode(mode: Mode) -> None:
    start = decided(drill(approval=approval(ApprovalAnswer.BUY)), mode=mode).start
    assert start is not None
    assert (start.tcin, start.mode, start.max_price) == (DRILL, Mode.SIMULATE, PRICE)


@pytest.mark.guards("purchasing", "a drill stands below all others")
def test_a_drill_waits_for_the_slot_below_all_others() -> None:
    wanted, approved = line(A), drill(approval=approval(ApprovalAnswer.BUY))
    decision = decided(wanted, approved, mode=Mode.SIMULATE)
    assert decision.start is not None
    assert (decision.start.tcin, decision.queued) == (A, (DRILL,))
    assert decided(approved, mode=Mode.LIVE, slot=attempt(mode=Mode.LIVE)).start is None


def test_nothing_starts_for_a_drill_while_the_gate_is_shut() -> None:
    decision = decided(drill(approval=approval(ApprovalAnswer.BUY)), mode=Mode.LIVE, gate_shut="stopped by Ada")
    assert (decision.start, decision.approvals) == (None, ())


@pytest.mark.guards("purchasing", "a drill ends")
@pytest.mark.parametrize(
    ("it", "later_s", "sold_out"),
    [
        (drill(), 0, False),
        (drill(approval=approval()), 299, False),
        (drill(approval=approval()), 300, True),
        (drill(approval=approval(ApprovalAnswer.BUY)), 0, False),
        (drill(approval=approval(ApprovalAnswer.SKIP)), 0, True),
        (drill(approval=approval(ApprovalAnswer.EXPIRED)), 0, True),
        (drill(approval=approval(ApprovalAnswer.BUY, used=True), state=PurchaseState.ATTEMPTING), 301, False),
        (drill(approval=approval(ApprovalAnswer.BUY, used=True), state=PurchaseState.PURCHASED), 1, True),
        (drill(approval=approval(ApprovalAnswer.BUY, used=True), state=PurchaseState.FAILED), 1, True),
    ],
)
def test_it_is_in_stock_until_it_is_bought_or_skipped_or_its_time_is_over(
    it: Line, later_s: float, *, sold_out: bool
) -> None:
    at, stand = AT + seconds(later_s), standing(it, drill_until=UNTIL)
    read = join_drill(snapshot(reading(A)), stand, at=at).readings
    assert is_sold_out(it, stand, at=at) is sold_out
    assert read[DRILL].shipping.state is (StockState.OUT_OF_STOCK if sold_out else StockState.IN_STOCK)
    assert read[A] == reading(A)


def test_without_a_drill_the_snapshot_stays_as_it_is() -> None:
    news = snapshot(reading(A))
    assert join_drill(news, standing(line(A)), at=AT) is news


# ---- whether one begins


CONTROLS: dict[str, tuple[ControlKey[Any], Any]] = {
    "buying is stopped by Ada; /rearm first": (STOP, "stopped by Ada"),
    "watching is paused; /resume first": (PAUSE, Pause(until=None)),
    "a drill is under way": (DRILL_END, UNTIL),
}


@pytest.mark.guards("purchasing", "no drill begins beside another one, nor while buying is stopped or watching paused")
@pytest.mark.parametrize("why", CONTROLS)
async def test_no_drill_begins_that_would_show_nothing(books: Books, why: str) -> None:
    key, value = CONTROLS[why]
    assert await books.do(lambda unit: why_no_drill(unit, at=AT)) is None
    await books.do(lambda unit: unit.controls.put(key, value, by="Ada", at=AT))
    assert await books.do(lambda unit: why_no_drill(unit, at=AT)) == why
