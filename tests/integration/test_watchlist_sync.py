"""The watch list's file and the stored list as one; over a real file and a real database."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path

import pytest

from bot.commands.additions import AddRequest
from bot.commands.watchlist_sync import WatchlistSync
from config.database import Database
from config.products import Mode, Product, Tcin
from config.watchlist import WatchlistError, WatchlistFile, render_watchlist
from purchasing.commands import Command
from purchasing.control.steering import Steering
from purchasing.coordinator import Coordinator
from purchasing.model import Line
from purchasing.slot.emergency_stop import Gate
from purchasing.storage import tables
from purchasing.storage.unit_of_work import Storage
from tests.builders import ADA, AT, A, B, C, chance, limits
from tests.fakes import FakeBuyer, FakeClock, FakeShop


@dataclass(kw_only=True)
class Study:
    """A watch list's file, its stored list, and what keeps them in step."""

    path: Path
    storage: Storage
    coordinator: Coordinator
    steering: Steering

    def sync(self, file: WatchlistFile | None = None) -> WatchlistSync:
        return WatchlistSync(
            file=file or WatchlistFile(self.path), coordinator=self.coordinator, steering=self.steering
        )

    async def command(self, key: str = "test:1") -> Command:
        """One that is on disk as pending."""
        command = Command(key=key, at=AT, person=ADA, what="add")
        await self.storage.write(lambda unit: unit.commands.put([command]))
        return command

    def write(self, *tcins: Tcin) -> None:
        self.path.write_text(render_watchlist([Product(tcin=tcin) for tcin in tcins]))

    def in_file(self) -> list[Tcin]:
        return [product.tcin for product in WatchlistFile(self.path).read()]

    async def stored(self) -> list[Tcin]:
        return [product.tcin for product in await self.coordinator.watchlist.stored()]


@asynccontextmanager
async def new_study(folder: Path) -> AsyncIterator[Study]:
    clock = FakeClock()
    database = Database(folder / "stockbell.db", tables=[tables.metadata])
    await database.open()
    storage = Storage(database, on_journal=lambda: None, now=clock.now)
    gate = Gate(folder / "EMERGENCY_STOP")
    coordinator = Coordinator(
        storage=storage,
        shopper=FakeBuyer(),
        look=FakeShop(now=clock.now).look,
        gate=gate,
        limits=limits(),
        timezone=UTC,
        now=clock.now,
    )
    modes = [Mode.SIMULATE]
    steering = Steering(storage=storage, gate=gate, modes=modes, slot=coordinator.slot, now=clock.now, rng=chance())
    try:
        yield Study(path=folder / "watchlist.toml", storage=storage, coordinator=coordinator, steering=steering)
    finally:
        await database.close()


def asks_for(*tcins: Tcin) -> AddRequest:
    return AddRequest(products=tuple(Product(tcin=tcin) for tcin in tcins), refused=())


@pytest.mark.guards("bot", "a file that is gone for a moment takes nothing off the stored list")
@pytest.mark.parametrize("text", [None, "", "# nothing\n"])
async def test_a_command_while_the_file_is_gone_for_a_moment_keeps_what_is_watched(
    tmp_path: Path, text: str | None
) -> None:
    async with new_study(tmp_path) as study:
        study.write(A, B)
        sync = study.sync()
        await sync.begin()
        study.path.unlink()
        if text is not None:
            study.path.write_text(text)
        await sync.add(await study.command("test:1"), asks_for(C))
        assert study.in_file() == await study.stored() == [A, B, C]
        study.path.unlink()
        (line,) = [Line(product=product) for product in await study.coordinator.watchlist.stored() if product.tcin == A]
        await sync.remove(await study.command("test:2"), [line], [])
        assert study.in_file() == await study.stored() == [B, C]


async def test_a_command_that_waited_through_a_restart_keeps_the_list_of_a_file_that_is_gone(tmp_path: Path) -> None:
    async with new_study(tmp_path) as study:
        study.write(A, B)
        await study.sync().begin()
        study.path.unlink()
        sync = study.sync()
        await sync.add(await study.command(), asks_for(C))
        await sync.begin()
        assert study.in_file() == await study.stored() == [A, B, C]


async def test_a_file_that_cannot_be_written_anew_at_a_start_is_told_and_the_list_holds(tmp_path: Path) -> None:
    async with new_study(tmp_path) as study:
        await study.coordinator.watchlist.take_up([Product(tcin=A)], by="1001")
        study.path.symlink_to(tmp_path / "nowhere" / "watchlist.toml")
        sync = study.sync()
        await sync.begin()
        assert sync.problems == ("watchlist.toml cannot be written: No such file or directory",)
        assert await study.stored() == [A]


class _TellsLate(WatchlistFile):
    """Tells what the file said before a command changed it."""

    def __init__(self, path: Path, told: tuple[Tcin, ...]) -> None:
        super().__init__(path)
        self._told = told

    async def follow(self, **_: object) -> AsyncGenerator[tuple[Product, ...] | WatchlistError, None]:
        yield tuple(Product(tcin=tcin) for tcin in self._told)


@pytest.mark.guards("bot", "only what the file still says is taken up")
@pytest.mark.parametrize(
    ("told", "says", "stored"),
    [((A, B), (A, B, C), [A, B, C]), ((), (A,), [A]), ((A, B), (A, B), [A, B]), ((), (), [])],
)
async def test_only_what_the_file_still_says_is_taken_up(
    tmp_path: Path, told: tuple[Tcin, ...], says: tuple[Tcin, ...], stored: list[Tcin]
) -> None:
    async with new_study(tmp_path) as study:
        await study.coordinator.watchlist.take_up([Product(tcin=tcin) for tcin in (says or (A,))], by="1001")
        study.write(*says)
        await study.sync(_TellsLate(study.path, told)).follow()
        assert await study.stored() == stored
