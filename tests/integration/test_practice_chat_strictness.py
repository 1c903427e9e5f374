"""The practice chat refuses what Telegram refuses, with Telegram's words."""

import struct
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from sandbox.chat import Group, Kind, Limits, Person, PracticeChat
from tests.integration.bot_calls import Bot, bot_of

ADA = Person(id=1001, first_name="Ada", started=True)
BOB = Person(id=1002, first_name="Bob")
TEAM = Group(id=-42, title="Team", kind=Kind.GROUP, bot_is_admin=False)


@pytest.fixture
def chat() -> PracticeChat:
    return PracticeChat(people=[ADA, BOB], groups=[TEAM])


@pytest.fixture
async def bot(chat: PracticeChat) -> AsyncIterator[Bot]:
    async with bot_of(chat) as bot:
        yield bot


def keyboard(**button: Any) -> dict[str, Any]:
    return {"inline_keyboard": [[button]]}


@pytest.mark.parametrize(
    ("params", "description"),
    [
        (
            {"text": "a <br> b", "parse_mode": "HTML"},
            'can\'t parse entities: Unsupported start tag "br" at byte offset 2',
        ),
        ({"text": "a", "parse_mode": "Markdown"}, "unsupported parse_mode"),
        ({"text": ""}, "message text is empty"),
        ({"text": "<b> </b>\n", "parse_mode": "HTML"}, "message text is empty"),
        ({"text": "🔔" * 2048 + "a"}, "message is too long"),
        ({"text": "a", "chat_id": 5}, "chat not found"),
        ({"text": "a", "chat_id": "@somebody"}, "chat not found"),
        ({"text": "a", "chat_id": ""}, "chat_id is empty"),
        ({"text": "a", "message_thread_id": 3}, "message thread not found"),
        ({"text": "a", "reply_parameters": {"message_id": 8}}, "message to be replied not found"),
        ({"text": "a", "reply_markup": keyboard(text="Buy", callback_data="é" * 33)}, "BUTTON_DATA_INVALID"),
        ({"text": "a", "reply_markup": keyboard(text="Buy", callback_data="")}, "BUTTON_DATA_INVALID"),
        (
            {"text": "a", "reply_markup": keyboard(text="Buy")},
            "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard",
        ),
        (
            {"text": "a", "reply_markup": keyboard(text="Buy", url="http://localhost:8787/")},
            "inline keyboard button URL 'http://localhost:8787/' is invalid: Wrong HTTP URL",
        ),
        (
            {"text": "a", "reply_markup": keyboard(text="Buy", url="ftp://a.example/x")},
            "inline keyboard button URL 'ftp://a.example/x' is invalid: Unsupported URL protocol",
        ),
        ({"text": "a", "reply_markup": "{"}, "can't parse reply keyboard markup JSON object"),
        ({"text": "a", "reply_markup": "[]"}, "object expected as reply markup"),
        (
            {"text": "a", "reply_markup": {"keyboard": {}}},
            'field "keyboard" of the ReplyKeyboardMarkup must be an Array',
        ),
        (
            {"text": "a", "reply_markup": {"keyboard": [{"text": "Status"}]}},
            'field "keyboard" of the ReplyKeyboardMarkup must be an Array of Arrays',
        ),
        (
            {"text": "a", "reply_markup": {"keyboard": [[{"words": "Status"}]]}},
            "can't parse keyboard button: Can't find field \"text\"",
        ),
        (
            {"text": "a", "reply_markup": {"keyboard": [[7]]}},
            "can't parse keyboard button: KeyboardButton must be an Object",
        ),
        (
            {"text": "a", "reply_markup": {"keyboard": [["Status"]], "is_persistent": "yes"}},
            'field "is_persistent" of the ReplyKeyboardMarkup must be a Boolean',
        ),
        (
            {"text": "a", "reply_markup": {"keyboard": [["Status"]], "input_field_placeholder": "a" * 65}},
            "REPLY_MARKUP_INVALID",
        ),
        ({"text": "a", "reply_markup": {"keyboard": [["a"] * 301]}}, "reply markup is too long"),
    ],
)
async def test_a_message_is_refused_and_nothing_shown(
    chat: PracticeChat, bot: Bot, params: dict[str, Any], description: str
) -> None:
    assert await bot.refusal("sendMessage", **({"chat_id": 1001} | params)) == f"Bad Request: {description}"
    assert chat.messages(1001) == []


