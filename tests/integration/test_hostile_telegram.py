"""Whatever Telegram sends in the place of what it should: over a real file and real sockets."""

import asyncio
import contextlib
import itertools
import json
from collections.abc import Coroutine, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.inbox.inbox import PAUSES_S, pause_after
from bot.telegram.answers import SENSELESS_WAIT
from bot.telegram.api import LARGEST_ANSWER, Flooded, TelegramTrouble, Uncertain
from purchasing.recovery import Downtime
from purchasing.storage import tables
from sandbox.chat import Person
from tests.integration.inbox_desk import LISTED, OPERATOR, OWNER, STRANGER, Desk, fetching, in_private, new_desk
from tests.integration.post import eventually
from tests.junk import json_values, spoiled

DEEP = "[" * 100_000 + "]" * 100_000

NO_UPDATES = {
    "true": b'{"ok":true,"result":true}',
    "an object": b'{"ok":true,"result":{"update_id":1}}',
    "nothing in an update": b'{"ok":true,"result":[{}]}',
    "no updates in the list": b'{"ok":true,"result":[7,null,"x",[],{"update_id":"7"},{"update_id":true}]}',
    "a number out of bounds": b'{"ok":true,"result":[{"update_id":9223372036854775807}]}',
    "no result": b'{"ok":true}',
    "a list": b"[{}]",
    "too deep": DEEP.encode(),
    "broken UTF-8": b"\xff\xfe\x00{",
    "a page": b"<html>login</html>",
    "nothing": b"",
}


async def until_trouble(desk: Desk) -> None:
    async def troubled() -> bool:
        return desk.inbox.trouble is not None

    await eventually(troubled)


@pytest.mark.guards("bot", "what can't be read is fetched again after pauses that grow")
@pytest.mark.parametrize("kind", ["true", "nothing in an update", "too deep", "broken UTF-8"])
async def test_what_are_no_updates_is_told_as_trouble_and_ends_nothing(tmp_path: Path, kind: str) -> None:
    async with new_desk(tmp_path, begin=False) as desk:
        desk.chat.faults.answer_wrongly("getUpdates", NO_UPDATES[kind], calls=2)
        async with fetching(desk):
            await until_trouble(desk)
            desk.chat.say(OWNER.id, "/stop")
            assert await desk.until_heard() == ["stop"]
        first, second, third = [call.at for call in desk.chat.calls if call.method == "getUpdates"][:3]
        assert second - first >= PAUSES_S[0]
        assert third - second >= PAUSES_S[1]


async def test_any_answer_to_any_call_is_trouble_of_ours(tmp_path: Path) -> None:
    async with new_desk(tmp_path, begin=False) as desk:
        for body, status in itertools.product(NO_UPDATES.values(), (200, 400, 429, 500)):
            for method in ("getMe", "sendMessage", "sendDocument", "getUpdates"):
                desk.chat.faults.answer_wrongly(method, body, status=status)
            calls: list[Coroutine[Any, Any, object]] = [
                desk.api.me(),
                desk.api.send(OWNER.id, "x", thread=None, buttons=[], silent=True),
                desk.api.send_document(OWNER.id, "x", name="x", caption="", thread=None, buttons=[], silent=True),
            ]
            outcomes = await asyncio.gather(*calls, return_exceptions=True)
            assert [type(one) for one in outcomes if not isinstance(one, TelegramTrouble)] == []
            assert max(len(str(one)) for one in outcomes) < 400
            with contextlib.suppress(TelegramTrouble):
                assert isinstance(await desk.api.updates(offset=None), list)


@pytest.mark.parametrize("message_id", ["7", None, True, 2**63, 10**30, []])
async def test_a_message_without_a_number_is_perhaps_delivered(tmp_path: Path, message_id: object) -> None:
    message = {"message_id": message_id, "date": 1_800_000_000, "chat": {"id": OWNER.id, "type": "private"}}
    async with new_desk(tmp_path, begin=False) as desk:
        desk.chat.faults.answer_wrongly("sendMessage", json.dumps({"ok": True, "result": message}).encode())
        with pytest.raises(Uncertain):
            await desk.api.send(OWNER.id, "x", thread=None, buttons=[], silent=True)


async def test_a_bot_without_a_number_is_asked_again_who_it_is(tmp_path: Path) -> None:
    async with new_desk(tmp_path, begin=False) as desk:
        bot = {"id": "x", "is_bot": True, "first_name": "Bell", "username": "bell_bot"}
        desk.chat.faults.answer_wrongly("getMe", json.dumps({"ok": True, "result": bot}).encode())
        desk.chat.say(OWNER.id, "/stop")
        async with fetching(desk):
            assert await desk.until_heard() == ["stop"]


