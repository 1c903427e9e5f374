"""Keys in the place of the keyboard, link buttons, and what people send beside plain words."""

from collections.abc import AsyncIterator

import pytest
import telegram

from sandbox.chat import Button, Group, Person, PracticeChat, ReplyKeyboard
from sandbox.shop.pictures import draw_parcel
from tests.integration.bot_calls import Bot, bot_of

ADA = Person(id=1001, first_name="Ada", started=True)
BEN = Person(id=1002, first_name="Ben", started=True)
FAMILY = Group(id=-100123, title="Family")
KEYS = {
    "keyboard": [[{"text": "Status"}, "List"], [{"text": "Help"}, {"text": ""}]],
    "resize_keyboard": True,
    "is_persistent": True,
    "input_field_placeholder": "Paste a link",
}
ORIGIN = {"type": "channel", "date": 1, "chat": {"id": -100999, "type": "channel", "title": "Deals"}, "message_id": 5}


@pytest.fixture
def chat() -> PracticeChat:
    return PracticeChat(people=[ADA, BEN], groups=[FAMILY])


@pytest.fixture
async def bot(chat: PracticeChat) -> AsyncIterator[Bot]:
    async with bot_of(chat) as bot:
        yield bot


async def test_a_reply_keyboard_stays_until_it_is_taken_away(chat: PracticeChat, bot: Bot) -> None:
    sent = await bot.call("sendMessage", chat_id=1001, text="Here", reply_markup=KEYS)
    await bot.call("sendMessage", chat_id=1001, text="plain")
    assert chat.keyboard(1001) == ReplyKeyboard(
        rows=(("Status", "List"), ("Help",)), resize=True, persistent=True, placeholder="Paste a link"
    )
    assert "reply_markup" not in sent
    chat.tap(1001, "Help")
    assert (await bot.updates())[-1]["message"]["text"] == "Help"
    with pytest.raises(LookupError):
        chat.tap(1001, "Stop")
    await bot.call("sendMessage", chat_id=1001, text="Gone", reply_markup={"remove_keyboard": True})
    assert chat.keyboard(1001) is None


async def test_a_keyboard_goes_with_its_message(chat: PracticeChat, bot: Bot) -> None:
    await bot.call("sendMessage", chat_id=1001, text="Here", reply_markup=KEYS)
    await bot.call("deleteMessage", chat_id=1001, message_id=1)
    assert chat.keyboard(1001) is None


async def test_in_a_group_a_selective_keyboard_is_for_whom_it_answers_and_a_tap_answers_it(
    chat: PracticeChat, bot: Bot
) -> None:
    chat.say(BEN.id, "/start", chat=FAMILY.id)
    await bot.call(
        "sendMessage",
        chat_id=FAMILY.id,
        text="Here",
        reply_parameters={"message_id": 1},
        reply_markup=KEYS | {"selective": True},
    )
    assert chat.keyboard(ADA.id, chat=FAMILY.id) is None
    chat.tap(BEN.id, "Status", chat=FAMILY.id)
    tapped = (await bot.updates())[-1]["message"]
    assert (tapped["from"]["id"], tapped["reply_to_message"]["text"]) == (BEN.id, "Here")


async def test_a_keyboard_without_keys_is_none_and_buttons_may_stand_beside_links(chat: PracticeChat, bot: Bot) -> None:
    link = {"text": "Open", "url": "https://a.example/p"}
    rows = [[link, {"text": "Skip", "callback_data": "skip:1"}]]
    await bot.call("sendMessage", chat_id=1001, text="a", reply_markup={"keyboard": []})
    sent = await bot.call("sendMessage", chat_id=1001, text="b", reply_markup={"inline_keyboard": rows})
    assert chat.keyboard(1001) is None
    assert sent["reply_markup"] == {"inline_keyboard": rows}
    edited = await bot.call(
        "editMessageReplyMarkup", chat_id=1001, message_id=2, reply_markup={"inline_keyboard": [[link]]}
    )
    assert edited["reply_markup"] == {"inline_keyboard": [[link]]}
    assert chat.messages(1001)[-1].buttons == ((Button("Open", url="https://a.example/p"),),)
    assert await bot.call("editMessageReplyMarkup", chat_id=1001, message_id=2)
    assert chat.messages(1001)[-1].buttons == ()


async def test_people_send_pictures_with_captions_and_forward_links(chat: PracticeChat, bot: Bot) -> None:
    entities = [{"type": "text_link", "offset": 0, "length": 4, "url": "https://a.example/A-1"}]
    chat.show(1001, draw_parcel("1"), "look https://a.example/A-2", entities=entities, forwarded=ORIGIN)
    chat.show(BEN.id, draw_parcel("1"), chat=FAMILY.id)
    chat.say(1001, "deal of the day", entities=entities, forwarded=True)
    photo, bare, post = await bot.updates()
    read = telegram.Update.de_json(photo, None).message
    assert read is not None
    assert read.caption == "look https://a.example/A-2"
    assert [one.type for one in read.caption_entities] == ["text_link", "url"]
    assert isinstance(read.forward_origin, telegram.MessageOriginChannel)
    assert (read.photo[0].width, read.photo[0].height) == (320, 320)
    assert "caption" not in bare["message"]
    assert post["message"]["entities"] == entities
    assert post["message"]["forward_origin"]["type"] == "hidden_user"
