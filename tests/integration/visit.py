"""A web side over a real file and a real socket, and those who ask it."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx

from bot.access.browsers import Browsers
from bot.feeds.journal_reader import JournalReader
from bot.health import HealthMonitor
from bot.schema import TABLES
from bot.web.connections import Bounds
from bot.web.parts import WebSide
from bot.web.stream.streams import MOST_READERS
from config.database import Database
from config.settings import HttpSettings
from purchasing.events import Fact
from purchasing.slot.emergency_stop import Gate
from purchasing.storage.unit_of_work import Storage
from tests.builders import chance
from tests.fakes import FakeClock
from tests.integration.command_desk import idle_schedule
from tests.integration.page_ties import page_ties
from tests.integration.post import eventually
from tests.world import LONG, reserve_port

PEOPLE = (1001, 1002)
TOKEN = "open-sesame-open-sesame"
#: Nothing comes by itself while a test runs.
NEVER = timedelta(seconds=LONG * 2)


@dataclass
class Line:
    """A connection, byte by byte."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    has: bytes = field(default=b"")

    async def say(self, words: bytes) -> None:
        self.writer.write(words)
        await self.writer.drain()

    async def until_answered(self) -> int:
        """The status of the next answer, whose body is read too."""
        async with asyncio.timeout(LONG):
            head = (await self.reader.readuntil(b"\r\n\r\n")).lower()
            length = int(head.partition(b"content-length: ")[2].split(b"\r\n")[0])
            await self.reader.readexactly(length)
        return int(head.split()[1])

    async def until_closed(self) -> None:
        async with asyncio.timeout(LONG):
            with suppress(ConnectionError):
                while await self.reader.read(65536):
                    pass


@dataclass(frozen=True, slots=True)
class Heard:
    """An event of a stream."""

    kind: str
    data: str
    id: str | None


@dataclass
class Listener:
    """Reads a stream as browsers do: an event counts once the empty line after it has come."""

    line: Line
    head: bytes = b""
    #: Of what is not whole yet.
    rest: bytes = b""
    heard: list[Heard] = field(default_factory=list)
    #: Lines that are for nobody.
    comments: int = 0
    has_ended: bool = False

    @property
    def status(self) -> int:
        return int(self.head.split()[1])

    @property
    def ids(self) -> list[int]:
        return [int(one.id) for one in self.heard if one.id is not None]

    async def take(self, most: int = 65536) -> int:
        """Read so many bytes at most; how many there were."""
        async with asyncio.timeout(LONG):
            try:
                data = await self.line.reader.read(most)
            except ConnectionError:
                data = b""
        self.has_ended = not data
        *whole, self.rest = (self.rest + data).split(b"\n\n")
        for block in whole:
            event = _parse(block)
            if event is None:
                self.comments += 1
            else:
                self.heard.append(event)
        return len(data)

    async def until(self, count: int) -> list[Heard]:
        """Read until so many events were heard."""
        async with asyncio.timeout(LONG):
            while len(self.heard) < count and not self.has_ended:
                await self.take()
        assert len(self.heard) == count, self.heard
        return self.heard

    async def until_ended(self) -> None:
        async with asyncio.timeout(LONG):
            while not self.has_ended:
                await self.take()

    def hang_up(self) -> None:
        self.line.writer.transport.abort()


def _parse(block: bytes) -> Heard | None:
    fields: dict[str, str] = {}
    for name, value in _fields(block):
        fields[name] = f"{fields[name]}\n{value}" if name in fields else value
    return Heard(fields["event"], fields["data"], fields.get("id")) if fields else None


def _fields(block: bytes) -> Iterator[tuple[str, str]]:
    for line in block.decode().split("\n"):
        name, _, value = line.partition(": ")
        if name:
            yield name, value


@dataclass
class Visit:
    """A web side, and those who connect to it."""

    port: int
    lines: AsyncExitStack
    web: WebSide
    database: Database
    storage: Storage
    browsers: Browsers
    #: Those of the journal, beside the streams.
    readers: list[JournalReader]
    clock: FakeClock
    running: Sequence[asyncio.Future[None]]

    async def connect(self) -> Line:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        self.lines.callback(writer.close)
        return Line(reader, writer)

    async def get(self, path: str = "/api/status", **headers: str) -> httpx.Response:
        return await self.ask("GET", path, **headers)

    async def ask(self, method: str, path: str, **headers: str) -> httpx.Response:
        async with httpx.AsyncClient(trust_env=False) as client:
            return await client.request(method, f"http://127.0.0.1:{self.port}{path}", headers=headers)

    async def listen(self, after: str | None = None, *, path: str = "/api/stream", **headers: str) -> Listener:
        """Begin to read a stream. The first protocol's second half left its chunks out of version 1.0."""
        line = await self.connect()
        given = {"Host": "localhost", **headers, **({} if after is None else {"Last-Event-ID": after})}
        words = "".join(f"{name}: {value}\r\n" for name, value in given.items())
        await line.say(f"GET {path} HTTP/1.0\r\n{words}\r\n".encode())
        async with asyncio.timeout(LONG):
            head = await line.reader.readuntil(b"\r\n\r\n")
        return Listener(line, head)

    async def write(self, *facts: Fact) -> None:
        """Let these happen, all at once."""

        def work(unit: Any) -> None:
            for fact in facts:
                unit.journal.append(fact, at=self.clock.now())

        await self.storage.write(work)

    async def until_read_by(self, count: int) -> None:
        """Until so many read."""

        async def so_many() -> bool:
            return self.web.streams.count == count

        await eventually(so_many)


@asynccontextmanager
async def visiting(
    folder: Path,
    bounds: Bounds | None = None,
    *,
    health: type[HealthMonitor] = HealthMonitor,
    beat: timedelta = NEVER,
    most_readers: int = MOST_READERS,
    **settings: Any,
) -> AsyncIterator[Visit]:
    clock, database = FakeClock(), Database(folder / "stockbell.db", tables=TABLES)
    await database.open()
    monitor = health(
        database=database,
        schedule=idle_schedule(clock),
        gate=Gate(folder / "EMERGENCY_STOP"),
        chat_trouble=lambda: None,
        file_problems=lambda: (),
        now=clock.now,
    )
    with reserve_port() as reserved:
        port = int(reserved.getsockname()[1])
        http = HttpSettings(port=port, **settings)

        def nudge() -> None:
            web.nudge()

        readers: list[JournalReader] = []
        storage = Storage(database, on_journal=nudge, now=clock.now)
        browsers = Browsers(storage=storage, now=clock.now, rng=chance(), may_read=lambda user: user in PEOPLE)
        web = WebSide(
            http,
            database=database,
            browsers=browsers,
            health=monitor,
            readers=lambda: readers,
            page=page_ties(),
            now=clock.now,
            bounds=bounds,
            beat=beat,
            most_readers=most_readers,
        )
        running = [asyncio.ensure_future(task()) for task in web.tasks().values()]
        try:
            async with AsyncExitStack() as lines:
                visit = Visit(port, lines, web, database, storage, browsers, readers, clock, running)
                await until_listening(visit)
                yield visit
        finally:
            await end(web, running)
            await database.close()


async def end(web: WebSide, running: Sequence[asyncio.Future[None]]) -> None:
    """As the service ends it."""
    web.close_streams()
    for task in running:
        task.cancel()
    await asyncio.wait(running)


async def until_listening(visit: Visit) -> None:
    async def listening() -> bool:
        with suppress(httpx.ConnectError):
            return (await visit.get("/")).status_code > 0
        return False

    await eventually(listening)
