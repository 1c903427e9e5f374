"""How often the shop itself is asked by hand; over a real file."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC
from pathlib import Path

import pytest

from bot.access.invitations import Invitations
from bot.access.members import Members
from bot.access.origin import Origin
from bot.access.roles import Access, Role
from bot.background import BackgroundQueue
from bot.commands.handlers import LEAST_REFRESH, Handlers
from bot.commands.menus import Menus
from bot.commands.watchlist_sync import WatchlistSync
from bot.schema import TABLES
from bot.telegram.api import TelegramApi
from config.database import Database
from config.products import Mode, Product, Tcin
from config.watchlist import WatchlistFile
from purchasing.control.steering import Steering
from purchasing.coordinator import Coordinator
from purchasing.slot.emergency_stop import Gate
from purchasing.storage.unit_of_work import Storage
from tests.builders import A, chance, command, limits, reading, seconds, snapshot
from tests.fakes import FakeBuyer, FakeClock, FakeShop

MOMENT = seconds(0.5)


@dataclass
class Shop:
    """The shop itself as it is asked by hand, and commands that ask."""

    folder: Path
    database: Database
    clock: FakeClock = field(default_factory=FakeClock)
    #: Checks that were asked for.
    checks: int = 0
    coordinator: Coordinator = field(init=False)
    _handlers: Handlers = field(init=False)
    _storage: Storage = field(init=False)
    _steering: Steering = field(init=False)
    _said: int = 0

    def __post_init__(self) -> None:
        now = self.clock.now
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
        self._handlers = Handlers(
            storage=storage,
            steering=steering,
            watchlist_sync=WatchlistSync(file=file, coordinator=coordinator, steering=steering),
            members=Members(access, database=self.database, invitations=invitations),
            invitations=invitations,
            menus=Menus(api=api, background=BackgroundQueue("politeness"), access=lambda: access),
            check_now=self._count,
            is_real_shop=True,
            now=now,
            monotonic=self.clock.monotonic,
        )

    def _count(self) -> None:
        self.checks += 1

    async def say(self, text: str) -> str | None:
        """Somebody says it; why it was refused, if it was."""
        what, _, args = text.removeprefix("/").partition(" ")
        self._said += 1
        key = f"tg:1:{self._said}"
        origin = Origin(chat=1001, private=True, role=Role.OWNER)
        said = command(key, what, at=self.clock.now(), args=args, origin=origin.encode())
        await self._steering.queue.put([said])
        await self._handlers.apply(said)
        done = await self._storage.read(lambda unit: unit.commands.get(key))
        assert done is not None
        assert done.result is not None
        return done.result.refusal

    async def watch(self, *tcins: Tcin) -> None:
        await self.coordinator.watchlist.take_up([Product(tcin=tcin) for tcin in tcins], by="Ada")

    async def cycle(self) -> None:
        """A cycle begins and ends."""
        await self.coordinator.cycles.take(snapshot(reading(A), at=self.clock.now()))


@asynccontextmanager
async def new_shop(folder: Path) -> AsyncIterator[Shop]:
    database = Database(folder / "stockbell.db", tables=TABLES)
    await database.open()
    try:
        yield Shop(folder, database)
    finally:
        await database.close()


@pytest.mark.guards("bot", "by hand the shop is asked at most every 10 s, whatever asks")
async def test_of_many_refreshes_at_once_one_asks_and_the_others_are_told_why_not(tmp_path: Path) -> None:
    async with new_shop(tmp_path) as shop:
        told = [await shop.say("/refresh") for _ in range(3)]
        assert told == [None, *["the shop was asked less than 10 s ago"] * 2]
        assert shop.checks == 1
        shop.clock.go_on(LEAST_REFRESH)
        assert await shop.say("/refresh") is None
        assert shop.checks == 2


@pytest.mark.parametrize("text", ["/resume", "/drill"])
async def test_what_checks_too_soon_is_done_and_the_check_is_left_to_the_next_cycle(tmp_path: Path, text: str) -> None:
    async with new_shop(tmp_path) as shop:
        await shop.say("/refresh")
        shop.clock.go_on(MOMENT)
        assert await shop.say(text) is None
        assert shop.checks == 1


@pytest.mark.guards("bot", "by hand the shop is asked at most every 10 s, whatever asks")
@pytest.mark.parametrize("text", ["/resume", "/drill", "/refresh"])
async def test_a_check_too_soon_after_a_cycle_of_the_schedule_is_none(tmp_path: Path, text: str) -> None:
    async with new_shop(tmp_path) as shop:
        await shop.cycle()
        shop.clock.go_on(LEAST_REFRESH - MOMENT)
        await shop.say(text)
        assert shop.checks == 0
        shop.clock.go_on(MOMENT)
        await shop.say("/refresh")
        assert shop.checks == 1


@pytest.mark.guards("bot", "while all is paused, only `/refresh` asks")
async def test_while_all_is_paused_only_a_refresh_asks(tmp_path: Path) -> None:
    async with new_shop(tmp_path) as shop:
        await shop.watch(A)
        await shop.say("/pause")
        await shop.say(f"/resume {A}")
        await shop.say("/drill")
        assert shop.checks == 0
        await shop.say("/refresh")
        assert shop.checks == 1


async def test_many_resumes_in_a_row_check_once(tmp_path: Path) -> None:
    async with new_shop(tmp_path) as shop:
        for _ in range(5):
            assert await shop.say("/resume") is None
            shop.clock.go_on(MOMENT)
        assert shop.checks == 1


@pytest.mark.parametrize("hours", [-5, 5])
async def test_a_clock_that_was_set_lets_no_check_come_sooner_and_none_wait_long(tmp_path: Path, hours: float) -> None:
    async with new_shop(tmp_path) as shop:
        await shop.cycle()
        shop.clock.go_on(LEAST_REFRESH)
        await shop.say("/refresh")
        shop.clock.set_wall_clock(seconds(hours * 3600))
        assert await shop.say("/refresh") is not None
        shop.clock.go_on(LEAST_REFRESH)
        assert await shop.say("/refresh") is None
