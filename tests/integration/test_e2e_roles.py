"""Who may do what, from where: each role in private, and listed groups with and without topics."""

import asyncio
import json
from collections.abc import AsyncGenerator, Iterable
from functools import partial

import pytest
import pytest_asyncio

from bot.commands.specs import SPECS
from sandbox.chat import Group, Kind, Message, Person
from tests.world import ADA, DRAGON, TROVE, World, data_of, new_world

pytestmark = pytest.mark.asyncio(loop_scope="module")

VIEWERS = tuple(Person(id=3001 + n, first_name=f"Viewer{n}", started=True) for n in range(50))
OPERATORS = tuple(Person(id=4001 + n, first_name=f"Operator{n}", started=True) for n in range(50))
OWNERS = (ADA, *(Person(id=5001 + n, first_name=f"Owner{n}", started=True) for n in range(8)))

HOME = Group(id=-1001000000001, title="Home")
FORUM = Group(id=-1001000000002, title="Forum", threads=frozenset({5, 7}))
PLAIN = Group(id=-3, title="Plain group", kind=Kind.GROUP)


def _there_are(*names: str) -> tuple[str, ...]:
    known = {name for spec in SPECS for name in (spec.name, *spec.aliases)}
    return tuple(name for name in names if name in known)


FOR_VIEWERS = _there_are(
    *("start", "help", "status", "board", "list", "show", "why", "slot"),
    *("orders", "spend", "history", "chart", "alerts", "mute", "quiet", "web"),
)
FOR_OPERATORS = _there_are(
    *("add", "remove", "set", "move", "pause", "resume", "refresh", "check", "stop", "estop", "x", "cancel"),
    *("buy", "skip", "settle", "health", "log", "clearlog", "version", "drill"),
)
FOR_OWNERS = _there_are("rearm", "mode", "users", "invite", "revoke", "audit")
#: What may be said here by whoever may without disturbing the other tests.
HARMLESS = tuple(name for name in FOR_OPERATORS if name not in {"pause", "stop", "estop", "x", "drill"})
NOT_FOR_YOU = "for you here"


def _ids(people: Iterable[Person | Group]) -> str:
    return json.dumps([one.id for one in people])


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[World]:
    async with new_world(
        tmp_path_factory.mktemp("roles"),
        people=(*OWNERS, *OPERATORS, *VIEWERS),
        groups=(HOME, FORUM, PLAIN),
        STOCKBELL_TELEGRAM__OWNERS=_ids(OWNERS),
        STOCKBELL_TELEGRAM__OPERATORS=_ids(OPERATORS),
        STOCKBELL_TELEGRAM__VIEWERS=_ids(VIEWERS),
        STOCKBELL_TELEGRAM__GROUPS=_ids((HOME, FORUM, PLAIN)),
    ) as world:
        world.watch(TROVE.tcin)
        await world.start()
        await world.until_status(lambda status: status["cycle_id"] >= 1)
        yield world


async def _ask_all(world: World, people: Iterable[Person], names: Iterable[str]) -> dict[str, Message]:
    """Each person says another of the commands; the answers by command."""
    pairs = list(zip(names, people, strict=False))
    answers = await asyncio.gather(*(world.ask(f"/{name}", person=person.id) for name, person in pairs))
    return {name: answer for (name, _), answer in zip(pairs, answers, strict=True)}


# ---- roles


async def test_viewers_may_do_all_that_is_for_viewers(world: World) -> None:
    answers = await _ask_all(world, VIEWERS, FOR_VIEWERS)
    assert [name for name, answer in answers.items() if NOT_FOR_YOU in answer.text] == []


async def test_viewers_may_do_nothing_that_is_for_operators_or_owners(world: World) -> None:
    answers = await _ask_all(world, VIEWERS, (*FOR_OPERATORS, *FOR_OWNERS))
    assert [name for name, answer in answers.items() if NOT_FOR_YOU not in answer.text] == []
    status = await world.status()
    assert (status["stopped"], status["paused"]) == (False, False)


