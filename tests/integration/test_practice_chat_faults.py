"""The practice chat fails the way it is told to, and its list of calls tells the truth about it."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from sandbox.chat import Person, PracticeChat
from tests.integration.bot_calls import Bot, bot_of

ADA = Person(id=1001, first_name="Ada", started=True)
BOB = Person(id=1002, first_name="Bob", started=True)


@pytest.fixture
def chat() -> PracticeChat:
    return PracticeChat(people=[ADA, BOB])


@pytest.fixture
async def bot(chat: PracticeChat) -> AsyncIterator[Bot]:
    async with bot_of(chat) as bot:
        yield bot


async def test_down_cuts_every_connection_and_those_that_wait(chat: PracticeChat, bot: Bot) -> None:
    poll = asyncio.create_task(bot.updates(timeout=30))
    await bot.call("getMe")
    chat.faults.down = True
    with pytest.raises(httpx.RemoteProtocolError):
        await poll
    with pytest.raises(httpx.RemoteProtocolError):
        await bot.call("sendMessage", chat_id=1001, text="a")
    chat.faults.down = False
    await bot.call("sendMessage", chat_id=1001, text="b")
    assert [message.text for message in chat.messages(1001)] == ["b"]


async def test_a_refused_token_answers_401_to_all_and_to_those_that_wait(chat: PracticeChat, bot: Bot) -> None:
    poll = asyncio.create_task(bot.refusal("getUpdates", timeout=30))
    await bot.call("getMe")
    chat.faults.token_refused = True
    assert await poll == "Unauthorized"
    assert await bot.refusal("getMe") == "Unauthorized"
    chat.faults.clear()
    await bot.call("getMe")


async def test_an_answer_lost_before_means_that_nothing_was_done(chat: PracticeChat, bot: Bot) -> None:
    chat.faults.lose_before("sendMessage", calls=2)
    for _ in range(2):
        with pytest.raises(httpx.RemoteProtocolError):
            await bot.call("sendMessage", chat_id=1001, text="a")
    await bot.call("sendMessage", chat_id=1001, text="b")
    assert [message.text for message in chat.messages(1001)] == ["b"]
    assert [(call.status, call.ok) for call in chat.calls] == [(0, False), (0, False), (200, True)]


async def test_an_answer_lost_after_means_that_the_message_is_shown(chat: PracticeChat, bot: Bot) -> None:
    chat.faults.lose_after("sendmessage")
    with pytest.raises(httpx.RemoteProtocolError):
        await bot.call("sendMessage", chat_id=1001, text="a")
    await bot.call("getMe")
    assert [message.text for message in chat.messages(1001)] == ["a"]
    assert [(call.method, call.status, call.ok) for call in chat.calls] == [
        ("sendMessage", 0, True),
        ("getMe", 200, True),
    ]


async def test_a_silent_loss_leaves_the_bot_waiting_until_it_gives_up(chat: PracticeChat, bot: Bot) -> None:
    chat.faults.lose_after("sendMessage", silent=True)
    async with httpx.AsyncClient(timeout=httpx.Timeout(10, read=0.2)) as hasty:
        with pytest.raises(httpx.ReadTimeout):
            await hasty.post(f"{bot.url}/sendMessage", json={"chat_id": 1001, "text": "a"})
    await chat.until(lambda: chat.messages(1001)[0].text == "a")


async def test_a_flood_in_one_chat_leaves_the_others_alone(chat: PracticeChat, bot: Bot) -> None:
    chat.faults.flood(1001, seconds=30)
    refused = await bot.answer("sendMessage", chat_id=1001, text="a")
    assert (refused["error_code"], refused["parameters"]) == (429, {"retry_after": 30})
    await bot.call("sendMessage", chat_id=1002, text="a")
    assert [(call.chat_id, call.status) for call in chat.calls] == [(1001, 429), (1002, 200)]


async def test_a_flood_may_last_for_so_many_calls(chat: PracticeChat, bot: Bot) -> None:
    chat.faults.flood(None, calls=2, retry_after=3)
    for chat_id in (1001, 1002):
        assert await bot.refusal("sendMessage", chat_id=chat_id, text="a") == "Too Many Requests: retry after 3"
    await bot.call("sendMessage", chat_id=1001, text="a")


async def test_a_flood_may_befall_one_method_alone(chat: PracticeChat, bot: Bot) -> None:
    chat.faults.flood_method("getMe", retry_after=3)
    assert await bot.refusal("getMe") == "Too Many Requests: retry after 3"
    assert (await bot.call("getMe"))["is_bot"]


async def test_a_flood_ends_by_itself(chat: PracticeChat, bot: Bot) -> None:
    chat.faults.flood(1001, seconds=0)
    await bot.call("sendMessage", chat_id=1001, text="a")


async def test_a_bad_gateway_answers_with_a_page_that_is_no_json(chat: PracticeChat, bot: Bot) -> None:
    chat.faults.bad_gateway = True
    async with httpx.AsyncClient() as client:
        answer = await client.get(f"{bot.url}/getMe")
    assert (answer.status_code, answer.headers["content-type"]) == (502, "text/html; charset=utf-8")


async def test_slowness_comes_before_the_deed(chat: PracticeChat, bot: Bot) -> None:
    chat.faults.slow = 30
    call = asyncio.create_task(bot.call("sendMessage", chat_id=1001, text="a"))
    async with httpx.AsyncClient(timeout=httpx.Timeout(10, read=0.2)) as hasty:
        with pytest.raises(httpx.ReadTimeout):
            await hasty.get(f"{bot.url}/getMe")
    assert not call.done()
    assert chat.messages(1001) == []
    call.cancel()
    await asyncio.wait([call])


async def test_a_stop_does_not_wait_for_those_that_poll(chat: PracticeChat) -> None:
    async with httpx.AsyncClient(timeout=60) as client:
        async with asyncio.timeout(30), chat.serve() as url:
            poll = asyncio.create_task(client.get(f"{url}/bot{chat.token}/getUpdates?timeout=50"))
            await client.get(f"{url}/bot{chat.token}/getMe")
        with pytest.raises(httpx.RemoteProtocolError):
            await poll
