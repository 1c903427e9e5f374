"""What the words behind a command mean, and what is said of those that mean nothing."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands.arguments import (
    BadArgument,
    find_product,
    find_products,
    mentioned_products,
    parse_add,
    parse_move,
    parse_pause,
    parse_price,
    parse_set,
    parse_span,
)
from config.products import BuyMode, Channel, Tcin
from tests import strategies as any_of
from tests.builders import A, B, C, in_stock, line, product

TROVE, DRAGON = Tcin("94734932"), Tcin("93954435")
LINK = "https://www.target.com/p/a-thing/-/A-94734932?preselect=93954435#lnk=sametab"
LINES = (
    line(A, stock=in_stock(title="Illumineer's Trove")),
    line(B, stock=in_stock(title="Ember the Dragon")),
    line(product(C, name="My dragon"), stock=in_stock(title=None)),
)


def told(parse: Callable[..., object], *args: Any) -> str:
    """What is said of arguments that can't be used."""
    with pytest.raises(BadArgument) as refused:
        parse(*args)
    return str(refused.value)


def complaint(parse: Callable[..., object], *args: Any) -> str | None:
    """As `told`, of arguments that may be right."""
    try:
        parse(*args)
    except BadArgument as error:
        return str(error)
    return None


def added(args: str) -> list[Tcin]:
    return [one.tcin for one in parse_add(args).products]


def refused(args: str) -> dict[str, str]:
    return {one.word: one.why for one in parse_add(args).refused}


# ---- /add


@pytest.mark.parametrize(
    "args",
    [
        "94734932",
        " 94734932 94734932 ",
        "<94734932>,",
        "https://www.target.com/p/-/A-94734932",
        "target.com/p/x/-/A-94734932#lnk=sametab",
        "Look at this! https://www.target.com/p/thing/-/A-94734932 — nice, no?",
        "max=49.99 94734932 qty=2",
    ],
)
def test_products_are_found_by_number_or_link_with_any_words_around(args: str) -> None:
    assert (added(args), refused(args)) == ([TROVE], {})


def test_the_preselected_product_of_a_link_is_meant() -> None:
    assert added(LINK) == [DRAGON]


def test_several_products_keep_their_order() -> None:
    assert added("93954435 94734932") == [DRAGON, TROVE]


def test_wishes_hold_for_every_product_of_the_line() -> None:
    made = parse_add("94734932 93954435 max=$49.9 qty=2 buy=auto channel=any every=2m on=no").products
    assert [(one.max_price, one.quantity, one.buy, one.channel, one.every, one.enabled) for one in made] == [
        (Decimal("49.9"), 2, BuyMode.AUTO, Channel.ANY, timedelta(minutes=2), False)
    ] * 2


def test_a_word_with_a_digit_that_is_no_product_is_quoted_with_why() -> None:
    assert added("94734932 12x") == [TROVE]
    assert list(refused("94734932 12x")) == ["12x"]
    assert "neither a TCIN (6 to 10 digits) nor a product link" in refused("94734932 12x")["12x"]


def test_without_any_product_every_word_is_quoted() -> None:
    assert list(refused("the dragon")) == ["the", "dragon"]


@pytest.mark.guards("bot", "a wrong wish adds nothing")
@pytest.mark.parametrize(
    ("wish", "why"),
    [
        ("max=cheap", "a price looks like 49.99"),
        ("max=0", "a price is above 0"),
        ("max=-5", "a price looks like 49.99"),
        ("max=49,99", "a price looks like 49.99"),
        ("max=1e9", "a price looks like 49.99"),
        ("max=nan", "a price looks like 49.99"),
        ("max=1_0", "a price looks like 49.99"),
        ("max=4.999", "a price looks like 49.99"),
        ("max=", "a price looks like 49.99"),
        ("qty=0", "a quantity is a number from 1 to 99"),
        ("qty=100", "a quantity is a number from 1 to 99"),
        ("qty=two", "a quantity is a number from 1 to 99"),
        ("buy=yes", "it can be ask, auto, alert"),
        ("buy=auto", "needs max="),
        ("channel=drone", "it can be shipping, pickup, any"),
        ("every=2d", "a pace is from 1 s to 1 d"),
        ("every=fast", "is no span of time like 30m"),
        ("on=maybe", "it can be yes or no"),
        ("name=Trove", "a name is given by /set"),
        ("mxa=5", "did you mean max?"),
        ("colour=red", "the keys are max, qty, buy, channel, every, on"),
    ],
)
def test_with_a_wrong_wish_nothing_is_added_and_the_wish_is_quoted(wish: str, why: str) -> None:
    assert added(f"94734932 {wish}") == []
    assert why in refused(f"94734932 {wish}")[wish]


@given(any_of.hostile)
def test_any_words_can_be_read_as_an_add(args: str) -> None:
    request = parse_add(args)
    assert all(re.fullmatch("[0-9]{6,10}", one.tcin) for one in request.products)
    assert all(one.word and one.why for one in request.refused)


def test_a_text_without_a_command_is_searched_for_products() -> None:
    assert mentioned_products(f"have you seen {LINK} and 94734932?") == [DRAGON]
    assert mentioned_products("hello there") == []


# ---- prices and spans of time


