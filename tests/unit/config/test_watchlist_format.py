import re
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.products import BuyMode, Channel, Product, Tcin
from config.watchlist import WatchlistError, parse_watchlist, render_watchlist
from tests.unit.config.lists import products_lists


def problems_of(text: str) -> tuple[str, ...]:
    with pytest.raises(WatchlistError) as caught:
        parse_watchlist(text)
    return caught.value.problems


def test_every_key_is_read() -> None:
    text = """
        [[product]]
        tcin = "94734932"
        name = "Illumineer's  Trove"
        max_price = 49.99
        quantity = 2
        buy = "auto"
        channel = "pickup"
        every_s = 7.5
        enabled = false
    """
    assert parse_watchlist(text) == (
        Product(
            tcin=Tcin("94734932"),
            name="Illumineer's Trove",
            max_price=Decimal("49.99"),
            quantity=2,
            buy=BuyMode.AUTO,
            channel=Channel.PICKUP,
            every=timedelta(seconds=7.5),
            enabled=False,
        ),
    )


@pytest.mark.parametrize(
    "tcin", ['"94734932"', "94734932", '"https://www.target.com/p/x/-/A-1234567?preselect=94734932"', "'94734932'"]
)
def test_a_product_needs_only_its_tcin_as_a_number_or_a_link(tcin: str) -> None:
    assert parse_watchlist(f"[[product]]\ntcin = {tcin}") == (Product(tcin=Tcin("94734932")),)


def test_the_order_of_the_file_is_the_order_of_the_products() -> None:
    text = "".join(f"[[product]]\ntcin = {tcin}\n" for tcin in (333333, 111111, 222222))
    assert [product.tcin for product in parse_watchlist(text)] == ["333333", "111111", "222222"]


@pytest.mark.parametrize("text", ["", "\n \n", "# nothing yet\n", "\ufeff# nothing yet"])
def test_a_text_without_any_product_is_an_empty_list(text: str) -> None:
    assert parse_watchlist(text) == ()


@given(products=products_lists)
def test_what_was_written_is_read_again_as_it_was(products: list[Product]) -> None:
    assert list(parse_watchlist(render_watchlist(products))) == products


@given(text=st.text(st.characters(codec="utf-8")) | st.text("[]{}\"'\\=#.\n product1tcin-_,e"))
def test_whatever_is_written_gives_products_or_clear_lines(text: str) -> None:
    try:
        products = parse_watchlist(text)
    except WatchlistError as error:
        assert re.match(r"line \d+: \S|a value is beyond", str(error))  # noqa: PT017  either may be
        return
    assert isinstance(products, tuple)


@pytest.mark.guards("config", "a wrong line of the watch list is told with its number and the reason")
@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("max_price = 0", "max_price must be a positive amount like 49.99"),
        ("max_price = -3", "max_price must be a positive amount like 49.99"),
        ('max_price = "49.99"', "max_price must be a positive amount like 49.99"),
        ("max_price = 49.999", "max_price must be a positive amount like 49.99"),
        ("max_price = nan", "max_price must be a positive amount like 49.99"),
        ("max_price = inf", "max_price must be a positive amount like 49.99"),
        ("max_price = 1e400", "max_price must be a positive amount like 49.99"),
        ("max_price = true", "max_price must be a positive amount like 49.99"),
        ("quantity = 0", "quantity must be a whole number from 1 to 1000"),
        ("quantity = 1.5", "quantity must be a whole number from 1 to 1000"),
        ("quantity = true", "quantity must be a whole number from 1 to 1000"),
        ('buy = "yes"', 'buy must be one of "ask", "auto", "alert"'),
        ("buy = true", 'buy must be one of "ask", "auto", "alert"'),
        ('channel = ["pickup"]', 'channel must be one of "shipping", "pickup", "any"'),
        ("every_s = 0", "every_s must be seconds from 0.01 to 86400"),
        ("every_s = true", "every_s must be seconds from 0.01 to 86400"),
        ("every_s = 1e300", "every_s must be seconds from 0.01 to 86400"),
        ('enabled = "yes"', "enabled must be true or false, without quotes"),
        ('buy = "auto"', 'buy = "auto" needs a max_price'),
        ("max_prise = 3", "max_prise is not known; did you mean max_price?"),
        (
            "colour = 3",
            "colour is not known; a product has tcin, name, max_price, quantity, buy, channel, every_s, enabled",
        ),
        ("a.b = 3", "a is not known; a product has tcin, name, max_price, quantity, buy, channel, every_s, enabled"),
        ("max_price = 49,99", "max_price: expected newline or end of document after a statement"),
        ("max_price = $49.99", "max_price: invalid value"),
        ("quantity 3", "expected '=' after a key in a key/value pair"),
        ("tcin = 222222", "tcin: cannot overwrite a value"),
    ],
)
def test_a_wrong_line_is_told_by_its_number_with_the_reason(line: str, reason: str) -> None:
    text = f'# a list\n\n[[product]]\ntcin = 111111\nname = """\n[[product]]\n"""  # three lines\n{line}\n'
    assert problems_of(text) == (f"line 8: {reason}",)


