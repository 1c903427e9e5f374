"""What the words behind /set, /move, /pause and the others that change something mean."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given

from bot.commands.arguments import (
    find_product,
    find_products,
    parse_move,
    parse_only,
    parse_pause,
    parse_set,
    parse_settle,
    parse_skip,
)
from config.products import BuyMode, Channel, Tcin
from tests import strategies as any_of
from tests.builders import A, B, C, line, product
from tests.unit.bot.arguments import LINES, complaint, told

# ---- /set


def test_a_change_names_the_fields_it_is_about() -> None:
    request = parse_set(f"{A} max=59.99 qty=3 buy=ask channel=pickup every=none on=off", LINES)
    assert request.line.tcin == A
    assert request.fields == {"max_price", "quantity", "buy", "channel", "every", "enabled"}
    assert request.wanted == replace(
        request.line.product,
        max_price=Decimal("59.99"),
        quantity=3,
        buy=BuyMode.ASK,
        channel=Channel.PICKUP,
        every=None,
        enabled=False,
    )


@pytest.mark.parametrize(
    ("args", "name"),
    [
        (f"{A} name=My  own   trove", "My own trove"),
        (f"{A} max=5 name=max=7 is my name", "max=7 is my name"),
        (f"{A} name=\nline\x00 one\nline two", "line one line two"),
        (f"{A} name=Family 👨‍👩‍👧‍👦", "Family 👨‍👩‍👧‍👦"),
        (f"{A} name=", None),
    ],
)
def test_a_name_is_the_rest_of_the_line_without_what_breaks_it(args: str, name: str | None) -> None:
    request = parse_set(args, LINES)
    assert "name" in request.fields
    assert request.wanted.name == name


def test_a_link_with_name_in_it_is_no_name() -> None:
    request = parse_set(f"https://www.target.com/p/-/A-{A}?name=x max=5", LINES)
    assert request.fields == {"max_price"}
    assert request.wanted.max_price == Decimal(5)


def test_a_change_is_kept_as_it_was_said_without_what_names_the_product() -> None:
    assert parse_set("2 max=60 qty=3 name=My  own", LINES).words == "max=60 qty=3 name=My  own"
    assert parse_set("my dragon max=60", LINES).line.tcin == C


@pytest.mark.guards("bot", "buying by itself needs a cap")
@pytest.mark.parametrize(
    ("args", "why"),
    [
        ("", "say which product: its number, its place in the list, or a part of its name"),
        (A, "say what to change, like max=49.99"),
        (f"{A} cheaper", "I don't understand 'cheaper'; write it like max=49.99"),
        (f"{A} max=cheap", "max=cheap: a price looks like 49.99"),
        (f"{A} chanel=any", "did you mean channel?"),
        (f"{A} max=none", "I need your highest price, like max="),
        ("10000009 max=5", "10000009 is not watched"),
        (f"{A} name={'x' * 201}", "a name has at most 200 characters"),
    ],
)
def test_a_change_that_can_not_be_made_is_told_why(args: str, why: str) -> None:
    assert why in told(parse_set, args, LINES)


@pytest.mark.guards("purchasing", "a raised cap or number asks first")
@pytest.mark.guards("bot", "a cap that was raised is seen")
@pytest.mark.parametrize(
    ("cap", "wish", "raised"),
    [
        (Decimal(50), "max=60", ["raise the limit from $50.00 to $60.00"]),
        (Decimal(50), "max=50", []),
        (Decimal(50), "max=40", []),
        (Decimal(50), "max=none", ["remove the $50.00 limit"]),
        (Decimal(50), "qty=3", ["buy up to 3 in all, not 2,"]),
        (Decimal(50), "qty=2", []),
        (Decimal(50), "qty=1", []),
        (Decimal(50), "qty=3 max=60", ["raise the limit from $50.00 to $60.00", "buy up to 3 in all, not 2,"]),
        (None, "max=60", []),
    ],
)
def test_only_a_higher_cap_or_none_and_a_higher_number_let_more_money_out(
    cap: Decimal | None, wish: str, raised: list[str]
) -> None:
    lines = [line(product(A, max_price=cap, quantity=2, buy=BuyMode.ASK))]
    assert [one.what for one in parse_set(f"{A} {wish}", lines).raised] == raised


@given(any_of.hostile)
def test_any_words_can_be_read_as_a_change_or_are_told_why(args: str) -> None:
    assert complaint(parse_set, f"{A} {args}", LINES) != ""


# ---- /move and /pause


@pytest.mark.parametrize(
    ("args", "place"),
    [
        (f"{C} 1", 1),
        (f"{C}\t2", 2),
        (f"{C} top", 1),
        (f"{C} bottom", 3),
        (f"{C} 99", 3),
        (f"{C} 0", 1),
        ("my dragon 2", 2),
    ],
)
def test_a_place_is_a_number_or_an_end_of_the_list(args: str, place: int) -> None:
    assert parse_move(args, LINES) == (LINES[2], place)


@pytest.mark.parametrize("args", [C, f"{C} -1", f"{C} two", f"{C} 1.5"])
def test_a_move_without_a_place_is_told_what_it_needs(args: str) -> None:
    assert told(parse_move, args, LINES) == "say where to: a number, top or bottom"


@pytest.mark.parametrize("args", ["", "2"])
def test_a_move_without_a_product_is_told_what_it_needs(args: str) -> None:
    assert (
        told(parse_move, args, LINES) == "say which product: its number, its place in the list, or a part of its name"
    )


@pytest.mark.parametrize(
    ("args", "meant"),
    [
        ("", (None, None)),
        ("2h", (None, timedelta(hours=2))),
        (A, (A, None)),
        (f"{A} 30m", (A, timedelta(minutes=30))),
        ("illumineer's trove 1d", (A, timedelta(days=1))),
        ("2 h", (None, timedelta(hours=2))),
        ("1 H 30 m", (None, timedelta(minutes=90))),
        ("all 2h", (None, timedelta(hours=2))),
        (f"{A} 30 m", (A, timedelta(minutes=30))),
        ("illumineer's trove  1 h30m ", (A, timedelta(minutes=90))),
    ],
)
def test_a_pause_is_for_all_or_one_and_for_a_time_or_for_good(args: str, meant: tuple[Any, Any]) -> None:
    found, span = parse_pause(args, LINES)
    assert (found.tcin if found else None, span) == meant


@pytest.mark.parametrize(
    ("args", "why"),
    [
        ("2hrs", "I don't understand the time '2hrs'"),
        ("400d", "at most 365 days"),
        ("unicorn 2h", "nothing that is watched has 'unicorn' in its name"),
    ],
)
def test_a_pause_that_can_not_be_is_told_why(args: str, why: str) -> None:
    assert why in told(parse_pause, args, LINES)


def test_all_in_reply_to_a_message_about_one_product_is_all() -> None:
    assert parse_pause("all", LINES, about=[B]) == (None, None)


# ---- what became of an attempt


@pytest.mark.parametrize(
    ("args", "became"), [("7 bought", True), ("7 not", False), ("7 NOT bought", False), ("7\tnot", False)]
)
def test_an_attempt_was_bought_or_not(args: str, became: bool) -> None:  # noqa: FBT001  a column of the table
    assert parse_settle(args) == (7, became)


@pytest.mark.parametrize("args", ["", "7", "bought", "7 bought bought", "7 notbought", "7 maybe", "x bought"])
def test_what_does_not_tell_what_became_of_an_attempt_is_told(args: str) -> None:
    assert told(parse_settle, args) == "say which attempt and how it ended, like 7 bought or 7 not"


# ---- what is skipped, and what alone is paused


@pytest.mark.parametrize(
    ("args", "approval", "tcin", "window", "lift"),
    [
        ("#12", 12, None, None, False),
        (A, None, A, None, False),
        (f"{A} w3", None, A, 3, False),
        (f"{A} w3 off", None, A, 3, True),
        (f"{A} off", None, A, None, True),
        ("trove OFF", None, A, None, True),
        ("", None, B, None, False),
        ("off", None, B, None, True),
    ],
)
def test_a_skip_names_a_question_or_a_product_and_its_restock(
    args: str, approval: int | None, tcin: Tcin | None, window: int | None, *, lift: bool
) -> None:
    skip = parse_skip(args, LINES, about=[B])
    assert (skip.approval, skip.line and skip.line.tcin, skip.window, skip.lift) == (approval, tcin, window, lift)


@pytest.mark.parametrize(("args", "only"), [(f"{A} only", A), ("my dragon Only", "my dragon"), (A, None)])
def test_a_pause_may_be_meant_for_one_product_alone(args: str, only: str | None) -> None:
    assert parse_only(args) == only


# ---- whatever is said


@pytest.mark.parametrize("parse", [find_product, find_products, parse_move, parse_pause])
@given(args=any_of.hostile)
def test_any_words_mean_something_or_are_told_why(parse: Callable[..., object], args: str) -> None:
    assert complaint(parse, args, LINES) != ""
