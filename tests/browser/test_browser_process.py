"""The browser of the checkout, as a process that starts, dies, hangs and grows."""

import asyncio
import gc
import os
import signal
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.async_api import async_playwright

from config.products import Tcin
from config.settings import BrowserSettings
from purchasing.checkout.browser import BrowserBounds
from purchasing.checkout.buyer.tabs import Tabs
from purchasing.checkout.process.chromium import Chromium, find_chromium
from purchasing.checkout.process.kernel import find_children, read_words
from purchasing.checkout.process.leftovers import RECORD_FILE
from purchasing.errors import BrowserLost
from tests.browser.browsers import SITE, new_browser, noted, read_record, until_gone, works

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]


# ---- dying, hanging, growing


@pytest.mark.guards("purchasing", "a browser that died is begun anew at the next use")
@pytest.mark.parametrize("which", ["driver", "Chromium"])
async def test_a_browser_that_was_killed_is_begun_anew_at_the_next_use(
    tmp_path: Path, which: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with new_browser(tmp_path) as browser:
        assert await works(browser)
        before = noted(tmp_path)
        os.kill(before[which].pid, signal.SIGKILL)
        await until_gone(before[which])
        assert await works(browser)
        assert browser.generation == 2
        await until_gone(*before.values())  # a killed process takes the kernel a moment
    gc.collect()
    assert [one.getMessage() for one in caplog.records if one.name == "asyncio"] == []  # of an error that nobody heard


@pytest.mark.guards("purchasing", "a browser that hangs is ended")
@pytest.mark.parametrize("which", ["driver", "Chromium"])
async def test_a_browser_that_hangs_is_ended_even_in_use(tmp_path: Path, which: str) -> None:
    async with new_browser(tmp_path) as browser:
        assert await works(browser)
        record = read_record(tmp_path)
        os.kill(noted(tmp_path)[which].pid, signal.SIGSTOP)
        with browser.in_use():
            await browser.look()
        await until_gone(*record.processes)
        assert record.profile is not None
        assert not os.path.exists(record.profile)  # noqa: ASYNC240, PTH110  a test waits for nothing else meanwhile
        assert await works(browser)


async def test_a_browser_that_hangs_is_found_by_who_watches_it(tmp_path: Path) -> None:
    bounds = BrowserBounds(answer=timedelta(seconds=2), look_every=timedelta(seconds=0.1))
    async with new_browser(tmp_path, bounds) as browser:
        watching = asyncio.create_task(browser.run())
        assert await works(browser)
        before = noted(tmp_path)
        os.kill(before["Chromium"].pid, signal.SIGSTOP)
        await until_gone(*before.values())
        assert not watching.done()
        watching.cancel()


@pytest.mark.guards("purchasing", "a browser that has grown or aged is renewed, and never while it is used")
@pytest.mark.parametrize(
    "bounds",
    [BrowserBounds(memory=1, grown_up=timedelta(0)), BrowserBounds(age=timedelta(0))],
    ids=["large", "old"],
)
async def test_a_browser_is_renewed_when_nothing_uses_it(tmp_path: Path, bounds: BrowserBounds) -> None:
    async with new_browser(tmp_path, bounds) as browser:
        async with browser.using() as context:
            page = await context.new_page()
            await browser.look()
            assert await page.evaluate("1 + 1") == 2
        before = noted(tmp_path)
        await browser.look()
        assert browser.generation == 2
        await until_gone(*before.values())
        assert await works(browser)


async def test_a_browser_that_is_large_from_its_start_is_not_renewed_over_and_over(tmp_path: Path) -> None:
    async with new_browser(tmp_path, BrowserBounds(memory=1)) as browser:
        assert await works(browser)
        await browser.look()
        assert browser.generation == 1


@pytest.mark.guards("purchasing", "a browser that answers and opens no tab is begun anew, and never while it is used")
async def test_a_browser_that_opens_no_tab_is_not_waited_for_and_begun_anew_when_nothing_uses_it(
    tmp_path: Path,
) -> None:
    async with new_browser(tmp_path) as browser:
        assert await works(browser)
        tabs = Tabs(browser, site_url=SITE)
        # All that shows pages comes of these.
        family = read_record(tmp_path).processes
        zygotes = [mark for mark in family if any("--type=zygote" in word for word in read_words(mark.pid))]
        assert zygotes
        for mark in zygotes:
            os.kill(mark.pid, signal.SIGSTOP)
        with browser.in_use():
            with pytest.raises(BrowserLost, match="opened no tab"):
                await tabs.take(Tcin("94734932"))
            await browser.look()
            await browser.context()
            assert browser.generation == 1
        await tabs.take(Tcin("94734932"))
        assert browser.generation == 2
        await until_gone(*zygotes)


async def test_a_browser_within_its_bounds_is_left_as_it_is(tmp_path: Path) -> None:
    async with new_browser(tmp_path) as browser:
        page = await (await browser.context()).new_page()
        for _ in range(3):
            await browser.look()
        assert (await page.evaluate("1 + 1"), browser.generation) == (2, 1)


@pytest.mark.guards("purchasing", "the browser ends within seconds, whatever hangs")
async def test_what_hangs_does_not_hold_up_the_end(tmp_path: Path) -> None:
    async with new_browser(tmp_path) as browser:
        assert await works(browser)
        everything = read_record(tmp_path).processes
        driver = noted(tmp_path)["driver"]
        for mark in noted(tmp_path).values():
            os.kill(mark.pid, signal.SIGSTOP)
        async with asyncio.timeout(15):
            await browser.close()
        assert driver.pid not in find_children(os.getpid())  # not even as one whose end nobody has taken note of
        await until_gone(*everything)
        assert not (tmp_path / RECORD_FILE).exists()
        with pytest.raises(BrowserLost, match="the service ends"):
            await browser.context()


@pytest.mark.guards("purchasing", "the browser ends within seconds, whatever hangs")
async def test_an_end_that_is_cut_short_while_the_session_is_stored_leaves_no_process(tmp_path: Path) -> None:
    async with new_browser(tmp_path) as browser:
        assert await works(browser)
        browser.note_account(signed_in=True)
        everything = read_record(tmp_path).processes
        os.kill(noted(tmp_path)["driver"].pid, signal.SIGSTOP)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.5):
                await browser.close()
        await until_gone(*everything)


