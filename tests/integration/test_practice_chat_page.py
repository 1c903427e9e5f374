"""What the practice chat's page asks its server for."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from sandbox.chat import Person, PracticeChat
from tests.integration.bot_calls import Bot, bot_of

ADA = Person(id=1001, first_name="Ada", started=True)


@pytest.fixture
def chat() -> PracticeChat:
    return PracticeChat(people=[ADA])


@pytest.fixture
async def bot(chat: PracticeChat) -> AsyncIterator[Bot]:
    async with bot_of(chat) as bot:
        yield bot


@pytest.fixture
async def web(bot: Bot) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=bot.url.partition("/bot")[0]) as client:
        yield client


async def events(answer: httpx.Response) -> AsyncIterator[tuple[str, Any]]:
    name = ""
    async for line in answer.aiter_lines():
        kind, _, value = line.partition(": ")
        if kind == "event":
            name = value
        elif kind == "data":
            yield name, json.loads(value)


async def test_a_stream_begins_with_all_there_is_and_goes_on_with_what_is_new(
    chat: PracticeChat, bot: Bot, web: httpx.AsyncClient
) -> None:
    await bot.call("sendMessage", chat_id=1001, text="<b>old</b>", parse_mode="HTML")
    async with web.stream("GET", "/page/events") as answer:
        stream = events(answer)
        name, overview = await anext(stream)
        assert (name, overview["chats"][0]["title"]) == ("overview", "Ada")
        name, messages = await anext(stream)
        assert (name, [message["text"] for message in messages]) == ("messages", ["old"])
        chat.say(1001, "new")
        name, news = await anext(stream)
        assert (name, news["what"], news["message"]["text"]) == ("news", "new", "new")
        chat.faults.down = True
        name, overview = await anext(stream)
        assert (name, overview["faults"]["down"]) == ("overview", True)


async def test_the_narrowest_menu_is_the_one_that_is_shown(bot: Bot, web: httpx.AsyncClient) -> None:
    for scope in ({"type": "chat", "chat_id": 1001}, {"type": "all_private_chats"}, {"type": "default"}):
        commands = [{"command": scope["type"], "description": "x"}]
        await bot.call("setMyCommands", commands=commands, scope=scope)
    async with web.stream("GET", "/page/events") as answer:
        _, overview = await anext(events(answer))
    assert [one["command"] for one in overview["chats"][0]["menu"]] == ["chat"]


async def test_an_open_stream_does_not_hold_up_the_stop(chat: PracticeChat) -> None:
    async with httpx.AsyncClient() as client:
        async with asyncio.timeout(30), chat.serve() as url:
            request = client.build_request("GET", f"{url}/page/events")
            answer = await client.send(request, stream=True)
            stream = events(answer)
            assert (await anext(stream))[0] == "overview"
        with pytest.raises(httpx.RemoteProtocolError):
            assert [one async for one in stream]


async def test_another_sites_form_cannot_act(chat: PracticeChat, web: httpx.AsyncClient) -> None:
    body = {"chat": 1001, "person": 1001, "text": "/stop"}
    refused = await web.post("/page/say", content=json.dumps(body), headers={"Content-Type": "text/plain"})
    assert refused.status_code == 415
    assert chat.messages(1001) == []
    await web.post("/page/say", json=body)
    assert [message.text for message in chat.messages(1001)] == ["/stop"]


async def test_the_page_may_load_nothing_from_elsewhere(web: httpx.AsyncClient) -> None:
    answer = await web.get("/")
    assert answer.headers["content-security-policy"].startswith("default-src 'none'; script-src 'self'")
    assert "http://" not in answer.text.replace('xmlns="http://www.w3.org/2000/svg"', "")
    assert "https://" not in answer.text


async def test_a_file_is_saved_and_never_run_in_the_pages_name(bot: Bot, web: httpx.AsyncClient) -> None:
    await bot.upload("sendDocument", "document", 'x".html', b"<script>1</script>", chat_id=1001)
    answer = await web.get("/page/files/1001/1")
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"].startswith("attachment; filename=")
    assert (await web.get("/page/files/1001/2")).status_code == 404
    assert (await web.get("/page/files/5/1")).status_code == 404
