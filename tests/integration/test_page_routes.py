"""The live page over HTTP, from a real database."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest
from fastapi import FastAPI

from bot.health import PATIENCE, HealthMonitor
from bot.schema import TABLES
from bot.web.page.gathering import AT_ONCE
from bot.web.page.recent import MOST_EVENTS
from bot.web.page.routes import PageRoutes
from bot.web.page.states import PageStates
from config.database import Connection, Database
from purchasing.events import CycleCompleted, DrillEnded, Fact, Purchases
from purchasing.slot.emergency_stop import Gate
from purchasing.storage.unit_of_work import Storage, UnitOfWork
from tests.builders import A, product
from tests.facts import fact
from tests.fakes import FakeClock
from tests.integration.command_desk import idle_schedule
from tests.integration.page_ties import page_ties

T = TypeVar("T")
QUIET = fact(CycleCompleted, changes=(), purchases=Purchases())


@dataclass
class Site:
    client: httpx.AsyncClient
    states: PageStates
    storage: Storage
    clock: FakeClock
    health: HealthMonitor

    async def tell(self, *facts: Fact) -> None:
        def work(unit: UnitOfWork) -> None:
            for one in facts:
                unit.journal.append(one, at=self.clock.now())

        await self.storage.write(work)

    async def state(self) -> dict[str, Any]:
        answer = await self.client.get("/api/page")
        assert answer.status_code == 200
        state: dict[str, Any] = answer.json()
        return state


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with site_in(tmp_path) as site:
        yield site


class HastyDatabase(Database):
    """Whoever reads waits for a moment alone."""

    async def read_within(self, longest: timedelta, work: Callable[[Connection], T]) -> T:
        assert longest <= PATIENCE
        return await super().read_within(timedelta(seconds=0.05), work)


@asynccontextmanager
async def site_in(folder: Path, kind: type[Database] = Database) -> AsyncIterator[Site]:
    clock, database = FakeClock(), kind(folder / "stockbell.db", tables=TABLES)
    await database.open()
    storage = Storage(database, on_journal=lambda: None, now=clock.now)
    health = HealthMonitor(
        database=database,
        schedule=idle_schedule(clock),
        gate=Gate(folder / "EMERGENCY_STOP"),
        chat_trouble=lambda: None,
        file_problems=lambda: (),
        now=clock.now,
    )
    states = PageStates(
        database=database,
        health=health,
        sync_problems=tuple,
        ties=page_ties(),
        now=clock.now,
    )
    app = FastAPI()
    app.include_router(PageRoutes(states).router)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client:
        yield Site(client, states, storage, clock, health)
    await database.close()


async def test_the_page_and_its_state_are_of_the_same_moment(site: Site) -> None:
    await site.storage.write(lambda unit: unit.products.take_up([product(A)], by="Ada", at=site.clock.now()))
    html = (await site.client.get("/")).text
    state = await site.state()
    assert f'data-seq="{state["seq"]}"' in html
    assert f'data-version="{state["version"]}"' in html
    assert f'data-key="{A}"' in html


async def test_what_happens_is_on_the_page_and_a_quiet_cycle_is_counted_alone(site: Site) -> None:
    before = await site.state()
    await site.tell(QUIET, DrillEnded(), QUIET)
    after = await site.state()
    assert [one["words"] for one in after["activity"]] == ["The drill is over"]
    assert after["checks"]["count"] == "2"
    assert after["seq"] == before["seq"] + 3


@pytest.mark.guards("config", "who only reads waits no longer than it may for a database that gives no answer")
async def test_a_disk_that_gives_no_answer_is_told_in_time(tmp_path: Path) -> None:
    began, let_go = threading.Event(), threading.Event()

    def hang(_unit: UnitOfWork) -> None:
        began.set()
        let_go.wait()

    async with site_in(tmp_path, HastyDatabase) as site:
        hanging = asyncio.create_task(site.storage.read(hang))
        await asyncio.to_thread(began.wait)
        try:
            answer = await site.client.get("/api/page")
            report = await site.health.report()
        finally:
            let_go.set()
        assert (answer.status_code, report.status) == (503, "unhealthy")
        assert report.reasons == ("the database does not work: it does not answer",)
        await hanging
        assert (await site.state())["seq"] == 0


async def test_who_asks_again_after_long_finds_what_happened_last(site: Site) -> None:
    await site.state()
    await site.tell(*[DrillEnded()] * (AT_ONCE + 20))
    activity = (await site.state())["activity"]
    seqs = [int(one["seq"]) for one in activity]
    assert seqs == list(range(AT_ONCE + 20, AT_ONCE + 20 - MOST_EVENTS, -1))


@pytest.mark.guards("bot", "many who look at the page at once have it read once")
async def test_many_who_ask_at_once_share_a_reading(site: Site) -> None:
    bodies = await asyncio.gather(*(site.states.json() for _ in range(20)))
    assert len({id(body) for body in bodies}) == 2


async def test_who_asks_after_a_change_never_gets_what_was_read_before_it(site: Site) -> None:
    running = asyncio.create_task(site.states.json())
    await asyncio.sleep(0)
    await site.tell(DrillEnded())
    assert b"The drill is over" in await site.states.json()
    await running


async def test_a_file_that_a_browser_has_is_not_sent_again(site: Site) -> None:
    first = await site.client.get("/static/page.js")
    assert first.headers["content-type"].startswith("text/javascript")
    again = await site.client.get("/static/page.js", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("name", ["none.js", "..%2frender.py", "__init__.py"])
async def test_nothing_else_is_served(site: Site, name: str) -> None:
    assert (await site.client.get(f"/static/{name}")).status_code == 404


async def test_a_state_that_can_t_be_read_is_said_to_be_so(tmp_path: Path) -> None:
    async with site_in(tmp_path) as site:
        await site.storage.write(lambda unit: unit.connection.exec_driver_sql("ALTER TABLE attempt RENAME TO lost"))
        for path in ("/", "/api/page"):
            answer = await site.client.get(path)
            assert (answer.status_code, "can't read" in answer.text) == (503, True)
