"""The bot's calls against a server that no Telegram would be: huge, packed twice, or without an end."""

import asyncio
import gzip
import tracemalloc

import pytest

from bot.telegram.api import LARGEST_ANSWER, TelegramApi, TelegramTrouble
from tests.builders import pack_spaces
from tests.raw_server import Speak, raw_server

OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n"
TOKEN = "123456:" + "a" * 35


async def find_trouble(speak: Speak) -> tuple[TelegramTrouble, int]:
    """What a fetch of updates comes to, and the most memory that it took."""
    async with raw_server(speak) as url:
        api = TelegramApi(token=TOKEN, api_url=url)
        tracemalloc.start()
        try:
            with pytest.raises(TelegramTrouble) as caught:
                await api.updates(offset=None)
            _, most = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
            await api.close()
    return caught.value, most


@pytest.mark.guards("bot", "an answer of Telegram has its bound of size")
async def test_an_answer_that_is_too_large_only_when_unpacked_is_not_unpacked_to_its_end() -> None:
    packed = pack_spaces(200 * 2**20)

    async def send_packed(writer: asyncio.StreamWriter) -> None:
        writer.write(OK + b"Content-Encoding: gzip\r\n\r\n" + packed)

    trouble, most = await find_trouble(send_packed)
    assert str(LARGEST_ANSWER) in str(trouble)
    assert most < 3 * LARGEST_ANSWER


async def test_an_answer_that_is_packed_twice_is_refused() -> None:
    async def send_packed(writer: asyncio.StreamWriter) -> None:
        packed = gzip.compress(gzip.compress(b'{"ok": true, "result": []}'))
        writer.write(OK + b"Content-Encoding: gzip, gzip\r\n\r\n" + packed)

    trouble, _ = await find_trouble(send_packed)
    assert "packed as" in str(trouble)


async def test_a_packed_answer_is_read() -> None:
    async def send_packed(writer: asyncio.StreamWriter) -> None:
        packed = gzip.compress(b'{"ok": true, "result": [{"update_id": 7}]}')
        writer.write(OK + b"Content-Encoding: gzip\r\n\r\n" + packed)

    async with raw_server(send_packed) as url:
        api = TelegramApi(token=TOKEN, api_url=url)
        try:
            assert await api.updates(offset=None) == [{"update_id": 7}]
        finally:
            await api.close()
