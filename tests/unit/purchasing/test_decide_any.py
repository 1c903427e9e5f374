"""What holds of every decision, whatever stands and whatever was read."""

from collections.abc import Iterable
from copy import deepcopy
from dataclasses import replace

from hypothesis import given

from config.products import Tcin
from monitor.availability import judge
from monitor.model import Snapshot, StockState
from purchasing.model import Decision, Line, PurchaseState, Sightings, Standing
from purchasing.rules.decide import decide, decide_on_free_slot
from purchasing.rules.limits import why_not_buy, why_too_old
from purchasing.rules.state_machine import FINISHED, check_state
from tests.builders import AT, attempt, snapshot
from tests.strategies import cycles, standings

READY, QUEUED, ATTEMPTING = PurchaseState.READY, PurchaseState.QUEUED, PurchaseState.ATTEMPTING


@given(cycles())
def test_the_same_arguments_always_decide_the_same(cycle: tuple[Snapshot, Standing]) -> None:
    news, stand = cycle
    assert decide(*deepcopy(cycle), at=AT) == decide(news, stand, at=AT)


@given(cycles())
def test_what_was_carried_out_is_not_decided_again(cycle: tuple[Snapshot, Standing]) -> None:
    news, stand = cycle
    after = carried_out(decide(news, stand, at=AT), stand)
    again = decide(news, after, at=AT)
    assert (again.start, again.queued, again.unqueued, again.resets, again.stocks) == (None, (), (), (), {})


@given(cycles())
def test_nothing_starts_while_the_slot_is_held_or_the_gate_is_shut_or_watching_paused(
    cycle: tuple[Snapshot, Standing],
) -> None:
    news, stand = cycle
    if stand.slot or stand.gate_shut or stand.paused:
        assert decide(news, stand, at=AT).start is None
        assert decide_on_free_slot(stand, at=AT).start is None


@given(cycles())
def test_nothing_starts_above_its_cap_or_from_a_stale_reading(cycle: tuple[Snapshot, Standing]) -> None:
    news, stand = cycle
    decision = decide(news, stand, at=AT)
    if decision.start is None:
        return
    (it,) = [line for line in known(decision, stand) if line.tcin == decision.start.tcin]
    assert it.stock.state is StockState.IN_STOCK
    assert not it.stock.marketplace
    assert it.product.max_price is None or it.stock.price is None or it.stock.price <= it.product.max_price
    seen_at = decision.seen_at.get(it.tcin, stand.seen.times.get(it.tcin))
    assert seen_at is not None
    assert AT - seen_at <= stand.limits.freshness
    assert decision.start.quantity >= 1


@given(cycles())
def test_nothing_lower_starts_while_a_higher_one_is_able_unless_that_was_reset_since(
    cycle: tuple[Snapshot, Standing],
) -> None:
    news, stand = cycle
    decision = decide(news, stand, at=AT)
    if decision.start is None:
        return
    after = read(decision, stand)
    able = [line for line in after.lines if is_able(line, after)]
    (chosen,) = [line for line in able if line.tcin == decision.start.tcin]
    for higher in able[: able.index(chosen)]:
        assert higher.state is READY
        assert higher.reset_at is not None
        assert higher.reset_at >= min(line.since for line in able if line.state is QUEUED and line.since)


@given(cycles())
def test_every_move_is_an_arrow_and_nobody_moves_twice(cycle: tuple[Snapshot, Standing]) -> None:
    news, stand = cycle
    decision = decide(news, stand, at=AT)
    carried_out(decision, stand)  # raises on a move without an arrow
    begun = () if decision.start is None else (decision.start.tcin,)
    moved = (*decision.queued, *decision.unqueued, *begun)
    assert len(set(moved)) == len(moved)
    assert set(decision.resets).isdisjoint(decision.unqueued)


@given(cycles())
def test_nothing_in_stock_is_passed_over_without_a_word(cycle: tuple[Snapshot, Standing]) -> None:
    news, stand = cycle
    decision = decide(news, stand, at=AT)
    said = {skip.tcin for skip in decision.skipped}
    assert all(skip.why for skip in decision.skipped)
    for line in carried_out(decision, stand).lines:
        if line.stock.state is StockState.IN_STOCK and line.state is READY:
            assert line.tcin in said


@given(standings())
def test_on_a_freed_slot_the_first_that_a_cycle_without_news_and_resets_would_start_follows(stand: Standing) -> None:
    unfinished = replace(stand, lines=tuple(line for line in stand.lines if line.state not in FINISHED))
    assert decide_on_free_slot(unfinished, at=AT) == decide(snapshot(), unfinished, at=AT)


def is_able(line: Line, stand: Standing) -> bool:
    return (
        line.state in {READY, QUEUED}
        and why_not_buy(line, stand, judge(line.product, line.stock), at=AT) is None
        and why_too_old(line, stand, at=AT) is None
    )


def known(decision: Decision, stand: Standing) -> list[Line]:
    """The lines with what the cycle read and reset, before anyone was chosen."""
    lines = [
        replace(line, state=READY, reset_at=AT, since=AT) if line.tcin in decision.resets else line
        for line in stand.lines
    ]
    return [
        replace(
            line,
            stock=decision.stocks.get(line.tcin, line.stock),
            window=decision.windows.get(line.tcin, line.window),
            remark=decision.remarks.get(line.tcin, line.remark),
            attempts_in_window=0 if line.window is None else line.attempts_in_window,
        )
        for line in lines
    ]


def read(decision: Decision, stand: Standing) -> Standing:
    """Where things stand once the cycle's readings are known, before anyone was chosen."""
    seen = Sightings({**stand.seen.times, **decision.seen_at})
    return replace(stand, lines=tuple(known(decision, stand)), seen=seen)


def carried_out(decision: Decision, stand: Standing) -> Standing:
    """Where things stand once the decision is written: what the storage does, without a disk."""
    states = {line.tcin: line.state for line in stand.lines}
    move(states, decision.resets, READY)
    move(states, decision.unqueued, READY)
    move(states, decision.queued, QUEUED)
    slot = stand.slot
    if decision.start is not None:
        move(states, [decision.start.tcin], ATTEMPTING)
        slot = attempt(tcin=decision.start.tcin)
    after = read(decision, stand)
    lines = tuple(replace(line, state=states[line.tcin]) for line in after.lines)
    return replace(after, lines=lines, slot=slot)


def move(states: dict[Tcin, PurchaseState], tcins: Iterable[Tcin], to: PurchaseState) -> None:
    for tcin in tcins:
        check_state(states[tcin], to)
        states[tcin] = to
