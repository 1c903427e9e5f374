"""What is left of an old journal: all that concerns money, and counts of the rest."""

from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.model import StockState
from purchasing.events import (
    AttemptMoved,
    CommandDone,
    CycleCompleted,
    Event,
    EventKind,
    Fact,
    MovedApprovals,
    MovedWindows,
    ProductLearned,
    ProductWindow,
    Purchases,
    ReadStock,
    Skipped,
    Started,
    UnknownFact,
)
from purchasing.model import StockChange
from purchasing.rules.compaction import compacted_before, is_routine
from purchasing.rules.tally import Counted, Tally
from purchasing.rules.verify import Audit
from purchasing.storage import tables
from purchasing.storage.compaction.counts import CountTable
from purchasing.storage.compaction.pieces import compact_some
from purchasing.storage.unit_of_work import UnitOfWork
from tests.builders import AT, A, B, tcins
from tests.chronicle import OFTEN, Chronicle, happen
from tests.facts import USUAL, fact

QUESTIONS = frozenset({"status"})
#: What may go; whatever is not named here stays.
ROUTINE = frozenset(
    {
        EventKind.CYCLE_COMPLETED,
        EventKind.COMMAND_DONE,
        EventKind.PRODUCT_LEARNED,
        EventKind.PRODUCTS_UNREAD,
        EventKind.BLIND,
        EventKind.SIGHTED,
        EventKind.STILL_HELD,
    }
)
#: A piece of some five cycles.
SMALL = 3_000
LATER = AT + timedelta(days=400)
KNOWN = {A: StockState.OUT_OF_STOCK}


# ---- which may go


def routine(told: Fact | UnknownFact) -> bool:
    return is_routine(told, states=KNOWN, questions=QUESTIONS)


@pytest.mark.guards("purchasing", "what concerns money is never compacted")
def test_of_all_kinds_these_alone_may_go() -> None:
    assert {one.kind for one in USUAL.values() if routine(one)} == ROUTINE


@pytest.mark.guards("purchasing", "what concerns money is never compacted")
def test_a_cycle_stays_in_which_anything_moved() -> None:
    def stock(state: StockState) -> ReadStock:
        return ReadStock(title=None, state=state, detail=None, price=None, seen_at=None)

    read = {"stock": {A: stock(StockState.OUT_OF_STOCK), B: stock(StockState.UNKNOWN)}}
    assert routine(fact(CycleCompleted, failed="the shop did not answer", **read))
    assert not routine(fact(CycleCompleted, stock={A: stock(StockState.IN_STOCK)}))
    assert not routine(fact(CycleCompleted, stock={B: stock(StockState.OUT_OF_STOCK)}))
    started, window = Started(tcin=A, attempt=1, completes_by=AT), ProductWindow(tcin=A, window=1)
    change = StockChange(tcin=A, before=StockState.OUT_OF_STOCK, after=StockState.IN_STOCK)
    for moved in (
        {"changes": (change,)},
        {"windows": MovedWindows(opened=(window,))},
        {"windows": MovedWindows(closed=(window,))},
        {"approvals": MovedApprovals(made=(window,))},
        {"approvals": MovedApprovals(expired=(window,))},
        {"purchases": Purchases(started=(started,))},
        {"purchases": Purchases(resets=(A,))},
        {"purchases": Purchases(queued=(A,))},
        {"purchases": Purchases(unqueued=(A,))},
    ):
        assert not routine(fact(CycleCompleted, **moved))
    skipped = Purchases(skipped=(Skipped(tcin=A, why="price 59.99 is above the cap 49.99"),))
    assert routine(fact(CycleCompleted, purchases=skipped))


def test_a_command_stays_unless_it_only_asks_and_a_look_where_it_priced_a_question() -> None:
    assert routine(fact(CommandDone, what="status"))
    assert not routine(fact(CommandDone, what="buy"))
    assert not routine(fact(CommandDone, what=None))
    assert not routine(fact(ProductLearned, priced=(3,)))
    assert not routine(UnknownFact(kind="full_moon", raw="{}"))


