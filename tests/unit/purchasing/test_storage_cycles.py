"""One cycle is one fact and one transaction, and reads as other programs rely on."""

import sqlite3
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import pytest

from monitor.model import Circuit, CircuitState, Window
from purchasing.errors import IllegalTransition, SlotTaken
from purchasing.events import Blind, CycleCompleted, Sighted, stamp, unstamp
from purchasing.model import Decision
from purchasing.storage.unit_of_work import UnitOfWork
from tests.builders import AT, PRICE, A, B, C, in_stock, product, reading, seconds, snapshot
from tests.fakes import FakeClock
from tests.unit.purchasing.books import Books, begun, bodies, dump, opened

# ---- one transaction


async def test_a_cycle_is_one_event_and_one_transaction(books: Books) -> None:
    await books.watch(A, B)
    before = len(await books.events())
    await books.cycle(reading(A, "IN_STOCK"), reading(B, "IN_STOCK"))
    (event,) = (await books.events())[before:]
    assert (event.kind, bodies([event])[0]["cycle_id"]) == ("cycle_completed", 1)
    assert await books.states() == {A: "attempting", B: "queued"}
    assert books.rows("SELECT tcin, step FROM attempt") == [(A, "opened")]
    assert books.rows("SELECT tcin, misses, closed_at FROM restock_window") == [(A, 0, None), (B, 0, None)]


@pytest.mark.guards("purchasing", "one attempt in the slot, by the index alone")
async def test_a_cycle_that_can_t_be_written_whole_is_not_written_at_all(books: Books) -> None:
    await books.watch(A, B)
    await books.start(A)
    before = dump(books)
    torn = replace(
        begun(B), stocks={B: in_stock()}, windows={B: Window(opened_at=AT)}, resets=(), queued=(), skipped=()
    )
    with pytest.raises(SlotTaken):
        await books.commit(torn)
    assert dump(books) == before


async def test_an_error_inside_a_unit_of_work_leaves_nothing(books: Books) -> None:
    def breaks(unit: UnitOfWork) -> None:
        unit.journal.append(Sighted(lasted_s=60), at=AT)
        unit.products.take_up([product(A)], by="Ada", at=AT)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await books.do(breaks)
    assert books.rows("SELECT count(*) FROM journal") == [(0,)]
    assert books.rows("SELECT count(*) FROM product") == [(0,)]


async def test_cycles_are_numbered_without_gaps_over_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "stockbell.db"
    for _ in range(3):
        async with opened(path) as books:
            await books.cycle()
            await books.cycle(snapshot(failed="walled"))
    async with opened(path) as books:
        events, cycles = await books.events(), await books.facts(CycleCompleted)
    assert [cycle.cycle_id for cycle in cycles] == [1, 2, 3, 4, 5, 6]
    assert [event.seq for event in events] == [1, 2, 3, 4, 5, 6]


@pytest.mark.guards("purchasing", "a product moves only from the state that is on disk")
async def test_a_cycle_of_a_decision_that_no_longer_fits_is_refused(books: Books) -> None:
    await books.watch(A)
    await books.start(A)
    before = dump(books)
    for stale in (Decision(queued=(A,)), Decision(unqueued=(A,)), begun(A)):
        with pytest.raises(IllegalTransition):
            await books.commit(stale)
    assert dump(books) == before


async def test_the_last_good_check_is_that_of_a_cycle_that_read_something(books: Books) -> None:
    await books.watch(A)
    await books.cycle(reading(A, "OUT_OF_STOCK"))
    for empty in (snapshot(failed="walled", asked=(A,)), snapshot()):
        books.clock.go_on(seconds(20))
        await books.cycle(replace(empty, began=books.at))
    mark = await books.do(lambda unit: unit.marks.read())
    assert (mark.cycle_id, mark.last_good_at, mark.began) == (3, AT, AT + seconds(40))


# ---- the shape that readers rely on


async def test_the_event_of_a_cycle_has_exactly_the_promised_shape(books: Books) -> None:
    seen = AT + timedelta(milliseconds=418, microseconds=999)
    await books.watch(A, product(B, name="Ember", max_price=Decimal("40.00")), C)
    await books.cycle(reading(A, "OUT_OF_STOCK", title="Trove"), reading(C, "OUT_OF_STOCK"))
    books.clock.at = seen
    news = snapshot(
        reading(A, "PRE_ORDER_SELLABLE", price=PRICE, at=seen),
        reading(B, "IN_STOCK", price=Decimal("41.5"), at=seen),
        reading(C, "UNHEARD_OF", at=seen),
        at=seen,
    )
    await books.cycle(news)
    assert (await books.lines())[-1] == {
        "v": 1,
        "seq": 3,
        "kind": "cycle_completed",
        "at": "2026-11-22T14:03:22.418Z",
        "cycle_id": 2,
        "took_ms": 212,
        "failed": None,
        "asked": 3,
        "next_check_at": "2026-11-22T14:03:42.418Z",
        "stock": {
            A: {
                "title": "Trove",
                "state": "in_stock",
                "detail": "PRE_ORDER_SELLABLE",
                "price": "49.99",
                "seen_at": "2026-11-22T14:03:22.418Z",
            },
            B: {
                "title": "Ember",
                "state": "in_stock",
                "detail": "IN_STOCK",
                "price": "41.5",
                "seen_at": "2026-11-22T14:03:22.418Z",
            },
        },
        "changes": [
            {"tcin": A, "before": "out_of_stock", "after": "in_stock"},
            {"tcin": B, "before": "unknown", "after": "in_stock"},
        ],
        "windows": {"opened": [{"tcin": A, "window": 1}], "closed": []},
        "asks": {"made": [], "expired": []},
        "purchases": {
            "resets": [],
            "started": [{"tcin": A, "attempt": 1, "completes_by": "2026-11-22T14:04:22.418Z"}],
            "queued": [],
            "unqueued": [],
            "skipped": [{"tcin": B, "why": "price 41.5 is above the cap 40.00"}],
        },
        "summary": {"watched": 3, "in_stock": 2, "unknown": 1, "started": 1, "resets": 0},
    }


