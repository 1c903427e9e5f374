"""The audit finds nothing wrong with what the storage writes, and what is missing or damaged."""

from dataclasses import replace

import pytest

from purchasing.events import CommandDone, UnknownFact, decode_fact
from purchasing.model import Step
from purchasing.rules.verify import Audit
from purchasing.storage.unit_of_work import UnitOfWork
from tests.builders import A, B, C, attempt
from tests.facts import fact
from tests.unit.purchasing.books import Books
from tests.unit.purchasing.journals import Journal, audited, story

# ---- what the storage writes


async def check(books: Books) -> Audit:
    """The audit of what is on disk, journal against tables."""

    def work(unit: UnitOfWork) -> Audit:
        audit = audited(unit.journal.after(0))
        audit.compare(unit.attempts.all(), unit.products.order())
        return audit

    return await books.do(work)


async def test_what_the_ledger_writes_is_clean(books: Books) -> None:
    await story(books)
    audit = await check(books)
    assert audit.findings == []
    assert (audit.numbering.events, audit.numbering.cycles, audit.attempts) == (len(await books.events()), 6, 5)


@pytest.mark.parametrize(
    ("sql", "finding"),
    [
        ("DELETE FROM journal WHERE seq = 4", "events 4 to 4 are missing"),
        (
            "UPDATE journal SET body = '{}' WHERE seq = 4",
            "its body can't be read: Object missing required field `attempt`",
        ),
        ("UPDATE journal SET body = '[]' WHERE seq = 4", "its body can't be read: Expected `object`, got `array`"),
        (
            "UPDATE journal SET body = json_set(body, '$.to', 'sold') WHERE seq = 4",
            "its body can't be read: Invalid enum value 'sold'",
        ),
        (
            "UPDATE attempt SET step = 'refused' WHERE id = 1",
            f"attempt 1 is refused on {A}, the journal says confirmed",
        ),
        ("UPDATE attempt SET tcin = '10000003' WHERE id = 1", f"attempt 1 is confirmed on {C}, the journal says"),
        ("DELETE FROM attempt WHERE id = 1", "attempt 1 is missing in the tables"),
        ("UPDATE attempt SET id = 9 WHERE id = 1", "attempt 9 is missing in the journal"),
        ("UPDATE product SET position = 7 WHERE position = 1", "the watch list is not the one"),
        ("UPDATE product SET position = NULL WHERE position = 1", "the watch list is not the one"),
    ],
)
async def test_damage_on_disk_is_found(books: Books, sql: str, finding: str) -> None:
    await story(books)
    books.damage(sql)
    assert any(finding in found for found in (await check(books)).findings)


# ---- numbers without gaps


def test_an_event_that_is_missing_is_found_once(journal: Journal) -> None:
    journal.cycle().cycle().cycle()
    gap = [event for event in journal.events if event.seq != 3]
    assert audited(gap).findings == [
        "seq 4 (cycle_completed): events 3 to 3 are missing",
        "seq 4 (cycle_completed): cycle 3 follows cycle 1",
    ]


def test_a_journal_that_does_not_begin_at_its_beginning_is_found(journal: Journal) -> None:
    journal.cycle()
    assert audited(journal.events[1:]).findings == ["seq 2 (cycle_completed): events 1 to 1 are missing"]


@pytest.mark.parametrize("wrong", [1, 3])
def test_a_cycle_that_is_skipped_or_repeated_is_found(journal: Journal, wrong: int) -> None:
    journal.cycle()
    journal.cycles = wrong - 1
    assert journal.cycle().findings() == [f"seq 3 (cycle_completed): cycle {wrong} follows cycle 1"]


def test_kinds_that_nobody_knows_are_skipped(journal: Journal) -> None:
    assert journal.add(UnknownFact(kind="full_moon", raw='{"bright":true}')).findings() == []


def test_a_command_that_is_done_twice_is_found(journal: Journal) -> None:
    done = fact(CommandDone, key="tg:1:7")
    journal.add(done).add(fact(CommandDone, key="tg:1:8")).add(done)
    assert journal.findings() == ["seq 4 (command_done): command tg:1:7 was done before"]


def test_the_audit_goes_on_after_a_line_that_it_can_t_read(journal: Journal) -> None:
    journal.cycle().cycle()
    journal.events[1] = replace(journal.events[1], fact=decode_fact("cycle_completed", '{"cycle_id":"one"}'))
    unreadable, gap = journal.findings()
    assert unreadable.startswith("seq 2 (cycle_completed): its body can't be read: Expected `int`, got `str`")
    assert gap == "seq 3 (cycle_completed): cycle 2 follows cycle 0"


# ---- tables against journal


async def test_two_attempts_in_the_slot_of_the_tables_are_found(books: Books) -> None:
    await story(books)
    books.damage("DROP INDEX attempt_single_slot")
    books.damage("UPDATE attempt SET step = 'carted' WHERE id IN (1, 2)")
    assert "tables: attempts [1, 2] hold the one slot together" in (await check(books)).findings


def test_one_attempt_in_the_slot_of_the_tables_is_well() -> None:
    audit = audited(Journal().cycle(A, started=A).events)
    audit.compare([attempt(Step.OPENED)], [A, B, C])
    assert audit.findings == []


def test_an_attempt_that_only_the_tables_know_is_found(journal: Journal) -> None:
    audit = audited(journal.events)
    audit.compare([attempt(Step.CONFIRMED)], [A, B, C])
    assert audit.findings == ["tables: attempt 1 is missing in the journal"]


def test_an_order_of_the_list_that_differs_is_found(journal: Journal) -> None:
    audit = audited(journal.events)
    audit.compare([], [A, C, B])
    assert audit.findings == ["tables: the watch list is not the one that the journal tells"]
