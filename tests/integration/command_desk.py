"""Commands that are given and applied by hand, one after another; over a real file, with no chat around them."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.access.browsers import Browsers
from bot.access.invitations import Invitations
from bot.access.members import Members
from bot.access.origin import Origin, Press
from bot.access.page_address import find_page_address
from bot.access.roles import Access, Role
from bot.background import BackgroundQueue
from bot.charts.history_answers import HistoryAnswers
from bot.charts.renderer import ChartRenderer
from bot.commands.browsing.handlers import BrowsingHandlers
from bot.commands.checks import ManualChecks
from bot.commands.handlers import Handlers
from bot.commands.menus import Menus
from bot.commands.requests import Watched
from bot.commands.watchlist_sync import WatchlistSync
from bot.schema import TABLES
from bot.telegram.api import TelegramApi
from bot.telegram.presses import PressAnswers
from bot.text.picks import UNNAMED
from config.database import Database
from config.products import Mode, Product, Tcin
from config.settings import HttpSettings
from config.watchlist import WatchlistFile
from monitor.poll_plan import PollInterval
from monitor.request_budget import RequestBudget
from monitor.scheduler import Scheduler
from purchasing.commands import Result
from purchasing.control.steering import Steering
from purchasing.coordinator import Coordinator
from purchasing.slot.emergency_stop import Gate
from purchasing.storage.unit_of_work import Storage
from tests.builders import A, chance, command, limits, reading, snapshot
from tests.fakes import FakeBuyer, FakeClock, FakeShop
from tests.integration.post import eventually


async def _no_cycle(*, asked_for: bool = False) -> datetime:
    """A cycle that is never run."""
    raise AssertionError(asked_for)


def idle_schedule(clock: FakeClock) -> Scheduler:
    return Scheduler(_no_cycle, now=clock.now, monotonic=clock.monotonic, least_interval=timedelta(seconds=1))


@dataclass
class CommandDesk:
    """Applies what the owner says."""

    folder: Path
    database: Database
    clock: FakeClock = field(default_factory=FakeClock)
    #: None where the owner set no budget of requests.
    per_minute: int | None = None
    #: Draws in place of the usual one.
    renderer: ChartRenderer | None = None
    #: Checks that were asked for.
    checks: int = 0
    budget: RequestBudget = field(init=False)
    coordinator: Coordinator = field(init=False)
    handlers: Handlers = field(init=False)
    history: HistoryAnswers = field(init=False)
    _storage: Storage = field(init=False)
    _steering: Steering = field(init=False)
    _said: int = 0

    def __post_init__(self) -> None:
        now = self.clock.now
        self.budget = RequestBudget(self.per_minute, monotonic=self.clock.monotonic)
        self._storage = storage = Storage(self.database, on_journal=lambda: None, now=now)
        gate = Gate(self.folder / "EMERGENCY_STOP")
        self.coordinator = coordinator = Coordinator(
            storage=storage,
            shopper=FakeBuyer(),
            look=FakeShop(now=now).look,
            gate=gate,
            limits=limits(),
            timezone=UTC,
            now=now,
        )
        self._steering = steering = Steering(
            storage=storage, gate=gate, modes=[Mode.SIMULATE], slot=coordinator.slot, now=now, rng=chance()
        )
        file = WatchlistFile(self.folder / "watchlist.toml")
        access = Access(owners=[1001])
        api = TelegramApi(token="123456:" + "a" * 35, api_url="http://127.0.0.1:9")
        invitations = Invitations(storage=storage, now=now, rng=chance())
        presses = PressAnswers(api=api, background=BackgroundQueue("taps"))
        self.history = HistoryAnswers(
            storage=storage,
            queue=steering.queue,
            presses=presses,
            data_dir=self.folder,
            zone=UTC,
            now=now,
            renderer=self.renderer,
        )
        self.handlers = Handlers(
            storage=storage,
            steering=steering,
            watchlist_sync=WatchlistSync(file=file, coordinator=coordinator, steering=steering),
            members=Members(access, database=self.database, invitations=invitations),
            invitations=invitations,
            menus=Menus(api=api, background=BackgroundQueue("menus"), access=lambda: access),
            history=self.history,
            checks=ManualChecks(
                watched=Watched(storage=storage, now=now),
                check_now=self._count,
                is_real_shop=True,
                budget=self.budget,
                interval=PollInterval(least=timedelta(seconds=15), most=timedelta(seconds=25)),
                now=now,
                monotonic=self.clock.monotonic,
            ),
            browsing=BrowsingHandlers(
                browsers=Browsers(storage=storage, now=now, rng=chance(), may_read=lambda _user: True),
                address=find_page_address(HttpSettings()),
                queue=steering.queue,
            ),
            now=now,
        )

    def _count(self) -> None:
        self.checks += 1

    async def say(self, text: str) -> str | None:
        """The owner says it; why it was refused, if it was."""
        return (await self.give(text)).refusal

    async def press(self, data: str, *, waited: timedelta = timedelta(), late: bool = False) -> Result:
        """The owner presses a button that carries this; how it ends."""
        return await self._result(await self._apply(data, waited=waited, late=late, is_press=True))

    async def give(
        self, text: str, *, waited: timedelta = timedelta(), late: bool = False, about: Sequence[Tcin] = ()
    ) -> Result:
        """The owner said it so long ago, or pressed it nobody knows when, or in reply to a message; how it ends."""
        return await self._result(await self._apply(text, waited=waited, late=late, about=about))

    async def ask(self, text: str) -> tuple[Result, dict[str, str]]:
        """The owner says it; how it ends, and what the buttons of its reply send, by their labels."""
        key = await self._apply(text)
        done = await self._storage.read(lambda unit: unit.commands.get(key))
        assert done is not None
        return await self._result(key), {one.label: f"/press {one.token}" for one in done.buttons}

    async def _apply(
        self,
        text: str,
        *,
        waited: timedelta = timedelta(),
        late: bool = False,
        about: Sequence[Tcin] = (),
        is_press: bool = False,
    ) -> str:
        what, _, args = text.removeprefix("/").partition(" ")
        press = Press(id="1", message=1, data=text) if is_press else None
        self._said += 1
        key = f"tg:1:{self._said}"
        origin = Origin(chat=1001, private=True, role=Role.OWNER, late=late, about=tuple(about), press=press)
        given = command(key, what.rstrip(UNNAMED), at=self.clock.now() - waited, args=args, origin=origin.encode())
        await self._steering.queue.put([given])
        await self.handlers.apply(given)
        if any(one.key == key for one in await self._steering.queue.pending()):
            await self._work_behind(key)
        return key

    async def _work_behind(self, key: str) -> None:
        """What takes longer is finished by a task of its own."""
        works: list[Callable[[], Awaitable[None]]] = [self._steering.audits.run, *self.history.tasks().values()]
        running = [asyncio.ensure_future(work()) for work in works]

        async def is_done() -> bool:
            return all(one.key != key for one in await self._steering.queue.pending())

        await eventually(is_done)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    async def _result(self, key: str) -> Result:
        done = await self._storage.read(lambda unit: unit.commands.get(key))
        assert done is not None
        assert done.result is not None
        return done.result

    async def watch(self, *tcins: Tcin) -> None:
        await self.coordinator.watchlist.take_up([Product(tcin=tcin) for tcin in tcins], by="Ada")

    async def watched(self) -> dict[Tcin, Product]:
        """What is wanted now, in its order."""
        return {product.tcin: product for product in await self.coordinator.watchlist.stored()}

    async def paused(self) -> list[Tcin]:
        """The products that rest now."""
        overview = await self._storage.read(lambda unit: unit.views.overview(at=self.clock.now()))
        return [line.tcin for line in overview.lines if line.paused]

    async def cycle(self) -> None:
        """A cycle begins and ends."""
        await self.coordinator.cycles.take(snapshot(reading(A), at=self.clock.now()))


@asynccontextmanager
async def new_desk(
    folder: Path, *, per_minute: int | None = None, renderer: ChartRenderer | None = None
) -> AsyncIterator[CommandDesk]:
    database = Database(folder / "stockbell.db", tables=TABLES)
    await database.open()
    desk = CommandDesk(folder, database, per_minute=per_minute, renderer=renderer)
    try:
        yield desk
    finally:
        await desk.history.close()
        await database.close()
