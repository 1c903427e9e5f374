"""The mode is chosen twice, and `live` only where all is there that it needs."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from config.products import Mode
from purchasing.commands import ModeChosen, NotDone, Result, ToConfirm
from purchasing.control.confirmation import Confirmation
from purchasing.control.mode import ModeSwitch
from purchasing.events import ControlChanged
from purchasing.storage.controls import MODE
from purchasing.storage.unit_of_work import Storage
from tests.builders import chance, command
from tests.unit.purchasing.books import Books, opened

SIGNED_OUT = "nobody is signed in at the shop: stockbell login"


class Switch:
    """A mode switch over a real file, and who speaks."""

    def __init__(self, books: Books) -> None:
        self.books = books
        self.missing: str | None = None
        storage = Storage(books.database, on_journal=lambda: None, now=books.clock.now)
        self._switch = ModeSwitch(
            storage=storage,
            modes=set(Mode),
            confirmation=Confirmation(storage=storage, now=books.clock.now, rng=chance()),
            now=books.clock.now,
            why_not_live=lambda: self.missing,
        )
        self._keys = 0

    async def say(self, mode: Mode, *, code: str | None = None) -> Result | None:
        self._keys += 1
        one = command(f"tg:1:{self._keys}", "mode")
        await self.books.do(lambda unit: unit.commands.put([one]))
        await self._switch.choose(mode, one, code=code)
        done = await self.books.do(lambda unit: unit.commands.get(one.key))
        assert done is not None
        return done.result

    async def mode(self) -> Mode | None:
        return await self.books.do(lambda unit: unit.controls.get(MODE))


@pytest.fixture
async def switch(tmp_path: Path) -> AsyncIterator[Switch]:
    async with opened(tmp_path / "stockbell.db") as books:
        yield Switch(books)


async def code_for(switch: Switch, mode: Mode) -> str:
    asked = await switch.say(mode)
    assert isinstance(asked, ToConfirm)
    return asked.code


async def test_live_is_chosen_by_the_code_of_the_first_answer(switch: Switch) -> None:
    code = await code_for(switch, Mode.LIVE)
    assert await switch.say(Mode.LIVE, code=code) == ModeChosen(mode=Mode.LIVE)
    assert await switch.mode() is Mode.LIVE


@pytest.mark.guards("purchasing", "live is refused without a session, when it is asked for and when it is confirmed")
async def test_where_something_is_missing_for_live_no_code_is_given(switch: Switch) -> None:
    switch.missing = SIGNED_OUT
    assert await switch.say(Mode.LIVE) == NotDone(why=SIGNED_OUT)
    assert await switch.mode() is None


@pytest.mark.guards("purchasing", "live is refused without a session, when it is asked for and when it is confirmed")
async def test_what_is_missing_by_the_time_of_the_code_keeps_live_from_being_chosen(switch: Switch) -> None:
    code = await code_for(switch, Mode.LIVE)
    switch.missing = SIGNED_OUT
    assert await switch.say(Mode.LIVE, code=code) == NotDone(why=SIGNED_OUT)
    assert (await switch.mode(), await switch.books.facts(ControlChanged)) == (None, [])


@pytest.mark.parametrize("mode", [Mode.SIMULATE, Mode.REHEARSE])
async def test_the_other_modes_need_nothing_of_it(switch: Switch, mode: Mode) -> None:
    switch.missing = SIGNED_OUT
    assert await switch.say(mode, code=await code_for(switch, mode)) == ModeChosen(mode=mode)
