"""What the owner lets be bought, and when somebody is asked first."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from config.products import BuyMode, Mode
from monitor.availability import judge
from monitor.model import Stock
from purchasing.model import Approval, ApprovalAnswer, Line, Usage
from purchasing.rules.limits import may_ask, missing, reached_limit, why_not_buy, why_too_old
from tests.builders import AT, PRICE, A, in_stock, limits, line, out_of_stock, product, seconds, seen, standing

DAYS = (date(2026, 11, 22), date(2026, 11, 23))
HOUSEHOLD = "2 of 2 that the shop sells to one household were bought"
DAY_SPENT = Usage(spent_today=Decimal("60.00"))


def why(it: Line, mode: Mode = Mode.SIMULATE, **more: Any) -> str | None:
    return why_not_buy(it, standing(it, mode=mode, **more), judge(it.product, it.stock), at=AT)


# ---- in every mode


@pytest.mark.parametrize("mode", Mode)
def test_what_is_buyable_and_within_the_limits_may_be_bought(mode: Mode) -> None:
    assert why(line(), mode) is None


@pytest.mark.guards("purchasing", "`alert` is never attempted")
@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize(
    ("it", "more", "reason"),
    [
        (line(), {"gate_shut": "stopped by Ada"}, "stopped by Ada"),
        (line(), {"paused": True}, "watching is paused"),
        (line(paused=True), {}, "the product is paused"),
        (line(product(enabled=False)), {}, "the product is disabled"),
        (line(product(buy=BuyMode.ALERT)), {}, "it is watched for alerts only"),
        (line(stock=out_of_stock()), {}, "out of stock (OUT_OF_STOCK)"),
        (line(stock=in_stock(marketplace=True)), {}, "sold by a marketplace seller"),
        (line(stock=in_stock(price=Decimal("59.99"))), {}, "price 59.99 is above the cap 49.99"),
    ],
)
def test_no_mode_lifts_what_forbids_buying(mode: Mode, it: Line, more: dict[str, Any], reason: str) -> None:
    assert why(it, mode, **more) == reason


def test_the_stop_is_named_before_any_other_reason() -> None:
    assert why(line(paused=True), paused=True, gate_shut="stopped by Ada") == "stopped by Ada"


@pytest.mark.parametrize("buy", [BuyMode.ASK, BuyMode.AUTO])
def test_in_practice_ask_acts_as_auto(buy: BuyMode) -> None:
    assert why(line(product(buy=buy))) is None


def test_practice_knows_no_limits_of_number_money_or_time() -> None:
    used = Usage(bought_today=99, spent_today=Decimal(9999), last_confirmed_at=AT)
    assert why(line(bought=5, attempts_in_window=9), usage=used, limits=limits(max_spend_per_day=Decimal(1))) is None


def test_a_product_is_rehearsed_once_in_a_restock_window() -> None:
    assert why(line(attempts_in_window=0), Mode.REHEARSE) is None
    assert why(line(attempts_in_window=1), Mode.REHEARSE) == "it was rehearsed in this restock window"


# ---- in live


@pytest.mark.guards("purchasing", "each limit is asked at the start and again at the button")
@pytest.mark.parametrize(
    ("it", "more", "reason"),
    [
        (line(product(buy=BuyMode.ASK)), {}, "it asks first"),
        (line(product(max_price=None)), {}, "buying by itself needs a cap, like max=49.99"),
        (line(bought=1), {}, "1 of 1 wanted were bought"),
        (line(product(quantity=2), bought=3), {}, "3 of 2 wanted were bought"),
        (line(product(quantity=5), bought=2, purchase_limit=2), {}, HOUSEHOLD),
        (line(attempts_in_window=3), {}, "3 of 3 attempts in this restock window were made"),
        (line(), {"usage": Usage(bought_today=10)}, "10 of 10 purchases today were made"),
        (
            line(),
            {"usage": DAY_SPENT, "limits": limits(max_spend_per_day=Decimal("100.00"))},
            "60.00 was spent today and 49.99 more is above 100.00",
        ),
        (
            line(),
            {"usage": Usage(last_confirmed_at=AT - seconds(299))},
            "the cooldown after the last purchase takes 1 s more",
        ),
    ],
)
def test_live_keeps_the_limits_and_says_why_with_numbers(it: Line, more: dict[str, Any], reason: str) -> None:
    assert why(it, Mode.LIVE, **more) == reason


@pytest.mark.parametrize(
    ("it", "more"),
    [
        (line(product(quantity=2), bought=1), {}),
        (line(attempts_in_window=2), {}),
        (line(), {"usage": Usage(bought_today=9)}),
        (line(), {"usage": DAY_SPENT, "limits": limits(max_spend_per_day=Decimal("109.99"))}),
        (line(), {"usage": Usage(last_confirmed_at=AT - seconds(300))}),
    ],
)
def test_live_buys_up_to_each_limit(it: Line, more: dict[str, Any]) -> None:
    assert why(it, Mode.LIVE, **more) is None


def test_an_unknown_price_counts_as_the_cap_against_the_spend_of_the_day() -> None:
    it = line(product(max_price=Decimal("40.00"), quantity=2), stock=in_stock(price=None))
    reason = "60.00 was spent today and 80.00 more is above 100.00"
    assert why(it, Mode.LIVE, usage=DAY_SPENT, limits=limits(max_spend_per_day=Decimal("100.00"))) == reason


def test_only_what_is_missing_is_bought_and_counted() -> None:
    it = line(product(quantity=3), bought=1)
    assert (missing(it, Mode.LIVE), missing(it, Mode.SIMULATE), missing(it, Mode.REHEARSE)) == (2, 3, 3)
    assert missing(replace(it, purchase_limit=2), Mode.LIVE) == 1
    reason = "60.00 was spent today and 99.98 more is above 100.00"
    assert why(it, Mode.LIVE, usage=DAY_SPENT, limits=limits(max_spend_per_day=Decimal("100.00"))) == reason


@pytest.mark.guards("purchasing", "a yes lapses")
def test_a_yes_holds_as_long_as_a_question_does() -> None:
    told = {}
    for age in (300, 301):
        yes = Approval(
            id=1,
            tcin=A,
            window=1,
            price=PRICE,
            expires_at=AT - seconds(100),
            answer=ApprovalAnswer.BUY,
            answered_by="Ada",
            answered_at=AT - seconds(age),
        )
        told[age] = why(line(product(buy=BuyMode.ASK), approval=yes), Mode.LIVE)
    assert told == {300: None, 301: "Ada said buy too long ago; /buy still can"}


@pytest.mark.guards("purchasing", "a limit is told once a day of the owner's")
def test_a_limit_that_is_reached_again_on_the_owners_next_day_is_another_one() -> None:
    days = [reached_limit(line(), standing(mode=Mode.LIVE, usage=Usage(bought_today=10, day=day))) for day in DAYS]
    assert [limit.key for limit in days if limit] == ["per_day:2026-11-22", "per_day:2026-11-23"]


# ---- the question whether to buy


ASKS = product(buy=BuyMode.ASK)


def approval(answer: ApprovalAnswer | None = None, *, used: bool = False) -> Approval:
    by, at = (None, None) if answer is None else ("Ada", AT)
    return Approval(
        id=1, tcin=A, window=1, price=PRICE, expires_at=AT, answer=answer, answered_by=by, answered_at=at, used=used
    )


@pytest.mark.guards("purchasing", "a yes holds for one attempt")
def test_a_yes_that_an_attempt_was_opened_on_opens_no_other_one() -> None:
    fresh, used = (line(ASKS, approval=approval(ApprovalAnswer.BUY, used=used)) for used in (False, True))
    assert (why(fresh, Mode.LIVE), why(used, Mode.LIVE)) == (None, "it asks first")
    capped = line(product(buy=BuyMode.ASK, max_price=PRICE), approval=approval(ApprovalAnswer.BUY, used=True))
    assert why(capped, Mode.LIVE) == "it asks first"


@pytest.mark.guards("purchasing", "a skip holds until the restock window has closed, whatever is wanted since")
@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("buy", [BuyMode.ASK, BuyMode.AUTO])
def test_a_no_bars_its_restock_in_every_mode_and_whatever_is_wanted_since(buy: BuyMode, mode: Mode) -> None:
    said_no = line(product(buy=buy, max_price=PRICE), approval=approval(ApprovalAnswer.SKIP))
    assert why(said_no, mode) == "Ada said skip for this restock"


def asks(it: Line, **more: Any) -> bool:
    return may_ask(it, standing(it, **{"mode": Mode.LIVE, **more}), judge(it.product, it.stock))


@pytest.mark.guards("purchasing", "nobody is asked for what a yes could not buy, nor twice in a restock")
@pytest.mark.parametrize(
    ("it", "more"),
    [
        (line(ASKS), {"gate_shut": "stopped by Ada"}),
        (line(ASKS), {"paused": True}),
        (line(ASKS, paused=True), {}),
        (line(replace(ASKS, enabled=False)), {}),
        (line(ASKS, stock=out_of_stock()), {}),
        (line(ASKS, stock=in_stock(marketplace=True)), {}),
        (line(ASKS, window=None), {}),
        (line(ASKS, bought=1), {}),
        (line(ASKS), {"usage": Usage(bought_today=10)}),
        (line(ASKS, approval=approval()), {}),
        (line(ASKS, approval=approval(ApprovalAnswer.SKIP)), {}),
        (line(ASKS, approval=approval(ApprovalAnswer.EXPIRED)), {}),
        (line(product(buy=BuyMode.AUTO, max_price=PRICE)), {}),
        (line(product(buy=BuyMode.ALERT)), {}),
        (line(ASKS), {"mode": Mode.SIMULATE}),
        (line(ASKS), {"mode": Mode.REHEARSE}),
    ],
)
def test_nobody_is_asked(it: Line, more: Mapping[str, Any]) -> None:
    assert asks(line(ASKS))
    assert not asks(it, **more)


def test_after_an_attempt_on_a_yes_it_is_asked_anew() -> None:
    assert asks(line(ASKS, approval=approval(ApprovalAnswer.BUY, used=True)))


# ---- age of the reading


def test_nothing_starts_from_a_reading_older_than_thirty_seconds() -> None:
    it = line()
    ages = {age: why_too_old(it, standing(it, seen=seen([it], AT - seconds(age))), at=AT) for age in (0, 30, 31)}
    assert ages == {0: None, 30: None, 31: "its last certain reading is 31 s old"}


def test_nothing_starts_without_a_certain_reading() -> None:
    assert why_too_old(line(stock=Stock()), standing(line()), at=AT) == "no certain reading yet"


@pytest.mark.guards("purchasing", "nothing starts from a reading that lies ahead of the clock")
def test_a_reading_from_before_the_clock_was_set_back_is_not_fresh() -> None:
    it = line(A)
    ahead = {more: why_too_old(it, standing(it, seen=seen([it], AT + seconds(more))), at=AT) for more in (5, 6)}
    assert ahead == {5: None, 6: "its last certain reading lies ahead of the clock"}