async def test_length_counts_after_parsing_and_data_in_bytes(chat: PracticeChat, bot: Bot) -> None:
    text = "<b>" + "&amp;" * 4096 + "</b>"
    data = keyboard(text="Buy", callback_data="é" * 32)
    await bot.call("sendMessage", chat_id=1001, text=text, parse_mode="HTML", reply_markup=data)
    assert len(chat.messages(1001)[0].text) == 4096


async def test_a_reply_to_a_lost_message_may_go_without_it(chat: PracticeChat, bot: Bot) -> None:
    await bot.call(
        "sendMessage",
        chat_id=1001,
        text="a",
        reply_parameters={"message_id": 8, "allow_sending_without_reply": True},
    )
    assert chat.messages(1001)[0].reply_to is None


async def test_the_bot_cannot_write_first(chat: PracticeChat, bot: Bot) -> None:
    refusal = await bot.refusal("sendMessage", chat_id=1002, text="hello")
    assert refusal == "Forbidden: bot can't initiate conversation with a user"
    chat.say(1002, "/start")
    await bot.call("sendMessage", chat_id=1002, text="hello")


async def test_who_blocked_the_bot_hears_nothing_until_they_return(chat: PracticeChat, bot: Bot) -> None:
    await bot.call("sendMessage", chat_id=1001, text="before")
    chat.block(1001)
    for method in ("sendMessage", "editMessageText"):
        refusal = await bot.refusal(method, chat_id=1001, message_id=1, text="after")
        assert refusal == "Forbidden: bot was blocked by the user"
    chat.say(1001, "/start")
    await bot.call("sendMessage", chat_id=1001, text="after")


async def test_a_group_that_put_the_bot_out_is_forbidden(chat: PracticeChat, bot: Bot) -> None:
    chat.block(TEAM.id)
    assert (
        await bot.refusal("sendMessage", chat_id=TEAM.id, text="a") == "Forbidden: bot was kicked from the group chat"
    )


async def test_a_group_that_became_a_supergroup_names_its_new_number(chat: PracticeChat, bot: Bot) -> None:
    new = chat.make_supergroup(TEAM.id)
    refused = await bot.answer("sendMessage", chat_id=TEAM.id, text="a")
    assert refused == {
        "ok": False,
        "error_code": 400,
        "description": "Bad Request: group chat was upgraded to a supergroup chat",
        "parameters": {"migrate_to_chat_id": new},
    }
    await bot.call("sendMessage", chat_id=new, text="a")
    assert [message.text for message in chat.messages(new)] == ["a"]


async def test_an_edit_that_changes_nothing_is_refused(bot: Bot) -> None:
    message = {
        "chat_id": 1001,
        "text": "<b>a</b>",
        "parse_mode": "HTML",
        "reply_markup": keyboard(text="x", callback_data="x"),
    }
    await bot.call("sendMessage", **message)
    refusal = await bot.refusal("editMessageText", message_id=1, **message)
    assert refusal == (
        "Bad Request: message is not modified: specified new message content and reply markup are exactly the same as "
        "a current content and reply markup of the message"
    )
    await bot.call("editMessageText", message_id=1, **(message | {"text": "a"}))


async def test_only_the_bots_own_messages_can_be_edited(chat: PracticeChat, bot: Bot) -> None:
    chat.say(1001, "mine")
    refusal = await bot.refusal("editMessageText", chat_id=1001, message_id=1, text="yours")
    assert refusal == "Bad Request: message can't be edited"


async def test_what_came_with_a_reply_keyboard_is_never_edited_and_no_edit_brings_one(bot: Bot) -> None:
    keys = {"keyboard": [["Status"]]}
    await bot.call("sendMessage", chat_id=1001, text="Here are your keys", reply_markup=keys)
    await bot.call("sendMessage", chat_id=1001, text="plain")
    refusal = await bot.refusal("editMessageText", chat_id=1001, message_id=1, text="new")
    assert refusal == "Bad Request: message can't be edited"
    for markup in (keys, {"remove_keyboard": True}):
        refusal = await bot.refusal("editMessageReplyMarkup", chat_id=1001, message_id=2, reply_markup=markup)
        assert refusal == "Bad Request: inline keyboard expected"


async def test_pinning_in_a_group_needs_the_right(bot: Bot) -> None:
    await bot.call("sendMessage", chat_id=TEAM.id, text="a")
    refusal = await bot.refusal("pinChatMessage", chat_id=TEAM.id, message_id=1)
    assert refusal == "Bad Request: not enough rights to manage pinned messages in the chat"


@pytest.mark.parametrize(
    ("command", "refusal"),
    [
        ({"command": "Status", "description": "x"}, "BOT_COMMAND_INVALID"),
        ({"command": "status", "description": ""}, "BOT_COMMAND_DESCRIPTION_INVALID"),
    ],
)
async def test_a_menu_is_checked(bot: Bot, command: dict[str, str], refusal: str) -> None:
    assert await bot.refusal("setMyCommands", commands=[command]) == f"Bad Request: {refusal}"


