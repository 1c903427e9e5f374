"""The real shop client against servers that no shop would be: endless, huge, cut short, or hostile."""

import asyncio
import gzip
import tracemalloc
from datetime import timedelta

import pytest
from pydantic import SecretStr

from config.settings import TargetSettings
from monitor.model import ShopAnswer, Trouble
from monitor.target.client import RedskyShop
from tests.builders import A, chance, pack_spaces, tcins
from tests.fakes import FakeClock
from tests.raw_server import Speak, raw_server
from tests.world import LONG

OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
LIMIT = 100_000


async def ask(speak: Speak, *, timeout_s: float = 5, keys: tuple[SecretStr, ...] = (SecretStr("k"),)) -> ShopAnswer:
    async with raw_server(speak) as url:
        target = TargetSettings(api_url=url, site_url=url, api_keys=keys, timeout_s=timeout_s)
        async with RedskyShop(
            target, now=FakeClock().now, rng=chance(), pause=timedelta(0), largest_answer=LIMIT
        ) as shop:
            return await shop.ask([A])


def kinds(answer: ShopAnswer) -> list[Trouble]:
    assert not answer.readings[A].is_certain
    return [one.trouble for one in answer.troubles]


@pytest.mark.guards("monitor", "an answer has its bound of time")
async def test_a_server_that_drips_does_not_outlast_the_time_limit() -> None:
    drips = 0

    async def drip(writer: asyncio.StreamWriter) -> None:
        nonlocal drips
        writer.write(OK + b"Content-Length: 1000\r\n\r\n")
        for _ in range(1000):
            writer.write(b" ")
            await writer.drain()
            drips += 1
            await asyncio.sleep(0.05)

    answer = await ask(drip, timeout_s=0.3)
    assert kinds(answer) == [Trouble.PASSING]
    assert drips < 1000


async def test_a_server_that_drips_its_headers_does_not_either() -> None:
    async def drip(writer: asyncio.StreamWriter) -> None:
        writer.write(OK)
        while True:
            writer.write(b"X-More: of this\r\n")
            await writer.drain()
            await asyncio.sleep(0.05)

    assert kinds(await ask(drip, timeout_s=0.3)) == [Trouble.PASSING]


