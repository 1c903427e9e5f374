"""The owner's session at the practice shop: asked for, renewed, lapsed, and signed in by hand."""

import asyncio
import json
import os
from pathlib import Path
from typing import Any

import pytest

from bot.cli.login import check_session
from config.settings import BrowserSettings, load_settings
from purchasing.checkout.browser import CheckoutBrowser
from purchasing.checkout.session import SESSION_FILE, SessionFile
from purchasing.checkout.sign_in import wait_for_person
from tests.world import TROVE, World, new_world

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]


def store_session(world: World) -> dict[str, Any]:
    world.data.mkdir(mode=0o700, exist_ok=True)
    held = world.store.account.storage_state(world.store_url)
    (world.data / "session.json").write_text(json.dumps(held))
    return held


def stored(world: World) -> dict[str, Any]:
    held: dict[str, Any] = json.loads((world.data / "session.json").read_text())
    return held


async def test_a_session_that_holds_is_renewed_and_stored_beside_a_running_service(tmp_path: Path) -> None:
    async with new_world(tmp_path) as world:
        world.watch(TROVE.tcin)
        before = store_session(world)
        await world.start()
        await world.status()
        assert await world.command("login", "--check") == (0, "you are signed in\n")
        assert stored(world)["cookies"][0]["value"] != before["cookies"][0]["value"]
        assert world.store.account.renewals > 0
        assert await world.stop() == 0


async def test_a_session_that_has_lapsed_says_what_to_do_and_stays(tmp_path: Path) -> None:
    async with new_world(tmp_path) as world:
        before = store_session(world)
        world.store.account.sign_out()
        code, printed = await world.command("login", "--check")
        assert (code, "the session has lapsed: run `stockbell login`" in printed, printed.count("\n")) == (1, True, 1)
        assert stored(world) == before


async def test_a_shop_that_can_t_be_reached_is_no_lapsed_session(tmp_path: Path) -> None:
    async with new_world(tmp_path, STOCKBELL_TARGET__SITE_URL="http://127.0.0.1:9") as world:
        before = store_session(world)
        result = await check_session(load_settings(world.environ, env_file=None))
        assert (result.well, "the shop could not be asked" in result.line) == (False, True)
        assert result.line.endswith("; `stockbell doctor` tells what is wrong")
        assert stored(world) == before


def new_browser(world: World) -> CheckoutBrowser:
    session = SessionFile(world.data / SESSION_FILE, site_url=world.store_url)
    return CheckoutBrowser(BrowserSettings(), session=session, data_dir=world.data)


async def test_who_signs_in_by_hand_is_waited_for_and_the_session_is_stored(tmp_path: Path) -> None:
    async with new_world(tmp_path) as world:
        world.data.mkdir(mode=0o700)
        browser = new_browser(world)
        context = await browser.context()
        signing_in = asyncio.create_task(wait_for_person(context, site_url=world.store_url))
        page = await context.wait_for_event("page")
        await page.fill("#username", world.store.account.email)
        assert not signing_in.done()
        await page.fill("#password", world.store.account.password)
        await page.click("#login")
        assert await signing_in
        assert await browser.store_session()
        await browser.close()
        assert (await check_session(load_settings(world.environ, env_file=None))).well


async def test_a_window_that_is_closed_ends_the_wait(tmp_path: Path) -> None:
    async with new_world(tmp_path) as world:
        world.data.mkdir(mode=0o700)
        browser = new_browser(world)
        context = await browser.context()
        signing_in = asyncio.create_task(wait_for_person(context, site_url=world.store_url))
        page = await context.wait_for_event("page")
        await page.wait_for_selector("#username")
        await page.close()
        assert not await signing_in
        await browser.close()


async def test_a_window_that_is_closed_before_it_shows_anything_ends_the_wait_too(tmp_path: Path) -> None:
    async with new_world(tmp_path) as world:
        world.data.mkdir(mode=0o700)
        world.store.faults.hang = True
        browser = new_browser(world)
        context = await browser.context()
        signing_in = asyncio.create_task(wait_for_person(context, site_url=world.store_url))
        page = await context.wait_for_event("page")
        await world.until_called("/login")
        await page.close()
        assert not await signing_in
        await browser.close()


async def test_a_screen_that_is_not_there_is_told_as_none(tmp_path: Path) -> None:
    async with new_world(tmp_path, DISPLAY=":4711", WAYLAND_DISPLAY="") as world:
        code, printed = await world.command("login")
        assert (code, "there is no screen here to sign in on" in printed, printed.count("\n")) == (1, True, 1)
        assert "login --import FILE" in printed
        assert list(world.data.iterdir()) == []


async def test_the_doctor_begins_the_browser_once(tmp_path: Path) -> None:
    async with new_world(tmp_path) as world:
        world.watch(TROVE.tcin)
        code, printed = await world.command("doctor")
        assert (code, "browser: well: " in printed, " starts, version " in printed) == (0, True, True)
        assert not (world.data / "browser.json").exists()
        assert (", without a sandbox of its own" in printed) == (os.geteuid() == 0)
        world.settings |= {"STOCKBELL_BROWSER__HEADLESS": "false", "DISPLAY": ":4711", "WAYLAND_DISPLAY": ""}
        code, printed = await world.command("doctor")
        assert (code, "browser: WRONG: there is no screen for the browser's window; leave out" in printed) == (1, True)
        del world.settings["STOCKBELL_BROWSER__HEADLESS"]
        broken = tmp_path / "chromium"
        broken.write_text("#!/bin/sh\nexit 3\n")
        broken.chmod(0o755)
        world.settings["STOCKBELL_BROWSER__EXECUTABLE"] = str(broken)
        code, printed = await world.command("doctor")
        assert (code, f"browser: WRONG: {broken}: the browser did not start" in printed) == (1, True)
