"""What is heard, of whom, and what becomes of it; over a real file and real sockets."""

import asyncio
import re
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest
import sqlalchemy as sa

from bot.access.browsers import Browsers
from bot.access.invitations import CODE_HOLDS, CONSOLE, TRIES, Invitations
from bot.access.members import Members
from bot.access.origin import Origin, Press, decode_origin
from bot.access.page_address import find_page_address
from bot.access.roles import Access, Role
from bot.background import BackgroundQueue
from bot.charts.historian import Historian
from bot.commands.browsing.handlers import BrowsingHandlers
from bot.commands.checks import ManualChecks
from bot.commands.handlers import Handlers
from bot.commands.menus import Menus
from bot.commands.requests import Watched
from bot.commands.watchlist_sync import WatchlistSync
from bot.inbox.inbox import MOST_UPDATES, Inbox
from bot.schema import TABLES
from bot.telegram.api import TelegramApi
from bot.telegram.messages import ChatRecords
from bot.telegram.model import Toast
from bot.telegram.presses import PressAnswers
from bot.text.draft import Draft, Rank
from config.database import Connection, Database
from config.products import Mode
from config.settings import HttpSettings
from config.watchlist import WatchlistFile
from monitor.poll_plan import PollInterval
from monitor.request_budget import RequestBudget
from purchasing.commands import Command
from purchasing.commands import Person as Speaker
from purchasing.control.steering import Steering
from purchasing.coordinator import Coordinator
from purchasing.recovery import Downtime
from purchasing.slot.emergency_stop import Gate
from purchasing.storage import tables as purchasing_tables
from purchasing.storage.unit_of_work import Storage, UnitOfWork
from sandbox.chat import Group, Kind, Person, PracticeChat
from tests.builders import chance, limits, seconds
from tests.fakes import FakeBuyer, FakeClock, FakeShop
from tests.integration.bot_calls import Bot
from tests.integration.post import eventually
from tests.world import LONG

T = TypeVar("T")

OWNER, OPERATOR, VIEWER, STRANGER = (
    Person(id=number, first_name=name, started=True)
    for number, name in ((1001, "Ada"), (1002, "Bob"), (1003, "Cem"), (1009, "Mallory"))
)
ROBOT = Person(id=1010, first_name="Robot", is_bot=True, started=True)
LISTED, UNLISTED = Group(id=-1001000000001, title="Household"), Group(id=-1001000000002, title="Elsewhere")
CHANNEL = Group(id=-1001000000003, title="News", kind=Kind.CHANNEL)
HOUSE = Access(owners=[OWNER.id], operators=[OPERATOR.id], viewers=[VIEWER.id], groups=[LISTED.id, CHANNEL.id])
#: Nothing can be added to it.
THE_END_OF_TIME = 253_402_300_799

#: What a bot does whoever speaks to it.
UNASKED = {"getMe", "deleteWebhook", "setMyCommands", "getUpdates"}


class CountingDatabase(Database):
    transactions = 0

    async def transact(self, work: Callable[[Connection], T]) -> T:
        self.transactions += 1
        return await super().transact(work)


