"""Who is heard, as whom, and with which right by the time it is applied."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bot.access.origin import Origin, Press
from bot.access.roles import Access, Role
from bot.telegram.model import Toast
from bot.text.draft import Draft, Rank
from purchasing.commands import Person as Speaker
from purchasing.storage import tables as purchasing_tables
from purchasing.storage.unit_of_work import UnitOfWork
from sandbox.chat import PracticeChat
from tests.integration.inbox_desk import (
    CHANNEL,
    LISTED,
    OPERATOR,
    OWNER,
    ROBOT,
    STRANGER,
    UNASKED,
    UNLISTED,
    VIEWER,
    Desk,
    in_private,
    in_the_owners_name,
    new_desk,
    origin_of,
)

# ---- who is heard


async def test_a_command_is_stored_with_who_said_it_where_and_in_which_role(tmp_path: Path) -> None:
    async with new_desk(tmp_path) as desk:
        number = desk.chat.say(OPERATOR.id, "/list 2", chat=LISTED.id)
        await desk.until_heard()
        command, _ = await desk.stored()
        assert command.key == f"tg:{desk.chat.token.partition(':')[0]}:{number}"
        assert (command.what, command.args) == ("list", "2")
        assert command.person == Speaker(id=str(OPERATOR.id), name="Bob")
        assert origin_of(command) == Origin(chat=LISTED.id, private=False, role=Role.OPERATOR)


def bot_json(number: int = ROBOT.id) -> dict[str, Any]:
    return {"id": number, "is_bot": True, "first_name": "Robot", "username": "robot_bot"}


def channel_json() -> dict[str, Any]:
    return {"id": CHANNEL.id, "type": "channel", "title": CHANNEL.title}


NOBODYS: dict[str, Callable[[PracticeChat], object]] = {
    "a stranger": lambda chat: chat.say(STRANGER.id, "/stop"),
    "a stranger's start": lambda chat: chat.say(STRANGER.id, "/start"),
    "a stranger in the group": lambda chat: chat.say(STRANGER.id, "/stop", chat=LISTED.id),
    "an owner in another group": lambda chat: chat.say(OWNER.id, "/stop", chat=UNLISTED.id),
    "an edit": lambda chat: chat.say(OWNER.id, "/stop", edited=True),
    "a forward": lambda chat: chat.say(OWNER.id, "/stop", forwarded=True),
    "an anonymous admin": lambda chat: chat.say(OWNER.id, "/stop", chat=LISTED.id, sender_chat=LISTED.id),
    "a channel in the group": lambda chat: chat.say(OWNER.id, "/stop", chat=LISTED.id, sender_chat=CHANNEL.id),
    "a channel": lambda chat: chat.say(OWNER.id, "/stop", chat=CHANNEL.id),
    "a chat in an owner's name": lambda chat: chat.deliver(in_the_owners_name(sender_chat=channel_json())),
    "a bot through an owner": lambda chat: chat.deliver(in_the_owners_name(via_bot=bot_json())),
    "a bot with an owner's number": lambda chat: chat.deliver(in_the_owners_name(**{"from": bot_json(OWNER.id)})),
    "a bot": lambda chat: chat.say(ROBOT.id, "/stop", chat=LISTED.id),
    "another bot's name": lambda chat: chat.say(OWNER.id, "/stop@other_bot", chat=LISTED.id),
    "plain words in the group": lambda chat: chat.say(OWNER.id, "stop that", chat=LISTED.id),
    "a stranger's press": lambda chat: chat.press(STRANGER.id, 1, "/stop"),
    "a stranger's press in the group": lambda chat: chat.press(STRANGER.id, 1, "/stop", chat=LISTED.id),
    "a press in another group": lambda chat: chat.press(OWNER.id, 1, "/stop", chat=UNLISTED.id),
    "who comes back after blocking the bot": lambda chat: chat.unblock(STRANGER.id),
}


@pytest.mark.guards("bot", "edits, forwards, channels, bots, chats that speak as people, strangers get nothing")
@pytest.mark.parametrize("act", NOBODYS.values(), ids=NOBODYS.keys())
async def test_what_is_nobodys_word_is_not_stored_stops_nothing_and_gets_no_answer(
    tmp_path: Path, act: Callable[[PracticeChat], object]
) -> None:
    async with new_desk(tmp_path) as desk:
        act(desk.chat)
        assert await desk.until_heard() == []
        assert desk.gate.shut is None
        assert desk.done <= UNASKED


async def test_a_command_that_a_role_may_not_use_is_one_that_there_is_not(tmp_path: Path) -> None:
    async with new_desk(tmp_path) as desk:
        desk.chat.say(VIEWER.id, "/pause")
        desk.chat.say(OWNER.id, "/mode live", chat=LISTED.id)
        assert await desk.until_heard() == ["unknown", "unknown"]


async def test_who_begins_is_offered_the_commands_of_their_role(tmp_path: Path) -> None:
    async with new_desk(tmp_path) as desk:
        desk.chat.say(OPERATOR.id, "/start")
        await desk.chat.until(lambda: str(OPERATOR.id) in str([call.params for call in desk.chat.calls]))
        scopes = [str(call.params) for call in desk.chat.calls if call.method == "setMyCommands"]
        assert "rearm" not in scopes[-1]
        assert "stop" in scopes[-1]


async def test_a_caption_is_a_text(tmp_path: Path) -> None:
    async with new_desk(tmp_path) as desk:
        desk.chat.deliver(in_private(OPERATOR, caption="/add 94734932"))
        assert await desk.until_heard() == ["add"]


async def test_what_a_message_answers_is_kept_with_it(tmp_path: Path) -> None:
    async with new_desk(tmp_path) as desk:
        code = {"type": "code", "offset": 10, "length": 8}
        bot = {"id": 999, "is_bot": True, "first_name": "Stockbell"}
        chat = {"id": OWNER.id, "type": "private"}
        told = {"message_id": 3, "date": 1_800_000_000, "chat": chat, "from": bot}
        caption = {"caption": "IN STOCK: 94734932", "caption_entities": [code]}
        asked = {"text": "/pause 2h", "entities": [{"type": "bot_command", "offset": 0, "length": 6}]}
        desk.chat.deliver(in_private(OWNER, **asked, reply_to_message=told | caption))
        desk.chat.deliver(in_private(OWNER, **asked, reply_to_message=told | {"text": "Order 94734932"}))
        own = told | {"from": {"id": OWNER.id, "is_bot": False, "first_name": "Ada"}}
        link = "look https://www.target.com/p/-/A-93954435"
        desk.chat.deliver(in_private(OWNER, **asked, reply_to_message=own | {"text": link}))
        await desk.until_heard()
        about = [origin_of(one).about for one in await desk.stored()]
        assert about == [("94734932",), (), ("93954435",), ()]


# ---- by a button


async def test_a_press_is_answered_and_is_as_good_as_the_command(tmp_path: Path) -> None:
    async with new_desk(tmp_path) as desk:
        desk.chat.press(VIEWER.id, 1, "/status")
        await desk.chat.until(lambda: desk.chat.callback_answers)
        assert await desk.until_heard() == ["status"]


async def test_a_press_of_which_nothing_comes_within_a_second_is_answered_without_a_word(tmp_path: Path) -> None:
    async with new_desk(tmp_path) as desk:
        desk.chat.press(VIEWER.id, 7, "/status")
        await desk.chat.until(lambda: desk.chat.callback_answers)
        assert [(one.text, one.alert) for one in desk.chat.callback_answers] == [("", False)]
        (stored,) = await desk.stored()
        assert origin_of(stored).press == Press(id=desk.chat.callback_answers[0].query_id, message=7, data="/status")


@pytest.mark.guards("bot", "what came of a press is told once, and in a message where nobody waits for it any more")
async def test_what_comes_of_a_press_is_a_toast_while_it_is_waited_for_and_a_message_after_that(tmp_path: Path) -> None:
    async with new_desk(tmp_path, begin=False) as desk, asyncio.TaskGroup() as group:
        running = group.create_task(desk.background.run())
        _, query = desk.chat.ask(VIEWER.id, 7, "/status")
        message = Draft(key="reply:1", chat=VIEWER.id, text="late", rank=Rank.REPLY)
        toast = Toast(press=query, text="soon", alert=True, otherwise=[message])
        assert desk.presses.choose([toast]) == ([message], [])
        desk.presses.hold(query)
        for _ in range(2):  # what was overtaken is chosen again
            assert desk.presses.choose([toast]) == ([], [toast])
        desk.presses.say([toast])
        assert desk.presses.choose([toast]) == ([message], [])
        await desk.chat.until(lambda: desk.chat.callback_answers)
        assert [(one.text, one.alert) for one in desk.chat.callback_answers] == [("soon", True)]
        running.cancel()


# ---- who was heard and has lost the right since


async def outcome_of(desk: Desk, act: Callable[[PracticeChat], object], *, access: Access) -> tuple[str, bool]:
    """Why it was refused, and whether its speaker is told so, if this is the access by the time it is applied."""
    act(desk.chat)
    await desk.inbox.take(await desk.api.updates(offset=None), await desk.api.me())
    desk.members.access = access
    await desk.inbox.apply_pending()
    key = sa.select(purchasing_tables.command.c.key)
    done = await desk.database.transact(
        lambda connection: UnitOfWork(connection).commands.get(connection.execute(key).scalar_one())
    )
    assert done is not None
    assert done.result is not None
    return str(done.result.refusal), done.origin is not None


NOT_ANY_MORE = ("its speaker is not let in any more", False)


@pytest.mark.parametrize(
    ("act", "access", "outcome"),
    [
        (lambda chat: chat.say(OPERATOR.id, "/pause"), Access(owners=[OWNER.id]), NOT_ANY_MORE),
        (lambda chat: chat.press(OPERATOR.id, 1, "o:zzzz"), Access(owners=[OWNER.id]), NOT_ANY_MORE),
        (lambda chat: chat.say(OPERATOR.id, "/pause", chat=LISTED.id), Access(owners=[OPERATOR.id]), NOT_ANY_MORE),
        (
            lambda chat: chat.say(OPERATOR.id, "/pause"),
            Access(viewers=[OPERATOR.id]),
            ("your role does not allow it any more", True),
        ),
        (lambda chat: chat.say(OPERATOR.id, "/pause"), Access(owners=[OPERATOR.id]), ("None", True)),
    ],
    ids=["no role", "a press without a role", "a group not listed", "a lower role", "a higher role"],
)
async def test_a_command_is_applied_with_the_role_that_its_speaker_has_by_then(
    tmp_path: Path, act: Callable[[PracticeChat], object], access: Access, outcome: tuple[str, bool]
) -> None:
    async with new_desk(tmp_path, begin=False) as desk:
        assert await outcome_of(desk, act, access=access) == outcome
