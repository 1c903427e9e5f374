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
        (line(A), "12 s ago it was in stock at $49.99"),
        (line(A, stock=in_stock(price=None)), "12 s ago it was in stock"),
    ],
)
def test_the_last_reading_is_told_with_its_age_and_price(one: Line, words: str) -> None:
    assert told(one, later=12)[1] == words


def test_what_the_shop_says_against_it_is_told_beside_what_else_stands_in_the_way() -> None:
    sold_out = line(A, stock=out_of_stock())
    assert told(sold_out)[0] == "I don't buy it now: out of stock (OUT_OF_STOCK)"
    paused = told(sold_out, standing(sold_out, paused=True))
    assert paused[:2] == ["I don't buy it now: watching is paused", "it can't be bought: out of stock (OUT_OF_STOCK)"]
    assert told(line(A, stock=Stock()))[0] == "I don't buy it now: no certain reading yet"


@pytest.mark.parametrize(
    ("window", "words"),
    [
        (None, "no restock is going on"),
        (Window(opened_at=AT), "its restock has lasted 12 s so far"),
        (
            Window(opened_at=AT, misses=1),
            "its restock has lasted 12 s so far, but the last check did not find it any more",
        ),
    ],
)
def test_the_restock_window_is_told(window: Window | None, words: str) -> None:
    assert told(line(A, window=window), later=12)[-1] == words


@pytest.mark.parametrize(
    ("one", "more", "words"),
    [
        (line(A), {}, "I buy it after the next check, unless something above it comes first"),
        (
            line(A, state=PurchaseState.QUEUED),
            {"slot": attempt(Step.CARTED, B, id=7)},
            f"it waits, as I am buying {B} (attempt 7)",
        ),
        (
            line(A, stock=in_stock(title="Trove"), state=PurchaseState.QUEUED),
            {"slot": attempt(Step.CARTED, A, id=7)},
            f"it waits, as I am buying {A} Trove (attempt 7)",
        ),
        (line(A, state=PurchaseState.ATTEMPTING), {}, "I am buying it now"),
        (line(A, state=PurchaseState.UNCONFIRMED), {}, "I don't know yet whether it was bought"),
        (
            line(A, state=PurchaseState.PURCHASED),
            {},
            "it was bought; after the next check I may buy it again",
        ),
        (line(A), {"gate_shut": "stopped by Ada"}, "I don't buy it now: stopped by Ada"),
        (line(A), {"paused": True}, "I don't buy it now: watching is paused"),
        (line(product(A, buy=BuyMode.ALERT)), {}, "I don't buy it now: it is watched for alerts only"),
        (
            line(product(A, max_price=None)),
            {"mode": Mode.LIVE},
            "I don't buy it now: buying by itself needs a cap, like max=49.99",
        ),
    ],
)
def test_what_stands_in_the_way_of_an_attempt_is_told(one: Line, more: dict[str, object], words: str) -> None:
    assert told(one, standing(one, **more))[0] == words  # type: ignore[arg-type]  # as named


def test_a_reading_that_is_too_old_waits_for_the_next_check() -> None:
    assert told(line(A), later=31)[0] == ("I don't buy it before the next check: its last certain reading is 31 s old")


@given(any_of.standings())
def test_what_the_next_cycle_is_said_to_start_it_starts_when_it_stands_first(around: Standing) -> None:
    one = next((one for one in around.lines if one.tcin == A), None)
    if one is None:
        return
    alone = standing(one, mode=around.mode, gate_shut=around.gate_shut, paused=around.paused, usage=around.usage)
    if explain(one, alone, at=AT)[0].startswith("I buy it after"):
        start = decide(snapshot(), alone, at=AT).start
        assert start is not None
        assert start.tcin == A
