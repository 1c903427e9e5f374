"""The window of `stockbell login` on a screen, with a person's keys: in `make torture`, as it needs Xvfb and xdotool.

What leads there and what becomes of it is tried without a window, in `make test` (test_login.py).
"""

import asyncio
import json
import os
import signal
import stat
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from purchasing.checkout.process.kernel import find_children, is_running, read_process
from tests.programs import program
from tests.world import TROVE, World, new_world

pytestmark = [pytest.mark.torture, pytest.mark.browser, pytest.mark.timeout(600)]

#: That of many a laptop.
WIDTH, HEIGHT = 1366, 768
TITLE = "^Sign in : Practice store"
#: A window, a screen and a service on a busy machine; only a test that fails waits so long.
PATIENCE_S = 150
#: From the page's beginning over its links to the first field.
TO_FIRST_FIELD = 5


@contextmanager
def open_screen() -> Iterator[str]:
    """A screen that nobody sees; its name."""
    read, write = os.pipe()
    size = f"{WIDTH}x{HEIGHT}x24"
    command = (program("Xvfb", package="xvfb"), "-displayfd", str(write), "-screen", "0", size, "-nolisten", "tcp")
    pid = os.posix_spawn(command[0], command, os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, write, write)])
    os.close(write)
    try:
        with os.fdopen(read) as numbers:
            yield f":{numbers.readline().strip()}"
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


@dataclass
class Window:
    """The window of a `stockbell login` that runs, and a person's hands at it."""

    display: str

    async def press(self, *keys: str) -> None:
        await self._do("key", *keys)

    async def type(self, text: str) -> None:
        await self._do("type", "--delay", "20", text)

    async def click(self, x: int, y: int) -> None:
        await self._do("mousemove", str(x), str(y), "click", "1")

    async def size(self) -> dict[str, int]:
        told = await self._do("search", "--onlyvisible", "--name", TITLE, "getwindowgeometry", "--shell", "%1")
        pairs = (line.split("=") for line in told.splitlines() if "=" in line)
        return {name: int(value) for name, value in pairs}

    async def until_shown(self) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not await self._do("search", "--onlyvisible", "--name", TITLE):  # noqa: ASYNC110  a window tells nobody
                await asyncio.sleep(0.1)

    async def sign_in(self, world: World) -> None:
        """Again until the shop was told: keys that come before the form is there are lost."""
        async with asyncio.timeout(PATIENCE_S):
            while not any(call.path == "/practice/sign-in" for call in world.store.calls):
                await self.press("F5")
                await self.until_shown()
                await self._type_into_form(world)
                await asyncio.sleep(1)

    async def _type_into_form(self, world: World) -> None:
        await self.click(20, HEIGHT - 60)
        await self.press(*["Tab"] * TO_FIRST_FIELD)
        await self.type(world.store.account.email)
        await self.press("Tab")
        await self.type(world.store.account.password)
        await self.press("Return")

    async def _do(self, *words: str) -> str:
        done = await asyncio.create_subprocess_exec(
            program("xdotool", package="xdotool"),
            *words,
            env={**os.environ, "DISPLAY": self.display},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        return (await done.communicate())[0].decode()


@pytest.fixture
def window() -> Iterator[Window]:
    with open_screen() as display:
        yield Window(display)


@pytest.fixture
async def world(tmp_path: Path, window: Window) -> AsyncIterator[World]:
    async with new_world(tmp_path, DISPLAY=window.display, WAYLAND_DISPLAY="") as world:
        yield world


async def test_who_signs_in_in_the_window_beside_a_running_service_is_stored(world: World, window: Window) -> None:
    world.watch(TROVE.tcin)
    await world.start()
    await world.status()
    signing_in = asyncio.create_task(world.command("login"))
    await window.until_shown()
    size = await window.size()
    assert (size["WIDTH"] <= WIDTH, size["HEIGHT"] <= HEIGHT) == (True, True), size
    # Meanwhile the service has stored a session from before as renewed.
    file = world.data / "session.json"
    file.write_text(json.dumps(world.store.account.storage_state(world.store_url)))
    world.store.account.sign_out()
    await window.sign_in(world)
    code, printed = await signing_in
    assert (code, printed.splitlines()) == (
        0,
        [
            "a window opens: sign in there, and it closes by itself",
            f"you are signed in; the session is stored in {file}",
        ],
    )
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert await world.command("login", "--check") == (0, "you are signed in\n")
    assert await world.stop() == 0


async def test_a_window_that_is_closed_changes_nothing(world: World, window: Window) -> None:
    signing_in = asyncio.create_task(world.command("login"))
    await window.until_shown()
    await window.press("ctrl+shift+w")
    code, printed = await signing_in
    assert (code, printed.splitlines()[1:]) == (1, ["the window was closed before anybody had signed in"])
    assert list(world.data.iterdir()) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
async def test_with_its_command_the_window_goes_too(world: World, window: Window, number: signal.Signals) -> None:
    await world.start("bot", "login")
    assert world.process is not None
    await window.until_shown()
    drivers = [read_process(pid) for pid in find_children(world.process.pid)]
    browsers = [read_process(pid) for one in drivers if one for pid in find_children(one.mark.pid)]
    world.process.send_signal(number)
    async with asyncio.timeout(PATIENCE_S):
        code = await world.process.wait()
    assert (code == 1, "nothing was changed" in world.tail()) == (number is signal.SIGINT,) * 2
    assert browsers
    async with asyncio.timeout(PATIENCE_S):
        while any(is_running(one.mark) for one in (*drivers, *browsers) if one):  # noqa: ASYNC110  as above
            await asyncio.sleep(0.1)
    assert list(world.data.iterdir()) == []