@given(st.decimals(min_value="0.01", max_value="999999.99", places=2))
def test_any_price_in_cents_is_read_as_it_is(price: Decimal) -> None:
    assert parse_price(f"{price:f}") == parse_price(f"${price:f}") == price


@given(any_of.hostile)
def test_any_other_text_is_told_what_a_price_looks_like(text: str) -> None:
    assert complaint(parse_price, text) in {None, "a price looks like 49.99", "a price is above 0"}


@pytest.mark.parametrize(
    ("text", "lasts"),
    [
        ("90s", timedelta(seconds=90)),
        ("30m", timedelta(minutes=30)),
        ("2h", timedelta(hours=2)),
        ("2 H", timedelta(hours=2)),
        ("1h30m", timedelta(minutes=90)),
        ("1d 2h", timedelta(hours=26)),
        ("365d", timedelta(days=365)),
    ],
)
def test_a_span_of_time_is_read_as_it_is_said(text: str, lasts: timedelta) -> None:
    assert parse_span(text) == lasts


@pytest.mark.parametrize("text", ["", "2", "h", "2x", "-2h", "2.5h", "2h and more", "h2"])
def test_what_is_no_span_is_quoted_with_examples(text: str) -> None:
    assert told(parse_span, text) == f"{text!r} is no span of time like 30m, 2h or 1d"


@pytest.mark.parametrize("text", ["0s", "366d", "999999d" * 1200])
def test_a_span_is_more_than_nothing_and_no_more_than_a_year(text: str) -> None:
    assert told(parse_span, text) == "a span of time is more than nothing and at most 365 days"


# ---- products that are watched


@pytest.mark.parametrize(
    ("word", "tcin"),
    [(A, A), (f"https://www.target.com/p/-/A-{B}", B), ("trove", A), ("EMBER", B), ("my dragon", C)],
)
def test_a_watched_product_is_found_by_number_link_or_part_of_its_title(word: str, tcin: Tcin) -> None:
    assert find_product(word, LINES).tcin == tcin


@pytest.mark.parametrize(
    ("word", "why"),
    [
        ("10000004", "10000004 is not watched; did you mean 10000003?"),
        ("99999999", "99999999 is not watched"),
        ("dragon", f"'dragon' fits 2 products: {B}, {C}"),
        ("unicorn", "'unicorn' is neither a TCIN nor part of a watched title"),
        ("", "it needs a TCIN, a link, or a part of a title"),
    ],
)
def test_a_word_that_names_no_product_or_several_is_told_why(word: str, why: str) -> None:
    assert told(find_product, word, LINES).startswith(why)


def test_all_is_every_product() -> None:
    assert find_products(" ALL ", LINES) == (list(LINES), [])


def test_of_several_words_those_that_name_nothing_are_quoted() -> None:
    found, wrong = find_products(f"{B} 10000009 {A} {B}", LINES)
    assert [one.tcin for one in found] == [B, A]
    assert [one.word for one in wrong] == ["10000009"]


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


@pytest.mark.guards("bot", "buying by itself needs a cap")
@pytest.mark.parametrize(
    ("args", "why"),
    [
        ("", "it needs a TCIN and what to change, like max=49.99"),
        (A, "it needs what to change, like max=49.99"),
        (f"{A} cheaper", "'cheaper' is not like max=49.99"),
        (f"{A} max=cheap", "max=cheap: a price looks like 49.99"),
        (f"{A} chanel=any", "did you mean channel?"),
        (f"{A} max=none", "buying by itself needs max="),
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
        (Decimal(50), "max=60", ["the cap from 50 to 60"]),
        (Decimal(50), "max=50", []),
        (Decimal(50), "max=40", []),
        (Decimal(50), "max=none", ["the cap from 50 to none"]),
        (Decimal(50), "qty=3", ["the wanted number from 2 to 3"]),
        (Decimal(50), "qty=2", []),
        (Decimal(50), "qty=1", []),
        (Decimal(50), "qty=3 max=60", ["the cap from 50 to 60", "the wanted number from 2 to 3"]),
        (None, "max=60", []),
    ],
)
def test_only_a_higher_cap_or_none_and_a_higher_number_let_more_money_out(
    cap: Decimal | None, wish: str, raised: list[str]
) -> None:
    lines = [line(product(A, max_price=cap, quantity=2, buy=BuyMode.ASK))]
    assert parse_set(f"{A} {wish}", lines).raised == raised


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


@pytest.mark.parametrize("args", ["", C, "2", f"{C} -1", f"{C} two", f"{C} 1.5"])
def test_a_move_without_a_place_is_told_what_it_needs(args: str) -> None:
    assert told(parse_move, args, LINES) == "it needs a TCIN and a place: a number, top or bottom"


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
        ("2hrs", "'2hrs' is no span of time"),
        ("400d", "at most 365 days"),
        ("unicorn 2h", "'unicorn' is neither a TCIN nor part of a watched title"),
    ],
)
def test_a_pause_that_can_not_be_is_told_why(args: str, why: str) -> None:
    assert why in told(parse_pause, args, LINES)


@pytest.mark.parametrize("parse", [find_product, find_products, parse_move, parse_pause])
@given(args=any_of.hostile)
def test_any_words_mean_something_or_are_told_why(parse: Callable[..., object], args: str) -> None:
    assert complaint(parse, args, LINES) != ""
