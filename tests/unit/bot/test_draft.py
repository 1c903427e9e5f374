"""The words of alerts, and how lengths, times and amounts are said."""

from dataclasses import replace
from datetime import UTC, timedelta
from decimal import Decimal
from itertools import product as every
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.text.draft import (
    MOST_TRIES,
    TEXT_LIMIT,
    alert_word,
    cut,
    fit,
    money,
    outcome_line,
    render_alert,
    shown_length,
    span,
)
from config.products import Mode
from purchasing.model import Attempt, Step
from sandbox.telegram_html import parse_html
from tests import strategies as any_of
from tests.builders import AT, PRICE, A, attempt, episode, in_stock, product, seconds

TITLE = "Illumineer's Trove"
GONE_AT = AT + seconds(160)


def story(*attempts: Attempt, mode: Mode = Mode.SIMULATE, **more: Any) -> list[str]:
    """The lines of the alert as they are seen."""
    told = replace(episode(*attempts, stock=in_stock(title=TITLE)), **more)
    return parse_html(render_alert(told, mode=mode, zone=UTC, link="https://shop.example/p/-/A-1")).text.split("\n")


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


@pytest.mark.parametrize("before", [None, Step.REFUSED, Step.CONFIRMED])
@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("step", Step)
def test_an_alert_says_where_its_window_stands(step: Step, mode: Mode, before: Step | None) -> None:
    attempts = [*([tried(before, mode)] if before else []), tried(step, mode)]
    still_open, closed = WORDS[step]
    if step is Step.CONFIRMED and mode is Mode.LIVE:
        closed = "PURCHASED"  # what was really bought stays bought
    assert alert_word(episode(*attempts)) == still_open
    assert alert_word(episode(*attempts, closed_at=GONE_AT)) == closed


def test_the_words_of_a_window_without_attempts() -> None:
    assert alert_word(episode()) == "IN STOCK"
    assert alert_word(episode(closed_at=GONE_AT)) == "GONE"


# ---- the mode


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
    assert told[3:] == ["LIVE · refused after 3 s: sold out", "bought 1 for $49.99 in 3 s"]


# ---- the story


def test_an_alert_tells_mode_word_price_title_number_channel_time_and_address() -> None:
    assert story() == [
        "PRACTICE · IN STOCK · $49.99",
        f"{TITLE} · {A}",
        "by shipping since 14:03:22 · open at Target",
    ]


def test_a_restock_that_is_over_tells_how_long_it_lasted() -> None:
    assert story(closed_at=GONE_AT)[-1] == "gone after 2 m 40 s, at 14:06:02"


def test_a_product_that_was_taken_off_the_list_is_told_so() -> None:
    assert story(watched=False)[-1] == "no longer watched"


def test_a_restock_that_is_over_is_not_also_told_as_no_longer_watched() -> None:
    assert "no longer watched" not in story(watched=False, closed_at=GONE_AT)


def test_the_rounds_of_practice_are_counted() -> None:
    rounds = [tried(step) for step in (Step.CONFIRMED, Step.REFUSED, Step.CONFIRMED, Step.CONFIRMED)]
    assert story(*rounds)[3] == "practised 4 times, 3 bought; last: bought 1 for $49.99 in 3 s"


def test_one_round_of_practice_is_told_as_it_was() -> None:
    assert story(tried(Step.REFUSED, why="sold out"))[3] == "refused after 3 s: sold out"


def test_the_round_under_way_is_not_counted_yet() -> None:
    told = story(tried(Step.CONFIRMED), tried(Step.REFUSED), tried(Step.CARTED, id=9))
    assert told[3].startswith("practised 2 times, 1 bought")
    assert told[4] == "attempt 9 is under way"


def test_an_attempt_that_nobody_knows_the_outcome_of_tells_why() -> None:
    told = story(tried(Step.UNCONFIRMED, Mode.LIVE, id=9, why="no answer came"), mode=Mode.LIVE)
    assert told[0] == "LIVE · UNCONFIRMED · $49.99"
    assert told[3] == "attempt 9: no answer came; the order list is asked"


def test_of_many_real_attempts_the_last_ones_are_told_and_the_others_counted() -> None:
    refused = [tried(Step.REFUSED, Mode.LIVE, why=f"reason {number}") for number in range(8)]
    told = story(*refused, mode=Mode.LIVE)
    assert told[3] == f"{8 - MOST_TRIES} earlier attempts"
    assert [line.rpartition(" ")[2] for line in told[4:]] == ["3", "4", "5", "6", "7"]


