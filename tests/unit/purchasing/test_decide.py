from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from config.products import Mode, Tcin
from monitor.model import StockState, Window
from purchasing.model import Decision, Line, PurchaseState, Skip, StockChange
from purchasing.rules.decide import decide, decide_on_free_slot
from tests.builders import (
    AT,
    PRICE,
    A,
    B,
    C,
    attempt,
    in_stock,
    line,
    out_of_stock,
    product,
    reading,
    seconds,
    seen,
    snapshot,
    standing,
)

READY, QUEUED, ATTEMPTING = PurchaseState.READY, PurchaseState.QUEUED, PurchaseState.ATTEMPTING
PURCHASED, FAILED, UNCONFIRMED = PurchaseState.PURCHASED, PurchaseState.FAILED, PurchaseState.UNCONFIRMED
NO_NEWS = snapshot()


def decided(*lines: Line, **more: Any) -> Decision:
    """What is decided where nothing new was read."""
    return decide(NO_NEWS, standing(*lines, **more), at=AT)


def started(decision: Decision) -> Tcin | None:
    return decision.start.tcin if decision.start else None


# ---- whose turn it is


def test_the_highest_in_the_watch_list_starts_and_the_others_wait() -> None:
    decision = decided(line(B), line(C), line(A))
    assert started(decision) == B
    assert decision.queued == (C, A)


def test_what_is_not_buyable_neither_starts_nor_waits() -> None:
    decision = decided(line(A, stock=out_of_stock()), line(B))
    assert (started(decision), decision.queued) == (B, ())


def test_while_the_slot_is_held_everyone_waits() -> None:
    decision = decided(line(A, state=ATTEMPTING), line(B), line(C), slot=attempt(tcin=A))
    assert (started(decision), decision.queued) == (None, (B, C))


def test_what_waits_already_is_not_queued_again() -> None:
    decision = decided(line(A, state=QUEUED, since=AT), line(B), slot=attempt(tcin=C))
    assert decision.queued == (B,)


@pytest.mark.guards("purchasing", "what waits goes before what was reset since")
def test_what_waits_goes_before_a_higher_one_that_was_reset_since() -> None:
    higher = line(A, state=READY, reset_at=AT - seconds(5))
    waiting = line(B, state=QUEUED, since=AT - seconds(10))
    decision = decided(higher, waiting)
    assert (started(decision), decision.queued) == (B, (A,))


def test_what_waits_goes_before_a_higher_one_that_is_reset_at_this_very_moment() -> None:
    decision = decided(line(A, state=PURCHASED, since=AT - seconds(60)), line(B, state=QUEUED, since=AT - seconds(10)))
    assert (decision.resets, started(decision), decision.queued) == ((A,), B, (A,))


def test_a_higher_one_that_was_reset_before_the_waiting_began_goes_first() -> None:
    decision = decided(line(A, reset_at=AT - seconds(11)), line(B, state=QUEUED, since=AT - seconds(10)))
    assert started(decision) == A


def test_a_higher_one_that_was_never_reset_goes_before_what_waits() -> None:
    assert started(decided(line(A), line(B, state=QUEUED, since=AT - seconds(10)))) == A


def test_of_several_that_wait_the_highest_goes_first() -> None:
    decision = decided(
        line(A, reset_at=AT - seconds(1)),
        line(B, state=QUEUED, since=AT - seconds(2)),
        line(C, state=QUEUED, since=AT - seconds(9)),
    )
    assert started(decision) == B


def test_on_a_freed_slot_the_decision_is_made_from_the_last_readings() -> None:
    lines = (line(A, state=FAILED), line(B, state=QUEUED, since=AT), line(C, state=QUEUED, since=AT))
    decision = decide_on_free_slot(standing(*lines), at=AT)
    assert (started(decision), decision.resets) == (B, ())


@pytest.mark.guards("purchasing", "nothing starts from an old reading")
def test_on_a_freed_slot_nothing_starts_from_a_stale_reading_and_what_waits_goes_on_waiting() -> None:
    stale = line(A, state=QUEUED, since=AT)
    decision = decide_on_free_slot(standing(stale, seen=seen([stale], AT - seconds(31))), at=AT)
    assert (started(decision), decision.unqueued) == (None, ())


def test_what_waits_and_may_no_longer_be_bought_goes_back_to_ready() -> None:
    decision = decided(
        line(A, state=QUEUED, stock=out_of_stock()),
        line(B, state=QUEUED, paused=True),
        line(C, state=QUEUED),
        slot=attempt(tcin=Tcin("99999999")),
    )
    assert decision.unqueued == (A, B)


# ---- what a start is made of


def test_a_start_holds_what_was_known_when_it_was_decided() -> None:
    start = decided(line(product(quantity=2), stock=in_stock(price=Decimal("30.00"))), mode=Mode.LIVE).start
    assert start is not None
    assert (start.mode, start.quantity, start.price, start.max_price) == (Mode.LIVE, 2, Decimal("30.00"), PRICE)


def test_in_live_only_what_is_missing_is_bought() -> None:
    start = decided(line(product(quantity=3), bought=2), mode=Mode.LIVE).start
    assert start is not None
    assert start.quantity == 1


# ---- what bars


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"gate_shut": "stopped by Ada"}, "stopped by Ada"),
        ({"paused": True}, "watching is paused"),
    ],
)
def test_a_stop_and_a_pause_bar_everything(more: dict[str, Any], why: str) -> None:
    decision = decided(line(A), line(B), **more)
    assert (started(decision), decision.queued) == (None, ())
    assert decision.skipped == (Skip(tcin=A, why=why), Skip(tcin=B, why=why))


