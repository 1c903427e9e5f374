"""An inbox that fetches from the practice chat, over a real file and real sockets; who speaks to it, and how."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC
from pathlib import Path
from typing import Any, TypeVar

from bot.access.browsers import Browsers
from bot.access.invitations import Invitations
from bot.access.members import Members
from bot.access.origin import Origin, decode_origin
from bot.access.page_address import find_page_address
from bot.access.roles import Access
from bot.background import BackgroundQueue
from bot.charts.history_answers import HistoryAnswers
from bot.commands.browsing.handlers import BrowsingHandlers
from bot.commands.checks import ManualChecks
from bot.commands.handlers import Handlers
from bot.commands.menus import Menus
from bot.commands.requests import Watched
from bot.commands.watchlist_sync import WatchlistSync
from bot.inbox.inbox import Inbox
from bot.schema import TABLES
from bot.telegram.api import TelegramApi
from bot.telegram.presses import PressAnswers
from config.database import Connection, Database
from config.products import Mode
from config.settings import HttpSettings
from config.watchlist import WatchlistFile
from monitor.poll_plan import PollInterval
from monitor.request_budget import RequestBudget
from purchasing.commands import Command
from purchasing.control.steering import Steering
from purchasing.coordinator import Coordinator
from purchasing.recovery import Downtime
from purchasing.slot.emergency_stop import Gate
from purchasing.storage.unit_of_work import Storage
from sandbox.chat import Group, Kind, Person, PracticeChat
from tests.builders import chance, limits, seconds
from tests.fakes import FakeBuyer, FakeClock, FakeShop
from tests.integration.post import eventually

T = TypeVar("T")

OWNER, OPERATOR, VIEWER, STRANGER = (
    Person(id=number, first_name=name, started=True)
    for number, name in ((1001, "Ada"), (1002, "Bob"), (1003, "Cem"), (1009, "Mallory"))
)
ROBOT = Person(id=1010, first_name="Robot", is_bot=True, started=True)
LISTED, UNLISTED = Group(id=-1001000000001, title="Household"), Group(id=-1001000000002, title="Elsewhere")
CHANNEL = Group(id=-1001000000003, title="News", kind=Kind.CHANNEL)
HOUSE = Access(owners=[OWNER.id], operators=[OPERATOR.id], viewers=[VIEWER.id], groups=[LISTED.id, CHANNEL.id])
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
        history = HistoryAnswers(
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
            history=history,
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
