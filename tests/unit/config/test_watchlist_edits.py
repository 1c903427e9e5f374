import re
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.products import BuyMode, Product, Tcin
from config.watchlist import (
    HEADER,
    WatchlistError,
    ensure_absent,
    ensure_place,
    ensure_present,
    ensure_value,
    parse_watchlist,
    render_watchlist,
)
from tests.unit.config.lists import prices, products, products_lists

ONE, TWO, THREE = Tcin("111111"), Tcin("222222"), Tcin("333333")
LIST = """\
# What we want this winter

# for Ann
[[product]]
tcin = "111111"   # the small one
max_price = 9.50  # not more


# --- cards ---

[[product]]
name = 'Trove'
tcin = 222222
# quantity = 3

# only if all else fails
[[product]]
tcin = "333333"
"""

Edit = Callable[[str], str]
Drawn = tuple[str, Edit]


@st.composite
def commented(draw: st.DrawFn) -> str:
    """A right text with comments and blank lines wherever they may stand."""
    noise = st.lists(st.sampled_from(["", "# note", "  # [[product]]", '# "', "\t"]), max_size=2)
    lines = draw(noise)
    for line in render_watchlist(draw(products_lists)).removeprefix(HEADER).split("\n"):
        lines += [line, *draw(noise)]
    return draw(st.sampled_from(["\n", "\r\n"])).join(lines)


@st.composite
def edits(draw: st.DrawFn) -> Drawn:
    """A text, and any change to it."""
    text = draw(commented())
    there = [product.tcin for product in parse_watchlist(text)]
    added = draw(products())
    gone = draw(st.lists(st.sampled_from(there))) if there else []
    choices: list[Edit] = [lambda text: ensure_present(text, added), lambda text: ensure_absent(text, gone)]
    if there:
        tcin, place, price = draw(st.sampled_from(there)), draw(st.integers(-1, 6)), draw(prices)
        choices.append(lambda text: ensure_place(text, tcin, place))
        choices.append(lambda text: ensure_value(text, tcin, {"max_price": price, "every_s": None}))
    return text, draw(st.sampled_from(choices))


def comments(text: str) -> list[str]:
    return sorted(re.findall(r"#[^\r\n]*", text))


@pytest.mark.guards("config", "an edit of the watch list may be repeated")
@given(drawn=edits())
def test_doing_a_change_twice_is_doing_it_once(drawn: Drawn) -> None:
    text, edit = drawn
    assert edit(edit(text)) == edit(text)


@given(drawn=edits())
def test_a_change_leaves_a_right_text_with_its_own_line_ends(drawn: Drawn) -> None:
    text, edit = drawn
    changed = edit(text)
    parse_watchlist(changed)
    assert "\r\n" not in text or "\n" not in changed.replace("\r\n", "")


@given(text=commented(), product=products())
def test_adding_keeps_every_line_and_appends_the_product(text: str, product: Product) -> None:
    before = parse_watchlist(text)
    if any(one.tcin == product.tcin for one in before):
        assert ensure_present(text, product) == text
        return
    changed = ensure_present(text, product)
    assert changed.startswith(text if text.strip() else "#")
    assert parse_watchlist(changed) == (*before, product)


@given(text=commented(), data=st.data())
def test_moving_keeps_every_line_and_changes_the_order_alone(text: str, data: st.DataObject) -> None:
    before = list(parse_watchlist(text))
    if not before:
        return
    moved, place = data.draw(st.sampled_from(before)), data.draw(st.integers(1, len(before)))
    changed = ensure_place(text, moved.tcin, place)
    after = list(parse_watchlist(changed))
    assert after.index(moved) == place - 1
    assert [one for one in after if one is not after[place - 1]] == [one for one in before if one is not moved]
    assert comments(changed) == comments(text)


@pytest.mark.guards("config", "an edit keeps the comments")
@given(text=commented(), data=st.data())
def test_setting_a_value_keeps_every_comment_and_touches_one_product_alone(text: str, data: st.DataObject) -> None:
    before = parse_watchlist(text)
    if not before:
        return
    at = data.draw(st.integers(0, len(before) - 1))
    price = data.draw(prices)
    changed = ensure_value(text, before[at].tcin, {"max_price": price, "quantity": 7})
    after = parse_watchlist(changed)
    assert (after[at].max_price, after[at].quantity) == (price, 7)
    assert (*after[:at], *after[at + 1 :]) == (*before[:at], *before[at + 1 :])
    assert comments(changed) == comments(text)


@given(text=commented(), data=st.data())
def test_removing_takes_out_those_products_and_keeps_the_rest_as_it_is(text: str, data: st.DataObject) -> None:
    before = parse_watchlist(text)
    gone = set(data.draw(st.lists(st.sampled_from([one.tcin for one in before])))) if before else set[Tcin]()
    changed = ensure_absent(text, gone)
    assert parse_watchlist(changed) == tuple(one for one in before if one.tcin not in gone)
    assert gone or changed == text