@dataclass
class Desk:
    """An inbox that fetches; nothing applies what it stores."""

    chat: PracticeChat
    url: str
    api: TelegramApi
    database: CountingDatabase
    gate: Gate
    access: Access
    clock: FakeClock = field(default_factory=FakeClock)
    steering: Steering = field(init=False)
    invitations: Invitations = field(init=False)
    members: Members = field(init=False)
    inbox: Inbox = field(init=False)
    background: BackgroundQueue = field(init=False)

    def __post_init__(self) -> None:
        storage = Storage(self.database, on_journal=lambda: None, now=self.clock.now)
        coordinator = Coordinator(
            storage=storage,
            shopper=FakeBuyer(),
            look=FakeShop(now=self.clock.now).look,
            gate=self.gate,
            limits=limits(),
            timezone=UTC,
            now=self.clock.now,
        )
        self.steering = steering = Steering(
            storage=storage,
            gate=self.gate,
            modes=[Mode.SIMULATE],
            slot=coordinator.slot,
            now=self.clock.now,
            rng=chance(),
        )
        file = WatchlistFile(Path("nowhere") / "watchlist.toml")
        self.invitations = Invitations(storage=storage, now=self.clock.now, rng=chance())
        self.members = Members(self.access, database=self.database, invitations=self.invitations)
        self.background = BackgroundQueue("taps and menus")
        self.presses = PressAnswers(api=self.api, background=self.background)
        menus = Menus(api=self.api, background=self.background, access=lambda: self.members.access)
        historian = Historian(
            storage=storage,
            queue=steering.queue,
            presses=self.presses,
            data_dir=Path("nowhere"),
            zone=UTC,
            now=self.clock.now,
        )
        handlers = Handlers(
            storage=storage,
            steering=steering,
            watchlist_sync=WatchlistSync(file=file, coordinator=coordinator, steering=steering),
            members=self.members,
            invitations=self.invitations,
            menus=menus,
            historian=historian,
            checks=ManualChecks(
                watched=Watched(storage=storage, now=self.clock.now),
                check_now=lambda: None,
                is_real_shop=False,
                budget=RequestBudget(None, monotonic=self.clock.monotonic),
                interval=PollInterval(least=seconds(15), most=seconds(25)),
                now=self.clock.now,
                monotonic=self.clock.monotonic,
            ),
            browsing=BrowsingHandlers(
                browsers=Browsers(storage=storage, now=self.clock.now, rng=chance(), may_read=lambda _user: True),
                address=find_page_address(HttpSettings()),
                queue=steering.queue,
            ),
            now=self.clock.now,
        )
        self.inbox = Inbox(
            api=self.api,
            members=self.members,
            gate=self.gate,
            queue=steering.queue,
            handlers=handlers,
            presses=self.presses,
            menus=menus,
            now=self.clock.now,
        )

    async def stored(self) -> list[Command]:
        """The commands on disk, which nothing applies."""
        return await self.steering.queue.pending()

    async def said(self) -> list[str]:
        """What each stored command asks for."""
        return [command.what for command in await self.stored()]

    async def until_heard(self) -> list[str]:
        """What was asked for before this call. A last word of the owner tells when all was heard."""
        last = self.chat.say(OWNER.id, "/version")

        async def is_stored() -> bool:
            return any(command.key.endswith(f":{last}") for command in await self.stored())

        await eventually(is_stored)
        *before, version = await self.said()
        assert version == "version"
        return before

    async def is_shut(self) -> bool:
        return self.gate.shut is not None

    @property
    def done(self) -> set[str]:
        """The methods that were called."""
        return {call.method for call in self.chat.calls}


def origin_of(command: Command) -> Origin:
    assert command.origin is not None
    return decode_origin(command.origin)


@asynccontextmanager
async def fetching(desk: Desk) -> AsyncIterator[None]:
    """A desk that was not begun fetches now, and does what waits in the background."""
    running = [asyncio.create_task(work()) for work in (desk.inbox.fetch, desk.background.run)]
    try:
        yield
    finally:
        for task in running:
            task.cancel()
        await asyncio.wait(running)


@asynccontextmanager
async def new_desk(folder: Path, access: Access = HOUSE, *, begin: bool = True) -> AsyncIterator[Desk]:
    people, groups = (OWNER, OPERATOR, VIEWER, STRANGER, ROBOT), (LISTED, UNLISTED, CHANNEL)
    chat = PracticeChat(people=people, groups=groups)
    database = CountingDatabase(folder / "stockbell.db", tables=TABLES)
    async with chat.serve() as url:
        await database.open()
        api = TelegramApi(token=chat.token, api_url=url)
        desk = Desk(chat, url, api, database, Gate(folder / "EMERGENCY_STOP"), access)
        desk.inbox.begin(Downtime(away=seconds(0), down=seconds(0)))
        try:
            async with fetching(desk) if begin else nullcontext():
                yield desk
        finally:
            await api.close()
            await database.close()


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


