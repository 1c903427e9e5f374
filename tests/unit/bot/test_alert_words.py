"""The words of alerts and of outcomes."""

from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import product as every
from typing import Any

import pytest

from bot.text.alerts import MOST_TRIES, alert_word, render_alert
from bot.text.purchases import outcome_line
from config.products import Mode
from purchasing.model import Attempt, EarlierPractice, Step
from sandbox.telegram_html import parse_html
from tests.builders import AT, PRICE, A, attempt, in_stock, out_of_stock, product, restock, seconds

TITLE = "Illumineer's Trove"
GONE_AT = AT + seconds(160)


def story(*attempts: Attempt, mode: Mode = Mode.SIMULATE, **more: Any) -> list[str]:
    """The lines of the alert as they are seen."""
    told = replace(restock(*attempts, stock=in_stock(title=TITLE)), **more)
    return parse_html(render_alert(told, mode=mode, zone=UTC)).text.split("\n")


def tried(step: Step, mode: Mode = Mode.SIMULATE, **more: Any) -> Attempt:
    usual: dict[str, Any] = {"moved_at": AT + seconds(3), "total": PRICE if step is Step.CONFIRMED else None}
    return attempt(step, mode=mode, **{**usual, **more})


# ---- the word


#: For the last attempt's step: the word while the window is open, and once it is closed.
WORDS = {
    Step.OPENED: ("BUYING", "BUYING"),
    Step.CARTED: ("BUYING", "BUYING"),
    Step.REVIEWED: ("BUYING", "BUYING"),
    Step.SUBMITTING: ("BUYING", "BUYING"),
    Step.CONFIRMED: ("PURCHASED", "GONE"),
    Step.REFUSED: ("FAILED", "GONE"),
    Step.UNCONFIRMED: ("UNCONFIRMED", "UNCONFIRMED"),
    Step.ABANDONED: ("FAILED", "GONE"),
    Step.REHEARSED: ("IN STOCK", "GONE"),
}


@pytest.mark.guards("bot", "what was really bought stays PURCHASED when the stock is gone")
@pytest.mark.parametrize("before", [None, Step.REFUSED, Step.CONFIRMED])
@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("step", Step)
def test_an_alert_says_where_its_window_stands(step: Step, mode: Mode, before: Step | None) -> None:
    attempts = [*([tried(before, mode)] if before else []), tried(step, mode)]
    still_open, closed = WORDS[step]
    if step is Step.CONFIRMED and mode is Mode.LIVE:
        closed = "PURCHASED"  # what was really bought stays bought
    assert alert_word(restock(*attempts)) == still_open
    assert alert_word(restock(*attempts, closed_at=GONE_AT)) == closed


def test_the_words_of_a_window_without_attempts() -> None:
    assert alert_word(restock()) == "IN STOCK"
    assert alert_word(restock(closed_at=GONE_AT)) == "GONE"


DEAR = in_stock(title=TITLE, price=PRICE + 10)
FROM_OTHERS = in_stock(title=TITLE, marketplace=True)


@pytest.mark.guards("bot", "an alert never says GONE of what is in stock")
@pytest.mark.parametrize("before", [(), (tried(Step.CONFIRMED),), (tried(Step.REFUSED, Mode.LIVE),)])
@pytest.mark.parametrize("closed_at", [None, GONE_AT])
def test_what_is_in_stock_and_may_not_be_bought_is_never_gone(
    before: tuple[Attempt, ...], closed_at: datetime | None
) -> None:
    assert alert_word(restock(*before, stock=DEAR, closed_at=closed_at)) == "ABOVE CAP"
    assert alert_word(restock(*before, stock=FROM_OTHERS, closed_at=closed_at)) == "IN STOCK"
    assert alert_word(restock(tried(Step.CONFIRMED, Mode.LIVE), stock=DEAR, closed_at=closed_at)) == "PURCHASED"


def test_what_is_above_its_cap_tells_both_amounts_and_when_that_ended_it() -> None:
    assert story(stock=DEAR)[0] == "PRACTICE · ABOVE CAP · $59.99"
    assert story(stock=DEAR)[-1] == "Above your $49.99 limit"
    assert story(stock=DEAR, closed_at=GONE_AT)[-1] == (
        "Above your $49.99 limit, after 2 m 40 s in which it could be bought"
    )
    assert story(stock=FROM_OTHERS, closed_at=GONE_AT)[-1] == (
        "Sold by another seller, not by Target, after 2 m 40 s in which it could be bought"
    )


def test_the_shops_word_for_what_is_gone_is_not_told_of_what_was() -> None:
    gone = out_of_stock(title=TITLE, detail="PRE_ORDER_UNSELLABLE")
    assert "unsellable" not in " ".join(story(stock=gone, closed_at=GONE_AT))


# ---- the mode


@pytest.mark.guards("bot", "an alert that stands at an attempt says that attempt's mode")
@pytest.mark.parametrize(("mode", "now"), list(every(Mode, Mode)))
def test_an_alert_that_stands_at_an_attempt_says_that_attempts_mode(mode: Mode, now: Mode) -> None:
    words = {Mode.SIMULATE: "PRACTICE", Mode.REHEARSE: "REHEARSAL", Mode.LIVE: "LIVE"}
    assert story(tried(Step.CONFIRMED, mode), mode=now)[0].startswith(f"{words[mode]} · PURCHASED")


def test_a_practice_purchase_is_never_told_as_a_live_one() -> None:
    assert story(tried(Step.CONFIRMED), mode=Mode.LIVE)[0] == "PRACTICE · PURCHASED · $49.99"


def test_a_live_purchase_stays_live_when_practice_is_chosen() -> None:
    assert story(tried(Step.CONFIRMED, Mode.LIVE), mode=Mode.SIMULATE)[0] == "LIVE · PURCHASED · $49.99"