async def test_operators_may_do_all_that_is_for_operators_and_viewers(world: World) -> None:
    answers = await _ask_all(world, OPERATORS, (*FOR_VIEWERS, *HARMLESS))
    assert [name for name, answer in answers.items() if NOT_FOR_YOU in answer.text] == []


async def test_operators_may_do_nothing_that_is_for_owners(world: World) -> None:
    answers = await _ask_all(world, OPERATORS, FOR_OWNERS)
    assert [name for name, answer in answers.items() if NOT_FOR_YOU not in answer.text] == []


async def test_owners_may_do_all_that_is_for_owners(world: World) -> None:
    answers = await _ask_all(world, OWNERS, FOR_OWNERS)
    assert [name for name, answer in answers.items() if NOT_FOR_YOU in answer.text] == []


async def test_every_command_has_its_role_in_these_tables() -> None:
    assert {spec.name for spec in SPECS} <= {*FOR_VIEWERS, *FOR_OPERATORS, *FOR_OWNERS}


async def test_help_tells_each_role_what_it_may_do_and_no_more(world: World) -> None:
    for person, role, least, not_for in (
        (VIEWERS[40], "viewer", "/list", "/add"),
        (OPERATORS[42], "operator", "/add", "/rearm"),
        (OWNERS[7], "owner", "/rearm", "no such"),
    ):
        told = (await world.ask("/help", "What you can do here", person=person.id)).text
        assert (least in told, not_for in told) == (True, False), role


async def test_help_on_a_command_of_a_higher_role_tells_nothing_of_it(world: World) -> None:
    assert "highest price" not in (await world.ask("/help add", "I know no", person=VIEWERS[41].id)).text


async def test_a_near_miss_is_never_answered_with_a_command_of_a_higher_role(world: World) -> None:
    assert "/rearm?" not in (await world.ask("/rearmm", "I know no", person=VIEWERS[42].id)).text


async def test_the_menu_behind_the_slash_is_that_of_the_role(world: World) -> None:
    for person, names in (
        (VIEWERS[43], FOR_VIEWERS),
        (OPERATORS[43], (*FOR_VIEWERS, *FOR_OPERATORS)),
        (OWNERS[6], (*FOR_VIEWERS, *FOR_OPERATORS, *FOR_OWNERS)),
    ):
        await world.ask("/start", "Stockbell", person=person.id)
        await world.until_chat(partial(world.menu_of, person.id))
        assert world.menu_of(person.id) == set(names) - {"check", "estop", "x"}


async def test_whoever_has_pressed_nothing_has_the_menu_of_a_viewer_in_a_group(world: World) -> None:
    given = [call.params for call in world.chat.calls if call.method.lower() == "setmycommands"]
    default = next(one for one in given if "chat_id" not in one.get("scope", ""))
    assert {one["command"] for one in json.loads(default["commands"])} == set(FOR_VIEWERS) - {"web"}


# ---- forged and foreign presses


async def test_a_forged_press_does_no_more_than_the_word_of_the_same_person(world: World) -> None:
    viewer = VIEWERS[30]
    greeting = await world.ask("/start", "You are viewer here", person=viewer.id)
    assert [button.data for row in greeting.buttons for button in row if "stop" in (button.data or "")] == []
    after = world.last_id(viewer.id)
    for data in ("/stop", "/rearm", f"/remove {TROVE.tcin}"):
        world.chat.press(viewer.id, greeting.message_id, data)
    await world.answer(viewer.id, "/remove", NOT_FOR_YOU, after=after)
    status = await world.status()
    assert (status["stopped"], len(status["products"])) == (False, 1)


async def test_a_forged_press_of_rubbish_harms_nobody(world: World) -> None:
    viewer = VIEWERS[31]
    greeting = await world.ask("/start", "You are viewer here", person=viewer.id)
    for data in ("", "o:", "o:zzzz", "\x00", "🦊", "add 12345678", "/", "x" * 64):
        world.chat.press(viewer.id, greeting.message_id, data)
    world.chat.press(viewer.id, 999_999, "o:zzzz")
    await world.ask("/status", "Buying: on", person=viewer.id)


