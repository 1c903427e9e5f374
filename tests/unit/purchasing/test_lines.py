"""What is watched is kept between units of work, and never stale."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from config.database.sqlite import engine_for
from config.products import BuyMode, Channel, Mode, Tcin
from purchasing.model import Line, Step
from purchasing.storage.controls import DRILL_END
from purchasing.storage.lines import MOST_BY_NAME
from purchasing.storage.unit_of_work import UnitOfWork
from tests.builders import AT, A, B, C, product, reading, seconds, tcins
from tests.unit.purchasing.books import Books, opened


@pytest.fixture
async def books(tmp_path: Path) -> AsyncIterator[Books]:
    async with opened(tmp_path / "stockbell.db") as made:
        yield made


async def kept(books: Books, mode: Mode = Mode.SIMULATE) -> tuple[Line, ...]:
    return await books.do(lambda unit: unit.lines.all(mode=mode, at=books.at))


def fresh(books: Books, mode: Mode = Mode.SIMULATE) -> tuple[Line, ...]:
    """The lines over another connection, which keeps nothing."""
    engine = engine_for(books.path, read_only=True)
    try:
        with engine.begin() as connection:
            return UnitOfWork(connection).lines.all(mode=mode, at=books.at)
    finally:
        engine.dispose()


async def test_what_is_kept_is_not_read_again_while_nothing_is_written(books: Books) -> None:
    await books.watch(A, B)
    first, second = await kept(books), await kept(books)
    assert [one is other for one, other in zip(first, second, strict=True)] == [True, True]


async def test_only_what_was_written_is_read_again(books: Books) -> None:
    await books.watch(A, B)
    before = await kept(books)
    await books.cycle(reading(B, "IN_STOCK", at=books.at))
    after = await kept(books)
    assert (after[0] is before[0], after[1] == before[1]) == (True, False)
    assert after == fresh(books)


async def test_a_row_may_be_put_again_before_anything_is_read(books: Books) -> None:
    await books.watch(A)
    for _ in range(2):
        await books.do(lambda unit: unit.controls.put(DRILL_END, AT + seconds(60), by="Ada", at=AT))
    assert await kept(books) == fresh(books)


async def test_a_cycle_without_news_reads_no_line_again(books: Books) -> None:
    await books.watch(A, B)
    await books.cycle(reading(A, "OUT_OF_STOCK"), reading(B, "OUT_OF_STOCK"))
    before = await kept(books)
    await books.cycle(reading(A, "OUT_OF_STOCK"), reading(B, "OUT_OF_STOCK"))
    after = await kept(books)
    assert [one is other for one, other in zip(before, after, strict=True)] == [True, True]


async def test_every_way_of_writing_a_product_is_seen(books: Books) -> None:
    await books.set_mode(Mode.LIVE)
    await books.watch(product(A, buy=BuyMode.ASK), product(B, buy=BuyMode.AUTO), C)
    steps = [
        books.cycle(reading(A, "IN_STOCK", at=books.at), reading(B, "IN_STOCK", at=books.at)),
        books.go(Step.CARTED, Step.REVIEWED, Step.SUBMITTING, Step.UNCONFIRMED),
        books.do(lambda unit: unit.products.pause(A, AT + seconds(60))),
        books.do(lambda unit: unit.details.learn(reading(C, title="Trove", purchase_limit=2), at=books.at)),
        books.watch(C, product(A, channel=Channel.PICKUP)),
    ]
    for step in steps:
        await kept(books, Mode.LIVE)
        await step
        assert await kept(books, Mode.LIVE) == fresh(books, Mode.LIVE)


async def test_a_statement_in_plain_sql_is_seen_too(books: Books) -> None:
    await books.watch(A, B)
    await kept(books)
    await books.do(lambda unit: unit.lines._db.exec_driver_sql("UPDATE product SET purchase_limit = 3"))  # noqa: SLF001
    assert [one.purchase_limit for one in await kept(books)] == [3, 3]


async def test_what_another_connection_writes_is_seen(books: Books) -> None:
    await books.watch(A, B)
    await kept(books)
    books.damage("UPDATE product SET purchase_limit = 3 WHERE tcin = ?", B)
    assert [one.purchase_limit for one in await kept(books)] == [None, 3]


async def test_what_was_read_in_a_unit_of_work_that_failed_is_not_kept(books: Books) -> None:
    await books.watch(A)
    await kept(books)

    def breaks(unit: UnitOfWork) -> None:
        unit.products.pause(A, AT + seconds(60))
        assert unit.lines.all(mode=Mode.LIVE, at=AT)[0].paused
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await books.do(breaks)
    assert not (await kept(books))[0].paused


async def test_a_unit_of_work_sees_what_it_wrote_itself(books: Books) -> None:
    await books.watch(A)
    await kept(books)

    def work(unit: UnitOfWork) -> Sequence[Tcin]:
        unit.products.take_up([product(B), product(A)], by="Ada", at=AT)
        return [line.tcin for line in unit.lines.all(mode=Mode.LIVE, at=AT)]

    assert await books.do(work) == [B, A]


async def test_a_pause_ends_by_the_time_alone(books: Books) -> None:
    await books.watch(A)
    await books.do(lambda unit: unit.products.pause(A, AT + seconds(60)))
    assert (await kept(books))[0].paused
    books.clock.go_on(seconds(60))
    assert not (await kept(books))[0].paused


async def test_what_counts_for_one_mode_is_not_kept_for_another(books: Books) -> None:
    await books.set_mode(Mode.REHEARSE)
    await books.watch(A)
    await books.start(A)
    counted = {mode: (await kept(books, mode))[0].attempts_in_window for mode in (Mode.REHEARSE, Mode.LIVE)}
    assert counted == {Mode.REHEARSE: 1, Mode.LIVE: 0}


async def test_many_changed_at_once_are_read_all_together(books: Books) -> None:
    many = tcins(MOST_BY_NAME + 1)
    await books.watch(*many)
    await kept(books)
    await books.cycle(*(reading(one, "IN_STOCK", at=books.at) for one in many))
    assert await kept(books) == fresh(books)