def in_private(person: Person, **more: Any) -> dict[str, Any]:
    """The update of a message that this person writes to the bot."""
    speaker = {"id": person.id, "is_bot": False, "first_name": person.first_name}
    message = {"message_id": 50, "date": 1_800_000_000, "chat": {"id": person.id, "type": "private"}, "from": speaker}
    return {"message": message | more}


def in_the_owners_name(**more: Any) -> dict[str, Any]:
    """The update of an owner's stop in the listed group, with something more about it."""
    message = {
        "message_id": 1,
        "date": 1_800_000_000,
        "chat": {"id": LISTED.id, "type": "supergroup", "title": LISTED.title},
        "from": {"id": OWNER.id, "is_bot": False, "first_name": OWNER.first_name},
        "text": "/stop",
    }
    return {"message": message | more}


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


# ---- the stop


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


async def test_a_caption_is_a_text(tmp_path: Path) -> None:
    async with new_desk(tmp_path) as desk:
        desk.chat.deliver(in_private(OPERATOR, caption="/add 94734932"))
        assert await desk.until_heard() == ["add"]


@pytest.mark.guards("bot", "a stop closes the gate before anything is stored, if the role allows it")
async def test_a_stop_of_someone_who_may_not_stop_leaves_the_gate_open(tmp_path: Path) -> None:
    async with new_desk(tmp_path) as desk:
        desk.chat.say(VIEWER.id, "/stop")
        await desk.until_heard()
        assert desk.gate.shut is None


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


# ---- what can't be read, and what comes twice


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


@pytest.mark.guards("bot", "what waited through a downtime is late, however many answers it fills")
async def test_all_that_waited_through_a_downtime_is_late_however_many_answers_it_fills(tmp_path: Path) -> None:
    async with new_desk(tmp_path, begin=False) as desk:
        desk.inbox.begin(Downtime(away=timedelta(seconds=121), down=timedelta()))
        for _ in range(MOST_UPDATES + 1):
            desk.chat.press(OWNER.id, 1, "/buy #1")
        running = asyncio.create_task(desk.inbox.fetch())
        assert len(await desk.until_heard()) == MOST_UPDATES + 1
        desk.chat.press(OWNER.id, 1, "/buy #2")
        await desk.until_heard()
        running.cancel()
        await asyncio.wait({running})
        late = [origin_of(one).late for one in await desk.stored() if one.what == "buy"]
        assert late == [True] * (MOST_UPDATES + 1) + [False]


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


# ---- who is let in


async def in_reply_to(desk: Desk, text: str, person: Person = STRANGER, **more: Any) -> list[str]:
    """What is stored after this person said it."""
    desk.chat.say(person.id, text, **more)
    return await desk.until_heard()


async def a_code(desk: Desk) -> str:
    """A one-time code as the service's console shows it."""
    code = await desk.members.first_code()
    assert code is not None
    return code


@asynccontextmanager
async def ownerless(folder: Path) -> AsyncIterator[tuple[Desk, str]]:
    """A service that only knows an operator, who can speak but not let in; and the code for its first owner."""
    async with new_desk(folder, Access(operators=[OWNER.id], groups=[LISTED.id])) as desk:
        yield desk, await a_code(desk)


async def test_the_code_on_the_console_lets_the_first_owner_in_and_greets(tmp_path: Path) -> None:
    async with ownerless(tmp_path) as (desk, code):
        assert await in_reply_to(desk, f"/start {code}") == ["start"]
        assert desk.members.access.role_of(STRANGER.id) is Role.OWNER
        assert await desk.members.first_code() is None


async def test_a_code_is_read_in_any_case(tmp_path: Path) -> None:
    async with ownerless(tmp_path) as (desk, code):
        await in_reply_to(desk, f"/start {code.lower()} ")
        assert desk.members.access.role_of(STRANGER.id) is Role.OWNER


