"""A world for measuring: as in the other tests, but with a store that notes when its answers have left."""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from config.products import BuyMode
from sandbox.chat import Group, Person, PracticeChat
from sandbox.store import PracticeStore
from tests.bench.store_process import shelf, tcins_of
from tests.world import ADA, World

#: Who gets what the bare client sends, and talks without a right to.
BEN = Person(id=1002, first_name="Ben", started=True)
ROOM = Group(id=-1001234567890, title="Hunters")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """One call that the store answered; loop times."""

    asked_at: float
    at: float
    tcins: frozenset[str]


class NotingStore(PracticeStore):
    """Notes every answer when its last byte has left."""

    answers: list[Answered]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        clock = asyncio.get_running_loop().time
        asked_at, tcins = clock(), Request(scope).query_params.get("tcins", "").split(",")
        await super().__call__(scope, receive, send)
        self.answers.append(Answered(asked_at=asked_at, at=clock(), tcins=frozenset(tcins)))

    def last_answer_before(self, at: float) -> float:
        return max(one.at for one in self.answers if one.at <= at)

    def first_answer_on(self, tcin: str, *, asked_after: float) -> float:
        return min(one.at for one in self.answers if tcin in one.tcins and one.asked_at >= asked_after)


class Stage(World):
    """A world whose service is the traced one."""

    store: NotingStore

    @property
    def trace(self) -> Path:
        return self.folder / "trace.json"

    async def start_traced(self, *more: str) -> None:
        await self.execute("tests.bench.service", "--trace", str(self.trace), *more)

    def alert_arrival(self, tcin: str, chat: int) -> float | None:
        """When the new message with this product's alert reached the server; None if it has not."""
        found = (
            call.at
            for call in self.chat.calls
            if (call.method, call.chat_id, call.ok) == ("sendMessage", chat, True)
            and _is_alert(str(call.params["text"]), tcin)
        )
        return next(found, None)

    async def alerted(self, tcin: str, chat: int, *, seconds: float = 20) -> float:
        await self.until_chat(lambda: self.alert_arrival(tcin, chat), seconds=seconds)
        arrived = self.alert_arrival(tcin, chat)
        assert arrived is not None
        return arrived


def _is_alert(text: str, tcin: str) -> bool:
    return "IN STOCK" in text.partition("\n")[0] and tcin in text


@asynccontextmanager
async def new_stage(
    folder: Path,
    products: int,
    *,
    every_s: float,
    groups: Sequence[Group] = (),
    people: Sequence[Person] = (),
    buy: BuyMode = BuyMode.ALERT,
    settings: Mapping[str, str] | None = None,
) -> AsyncGenerator[Stage]:
    """So many watched products, all out of stock; where nothing else is said, none is to be bought."""
    folder.mkdir(parents=True)  # noqa: ASYNC240  nothing else runs yet
    store, chat = NotingStore(shelf(products)), PracticeChat(people=[ADA, BEN, *people], groups=groups)
    store.answers = []
    pace = {f"STOCKBELL_MONITOR__EVERY_{end}_S": str(every_s) for end in ("MIN", "MAX")}
    async with store.serve() as store_url, chat.serve() as chat_url:
        stage = Stage(folder, store, chat, store_url, chat_url, settings=pace | dict(settings or {}))
        stage.watch(*tcins_of(products), buy=buy)
        try:
            yield stage
        finally:
            if stage.process is not None:
                await stage.kill()


async def until_cycle(world: World, number: int, *, seconds: float = 60) -> int:
    """Wait for that many cycles; the number of the last one."""
    status = await world.until_status(lambda status: status["cycle_id"] >= number, seconds=seconds)
    return int(status["cycle_id"])