@pytest.mark.guards("monitor", "an answer has its bound of size")
async def test_an_answer_that_is_too_large_is_not_read_to_its_end() -> None:
    sent = 0

    async def pour(writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        writer.write(OK + b"\r\n")
        for _ in range(100_000):
            writer.write(b" " * 1000)
            await writer.drain()
            sent += 1

    answer = await ask(pour)
    assert kinds(answer) == [Trouble.UNREADABLE]
    assert str(LIMIT) in answer.troubles[0].message
    assert sent < 100_000


async def test_an_answer_that_is_too_large_only_when_unpacked_is_refused() -> None:
    async def send_packed(writer: asyncio.StreamWriter) -> None:
        packed = gzip.compress(b" " * 100 * LIMIT)
        assert len(packed) < LIMIT
        writer.write(OK + b"Content-Encoding: gzip\r\n\r\n" + packed)

    answer = await ask(send_packed)
    assert kinds(answer) == [Trouble.UNREADABLE]
    assert str(LIMIT) in answer.troubles[0].message


@pytest.mark.parametrize("coding", [b"gzip, gzip", b"gzip\r\nContent-Encoding: gzip", b"deflate", b"br"])
async def test_an_answer_that_is_packed_as_nobody_asked_for_is_not_read(coding: bytes) -> None:
    async def send_packed(writer: asyncio.StreamWriter) -> None:
        writer.write(OK + b"Content-Encoding: " + coding + b"\r\n\r\n" + gzip.compress(gzip.compress(b"{}")))

    answer = await ask(send_packed)
    assert kinds(answer) == [Trouble.UNREADABLE]
    assert "packed as" in answer.troubles[0].message


@pytest.mark.guards("monitor", "many huge answers at once don't fill the memory")
@pytest.mark.parametrize(
    "packed",
    [pack_spaces(64 * 2**20), gzip.compress(b'{"a":[' + b"[]," * (2**21) + b"[]]}")],
    ids=["spaces", "lists"],
)
async def test_many_huge_answers_at_once_do_not_fill_the_memory(packed: bytes) -> None:
    async def send_packed(writer: asyncio.StreamWriter) -> None:
        writer.write(OK + b"Content-Encoding: gzip\r\nConnection: close\r\n\r\n" + packed)

    async with raw_server(send_packed) as url:
        target = TargetSettings(api_url=url, site_url=url, api_keys=(SecretStr("k"),), timeout_s=60)
        async with RedskyShop(target, now=FakeClock().now, rng=chance(), pause=timedelta(0)) as shop:
            tracemalloc.start()
            try:
                answer = await shop.ask(tcins(448))
                _, most = tracemalloc.get_traced_memory()
            finally:
                tracemalloc.stop()
    assert {one.trouble for one in answer.troubles} == {Trouble.UNREADABLE}
    assert most < 60 * 2**20


async def test_a_page_and_what_leads_to_it_are_bounded_too() -> None:
    sent = 0

    async def lead_on(writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        sent += 1
        status = b"HTTP/1.1 301 X\r\nLocation: /p\r\n" if sent < 3 else b"HTTP/1.1 200 OK\r\n"
        writer.write(status + b"Content-Encoding: gzip\r\nConnection: close\r\n\r\n" + pack_spaces(17 * 2**20))

    tracemalloc.start()
    try:
        answer = await ask(lead_on, keys=(), timeout_s=60)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kinds(answer) == [Trouble.UNREADABLE]
    assert str(16 * 2**20) in answer.troubles[0].message
    assert most < 60 * 2**20


async def test_a_page_that_leads_in_circles_is_left() -> None:
    asked = 0

    async def lead_on(writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        asked += 1
        writer.write(b"HTTP/1.1 301 X\r\nLocation: /p\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")

    assert kinds(await ask(lead_on, keys=()))
    assert asked < 20


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (b"", Trouble.PASSING),
        (b"SSH-2.0-OpenSSH_9.2\r\n", Trouble.PASSING),
        (OK + b'Content-Length: 100\r\n\r\n{"data"', Trouble.PASSING),
        (OK + b"Content-Encoding: gzip\r\nContent-Length: 5\r\n\r\nplain", Trouble.UNREADABLE),
        (OK + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(b"{}", mtime=0)[:-4], Trouble.PASSING),
        (OK + b"Content-Length: 100000\r\n\r\n" + b"[" * 100_000, Trouble.UNREADABLE),
        (OK + b"Content-Length: 4\r\n\r\nnull", Trouble.UNREADABLE),
        (OK + b"Content-Length: 0\r\n\r\n", Trouble.UNREADABLE),
        (b"HTTP/1.1 302 Found\r\nLocation: /challenge\r\nContent-Length: 0\r\n\r\n", Trouble.UNREADABLE),
        (b"HTTP/1.1 429 X\r\nRetry-After: \xff\r\nContent-Length: 0\r\n\r\n", Trouble.THROTTLED),
    ],
)
async def test_nothing_that_a_server_says_raises(answer: bytes, kind: Trouble) -> None:
    async def say(writer: asyncio.StreamWriter) -> None:
        writer.write(answer)

    assert kinds(await ask(say)) == [kind]


@pytest.mark.parametrize("location", [b"/p/-/A-10000001", b"http://[", b"gopher://x/", b"http://127.0.0.1:9/"])
async def test_a_page_that_leads_nowhere_raises_nothing(location: bytes) -> None:
    async def lead_on(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 301 X\r\nLocation: " + location + b"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")

    assert kinds(await ask(lead_on, keys=()))


@pytest.mark.parametrize("url", ["http://127.0.0.1:9", "http://\u2603\u200d.invalid", f"http://{'a' * 70}.invalid"])
async def test_an_address_that_leads_nowhere_raises_nothing(url: str) -> None:
    target = TargetSettings(api_url=url, site_url=url, api_keys=(SecretStr("k"),))
    async with RedskyShop(target, now=FakeClock().now, rng=chance(), pause=timedelta(0)) as shop:
        assert kinds(await shop.ask([A]))


async def test_a_page_without_a_key_means_that_there_is_none() -> None:
    async def show(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\n<html>")

    assert kinds(await ask(show, keys=())) == [Trouble.KEY_REFUSED]


async def test_an_asking_that_is_cancelled_ends() -> None:
    asked = asyncio.Event()

    async def hang(_: asyncio.StreamWriter) -> None:
        asked.set()
        await asyncio.Event().wait()

    asking = asyncio.create_task(ask(hang, timeout_s=60))
    await asked.wait()
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(asking, timeout=LONG)
