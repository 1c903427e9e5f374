"""Who is not let in gets nothing at all: not a word, not even the end of a button's clock."""

import re
from pathlib import Path
from typing import Any

from sandbox.chat import Group, Kind, Person
from tests.world import ADA, TROVE, World, data_of, new_world

STRANGER = 6001
VERA = Person(id=3001, first_name="Vera", started=True)
HOME = Group(id=-1001000000001, title="Home")
ELSEWHERE = Group(id=-1001000000009, title="Not listed")
CHANNEL = Group(id=-1001000000010, title="News", kind=Kind.CHANNEL)


async def _is_silent(world: World, *chats: int) -> None:
    """Nothing was said to these chats, no press of theirs answered, nothing of theirs kept."""
    await world.ask("/version", "Stockbell")
    await world.ask("/start", "You are owner here")
    status = await world.ask("/status", "Nothing is being bought")
    world.chat.press(ADA.id, status.message_id, data_of(status, "Refresh"))
    await world.until_chat(lambda: [one for one in world.chat.callback_answers if one.person == ADA.id])
    for chat in chats:
        assert world.messages(chat) == []
        assert [call.method for call in world.chat.calls if call.chat_id == chat] == []
    assert [one for one in world.chat.callback_answers if one.person != ADA.id] == []
    kept = world.rows("SELECT DISTINCT by FROM command")
    assert kept == [(str(ADA.id),)]


async def test_a_stranger_in_private_gets_nothing(tmp_path: Path) -> None:
    async with new_world(tmp_path) as world:
        world.watch(TROVE.tcin)
        await world.start()
        await world.until_status(lambda status: status["cycle_id"] >= 1)
        for text in ("/start", "/start ABCDEFGH", "/help", "/status", "/stop", "/x", "hello", f"/add {TROVE.tcin}"):
            world.chat.say(STRANGER, text)
        for data in ("/stop", "/status", "o:abcdefghijkmnpqr"):
            world.chat.press(STRANGER, 1, data)
        await _is_silent(world, STRANGER)
        status = await world.status()
        assert (status["stopped"], len(status["products"])) == (False, 1)


async def test_only_a_persons_own_new_word_in_a_listed_place_is_heard(tmp_path: Path) -> None:
    groups = (HOME, ELSEWHERE, CHANNEL)
    async with new_world(tmp_path, groups=groups, STOCKBELL_TELEGRAM__GROUPS=f"[{HOME.id}]") as world:
        world.watch(TROVE.tcin)
        await world.start()
        await world.until_status(lambda status: status["cycle_id"] >= 1)
        said = world.chat.say
        said(STRANGER, "/stop", chat=HOME.id)
        said(ADA.id, "/stop", chat=ELSEWHERE.id)
        said(ADA.id, "/stop", chat=CHANNEL.id)
        said(ADA.id, "/stop", chat=CHANNEL.id, edited=True)
        said(ADA.id, "/stop", chat=HOME.id, sender_chat=HOME.id)
        said(ADA.id, "/stop", chat=HOME.id, sender_chat=CHANNEL.id)
        said(ADA.id, "/stop", chat=HOME.id, forwarded=True)
        said(ADA.id, "/stop", forwarded=True)
        said(ADA.id, "/stop", edited=True)
        world.chat.deliver(_from_a_bot("/stop"))
        world.chat.press(STRANGER, 1, "/stop", chat=HOME.id)
        world.chat.press(ADA.id, 1, "/stop", chat=ELSEWHERE.id)
        await _is_silent_but_for_ada(world)
        assert not (await world.status())["stopped"]


def _from_a_bot(text: str) -> dict[str, Any]:
    bot = {"id": ADA.id, "is_bot": True, "first_name": "A bot"}
    chat = {"id": ADA.id, "type": "private", "first_name": "Ada"}
    return {"message": {"message_id": 900, "date": 1700000000, "chat": chat, "from": bot, "text": text}}