@pytest.mark.guards("purchasing", "nothing starts above the cap")
def test_what_is_skipped_says_why_with_numbers() -> None:
    dear, old = line(A, stock=in_stock(price=Decimal("59.99"))), line(B)
    assert decided(dear, old, seen=seen([dear, old], AT - seconds(45))).skipped == (
        Skip(tcin=A, why="price 59.99 is above the cap 49.99"),
        Skip(tcin=B, why="its last certain reading is 45 s old"),
    )


def test_what_is_out_of_stock_is_not_worth_a_word() -> None:
    assert decided(line(A, stock=out_of_stock())).skipped == ()


def test_a_rehearsal_happens_once_in_a_restock_window() -> None:
    assert started(decided(line(A), mode=Mode.REHEARSE)) == A
    assert started(decided(line(A, attempts_in_window=1), mode=Mode.REHEARSE)) is None


def test_a_new_restock_window_begins_its_count_of_attempts_anew() -> None:
    closed = line(A, stock=out_of_stock(), window=None, attempts_in_window=1)
    news = snapshot(reading(A, "IN_STOCK"))
    assert started(decide(news, standing(closed, mode=Mode.REHEARSE), at=AT)) == A


# ---- resets


@pytest.mark.parametrize("mode", [Mode.SIMULATE, Mode.REHEARSE])
@pytest.mark.parametrize("state", [PURCHASED, FAILED])
def test_in_practice_what_is_finished_is_reset_at_once_and_goes_again(mode: Mode, state: PurchaseState) -> None:
    decision = decided(line(A, state=state, since=AT), mode=mode)
    assert (decision.resets, started(decision)) == ((A,), A)


@pytest.mark.parametrize("state", [READY, QUEUED, ATTEMPTING, UNCONFIRMED])
@pytest.mark.parametrize("mode", Mode)
def test_what_is_not_finished_is_never_reset(mode: Mode, state: PurchaseState) -> None:
    assert decided(line(A, state=state, since=AT - seconds(9999)), mode=mode).resets == ()


@pytest.mark.guards("purchasing", "what failed waits out the cooldown")
@pytest.mark.parametrize(("ago", "resets"), [(299, ()), (300, (A,))])
def test_in_live_what_failed_waits_for_the_cooldown(ago: int, resets: tuple[Tcin, ...]) -> None:
    assert decided(line(A, state=FAILED, since=AT - seconds(ago)), mode=Mode.LIVE).resets == resets


@pytest.mark.guards("purchasing", "what was bought is wanted again only while some is missing")
@pytest.mark.parametrize(("bought", "resets"), [(2, ()), (1, (A,))])
def test_in_live_what_was_bought_is_wanted_again_only_while_some_is_missing(
    bought: int, resets: tuple[Tcin, ...]
) -> None:
    it = line(product(quantity=2), state=PURCHASED, since=AT, bought=bought)
    assert decided(it, mode=Mode.LIVE).resets == resets


# ---- readings


def test_a_certain_reading_becomes_what_is_known_and_a_change_is_told() -> None:
    news = snapshot(reading(A, "OUT_OF_STOCK", at=AT))
    decision = decide(news, standing(line(A)), at=AT)
    assert decision.stocks[A].state is StockState.OUT_OF_STOCK
    assert decision.changes == (StockChange(tcin=A, before=StockState.IN_STOCK, after=StockState.OUT_OF_STOCK),)


def test_an_unknown_reading_is_no_news() -> None:
    decision = decide(snapshot(reading(A, "UNHEARD_OF")), standing(line(A)), at=AT)
    assert (decision.stocks, decision.changes, decision.windows) == ({}, (), {})


def test_a_buyable_reading_opens_a_window_and_starts_in_the_same_decision() -> None:
    fresh = line(A, stock=out_of_stock(), window=None)
    decision = decide(snapshot(reading(A, "IN_STOCK")), standing(fresh), at=AT)
    assert (decision.windows, started(decision)) == ({A: Window(opened_at=AT)}, A)


def test_the_second_miss_in_a_row_closes_the_window() -> None:
    missed = line(A, window=Window(opened_at=AT, misses=1))
    decision = decide(snapshot(reading(A, "OUT_OF_STOCK")), standing(missed), at=AT)
    assert decision.windows == {A: None}


def test_a_reading_of_what_is_not_watched_changes_nothing() -> None:
    assert decide(snapshot(reading(B, "IN_STOCK")), standing(line(A, state=ATTEMPTING)), at=AT) == Decision()


def test_a_price_that_rose_above_the_cap_takes_it_out_of_the_queue() -> None:
    waiting = line(A, state=QUEUED, since=AT)
    news = snapshot(reading(A, "IN_STOCK", price=Decimal("59.99")))
    decision = decide(news, standing(waiting, slot=attempt(tcin=B)), at=AT)
    assert decision.unqueued == (A,)


def test_a_decision_holds_differences_alone() -> None:
    same = replace(line(A, state=ATTEMPTING), stock=in_stock(price=None))
    decision = decide(snapshot(reading(A, "IN_STOCK", at=AT)), standing(same, slot=attempt(tcin=A)), at=AT)
    assert decision == Decision(seen_at={A: AT})
