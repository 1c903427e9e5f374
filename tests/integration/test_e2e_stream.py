"""The stream and the way to the page, with the service as a real process."""

import asyncio
import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from types import MappingProxyType

import httpx
import pytest

from sandbox.chat import Person
from tests.integration.visit import TOKEN, Line, Listener
from tests.world import ADA, TROVE, World, new_world

VERA = Person(id=3001, first_name="Vera", started=True)


async def listen(world: World, lines: AsyncExitStack, **headers: str) -> Listener:
    reader, writer = await asyncio.open_connection("127.0.0.1", world.port)
    lines.callback(writer.close)
    words = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    writer.write(f"GET /api/stream?after=0 HTTP/1.0\r\nHost: localhost\r\n{words}\r\n".encode())
    return Listener(Line(reader, writer), await reader.readuntil(b"\r\n\r\n"))


@pytest.mark.guards("bot", "an end waits for nobody who reads the stream")
async def test_fifty_open_streams_do_not_hold_up_an_end(tmp_path: Path) -> None:
    async with new_world(tmp_path) as world, AsyncExitStack() as lines:
        world.watch(TROVE.tcin)
        await world.start()
        await world.status()
        listeners = [await listen(world, lines) for _ in range(50)]
        await asyncio.gather(*(listener.take() for listener in listeners))
        loop = asyncio.get_running_loop()
        began = loop.time()
        assert await world.stop() == 0
        assert loop.time() - began < 5
        log = world.log.read_text()
        assert [word for word in ("Traceback", "exceeded", "CancelledError") if word in log] == []
        await asyncio.gather(*(listener.until_ended() for listener in listeners))


async def test_a_stream_goes_on_over_a_restart_where_it_was(tmp_path: Path) -> None:
    async with new_world(tmp_path) as world, AsyncExitStack() as lines:
        world.watch(TROVE.tcin)
        await world.start()
        await world.until_status(lambda status: status["cycle_id"] >= 2)
        first = await listen(world, lines)
        await first.take()
        await world.stop()
        await first.until_ended()
        await world.start()
        await world.status()
        second = await listen(world, lines, **{"Last-Event-ID": str(first.ids[-1])})
        while len(second.heard) < 5:
            await second.take()
        ids = [*first.ids, *second.ids]
        assert ids == list(range(1, len(ids) + 1))
        assert json.loads(second.heard[0].data)["seq"] == second.ids[0]


@asynccontextmanager
async def with_a_viewer(folder: Path, settings: Mapping[str, str] = MappingProxyType({})) -> AsyncGenerator[World]:
    async with new_world(folder, people=(ADA, VERA), STOCKBELL_TELEGRAM__VIEWERS=f"[{VERA.id}]") as world:
        world.settings |= settings
        world.watch(TROVE.tcin)
        await world.start()
        yield world


@pytest.mark.guards("bot", "a revoke signs all browsers of a person out at once, and ends what they read")
async def test_from_the_chat_into_the_page_and_out_again(tmp_path: Path) -> None:
    async with with_a_viewer(tmp_path, {"STOCKBELL_HTTP__TOKEN": TOKEN}) as world, AsyncExitStack() as lines:
        told = (await world.ask("/web", "press Sign in", person=VERA.id)).text
        link = told.partition("open ")[2].partition(" ")[0]
        assert link.startswith(f"http://127.0.0.1:{world.port}/sign-in/")
        async with httpx.AsyncClient(trust_env=False) as browser:
            assert "Sign in" in (await browser.get(link)).text
            assert (await browser.post(link)).status_code == 200
            status = f"http://127.0.0.1:{world.port}/api/status"
            assert (await browser.get(status)).status_code == 200
            cookie = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
            listener = await listen(world, lines, Cookie=cookie)
            await world.ask(f"/revoke {VERA.id}", "Signed out of the page: 1 browser.", "stays viewer")
            await listener.until_ended()
            assert (await browser.get(status)).status_code == 401
        assert link.rpartition("/")[2] not in world.log.read_text() + (world.data / "audit.jsonl").read_text()


async def test_where_nobody_needs_to_sign_in_the_address_is_told(tmp_path: Path) -> None:
    async with with_a_viewer(tmp_path) as world:
        told = (await world.ask("/web", "The live page", person=VERA.id)).text
        assert f"http://127.0.0.1:{world.port}/" in told
        assert "nobody needs to sign in there" in told


async def test_where_nobody_can_know_the_address_it_is_told_how_to_set_it(tmp_path: Path) -> None:
    async with with_a_viewer(tmp_path, {"STOCKBELL_HTTP__TOKEN": TOKEN, "STOCKBELL_HTTP__HOST": "0.0.0.0"}) as world:
        await world.ask("/web", "set STOCKBELL_HTTP__PUBLIC_URL", person=VERA.id)
