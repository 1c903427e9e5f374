"""The practice chat speaks the Bot API over a real socket, to httpx and to the library that the bot uses."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest
import telegram

from sandbox.chat import Group, Kind, Person, PracticeChat
from tests.integration.bot_calls import Bot, bot_of

ADA = Person(id=1001, first_name="Ada", started=True)
BOB = Person(id=1002, first_name="Bob")
TEAM = Group(id=-100123, title="Team", threads=frozenset({7}))
OLD_GROUP = Group(id=-42, title="Old group", kind=Kind.GROUP, bot_is_admin=False)
NEWSPAPER = Group(id=-100999, title="Newspaper", kind=Kind.CHANNEL)

KEYBOARD = {
    "inline_keyboard": [[{"text": "Buy", "callback_data": "buy:1"}], [{"text": "See", "url": "https://a.example/x"}]]
}


@pytest.fixture
def chat() -> PracticeChat:
    return PracticeChat(people=[ADA, BOB], groups=[TEAM, OLD_GROUP, NEWSPAPER])


@pytest.fixture
async def bot(chat: PracticeChat) -> AsyncIterator[Bot]:
    async with bot_of(chat) as bot:
        yield bot


async def test_a_message_is_shown_with_its_words_markup_and_buttons(chat: PracticeChat, bot: Bot) -> None:
    sent = await bot.call(
        "sendMessage", chat_id=1001, text="<b>IN STOCK</b> a &lt; b", parse_mode="HTML", reply_markup=KEYBOARD
    )
    (shown,) = chat.messages(1001)
    assert (shown.message_id, sent["message_id"]) == (1, 1)
    assert shown.text == sent["text"] == "IN STOCK a < b"
    assert shown.html == "<b>IN STOCK</b> a &lt; b"
    assert shown.from_bot
    assert [[button.data, button.url] for row in shown.buttons for button in row] == [
        ["buy:1", None],
        [None, "https://a.example/x"],
    ]
    assert sent["entities"] == [{"type": "bold", "offset": 0, "length": 8}]


async def test_an_edit_replaces_the_message_and_its_history_remembers(chat: PracticeChat, bot: Bot) -> None:
    await bot.call("sendMessage", chat_id=1001, text="one", reply_markup=KEYBOARD)
    edited = await bot.call("editMessageText", chat_id=1001, message_id=1, text="two")
    (shown,) = chat.messages(1001)
    assert (shown.text, shown.edits, shown.history, shown.buttons) == ("two", 1, ("one", "two"), ())
    assert edited["edit_date"] >= edited["date"]


async def test_what_a_person_says_reaches_the_bot_until_it_is_confirmed(chat: PracticeChat, bot: Bot) -> None:
    number = chat.say(1001, "/stop now")
    (update,) = await bot.updates(timeout=5)
    assert update["update_id"] == number
    assert update["message"]["text"] == "/stop now"
    assert update["message"]["entities"] == [{"type": "bot_command", "offset": 0, "length": 5}]
    assert update["message"]["from"] == {
        "id": 1001,
        "is_bot": False,
        "first_name": "Ada",
        "language_code": "en",
    }
    assert await bot.updates() == [update]
    assert await bot.updates(offset=number + 1) == []
    assert await bot.updates() == []


async def test_a_waiting_poll_is_answered_the_moment_somebody_speaks(chat: PracticeChat, bot: Bot) -> None:
    poll = asyncio.create_task(bot.updates(timeout=30))
    await bot.call("getMe")
    assert not poll.done()
    number = chat.say(1001, "hello")
    async with asyncio.timeout(20):
        assert [update["update_id"] for update in await poll] == [number]


async def test_a_negative_offset_keeps_only_the_last_updates(chat: PracticeChat, bot: Bot) -> None:
    last = [chat.say(1001, text) for text in ("a", "b", "c")][-1]
    assert [update["update_id"] for update in await bot.updates(offset=-1)] == [last]
    assert len(await bot.updates()) == 1


async def test_limit_cuts_a_batch(chat: PracticeChat, bot: Bot) -> None:
    first, *_ = (chat.say(1001, text) for text in ("a", "b", "c"))
    assert [update["update_id"] for update in await bot.updates(limit=1)] == [first]


async def test_kinds_that_are_not_allowed_are_never_delivered(chat: PracticeChat, bot: Bot) -> None:
    await bot.updates(allowed_updates=["callback_query"])
    chat.say(1001, "not wanted")
    pressed = chat.press(1001, 1, "buy:1")
    assert [update["update_id"] for update in await bot.updates()] == [pressed]


async def test_a_second_poller_ends_the_first_with_a_conflict(chat: PracticeChat, bot: Bot) -> None:
    first = asyncio.create_task(bot.answer("getUpdates", timeout=30))
    await bot.call("getMe")
    second = asyncio.create_task(bot.updates(timeout=30))
    assert (await first)["error_code"] == 409
    assert (await first)["description"].startswith("Conflict: terminated by other getUpdates request")
    number = chat.say(1001, "still here")
    assert [update["update_id"] for update in await second] == [number]


async def test_a_webhook_left_behind_refuses_polling_until_it_is_deleted(chat: PracticeChat, bot: Bot) -> None:
    chat.webhook = "https://old.example/hook"
    assert (await bot.refusal("getUpdates")).startswith("Conflict: can't use getUpdates method while webhook is active")
    assert (await bot.call("getWebhookInfo"))["url"] == "https://old.example/hook"
    chat.say(1001, "waiting")
    await bot.call("deleteWebhook", drop_pending_updates=True)
    assert await bot.updates() == []


async def test_a_button_press_is_answered_once(chat: PracticeChat, bot: Bot) -> None:
    await bot.call("sendMessage", chat_id=1001, text="Buy it?", reply_markup=KEYBOARD)
    chat.press(1001, 1, "buy:1")
    (update,) = await bot.updates()
    query = update["callback_query"]
    assert (query["data"], query["from"]["id"], query["message"]["text"]) == ("buy:1", 1001, "Buy it?")
    await bot.call("answerCallbackQuery", callback_query_id=query["id"], text="Bought", show_alert=True)
    (answer,) = chat.callback_answers
    assert (answer.person, answer.data, answer.text, answer.alert) == (1001, "buy:1", "Bought", True)
    assert await bot.refusal("answerCallbackQuery", callback_query_id=query["id"]) == (
        "Bad Request: query is too old and response timeout expired or query ID is invalid"
    )


async def test_a_press_that_waited_too_long_cannot_be_answered(chat: PracticeChat, bot: Bot) -> None:
    chat.press(1001, 1, "buy:1")
    (update,) = await bot.updates()
    chat.expire_queries()
    assert "query is too old" in await bot.refusal(
        "answerCallbackQuery", callback_query_id=update["callback_query"]["id"]
    )


async def test_the_last_pin_stands_and_can_be_taken_off(chat: PracticeChat, bot: Bot) -> None:
    for text in ("first", "second"):
        await bot.call("sendMessage", chat_id=1001, text=text)
    for number in (2, 1):
        await bot.call("pinChatMessage", chat_id=1001, message_id=number, disable_notification=True)
    assert (await bot.call("getChat", chat_id=1001))["pinned_message"]["text"] == "first"
    await bot.call("unpinChatMessage", chat_id=1001)
    assert [message.pinned for message in chat.messages(1001)] == [False, True]
    assert await bot.refusal("pinChatMessage", chat_id=1001, message_id=9) == "Bad Request: message to pin not found"


async def test_a_deleted_message_is_gone_for_edit_pin_and_delete(chat: PracticeChat, bot: Bot) -> None:
    await bot.call("sendMessage", chat_id=1001, text="short life")
    await bot.call("deleteMessage", chat_id=1001, message_id=1)
    assert chat.messages(1001) == []
    for method, purpose in (("editMessageText", "edit"), ("pinChatMessage", "pin"), ("deleteMessage", "delete")):
        refusal = await bot.refusal(method, chat_id=1001, message_id=1, text="x")
        assert refusal == f"Bad Request: message to {purpose} not found"
    chat.press(1001, 1, "buy:1")
    (update,) = await bot.updates()
    assert update["callback_query"]["message"]["date"] == 0


async def test_a_menu_is_kept_by_scope_and_needs_a_started_chat(bot: Bot) -> None:
    commands = [{"command": "status", "description": "How things stand"}]
    for_bob = {"type": "chat", "chat_id": 1002}
    await bot.call("setMyCommands", commands=commands)
    assert await bot.call("getMyCommands") == commands
    assert await bot.call("getMyCommands", scope={"type": "chat", "chat_id": 1001}) == []
    refusal = await bot.refusal("setMyCommands", commands=commands, scope=for_bob)
    assert refusal == "Bad Request: chat not found"
    await bot.call("deleteMyCommands")
    assert await bot.call("getMyCommands") == []


async def test_a_reply_carries_what_it_answers_and_no_more(chat: PracticeChat, bot: Bot) -> None:
    for text, answered in (("a", None), ("b", 1), ("c", 2)):
        chat.say(1001, text, reply_to=answered)
    last = (await bot.updates())[-1]["message"]
    assert last["reply_to_message"]["text"] == "b"
    assert "reply_to_message" not in last["reply_to_message"]


async def test_update_numbers_grow_over_restarts(chat: PracticeChat) -> None:
    later = PracticeChat(people=[ADA])
    assert 1_700_000_000 < chat.say(1001, "a") <= later.say(1001, "b")


async def test_groups_topics_and_channels_say_who_spoke_where(chat: PracticeChat, bot: Bot) -> None:
    chat.say(1001, "/list", chat=TEAM.id, thread=7)
    chat.say(1001, "/list", chat=TEAM.id, sender_chat=TEAM.id)
    chat.say(1001, "/list", chat=TEAM.id, sender_chat=NEWSPAPER.id)
    chat.say(1001, "/list", chat=NEWSPAPER.id)
    topic, admin, voice, post = await bot.updates()
    assert (topic["message"]["chat"]["type"], topic["message"]["message_thread_id"]) == ("supergroup", 7)
    assert (admin["message"]["from"]["id"], admin["message"]["sender_chat"]["id"]) == (1087968824, TEAM.id)
    assert (voice["message"]["from"]["id"], voice["message"]["sender_chat"]["id"]) == (136817688, NEWSPAPER.id)
    assert "from" not in post["channel_post"]


async def test_edited_forwarded_and_late_messages_are_marked_as_such(chat: PracticeChat, bot: Bot) -> None:
    chat.say(1001, "/add 1")
    chat.say(1001, "/stop", edited=True)
    chat.say(1001, "/stop", forwarded=True)
    chat.say(1001, "/rearm", ago=timedelta(minutes=5))
    said, edited, forwarded, late = await bot.updates()
    assert edited["edited_message"]["message_id"] == said["message"]["message_id"]
    assert edited["edited_message"]["text"] == "/stop"
    assert forwarded["message"]["forward_origin"]["type"] == "hidden_user"
    assert said["message"]["date"] - late["message"]["date"] >= 299


async def test_the_library_reads_every_kind_of_update(chat: PracticeChat, bot: Bot) -> None:
    await bot.call("sendMessage", chat_id=1001, text="Buy it?", reply_markup=KEYBOARD)
    chat.say(1001, "/buy 1", reply_to=1)
    chat.say(1001, "/buy 2", edited=True)
    chat.say(1001, "/buy 3", forwarded=True)
    chat.say(9999, "/stop", chat=TEAM.id, thread=7)
    chat.say(1001, "news", chat=NEWSPAPER.id)
    chat.press(1001, 1, "buy:1")
    chat.block(1001)
    chat.make_supergroup(OLD_GROUP.id)
    read = [telegram.Update.de_json(raw, None) for raw in await bot.updates()]
    assert len(read) == 9
    private, edited, forwarded, stranger, post, pressed, blocked, moved, _ = read
    assert private.message is not None
    assert private.message.reply_to_message is not None
    assert private.message.reply_to_message.text == "Buy it?"
    assert edited.edited_message is not None
    assert forwarded.message is not None
    assert isinstance(forwarded.message.forward_origin, telegram.MessageOriginHiddenUser)
    assert stranger.effective_user is not None
    assert stranger.effective_user.id == 9999
    assert post.effective_user is None
    assert pressed.callback_query is not None
    assert isinstance(pressed.callback_query.message, telegram.Message)
    assert pressed.callback_query.message.reply_markup is not None
    assert blocked.my_chat_member is not None
    assert blocked.my_chat_member.new_chat_member.status == "kicked"
    assert moved.message is not None
    assert moved.message.migrate_to_chat_id == -1000000000042


async def test_the_library_can_do_all_that_a_bot_does(chat: PracticeChat) -> None:
    async with chat.serve() as url, telegram.Bot(chat.token, base_url=f"{url}/bot") as bot:
        assert bot.username == "stockbell_practice_bot"
        sent = await bot.send_message(
            1001,
            "<i>hello</i>",
            parse_mode="HTML",
            disable_notification=True,
            reply_markup=telegram.InlineKeyboardMarkup([[telegram.InlineKeyboardButton("Go", callback_data="go")]]),
            link_preview_options=telegram.LinkPreviewOptions(is_disabled=True),
        )
        await bot.edit_message_text("hello again", 1001, sent.message_id)
        await bot.pin_chat_message(1001, sent.message_id)
        document = await bot.send_document(1001, telegram.InputFile(b"a,b\r\n1,2\r\n", "list.csv"), caption="the list")
        await bot.set_my_commands([("status", "How things stand")], scope=telegram.BotCommandScopeChat(1001))
        pinned = (await bot.get_chat(1001)).pinned_message
    assert pinned is not None
    assert pinned.text == "hello again"
    assert document.document is not None
    assert document.document.file_name == "list.csv"
    message, file = chat.messages(1001)
    assert (message.silent, message.pinned, message.edits) == (True, True, 1)
    assert file.file is not None
    assert (file.file.content, file.text) == (b"a,b\r\n1,2\r\n", "the list")


async def test_parameters_come_as_query_form_json_or_upload_alike(chat: PracticeChat, bot: Bot) -> None:
    message = {"chat_id": "1001", "text": "hello", "reply_markup": json.dumps(KEYBOARD)}
    async with httpx.AsyncClient() as client:
        await client.get(f"{bot.url}/sendMessage", params=message)
        await client.post(f"{bot.url}/sendmessage", data=message)
        await client.post(f"{bot.url}/SendMessage", json=message | {"reply_markup": KEYBOARD})
        await client.post(f"{bot.url}/sendMessage", data=message, files={"unused": b"x"})
    assert [(shown.text, len(shown.buttons)) for shown in chat.messages(1001)] == [("hello", 2)] * 4


async def test_until_names_what_the_chats_show_when_it_gives_up(chat: PracticeChat, bot: Bot) -> None:
    await bot.call("sendMessage", chat_id=1001, text="something else")
    with pytest.raises(TimeoutError, match="something else"):
        await chat.until(lambda: chat.messages(1001)[5].text == "never", timeout=0.01)


async def test_news_tell_of_messages_edits_and_pins_in_order(chat: PracticeChat, bot: Bot) -> None:
    news = chat.news()
    await bot.call("sendMessage", chat_id=1001, text="one")
    await bot.call("editMessageText", chat_id=1001, message_id=1, text="two")
    await bot.call("pinChatMessage", chat_id=1001, message_id=1)
    seen = [await anext(news) for _ in range(3)]
    assert [(chat_id, message.text, what) for chat_id, message, what in seen] == [
        (1001, "one", "new"),
        (1001, "two", "edit"),
        (1001, "two", "pin"),
    ]
