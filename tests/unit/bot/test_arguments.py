"""What a price, a span of time and the name of a product mean behind a command."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands.arguments import (
    find_product,
    find_products,
    parse_answer,
    parse_move,
    parse_pause,
    parse_price,
    parse_set,
    parse_span,
)
from config.products import Tcin
from purchasing.model import Line
from tests import strategies as any_of
from tests.builders import A, B, C, in_stock, line, product
from tests.unit.bot.arguments import LINES, complaint, told

# ---- prices and spans of time


@given(st.decimals(min_value="0.01", max_value="999999.99", places=2))
def test_any_price_in_cents_is_read_as_it_is(price: Decimal) -> None:
    assert parse_price(f"{price:f}") == parse_price(f"${price:f}") == price


@given(any_of.hostile)
def test_any_other_text_is_told_what_a_price_looks_like(text: str) -> None:
    assert complaint(parse_price, text) in {None, "a price looks like 49.99", "a price must be above 0"}


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
    assert told(parse_span, text) == f"I don't understand the time {text!r}; write it like 30m, 2h or 1d"


@pytest.mark.parametrize("text", ["0s", "366d", "999999d" * 1200])
def test_a_span_is_more_than_nothing_and_no_more_than_a_year(text: str) -> None:
    assert told(parse_span, text) == "a time is more than nothing and at most 365 days"


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
        ("unicorn", "nothing that is watched has 'unicorn' in its name"),
        ("", "say which product: its number, its place in the list, or a part of its name"),
    ],
)
def test_a_word_that_names_no_product_or_several_is_told_why(word: str, why: str) -> None:
    assert told(find_product, word, LINES).startswith(why)


SECOND = (
    *LINES,
    line(Tcin("10000004"), stock=in_stock(title="The 2nd trove")),
    line(Tcin("10000005"), stock=in_stock(title="Toy 3")),
)


@pytest.mark.guards("bot", "a bare number is a place in the list")
@pytest.mark.parametrize(("word", "tcin"), [("1", A), ("2", B), ("003", C)])
def test_a_number_of_up_to_three_digits_is_a_place_in_the_list(word: str, tcin: Tcin) -> None:
    assert find_product(word, SECOND).tcin == tcin
    assert [one.tcin for one in find_products(word, SECOND)[0]] == [tcin]


@pytest.mark.parametrize("word", ["0", "6", "999"])
def test_a_place_that_there_is_not_is_told(word: str) -> None:
    assert told(find_product, word, SECOND) == f"there is no number {int(word)} in the list: it has 5"


@pytest.mark.parametrize(
    ("args", "found"),
    [
        ("2 3", [B, C]),
        ("the 2nd trove", ["10000004"]),
        ("toy 3", ["10000005"]),
        ("toy 3, ember", ["10000005", B]),
        (f"ember the dragon, {A}", [B, A]),
        (f"{A} please", [A]),
        ("my dragon 2", []),
        ("2 trove", []),
        ("rove", []),
    ],
)
def test_words_are_a_title_together_and_numbers_amid_them_are_no_places(args: str, found: list[Tcin]) -> None:
    assert [one.tcin for one in find_products(args, SECOND)[0]] == found


def test_a_product_is_found_by_its_own_name_too() -> None:
    named = [line(product(A, name="Mum's present"), stock=in_stock(title="Illumineer's Trove"))]
    assert find_product("mum's", named).tcin == find_product("illumineer", named).tcin == A


def meant(found: Any) -> Any:
    return found.tcin if isinstance(found, Line) else [one.tcin for one in found] if isinstance(found, list) else found


@pytest.mark.guards("bot", "a reply to a message about one product means that product")
@pytest.mark.parametrize(
    ("parse", "args", "result"),
    [
        (find_product, "", B),
        (find_products, "", ([B], [])),
        (parse_pause, "", (B, None)),
        (parse_pause, "2h", (B, timedelta(hours=2))),
        (parse_pause, f"{A} 2h", (A, timedelta(hours=2))),
        (parse_pause, "1", (A, None)),
        (parse_move, "1", (B, 1)),
        (parse_move, "3 1", (C, 1)),
        (parse_answer, "", (None, B, None)),
        (parse_answer, "#7", (7, None, None)),
        (parse_answer, f"{A} w3", (None, A, 3)),
    ],
)
@pytest.mark.parametrize("about", [(B,), (B, Tcin("99999999"))])
def test_without_a_product_the_one_is_meant_that_the_answered_message_is_about(
    parse: Callable[..., Any], args: str, result: Any, about: tuple[Tcin, ...]
) -> None:
    found = parse(args, LINES, about=about)
    assert (tuple(map(meant, found)) if isinstance(found, tuple) else meant(found)) == result


def test_a_change_in_reply_is_of_the_product_of_the_answered_message() -> None:
    assert parse_set("max=60", LINES, about=[B]).line.tcin == B
    assert parse_set("name=Mine", LINES, about=[B]).line.tcin == B
    assert parse_set(f"{A} max=60", LINES, about=[B]).line.tcin == A


def test_a_reply_about_several_products_or_none_means_nothing_more() -> None:
    assert parse_pause("2h", LINES, about=[A, B]) == (None, timedelta(hours=2))
    assert parse_pause("2h", LINES) == (None, timedelta(hours=2))
    assert "say which product" in told(lambda: find_products("", LINES, about=[A, B]))


def test_a_reply_about_a_product_that_is_not_watched_any_more_is_told() -> None:
    assert told(lambda: parse_pause("2h", LINES, about=[Tcin("99999999")])) == "99999999 is not watched"


def test_all_is_every_product() -> None:
    assert find_products(" ALL ", LINES) == (list(LINES), [])


def test_of_several_words_those_that_name_nothing_are_quoted() -> None:
    found, wrong = find_products(f"{B} 10000009 {A} {B}", LINES)
    assert [one.tcin for one in found] == [B, A]
    assert [one.word for one in wrong] == ["10000009"]
