"""The code on the console, over a real file: as a link once it is known what the bot is called."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bot.access.first_code import SOON, FirstCode
from bot.access.invitations import CODE_HOLDS, TRIES, Invitations
from bot.access.members import Members
from bot.access.roles import Access, Utterance
from bot.schema import TABLES
from config.database import Database
from purchasing.storage.unit_of_work import Storage
from tests.builders import chance, seconds
from tests.fakes import FakeClock
from tests.integration.post import eventually


@dataclass
class Console:
    """Keeps a code on the console; its bot has no name at first."""

    database: Database
    clock: FakeClock = field(default_factory=FakeClock)
    bot: str = ""
    #: Each code that was shown, and its link.
    shown: list[tuple[str, str | None]] = field(default_factory=list)
    members: Members = field(init=False)
    first_code: FirstCode = field(init=False)

    def __post_init__(self) -> None:
        storage = Storage(self.database, on_journal=lambda: None, now=self.clock.now)
        invitations = Invitations(storage=storage, now=self.clock.now, rng=chance())
        self.members = Members(Access(), database=self.database, invitations=invitations)
        self.first_code = FirstCode(
            members=self.members,
            link_of=self._link_of,
            awaits_name=lambda: True,
            show=lambda code, link: self.shown.append((code, link)),
        )

    def _link_of(self, code: str) -> str | None:
        return f"https://t.me/{self.bot}?start={code}" if self.bot else None

    async def until(self, count: int) -> tuple[str, str | None]:
        """What was shown last, once so much was."""

        async def are_there() -> bool:
            return len(self.shown) >= count

        await eventually(are_there)
        return self.shown[-1]

    async def say(self, text: str) -> None:
        said = Utterance(
            update_id=1, user=1001, name="Ada", chat=1001, private=True, thread=None, text=text, at=self.clock.now()
        )
        await self.members.let_in(said)


@pytest.fixture
async def console(tmp_path: Path) -> AsyncIterator[Console]:
    database = Database(tmp_path / "stockbell.db", tables=TABLES)
    await database.open()
    console = Console(database)
    await console.first_code.begin()
    keeping = asyncio.create_task(console.first_code.keep())
    yield console
    keeping.cancel()
    await asyncio.gather(keeping, return_exceptions=True)
    await database.close()


async def test_the_same_code_becomes_a_link_once_the_bot_has_a_name(console: Console) -> None:
    ((code, link),) = console.shown
    assert link is None
    console.bot = "stockbell_bot"
    assert await console.until(2) == (code, f"https://t.me/stockbell_bot?start={code}")
    await console.say(f"/start {code}")
    assert console.members.access.has_owner


async def test_one_that_ran_out_is_followed_by_another_with_its_link(console: Console) -> None:
    console.bot = "stockbell_bot"
    before, _ = await console.until(2)
    console.clock.go_on(CODE_HOLDS + seconds(1))
    after, link = await console.until(3)
    assert after != before
    assert link == f"https://t.me/stockbell_bot?start={after}"
    await console.say(f"/start {before}")
    assert not console.members.access.has_owner


async def test_no_link_is_shown_where_there_is_an_owner_by_then(console: Console) -> None:
    ((code, _),) = console.shown
    await console.say(f"/start {code}")
    console.bot = "stockbell_bot"
    await asyncio.sleep(3 * SOON.total_seconds())
    assert len(console.shown) == 1


@pytest.mark.guards("bot", "a link to a product is no wrong code")
async def test_links_to_products_cost_nobody_their_tries(console: Console) -> None:
    ((code, _),) = console.shown
    for _ in range(TRIES):
        await console.say("/start p94734932")
    await console.say(f"/start {code}")
    assert console.members.access.has_owner
