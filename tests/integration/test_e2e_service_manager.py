"""The real process under a service manager: its words over a datagram socket, as systemd hears them."""

import asyncio
import socket
from pathlib import Path

import pytest

from tests.world import TROVE, new_world


@pytest.mark.guards("bot", "the service manager hears of the start, of life and of the end")
async def test_the_service_manager_hears_ready_after_the_start_then_signs_of_life_and_the_end(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as heard:
        heard.bind(str(tmp_path / "notify"))
        heard.settimeout(0)
        loop = asyncio.get_running_loop()

        async def until(word: bytes) -> None:
            async with asyncio.timeout(45):
                while await loop.sock_recv(heard, 100) != word:
                    pass

        settings = {"NOTIFY_SOCKET": heard.getsockname(), "WATCHDOG_USEC": "300000"}
        async with new_world(tmp_path, **settings) as world:
            world.watch(TROVE.tcin)
            await world.start()
            assert await loop.sock_recv(heard, 100) == b"READY=1"
            assert world.rows("SELECT kind FROM journal WHERE seq = 1") == [("service_started",)]
            for _ in range(3):
                await until(b"WATCHDOG=1")
            stopping = asyncio.create_task(world.stop())
            await until(b"STOPPING=1")
            assert await stopping == 0
