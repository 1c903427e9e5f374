"""What the service manager is told, over a real socket as systemd listens on one."""

import asyncio
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.service_manager import ServiceManager


@pytest.fixture
def heard(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(tmp_path / "notify"))
        listening.settimeout(0)
        yield listening


async def word(heard: socket.socket) -> str:
    async with asyncio.timeout(10):
        return (await asyncio.get_running_loop().sock_recv(heard, 100)).decode()


def words_so_far(heard: socket.socket) -> list[str]:
    words = []
    while True:
        try:
            words.append(heard.recv(100).decode())
        except BlockingIOError:
            return words


def environ(heard: socket.socket, **more: str) -> dict[str, str]:
    return {"NOTIFY_SOCKET": heard.getsockname(), **more}


async def test_it_says_that_it_is_ready_then_that_it_lives_again_and_again_and_at_last_that_it_ends(
    heard: socket.socket,
) -> None:
    ending = asyncio.Event()
    manager = ServiceManager(environ(heard, WATCHDOG_USEC="30000", WATCHDOG_PID="7"), pid=7)
    running = asyncio.create_task(manager.run(lives=lambda: True, ending=ending))
    assert [await word(heard) for _ in range(4)] == ["READY=1", "WATCHDOG=1", "WATCHDOG=1", "WATCHDOG=1"]
    ending.set()
    await running
    assert [one for one in words_so_far(heard) if one != "WATCHDOG=1"] == ["STOPPING=1"]


@pytest.mark.guards("bot", "the watchdog gets no sign of life while no cycles come")
async def test_it_gives_no_sign_of_life_while_no_cycles_come_and_gives_them_again_after_that(
    heard: socket.socket, caplog: pytest.LogCaptureFixture
) -> None:
    ending, asked, lives = asyncio.Event(), asyncio.Queue[None](), False

    def is_alive() -> bool:
        asked.put_nowait(None)
        return lives

    manager = ServiceManager(environ(heard, WATCHDOG_USEC="3000"))
    running = asyncio.create_task(manager.run(lives=is_alive, ending=ending))
    for _ in range(5):
        await asked.get()
    assert words_so_far(heard) == ["READY=1"]
    assert [record.message for record in caplog.records] == ["service_manager.no_sign_of_life"]
    lives = True
    assert await word(heard) == "WATCHDOG=1"
    ending.set()
    await running


@pytest.mark.parametrize("asked", [{}, {"WATCHDOG_USEC": "3", "WATCHDOG_PID": "8"}, {"WATCHDOG_USEC": "0"}])
async def test_signs_of_life_that_nobody_waits_for_are_not_given(heard: socket.socket, asked: dict[str, str]) -> None:
    ending = asyncio.Event()
    manager = ServiceManager(environ(heard, **asked), pid=7)
    running = asyncio.create_task(manager.run(lives=lambda: True, ending=ending))
    assert await word(heard) == "READY=1"
    for _ in range(100):  # turns of the loop, in which a sign would have been given
        await asyncio.sleep(0)
    ending.set()
    await running
    assert words_so_far(heard) == ["STOPPING=1"]


async def test_a_name_that_the_kernel_keeps_is_understood() -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind("\0stockbell-test-of-notify")
        listening.settimeout(0)
        ending = asyncio.Event()
        ending.set()
        await ServiceManager({"NOTIFY_SOCKET": "@stockbell-test-of-notify"}).run(lives=lambda: True, ending=ending)
        assert words_so_far(listening) == ["READY=1", "STOPPING=1"]


@pytest.mark.parametrize("address", [None, "/nowhere/notify"])
async def test_without_a_service_manager_nothing_happens(address: str | None, caplog: pytest.LogCaptureFixture) -> None:
    ending = asyncio.Event()
    ending.set()
    environ = {} if address is None else {"NOTIFY_SOCKET": address}
    await ServiceManager(environ).run(lives=lambda: True, ending=ending)
    assert {record.message for record in caplog.records} == (
        set() if address is None else {"service_manager.not_reached"}
    )
