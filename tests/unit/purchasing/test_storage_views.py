"""What is read of the storage for answers and messages."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from monitor.model import StockState
from purchasing.model import EarlierPractice, Step
from purchasing.storage import tables
from purchasing.storage.attempts import LAST_OF_WINDOW, OF_WINDOW
from purchasing.storage.unit_of_work import UnitOfWork
from tests.builders import AT, A, B, reading
from tests.unit.purchasing.books import Books, opened


async def test_the_overview_and_the_restock_tell_what_is_stored(books: Books) -> None:
    await books.watch(A)
    await books.start(A)
    overview = await books.do(lambda unit: unit.views.overview(at=AT))
    assert overview.slot is not None
    assert (overview.slot.tcin, overview.mark.cycle_id, len(overview.lines)) == (A, 1, 1)
    (window,) = await books.do(lambda unit: unit.lines.open_windows())
    restock = await books.do(lambda unit: unit.views.restock(window))
    assert (restock.product.tcin, restock.opened_at, restock.watched) == (A, AT, True)
    assert (restock.stock.state, [one.step for one in restock.attempts]) == (StockState.IN_STOCK, [Step.OPENED])


@pytest.mark.guards("purchasing", "however long is practised, a restock is read by its last attempts and by counts")
async def test_of_very_much_practice_the_last_attempts_are_read_and_the_others_counted(books: Books) -> None:
    await books.watch(A)
    await books.start(A)

    def practise(unit: UnitOfWork) -> None:
        first = dict(unit.connection.execute(sa.select(tables.attempt)).mappings().one())
        for number in range(3 * LAST_OF_WINDOW):
            mode, step = ("live", "abandoned") if number == 1 else ("simulate", ("confirmed", "refused")[number % 2])
            row = {**first, "id": number + 2, "mode": mode, "step": step}
            unit.connection.execute(sa.insert(tables.attempt).values(row))

    await books.do(practise)
    restock = await books.do(lambda unit: unit.views.restock(1))
    told = [one.id for one in restock.attempts]
    assert told == [3, *range(2 * LAST_OF_WINDOW + 2, 3 * LAST_OF_WINDOW + 2)]
    assert restock.earlier == EarlierPractice(confirmed=LAST_OF_WINDOW, refused=LAST_OF_WINDOW - 1)
    plans = await books.do(lambda unit: [_plan_of(unit, one) for one in OF_WINDOW])
    assert "attempt_in_window (window_id=? AND mode=?)" in plans[0]
    assert "attempt_by_window (window_id=?)" in plans[1]
    assert "COVERING INDEX attempt_in_window (window_id=? AND mode=?)" in plans[2]
    assert not any("TEMP B-TREE" in plan for plan in plans)


def _plan_of(unit: UnitOfWork, statement: sa.Select[Any]) -> str:
    compiled = statement.params(window=1, first=9).compile(unit.connection, compile_kwargs={"literal_binds": True})
    return " ".join(row.detail for row in unit.connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}"))


async def test_a_restock_of_a_product_that_was_removed_says_so(books: Books) -> None:
    await books.watch(A)
    await books.cycle(reading(A, "IN_STOCK"))
    await books.watch(B)
    assert not (await books.do(lambda unit: unit.views.restock(1))).watched


async def test_restocks_are_told_by_their_hours_of_what_is_watched(tmp_path: Path) -> None:
    async with opened(tmp_path / "stockbell.db") as books:
        await books.watch(A, B)
        first = books.at
        for minutes in (0, 1, 10, 11, 70, 71):
            books.clock.go_on(first + timedelta(minutes=minutes) - books.at)
            for _ in range(2):
                await books.cycle(reading(A, "OUT_OF_STOCK" if minutes % 10 else "IN_STOCK", at=books.at))
        assert await books.do(lambda unit: unit.views.restocks(since=first)) == {
            A: [first, first + timedelta(minutes=70)]
        }
        since = first + timedelta(minutes=1)
        assert await books.do(lambda unit: unit.views.restocks(since=since)) == {
            A: [first + timedelta(minutes=10), first + timedelta(minutes=70)]
        }
        await books.watch(B)
        assert await books.do(lambda unit: unit.views.restocks(since=first)) == {}