@pytest.mark.parametrize("tcin", ['"12345"', "true", "94734932.0", '"a rabbit"', "[]"])
def test_a_wrong_tcin_is_told(tcin: str) -> None:
    assert problems_of(f"\n[[product]]\ntcin = {tcin}") == (
        "line 3: tcin must be a number of 6 to 10 digits, or a product link",
    )


def test_a_product_without_tcin_is_told_by_the_line_where_it_begins() -> None:
    assert problems_of('[[product]]\ntcin=111111\n\n[[product]]\nname = "x"\n') == (
        "line 4: a product without its tcin",
    )


def test_a_product_listed_twice_is_told_with_both_lines() -> None:
    text = '[[product]]\ntcin = 111111\n[[product]]\nname = "again"\ntcin = "111111"\n'
    assert problems_of(text) == ("line 5: 111111 stands in line 2 already",)


def test_all_that_is_wrong_is_told_in_the_order_of_the_lines() -> None:
    text = "[[product]]\nquantity = 0\n[[product]]\ntcin = 1\nbuy = 'no'\n[[product]]\ntcin = 111111\nx = 1\n"
    assert [problem.partition(":")[0] for problem in problems_of(text)] == [
        "line 1",
        "line 2",
        "line 4",
        "line 5",
        "line 8",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "\n[product]\ntcin = 111111\n",
        "\n[[products]]\ntcin = 111111\n",
        "\nproduct = [{tcin = 111111}]\n",
        "\nproduct = []\n",
        "\nproduct.tcin = 111111\n",
        "\n[product.x]\n",
    ],
)
def test_a_product_that_is_begun_in_another_way_is_told_how_to_begin(text: str) -> None:
    assert problems_of(text) == ("line 2: begin each product with a line [[product]], in two pairs of brackets",)


@pytest.mark.parametrize("text", ["# hm\ninterval = 5\n[[product]]\ntcin=111111", '# hm\n["interval"]\nx = 1\n'])
def test_what_is_not_of_a_product_has_no_place(text: str) -> None:
    assert problems_of(text)[0] == "line 2: interval has no place here; begin each product with a line [[product]]"


def test_a_name_that_is_no_text_is_told() -> None:
    assert problems_of("[[product]]\ntcin = 111111\nname = 5") == (
        'line 3: name must be text in quotes, like "Illumineer\'s Trove"',
    )


def test_a_list_that_was_cut_off_is_told_by_its_last_line() -> None:
    (problem,) = problems_of('[[product]]\ntcin = "111111"\nname = """cut')
    assert problem.startswith("line 3: name: ")


def test_a_value_beyond_all_measure_is_told_not_raised_as_something_else() -> None:
    for value in ("9" * 5000, "[" * 100_000, "1e" + "9" * 30):
        assert problems_of(f"[[product]]\ntcin = 111111\nquantity = {value}\n")