def test_whole_days_go_and_every_event_is_kept_for_so_many_days_at_least() -> None:
    assert compacted_before(AT, timedelta(days=1)) == datetime(2026, 11, 21, tzinfo=UTC)
    assert compacted_before(datetime(2026, 11, 22, tzinfo=UTC), timedelta(days=1)) == datetime(2026, 11, 21, tzinfo=UTC)


# ---- any journal


class House:
    """Tables in memory with a journal; each unit of work is whole, or broken off."""

    def __init__(self, engine: sa.Engine, events: Collection[tuple[str, int]]) -> None:
        self.engine = engine
        with self.unit() as unit:
            chronicle = Chronicle(lambda told, at: unit.journal.append(told, at=at), tcins(3))
            chronicle.begin()
            for what, number in events:
                happen(chronicle, what, number)
            chronicle.question()
            chronicle.store(unit)
        self.before = self.events()

    @contextmanager
    def unit(self) -> Iterator[UnitOfWork]:
        with self.engine.begin() as connection:
            yield UnitOfWork(connection)

    def compact(self, *, before: datetime = LATER, read_to: int = 1_000_000) -> bool:
        with self.unit() as unit:
            return compact_some(unit, before=before, read_to=read_to, questions=QUESTIONS, most=SMALL)

    def break_off(self) -> None:
        """A piece that is done and never came to the disk."""
        with self.engine.connect() as connection:
            compact_some(UnitOfWork(connection), before=LATER, read_to=1_000_000, questions=QUESTIONS, most=SMALL)
            connection.rollback()

    def events(self) -> list[Event]:
        with self.unit() as unit:
            return unit.journal.after(0, limit=100_000)

    def rows(self) -> list[list[tuple[object, ...]]]:
        """All that compaction writes."""
        written = (tables.journal, tables.compacted, tables.product_hour, tables.watched_hour, tables.day_count)
        with self.engine.begin() as connection:
            return [[tuple(row) for row in connection.execute(sa.select(table))] for table in written]

    def findings(self) -> list[str]:
        audit = Audit()
        with self.unit() as unit:
            audit.numbering.begin_at(CountTable(unit.connection).mark())
            for event in unit.journal.after(0, limit=100_000):
                audit.take(event)
            audit.compare(unit.attempts.all(), unit.products.order())
        return audit.findings


def made(events: Collection[tuple[str, int]]) -> House:
    engine = sa.create_engine("sqlite://", poolclass=sa.StaticPool)
    tables.metadata.create_all(engine)
    return House(engine, events)


happenings = st.lists(
    st.tuples(st.sampled_from([*OFTEN, "quiet", "quiet", "quiet"]), st.integers(0, 20)), min_size=1, max_size=60
)
often = settings(max_examples=40, deadline=None)


@pytest.mark.guards("purchasing", "what concerns money is never compacted")
@often
@given(happenings)
def test_all_that_concerns_money_is_there_afterwards_and_the_audit_says_the_same(events: list[tuple[str, int]]) -> None:
    house = made(events)
    assert house.findings() == []
    while house.compact():
        pass
    after = house.events()
    assert [event for event in house.before if concerns_money(event)] == [one for one in after if concerns_money(one)]
    assert after[-1] == house.before[-1]
    assert house.findings() == []


def concerns_money(event: Event) -> bool:
    match event.fact:
        case CycleCompleted(changes=changes, windows=windows, purchases=purchases):
            begun = (purchases.resets, purchases.started, purchases.queued, purchases.unqueued)
            return any((changes, windows.opened, windows.closed, *begun))
        case CommandDone(what=what):
            return what != "status"
    return event.kind not in ROUTINE