async def test_an_event_reads_back_as_it_was_written(books: Books) -> None:
    await books.watch(A)
    written = await books.cycle(reading(A, "IN_STOCK"))
    (read,) = await books.facts(CycleCompleted)
    assert read == written


async def test_a_cycle_tells_all_products_when_asked_and_else_the_changed_ones(books: Books) -> None:
    await books.watch(A, B)
    news = [reading(A, "OUT_OF_STOCK"), reading(B, "OUT_OF_STOCK")]
    told = [(await books.cycle(*news, whole_stock=whole)).stock for whole in (False, False, True)]
    assert [sorted(stock) for stock in told] == [[A, B], [], [A, B]]


@pytest.mark.parametrize(
    "changed",
    [
        reading(A, "UNAVAILABLE", title="Trove", price=PRICE),
        reading(A, "OUT_OF_STOCK", title="Another", price=PRICE),
        reading(A, "OUT_OF_STOCK", title="Trove", price=Decimal(1)),
        reading(A, "IN_STOCK", title="Trove", price=PRICE),
    ],
    ids=["detail", "title", "price", "state"],
)
async def test_a_change_of_state_detail_price_or_title_is_told(books: Books, changed: object) -> None:
    await books.watch(A)
    await books.cycle(reading(A, "OUT_OF_STOCK", title="Trove", price=PRICE))
    cycle = await books.cycle(changed)  # type: ignore[arg-type]  # parametrize knows no types
    assert list(cycle.stock) == [A]


async def test_a_new_time_of_the_same_reading_is_kept_but_no_news(books: Books) -> None:
    await books.watch(A)
    await books.cycle(reading(A, "OUT_OF_STOCK"))
    books.clock.go_on(seconds(20))
    cycle = await books.cycle(reading(A, "OUT_OF_STOCK", at=books.at))
    assert cycle.stock == {}
    seen = (await books.do(lambda unit: unit.views.overview(at=books.at))).seen
    assert seen.times == {A: AT + seconds(20)}


def test_times_are_utc_with_milliseconds_and_z_and_sort_as_they_are() -> None:
    local = datetime(2026, 11, 22, 9, 3, 22, 418999, tzinfo=timezone(timedelta(hours=-5)))
    assert stamp(local) == "2026-11-22T14:03:22.418Z"
    assert stamp(AT) == "2026-11-22T14:03:22.000Z"
    assert unstamp(stamp(AT)) == AT
    assert unstamp(stamp(AT)).tzinfo == UTC
    assert stamp(AT) < stamp(AT + timedelta(milliseconds=1)) < stamp(AT + seconds(1))


async def test_a_reader_goes_on_from_its_place_and_misses_and_repeats_nothing(books: Books) -> None:
    for number in range(5):
        await books.do(lambda unit, number=number: unit.journal.append(Sighted(lasted_s=number), at=AT))  # type: ignore[misc]  # a lambda's default
    place, read = 0, []
    while some := await books.do(lambda unit, place=place: unit.journal.after(place, limit=2)):  # type: ignore[misc]  # a lambda's default
        read += [event.fact for event in some]
        place = some[-1].seq
    assert read == [Sighted(lasted_s=number) for number in range(5)]


# ---- windows


async def test_a_window_closes_at_the_second_miss_and_the_next_is_a_new_one(books: Books) -> None:
    await books.watch(A)
    told = []
    for word in ("IN_STOCK", "OUT_OF_STOCK", "OUT_OF_STOCK", "IN_STOCK"):
        told.append((await books.cycle(reading(A, word, at=books.at))).windows)
        books.clock.go_on(seconds(20))
    assert [len(one.opened) - len(one.closed) for one in told] == [1, 0, -1, 1]
    assert books.rows("SELECT id, opened_at, closed_at FROM restock_window") == [
        (1, stamp(AT), stamp(AT + seconds(40))),
        (2, stamp(AT + seconds(60)), None),
    ]


async def test_one_product_has_one_open_window_by_law_of_the_database(books: Books) -> None:
    await books.watch(A)
    await books.cycle(reading(A, "IN_STOCK"))
    with pytest.raises(sqlite3.IntegrityError, match="UNIQUE"):
        books.damage("INSERT INTO restock_window (tcin, opened_at, misses) VALUES (?, '', 0)", A)


# ---- the circuit


OPEN = Circuit(state=CircuitState.OPEN, open_until=AT + seconds(60), blind_since=AT, why="walled")


async def test_blind_and_sighted_are_told_once_each(books: Books) -> None:
    for circuit in (OPEN, replace(OPEN, open_until=AT + seconds(180)), Circuit(), Circuit()):
        await books.cycle(snapshot(circuit=circuit, at=books.at))
        books.clock.go_on(seconds(60))
    told = [event.fact for event in await books.events() if event.kind != "cycle_completed"]
    assert told == [Blind(why="walled", until=AT + seconds(60)), Sighted(lasted_s=120)]


async def test_the_circuit_outlives_a_restart(tmp_path: Path) -> None:
    longer = replace(OPEN, pause=timedelta(minutes=2), failures_in_a_row=3)
    async with opened(tmp_path / "stockbell.db") as books:
        await books.cycle(snapshot(circuit=longer))
    async with opened(tmp_path / "stockbell.db", FakeClock()) as books:
        assert (await books.do(lambda unit: unit.views.agenda(at=AT))).circuit == longer
