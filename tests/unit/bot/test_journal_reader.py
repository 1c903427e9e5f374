"""A reader brings its outlet all that there is, whatever fails and whatever nudge is lost."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest

from bot.feeds.journal_reader import JournalReader
from purchasing.storage.unit_of_work import UnitOfWork

pytestmark = pytest.mark.looptime


class Pages:
    """An outlet over a journal that is a list; it can be made to fail."""

    name = "pages"

    def __init__(self, *events: str, fails: int = 0) -> None:
        self.journal = list(events)
        self.told: list[str] = []
        self._fails = fails

    async def tell_next(self) -> bool:
        await asyncio.sleep(0)
        if self._fails:
            self._fails -= 1
            raise OSError("disk full")
        news = self.journal[len(self.told) :][:1]
        self.told += news
        return bool(news)

    def place(self, _unit: UnitOfWork) -> int:
        return len(self.told)

    def reached(self, unit: UnitOfWork) -> int:
        return self.place(unit)


@contextlib.asynccontextmanager
async def reading(reader: JournalReader) -> AsyncIterator[None]:
    task = asyncio.create_task(reader.run())
    yield
    task.cancel()
    await asyncio.wait({task})


async def test_all_that_is_there_is_told_at_once() -> None:
    outlet = Pages("a", "b", "c")
    async with reading(JournalReader(outlet)):
        await asyncio.sleep(0.001)
        assert outlet.told == ["a", "b", "c"]


async def test_a_nudge_brings_what_is_new_without_delay() -> None:
    outlet = Pages()
    reader = JournalReader(outlet)
    async with reading(reader):
        await asyncio.sleep(0.5)
        outlet.journal.append("a")
        reader.nudge()
        await asyncio.sleep(0.001)
        assert outlet.told == ["a"]


async def test_a_lost_nudge_costs_a_second_and_no_news() -> None:
    outlet = Pages()
    async with reading(JournalReader(outlet)):
        await asyncio.sleep(0.5)
        outlet.journal.append("a")
        await asyncio.sleep(1)
        assert outlet.told == ["a"]


async def test_an_outlet_that_fails_is_tried_again() -> None:
    outlet = Pages("a", "b", fails=2)
    async with reading(JournalReader(outlet)):
        await asyncio.sleep(5)
        assert outlet.told == ["a", "b"]


async def test_who_is_to_tell_after_it_is_nudged_when_all_is_told() -> None:
    outlet, nudges = Pages("a", "b"), list[list[str]]()
    await JournalReader(outlet, then=lambda: nudges.append(list(outlet.told))).catch_up()
    assert nudges == [["a", "b"]]


async def test_nobody_is_nudged_where_nothing_was_told() -> None:
    nudges: list[str] = []
    await JournalReader(Pages(), then=lambda: nudges.append("nudged")).catch_up()
    assert nudges == []