async def test_a_wrong_code_gets_silence(tmp_path: Path) -> None:
    async with ownerless(tmp_path) as (desk, _):
        assert await in_reply_to(desk, "/start ABCD2345") == []
        assert desk.members.access.role_of(STRANGER.id) is None
        assert desk.done <= UNASKED


@pytest.mark.guards("bot", "five wrong codes bar who said them")
@pytest.mark.parametrize(("wrong", "role"), [(4, Role.OWNER), (5, None)])
async def test_five_wrong_codes_bar_who_said_them(tmp_path: Path, wrong: int, role: Role | None) -> None:
    async with ownerless(tmp_path) as (desk, code):
        for _ in range(wrong):
            desk.chat.say(STRANGER.id, "/start ABCD2345")
        await in_reply_to(desk, f"/start {code}")
        assert desk.members.access.role_of(STRANGER.id) is role


@pytest.mark.guards("bot", "a wrong code costs its sender alone")
async def test_wrong_codes_void_nobodys_invitation(tmp_path: Path) -> None:
    async with new_desk(tmp_path) as desk:
        code = await desk.invitations.invite(Role.OPERATOR, by=str(OWNER.id))
        for _ in range(2 * TRIES):
            desk.chat.say(STRANGER.id, "/start ABCD2345")
        assert await in_reply_to(desk, f"/start {code}", VIEWER) == ["start"]
        assert desk.members.access.role_of(VIEWER.id) is Role.OPERATOR


async def test_a_code_of_an_earlier_run_is_good(tmp_path: Path) -> None:
    async with new_desk(tmp_path) as desk:
        code = await desk.invitations.invite(Role.OPERATOR, by=str(OWNER.id))
    async with new_desk(tmp_path) as desk:
        await desk.members.reload()
        assert await in_reply_to(desk, f"/start {code}") == ["start"]


@pytest.mark.guards("bot", "strangers cost no transaction")
async def test_what_strangers_say_and_do_costs_no_transaction(tmp_path: Path) -> None:
    async with new_desk(tmp_path, begin=False) as desk:
        await desk.invitations.invite(Role.OPERATOR, by=str(OWNER.id))
        me = await desk.api.me()
        before = desk.database.transactions
        for number in range(300):
            stranger = Person(id=5000 + number, first_name="Mallory")
            said = (
                in_private(stranger, text=f"/start WRONG{number}"),
                in_private(stranger, text="stop"),
                in_private(stranger, migrate_to_chat_id=-number),
            )
            await desk.inbox.take([{"update_id": number, **one} for one in said], me)
        # Only that people could be heard is noted now and then.
        assert desk.database.transactions - before < 30


@pytest.mark.guards("bot", "a code holds for ten minutes")
@pytest.mark.parametrize(("late", "role"), [(timedelta(), Role.OWNER), (timedelta(seconds=1), None)])
async def test_a_code_runs_out(tmp_path: Path, late: timedelta, role: Role | None) -> None:
    async with ownerless(tmp_path) as (desk, code):
        desk.clock.go_on(CODE_HOLDS + late)
        await in_reply_to(desk, f"/start {code}")
        assert desk.members.access.role_of(STRANGER.id) is role


async def test_whoever_is_let_in_is_offered_the_commands_of_their_role(tmp_path: Path) -> None:
    async with ownerless(tmp_path) as (desk, code):
        desk.chat.say(STRANGER.id, f"/start {code}")
        await desk.chat.until(lambda: "rearm" in str([call.params for call in desk.chat.calls]))


async def test_a_code_raises_a_role(tmp_path: Path) -> None:
    async with ownerless(tmp_path) as (desk, code):
        assert await in_reply_to(desk, f"/start {code}", OWNER) == ["start"]
        assert desk.members.access.role_of(OWNER.id) is Role.OWNER
        assert [origin_of(one).role for one in await desk.stored()] == [Role.OWNER] * 2


