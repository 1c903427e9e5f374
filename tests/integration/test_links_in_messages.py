"""Links in captions, under words, in groups and in what is forwarded: which are heard, and of whom."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bot.commands.lists import linked_tcins, with_links
from sandbox.chat import PracticeChat
from tests.builders import A, B
from tests.integration.inbox_desk import (
    LISTED,
    OPERATOR,
    OWNER,
    STRANGER,
    UNASKED,
    UNLISTED,
    VIEWER,
    in_private,
    new_desk,
)

LINK, OTHER = f"https://www.target.com/p/trove/-/A-{A}", f"https://www.target.com/p/-/A-{B}"
PHOTO = [{"file_id": "p", "file_unique_id": "p", "width": 90, "height": 90, "file_size": 900}]
VIDEO = {"file_id": "v", "file_unique_id": "v", "width": 90, "height": 90, "duration": 3}
FILE = {"file_id": "d", "file_unique_id": "d", "file_name": "list.pdf"}
FROM_CHANNEL = {
    "type": "channel",
    "date": 1_800_000_000,
    "chat": {"id": -1001000000077, "type": "channel", "title": "Restocks"},
    "message_id": 7,
}
FROM_SOMEBODY = {"type": "hidden_user", "date": 1_800_000_000, "sender_user_name": "Somebody"}
FROM_A_BOT = {
    "type": "user",
    "date": 1_800_000_000,
    "sender_user": {"id": 1010, "is_bot": True, "first_name": "Robot"},
}


def under(words: str, url: str, *, text: str) -> list[dict[str, Any]]:
    """The link that is hidden under these words of the text."""
    before = text[: text.index(words)]
    offset, length = (len(one.encode("utf-16-le")) // 2 for one in (before, words))
    return [{"type": "text_link", "offset": offset, "length": length, "url": url}]


def in_group(update: dict[str, Any], chat: int = LISTED.id) -> dict[str, Any]:
    update["message"]["chat"] = {"id": chat, "type": "supergroup", "title": "Household"}
    return update


HEARD: dict[str, tuple[dict[str, Any], tuple[str, str]]] = {
    "a link in a photo's caption": (
        in_private(OWNER, photo=PHOTO, caption=f"look {LINK}"),
        ("text", f"look {LINK}"),
    ),
    "a command in a photo's caption": (in_private(OWNER, photo=PHOTO, caption=f"/add {A}"), ("add", A)),
    "a command in a video's caption": (in_private(OWNER, video=VIDEO, caption=f"/add {A}"), ("add", A)),
    "a stop in a file's caption": (in_private(OWNER, document=FILE, caption="Stop!"), ("stop", "")),
    "a link under words": (
        in_private(OWNER, text="🐉 here it is", entities=under("here", LINK, text="🐉 here it is")),
        ("text", f"🐉 here it is https://www.target.com/p/-/A-{A}"),
    ),
    "a link under words of a caption": (
        in_private(OWNER, photo=PHOTO, caption="here", caption_entities=under("here", LINK, text="here")),
        ("text", f"here https://www.target.com/p/-/A-{A}"),
    ),
    "a link under words of an add": (
        in_private(OWNER, text="/add this max=30", entities=under("this", LINK, text="/add this max=30")),
        ("add", f"this max=30 https://www.target.com/p/-/A-{A}"),
    ),
    "a stop with a link under it": (
        in_private(OWNER, text="stop", entities=under("stop", LINK, text="stop")),
        ("stop", ""),
    ),
    "a link that is shown as a preview": (
        in_private(OWNER, text="look", link_preview_options={"url": LINK}),
        ("text", f"look https://www.target.com/p/-/A-{A}"),
    ),
    "a link under words that leads elsewhere": (
        in_private(OWNER, text="here", entities=under("here", "https://example.com/A-94734932", text="here")),
        ("text", "here"),
    ),
    "links that can't be read": (
        in_private(OWNER, text=f"look {LINK}", entities=[{"type": "text_link", "offset": -5, "length": "x", "url": 7}]),
        ("text", f"look {LINK}"),
    ),
    "a link in the group": (in_group(in_private(OPERATOR, text=f"wow {LINK} max=3 12345678")), ("links", A)),
    "a link under a picture in the group": (
        in_group(in_private(OPERATOR, photo=PHOTO, caption=f"{LINK}, {OTHER}")),
        ("links", f"{A} {B}"),
    ),
    "a post of a channel": (
        in_private(OWNER, forward_origin=FROM_CHANNEL, text=f"/add {B} stop {LINK} 12345678"),
        ("links", A),
    ),
    "a post of somebody hidden": (
        in_private(OWNER, forward_origin=FROM_SOMEBODY, photo=PHOTO, caption=LINK),
        ("links", A),
    ),
    "a post of a bot": (in_private(OWNER, forward_origin=FROM_A_BOT, text=LINK), ("links", A)),
    "a post with a link under its words": (
        in_private(OWNER, forward_origin=FROM_CHANNEL, text="/stop", entities=under("/stop", LINK, text="/stop")),
        ("links", A),
    ),
    "a post with a link on its button": (
        in_private(
            OWNER,
            forward_origin=FROM_CHANNEL,
            text="In stock!",
            reply_markup={"inline_keyboard": [[{"text": "Buy", "url": LINK}, {"text": "x", "callback_data": "/stop"}]]},
        ),
        ("links", A),
    ),
    "a viewer's post": (in_private(VIEWER, forward_origin=FROM_CHANNEL, text=LINK), ("links", A)),
    "a post in the group": (in_group(in_private(OWNER, forward_origin=FROM_CHANNEL, text=LINK)), ("links", A)),
}


@pytest.mark.parametrize(("update", "meant"), HEARD.values(), ids=HEARD.keys())
async def test_what_a_message_means(tmp_path: Path, update: dict[str, Any], meant: tuple[str, str]) -> None:
    async with new_desk(tmp_path) as desk:
        desk.chat.deliver(update)
        await desk.until_heard()
        command, _ = await desk.stored()
        assert (command.what, command.args) == meant
        assert (desk.gate.shut is not None) == (command.what == "stop")


UNHEARD: dict[str, Callable[[PracticeChat], object]] = {
    "a stop that was forwarded": lambda chat: chat.say(OWNER.id, "stop", forwarded=True),
    "a stop in a caption that was forwarded": lambda chat: chat.deliver(
        in_private(OWNER, forward_origin=FROM_CHANNEL, photo=PHOTO, caption="/stop")
    ),
    "an add that was forwarded": lambda chat: chat.say(OWNER.id, f"/add {A}", forwarded=True),
    "a number that was forwarded": lambda chat: chat.say(OWNER.id, A, forwarded=True),
    "another link that was forwarded": lambda chat: chat.say(OWNER.id, "https://example.com/a", forwarded=True),
    "a code that was forwarded": lambda chat: chat.say(STRANGER.id, "/start ABCD2345", forwarded=True),
    "a stranger's link": lambda chat: chat.say(STRANGER.id, LINK),
    "a stranger's forwarded link": lambda chat: chat.say(STRANGER.id, LINK, forwarded=True),
    "a stranger's link in the group": lambda chat: chat.say(STRANGER.id, LINK, chat=LISTED.id),
    "a stranger's forward in the group": lambda chat: chat.say(STRANGER.id, LINK, chat=LISTED.id, forwarded=True),
    "a viewer's link in the group": lambda chat: chat.say(VIEWER.id, LINK, chat=LISTED.id),
    "a viewer's forward in the group": lambda chat: chat.say(VIEWER.id, LINK, chat=LISTED.id, forwarded=True),
    "a link in another group": lambda chat: chat.say(OWNER.id, LINK, chat=UNLISTED.id),
    "a forward in another group": lambda chat: chat.say(OWNER.id, LINK, chat=UNLISTED.id, forwarded=True),
    "an anonymous admin's link": lambda chat: chat.say(OWNER.id, LINK, chat=LISTED.id, sender_chat=LISTED.id),
    "a number in the group": lambda chat: chat.say(OWNER.id, f"{A} {B}", chat=LISTED.id),
    "words in the group": lambda chat: chat.say(OWNER.id, "is it in stock?", chat=LISTED.id),
    "another link in the group": lambda chat: chat.say(OWNER.id, "https://example.com/A-94734932", chat=LISTED.id),
    "another bot's command with a link": lambda chat: chat.say(OWNER.id, f"/add@other_bot {LINK}", chat=LISTED.id),
    "an edit that brings a link": lambda chat: chat.say(OWNER.id, LINK, chat=LISTED.id, edited=True),
    "a press that is a link": lambda chat: chat.press(OWNER.id, 1, LINK, chat=LISTED.id),
}


@pytest.mark.guards("bot", "of what is forwarded, and of talk in a group, links to products alone are heard")
@pytest.mark.parametrize("act", UNHEARD.values(), ids=UNHEARD.keys())
async def test_what_is_not_heard(tmp_path: Path, act: Callable[[PracticeChat], object]) -> None:
    async with new_desk(tmp_path) as desk:
        act(desk.chat)
        assert await desk.until_heard() == []
        assert desk.gate.shut is None
        assert desk.done - {"answerCallbackQuery"} <= UNASKED


def test_the_products_behind_links_are_each_taken_once_and_no_number_beside_them() -> None:
    words = f"{LINK}, 12345678 ({OTHER}) {LINK} https://example.com/A-11111111 target.com/p/-/A-22222222".split()
    assert linked_tcins(words) == (A, B, "22222222")


def test_a_hidden_link_is_written_behind_a_text_that_does_not_hold_it() -> None:
    assert with_links(f"look {LINK}", f"{LINK} {OTHER}") == f"look {LINK} https://www.target.com/p/-/A-{B}"
