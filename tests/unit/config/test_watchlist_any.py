"""Whatever stands in the watch list's file, it is read at once, and gives products or clear lines."""

import contextlib
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.products import Product, Tcin
from config.watchlist import (
    WatchlistError,
    WatchlistFile,
    ensure_absent,
    ensure_place,
    ensure_present,
    ensure_value,
    parse_watchlist,
    render_watchlist,
)
from config.watchlist.format import LONGEST_LINE, LONGEST_NAME, MOST_DOTS, MOST_PROBLEMS, MOST_SIGNS
from tests.unit.config.lists import products_lists

ONE = Product(tcin=Tcin("111111"))

# ---- what looks like a list, and is none

NUMBERS = ["nan", "-nan", "inf", "-inf", "1e-999999999", "1e999999999", "-0.0", "0x" + "f" * 1900, "1_0", "007", "+1"]
TEXTS = ['""', "''", '"""a\nb"""', "''''''", '"\\u0000"', '"\\ud800"', '"\u2028"', '"\x9b"', '"#"', '"]]"', '"']
OTHERS = ["true", "[]", "[[]]", "[1, [2]]", "{}", "{a = 1}", "{a.b = 1}", "1979-05-27", "07:32:00", "[1, [2", "=", ""]
KEYS = ["tcin", "name", "max_price", "quantity", "buy", "channel", "every_s", "enabled", "tcin.x", '"tcin"', "' '", "é"]
HEADERS = [
    "[[product]]",
    "[product]",
    "[[product.x]]",
    "[ [product] ]",
    '[[ "product" ]]',
    "[x]",
    "[[x",
    "[[product]] #",
]

values = st.sampled_from([*NUMBERS, *TEXTS, *OTHERS]) | st.text("\"'\\[]{}#=,.\n 1a", max_size=12)
statements = st.builds("{} = {}".format, st.sampled_from(KEYS), values)
lines = st.sampled_from(HEADERS) | statements | st.just('tcin = "111111"')
shapes = st.builds(lambda end, parts: end.join(parts), st.sampled_from(["\n", "\r\n", "\r", "\u2028"]), st.lists(lines))


@st.composite
def nearly_right(draw: st.DrawFn) -> str:
    """In the shape of a list, and TOML: each key once, with a value that may be anything but what it should be."""
    value = st.sampled_from([*NUMBERS, *TEXTS[:-1], *OTHERS[:9]])
    tables = draw(st.lists(st.dictionaries(st.sampled_from(KEYS[:8]), value, max_size=4), min_size=1, max_size=2))
    written = (f"{key} = {value}" for one in tables for key, value in ({"tcin": "111111"} | one).items())
    return "\n".join(f"[[product]]\n{line}" if line.startswith("tcin") else line for line in written)


@st.composite
def torn(draw: st.DrawFn) -> str:
    """A right list with something put into it, or taken out."""
    text = render_watchlist(draw(products_lists))
    first, last = sorted(draw(st.tuples(st.integers(0, len(text)), st.integers(0, len(text)))))
    return text[:first] + draw(shapes | st.text(max_size=5)) + text[draw(st.sampled_from([first, last])) :]


@settings(max_examples=600, deadline=None)
@given(text=nearly_right() | nearly_right() | nearly_right() | shapes | torn() | st.text())
def test_any_text_gives_products_or_what_is_wrong_and_nothing_else(text: str) -> None:
    problems: tuple[str, ...] = ("none",)
    try:
        products = parse_watchlist(text)
    except WatchlistError as error:
        products, problems = (), error.problems
    assert 1 <= len(problems) <= MOST_PROBLEMS + 1
    assert len({product.tcin for product in products}) == len(products)


EDITS: list[Callable[[str], str]] = [
    lambda text: ensure_present(text, ONE),
    lambda text: ensure_absent(text, [ONE.tcin]),
    lambda text: ensure_place(text, ONE.tcin, 1),
    lambda text: ensure_value(text, ONE.tcin, {"quantity": 2, "name": None}),
]


