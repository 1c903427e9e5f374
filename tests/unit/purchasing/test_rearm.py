"""A stop stands until it is armed again by somebody who knew of it."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

import pytest

from purchasing.commands import Command, Result
from purchasing.control.confirmation import WRONG_CODE, Confirmation
from purchasing.control.stop import OVERTAKEN, EmergencyStop
from purchasing.controls import GateMark
from purchasing.events import Control, ControlChanged
from purchasing.slot.emergency_stop import Gate
from purchasing.storage.controls import CHALLENGE, STOP
from purchasing.storage.unit_of_work import Storage, UnitOfWork
from tests.builders import chance, command
from tests.unit.purchasing.books import Books, opened

T = TypeVar("T")


def nothing() -> None:
    """Happens between two steps."""


class WatchedStorage(Storage):
    """Something may happen while a write is on its way, and when it is on disk."""

    before: Callable[[], object] = staticmethod(nothing)
    after: Callable[[], object] = staticmethod(nothing)

    async def write(self, work: Callable[[UnitOfWork], T]) -> T:
        self.before()
        result = await super().write(work)
        self.after()
        return result


class House:
    """A gate, what is stored of it, and who speaks."""

    def __init__(self, books: Books) -> None:
        self.books = books
        self.storage = WatchedStorage(books.database, on_journal=nothing, now=books.clock.now)
        self.file = books.path.with_name("EMERGENCY_STOP")
        self.gate = Gate(self.file, last_seq=lambda: self.storage.last_seq)
        confirmation = Confirmation(storage=self.storage, now=books.clock.now, rng=chance())
        self.control = EmergencyStop(
            storage=self.storage, gate=self.gate, confirmation=confirmation, now=books.clock.now
        )
        self._keys = 0

    async def heard(self, what: str, *, mark: GateMark | None = None) -> Command:
        """A command, as it is stored when it comes in."""
        self._keys += 1
        one = command(f"tg:1:{self._keys}", what, gate_mark=mark or self.gate.mark)
        await self.books.do(lambda unit: unit.commands.put([one]))
        return one

    async def stop(self) -> None:
        self.gate.close("stopped by Ada")
        await self.control.stop(by="Ada", command=await self.heard("stop"))

    async def code(self) -> str:
        await self.control.rearm(await self.heard("rearm"), code=None)
        challenge = await self.books.do(lambda unit: unit.controls.get(CHALLENGE))
        assert challenge is not None
        return challenge.code

    async def rearm(self, one: Command, code: str) -> Result | None:
        await self.control.rearm(one, code=code)
        done = await self.books.do(lambda unit: unit.commands.get(one.key))
        assert done is not None
        return done.result

    async def is_stopped(self) -> tuple[bool, bool, bool]:
        """In memory, by the file, by the row."""
        row = await self.books.do(lambda unit: unit.controls.get(STOP))
        return self.gate.shut is not None, self.file.exists(), row is not None


EVERYWHERE = (True, True, True)


@asynccontextmanager
async def stopped_house(folder: Path) -> AsyncIterator[House]:
    async with opened(folder / "stockbell.db") as books:
        house = House(books)
        await house.stop()
        yield house


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with stopped_house(tmp_path) as made:
        yield made


async def test_who_heard_of_the_last_stop_arms_again(house: House) -> None:
    code = await house.code()
    done = await house.rearm(await house.heard("rearm"), code)
    assert done is not None
    assert (done.refusal, await house.is_stopped()) == (None, (False, False, False))


@pytest.mark.guards("purchasing", "a stop is lifted by nothing that was asked before it")
async def test_a_stop_that_was_heard_after_it_stands(house: House) -> None:
    code = await house.code()
    rearm, file_as_left = await house.heard("rearm"), house.file.stat()
    house.gate.close("stopped by Bob")
    done = await house.rearm(rearm, code)
    assert done is not None
    assert (done.refusal, await house.is_stopped()) == (OVERTAKEN, EVERYWHERE)
    assert house.file.stat().st_mtime_ns == file_as_left.st_mtime_ns  # nor was it gone for a moment


@pytest.mark.guards("purchasing", "a stop by hand is lifted by nothing that was asked before it")
async def test_a_file_that_is_touched_after_it_is_a_stop_too(house: House) -> None:
    code = await house.code()
    rearm = await house.heard("rearm")
    house.file.unlink()
    house.file.touch()
    done = await house.rearm(rearm, code)
    assert done is not None
    assert (done.refusal, await house.is_stopped()) == (OVERTAKEN, EVERYWHERE)


@pytest.mark.guards("purchasing", "what an earlier process heard lifts no stop")
async def test_what_an_earlier_process_heard_lifts_nothing(house: House) -> None:
    code = await house.code()
    rearm = await house.heard("rearm")
    house.gate.begin_life(house.storage.last_seq)
    done = await house.rearm(rearm, code)
    assert done is not None
    assert (done.refusal, await house.is_stopped()) == (OVERTAKEN, EVERYWHERE)


@pytest.mark.guards("purchasing", "a stop that is heard while it is lifted stands")
async def test_a_stop_that_is_heard_while_it_is_lifted_stands(house: House) -> None:
    code = await house.code()
    rearm = await house.heard("rearm")
    house.storage.before = lambda: None if house.file.exists() else house.gate.close("stopped by Bob")
    done = await house.rearm(rearm, code)
    assert done is not None
    assert (done.refusal, await house.is_stopped()) == (OVERTAKEN, EVERYWHERE)


@pytest.mark.guards("purchasing", "a stop that is heard when it was lifted on disk shuts the gate")
async def test_a_stop_that_is_heard_when_it_was_lifted_on_disk_keeps_the_gate_shut(house: House) -> None:
    code = await house.code()
    rearm = await house.heard("rearm")
    house.storage.after = lambda: None if house.file.exists() else house.gate.close("stopped by Bob")
    await house.rearm(rearm, code)
    assert await house.is_stopped() == (True, True, False)
    await house.control.stop(by="Bob", command=await house.heard("stop"))
    assert await house.is_stopped() == EVERYWHERE


@pytest.mark.guards("purchasing", "a code of before a stop lifts nothing")
async def test_a_code_of_before_a_stop_is_void(house: House) -> None:
    code = await house.code()
    await house.stop()
    done = await house.rearm(await house.heard("rearm"), code)
    assert done is not None
    assert (done.refusal, await house.is_stopped()) == (WRONG_CODE, EVERYWHERE)


async def test_the_journal_tells_after_what_a_stop_was_heard(tmp_path: Path) -> None:
    async with stopped_house(tmp_path) as house:
        code = await house.code()
        await house.rearm(await house.heard("rearm"), code)
        heard_after = house.storage.last_seq
        house.gate.close("stopped by Bob")
        stop = await house.heard("stop")
        await house.control.stop(by="Bob", command=stop)
        stops = [one for one in await house.books.facts(ControlChanged) if one.what is Control.STOP]
        assert [one.heard_after for one in stops] == [0, heard_after]
