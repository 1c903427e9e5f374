"""The outbox over a real file and real sockets, with no service around it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa

from bot.schema import TABLES
from bot.telegram import tables
from bot.telegram.api import TelegramApi
from bot.telegram.messages import ChatRecords
from bot.telegram.model import Message as Stored
from bot.telegram.outbox import Outbox
from bot.telegram.pictures import Pictures
from bot.text.draft import Draft, Rank
from config.database import Database
from purchasing.storage.lines import watch_writes
from sandbox.chat import BotCall, Group, Kind, Message, Person, PracticeChat
from tests.builders import AT, draft
from tests.world import LONG

T = TypeVar("T")

ADA = Person(id=1001, first_name="Ada", started=True)
BOB = Person(id=1002, first_name="Bob", started=True)
GROUP = Group(id=-1001000000001, title="Household")
FORUM = Group(id=-1001000000002, title="Forum", threads=frozenset({5, 7}))
#: It becomes a supergroup.
OLD_GROUP = Group(id=-4001, title="Friends", kind=Kind.GROUP)
_NOBODY = 1


def to_group(text: str = "PRACTICE · a word", key: str = "reply:1", **more: Any) -> Draft:
    return draft(text, key, chat=GROUP.id, **more)


async def eventually(wanted: Callable[[], Awaitable[object]]) -> None:
    """Wait for what shows in no chat."""
    async with asyncio.timeout(LONG):
        while True:
            if await wanted():
                return
            await asyncio.sleep(0.01)


@dataclass
class Post:
    """What is planned here leaves by the outbox that runs."""

    chat: PracticeChat
    url: str
    api: TelegramApi
    database: Database
    #: Where the pictures lie.
    pictures: Path
    moved: int = 0
    outbox: Outbox = field(init=False)
    _running: asyncio.Task[None] | None = None

    def __post_init__(self) -> None:
        self.new_outbox()

    # ---- the outbox

    def new_outbox(self) -> None:
        """As after a restart: nothing is remembered but what is on disk."""
        pictures = Pictures(self.pictures)
        self.outbox = Outbox(api=self.api, database=self.database, pictures=pictures, on_moved=self._note_move)

    async def _note_move(self) -> None:
        self.moved += 1

    async def begin(self) -> None:
        """Start it, and wait until it would send at once."""
        self.start()
        await eventually(self._would_send)

    def start(self) -> None:
        self._running = asyncio.create_task(self.outbox.run(), name="outbox")

    async def _would_send(self) -> bool:
        return self.outbox.free()(_NOBODY, Rank.REPLY)

    async def end(self) -> None:
        """Cancel it in whatever it is doing."""
        if self._running is not None:
            self._running.cancel()
            await asyncio.wait({self._running})
            self._running = None

    # ---- what is told

    async def do(self, work: Callable[[ChatRecords], T]) -> T:
        def on_connection(connection: sa.Connection) -> T:
            return work(ChatRecords(connection))

        return await self.database.transact(on_connection)

    async def tell(self, *drafts: Draft) -> list[Stored]:
        """Plan these in one transaction, and hand on what is new."""
        is_free = self.outbox.free()
        planned = await self.do(
            lambda records: [
                records.plan(one, at=AT, sending=is_free(one.chat, one.rank) and one is drafts[0]) for one in drafts
            ]
        )
        stored = [one for one in planned if one is not None]
        self.outbox.put(stored)
        return stored

    # ---- what is seen

    def messages(self, chat: int = GROUP.id) -> list[Message]:
        return [one for one in self.chat.messages(chat) if one.from_bot]

    def texts(self, chat: int = GROUP.id) -> list[str]:
        return [one.text for one in self.messages(chat)]

    def calls(self, method: str, chat: int | None = None) -> list[BotCall]:
        wanted = [one for one in self.chat.calls if one.method == method]
        return [one for one in wanted if chat in {None, one.chat_id}]

    async def until(self, wanted: Callable[[], object]) -> None:
        await self.chat.until(wanted)

    async def settled(self) -> None:
        """Until nothing is left to send."""
        await eventually(self._nothing_unsent)

    async def _nothing_unsent(self) -> bool:
        return not await self.do(lambda records: records.unsent())

    async def until_trouble(self) -> None:
        async def troubled() -> bool:
            return self.outbox.trouble is not None

        await eventually(troubled)

    async def states(self) -> list[str]:
        """How far the delivery of each message has come."""
        found = await self.database.transact(
            lambda connection: connection.execute(sa.select(tables.message.c.state).order_by(tables.message.c.id)).all()
        )
        return [state for (state,) in found]


@asynccontextmanager
async def new_post(folder: Path, *, people: tuple[Person, ...] = (ADA, BOB), begin: bool = True) -> AsyncIterator[Post]:
    chat = PracticeChat(people=people, groups=(GROUP, FORUM, OLD_GROUP))
    pictures = folder / "screenshots"
    pictures.mkdir()
    database = Database(folder / "stockbell.db", tables=TABLES, on_open=watch_writes)
    async with chat.serve() as url:
        api = TelegramApi(token=chat.token, api_url=url)
        await database.open()
        post = Post(chat, url, api, database, pictures)
        if begin:
            await post.begin()
        try:
            yield post
        finally:
            await post.end()
            await api.close()
            await database.close()