@settings(max_examples=200, deadline=None)
@given(text=nearly_right() | shapes | torn(), edit=st.sampled_from(EDITS))
def test_any_text_is_edited_to_a_right_one_or_refused(text: str, edit: Callable[[str], str]) -> None:
    try:
        after = edit(text)
    except WatchlistError:
        return
    parse_watchlist(after)


@settings(max_examples=100, deadline=None)
@given(held=st.binary() | torn().map(lambda text: text.encode()[1:]))
def test_any_bytes_give_products_or_what_is_wrong(tmp_path_factory: pytest.TempPathFactory, held: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any.toml"
    path.write_bytes(held)
    with contextlib.suppress(WatchlistError):
        WatchlistFile(path).read()


@pytest.mark.parametrize(
    "value", [f"tcin = 0x{'f' * 1_900}", "tcin = 111111\nevery_s = nan", "tcin = 111111\nmax_price = nan"]
)
def test_a_number_that_can_t_be_written_or_compared_is_told(value: str) -> None:
    with pytest.raises(WatchlistError, match=r"^line [23]: \w+ must be "):
        parse_watchlist(f"[[product]]\n{value}\n")


# ---- what would take long


@pytest.mark.guards("config", "a watch list that would take long to read is refused before it is read")
@pytest.mark.parametrize(
    "line",
    [
        ".".join("a" * 20_000) + " = 1",
        f"[{'.'.join('a' * 20_000)}]",
        ".".join("a" * (MOST_DOTS + 2)) + " = 1",
        f"tcin = 0x{'f' * LONGEST_LINE}",
        "k" * (LONGEST_LINE + 1),
    ],
    ids=["a dotted key", "a dotted header", "one dot too many", "a number", "a key"],
)
def test_a_line_that_would_take_long_is_told_by_its_number(line: str) -> None:
    with pytest.raises(WatchlistError) as caught:
        parse_watchlist(f"# mine\n{line}\n")
    assert caught.value.problems == (f"line 2: has more than {LONGEST_LINE:,} signs or {MOST_DOTS} dots",)


@pytest.mark.parametrize(
    "text",
    [
        f"# {'.' * 9 * LONGEST_LINE}\n[[product]]\ntcin = 111111\n",
        f"[[product]]\ntcin = 111111\n  # {'.' * 9 * LONGEST_LINE}",
        f"[[product]]\ntcin = 111111\nname = '{'n' * LONGEST_NAME}'\n",
    ],
)
def test_a_comment_may_be_long_and_a_name_be_a_sentence(text: str) -> None:
    (product,) = parse_watchlist(text)
    assert product.tcin == ONE.tcin


def test_a_name_without_end_is_told() -> None:
    with pytest.raises(WatchlistError, match=f"line 3: name must be of at most {LONGEST_NAME} signs"):
        parse_watchlist(f"[[product]]\ntcin = 111111\nname = '{'n' * (LONGEST_NAME + 1)}'\n")


def test_a_list_of_five_thousand_with_all_that_may_be_said_of_them_is_read() -> None:
    keys = f"name = '{'n' * 100}'\nmax_price = 49.99\nquantity = 2\nbuy = 'auto'\n"
    keys += "channel = 'pickup'\nevery_s = 20\nenabled = true\n"
    text = "".join(f"[[product]]\ntcin = {tcin}\n{keys}" for tcin in range(100_000, 105_000))
    assert len(parse_watchlist(text)) == 5_000
    with pytest.raises(WatchlistError, match="longer than"):
        parse_watchlist(text + "#" * MOST_SIGNS)


@pytest.mark.parametrize("wrong", ["[a{}]", "[[product]]\nname = {}", "k{} = 1"])
def test_of_very_much_that_is_wrong_only_the_first_is_told(wrong: str) -> None:
    with pytest.raises(WatchlistError) as caught:
        parse_watchlist("[[product]]\ntcin = 111111\n" + "\n".join(wrong.format(number) for number in range(1_000)))
    assert len(caught.value.problems) == MOST_PROBLEMS + 1
    assert caught.value.problems[-1] == "and more than these"