def test_the_shops_own_word_is_told_where_it_says_more() -> None:
    assert story(stock=in_stock(detail="PRE_ORDER_SELLABLE", title=TITLE))[2].startswith(
        "by shipping (pre order sellable)"
    )


def test_until_the_shop_told_a_title_the_owners_name_stands_in_its_place() -> None:
    named = product(A, name="My trove")
    assert story(stock=in_stock(title=None), product=named)[1] == f"My trove · {A}"
    assert story(stock=in_stock(title=" \u200b "), product=named)[1] == f"My trove · {A}"
    assert story(stock=in_stock(title=None))[1] == f"title not known yet · {A}"


@pytest.mark.parametrize(
    ("step", "more", "words"),
    [
        (Step.CONFIRMED, {"order_number": "912-1"}, "bought 1 for $49.99 in 3 s, order <code>912-1</code>"),
        (Step.CONFIRMED, {"total": None}, "bought 1 for price unknown in 3 s"),
        (Step.REFUSED, {"why": "sold out"}, "refused after 3 s: sold out"),
        (Step.ABANDONED, {"why": "called <off>"}, "given up after 3 s: called &lt;off&gt;"),
        (Step.REHEARSED, {}, "rehearsed up to the button in 3 s"),
    ],
)
def test_an_outcome_is_told_with_how_long_and_why(step: Step, more: dict[str, Any], words: str) -> None:
    assert outcome_line(tried(step, **more)) == words


# ---- times and amounts


@pytest.mark.parametrize(
    ("lasted", "words"),
    [
        (0, "0 s"),
        (-5, "0 s"),
        (0.4, "0 s"),
        (59.6, "1 m"),
        (160, "2 m 40 s"),
        (3600, "1 h"),
        (3661, "1 h 1 m"),
        (90_061, "1 d 1 h"),
        (86_460, "1 d 1 m"),
        (10**8, "1157 d 9 h"),
    ],
)
def test_a_length_of_time_is_said_in_its_two_largest_units(lasted: float, words: str) -> None:
    assert span(timedelta(seconds=lasted)) == words


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        (None, "price unknown"),
        (Decimal("49.99"), "$49.99"),
        (Decimal(1234567), "$1,234,567.00"),
        (Decimal("0.5"), "$0.50"),
    ],
)
def test_an_amount_is_said_in_dollars_and_cents(amount: Decimal | None, words: str) -> None:
    assert money(amount) == words


# ---- words of others


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a title", "a title"),
        ("  two\r\nlines\tand\x00 more  ", "two lines and more"),
        ("\u202eturned\u202c", "turned"),
        ("half \ud83d of a sign", "half of a sign"),
        ("👨‍👩‍👧‍👦🇺🇸", "👨‍👩‍👧‍👦🇺🇸"),
        ("שלום", "\u2068שלום\u2069"),  # noqa: RUF001  Hebrew is meant
        ("\u200d \u200b\ufeff", ""),
    ],
)
def test_words_of_others_are_one_line_that_hides_nothing(text: str, shown: str) -> None:
    assert cut(text, 99) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("x" * 10, "x" * 10),
        ("x" * 11, "x" * 9 + "…"),
        ("one two 345", "one two 3…"),
        ("12345678 abc", "12345678…"),
        ("😀" * 5, "😀" * 5),
        ("😀" * 6, "😀" * 4 + "…"),
        ("👨‍👩‍👧‍👦", "👨‍👩‍👧…"),
    ],
)
def test_words_of_others_are_cut_between_signs(text: str, shown: str) -> None:
    assert cut(text, 10) == shown


@given(any_of.hostile, st.integers(2, 50))
def test_whatever_is_cut_is_within_its_length_and_can_be_sent(text: str, length: int) -> None:
    short = cut(text, length)
    marks = 2 if short.startswith("\u2068") else 0
    assert len(short.encode("utf-16-le")) // 2 <= length + marks
    assert cut(short, length + marks) == short


# ---- one message


@given(st.lists(any_of.hostile, max_size=30))
def test_what_has_to_be_one_message_is_cut_at_a_line_and_the_rest_is_counted(texts: list[str]) -> None:
    lines = [cut(text, 1000).replace("<", "").replace("&", "") for text in texts]
    fitted = fit(lines)
    assert shown_length(fitted) <= TEXT_LIMIT + len("\nand 30 lines more")
    if fitted != "\n".join(lines):
        kept = fitted.split("\n")[:-1]
        assert kept == lines[: len(kept)]
        assert fitted.endswith(f"and {len(lines) - len(kept)} lines more")
