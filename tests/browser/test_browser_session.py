"""The session that the browser goes on with, and when it is stored."""

import os
import signal
from pathlib import Path

import pytest

from purchasing.checkout.browser import CheckoutBrowser
from purchasing.checkout.session import SESSION_FILE
from tests.browser.browsers import SITE, new_browser, new_session, noted

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]


def state(value: str) -> dict[str, object]:
    cookie = {"name": "a", "value": value, "domain": "127.0.0.1", "path": "/", "expires": -1}
    rest = {"httpOnly": True, "secure": False, "sameSite": "Lax"}
    return {"cookies": [cookie | rest], "origins": []}


async def cookie_of(browser: CheckoutBrowser) -> str | None:
    cookies = await (await browser.context()).cookies()
    return next((cookie.get("value") for cookie in cookies), None)


@pytest.mark.guards("purchasing", "a session that somebody stored meanwhile is taken up, and never overwritten")
async def test_a_session_that_was_stored_meanwhile_is_taken_up_when_nothing_uses_the_browser(tmp_path: Path) -> None:
    session = new_session(tmp_path)
    session.write(state("first"))
    async with new_browser(tmp_path) as browser:
        async with browser.using():
            assert await cookie_of(browser) == "first"
            session.write(state("second"))
            assert await cookie_of(browser) == "first"
            assert not await browser.store_session()
        assert session.read()["cookies"][0]["value"] == "second"
        assert await cookie_of(browser) == "second"
        session.write(state("third"))
        await browser.look()
        assert await cookie_of(browser) == "third"


@pytest.mark.guards("purchasing", "who has signed in by hand is stored, whatever was stored meanwhile")
async def test_who_signed_in_by_hand_is_stored_over_what_was_only_renewed_meanwhile(tmp_path: Path) -> None:
    session = new_session(tmp_path)
    session.write(state("lapsed"))
    async with new_browser(tmp_path) as browser:
        context = await browser.context()
        session.write(state("renewed by the service"))
        await context.add_cookies([{"name": "a", "value": "signed in", "url": SITE}])
        assert await browser.store_session(by_hand=True)
        assert session.read()["cookies"][0]["value"] == "signed in"
        assert await browser.context() is context


async def test_the_session_is_stored_as_it_has_become(tmp_path: Path) -> None:
    async with new_browser(tmp_path) as browser:
        context = await browser.context()
        await context.add_cookies([{"name": "a", "value": "renewed", "url": SITE}])
        assert await browser.store_session()
        stored = new_session(tmp_path)
        assert (stored.why_not_usable(), stored.read()["cookies"][0]["value"]) == (None, "renewed")
        assert await browser.context() is context


@pytest.mark.guards("purchasing", "what pages renewed of the session is stored at an orderly end of the browser too")
@pytest.mark.parametrize("signed_in", [True, False])
async def test_at_an_orderly_end_the_session_is_stored_where_somebody_was_signed_in(
    tmp_path: Path, *, signed_in: bool
) -> None:
    session = new_session(tmp_path)
    session.write(state("first"))
    async with new_browser(tmp_path) as browser:
        context = await browser.context()
        await context.add_cookies([{"name": "a", "value": "renewed", "url": SITE}])
        browser.note_account(signed_in=True)
        browser.note_account(signed_in=signed_in)
    assert session.read()["cookies"][0]["value"] == ("renewed" if signed_in else "first")


async def test_a_session_is_not_stored_where_no_browser_runs_or_answers(tmp_path: Path) -> None:
    async with new_browser(tmp_path) as browser:
        assert not await browser.store_session()
        await browser.context()
        os.kill(noted(tmp_path)["Chromium"].pid, signal.SIGKILL)
        assert not await browser.store_session()
        assert not (tmp_path / SESSION_FILE).exists()