# ---- a start


@pytest.mark.guards("purchasing", "the browser is an honest one, in its sandbox wherever that can be")
async def test_the_browser_hides_nothing_and_is_in_its_sandbox_wherever_that_can_be(tmp_path: Path) -> None:
    async with new_browser(tmp_path) as browser:
        page = await (await browser.context()).new_page()
        words = read_words(noted(tmp_path)["Chromium"].pid)
        assert ("--no-sandbox" in words) == (os.geteuid() == 0)
        assert await page.evaluate("navigator.webdriver") is True
        assert "HeadlessChrome" in await page.evaluate("navigator.userAgent")


@pytest.mark.guards("purchasing", "the browser is an honest one, in its sandbox wherever that can be")
async def test_where_no_sandbox_can_be_had_it_is_begun_without_one(tmp_path: Path) -> None:
    async with async_playwright() as playwright:
        real, refusing = find_chromium(BrowserSettings()) or playwright.chromium.executable_path, tmp_path / "chromium"
    refusing.write_text(
        f"""#!/bin/sh
case " $* " in *" --no-sandbox "*) exec {real} "$@" ;; esac
echo "No usable sandbox! If you are running on Ubuntu 23.10+" >&2
exit 1
"""
    )
    refusing.chmod(0o755)
    chromium = Chromium(BrowserSettings(executable=refusing), on_family=lambda _: None, is_root=False)
    try:
        await chromium.begin()
        assert (chromium.lives, chromium.is_sandboxed) == (True, False)
    finally:
        await chromium.end(within=timedelta(seconds=3))


@pytest.mark.guards("purchasing", "a driver whose start is cut short is ended all the same")
@pytest.mark.parametrize("start", [0.001, 0.1, 0.3])
async def test_a_driver_whose_start_is_cut_short_is_ended(tmp_path: Path, start: float) -> None:
    before = find_children(os.getpid())
    async with new_browser(tmp_path, BrowserBounds(start=timedelta(seconds=start))) as browser:
        with pytest.raises(BrowserLost, match="did not start"):
            await browser.context()
    async with asyncio.timeout(10):
        while not find_children(os.getpid()) <= before:  # noqa: ASYNC110  the kernel takes a moment, and tells nobody
            await asyncio.sleep(0.05)
    gc.collect()  # what was left open is complained of here, and fails this test instead of another


@pytest.mark.guards("purchasing", "nothing of the browser's library gets out of it")
@pytest.mark.parametrize("content", [None, "#!/bin/sh\nexit 3\n", "#!/bin/sh\nexec sleep 1000\n"])
async def test_a_browser_that_does_not_start_says_so(tmp_path: Path, content: str | None) -> None:
    executable = tmp_path / "chromium"
    if content is not None:
        executable.write_text(content)
        executable.chmod(0o755)
    before = find_children(os.getpid())
    bounds = BrowserBounds(start=timedelta(seconds=3), first_pause=timedelta(hours=1), longest_pause=timedelta(hours=1))
    async with new_browser(tmp_path, bounds, BrowserSettings(executable=executable)) as browser:
        for _ in range(2):
            with pytest.raises(BrowserLost, match="did not start"):
                await browser.context()
        with pytest.raises(BrowserLost, match="failed 2 times in a row"):
            await browser.context()
        assert find_children(os.getpid()) <= before
        assert not (tmp_path / RECORD_FILE).exists()


async def test_a_short_pause_between_two_starts_is_waited_out(tmp_path: Path) -> None:
    async with new_browser(tmp_path, BrowserBounds(first_pause=timedelta(seconds=1))) as browser:
        for _ in range(2):
            assert await works(browser)
            chromium = noted(tmp_path)["Chromium"]
            os.kill(chromium.pid, signal.SIGKILL)
            await until_gone(chromium)
        assert await works(browser)


async def test_a_cancelled_wait_leaves_the_start_to_who_comes_next(tmp_path: Path) -> None:
    async with new_browser(tmp_path) as browser:
        waiting = asyncio.create_task(browser.context())
        await asyncio.sleep(0)
        waiting.cancel()
        contexts = await asyncio.gather(browser.context(), browser.context())
        assert contexts[0] is contexts[1]
        assert browser.generation == 1
