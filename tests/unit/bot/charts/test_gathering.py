"""A past out of a journal on disk: what is not known is never taken for sold out, however it came to be unknown."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.charts.gathered import Past
from bot.charts.gathering import gather
from bot.charts.model import Band, Chart, Reach
from bot.charts.outline import look_back, outline_all, outline_one
from config.database import Connection
from config.products import Tcin
from monitor.model import StockState
from purchasing.events import (
    Blind,
    Control,
    ControlChanged,
    CycleCompleted,
    Fact,
    ReadStock,
    ServiceStarted,
    Sighted,
    WatchlistChanged,
    stamp,
)
from purchasing.rules.compaction import Compacted
from purchasing.rules.tally import ProductHour, Tally
from purchasing.storage.compaction.counts import CountTable
from purchasing.storage.past.readings import AT_ONCE, PastTable
from purchasing.storage.unit_of_work import UnitOfWork
from tests.builders import AT, A, B, seconds
from tests.facts import fact
from tests.unit.purchasing.books import Books, opened

#: What is looked back on: a day, cut off at an hour.
UNTIL = AT.replace(minute=0, second=0, microsecond=0)
SINCE = UNTIL - timedelta(days=1)
IN, OUT = StockState.IN_STOCK, StockState.OUT_OF_STOCK
CHECK = timedelta(minutes=5)


def at(hour: float) -> datetime:
    """So many hours after the beginning."""
    return SINCE + timedelta(hours=hour)


def band(begins: float, ends: float) -> Band:
    return Band(begins=at(begins), ends=at(ends))


def read(state: StockState, price: str | None = "49.99") -> ReadStock:
    return ReadStock(
        title="Trove", state=state, detail=None, price=None if price is None else Decimal(price), seen_at=AT
    )


@dataclass
class House:
    """A service that checks every five minutes, unless something else is said."""

    books: Books

    async def tell(self, hour: float, *facts: Fact) -> None:
        for one in facts:
            await self.books.do(lambda unit, one=one: unit.journal.append(one, at=at(hour)))  # type: ignore[misc]  # a lambda's default

    async def check(self, since: float, until: float, *, every: timedelta = CHECK, **stock: ReadStock) -> None:
        """Checks from one hour to another; what was read stands in the first."""
        moment, told = at(since), {A if name == "a" else B: one for name, one in stock.items()}
        cycles: list[tuple[datetime, Fact]] = []
        while moment < at(until):
            cycles.append((moment, fact(CycleCompleted, stock=told, next_check_at=moment + every)))
            moment, told = moment + every, {}

        def work(unit: UnitOfWork) -> None:
            for when, one in cycles:
                unit.journal.append(one, at=when)

        await self.books.do(work)

    async def flood(self, since: float, until: float, count: int) -> None:
        """So many checks, each with news of B."""
        each = (at(until) - at(since)) / count

        def work(unit: UnitOfWork) -> None:
            for number in range(count):
                when = at(since) + number * each
                cycle = fact(CycleCompleted, stock={B: read(OUT)}, next_check_at=when + each)
                unit.journal.append(cycle, at=when)

        await self.books.do(work)

    async def past(self, tcin: Tcin | None = A, *, pause: Callable[[float], bool] = lambda _: False) -> Past:
        return await self.books.database.read_aside(
            lambda file: gather(file, tcin, since=SINCE, until=UNTIL, monotonic=lambda: 0, pause=pause)
        )

    async def chart(self, tcin: Tcin | None = A) -> Chart:
        past = await self.past(tcin)
        return outline_all(past, zone="UTC") if tcin is None else outline_one(past, Reach.DAY, zone="UTC", clock=UTC)

    async def compact(
        self,
        hour: float,
        *,
        hours: list[ProductHour],
        watched: list[int],
        states: dict[Tcin, StockState],
        held: float | None = None,
    ) -> None:
        """As compaction does: up to this hour there are counts, and the routine is gone."""

        def work(unit: UnitOfWork) -> None:
            tally = Tally()
            tally.carried.states = states
            tally.carried.holds_until = None if held is None else at(held)
            counts, last = CountTable(unit.connection), unit.journal.after(0)
            gone = [one.seq for one in last if one.at < at(hour)]
            unit.journal.drop([one.seq for one in last if one.at < at(hour) and isinstance(one.fact, CycleCompleted)])
            for one in hours:
                tally._hours[one.tcin, one.hour] = one  # noqa: SLF001  what it would have counted
            for number in watched:
                tally._watched[at(number)] = timedelta(hours=1)  # noqa: SLF001
            counts.put(Compacted(seq=gone[-1], at=at(hour)), tally)

        await self.books.do(work)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with opened(tmp_path / "stockbell.db") as books:
        books.clock.at = at(-5)
        yield House(books)


async def begun(house: House, hour: float = -4) -> None:
    house.books.clock.at = at(hour)
    await house.books.watch(A, B)


@pytest.mark.guards("bot", "what was not watched is never drawn as sold out")
async def test_before_a_product_was_listed_nothing_is_known_of_it(house: House) -> None:
    await begun(house, 6)
    await house.check(6, 24, a=read(OUT), b=read(IN))
    assert (await house.chart()).rows[0].gaps == (band(0, 6),)
    (first, second) = (await house.chart(None)).rows
    assert (first.gaps, second.gaps) == ((band(0, 6),), (band(0, 6),))


@pytest.mark.guards("bot", "what was not watched is never drawn as sold out")
async def test_while_the_service_was_off_nothing_is_known_of_any(house: House) -> None:
    await begun(house)
    await house.check(-3, 4, a=read(IN), b=read(OUT))
    await house.tell(9, fact(ServiceStarted))
    await house.check(9, 24, a=read(OUT))
    off = Band(begins=at(4) - CHECK, ends=at(9))
    row = (await house.chart()).rows[0]
    assert (row.bands, row.gaps) == ((Band(begins=at(0), ends=off.begins),), (off,))
    assert [one.gaps for one in (await house.chart(None)).rows] == [(off,), (off,)]


@pytest.mark.guards("bot", "what was not watched is never drawn as sold out")
async def test_where_the_shop_was_not_seen_nothing_is_known(house: House) -> None:
    await begun(house)
    await house.check(-3, 24, a=read(OUT))
    await house.tell(6, fact(Blind))
    await house.tell(8, Sighted(lasted_s=2 * 3600))
    assert (await house.chart()).rows[0].gaps == (band(6, 8),)
    assert (await house.chart(None)).rows[1].gaps == (band(6, 8),)


@pytest.mark.guards("bot", "what was not watched is never drawn as sold out")
async def test_where_the_journal_is_silent_although_a_check_was_due_nobody_was_watching(house: House) -> None:
    await begun(house)
    await house.check(-3, 4, a=read(OUT))
    await house.check(11, 24)
    assert (await house.chart()).rows[0].gaps == (band(4, 11),), "from the time of the check that did not come"


async def test_checks_that_are_far_apart_are_no_silence(house: House) -> None:
    await begun(house)
    await house.check(-3, 24, every=timedelta(hours=2), a=read(OUT))
    assert (await house.chart()).rows[0].gaps == ()


@pytest.mark.guards("bot", "what was not watched is never drawn as sold out")
async def test_while_a_product_rests_nothing_is_known_of_it(house: House) -> None:
    await begun(house)
    await house.check(-3, 24, a=read(OUT), b=read(OUT))
    await house.tell(5, ControlChanged(what=Control.PAUSE, value=stamp(at(7)), by="Ada", tcin=A))
    assert [one.gaps for one in (await house.chart(None)).rows] == [(band(5, 7),), ()]


async def test_a_product_that_was_never_read_for_sure_is_not_known(house: House) -> None:
    await begun(house)
    await house.check(-3, 10, a=read(StockState.UNKNOWN, None))
    await house.check(10, 24, a=read(OUT))
    assert (await house.chart()).rows[0].gaps == (band(0, 10),)


async def test_what_was_read_of_another_channel_is_not_known_of_the_wanted_one(house: House) -> None:
    await begun(house)
    await house.check(-3, 24, a=read(IN), b=read(IN))
    await house.tell(5, fact(WatchlistChanged, order=(A, B), unread=(A,)))
    row = (await house.chart()).rows[0]
    assert (row.bands, row.gaps) == ((band(0, 5),), (band(5, 24),))


async def test_what_was_known_when_it_began_is_found_however_far_back(house: House) -> None:
    await begun(house)
    await house.check(-3, -2, a=read(IN, "44.99"))
    await house.flood(-2, 20, AT_ONCE + 10)
    await house.check(20, 24, a=read(OUT, "54.99"))
    chart = await house.chart()
    assert (chart.rows[0].bands, chart.rows[0].gaps) == ((band(0, 20),), ())
    assert [(one.at, one.price) for one in chart.prices] == [(at(0), 44.99), (at(20), 54.99)]


async def test_what_was_not_read_for_want_of_time_is_not_known(house: House) -> None:
    await begun(house)
    await house.check(-3, 6, a=read(IN))
    await house.flood(6, 20, AT_ONCE + 10)
    await house.check(20, 24, a=read(OUT))
    past = await house.past(pause=lambda _: True)
    assert [(one.at, one.state) for one in past.readings] == [(at(0), StockState.UNKNOWN), (at(20), OUT)]


# ---- what was compacted


async def test_hours_in_which_nobody_watched_are_known_after_compaction_too(house: House) -> None:
    await begun(house)
    await house.check(-3, 4, a=read(OUT))
    await house.tell(9, fact(ServiceStarted))
    await house.check(9, 24, a=read(IN))
    watched = [*range(4), *range(9, 16)]
    await house.compact(16, hours=[], watched=watched, states={A: IN})
    row = (await house.chart()).rows[0]
    assert (row.bands, row.gaps) == ((band(16, 24),), (band(4, 9),))


async def test_a_start_right_after_what_was_compacted_makes_no_gap_of_it(house: House) -> None:
    await begun(house)
    await house.check(-3, 16, a=read(OUT))
    await house.tell(16.5, fact(ServiceStarted))
    await house.check(16.5, 24)
    await house.compact(16, hours=[], watched=list(range(16)), states={A: OUT})
    assert (await house.chart()).rows[0].gaps == (band(16, 16.5),)


async def test_a_check_that_was_not_due_yet_is_none_right_after_what_was_compacted(house: House) -> None:
    await begun(house)
    await house.check(-3, 24, every=timedelta(hours=2), a=read(OUT))
    await house.compact(16, hours=[], watched=list(range(16)), states={A: OUT}, held=17)
    assert (await house.chart()).rows[0].gaps == ()


async def test_what_stood_at_the_end_of_what_was_compacted_is_not_taken_for_what_was_not_read(house: House) -> None:
    await begun(house)
    await house.check(-3, 6, a=read(IN))
    await house.flood(6, 20, AT_ONCE + 10)
    await house.check(20, 24, a=read(OUT))
    await house.compact(6, hours=[], watched=list(range(6)), states={A: IN})
    past = await house.past(pause=lambda _: True)
    assert [one.state for one in past.readings if one.at >= at(6)] == [StockState.UNKNOWN, OUT]


async def test_what_was_in_stock_without_a_restock_is_drawn_from_its_hours(house: House) -> None:
    await begun(house)
    await house.check(-3, 24, a=read(OUT))
    hour = timedelta(hours=1)
    hours = [
        ProductHour(tcin=A, hour=at(3), in_stock=hour / 2, lowest=Decimal(80), highest=Decimal(90)),
        ProductHour(tcin=A, hour=at(5), in_stock=hour),
        ProductHour(tcin=A, hour=at(6), in_stock=hour / 4),
    ]
    await house.compact(16, hours=hours, watched=list(range(16)), states={A: OUT})
    chart = await house.chart()
    assert (chart.rows[0].bands, chart.rows[0].gaps) == ((band(3, 3.5), band(5, 6.25)), ())
    assert [one.price for one in chart.prices] == [80.0]


async def test_of_what_is_above_the_limit_it_is_not_said_that_it_was_never_in_stock(house: House) -> None:
    await begun(house)
    await house.check(-3, 6, a=read(OUT))
    await house.check(6, 9, a=read(IN, "99.99"))
    await house.check(9, 24, a=read(OUT))
    result = look_back(await house.past(), Reach.DAY, A, clock=UTC)
    assert (result.restocks, result.open_s, result.seen_s, result.unknown_s) == (0, 0, 3 * 3600, 0)


# ---- how it is found


@pytest.mark.guards("bot", "to look back never goes through a whole journal")
async def test_everything_is_found_by_an_index(house: House) -> None:
    await begun(house)
    await house.check(-3, 24, a=read(OUT))
    asked: list[tuple[str, object]] = []

    def work(connection: Connection) -> list[str]:
        sa.event.listen(connection, "before_cursor_execute", lambda *call: asked.append((call[2], call[3])))
        table = PastTable(UnitOfWork(connection))
        table.piece_before(table.end(), A, after=0)
        table.changes_of_watching()
        list(table.interruptions(SINCE, after=0))
        list(table.silences(SINCE, UNTIL, longer_than=seconds(60)))
        of_journal = [(sql, values) for sql, values in asked if "FROM journal" in sql and "max(journal.seq)" not in sql]
        plans = [
            connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", values).mappings().all()  # type: ignore[arg-type]  # as it was given
            for sql, values in of_journal
        ]
        return [row["detail"] for plan in plans for row in plan]

    details = set(await house.books.database.transact(work))
    used = {one.partition(" INDEX ")[2].partition(" ")[0] for one in details}
    assert (used, {one.partition(" ")[0] for one in details}) == ({"journal_past", "journal_at"}, {"SEARCH"})
