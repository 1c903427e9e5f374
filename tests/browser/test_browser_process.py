"""The browser of the checkout, as a process that dies, hangs, grows and is left behind."""

import asyncio
import gc
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from playwright.async_api import async_playwright

from config.products import Tcin
from config.settings import BrowserSettings
from purchasing.checkout.browser import BrowserBounds, CheckoutBrowser
from purchasing.checkout.buyer.tabs import Tabs
from purchasing.checkout.process.chromium import Chromium, find_chromium
from purchasing.checkout.process.kernel import Mark, find_children, is_running, read_boot, read_process, read_words
from purchasing.checkout.process.leftovers import RECORD_FILE, Record, RecordFile
from purchasing.checkout.session import SESSION_FILE, SessionFile
from purchasing.errors import BrowserLost
from tests.world import ROOT

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

SITE = "http://127.0.0.1:9"
QUICK = BrowserBounds(answer=timedelta(seconds=2), at_once=timedelta(0))


def new_session(folder: Path) -> SessionFile:
    return SessionFile(folder / SESSION_FILE, site_url=SITE)


@asynccontextmanager
async def new_browser(
    folder: Path, bounds: BrowserBounds = QUICK, settings: BrowserSettings | None = None
) -> AsyncIterator[CheckoutBrowser]:
    browser = CheckoutBrowser(
        settings or BrowserSettings(), session=new_session(folder), data_dir=folder, bounds=bounds
    )
    try:
        yield browser
    finally:
        await browser.close()


def read_record(folder: Path) -> Record:
    return msgspec.json.decode((folder / RECORD_FILE).read_bytes(), type=Record)


def noted(folder: Path, owner: int | None = None) -> dict[str, Mark]:
    """The driver and Chromium, as they are noted."""
    record = read_record(folder)
    driver = next(mark for mark in record.processes if mark.pid in find_children(owner or os.getpid()))
    chromium = next(mark for mark in record.processes if mark.pid in find_children(driver.pid))
    return {"driver": driver, "Chromium": chromium}


async def until_gone(*marks: Mark) -> None:
    async with asyncio.timeout(30):
        while any(map(is_running, marks)):  # noqa: ASYNC110  processes tell nobody of their end
            await asyncio.sleep(0.05)


async def works(browser: CheckoutBrowser) -> bool:
    async with browser.using() as context:
        page = await context.new_page()
        return bool(await page.evaluate("1 + 1") == 2)


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
    assert find_children(os.getpid()) <= before
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


# ---- what a crash leaves


@contextmanager
def service_like(folder: Path) -> Iterator["subprocess.Popen[str]"]:
    command = [sys.executable, "-m", "tests.browser.service_like", str(folder)]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            yield process
        finally:
            process.kill()


@pytest.mark.guards("purchasing", "what a crash left running is ended at the next start")
@pytest.mark.parametrize("stopped", [(), ("driver",), ("driver", "Chromium")])
async def test_what_a_killed_service_left_is_ended_at_the_next_start(tmp_path: Path, stopped: tuple[str, ...]) -> None:
    with service_like(tmp_path) as process:
        left = noted(tmp_path, process.pid)
        record = read_record(tmp_path)
        for which in stopped:
            os.kill(left[which].pid, signal.SIGSTOP)
        process.kill()
        process.wait()
    if stopped:
        assert is_running(left["driver"])
    unfinished = tmp_path / f".{SESSION_FILE}.a1b2c3d4"
    unfinished.touch()
    os.utime(unfinished, (1, 1))
    async with new_browser(tmp_path) as browser:
        assert await works(browser)
        await until_gone(*record.processes)
        assert not unfinished.exists()
        assert record.profile is not None
        assert not os.path.exists(record.profile)  # noqa: ASYNC240, PTH110  a test waits for nothing else meanwhile


@pytest.mark.guards("purchasing", "a terminal's Ctrl-C does not reach the browser")
async def test_signals_of_the_terminal_do_not_reach_the_browser(tmp_path: Path) -> None:
    with service_like(tmp_path) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        before = noted(tmp_path, process.pid)
        for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            os.killpg(process.pid, name)
            print("works?", file=process.stdin, flush=True)
            assert process.stdout.readline() == "2\n"
        assert all(map(is_running, before.values()))
        process.stdin.close()
        assert process.wait(30) == 0
        await until_gone(*before.values())


@contextmanager
def somebody() -> Iterator[Mark]:
    """A process that has nothing to do with any browser, and its child."""
    with subprocess.Popen(["/bin/sh", "-c", "sleep 1000 & wait"]) as process:
        try:
            while not find_children(process.pid):
                pass
            known = read_process(process.pid)
            assert known is not None
            yield known.mark
        finally:
            for pid in (*find_children(process.pid), process.pid):
                os.kill(pid, signal.SIGKILL)


def note(folder: Path, *processes: Mark, owner: Mark | None = None, boot: str | None = None) -> None:
    record = Record(
        boot=read_boot() if boot is None else boot,
        owner=owner or Mark(pid=os.getpid(), started=1),
        processes=processes,
        profile=str(folder),
    )
    (folder / RECORD_FILE).write_bytes(msgspec.json.encode(record))


@pytest.mark.guards("purchasing", "nobody else's process is ever ended")
def test_a_process_that_has_the_number_alone_is_left_alone(tmp_path: Path) -> None:
    with somebody() as mark:
        note(tmp_path, Mark(pid=mark.pid, started=mark.started - 1))
        RecordFile(tmp_path / RECORD_FILE).end_leftovers()
        assert is_running(mark)
        assert not (tmp_path / RECORD_FILE).exists()


@pytest.mark.guards("purchasing", "nobody else's process is ever ended")
def test_what_another_run_of_the_machine_or_one_that_lives_noted_is_left_alone(tmp_path: Path) -> None:
    with somebody() as mark, somebody() as other:
        for owner, boot in ((None, "another"), (other, None)):
            note(tmp_path, mark, owner=owner, boot=boot)
            RecordFile(tmp_path / RECORD_FILE).end_leftovers()
            assert is_running(mark)
        assert (tmp_path / RECORD_FILE).exists()


def test_what_is_noted_is_ended_with_its_children_and_no_folder_but_a_profile_is_removed(tmp_path: Path) -> None:
    with somebody() as mark:
        (child,) = find_children(mark.pid)
        note(tmp_path, mark)
        RecordFile(tmp_path / RECORD_FILE).end_leftovers()
        while is_running(mark) or read_process(child):
            pass
    assert tmp_path.exists()


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"boot": 1}', b'{"processes": [{"pid": "x"}]}', b"\xff"])
def test_a_note_that_can_t_be_read_ends_nothing(tmp_path: Path, content: bytes) -> None:
    (tmp_path / RECORD_FILE).write_bytes(content)
    RecordFile(tmp_path / RECORD_FILE).end_leftovers()


# ---- the session


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