async def test_an_unknown_method_and_tokens_that_are_not_ours_are_refused(chat: PracticeChat, bot: Bot) -> None:
    base = bot.url.removesuffix(chat.token)
    async with httpx.AsyncClient() as client:
        other = await client.get(f"{base}1234567890:{'B' * 35}/getMe")
        garbage = await client.get(f"{base}garbage/getMe")
        without = await client.get(bot.url)
    assert await bot.refusal("makeCoffee") == "Not Found: method not found"
    assert (other.status_code, other.json()["description"]) == (401, "Unauthorized")
    assert (garbage.status_code, garbage.json()["description"]) == (404, "Not Found")
    assert without.status_code == 404


def png(width: int, height: int, *, size: int = 0) -> bytes:
    head = b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII", 13, b"IHDR", width, height) + b"\x08\x06\x00\x00\x00"
    return head.ljust(size, b"\0")


PICTURE = png(640, 480)


async def test_a_picture_must_be_one(chat: PracticeChat, bot: Bot) -> None:
    async def send(content: bytes) -> dict[str, Any]:
        caption = {"caption": "<b>chart</b>", "parse_mode": "HTML"}
        return await bot.upload("sendPhoto", "photo", "chart.png", content, chat_id=1001, **caption)

    assert (await send(b"not a picture"))["description"] == "Bad Request: IMAGE_PROCESS_FAILED"
    assert (await send(b""))["description"] == "Bad Request: file must be non-empty"
    sent = (await send(PICTURE))["result"]
    assert (sent["photo"][0]["width"], sent["photo"][0]["height"], sent["caption"]) == (640, 480, "chart")
    refusal = await bot.refusal("editMessageText", chat_id=1001, message_id=1, text="a")
    assert refusal == "Bad Request: there is no text in the message to edit"
    again = await bot.call("sendPhoto", chat_id=1001, photo=sent["photo"][0]["file_id"])
    assert again["photo"] == sent["photo"]
    assert [message.file.content for message in chat.messages(1001) if message.file] == [PICTURE, PICTURE]


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        (png(640, 9361), "PHOTO_INVALID_DIMENSIONS"),
        (png(100, 2001), "PHOTO_INVALID_DIMENSIONS"),
        (
            png(640, 480, size=10485761),
            "file of size 10485761 bytes is too big for a photo; the maximum size is 10485760 bytes",
        ),
    ],
    ids=["too long", "too narrow", "too large"],
)
async def test_a_picture_has_bounds(bot: Bot, content: bytes, refusal: str) -> None:
    refused = await bot.upload("sendPhoto", "photo", "page.png", content, chat_id=1001)
    assert refused["description"] == f"Bad Request: {refusal}"


async def test_a_picture_by_its_address_is_fetched_by_the_chat(chat: PracticeChat, bot: Bot) -> None:
    refusal = await bot.refusal("sendPhoto", chat_id=1001, photo="http://127.0.0.1:9/nothing.png")
    assert refusal == "Bad Request: failed to get HTTP URL content"
    await bot.upload("sendPhoto", "photo", "a.png", PICTURE, chat_id=1001)
    site = bot.url.partition("/bot")[0]
    await bot.call("sendPhoto", chat_id=1001, photo=f"{site}/page/files/1001/1")
    assert [message.file.content for message in chat.messages(1001) if message.file] == [PICTURE, PICTURE]


async def test_a_caption_has_its_own_limit(bot: Bot) -> None:
    refused = await bot.upload("sendPhoto", "photo", "a.png", PICTURE, chat_id=1001, caption="a" * 1025)
    assert refused["description"] == "Bad Request: message caption is too long"


async def test_whoever_is_too_fast_is_told_to_wait(chat: PracticeChat, bot: Bot) -> None:
    chat.limits = Limits(per_chat_per_second=None, per_group_per_minute=2, overall_per_second=None)
    for _ in range(2):
        await bot.call("sendMessage", chat_id=TEAM.id, text="a")
    refused = await bot.answer("sendMessage", chat_id=TEAM.id, text="one too many")
    wait = refused["parameters"]["retry_after"]
    assert (refused["error_code"], refused["description"]) == (429, f"Too Many Requests: retry after {wait}")
    await bot.call("sendMessage", chat_id=1001, text="no group")
    chat.limits = None
    await bot.call("sendMessage", chat_id=TEAM.id, text="free again")