def test_a_removed_product_takes_its_comment_along_and_leaves_the_others() -> None:
    assert ensure_absent(LIST, [TWO]) == LIST.replace("[[product]]\nname = 'Trove'\ntcin = 222222\n", "")
    assert ensure_absent(LIST, [THREE]) == LIST[: LIST.index("\n# only if")]
    assert ensure_absent(LIST, [ONE]) == ("# What we want this winter\n\n" + LIST[LIST.index("# --- cards") :])


def test_the_comment_on_the_first_line_belongs_to_the_file() -> None:
    text = '# mine\n[[product]]\ntcin = "111111"\n# two\n[[product]]\ntcin = "222222"\n'
    assert ensure_absent(text, [ONE]) == '# mine\n\n# two\n[[product]]\ntcin = "222222"\n'
    assert ensure_absent(text, [ONE, TWO]) == "# mine\n"
    assert ensure_place(ensure_place(text, TWO, 1), TWO, 2).replace("\n\n", "\n") == text


def test_a_moved_product_takes_its_comment_along() -> None:
    assert (
        ensure_place(LIST, THREE, 1)
        == """\
# What we want this winter

# only if all else fails
[[product]]
tcin = "333333"


# --- cards ---

# for Ann
[[product]]
tcin = "111111"   # the small one
max_price = 9.50  # not more
# quantity = 3

[[product]]
name = 'Trove'
tcin = 222222
"""
    )


@pytest.mark.parametrize(("place", "order"), [(-5, "312"), (0, "312"), (2, "132"), (3, "123"), (99, "123")])
def test_a_place_beyond_the_ends_is_the_first_or_the_last(place: int, order: str) -> None:
    assert "".join(one.tcin[0] for one in parse_watchlist(ensure_place(LIST, THREE, place))) == order


def test_a_set_value_keeps_the_comment_on_its_line_and_a_new_one_stands_below_the_others() -> None:
    changes = {"max_price": Decimal("12.00"), "buy": BuyMode.AUTO, "every_s": timedelta(seconds=7.5), "name": 'a "b"'}
    changed = ensure_value(LIST, ONE, changes)
    assert (
        changed[: changed.index("# ---")]
        == """\
# What we want this winter

# for Ann
[[product]]
tcin = "111111"   # the small one
max_price = 12  # not more
buy = "auto"
every_s = 7.5
name = "a \\"b\\""


"""
    )


def test_none_takes_a_key_out_even_where_it_does_not_stand() -> None:
    changed = ensure_value(LIST, ONE, {"max_price": None, "every_s": None})
    assert changed == LIST.replace("max_price = 9.50  # not more\n", "")


def test_a_value_that_would_be_wrong_is_refused() -> None:
    with pytest.raises(WatchlistError, match=r'^line 19: buy = "auto" needs a max_price$'):
        ensure_value(LIST, THREE, {"buy": "auto"})
    with pytest.raises(WatchlistError, match="did you mean quantity"):
        ensure_value(LIST, THREE, {"quantaty": 3})


@pytest.mark.parametrize(
    "edit", [lambda: ensure_value(LIST, Tcin("999999"), {}), lambda: ensure_place(LIST, Tcin("999999"), 1)]
)
def test_a_product_that_is_not_there_can_be_neither_set_nor_moved(edit: Callable[[], str]) -> None:
    with pytest.raises(WatchlistError, match="999999 is not on the watch list"):
        edit()


@pytest.mark.parametrize(
    "edit",
    [
        lambda text: ensure_present(text, Product(tcin=ONE)),
        lambda text: ensure_absent(text, [ONE]),
        lambda text: ensure_value(text, ONE, {"quantity": 2}),
        lambda text: ensure_place(text, ONE, 1),
    ],
)
def test_a_wrong_text_is_never_changed(edit: Edit) -> None:
    with pytest.raises(WatchlistError):
        edit(LIST + "\n[oops\n")


def test_a_product_that_is_written_as_a_link_is_found() -> None:
    text = '[[product]]\ntcin = "https://www.target.com/p/x/-/A-111111"\n'
    assert ensure_present(text, Product(tcin=ONE)) == text
    assert ensure_absent(text, [ONE]) == ""


def test_a_list_without_a_last_line_end_gets_one_when_a_product_is_added() -> None:
    changed = ensure_present("[[product]]\r\ntcin = 111111", Product(tcin=TWO))
    assert changed == '[[product]]\r\ntcin = 111111\r\n\r\n[[product]]\r\ntcin = "222222"\r\n'


def test_the_first_product_comes_with_a_comment_that_explains_the_file() -> None:
    text = ensure_present("", Product(tcin=ONE))
    assert text.startswith("# What Stockbell watches.")
    assert text == render_watchlist([Product(tcin=ONE)])


def test_a_change_costs_no_more_than_the_list_is_long() -> None:
    text = render_watchlist(Product(tcin=Tcin(str(tcin))) for tcin in range(100_000, 102_000))
    moved = ensure_place(ensure_value(text, Tcin("101999"), {"quantity": 2}), Tcin("101999"), 1)
    assert len(parse_watchlist(ensure_absent(moved, [Tcin("100500")]))) == 1_999
