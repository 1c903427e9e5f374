"""When an old journal is compacted, and for whom that waits."""

from datetime import timedelta

import pytest

from config.products import Mode
from purchasing.events import AttemptMoved, CycleCompleted
from purchasing.model import Step
from purchasing.periodic.compaction import STANDS_STILL, Compaction
from purchasing.rules.verify import Audit
from purchasing.storage.compaction.counts import CountTable
from purchasing.storage.unit_of_work import Storage, UnitOfWork
from tests.builders import A, B, C, reading, seconds
from tests.unit.purchasing.books import Books
from tests.unit.purchasing.journals import audited, story

QUESTIONS = frozenset({"status"})
KEEP = timedelta(days=30)


class Place:
    """Somebody who has read so far."""

    def __init__(self, seq: int) -> None:
        self.seq = seq
        self.name = f"reader {id(self)}"

    def place(self, _unit: UnitOfWork) -> int:
        return self.seq


async def compacted(books: Books, *readers: Place) -> int:
    """How far it is compacted once it was looked."""
    return await looked(books, compaction_of(books, *readers))


def compaction_of(books: Books, *readers: Place) -> Compaction:
    return Compaction(
        storage=Storage(books.database, on_journal=lambda: None, now=books.clock.now),
        keep=KEEP,
        readers=readers,
        questions=QUESTIONS,
        now=books.clock.now,
        monotonic=books.clock.monotonic,
        pause=seconds(0),
    )


async def looked(books: Books, compaction: Compaction) -> int:
    """How far it is compacted once it was looked."""
    await compaction.look()
    return await books.do(lambda unit: CountTable(unit.connection).mark().seq)


async def test_nothing_goes_before_its_time(books: Books) -> None:
    await books.watch(A)
    for _ in range(3):
        await books.cycle(reading(A, "OUT_OF_STOCK", at=books.at))
    books.clock.go_on(KEEP)
    assert await compacted(books) == 0
    books.clock.go_on(timedelta(days=1))
    assert await compacted(books) == 3
    assert [event.seq for event in await books.events()] == [1, 2, 4]


@pytest.mark.guards("purchasing", "nothing is compacted while something is bought")
async def test_nothing_goes_while_an_attempt_is_under_way(books: Books) -> None:
    await books.set_mode(Mode.LIVE)
    await books.watch(A)
    await books.start(A)
    books.clock.go_on(2 * KEEP)
    assert await compacted(books) == 0
    await books.go(Step.ABANDONED)
    assert await compacted(books) > 0


async def test_practice_that_never_ends_holds_nothing_back(books: Books) -> None:
    await books.watch(A)
    await books.start(A)
    books.clock.go_on(2 * KEEP)
    assert await compacted(books) > 0


@pytest.mark.guards("purchasing", "what is in doubt stays whole while the days around it are compacted")
async def test_an_attempt_that_is_long_in_doubt_holds_nothing_back_and_is_settled_later(books: Books) -> None:
    await books.set_mode(Mode.LIVE)
    await books.watch(A)
    await books.start(A)
    await books.go(Step.CARTED, Step.REVIEWED, Step.SUBMITTING, Step.UNCONFIRMED)
    for _ in range(5):
        await books.cycle(reading(A, "OUT_OF_STOCK", at=books.at))
        books.clock.go_on(timedelta(days=20))
    whole = [event for event in await books.events() if isinstance(event.fact, AttemptMoved)]
    assert await compacted(books) > 6
    assert [event for event in await books.events() if isinstance(event.fact, AttemptMoved)] == whole
    await books.go(Step.REFUSED)
    audit = Audit()
    audit.numbering.begin_at(await books.do(lambda unit: CountTable(unit.connection).mark()))
    for event in await books.events():
        audit.take(event)
    audit.compare(await books.do(lambda unit: unit.attempts.all()), await books.do(lambda unit: unit.products.order()))
    assert audit.findings == []


@pytest.mark.guards("purchasing", "nothing is compacted that a reader of the journal has not read")
async def test_who_has_not_read_so_far_holds_it_back(books: Books) -> None:
    await story(books)
    books.clock.go_on(2 * KEEP)
    assert await compacted(books, Place(20), Place(0)) == 0
    assert await compacted(books, Place(20), Place(7)) == 7


@pytest.mark.guards("purchasing", "a reader that never moves does not hold compaction back for ever")
async def test_who_stands_still_for_as_long_again_is_waited_for_no_more_until_it_moves(
    books: Books, caplog: pytest.LogCaptureFixture
) -> None:
    await story(books)
    stuck, moving = Place(7), Place(20)
    compaction = compaction_of(books, stuck, moving)
    books.clock.go_on(KEEP + timedelta(days=2))
    assert await looked(books, compaction) == 7
    books.clock.go_on(STANDS_STILL)
    moving.seq = 21
    assert await looked(books, compaction) == 7
    books.clock.go_on(KEEP)
    moving.seq = 22
    assert await looked(books, compaction) == 22
    assert [one.message for one in caplog.records].count("journal.reader_left_behind") == 1
    stuck.seq = 8
    moving.seq = 30
    assert await looked(books, compaction) == 22


async def test_who_comes_back_after_a_long_time_is_waited_for(books: Books) -> None:
    """As after a year in which the service was not running."""
    await story(books)
    behind = Place(7)
    books.clock.go_on(12 * KEEP)
    compaction = compaction_of(books, behind)
    for seq in (7, 9, 12):
        behind.seq = seq
        assert await looked(books, compaction) == seq
        books.clock.go_on(STANDS_STILL)


@pytest.mark.guards("purchasing", "no number of the journal is given twice")
async def test_the_last_event_stays_and_the_next_has_the_next_number(books: Books) -> None:
    await books.watch(A)
    for _ in range(5):
        await books.cycle(reading(A, "OUT_OF_STOCK", at=books.at))
    last = (await books.events())[-1].seq
    books.clock.go_on(2 * KEEP)
    assert await compacted(books) == last - 1
    await books.cycle(reading(A, "OUT_OF_STOCK", at=books.at))
    assert (await books.events())[-1].seq == last + 1


async def test_the_last_cycle_stays_however_old_it_is(books: Books) -> None:
    """Boards tell of it."""
    await books.watch(A)
    for _ in range(5):
        await books.cycle(reading(A, "OUT_OF_STOCK", at=books.at))
    await books.watch(A, B)
    books.clock.go_on(2 * KEEP)
    assert await compacted(books) == 6
    last = await books.do(lambda unit: unit.journal.last_of(CycleCompleted))
    assert last is not None
    assert last[0].cycle_id == 5


async def test_a_house_whose_whole_story_was_compacted_is_audited_clean(books: Books) -> None:
    await story(books)
    whole = await books.events()
    books.clock.go_on(2 * KEEP)
    await compacted(books)
    left = await books.events()
    assert len(left) < len(whole)
    audit = audited(whole)
    mark = await books.do(lambda unit: CountTable(unit.connection).mark())
    again = Audit()
    again.numbering.begin_at(mark)
    for event in left:
        again.take(event)
    assert (again.findings, again.attempts, again.moves) == (audit.findings, audit.attempts, audit.moves)
    assert again.numbering.cycles == audit.numbering.cycles
    assert C in await books.do(lambda unit: unit.products.order())
