"""Restocks as a service's own journal tells them, with what is left of it after it was compacted."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import sqlalchemy as sa

from config.database.sqlite import AT_BEGIN, changes
from config.products import BuyMode, Tcin
from monitor.model import Reading
from purchasing.events import CycleCompleted, Event, StoredEvent
from purchasing.rules.compaction import compacted_before
from purchasing.rules.decide import decide
from purchasing.storage import tables
from purchasing.storage.compaction.counts import CountTable
from purchasing.storage.compaction.pieces import compact_some
from purchasing.storage.lines import watch_writes
from purchasing.storage.unit_of_work import UnitOfWork
from tests.builders import limits, product, reading, snapshot

#: An even pace over three cycles' worth of products comes upon a restock, and upon its end, so much later at most.
PACE, CYCLE = timedelta(seconds=64), timedelta(seconds=20)
KEEP = timedelta(days=30)

#: Cycles in which a restock window opened or closed; these are never compacted.
_MOVED = """
    SELECT seq, at, kind, body FROM journal
    WHERE kind = 'cycle_completed' AND (body NOT LIKE '%"opened":[]%' OR body NOT LIKE '%"closed":[]%') ORDER BY seq
"""


@dataclass(frozen=True, slots=True, order=True)
class Restock:
    """It can be bought from `at` on, for so long."""

    at: datetime
    tcin: Tcin
    lasts: timedelta


def told_by(path: Path) -> list[Restock]:
    """The restocks in the journal of a service that were seen to their ends."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
        rows = database.execute(_MOVED)
        return _restocks(StoredEvent(seq=seq, at=at, kind=kind, body=body).decode() for seq, at, kind, body in rows)


def journalled(restocks: Sequence[Restock], tcins: Sequence[Tcin], rng: Random) -> list[Restock]:
    """What a journal tells of these: seen at an even pace, decided, stored, and compacted as by the service."""
    engine = sa.create_engine("sqlite://", poolclass=sa.StaticPool)
    tables.metadata.create_all(engine)
    with engine.connect() as connection:
        watch_writes(connection)
        connection.commit()
        with connection.begin():
            watched = [product(tcin, buy=BuyMode.ALERT) for tcin in tcins]
            UnitOfWork(connection).products.take_up(watched, by="bench", at=restocks[0].at)
        for read in sorted(_readings(restocks, rng), key=lambda one: one.at):
            with connection.begin():
                connection.info[AT_BEGIN] = changes(connection)  # so that lines are kept from one cycle to the next
                _cycle(UnitOfWork(connection), read)
        _compact(connection, at=restocks[-1].at)
        rows = connection.exec_driver_sql(_MOVED.replace("%", "%%")).mappings()
        return _restocks(StoredEvent(**row).decode() for row in rows)


def _readings(restocks: Iterable[Restock], rng: Random) -> Iterator[Reading]:
    """The first good one of each restock, and the two that end it; one that is over before it is seen tells nothing."""
    gone = dict[Tcin, datetime]()
    for one in restocks:
        seen, ended = one.at + rng.random() * PACE, one.at + one.lasts + rng.random() * PACE
        if seen >= one.at + one.lasts or (one.tcin in gone and seen <= gone[one.tcin]):
            continue
        gone[one.tcin] = ended + CYCLE
        yield reading(one.tcin, "IN_STOCK", at=seen)
        yield reading(one.tcin, "OUT_OF_STOCK", at=ended)
        yield reading(one.tcin, "OUT_OF_STOCK", at=ended + CYCLE)


def _cycle(unit: UnitOfWork, read: Reading) -> None:
    news = snapshot(read, at=read.at)
    standing = unit.views.standing(limits(), gate_shut=None, day_began=read.at, at=read.at)
    decision = decide(news, standing, at=read.at)
    unit.cycles.commit(news, decision, standing, at=read.at, whole_stock=False)


def _compact(connection: sa.Connection, *, at: datetime) -> None:
    before, more = compacted_before(at, KEEP), True
    while more:
        with connection.begin():
            unit = UnitOfWork(connection)
            more = compact_some(unit, before=before, read_to=unit.journal.last_seq(), questions=())
    counts = CountTable(connection)
    opened = connection.execute(sa.select(sa.func.sum(tables.product_hour.c.restocks))).scalar()
    told = connection.execute(
        sa.select(sa.func.count()).where(
            tables.window.c.opened_at <= sa.select(tables.compacted.c.at).scalar_subquery()
        )
    ).scalar()
    # What is counted by the hour, and what is left of the events, tell of the same restocks.
    assert counts.mark().seq > 0
    assert opened == told


def _restocks(events: Iterable[Event]) -> list[Restock]:
    began, restocks = dict[int, datetime](), []
    for event in events:
        if not isinstance(event.fact, CycleCompleted):
            continue
        began |= {one.window: event.at for one in event.fact.windows.opened}
        restocks += [
            Restock(began[one.window], one.tcin, event.at - began[one.window])
            for one in event.fact.windows.closed
            if one.window in began
        ]
    return sorted(restocks)