@pytest.mark.guards("purchasing", "every event that was compacted is counted once")
@often
@given(happenings)
def test_the_counts_are_those_of_the_events_up_to_the_mark(events: list[tuple[str, int]]) -> None:
    house = made(events)
    while house.compact():
        pass
    with house.unit() as unit:
        counts = CountTable(unit.connection)
        mark, since, until = counts.mark(), AT - timedelta(days=1), LATER
        days, watched = counts.days(since, until), counts.watched_hours(since, until)
        hours = [hour for tcin in tcins(3) for hour in counts.product_hours(tcin, since, until)]
    old = [event for event in house.before if event.seq <= mark.seq]
    assert mark.seq == house.before[-1].seq - 1
    assert mark.dropped == len(house.before) - len(house.events())
    # Counted otherwise than by the tally:
    told = Counter({one.of: 0 for one in days})
    for one in days:
        if one.what is Counted.EVENT:
            told[one.of] += one.count
    assert +told == Counter(event.kind for event in old)
    cycles = [event for event in old if isinstance(event.fact, CycleCompleted)]
    assert sum(one.count for one in days if one.what is Counted.CHECKS) == len(cycles)
    opened = [w for event in cycles if isinstance(event.fact, CycleCompleted) for w in event.fact.windows.opened]
    assert sum(hour.restocks for hour in hours) == len(opened)
    # In pieces as at once:
    tally = Tally()
    for event in old:
        tally.take(event)
    assert (days, watched) == (tally.days(), tally.watched_hours())
    assert sorted(hours, key=lambda one: (one.hour, one.tcin)) == tally.product_hours()
    assert all(hour.in_stock <= timedelta(hours=1) for hour in hours)


@pytest.mark.guards("purchasing", "a piece of compaction that was broken off loses and doubles nothing")
@often
@given(happenings, st.lists(st.integers(0, 5), max_size=4))
def test_twice_is_as_once_and_a_broken_piece_as_none(events: list[tuple[str, int]], broken: list[int]) -> None:
    straight, broken_off = made(events), made(events)
    while straight.compact():
        pass
    pieces = 0
    while True:
        if pieces in broken:
            broken_off.break_off()
        if not broken_off.compact():
            break
        pieces += 1
    done = straight.rows()
    assert broken_off.rows() == done
    assert not straight.compact()
    assert straight.rows() == done


BOUGHT = [("flip", 0), ("buy", 0), ("quiet", 0), ("flip", 1), ("buy", 0), ("question", 0), ("quiet", 0)]


@pytest.mark.guards("purchasing", "the audit finds what was compacted and concerns money")
@pytest.mark.parametrize("nth", range(8))
def test_the_audit_finds_a_step_that_was_compacted_as_if_it_were_routine(nth: int) -> None:
    house = made(BOUGHT)
    while house.compact():
        pass
    seq = [event.seq for event in house.events() if isinstance(event.fact, AttemptMoved)][nth]
    with house.engine.begin() as connection:
        connection.execute(sa.delete(tables.journal).where(tables.journal.c.seq == seq))
        connection.execute(sa.update(tables.compacted).values(dropped=tables.compacted.c.dropped + 1))
    assert any("attempt" in finding for finding in house.findings())


def test_the_audit_finds_what_is_missing_up_to_the_mark() -> None:
    house = made(BOUGHT)
    while house.compact():
        pass
    seq = house.events()[1].seq
    with house.engine.begin() as connection:
        connection.execute(sa.delete(tables.journal).where(tables.journal.c.seq == seq))
    assert any("are left up to seq" in finding for finding in house.findings())


def test_an_audit_that_is_read_while_the_journal_is_compacted_finds_nothing() -> None:
    house = made([("quiet", 0)] * 300)
    audit = Audit()
    with house.unit() as unit:
        for event in unit.journal.after(0, limit=20):
            audit.take(event)
    for _ in range(4):
        house.compact()
        with house.unit() as unit:
            audit.numbering.begin_at(CountTable(unit.connection).mark())
            for event in unit.journal.after(audit.numbering.seq, limit=50):
                audit.take(event)
    assert audit.findings == []
    assert audit.numbering.events < len(house.before)


@pytest.mark.parametrize(
    ("where", "index"), [(tables.IS_NOTABLE, "journal_notable"), (tables.IS_START, "journal_starts")]
)
def test_what_lies_far_back_in_the_journal_is_found_by_an_index(where: sa.TextClause, index: str) -> None:
    """A million quiet cycles may lie before it."""
    wanted = sa.select(tables.journal).where(where).order_by(tables.journal.c.seq.desc()).limit(9)
    with made([]).engine.begin() as connection:
        compiled = wanted.compile(connection, compile_kwargs={"literal_binds": True})
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}").mappings().all()
    assert [row["detail"] for row in plan] == [f"SCAN journal USING INDEX {index}"]
