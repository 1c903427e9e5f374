"""What is to be watched from now on, by the words of /add and by those without a command."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands.additions import parse_add, parse_amount, parse_mention
from config.products import BuyMode, Channel, Tcin
from tests import strategies as any_of
from tests.unit.bot.arguments import DRAGON, LINK, TROVE


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
