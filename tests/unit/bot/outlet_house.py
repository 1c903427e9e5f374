"""A journal on disk, and one outlet that is told of it by a transport in memory."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, timedelta
from pathlib import Path

from pydantic import SecretStr

from bot.feeds.outlets.apprise_service import DeliveryUnknown, OutletTrouble
from bot.feeds.outlets.outlet_feed import OutletFeed
from bot.feeds.outlets.outlet_news import OutletReader
from bot.telegram import tables as telegram_tables
from config.database import Database
from config.outlets import OutletAddress, OutletNews
from config.products import BuyMode
from purchasing.events import Fact, OutletBack, OutletFailed
from purchasing.storage import tables
from purchasing.storage.lines import watch_writes
from purchasing.storage.unit_of_work import Storage
from tests.builders import A, B, product, reading
from tests.fakes import FakeClock
from tests.unit.purchasing.books import Books

ALL = frozenset(OutletNews)
MARK = "sent again"
IN_STOCK = "PRACTICE · IN STOCK · price unknown"
SEEN_AGAIN = "PRACTICE · I can see Target again, after 1 m in which I could not."
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@dataclass
class FakeTransport:
    """A transport in memory; see the `OutletTransport` port. What it may have taken it took."""

    taken: list[tuple[str, str]] = field(default_factory=list)
    #: Raised, one for each message; after the last it takes them.
    troubles: list[OutletTrouble] = field(default_factory=list)
    on_send: Callable[[], None] = lambda: None
    on_title: Callable[[str], None] = lambda _: None

    async def send(self, *, title: str, body: str) -> None:
        self.on_send()
        self.on_title(title)
        trouble = self.troubles.pop(0) if self.troubles else None
        if trouble is None or isinstance(trouble, DeliveryUnknown):
            self.taken.append((title, body))
        if trouble is not None:
            raise trouble


@dataclass
class House:
    """A journal on disk, and one outlet that is told of it."""

    books: Books
    transport: FakeTransport
    takes: frozenset[OutletNews] = ALL
    feed: OutletFeed = field(init=False)
    url: str = "json://127.0.0.1/hook"

    def __post_init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        """As a start of the service does; what only the memory held is gone."""
        clock = self.books.clock
        self.feed = OutletFeed(
            OutletAddress(place=1, url=SecretStr(self.url), takes=self.takes),
            transport=self.transport,
            reader=OutletReader(self.takes, zone=UTC, product_link=lambda tcin: f"https://shop/{tcin}"),
            storage=Storage(self.books.database, on_journal=lambda: None, now=clock.now),
            zone=UTC,
            now=clock.now,
            monotonic=clock.monotonic,
        )

    async def happen(self, *facts: Fact) -> None:
        for one in facts:
            await self.books.do(lambda unit, one=one: unit.journal.append(one, at=self.books.at))  # type: ignore[misc]  # a lambda's default

    async def restock(self, *tcins: object) -> None:
        await self.books.cycle(*(reading(tcin, "IN_STOCK", at=self.books.at) for tcin in tcins))  # type: ignore[arg-type]  # a number is a text

    async def tell(self) -> list[str]:
        """Tell all that can be told now; the subjects of what was taken meanwhile."""
        before = len(self.transport.taken)
        while await self.feed.tell_next():
            pass
        return [title for title, _ in self.transport.taken[before:]]

    async def retry(self, after: timedelta = HOUR) -> list[str]:
        self.books.clock.go_on(after)
        return await self.tell()

    async def told_in_chat(self) -> list[type[Fact]]:
        return [type(one) for one in await self.books.facts(Fact) if isinstance(one, OutletFailed | OutletBack)]


@asynccontextmanager
async def new_house(folder: Path, takes: frozenset[OutletNews] = ALL) -> AsyncIterator[House]:
    metadata = [tables.metadata, telegram_tables.metadata]
    database = Database(folder / "stockbell.db", tables=metadata, on_open=watch_writes)
    await database.open()
    try:
        house = House(Books(folder / "stockbell.db", database, FakeClock()), FakeTransport(), takes)
        await house.books.watch(product(A, buy=BuyMode.ALERT), product(B, buy=BuyMode.ALERT))
        await house.tell()
        yield house
    finally:
        await database.close()
