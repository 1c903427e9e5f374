"""Why a product is bought, waits or is left alone, in plain words."""

import pytest
from hypothesis import given

from config.products import BuyMode, Mode
from monitor.model import Stock, Window
from purchasing.model import Line, PurchaseState, Standing, Step
from purchasing.rules.decide import decide
from purchasing.rules.explain import explain
from tests import strategies as any_of
from tests.builders import AT, A, B, attempt, in_stock, line, out_of_stock, product, seconds, snapshot, standing


def told(one: Line, around: Standing | None = None, *, later: float = 0) -> list[str]:
    return explain(one, around or standing(one), at=AT + seconds(later))


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (line(A), "12 s ago the shop said IN_STOCK with price 49.99"),
        (line(A, stock=in_stock(detail=None, price=None)), "12 s ago the shop said in stock with no price"),
        (line(A, stock=Stock()), "there never was a certain reading"),
    ],
)
def test_the_last_reading_is_told_with_its_age_word_and_price(one: Line, words: str) -> None:
    assert told(one, later=12)[0] == words


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (line(A), "it can be bought"),
        (line(A, stock=out_of_stock()), "it can't be bought: out of stock (OUT_OF_STOCK)"),
        (line(A, stock=Stock()), "it can't be bought: no certain reading yet"),
    ],
)
def test_it_is_told_whether_it_can_be_bought_or_why_not(one: Line, words: str) -> None:
    assert told(one)[1] == words


@pytest.mark.parametrize(
    ("window", "words"),
    [
        (None, "no restock window is open"),
        (Window(opened_at=AT), "its restock window is open for 12 s"),
        (Window(opened_at=AT, misses=1), "its restock window is open for 12 s, 1 of 2 readings that close it"),
    ],
)
def test_the_restock_window_is_told(window: Window | None, words: str) -> None:
    assert told(line(A, window=window), later=12)[2] == words


@pytest.mark.parametrize(
    ("one", "more", "words"),
    [
        (line(A), {}, "the next cycle starts an attempt if nothing above it does"),
        (
            line(A, state=PurchaseState.QUEUED),
            {"slot": attempt(Step.CARTED, B, id=7)},
            f"it waits for the slot, in which is attempt 7 on {B}",
        ),
        (
            line(A, stock=in_stock(title="Trove"), state=PurchaseState.QUEUED),
            {"slot": attempt(Step.CARTED, A, id=7)},
            f"it waits for the slot, in which is attempt 7 on {A} Trove",
        ),
        (line(A, state=PurchaseState.ATTEMPTING), {}, "it is being bought and holds the slot"),
        (line(A, state=PurchaseState.UNCONFIRMED), {}, "nobody knows yet whether it was bought and holds the slot"),
        (
            line(A, state=PurchaseState.PURCHASED),
            {},
            "it was bought; the next cycle lets it be bought again where its mode allows",
        ),
        (line(A), {"gate_shut": "stopped by Ada"}, "no attempt starts: stopped by Ada"),
        (line(A), {"paused": True}, "no attempt starts: watching is paused"),
        (line(product(A, buy=BuyMode.ALERT)), {}, "no attempt starts: it is watched for alerts only"),
        (
            line(product(A, max_price=None)),
            {"mode": Mode.LIVE},
            "no attempt starts: buying by itself needs a cap, like max=49.99",
        ),
    ],
)
def test_what_stands_in_the_way_of_an_attempt_is_told(one: Line, more: dict[str, object], words: str) -> None:
    assert told(one, standing(one, **more))[3] == words  # type: ignore[arg-type]  # as named


def test_a_reading_that_is_too_old_waits_for_the_next_check() -> None:
    assert told(line(A), later=31)[3] == (
        "no attempt starts before the next check: its last certain reading is 31 s old"
    )


@given(any_of.standings())
def test_what_the_next_cycle_is_said_to_start_it_starts_when_it_stands_first(around: Standing) -> None:
    one = next((one for one in around.lines if one.tcin == A), None)
    if one is None:
        return
    alone = standing(one, mode=around.mode, gate_shut=around.gate_shut, paused=around.paused, usage=around.usage)
    if explain(one, alone, at=AT)[3].startswith("the next cycle starts"):
        start = decide(snapshot(), alone, at=AT).start
        assert start is not None
        assert start.tcin == A
