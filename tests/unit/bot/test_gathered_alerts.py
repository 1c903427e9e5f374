"""What alerts and outcomes are made from, read from a real database."""

from pathlib import Path

import pytest

from bot.access.roles import Access
from bot.feeds.alerts import gather_alert_facts
from bot.telegram import tables as telegram_tables
from bot.telegram.messages import ChatRecords
from config.database import Database
from config.products import BuyMode, Mode
from purchasing.events import AttemptMoved, Event
from purchasing.model import Step
from purchasing.storage import tables
from purchasing.storage.lines import watch_writes
from purchasing.storage.unit_of_work import UnitOfWork
from tests.builders import A, product
from tests.fakes import FakeClock
from tests.unit.purchasing.books import Books


@pytest.mark.parametrize(
    ("mode", "clean", "left"),
    [(Mode.LIVE, True, set()), (Mode.LIVE, False, {1}), (Mode.REHEARSE, False, {1}), (Mode.SIMULATE, False, set())],
)
async def test_of_which_attempts_something_may_be_in_the_cart_is_known(
    tmp_path: Path, mode: Mode, *, clean: bool, left: set[int]
) -> None:
    metadata = [tables.metadata, telegram_tables.metadata]
    database = Database(tmp_path / "stockbell.db", tables=metadata, on_open=watch_writes)
    await database.open()
    try:
        books = Books(tmp_path / "stockbell.db", database, FakeClock())
        await books.watch(product(A, buy=BuyMode.AUTO))
        await books.set_mode(mode)
        await books.start(A)
        await books.move(await books.slot(), Step.ABANDONED, clean=clean)
        (moved,) = [event for event in await books.events() if isinstance(event.fact, AttemptMoved)]

        def gather(unit: UnitOfWork, event: Event = moved) -> set[int]:
            records = ChatRecords(unit.connection)
            return set(gather_alert_facts([event], unit, records, access=Access(), started=()).left)

        assert await books.do(gather) == left
    finally:
        await database.close()
