"""What `/metrics` tells: measured over a real file, and by a real service, whose rules and dashboard ask for it."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest
import sqlalchemy as sa
from pydantic import SecretStr

from bot.access.browsers import Browsers
from bot.health import HealthMonitor
from bot.telegram.messages import ChatRecords, count_unsent
from bot.text.draft import Rank
from bot.web.metrics.event_counts import CycleOutcome
from bot.web.metrics.meter import Meter, Sources
from bot.web.metrics.route import metrics_router
from bot.web.parts import WebSide
from config.database import Connection, Database, DatabaseFile
from config.products import Mode
from config.settings import HttpSettings
from monitor.model import StockState
from purchasing.model import PurchaseState
from purchasing.slot.emergency_stop import Gate
from purchasing.storage.unit_of_work import Storage
from tests.builders import AT, A, chance, draft, reading, seconds, snapshot
from tests.exposition import Scrape, dashboard_queries, find_unknown, read_scrape, rule_queries
from tests.integration.command_desk import CommandDesk, idle_schedule, new_desk
from tests.integration.page_ties import page_ties
from tests.integration.post import eventually
from tests.world import TROVE, World, new_world, reserve_port

T = TypeVar("T")
TOKEN = "open-sesame-open-sesame"


class HangingDatabase(Database):
    """Its disk gives no answer until it is let go."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.let_go = threading.Event()
        self.readers = 0

    async def read_aside(self, work: Callable[[DatabaseFile], T]) -> T:
        def hang(file: DatabaseFile) -> T:
            self.readers += 1
            self.let_go.wait()
            return work(file)

        return await super().read_aside(hang)


def sources_of(database: Database, desk: CommandDesk) -> Sources:
    return Sources(
        database=database,
        schedule=idle_schedule(desk.clock),
        gate=Gate(desk.folder / "EMERGENCY_STOP"),
        shop_calls={("pdp_client_v1", "ok"): 2},
        chat=lambda: None,
        browser=None,
    )


async def cycle(desk: CommandDesk, word: str | None = "OUT_OF_STOCK") -> None:
    await desk.coordinator.cycles.take(snapshot(reading(A, word), at=desk.clock.now()))
    desk.clock.go_on(seconds(20))


async def begin(desk: CommandDesk) -> None:
    """A start of the service."""
    await desk.coordinator.recovery.recover(mode=Mode.SIMULATE, modes=frozenset({Mode.SIMULATE}), version="0.1.0")


async def test_counts_begin_with_the_start_and_each_event_is_counted_once_however_often_it_is_asked(
    tmp_path: Path,
) -> None:
    async with new_desk(tmp_path) as desk:
        await desk.watch(A)
        await cycle(desk)
        await begin(desk)
        meter = Meter(sources_of(desk.database, desk), now=desk.clock.now, at_once=3)
        for _ in range(7):
            await cycle(desk)
        await meter.measure()
        await cycle(desk, "IN_STOCK")
        figures, again = await meter.measure(), await meter.measure()
    assert figures.counts.cycles == again.counts.cycles == {CycleOutcome.GOOD: 8}
    assert figures.counts.restocks == 1
    assert figures.stored is not None
    assert figures.stored.products == {(StockState.IN_STOCK, PurchaseState.READY): 1}
    assert figures.stored.slot is None


async def test_where_nobody_asked_for_long_the_last_events_are_counted(tmp_path: Path) -> None:
    async with new_desk(tmp_path) as desk:
        await desk.watch(A)
        for _ in range(12):
            await cycle(desk)
        figures = await Meter(sources_of(desk.database, desk), now=desk.clock.now, most_counted=5).measure()
        assert sum(figures.counts.cycles.values()) == 5


@pytest.mark.guards("bot", "a disk that hangs costs a scrape its patience and one thread")
async def test_a_database_that_hangs_is_told_and_read_by_one_at_a_time(tmp_path: Path) -> None:
    async with new_desk(tmp_path) as desk:
        await desk.watch(A)
        database = HangingDatabase(tmp_path / "stockbell.db", tables=())
        meter = Meter(sources_of(database, desk), now=desk.clock.now, patience=seconds(0.05))
        try:
            figures = [*await asyncio.gather(meter.measure(), meter.measure()), await meter.measure()]
            assert [one.stored for one in figures] == [None, None, None]
            assert database.readers == 1
        finally:
            database.let_go.set()  # or the test would not end

        async def is_read() -> bool:
            return (await meter.measure()).stored is not None

        await eventually(is_read)
        await database.close()


async def test_messages_that_wait_are_counted_without_going_through_all_that_ever_left(tmp_path: Path) -> None:
    def plan(connection: Connection) -> None:
        records = ChatRecords(connection)
        for number in range(4):
            records.plan(draft(f"text {number}", key=f"reply:{number}"), at=AT + seconds(number), sending=False)
        records.mark_shown(1, revision=1, message_id=1)
        for number, rank in ((2, Rank.BOARD), (3, Rank.ROUND)):
            records.mark_shown(number, revision=1, message_id=number)
            records.plan(draft("anew", key=f"reply:{number - 1}", rank=rank), at=AT, sending=False)

    def explain(connection: Connection) -> str:
        asked: list[tuple[str, Any]] = []

        def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_more: Any) -> None:
            asked.append((statement, parameters))

        sa.event.listen(connection, "before_cursor_execute", note)
        count_unsent(connection)
        statement, parameters = asked[-1]  # with its bound values, for which no index may be found
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
        return " ".join(str(row[-1]) for row in plan)

    async with new_desk(tmp_path) as desk:
        await desk.database.transact(plan)
        unsent = await desk.database.transact(count_unsent)
        assert "message_unsent" in await desk.database.transact(explain)
    assert (unsent.new, unsent.edits, unsent.oldest) == (1, 1, AT + seconds(3))


