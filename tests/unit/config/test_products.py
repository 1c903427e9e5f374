import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.products import DRILL, NotATcin, parse_tcin

numbers = st.from_regex(r"[0-9]{6,10}", fullmatch=True).filter(lambda number: set(number) != {"0"})
words = st.from_regex(r"[a-z][a-z-]{0,20}", fullmatch=True)


@given(number=numbers, before=st.sampled_from(["", " ", "\n\t"]))
def test_a_number_is_its_own_tcin_whatever_blanks_surround_it(number: str, before: str) -> None:
    assert parse_tcin(f"{before}{number}{before}") == number


@given(number=numbers, title=words, scheme=st.sampled_from(["https://", "http://", ""]))
def test_a_product_link_holds_its_number_with_and_without_a_scheme(number: str, title: str, scheme: str) -> None:
    assert parse_tcin(f"{scheme}www.target.com/p/{title}/-/A-{number}?clkid=1#lnk=sametab") == number


@given(shown=numbers, chosen=numbers, title=words)
def test_a_preselected_variant_wins_over_the_path(shown: str, chosen: str, title: str) -> None:
    assert parse_tcin(f"https://www.target.com/p/{title}/-/A-{shown}?preselect={chosen}#x") == chosen


@given(number=numbers)
def test_a_preselection_that_is_no_tcin_leaves_the_path_to_decide(number: str) -> None:
    assert parse_tcin(f"https://www.target.com/p/x/-/A-{number}?preselect=abc") == number


@given(text=st.text())
def test_whatever_is_typed_gives_a_tcin_or_a_clear_refusal(text: str) -> None:
    try:
        tcin = parse_tcin(text)
    except NotATcin:
        return
    assert tcin.isascii()
    assert tcin.isdigit()
    assert 6 <= len(tcin) <= 10


@pytest.mark.guards("config", "the number of the drill is no product's")
@pytest.mark.parametrize(
    "text",
    [
        "",
        "12345",
        "12345678901",
        DRILL,
        "0000000000",
        "https://www.target.com/p/trove/-/A-0000000",
        f"https://www.target.com/p/trove/-/A-1?preselect={DRILL}",
        "-94734932",
        "9473 4932",
        "٩٤٧٣٤٩٣٢",
        "https://www.target.com/p/trove/-/A-12345",
        "https://www.target.com/p/trove/-/A-12345678901",
        "https://www.target.com/s?searchTerm=94734932",
        "http://[94734932",
    ],
)
def test_what_is_neither_a_number_nor_a_product_link_is_refused(text: str) -> None:
    with pytest.raises(NotATcin):
        parse_tcin(text)
