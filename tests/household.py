"""A household of many owners. Each talks in a chat of their own, so that no chat's pace holds a test up."""

import tomllib
from collections.abc import AsyncGenerator, Collection, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from typing import Any

from sandbox.chat import Message, Person
from sandbox.store import Item
from tests.world import World, new_world

OWNERS = tuple(Person(id=2001 + n, first_name=f"Owner{n}", started=True) for n in range(24))


@dataclass
class Household:
    """A running service, and the owners who take turns in speaking to it."""

    world: World
    _turns: Iterator[Person] = field(default_factory=lambda: cycle(OWNERS))

    async def ask(self, text: str, *words: str) -> Message:
        """The next owner says it; the first answer that holds these words."""
        return await self.world.ask(text, *words, person=next(self._turns).id)

    async def products(self) -> dict[str, dict[str, Any]]:
        """What is watched now, in its order."""
        return {one["tcin"]: one for one in (await self.world.status())["products"]}

    def wishes(self, tcin: str) -> dict[str, Any]:
        """What the watch list's file says of a product besides its number."""
        text = (self.world.data / "watchlist.toml").read_text()
        table: dict[str, Any] = next(one for one in tomllib.loads(text)["product"] if one["tcin"] == tcin)
        return {key: value for key, value in table.items() if key != "tcin"}


@asynccontextmanager
async def new_household(
    folder: Path, *, items: Iterable[Item], watchlist: str, bare_tcins: Collection[str] = (), **settings: str
) -> AsyncGenerator[Household]:
    """A household whose service has made its first check. `bare_tcins` never come with their fulfillment."""
    owners = "[" + ", ".join(str(one.id) for one in OWNERS) + "]"
    settings = {"STOCKBELL_TELEGRAM__OWNERS": owners, **settings}
    async with new_world(folder, items=items, people=OWNERS, groups=(), **settings) as world:
        world.data.mkdir(mode=0o700)
        (world.data / "watchlist.toml").write_text(watchlist)
        world.store.faults.bare_tcins = bare_tcins
        await world.start()
        await world.until_status(lambda status: status["cycle_id"] >= 1)
        yield Household(world)