async def test_a_viewer_in_the_group_cannot_use_up_the_operators_undo(world: World) -> None:
    operator, viewer = OPERATORS[40], VIEWERS[32]
    told = await world.ask(f"/add {DRAGON.tcin}", "Watching", person=operator.id, chat=HOME.id)
    refused = await world.press(told, "Undo", "role does not allow it", person=viewer.id)
    assert DRAGON.tcin in {one["tcin"] for one in (await world.status())["products"]}
    assert refused.text == "Your role does not allow it"
    await world.press(told, "Undo", "Undone", person=operator.id)
    assert DRAGON.tcin not in {one["tcin"] for one in (await world.status())["products"]}


# ---- groups


async def test_a_listed_group_is_answered_there_with_the_role_of_who_asks(world: World) -> None:
    for group in (HOME, PLAIN):
        await world.ask("/status", "Buying: on", person=VIEWERS[33].id, chat=group.id)
        await world.ask("/health", NOT_FOR_YOU, person=VIEWERS[33].id, chat=group.id)
        await world.ask("/health", "All is well", person=OPERATORS[33].id, chat=group.id)


async def test_what_is_for_private_chats_alone_is_refused_in_a_group(world: World) -> None:
    for name in FOR_OWNERS:
        await world.ask(f"/{name}", f"/{name} works only in the private chat", person=ADA.id, chat=HOME.id)
    await world.ask("/help mode", "/mode works only in the private chat", person=ADA.id, chat=HOME.id)
    told = (await world.ask("/help", "What you can do here", person=ADA.id, chat=HOME.id)).text
    assert "/rearm" not in told


async def test_an_answer_goes_to_the_topic_in_which_was_asked(world: World) -> None:
    for thread in (5, 7):
        asked = await world.ask("/start", "Stockbell", person=ADA.id, chat=FORUM.id, thread=thread)
        assert asked.thread == thread
        pressed = await world.press(asked, "Status", "Buying: on", person=ADA.id)
        assert pressed.thread == thread


async def test_the_board_of_a_group_is_pinned_in_the_topic_in_which_was_asked(world: World) -> None:
    world.chat.say(ADA.id, "/board", chat=FORUM.id, thread=5)
    await world.until_chat(lambda: any(one.pinned for one in world.messages(FORUM.id)))
    assert [one.thread for one in world.messages(FORUM.id) if one.pinned] == [5]


async def test_a_command_for_another_bot_is_left_to_it(world: World) -> None:
    after = world.last_id(HOME.id)
    world.chat.say(ADA.id, "/status@another_bot", chat=HOME.id)
    told = await world.ask("/version@Stockbell_Practice_Bot", "Stockbell", person=ADA.id, chat=HOME.id)
    assert [one for one in world.messages(HOME.id) if after < one.message_id < told.message_id] == []


async def test_what_people_say_to_each_other_in_a_group_is_not_answered(world: World) -> None:
    after = world.last_id(PLAIN.id)
    for text in ("good morning", DRAGON.tcin, f"see https://example.com/A-{DRAGON.tcin}", "/"):
        world.chat.say(ADA.id, text, chat=PLAIN.id)
    told = await world.ask("/version", "Stockbell", person=ADA.id, chat=PLAIN.id)
    assert [one for one in world.messages(PLAIN.id) if after < one.message_id < told.message_id] == []


async def test_an_operator_in_a_group_stops_by_one_tap_of_a_button_that_others_were_given(world: World) -> None:
    greeting = await world.ask("/start", "You are owner here", person=ADA.id, chat=HOME.id)
    assert data_of(greeting, "Stop") == "/stop"
    after = world.last_id(HOME.id)
    world.chat.press(VIEWERS[34].id, greeting.message_id, "/stop", chat=HOME.id)
    await world.answer(HOME.id, "/stop", NOT_FOR_YOU, after=after)
    assert not (await world.status())["stopped"]
