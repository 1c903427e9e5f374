"""The session with the shop on real sockets: how many connections, how long they stay open, and what goes over them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from pydantic import SecretStr

from config.settings import TargetSettings
from monitor.target.client import RedskyShop
from tests.builders import A, chance, tcins
from tests.fakes import FakeClock

MOST_AT_ONCE = 16
#: More calls than may be under way at once.
MANY = tcins(28 * (MOST_AT_ONCE + 2))
ANSWER = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nSet-Cookie: visitor=7; Path=/\r\nContent-Length: 12\r\n\r\n"
    b'{"data": {}}'
)


class Counter:
    """A shop that keeps its connections open and counts them; it answers once so many calls wait at the same time."""

    def __init__(self, *, waits_for: int = 1) -> None:
        self.connections = 0
        self.most_at_once = 0
        self.heads: list[str] = []
        self.answer = ANSWER
        #: Once for each connection that was hung up.
        self.ended = asyncio.Semaphore(0)
        self._under_way = 0
        self._waits_for = waits_for
        self._enough = asyncio.Event()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while True:
                self.heads.append((await reader.readuntil(b"\r\n\r\n")).decode())
                await self._count()
                writer.write(self.answer)
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()
            self.ended.release()

    async def _count(self) -> None:
        self._under_way += 1
        self.most_at_once = max(self.most_at_once, self._under_way)
        if self._under_way >= self._waits_for:
            self._enough.set()
        await self._enough.wait()
        await asyncio.sleep(0.05)  # one call too many would come now
        self._under_way -= 1

    def cookies(self) -> list[str]:
        lines = (line for head in self.heads for line in head.split("\r\n"))
        return [line for line in lines if line.lower().startswith("cookie:")]

    def keys(self) -> list[list[str]]:
        return [parse_qs(urlsplit(head.split(" ")[1]).query)["key"] for head in self.heads]


@asynccontextmanager
async def asking(counter: Counter, *, key: str = "k") -> AsyncIterator[RedskyShop]:
    listening = await asyncio.start_server(counter.serve, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    target = TargetSettings(api_url=url, site_url=url, api_keys=(SecretStr(key),))
    async with listening:
        async with RedskyShop(target, now=FakeClock().now, rng=chance(), pause=timedelta(0)) as shop:
            yield shop
        for _ in range(counter.connections):
            await counter.ended.acquire()


async def test_so_many_calls_are_made_at_once_and_no_more_over_connections_that_stay_open() -> None:
    counter = Counter(waits_for=MOST_AT_ONCE)
    async with asking(counter) as shop:
        for _ in range(2):
            assert not (await shop.ask(MANY)).troubles
    assert counter.most_at_once == MOST_AT_ONCE
    assert counter.connections == MOST_AT_ONCE
    assert len(counter.heads) == 2 * (MOST_AT_ONCE + 2)


async def test_one_call_after_the_other_takes_one_connection() -> None:
    counter = Counter()
    async with asking(counter) as shop:
        for _ in range(3):
            await shop.ask([A])
    assert counter.connections == 1


async def test_a_cookie_belongs_to_the_session_and_not_to_a_connection() -> None:
    counter = Counter()
    async with asking(counter) as shop:
        await shop.ask([A])
        assert counter.cookies() == []
        await shop.ask(MANY[:56])
    assert counter.connections == 2
    assert [cookie.split(" ", 1)[1] for cookie in counter.cookies()] == ["visitor=7"] * 2


async def test_a_key_of_any_characters_arrives_whole() -> None:
    counter = Counter()
    async with asking(counter, key="a&b=c d/\u00e9+") as shop:
        await shop.ask([A])
    assert counter.keys() == [["a&b=c d/\u00e9+"]]


@pytest.mark.guards("monitor", "a shop's cookies don't grow for ever")
async def test_no_more_cookies_are_kept_than_any_shop_sets() -> None:
    counter = Counter()
    async with asking(counter) as shop:
        for call in range(12):
            many = [b"Set-Cookie: c%d-%d=%s; Path=/" % (call, number, b"x" * 500) for number in range(30)]
            counter.answer = ANSWER.replace(
                b"\r\n", b"\r\n" + b"\r\n".join([*many, b"Set-Cookie: long=" + b"x" * 5000, b""]), 1
            )
            await shop.ask([A])
    (kept,) = counter.cookies()[-1:]
    assert kept.count("=") == 100
    assert "long" not in kept
