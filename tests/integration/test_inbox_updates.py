"""What can't be read holds up nobody, what comes twice counts once, and nothing is acknowledged that is not stored."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bot.access.roles import Role
from sandbox.chat import Person
from tests.integration.inbox_desk import OPERATOR, OWNER, STRANGER, VIEWER, in_private, new_desk

#: Nothing can be added to it.
THE_END_OF_TIME = 253_402_300_799


@pytest.mark.guards("bot", "an update that can't be read is skipped")
@pytest.mark.parametrize(
    "poison",
    [
        {"message": {"message_id": 1}},
        {"message": {"message_id": "x", "date": "then", "chat": 5, "text": "/stop"}},
        {"message": []},
        {"callback_query": {"id": 1}},
        {"callback_query": {"id": "1", "from": {"id": 1001}, "data": "/stop"}},
        {"something_new": {"of": "a later Telegram"}},
        in_private(OWNER, text="/show", date=None),
        in_private(OWNER, text="/show", date=10**15),
        in_private(OWNER, text="/show", chat={"id": 2**70, "type": "private"}),
        in_private(OWNER, text="/show", is_topic_message=True, message_thread_id="x"),
        in_private(OWNER, text="/show", message_id=2**63),
        in_private(OWNER, text="/show " + "x" * 10_000),
        in_private(OWNER, text=["/show"]),
    ],
    ids=lambda poison: str(poison)[-60:],
)
async def test_an_update_that_can_not_be_read_is_skipped(tmp_path: Path, poison: dict[str, Any]) -> None:
    async with new_desk(tmp_path) as desk:
        desk.chat.say(OWNER.id, "/status")
        desk.chat.deliver(poison)
        desk.chat.say(OWNER.id, "/list")
        assert await desk.until_heard() == ["status", "list"]


async def test_a_strangers_word_that_breaks_something_holds_up_nobody(tmp_path: Path) -> None:
    async with new_desk(tmp_path) as desk:
        desk.chat.deliver(in_private(STRANGER, text="/start ABCD2345", date=THE_END_OF_TIME))
        desk.chat.say(OWNER.id, "/status")
        assert await desk.until_heard() == ["status"]


async def test_half_a_character_is_read_as_a_question_mark(tmp_path: Path) -> None:
    async with new_desk(tmp_path, begin=False) as desk:
        ada = Person(id=OWNER.id, first_name="Ada\udc00")
        said = (in_private(STRANGER, text="/start \ud800"), in_private(ada, text="/show \ud800"))
        raws = [{"update_id": number, **update} for number, update in enumerate(said)]
        await desk.inbox.take(raws, await desk.api.me())
        (command,) = await desk.stored()
        assert (command.what, command.args, command.person.name) == ("show", "?", "Ada?")


@pytest.mark.guards("bot", "an update is one command, however often it is fetched")
async def test_an_update_that_is_fetched_twice_is_one_command(tmp_path: Path) -> None:
    async with new_desk(tmp_path, begin=False) as desk:
        desk.chat.say(OWNER.id, "/status")
        me = await desk.api.me()
        for _ in range(2):
            await desk.inbox.take(await desk.api.updates(offset=None), me)
        assert await desk.said() == ["status"]


@pytest.mark.parametrize("failing", ["INSERT ON command", "INSERT ON access_grant"])
async def test_nothing_is_acknowledged_before_it_is_stored(tmp_path: Path, failing: str) -> None:
    async with new_desk(tmp_path, begin=False) as desk:
        code = await desk.invitations.invite(Role.OWNER, by=str(VIEWER.id))
        full = f"CREATE TRIGGER full BEFORE {failing} BEGIN SELECT RAISE(ABORT, 'the disk is full'); END"
        await desk.database.transact(lambda connection: connection.execute(sa.text(full)))
        running = asyncio.create_task(desk.inbox.fetch())
        number = desk.chat.say(OPERATOR.id, f"/start {code}")
        await asyncio.wait({running})
        assert running.exception() is not None
        offsets = [call.params.get("offset") for call in desk.chat.calls if call.method == "getUpdates"]
        assert str(number + 1) not in map(str, offsets)
