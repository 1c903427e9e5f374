from urllib.parse import quote

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


SEEN = "https%3A%2F%2Fwww.target.com%2Fp%2Fx%2F-%2FA-94734932"


@pytest.mark.parametrize(
    "text",
    [
        "A-94734932",
        "a-94734932",
        "94\u200b734932",
        "\ufeff94734932\u200b",
        "https://www.target.com/p/x/-/a-94734932",
        "https://www.target.com/p/a-100000-piece-set/-/A-94734932",
        "https://www.target.com/p/x/-/A-\u200b94734932",
        "https://www.target.com/p/x/-/A%2D94734932",
        "HTTPS://WWW.TARGET.COM/P/X/-/A-94734932",
        "m.target.com/p/A-94734932",
        "https://www.target.com/cart?tcin=94734932",
        f"https://goto.target.com/c/81938/81938/2092?u={SEEN}&prodsku=11111111",
        f"goto.target.com/c/1?u={SEEN}",
        "https://goto.target.com/c/1?u=https://www.target.com/p/x/-/A-11111111?preselect=94734932",
        f"https://www.google.com/url?q={SEEN}&sa=D",
        f"https://click.linksynergy.com/deeplink?id=11111111&mid=2149&murl={SEEN}",
        f"https://www.google.com/url?q={quote('https://goto.target.com/c/1?u=' + SEEN, safe='')}",
        f"https://click.linksynergy.com/deeplink?murl={quote(SEEN)}",
        f"https://prf.hn/click/camref:11111111/destination:{SEEN}",
        "http://127.0.0.1:8001/p/-/A-94734932",
    ],
)
def test_the_number_is_found_in_any_link_that_leads_to_the_shop(text: str) -> None:
    assert parse_tcin(text) == "94734932"


def wrapped(times: int) -> str:
    """A link that leads on so often before it is the shop's."""
    link = "https://www.target.com/p/x/-/A-94734932"
    for _ in range(times):
        link = f"https://go.example/?u={quote(link, safe='')}"
    return link


def test_links_within_links_are_followed_to_a_bounded_depth() -> None:
    assert parse_tcin(wrapped(4)) == "94734932"
    with pytest.raises(NotATcin):
        parse_tcin(wrapped(5))


@pytest.mark.guards("config", "a number in a link to another site is nobody's product")
@pytest.mark.parametrize(
    "text",
    [
        "https://www.amazon.com/p/x/-/A-94734932",
        "https://www.amazon.com/x?preselect=94734932",
        "https://www.amazon.com/x?tcin=94734932",
        "https://target.com.evil.example/p/x/-/A-94734932",
        "https://mytarget.com/p/x/-/A-94734932",
        "https://www.target.com@evil.example/p/x/-/A-94734932",
        "https://goto.target.com/c/81938/94734932/2092?u=https%3A%2F%2Fwww.amazon.com%2FA-94734932",
        "https://www.google.com/url?q=94734932",
    ],
)
def test_no_number_is_taken_out_of_a_link_to_another_site(text: str) -> None:
    with pytest.raises(NotATcin):
        parse_tcin(text)


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