async def _is_silent_but_for_ada(world: World) -> None:
    presses = len(world.chat.callback_answers)
    await world.ask("/version", "Stockbell")
    for group in (HOME, ELSEWHERE, CHANNEL):
        assert world.messages(group.id) == []
        assert [call.method for call in world.chat.calls if call.chat_id == group.id] == []
    assert len(world.messages()) == 1
    assert len(world.chat.callback_answers) == presses
    assert len(world.rows("SELECT key FROM command")) == 1


async def test_an_update_that_cannot_be_parsed_holds_nobody_up(tmp_path: Path) -> None:
    async with new_world(tmp_path) as world:
        world.watch(TROVE.tcin)
        for rubbish in ({"message": {"text": "/stop"}}, {"message": 7}, {"callback_query": {"id": "1"}}, {"riddle": 1}):
            world.chat.deliver(rubbish)
        await world.start()
        await world.ask("/status", "Buying: on")
        assert len(world.rows("SELECT key FROM command")) == 1


async def test_alerts_go_to_people_with_a_role_who_pressed_start_and_to_listed_groups_alone(tmp_path: Path) -> None:
    silent = Person(id=3002, first_name="Has a role and pressed nothing")
    async with new_world(
        tmp_path,
        people=(ADA, VERA, silent),
        groups=(HOME, ELSEWHERE),
        STOCKBELL_TELEGRAM__VIEWERS=f"[{VERA.id}, {silent.id}]",
        STOCKBELL_TELEGRAM__GROUPS=f"[{HOME.id}]",
    ) as world:
        world.watch(TROVE.tcin)
        await world.start()
        await world.ask("/start", "You are viewer here", person=VERA.id)
        world.chat.say(STRANGER, "/start")
        world.store.set(TROVE.tcin, shipping="IN_STOCK")
        await world.answer(VERA.id, TROVE.tcin, after=world.last_id(VERA.id))
        await world.answer(HOME.id, TROVE.tcin, after=0)
        await world.ask("/status", "check ")
        chats = {call.chat_id for call in world.chat.calls if call.method.lower() == "sendmessage"}
        assert chats == {ADA.id, VERA.id, HOME.id}


# ---- the first owner


async def test_with_no_owner_the_code_on_the_console_makes_the_first_one_once(tmp_path: Path) -> None:
    async with new_world(tmp_path, STOCKBELL_TELEGRAM__OWNERS="[]") as world:
        world.watch(TROVE.tcin)
        await world.start()
        await world.until_status(lambda status: status["cycle_id"] >= 1)
        code = re.findall(r"/start ([A-Z0-9]{8})", world.log.read_text())[0]
        for wrong in ("/start", "/start WRONGONE", "/status", "/start 12345678"):
            world.chat.say(STRANGER, wrong)
        await world.ask(f"/start {code}", "You are owner here", person=ADA.id)
        world.chat.say(STRANGER, f"/start {code}")
        await world.ask("/status", "Buying: on")
        assert world.messages(STRANGER) == []
        await world.kill()
        world.log.unlink()
        await world.start()
        await world.ask("/status", "Buying: on")
        assert "/start " not in world.log.read_text()


async def test_wrong_codes_of_a_stranger_void_nobodys_code(tmp_path: Path) -> None:
    async with new_world(tmp_path, STOCKBELL_TELEGRAM__OWNERS="[]") as world:
        world.watch(TROVE.tcin)
        await world.start()
        await world.until_status(lambda status: status["cycle_id"] >= 1)
        (code,) = _codes(world)
        for n in range(5):
            world.chat.say(STRANGER, f"/start WRONG{n}")
        world.chat.say(STRANGER, f"/start {code}")
        await world.ask(f"/start {code}", "You are owner here")
        assert world.messages(STRANGER) == []
        assert _codes(world) == [code]


def _codes(world: World) -> list[str]:
    """The codes that the console showed."""
    return re.findall(r"/start ([A-Z0-9]{8})", world.log.read_text())
