"""Where people reach the live page, as far as the settings tell."""

import pytest
from pydantic import SecretStr

from bot.access.page_address import PageAddress, find_page_address
from config.settings import HttpSettings

TOKEN = SecretStr("open-sesame-open-sesame")


@pytest.mark.parametrize(
    ("http", "address"),
    [
        (HttpSettings(), PageAddress(url="http://127.0.0.1:8787", only_here=True)),
        (HttpSettings(token=TOKEN), PageAddress(url="http://127.0.0.1:8787", only_here=True, needs_sign_in=True)),
        (HttpSettings(host="::1"), PageAddress(url="http://[::1]:8787", only_here=True)),
        (
            HttpSettings(host="10.0.0.7", port=80, token=TOKEN),
            PageAddress(url="http://10.0.0.7:80", needs_sign_in=True),
        ),
        (
            HttpSettings(host="0.0.0.0", token=TOKEN, public_url="https://bell.example/page/"),
            PageAddress(url="https://bell.example/page", needs_sign_in=True),
        ),
        (HttpSettings(public_url="https://bell.example"), PageAddress(url="https://bell.example")),
    ],
)
def test_the_address_is_that_of_the_settings(http: HttpSettings, address: PageAddress) -> None:
    assert find_page_address(http) == address


@pytest.mark.parametrize(
    ("http", "named"),
    [
        (HttpSettings(host="0.0.0.0", token=TOKEN), "STOCKBELL_HTTP__PUBLIC_URL"),
        (HttpSettings(host="::", token=TOKEN), "STOCKBELL_HTTP__PUBLIC_URL"),
        (HttpSettings(port=0), "STOCKBELL_HTTP__PORT"),
    ],
)
def test_what_is_missing_is_named(http: HttpSettings, named: str) -> None:
    address = find_page_address(http)
    assert (address.url, named in (address.missing or "")) == (None, True)


def test_a_cookie_is_for_secure_connections_where_the_address_is_one() -> None:
    assert find_page_address(HttpSettings(public_url="https://bell.example")).is_secure
    assert not find_page_address(HttpSettings(host="10.0.0.7", token=TOKEN)).is_secure
