"""How lengths of time, amounts and the words of others are said."""

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.text.board import product_line
from bot.text.markup import cut, line_heading, money, plain
from config.durations import span
from tests import strategies as any_of
from tests.builders import AT, A, in_stock, line, product

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


@pytest.mark.guards("bot", "words of others are escaped, cut, on one line, without signs that turn or hide text")
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


@pytest.mark.guards("bot", "words of others are escaped, cut, on one line, without signs that turn or hide text")
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


@pytest.mark.parametrize(
    ("title", "name", "words"),
    [
        ("Illumineer's Trove", "Mum's present", "Mum's present (Illumineer's Trove)"),
        ("Illumineer's Trove", None, "Illumineer's Trove"),
        ("Illumineer's Trove", "Illumineer's Trove", "Illumineer's Trove"),
        (None, "Mum's present", "Mum's present"),
        (None, None, "name not known yet"),
    ],
)
def test_a_product_is_called_by_its_own_name_with_its_title_beside_it(
    title: str | None, name: str | None, words: str
) -> None:
    named = line(product(A, name=name), stock=in_stock(title=title))
    assert plain(line_heading(named)) == f"{words} · {A}"
    assert plain(product_line(named, seen_at=AT, at=AT)).startswith(f"🟢 {words} · {A}")