def test_attempts_of_another_mode_are_told_with_it() -> None:
    told = story(tried(Step.REFUSED, Mode.LIVE, why="sold out"), tried(Step.CONFIRMED), mode=Mode.SIMULATE)
    assert told[3:] == ["LIVE · Not bought, refused after 3 s: sold out", "Bought 1 for $49.99 in 3 s"]


# ---- the story


def test_an_alert_tells_mode_word_price_title_number_channel_time_and_address() -> None:
    assert story() == [
        "PRACTICE · IN STOCK · $49.99",
        f"{TITLE} · {A}",
        "Ships to you · in stock since 14:03",
    ]


def test_a_restock_that_is_over_tells_how_long_it_lasted() -> None:
    told = story(stock=out_of_stock(title=TITLE), closed_at=GONE_AT)
    assert told[2] == "Ships to you · was in stock 14:03 to 14:06"
    assert told[-1] == "Gone after 2 m 40 s"


def test_a_product_that_was_taken_off_the_list_is_told_so() -> None:
    assert story(watched=False)[-1] == "No longer watched"


def test_a_restock_that_is_over_is_not_also_told_as_no_longer_watched() -> None:
    assert "No longer watched" not in story(watched=False, closed_at=GONE_AT)


def test_the_rounds_of_practice_are_counted() -> None:
    rounds = [tried(step) for step in (Step.CONFIRMED, Step.REFUSED, Step.CONFIRMED, Step.CONFIRMED)]
    assert story(*rounds)[3] == "4 practice buys, 3 worked"
    assert story(*rounds[:2])[3] == "2 practice buys, 1 worked; the last one: not bought, refused after 3 s"


def test_rounds_that_are_only_counted_are_told_with_the_others() -> None:
    many = EarlierPractice(confirmed=700, refused=290, abandoned=10)
    assert story(tried(Step.CONFIRMED), earlier=many)[3] == "1001 practice buys, 701 worked"
    assert story(earlier=many)[3] == "1000 practice buys, 700 worked"


def test_one_round_of_practice_is_told_as_it_was() -> None:
    assert story(tried(Step.REFUSED, why="sold out"))[3] == "Not bought, refused after 3 s: sold out"


def test_the_round_under_way_is_not_counted_yet() -> None:
    told = story(tried(Step.CONFIRMED), tried(Step.REFUSED), tried(Step.CARTED, id=9))
    assert told[3].startswith("2 practice buys, 1 worked")
    assert told[4] == "I am buying it now (attempt 9)"


def test_a_rehearsal_under_way_is_not_told_as_a_purchase() -> None:
    told = story(tried(Step.CARTED, Mode.REHEARSE, id=9), mode=Mode.REHEARSE)
    assert told[0] == "REHEARSAL · BUYING · $49.99"
    assert told[-1] == "I am rehearsing to buy it now (attempt 9). Nothing is ordered."


def test_an_attempt_that_nobody_knows_the_outcome_of_tells_why() -> None:
    told = story(tried(Step.UNCONFIRMED, Mode.LIVE, id=9, why="no answer came"), mode=Mode.LIVE)
    assert told[0] == "LIVE · UNCONFIRMED · $49.99"
    assert told[3] == "Bought or not? no answer came (attempt 9). I am looking into your order list."


def test_of_many_real_attempts_the_last_ones_are_told_and_the_others_counted() -> None:
    refused = [tried(Step.REFUSED, Mode.LIVE, why=f"reason {number}") for number in range(8)]
    told = story(*refused, mode=Mode.LIVE)
    assert told[3] == f"{8 - MOST_TRIES} earlier tries"
    assert [line.rpartition(" ")[2] for line in told[4:]] == ["3", "4", "5", "6", "7"]


def test_the_shops_own_word_is_told_where_it_says_more() -> None:
    assert story(stock=in_stock(detail="PRE_ORDER_SELLABLE", title=TITLE))[2].startswith(
        "Ships to you (pre-order) · in stock since"
    )


def test_of_a_preorder_the_day_on_which_it_comes_out_is_told() -> None:
    stock = in_stock(detail="PRE_ORDER_SELLABLE", title=TITLE, street_date=date(2030, 3, 1))
    assert story(stock=stock)[2].startswith("Ships to you (pre-order, comes out 1 Mar 2030) · in stock since")
    out = in_stock(title=TITLE, street_date=date(2030, 3, 1))
    assert "comes out" not in story(stock=out)[2]


def test_until_the_shop_told_a_title_the_owners_name_stands_in_its_place() -> None:
    named = product(A, name="My trove")
    assert story(stock=in_stock(title=None), product=named)[1] == f"My trove · {A}"
    assert story(stock=in_stock(title=" \u200b "), product=named)[1] == f"My trove · {A}"
    assert story(stock=in_stock(title=None))[1] == f"name not known yet · {A}"


@pytest.mark.parametrize(
    ("step", "more", "words"),
    [
        (Step.CONFIRMED, {"order_number": "912-1"}, "Bought 1 for $49.99 in 3 s, order <code>912-1</code>"),
        (Step.CONFIRMED, {"total": None}, "Bought 1 in 3 s"),
        (Step.REFUSED, {"why": "sold out"}, "Not bought, refused after 3 s: sold out"),
        (Step.ABANDONED, {"why": "called <off>"}, "Not bought, given up after 3 s: called &lt;off&gt;"),
        (Step.REHEARSED, {}, "Rehearsed up to the order button in 3 s"),
    ],
)
def test_an_outcome_is_told_with_how_long_and_why(step: Step, more: dict[str, Any], words: str) -> None:
    assert outcome_line(tried(step, **more)) == words