@pytest.mark.guards("bot", "no answer is larger than there is room for")
@pytest.mark.parametrize("packed", [True, False])
async def test_an_answer_is_read_within_bounds_and_never_unpacked_twice(tmp_path: Path, *, packed: bool) -> None:
    async with new_desk(tmp_path, begin=False) as desk:
        if packed:
            desk.chat.faults.answer_wrongly("getUpdates", b"\x1f\x8b\x08\x00", content_encoding="gzip, gzip")
        else:
            desk.chat.faults.answer_wrongly("getUpdates", b" " * (LARGEST_ANSWER + 1))
        with pytest.raises(TelegramTrouble, match="packed" if packed else "more than"):
            await desk.api.updates(offset=None)


# ---- floods


def flood(wait: object) -> bytes:
    refusal = {"ok": False, "error_code": 429, "description": "Too Many Requests", "parameters": {"retry_after": wait}}
    return json.dumps(refusal).encode()


@pytest.mark.guards("bot", "a wait that Telegram asks for has an end")
@pytest.mark.parametrize("wait", [10**9, 10**400, -5, "12", float("inf"), float("nan"), [1]], ids=str)
async def test_a_flood_ends(tmp_path: Path, wait: object) -> None:
    async with new_desk(tmp_path, begin=False) as desk:
        desk.chat.faults.answer_wrongly("sendMessage", flood(wait), status=429)
        with pytest.raises(Flooded) as caught:
            await desk.api.send(OWNER.id, "x", thread=None, buttons=[], silent=True)
        assert caught.value.wait == SENSELESS_WAIT


@pytest.mark.guards("bot", "nobody is unheard for longer than half a minute because Telegram asks to wait")
@pytest.mark.parametrize("wait", [timedelta(days=1), SENSELESS_WAIT, timedelta(minutes=1)])
def test_nobody_is_unheard_for_as_long_as_telegram_asks(wait: timedelta) -> None:
    assert pause_after(Flooded(wait), 0) == PAUSES_S[-1]


# ---- updates


STOP = in_private(OPERATOR, text="/stop")

SOUND: tuple[dict[str, Any], ...] = (
    STOP,
    in_private(OWNER, text="/add 94734932 max=49.99"),
    in_private(OWNER, caption="/list", photo=[]),
    in_private(STRANGER, text="/start ABCD2345"),
    in_private(Person(id=OWNER.id, first_name="Ada"), text="hello", message_thread_id=5, is_topic_message=True),
    {
        "callback_query": {
            "id": "1",
            "from": {"id": OWNER.id, "is_bot": False, "first_name": "Ada"},
            "message": STOP["message"],
            "chat_instance": "1",
            "data": "/pause",
        }
    },
    in_private(OWNER, chat={"id": LISTED.id, "type": "group"}, migrate_to_chat_id=-1001000000001),
)


async def restart(desk: Desk) -> None:
    """Nothing is stored, and the gate is open."""
    desk.gate.remove_file()
    desk.gate.open(desk.gate.mark)
    await desk.database.transact(lambda connection: connection.execute(sa.delete(tables.command)))


async def take_with_a_stop_behind(desk: Desk, junk: Sequence[Any], downtime: Downtime | None) -> None:
    """Take and apply all of a batch, and look whether the stop at its end was heard and everything could be stored."""
    me = await desk.api.me()
    await restart(desk)
    batch = [{"update_id": n, **one} if isinstance(one, dict) else one for n, one in enumerate(junk)]
    await desk.inbox.take([*batch, {"update_id": len(junk), **STOP}], me, downtime=downtime)
    assert desk.gate.shut is not None
    assert f"tg:{me.id}:{len(junk)}" in {one.key for one in await desk.stored() if one.what == "stop"}
    await desk.inbox.apply_pending()
    assert await desk.stored() == []


@pytest.mark.guards("bot", "an update that can't be read is skipped")
def test_whatever_comes_before_a_stop_it_is_heard_and_all_can_be_stored_and_applied(tmp_path: Path) -> None:
    with asyncio.Runner() as runner:
        context = new_desk(tmp_path, begin=False)
        desk = runner.run(context.__aenter__())

        @settings(max_examples=60, deadline=None)
        @given(
            st.lists(st.sampled_from(SOUND).flatmap(spoiled) | json_values(), max_size=6),
            st.sampled_from([None, Downtime(away=timedelta(hours=1), down=timedelta(0))]),
        )
        def take(junk: list[Any], downtime: Downtime | None) -> None:
            runner.run(take_with_a_stop_behind(desk, junk, downtime))

        try:
            take()
        finally:
            runner.run(context.__aexit__(None, None, None))