async def test_a_code_that_would_raise_nobody_is_left_for_whom_it_is_meant(tmp_path: Path) -> None:
    async with new_desk(tmp_path) as desk:
        code = await desk.invitations.invite(Role.OPERATOR, by=str(OWNER.id))
        assert await in_reply_to(desk, f"/start {code}", OPERATOR) == ["start"]
        assert await in_reply_to(desk, f"/start {code}") == ["start", "version", "start"]
        assert [desk.members.access.role_of(one.id) for one in (OPERATOR, STRANGER)] == [Role.OPERATOR] * 2


async def test_a_code_works_once(tmp_path: Path) -> None:
    async with ownerless(tmp_path) as (desk, code):
        await in_reply_to(desk, f"/start {code}")
        assert await in_reply_to(desk, f"/start {code}", VIEWER) == ["start", "version"]
        assert desk.members.access.role_of(VIEWER.id) is None


@pytest.mark.guards("bot", "a code counts in a start of one's own, in private")
@pytest.mark.parametrize(
    "act",
    [
        lambda chat, code: chat.say(STRANGER.id, f"/start {code}", chat=LISTED.id),
        lambda chat, code: chat.say(STRANGER.id, f"/start {code}", forwarded=True),
        lambda chat, code: chat.press(STRANGER.id, 1, f"/start {code}"),
        lambda chat, code: chat.say(STRANGER.id, f"/help {code}"),
        lambda chat, code: chat.say(STRANGER.id, code),
    ],
    ids=["in a group", "forwarded", "pressed", "another command", "bare"],
)
async def test_a_code_counts_only_in_a_start_of_ones_own_in_private(
    tmp_path: Path, act: Callable[[PracticeChat, str], object]
) -> None:
    async with ownerless(tmp_path) as (desk, code):
        act(desk.chat, code)
        assert await desk.until_heard() == []
        assert desk.members.access.role_of(STRANGER.id) is None


async def test_with_an_owner_in_the_settings_there_is_no_code(tmp_path: Path) -> None:
    async with new_desk(tmp_path) as desk:
        assert await desk.members.first_code() is None


async def test_an_owner_in_the_settings_ends_the_code_of_an_earlier_start(tmp_path: Path) -> None:
    async with new_desk(tmp_path) as desk:
        code = await desk.invitations.invite(Role.OWNER, by=CONSOLE)
        assert await desk.members.first_code() is None
        assert await in_reply_to(desk, f"/start {code}") == []


@pytest.mark.parametrize(
    ("tries", "late", "is_fresh"),
    [(2 * TRIES, timedelta(), False), (0, CODE_HOLDS + seconds(1), True)],
    ids=["others said wrong ones", "run out"],
)
async def test_a_code_that_is_good_no_longer_is_followed_by_a_fresh_one(
    tmp_path: Path, tries: int, late: timedelta, *, is_fresh: bool
) -> None:
    async with ownerless(tmp_path) as (desk, _):
        for _ in range(tries):
            desk.chat.say(STRANGER.id, "/start ABCD2345")
        await desk.until_heard()
        desk.clock.go_on(late)
        fresh = await desk.members.next_code()
        assert (fresh is not None) is is_fresh


# ---- Telegram away


@pytest.mark.guards("bot", "a webhook that was left behind is taken away")
async def test_a_webhook_that_somebody_left_behind_is_taken_away(tmp_path: Path) -> None:
    async with new_desk(tmp_path, begin=False) as desk:
        desk.chat.webhook = "https://elsewhere.example"
        desk.chat.say(OWNER.id, "/status")
        async with fetching(desk):
            assert await desk.until_heard() == ["status"]


@pytest.mark.parametrize("method", ["setMyCommands", "deleteWebhook"])
async def test_a_stop_is_heard_whatever_else_fails_at_the_start(tmp_path: Path, method: str) -> None:
    async with new_desk(tmp_path, begin=False) as desk, fetching(desk):
        desk.chat.faults.lose_before(method, calls=1000)
        desk.chat.say(OWNER.id, "/stop")
        assert await desk.until_heard() == ["stop"]
        assert desk.gate.shut is not None


