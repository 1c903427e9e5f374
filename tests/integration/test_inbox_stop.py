"""A stop is heard before anything is stored, from whoever may stop, in whatever form."""

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bot.telegram.messages import ChatRecords
from sandbox.chat import Person, PracticeChat
from tests.integration.inbox_desk import (
    CHANNEL,
    LISTED,
    OPERATOR,
    OWNER,
    UNLISTED,
    VIEWER,
    fetching,
    in_private,
    in_the_owners_name,
    new_desk,
    origin_of,
)
from tests.integration.post import eventually
from tests.world import LONG


async def test_an_owners_stop_without_anything_odd_about_it_is_heard(tmp_path: Path) -> None:
    async with new_desk(tmp_path) as desk:
        desk.chat.deliver(in_the_owners_name())
        assert await desk.until_heard() == ["stop"]
        assert desk.gate.shut is not None


@pytest.mark.guards("bot", "a stop closes the gate before anything is stored, if the role allows it")
@pytest.mark.parametrize(
    "act",
    [
        lambda chat: chat.say(OPERATOR.id, "/stop"),
        lambda chat: chat.say(OWNER.id, "/x", chat=LISTED.id),
        lambda chat: chat.press(OPERATOR.id, 1, "/stop"),
        lambda chat: chat.say(OPERATOR.id, "Stop!"),
        lambda chat: chat.deliver(in_private(OPERATOR, caption="/stop")),
    ],
    ids=["in private", "in the group", "by a button", "by the bare word", "in a caption"],
)
async def test_a_stop_closes_the_gate_while_nothing_can_be_stored(
    tmp_path: Path, act: Callable[[PracticeChat], object]
) -> None:
    let_go = threading.Event()
    async with new_desk(tmp_path) as desk:
        await desk.until_heard()
        held = asyncio.create_task(desk.database.transact(lambda _: let_go.wait(LONG)))
        desk.chat.say(OPERATOR.id, "/status")
        desk.chat.say(VIEWER.id, "/list")
        act(desk.chat)
        await eventually(desk.is_shut)
        assert not held.done()
        let_go.set()
        await held
        assert await desk.until_heard() == ["version", "status", "list", "stop"]


@pytest.mark.guards("bot", "what was said before a stop in the same batch doesn't know of it")
async def test_each_command_knows_of_the_stops_before_it_and_of_no_later_one(tmp_path: Path) -> None:
    async with new_desk(tmp_path, begin=False) as desk:
        before = desk.gate.mark
        for text in ("/rearm 1234", "/add 94734932", "/stop", "/rearm 1234"):
            desk.chat.say(OWNER.id, text)
        async with fetching(desk):
            await desk.until_heard()
        marks = [command.gate_mark for command in await desk.stored()][:4]
        assert marks == [before, before, desk.gate.mark, desk.gate.mark]
        assert before != desk.gate.mark


@pytest.mark.guards("bot", "a stop of before a restart shuts the gate before what waited in front of it is applied")
async def test_a_stop_of_before_a_restart_shuts_the_gate_before_what_waited_in_front_of_it(tmp_path: Path) -> None:
    async with new_desk(tmp_path, begin=False) as desk:
        for text in ("/pause", "/stop"):
            desk.chat.say(OWNER.id, text)
        async with fetching(desk):
            await desk.until_heard()
        desk.gate.open(desk.gate.mark)
        shut_after: list[int] = []
        desk.gate.on_shut(lambda _why: shut_after.append(desk.database.transactions))
        begun_at = desk.database.transactions
        await desk.inbox.apply_pending()
        assert shut_after == [begun_at + 1]  # the one that read what is pending


@pytest.mark.guards("bot", "a stop closes the gate before anything is stored, if the role allows it")
async def test_a_stop_of_someone_who_may_not_stop_leaves_the_gate_open(tmp_path: Path) -> None:
    async with new_desk(tmp_path) as desk:
        desk.chat.say(VIEWER.id, "/stop")
        await desk.until_heard()
        assert desk.gate.shut is None


