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

from bot.commands.additions import parse_add, parse_amount, parse_mention
from bot.commands.arguments import (
    BadArgument,
    find_product,
    find_products,
    parse_answer,
    parse_move,
    parse_only,
    parse_pause,
    parse_price,
    parse_set,
    parse_settle,
    parse_skip,
    parse_span,
)
from config.products import BuyMode, Channel, Tcin
from purchasing.model import Line
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
    assert "neither a product number (6 to 10 digits) nor a link to a product" in refused("94734932 12x")["12x"]


def test_without_any_product_every_word_is_quoted() -> None:
    assert list(refused("the dragon")) == ["the", "dragon"]


@pytest.mark.guards("bot", "a wrong wish adds nothing")
@pytest.mark.parametrize(
    ("wish", "why"),
    [
        ("max=cheap", "a price looks like 49.99"),
        ("max=0", "a price must be above 0"),
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
        ("buy=auto", "I need your highest price, like max="),
        ("channel=drone", "it can be shipping, pickup, any"),
        ("every=2d", "it can be from 1 s to 1 day"),
        ("every=fast", "I don't understand the time 'fast'; write it like 30m"),
        ("on=maybe", "it can be yes or no"),
        ("name=Trove", "give a name with /set"),
        ("mxa=5", "did you mean max?"),
        ("colour=red", "I know max, qty, buy, channel, every, on"),
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


@pytest.mark.parametrize(
    "shared",
    [
        "LEGO Set 910047 2025 {}",
        "{} LEGO Set 910047 2025",
        "Pokémon (2025), 12 x 910047; A-910047! {}",
        "910047,2025 {}",
        "call 5551234567 about {}",
    ],
)
def test_beside_a_link_words_and_numbers_are_the_text_with_which_it_was_shared(shared: str) -> None:
    args = f"{shared.format(LINK)} buy=auto max=50"
    assert (added(args), refused(args)) == ([DRAGON], {})


def test_numbers_beside_a_link_to_another_site_are_no_products_either() -> None:
    args = "LEGO 910047 https://www.amazon.com/dp/94734932"
    assert (added(args), list(refused(args))) == ([], ["https://www.amazon.com/dp/94734932"])


TROVE_LINK = "https://www.target.com/p/lego,star-wars/-/A-94734932"


@pytest.mark.parametrize(
    "args",
    [
        "93954435,94734932",
        "93954435, 94734932;",
        "A-93954435\uff0ca-94734932",
        f"{LINK},{TROVE_LINK}",
        f"{LINK},https://www.target.com/p/-/A-94734932?ids=910047,2025",
        "https://www.target.com/p/-/A-93954435,94734932",
        "93954435\u200b,\u200b94734932",
    ],
)
def test_a_list_may_be_written_with_commas(args: str) -> None:
    assert (added(args), refused(args)) == ([DRAGON, TROVE], {})


@pytest.mark.guards("bot", "a wish that can't be read adds nothing")
@pytest.mark.parametrize(
    ("args", "quoted"),
    [
        ("max = 30", "="),
        ("max= 30", "max="),
        ("max =30", "=30"),
        ("max-price=30", "max-price=30"),
        ("limit=30", "limit=30"),
        ("préis=30", "préis=30"),
        ("max=30 max=40", "max=40"),
    ],
)
@pytest.mark.parametrize("product", ["94734932", LINK])
def test_a_key_apart_from_its_sign_an_unknown_one_and_one_told_twice_add_nothing(
    product: str, args: str, quoted: str
) -> None:
    assert added(f"{product} {args}") == []
    assert quoted in refused(f"{product} {args}")


@pytest.mark.guards("bot", "money without its key is asked about")
@pytest.mark.parametrize(
    ("words", "amounts", "cap"),
    [
        ("under 30 dollars", ("under 30",), "30"),
        ("30 dollars", ("30 dollars",), "30"),
        ("for $29.99", ("$29.99",), "29.99"),
        ("29.99 €", ("29.99 €",), "29.99"),
        ("max 30", ("max 30",), "30"),
        ("max: 30", ("max: 30",), "30"),
        ("at most 30", ("at most 30",), "30"),
        ("no more than 1,299.99", ("no more than 1,299.99",), None),
    ],
)
@pytest.mark.parametrize("product", ["94734932", LINK])
def test_an_amount_of_money_without_its_key_is_told_apart(
    product: str, words: str, amounts: tuple[str, ...], cap: str | None
) -> None:
    request = parse_add(f"{product} {words} qty=2")
    assert request.amounts == amounts
    assert parse_amount(request.amounts[0]) == (None if cap is None else Decimal(cap))
    assert request.as_args() == f"{request.products[0].tcin} qty=2"


@pytest.mark.parametrize("args", ["94734932 29.99", "94734932 for 29,99"])
def test_a_number_with_cents_beside_a_number_is_an_amount(args: str) -> None:
    assert len(parse_add(args).amounts) == 1


@pytest.mark.parametrize("args", [f"{LINK} $29.99 max=40", f"{LINK} 29.99 1.75 L", f"{LINK} Mad Max 2nd", "94734932"])
def test_with_a_cap_or_without_money_nothing_is_asked(args: str) -> None:
    assert parse_add(args).amounts == ()


# ---- words without a command


@pytest.mark.parametrize(
    ("text", "offered"),
    [
        (f"have you seen {LINK} and 94734932?", [DRAGON]),
        ("94734932", [TROVE]),
        ("93954435, A-94734932!", [DRAGON, TROVE]),
        ("94734932 max=40", [TROVE]),
        ("hello there", []),
        ("call me at 94734932", []),
        ("my number is 1234567", []),
        ("5551234567", []),
        ("1001234567", [Tcin("1001234567")]),
        ("6505551234", []),
        ("0301234567", []),
        ("+1 650 5551234", []),
        ("(650) 555-1234", []),
        ("LEGO 910047", []),
        ("https://www.amazon.com/dp/94734932", []),
        (f"{LINK} max = 40", []),
    ],
)
def test_a_text_without_a_command_offers_links_and_nothing_but_numbers(text: str, offered: list[Tcin]) -> None:
    assert [one.tcin for one in parse_mention(text).products] == offered


@given(any_of.hostile | st.text("0123456789A-.,; $max=", max_size=4096))
def test_any_text_can_be_searched_for_products(text: str) -> None:
    assert all(re.fullmatch("[0-9]{6,10}", one.tcin) for one in parse_mention(text).products)


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


@pytest.mark.parametrize(
    ("args", "became"), [("7 bought", True), ("7 not", False), ("7 NOT bought", False), ("7\tnot", False)]
)
def test_an_attempt_was_bought_or_not(args: str, became: bool) -> None:  # noqa: FBT001  a column of the table
    assert parse_settle(args) == (7, became)


@pytest.mark.parametrize("args", ["", "7", "bought", "7 bought bought", "7 notbought", "7 maybe", "x bought"])
def test_what_does_not_tell_what_became_of_an_attempt_is_told(args: str) -> None:
    assert told(parse_settle, args) == "say which attempt and how it ended, like 7 bought or 7 not"


@pytest.mark.parametrize("parse", [find_product, find_products, parse_move, parse_pause])
@given(args=any_of.hostile)
def test_any_words_mean_something_or_are_told_why(parse: Callable[..., object], args: str) -> None:
    assert complaint(parse, args, LINES) != ""


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