async def test_the_inbox_waits_out_a_flood(tmp_path: Path) -> None:
    async with new_desk(tmp_path, begin=False) as desk:
        desk.chat.faults.flood_method("getUpdates", retry_after=2)
        desk.chat.say(OWNER.id, "/status")
        async with fetching(desk):
            assert await desk.until_heard() == ["status"]
        refused, answered = [call.at for call in desk.chat.calls if call.method == "getUpdates"][:2]
        assert answered - refused >= 2


async def test_what_was_said_while_telegram_was_away_is_heard_afterwards(tmp_path: Path) -> None:
    async with new_desk(tmp_path) as desk:
        await desk.until_heard()
        desk.chat.faults.down = True

        async def troubled() -> bool:
            return desk.inbox.trouble is not None

        await eventually(troubled)
        desk.chat.say(OWNER.id, "/status")
        desk.chat.faults.clear()
        assert await desk.until_heard() == ["version", "status"]
        assert desk.inbox.trouble is None


@pytest.mark.guards("bot", "what comes in on an unbroken poll did not wait, whatever its date says")
@pytest.mark.parametrize(("ahead", "way"), [(timedelta(hours=3), "ahead of"), (timedelta(hours=-3), "behind")])
async def test_what_comes_in_on_an_unbroken_poll_did_not_wait_and_clocks_that_differ_are_told(
    tmp_path: Path, ahead: timedelta, way: str
) -> None:
    async with new_desk(tmp_path) as desk:
        desk.clock.at = datetime.now(UTC).replace(microsecond=0) + ahead  # noqa: TID251  Telegram's clock is the real one
        await desk.until_heard()
        desk.chat.say(OWNER.id, "/resume")
        await desk.until_heard()
        *_, resume, _ = await desk.stored()
        assert (resume.what, resume.at) == ("resume", desk.clock.at)
        assert re.search(rf"clock is (2 h 59 m|3 h).* {way} Telegram's", desk.inbox.clock_trouble or "")
        desk.clock.at = datetime.now(UTC)  # noqa: TID251  as above
        await desk.until_heard()  # a clock that was set on may as well be a machine that slept
        await desk.until_heard()
        assert desk.inbox.clock_trouble is None


@pytest.mark.guards("bot", "what was said while the machine slept waited")
async def test_what_was_said_while_the_machine_slept_waited(tmp_path: Path) -> None:
    async with new_desk(tmp_path) as desk:
        desk.clock.at = datetime.now(UTC)  # noqa: TID251  Telegram's clock is the real one
        await desk.until_heard()
        desk.chat.say(OWNER.id, "/resume")
        desk.clock.at += timedelta(hours=1)  # the monotonic clock stands still in a sleep
        await desk.until_heard()
        *_, resume, _ = await desk.stored()
        assert resume.what == "resume"
        assert timedelta(minutes=59) < desk.clock.at - resume.at < timedelta(minutes=61)


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


@pytest.mark.parametrize("refused", [True, False], ids=["a wrong token", "another program that polls"])
async def test_what_keeps_the_inbox_from_fetching_is_told(tmp_path: Path, *, refused: bool) -> None:
    async with new_desk(tmp_path) as desk, httpx.AsyncClient() as client:
        await desk.until_heard()
        if refused:
            desk.chat.faults.token_refused = True
            desk.chat.say(OWNER.id, "/version")  # a poll that has begun already ends by it

        async def told() -> bool:
            if not refused:  # the inbox may just be between two polls
                await Bot(f"{desk.url}/bot{desk.chat.token}", client).answer("getUpdates", timeout=0)
            said = "Telegram refuses the token" if refused else "another program polls with this token"
            return desk.inbox.trouble == said

        await eventually(told)