@pytest.mark.parametrize("method", ["setMyCommands", "deleteWebhook"])
async def test_a_stop_is_heard_whatever_else_fails_at_the_start(tmp_path: Path, method: str) -> None:
    async with new_desk(tmp_path, begin=False) as desk, fetching(desk):
        desk.chat.faults.lose_before(method, calls=1000)
        desk.chat.say(OWNER.id, "/stop")
        assert await desk.until_heard() == ["stop"]
        assert desk.gate.shut is not None


# ---- the bare word


@pytest.mark.guards("bot", "the bare word is a stop, in a caption too")
@pytest.mark.parametrize(
    "words",
    [
        {"text": "stop"},
        {"text": " Stop!"},
        {"text": "STOP."},
        {"text": "\N{OCTAGONAL SIGN} stop \N{OCTAGONAL SIGN}"},
        {"caption": "/stop"},
        {"caption": "Stop!!", "photo": []},
        {"text": "/ stop"},
    ],
    ids=str,
)
@pytest.mark.parametrize("speaker", [OWNER, OPERATOR], ids=["owner", "operator"])
async def test_the_bare_word_is_a_stop_in_a_caption_too(tmp_path: Path, words: dict[str, Any], speaker: Person) -> None:
    async with new_desk(tmp_path) as desk:
        desk.chat.deliver(in_private(speaker, **words))
        assert await desk.until_heard() == ["stop"]
        assert desk.gate.shut == f"stopped by {speaker.first_name}"


async def test_the_bare_word_in_the_group_is_a_stop_of_who_may_stop(tmp_path: Path) -> None:
    async with new_desk(tmp_path) as desk:
        desk.chat.say(VIEWER.id, "stop", chat=LISTED.id)
        assert await desk.until_heard() == []
        assert desk.gate.shut is None
        desk.chat.say(OPERATOR.id, "stop", chat=LISTED.id)
        assert await desk.until_heard() == ["version", "stop"]
        assert desk.gate.shut is not None


@pytest.mark.parametrize("text", ["stop that", "don't stop", "unstoppable", "bus-stop", "stops"])
async def test_a_word_within_others_is_no_stop(tmp_path: Path, text: str) -> None:
    async with new_desk(tmp_path) as desk:
        desk.chat.say(OWNER.id, text)
        assert await desk.until_heard() == ["text"]
        assert desk.gate.shut is None


async def test_the_bare_word_of_a_viewer_is_a_word_like_any_other(tmp_path: Path) -> None:
    async with new_desk(tmp_path) as desk:
        desk.chat.say(VIEWER.id, "stop")
        assert await desk.until_heard() == ["text"]
        assert desk.gate.shut is None


# ---- in a group that becomes another one


async def test_a_stop_in_a_group_that_has_just_become_a_supergroup_is_heard(tmp_path: Path) -> None:
    async with new_desk(tmp_path, begin=False) as desk:
        desk.chat.say(OWNER.id, "/status", chat=LISTED.id)
        new = desk.chat.make_supergroup(LISTED.id)
        desk.chat.say(OPERATOR.id, "/stop", chat=new)
        await desk.inbox.take(await desk.api.updates(offset=None), await desk.api.me())
        assert desk.gate.shut is not None
        assert [(one.what, origin_of(one).chat) for one in await desk.stored()] == [
            ("status", LISTED.id),
            ("stop", new),
        ]
        await desk.members.reload()
        assert desk.members.access.open_groups == [new, CHANNEL.id]


async def test_the_gate_is_closed_before_the_move_of_a_group_is_stored(tmp_path: Path) -> None:
    let_go = threading.Event()
    async with new_desk(tmp_path) as desk:
        await desk.until_heard()
        held = asyncio.create_task(desk.database.transact(lambda _: let_go.wait(LONG)))
        new = desk.chat.make_supergroup(LISTED.id)
        desk.chat.say(OPERATOR.id, "/stop", chat=new)
        await eventually(desk.is_shut)
        assert not held.done()
        let_go.set()
        await held


async def test_a_group_that_is_not_listed_may_become_what_it_likes(tmp_path: Path) -> None:
    async with new_desk(tmp_path) as desk:
        new = desk.chat.make_supergroup(UNLISTED.id)
        desk.chat.say(OWNER.id, "/stop", chat=new)
        assert await desk.until_heard() == []
        assert desk.gate.shut is None
        assert await desk.database.transact(lambda connection: ChatRecords(connection).moved_groups()) == {}
