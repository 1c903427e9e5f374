import asyncio
import socket
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import httpx
import pytest
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.types import Receive, Scope, Send

from sandbox.serving import HANG_UP, serve


async def answer_promptly(scope: Scope, receive: Receive, send: Send) -> None:
    await PlainTextResponse("here")(scope, receive, send)


class Hall:
    """Where a request waits for ever."""

    def __init__(self) -> None:
        self.entered = asyncio.Event()

    async def answer_never(self, _scope: Scope, _receive: Receive, _send: Send) -> None:
        self.entered.set()
        await asyncio.Event().wait()


async def answer_for_ever(scope: Scope, receive: Receive, send: Send) -> None:
    async def lines() -> AsyncIterator[str]:
        while True:
            yield "tick\n"
            await asyncio.sleep(0.01)

    await StreamingResponse(lines())(scope, receive, send)


async def hang_up(scope: Scope, _receive: Receive, _send: Send) -> None:
    await scope[HANG_UP]()


async def test_an_application_answers_at_the_address_given() -> None:
    async with serve(answer_promptly) as url, httpx.AsyncClient() as client:
        assert (await client.get(url)).text == "here"


async def test_the_port_can_be_chosen_and_is_free_again_afterwards() -> None:
    async with serve(answer_promptly) as first:
        port = urlsplit(first).port or 0
        async with httpx.AsyncClient() as client:
            await client.get(first)
    async with serve(answer_promptly, port=port) as second:
        assert second == first


async def test_a_taken_port_is_an_error_and_not_the_end_of_the_process() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(OSError, match="in use"):
        async with serve(answer_promptly, port=taken.getsockname()[1]):
            pass


async def test_a_stop_cuts_off_a_request_that_hangs() -> None:
    async with asyncio.timeout(30), httpx.AsyncClient(timeout=60) as client:
        hall = Hall()
        async with serve(hall.answer_never) as url:
            hanging = asyncio.create_task(client.get(url))
            await hall.entered.wait()
        with pytest.raises(httpx.TransportError):
            await hanging


async def test_a_stop_cuts_off_a_stream_that_would_go_on() -> None:
    async with asyncio.timeout(30), httpx.AsyncClient(timeout=60) as client:
        async with serve(answer_for_ever) as url:
            answer = await client.send(client.build_request("GET", url), stream=True)
        with pytest.raises(httpx.TransportError):
            await answer.aread()


async def test_a_stop_ends_the_work_on_what_it_cuts_off() -> None:
    began, ended = asyncio.Event(), asyncio.Event()

    async def work(_scope: Scope, _receive: Receive, _send: Send) -> None:
        began.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    async with httpx.AsyncClient() as client:
        async with serve(work) as url:
            asking = asyncio.create_task(client.get(url))
            await began.wait()
        assert ended.is_set()
        await asyncio.wait([asking])
        assert asking.exception() is not None


async def test_a_stop_does_not_wait_for_idle_connections() -> None:
    async with asyncio.timeout(30), httpx.AsyncClient() as client, serve(answer_promptly) as url:
        await client.get(url)


async def test_a_stop_is_no_failure_to_be_logged(caplog: pytest.LogCaptureFixture) -> None:
    async with httpx.AsyncClient(timeout=60) as client:
        hall = Hall()
        async with serve(hall.answer_never) as url:
            hanging = asyncio.create_task(client.get(url))
            await hall.entered.wait()
        await asyncio.wait([hanging])
        assert hanging.exception() is not None
    assert [record.message for record in caplog.records if record.name.startswith("uvicorn")] == []


async def test_an_application_can_hang_up_without_an_answer() -> None:
    async with serve(hang_up) as url, httpx.AsyncClient() as client:
        with pytest.raises(httpx.TransportError):
            await client.get(url)


async def test_an_error_within_passes_through_unchanged() -> None:
    with pytest.raises(LookupError, match="within"):
        async with serve(answer_promptly):
            raise LookupError("within")