# ---- over HTTP


@dataclass
class Scraper:
    port: int

    async def get(self, **headers: str) -> httpx.Response:
        async with httpx.AsyncClient(trust_env=False) as client:
            return await client.get(f"http://127.0.0.1:{self.port}/metrics", headers=headers)


@asynccontextmanager
async def scraping(desk: CommandDesk) -> AsyncIterator[Scraper]:
    sources, storage = (
        sources_of(desk.database, desk),
        Storage(desk.database, on_journal=lambda: None, now=desk.clock.now),
    )
    health = HealthMonitor(
        database=desk.database,
        schedule=sources.schedule,
        gate=sources.gate,
        chat_trouble=lambda: None,
        file_problems=tuple,
        now=desk.clock.now,
    )
    with reserve_port() as reserved:
        port = int(reserved.getsockname()[1])
        web = WebSide(
            HttpSettings(port=port, token=SecretStr(TOKEN)),
            database=desk.database,
            browsers=Browsers(storage=storage, now=desk.clock.now, rng=chance(), may_read=lambda _: False),
            health=health,
            readers=tuple,
            page=page_ties(),
            routers=[metrics_router(Meter(sources, now=desk.clock.now))],
            now=desk.clock.now,
        )
        running, scraper = asyncio.ensure_future(web.tasks()["web"]()), Scraper(port)

        async def is_listening() -> bool:
            try:
                return (await scraper.get()).status_code > 0
            except httpx.ConnectError:
                return False

        try:
            await eventually(is_listening)
            yield scraper
        finally:
            running.cancel()
            await asyncio.wait({running})


@pytest.mark.guards("bot", "the web side is read by a bearer token alone")
async def test_numbers_are_told_to_whom_all_else_is_told(tmp_path: Path) -> None:
    async with new_desk(tmp_path) as desk, scraping(desk) as scraper:
        assert (await scraper.get()).status_code == 401
        assert (await scraper.get(host="evil.example", authorization=f"Bearer {TOKEN}")).status_code == 421
        answer = await scraper.get(authorization=f"Bearer {TOKEN}")
        assert (answer.status_code, answer.headers["content-type"]) == (200, "text/plain; version=0.0.4; charset=utf-8")
        assert read_scrape(answer.text)["stockbell_journal_seq"] == 0


async def scrape(world: World) -> Scrape:
    answer = await world.get("/metrics")
    assert answer.status_code == 200
    return read_scrape(answer.text)


async def test_rules_and_dashboard_ask_for_what_a_running_service_tells(tmp_path: Path) -> None:
    async with new_world(tmp_path) as world:
        world.watch(TROVE.tcin)
        world.store.set(TROVE.tcin, shipping="IN_STOCK")
        await world.start()
        await world.until_rows([("confirmed",)], "SELECT step FROM attempt WHERE id = 1")
        told = await scrape(world)
        queries = [*rule_queries(), *dashboard_queries()]
        assert len(queries) > 30
        assert {query: unknown for query in queries if (unknown := [*find_unknown(query, told)])} == {}
        assert told.of("stockbell_attempts_total", mode="simulate", outcome="confirmed") >= 1
        assert told.of("stockbell_cycles_total", outcome="good") >= 1
        assert told.of("stockbell_shop_calls_total", call="product_summary_with_fulfillment_v1", answer="ok") >= 1
        assert told.of("stockbell_circuit", state="closed") == 1
        assert sum(told.of("stockbell_products", stock="in_stock", purchase=state) for state in PurchaseState) == 1
        assert told["stockbell_telegram_trouble"] == told["stockbell_storage_trouble"] == 0
        world.store.faults.status = 403
        await world.until_rows([(1,)], "SELECT count(*) FROM journal WHERE kind = 'blind'")
        later = await scrape(world)
        assert later.of("stockbell_circuit", state="closed") == 0
        assert later.of("stockbell_shop_calls_total", call="product_summary_with_fulfillment_v1", answer="walled") >= 1
        assert later.of("stockbell_events_total", kind="blind") == 1
        assert later["stockbell_journal_seq"] > told["stockbell_journal_seq"]


def test_a_query_for_what_there_is_not_is_found() -> None:
    """The check of the rules is one."""
    told = read_scrape('# TYPE stockbell_circuit gauge\nstockbell_circuit{state="open"} 1\n')
    asked = 'stockbell_circuit{state="shut", colour=~".*"} > 0 and on (job, shop) stockbell_moon == 1'
    assert [*find_unknown(asked, told)] == [
        'stockbell_circuit{state="shut"}',
        'stockbell_circuit{colour=~".*"}',
        "stockbell_moon",
        "shop",
    ]
