from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from itertools import pairwise
from typing import Any

import pytest

from config.products import Mode, Tcin
from purchasing.commands import Done
from purchasing.events import (
    AttemptMoved,
    CommandDone,
    Control,
    ControlChanged,
    CycleCompleted,
    Event,
    Fact,
    OrderFound,
    Purchases,
    ServiceStarted,
    Sighted,
    Skipped,
    Started,
    UnknownFact,
    WatchlistChanged,
    decode_fact,
)
from purchasing.model import Step
from purchasing.rules.verify import GRACE, Audit
from purchasing.storage.unit_of_work import UnitOfWork
from tests.builders import AT, A, B, C, attempt, command, reading, seconds
from tests.facts import fact, in_stock_now
from tests.unit.purchasing.books import Books

BEFORE_BUTTON = (Step.CARTED, Step.REVIEWED)
TO_THE_BUTTON = (*BEFORE_BUTTON, Step.SUBMITTING)
LIST = fact(WatchlistChanged, added=(A, B, C), order=(A, B, C))
DEADLINE = AT + seconds(60)


class Journal:
    """A journal made by hand, line by line, of a house that watches A, B and C."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.at = AT
        self.cycles = 0
        self.add(LIST)

    def add(self, told: Fact | UnknownFact, *, at: datetime | None = None) -> "Journal":
        self.at = at or self.at
        self.events.append(Event(seq=len(self.events) + 1, at=self.at, fact=told))
        return self

    def cycle(
        self, *in_stock: Tcin, started: Tcin | None = None, attempt_id: int = 1, **purchases: tuple[Any, ...]
    ) -> "Journal":
        self.cycles += 1
        begun = [] if started is None else [Started(tcin=started, attempt=attempt_id, completes_by=DEADLINE)]
        told = fact(
            CycleCompleted,
            cycle_id=self.cycles,
            stock=dict.fromkeys(in_stock, in_stock_now()),
            purchases=Purchases(started=tuple(begun), **purchases),
        )
        return self.add(told)

    def move(
        self, before: str, after: str, tcin: Tcin = A, *, attempt_id: int = 1, mode: Mode = Mode.SIMULATE
    ) -> "Journal":
        steps = {"before": Step(before), "to": Step(after)}
        return self.add(fact(AttemptMoved, attempt=attempt_id, tcin=tcin, mode=mode, **steps))

    def end(self, after: str, *, before: str = "submitting", attempt_id: int = 1, **told: Any) -> "Journal":
        """The last step of an attempt in `live`."""
        steps = {"before": Step(before), "to": Step(after)}
        return self.add(fact(AttemptMoved, attempt=attempt_id, tcin=A, mode=Mode.LIVE, **steps, **told))

    def findings(self) -> list[str]:
        return audited(self.events).findings


def audited(events: Iterable[Event]) -> Audit:
    audit = Audit()
    for event in events:
        audit.take(event)
    return audit


@pytest.fixture
def journal() -> Journal:
    return Journal()


def bought(journal: Journal, tcin: Tcin = A, attempt_id: int = 1) -> Journal:
    """An attempt that was opened already goes to its end."""
    steps = ("opened", "carted", "reviewed", "submitting", "confirmed")
    for before, after in pairwise(steps):
        journal.move(before, after, tcin, attempt_id=attempt_id)
    return journal


# ---- what the storage writes is clean


async def story(books: Books) -> None:
    """A long day: everything that the storage writes about buying, at least once."""
    await books.watch(A, B, C)
    await books.cycle()
    await books.start(A, B)
    await books.go(*TO_THE_BUTTON, Step.CONFIRMED)
    books.clock.go_on(seconds(20))
    await books.cycle(reading(A, "OUT_OF_STOCK", at=books.at), reading(B, "IN_STOCK", at=books.at))
    in_doubt = await books.go(*TO_THE_BUTTON, Step.UNCONFIRMED)
    books.clock.go_on(seconds(3600))
    await books.cycle(*(reading(tcin, "IN_STOCK", at=books.at) for tcin in (A, B, C)))
    await books.move(in_doubt, Step.REFUSED)
    await books.follow()
    await books.go(*BEFORE_BUTTON, Step.ABANDONED)
    await books.watch(C, A)
    await books.set_mode(Mode.REHEARSE)
    await books.follow()
    await books.go(*BEFORE_BUTTON, Step.REHEARSED)
    books.gate_shut = "stopped by Ada"
    await books.cycle(*(reading(tcin, "IN_STOCK", at=books.at) for tcin in (C, A)))
    books.gate_shut = None
    await books.set_mode(Mode.SIMULATE)
    await books.cycle(*(reading(tcin, "IN_STOCK", at=books.at) for tcin in (C, A)))
    await die_and_start_again(books)
    await ask(books, "tg:1:7")


async def die_and_start_again(books: Books) -> None:
    """The service was down for hours in the middle of an attempt."""
    books.clock.go_on(seconds(9999))
    await books.do(lambda unit: unit.journal.append(ServiceStarted(mode=Mode.SIMULATE), at=books.at))
    await books.go(Step.ABANDONED)


async def ask(books: Books, key: str) -> None:
    asked = command(key)
    await books.do(lambda unit: unit.commands.put([asked]))
    await books.do(lambda unit: unit.commands.finish(asked, Done(), at=books.at))


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


async def test_two_attempts_in_the_slot_of_the_tables_are_found(books: Books) -> None:
    await story(books)
    books.damage("DROP INDEX attempt_single_slot")
    books.damage("UPDATE attempt SET step = 'carted' WHERE id IN (1, 2)")
    assert "tables: attempts [1, 2] hold the one slot together" in (await check(books)).findings


def test_one_attempt_in_the_slot_of_the_tables_is_well() -> None:
    audit = audited(Journal().cycle(A, started=A).events)
    audit.compare([attempt(Step.OPENED)], [A, B, C])
    assert audit.findings == []


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


# ---- the slot and the arrows


def test_a_second_attempt_in_the_slot_is_found(journal: Journal) -> None:
    journal.cycle(A, B, started=A).cycle(started=B, attempt_id=2)
    assert journal.findings() == ["seq 3 (cycle_completed): attempt 2 was opened while attempt 1 was opened"]


def test_an_unconfirmed_attempt_holds_the_slot(journal: Journal) -> None:
    journal.cycle(A, B, started=A)
    journal.move("opened", "carted").move("carted", "reviewed").move("reviewed", "submitting")
    journal.move("submitting", "unconfirmed").cycle(started=B, attempt_id=2)
    assert journal.findings() == ["seq 7 (cycle_completed): attempt 2 was opened while attempt 1 was unconfirmed"]


def test_an_attempt_that_is_opened_twice_is_found(journal: Journal) -> None:
    bought(journal.cycle(A, started=A)).cycle(resets=(A,), started=A)
    assert journal.findings() == ["seq 7 (cycle_completed): attempt 1 was opened before"]


@pytest.mark.parametrize(
    ("before", "after", "finding"),
    [
        ("opened", "submitting", "attempt 1 went from opened to submitting, where there is no arrow"),
        ("opened", "opened", "attempt 1 went from opened to opened, where there is no arrow"),
        ("carted", "reviewed", "attempt 1 was opened, not carted"),
    ],
)
def test_a_move_without_an_arrow_is_found(journal: Journal, before: str, after: str, finding: str) -> None:
    journal.cycle(A, started=A).move(before, after)
    assert journal.findings() == [f"seq 3 (attempt_moved): {finding}"]


def test_a_step_back_from_submitting_is_found(journal: Journal) -> None:
    journal.cycle(A, started=A).move("opened", "carted").move("carted", "reviewed")
    journal.move("reviewed", "submitting").move("submitting", "abandoned")
    (finding,) = journal.findings()
    assert finding.endswith("attempt 1 went from submitting to abandoned, where there is no arrow")


def test_an_attempt_that_changes_its_product_is_found(journal: Journal) -> None:
    (finding,) = journal.cycle(A, started=A).move("opened", "carted", B).findings()
    assert finding.endswith(f"attempt 1 was on {A} and is now on {B}")


def test_an_attempt_that_changes_its_mode_is_found(journal: Journal) -> None:
    journal.cycle(A, started=A).move("opened", "carted").move("carted", "reviewed", mode=Mode.LIVE)
    (finding,) = journal.findings()
    assert finding.endswith("attempt 1 was opened in simulate and is now in live")


def test_a_move_of_an_attempt_that_was_never_opened_is_found(journal: Journal) -> None:
    assert journal.move("opened", "carted").findings() == ["seq 2 (attempt_moved): attempt 1 was never opened"]


# ---- the deadline

STALLED: dict[str, Callable[[Journal], Journal]] = {
    "opened": lambda journal: journal,
    "submitting": lambda journal: (
        journal.move("opened", "carted").move("carted", "reviewed").move("reviewed", "submitting")
    ),
}


@pytest.mark.parametrize("step", STALLED)
def test_an_attempt_that_outlives_its_deadline_is_found_once(journal: Journal, step: str) -> None:
    STALLED[step](journal.cycle(A, started=A)).add(fact(Sighted), at=DEADLINE + seconds(1))
    for late in (2, 3, 4):
        journal.add(fact(Sighted), at=DEADLINE + GRACE + seconds(late))
    (finding,) = journal.findings()
    assert finding.endswith(f"attempt 1 is {step} although its deadline was {DEADLINE}")


def test_a_moment_after_the_deadline_is_left_for_cleaning(journal: Journal) -> None:
    journal.cycle(A, started=A).add(fact(Sighted), at=DEADLINE + GRACE)
    assert journal.findings() == []


@pytest.mark.parametrize("step", ["opened", "carted", "reviewed"])
def test_an_attempt_that_is_given_up_after_the_machine_slept_over_it_is_well(journal: Journal, step: str) -> None:
    before = dict(zip(BEFORE_BUTTON, ("opened", *BEFORE_BUTTON), strict=False))
    journal.cycle(A, started=A)
    for one in BEFORE_BUTTON[: ["opened", *BEFORE_BUTTON].index(step)]:
        journal.move(before[one], one)
    journal.add(fact(Sighted), at=DEADLINE + seconds(3600)).move(step, "abandoned")
    assert journal.add(fact(Sighted), at=DEADLINE + seconds(9999)).findings() == []


def test_an_attempt_that_holds_the_slot_long_after_the_machine_woke_is_found(journal: Journal) -> None:
    journal.cycle(A, started=A).add(fact(Sighted), at=DEADLINE + seconds(3600))
    journal.add(fact(Sighted), at=DEADLINE + seconds(3600) + GRACE + seconds(1))
    assert len(journal.findings()) == 1


@pytest.mark.guards("purchasing", "the audit finds an attempt that came to its button after its deadline")
def test_an_attempt_that_came_to_its_button_after_its_deadline_is_found(journal: Journal) -> None:
    journal.cycle(A, started=A).move("opened", "carted").move("carted", "reviewed")
    journal.at = DEADLINE + GRACE + seconds(1)
    journal.move("reviewed", "submitting").move("submitting", "confirmed")
    (finding,) = journal.findings()
    assert finding.endswith(f"attempt 1 came to its button although its deadline was {DEADLINE}")


def test_a_deadline_that_passed_while_the_service_was_down_is_well(journal: Journal) -> None:
    started = fact(ServiceStarted)
    journal.cycle(A, started=A).add(started, at=DEADLINE + seconds(9999)).move("opened", "abandoned")
    assert journal.findings() == []


def test_an_unconfirmed_attempt_may_wait_for_ever(journal: Journal) -> None:
    STALLED["submitting"](journal.cycle(A, started=A)).move("submitting", "unconfirmed")
    assert journal.add(fact(Sighted), at=AT + seconds(99_999)).findings() == []


def test_a_finished_attempt_has_no_deadline(journal: Journal) -> None:
    bought(journal.cycle(A, started=A)).add(fact(Sighted), at=AT + seconds(9999))
    assert journal.findings() == []


# ---- whose turn it was

OUT_OF_TURN = f"{B} was started while {A}, which is above it, was buyable and allowed"


def test_a_lower_one_that_is_started_before_a_higher_one_is_found(journal: Journal) -> None:
    assert journal.cycle(A, B, started=B).findings() == [f"seq 2 (cycle_completed): {OUT_OF_TURN}"]


def test_a_lower_one_that_follows_on_a_freed_slot_before_a_higher_one_is_found(journal: Journal) -> None:
    bought(journal.cycle(C, started=C), C).cycle(A, B, queued=(A, B))
    steps = {"before": None, "to": Step.OPENED, "completes_by": DEADLINE}
    opened = fact(AttemptMoved, attempt=2, tcin=B, queued=(), unqueued=(), skipped=(), **steps)
    assert journal.add(opened).findings() == [f"seq 8 (attempt_moved): {OUT_OF_TURN}"]


def test_a_higher_one_that_was_skipped_with_a_reason_is_well(journal: Journal) -> None:
    barred = (Skipped(tcin=A, why="price 59.99 is above the cap 49.99"),)
    assert journal.cycle(A, B, started=B, skipped=barred).findings() == []


def test_a_higher_one_that_is_out_of_stock_or_busy_or_finished_is_well(journal: Journal) -> None:
    bought(journal.cycle(A, B, started=A)).cycle(started=B, attempt_id=2)
    assert journal.findings() == []


def test_what_waited_goes_before_a_higher_one_that_was_reset_since(journal: Journal) -> None:
    bought(journal.cycle(A, B, started=A, queued=(B,))).cycle(resets=(A,), started=B, attempt_id=2)
    assert journal.findings() == []


def test_what_began_to_wait_after_a_higher_one_was_reset_does_not_go_before_it(journal: Journal) -> None:
    bought(journal.cycle(A, started=A)).cycle(resets=(A,)).cycle(B, queued=(B,)).cycle(started=B, attempt_id=2)
    assert journal.findings() == [f"seq 9 (cycle_completed): {OUT_OF_TURN}"]


def test_a_product_whose_channel_was_changed_is_not_taken_for_buyable(journal: Journal) -> None:
    journal.cycle(A, started=A)
    bought(journal)
    journal.cycle(resets=(A,))
    journal.add(fact(WatchlistChanged, changed=(A,), unread=(A,), order=(A, B, C)))
    assert journal.cycle(B, started=B, attempt_id=2).findings() == []


def test_a_start_of_what_is_not_watched_is_found(journal: Journal) -> None:
    journal.add(fact(WatchlistChanged, removed=(A,), order=(B, C)))
    assert journal.cycle(A, started=A).findings() == [f"seq 3 (cycle_completed): {A} was started and is not watched"]


def test_what_was_removed_from_the_list_no_longer_waits_when_it_comes_back(journal: Journal) -> None:
    bought(journal.cycle(A, B, C, started=A, queued=(B,)))
    journal.add(fact(WatchlistChanged, removed=(B,), order=(A, C)))
    journal.add(fact(WatchlistChanged, added=(B,), order=(A, B, C)))
    found = journal.cycle(resets=(A,), started=C, attempt_id=2).findings()
    assert [finding.partition(" while ")[2][:8] for finding in found] == [A, B]


# ---- commands


def test_a_command_that_is_done_twice_is_found(journal: Journal) -> None:
    done = fact(CommandDone, key="tg:1:7")
    journal.add(done).add(fact(CommandDone, key="tg:1:8")).add(done)
    assert journal.findings() == ["seq 4 (command_done): command tg:1:7 was done before"]


# ---- tables against journal


def test_an_attempt_that_only_the_tables_know_is_found(journal: Journal) -> None:
    audit = audited(journal.events)
    audit.compare([attempt(Step.CONFIRMED)], [A, B, C])
    assert audit.findings == ["tables: attempt 1 is missing in the journal"]


def test_an_order_of_the_list_that_differs_is_found(journal: Journal) -> None:
    audit = audited(journal.events)
    audit.compare([], [A, C, B])
    assert audit.findings == ["tables: the watch list is not the one that the journal tells"]


def test_the_audit_goes_on_after_a_line_that_it_can_t_read(journal: Journal) -> None:
    journal.cycle().cycle()
    journal.events[1] = replace(journal.events[1], fact=decode_fact("cycle_completed", '{"cycle_id":"one"}'))
    unreadable, gap = journal.findings()
    assert unreadable.startswith("seq 2 (cycle_completed): its body can't be read: Expected `int`, got `str`")
    assert gap == "seq 3 (cycle_completed): cycle 2 follows cycle 0"


# ---- the stop


def stop(journal: Journal, *, heard_after: int | None = None) -> Journal:
    return journal.add(fact(ControlChanged, what=Control.STOP, value=True, heard_after=heard_after))


def rearm(journal: Journal) -> Journal:
    return journal.add(fact(ControlChanged, what=Control.REARM, value=True))


def test_what_is_past_its_button_when_a_stop_is_heard_is_followed(journal: Journal) -> None:
    journal.cycle(A, started=A)
    for before, after in pairwise(("opened", "carted", "reviewed", "submitting")):
        journal.move(before, after)
    stop(journal, heard_after=len(journal.events)).move("submitting", "confirmed")
    assert rearm(journal).findings() == []


def test_what_was_on_its_way_to_the_disk_when_a_stop_was_heard_may_stand_there(journal: Journal) -> None:
    heard_after = len(journal.events)
    journal.cycle(A, started=A).move("opened", "abandoned")
    assert stop(journal, heard_after=heard_after).findings() == []


def test_a_button_that_was_not_pressed_any_more_is_no_order(journal: Journal) -> None:
    journal.cycle(A, started=A).move("opened", "carted").move("carted", "reviewed")
    heard_after = len(journal.events)
    journal.move("reviewed", "submitting").move("submitting", "unconfirmed").move("unconfirmed", "refused")
    assert stop(journal, heard_after=heard_after).findings() == []


@pytest.mark.guards("purchasing", "the audit sees an order after a stop was heard")
def test_an_order_after_a_stop_was_heard_is_found_though_it_was_stored_later(journal: Journal) -> None:
    heard_after = len(journal.events)
    bought(journal.cycle(A, started=A))
    (finding,) = stop(journal, heard_after=heard_after).findings()
    assert finding == "seq 7 (control_changed): attempt 1 was ordered at seq 5, after this stop was heard"


@pytest.mark.guards("purchasing", "the audit sees what is begun or ordered under a stop")
def test_what_is_begun_and_ordered_under_a_stop_is_found(journal: Journal) -> None:
    bought(stop(journal).cycle(A, started=A))
    assert journal.findings() == [
        "seq 3 (cycle_completed): attempt 1 was opened although buying was stopped",
        "seq 7 (attempt_moved): attempt 1 was ordered although buying was stopped",
    ]


@pytest.mark.guards("purchasing", "the audit sees a stop that was lifted by what was asked before it")
def test_a_stop_that_was_lifted_by_what_was_asked_before_it_is_found(journal: Journal) -> None:
    heard_after = len(stop(journal).events)
    (finding,) = stop(rearm(journal), heard_after=heard_after).findings()
    assert finding == "seq 4 (control_changed): the stop that was heard after seq 2 was lifted at seq 3"


def test_after_it_was_armed_again_buying_goes_on(journal: Journal) -> None:
    assert bought(rearm(stop(journal)).cycle(A, started=A)).findings() == []


# ---- orders


def pressed(journal: Journal, attempt_id: int) -> Journal:
    """A live attempt at its button."""
    journal.cycle(A, started=A, attempt_id=attempt_id)
    for before, after in pairwise(("opened", "carted", "reviewed", "submitting")):
        journal.move(before, after, attempt_id=attempt_id, mode=Mode.LIVE)
    return journal


def again(journal: Journal) -> Journal:
    return journal.cycle(A, resets=(A,))


@pytest.mark.guards("purchasing", "the audit finds an order that two attempts call theirs, or that was there before")
def test_an_order_that_two_attempts_call_theirs_is_found(journal: Journal) -> None:
    pressed(journal, 1).end("confirmed", order_number="912-1")
    pressed(again(journal), 2).end("confirmed", attempt_id=2, order_number="912-1")
    assert journal.findings() == ["seq 12 (attempt_moved): order 912-1 is that of attempt 2 and of attempt 1"]


def test_orders_of_their_own_and_those_without_a_number_are_well(journal: Journal) -> None:
    pressed(journal, 1).end("confirmed", order_number="912-1")
    pressed(again(journal), 2).end("confirmed", attempt_id=2, order_number="912-2")
    for number in (3, 4):
        pressed(again(journal), number).end("unconfirmed", attempt_id=number)
        journal.end("confirmed", before="unconfirmed", attempt_id=number, why="settled by Ada: bought")
    assert journal.findings() == []


def in_doubt(journal: Journal) -> Journal:
    """A live attempt that the order list settled as refused."""
    return pressed(journal, 1).end("unconfirmed").end("refused", before="unconfirmed")


def test_an_order_that_came_into_the_list_late_is_well(journal: Journal) -> None:
    in_doubt(journal).add(fact(OrderFound, attempt=1, order_number="912-1"))
    assert journal.findings() == []


@pytest.mark.guards("purchasing", "the audit finds an order that two attempts call theirs, or that was there before")
def test_an_order_that_came_late_and_is_that_of_another_attempt_is_found(journal: Journal) -> None:
    in_doubt(journal)
    pressed(again(journal), 2).end("confirmed", attempt_id=2, order_number="912-2")
    journal.add(fact(OrderFound, attempt=1, order_number="912-2"))
    assert journal.findings() == ["seq 14 (order_found): order 912-2 is that of attempt 1 and of attempt 2"]


@pytest.mark.parametrize("whose", [1, 9])
def test_an_order_that_came_late_for_what_was_not_refused_is_found(journal: Journal, whose: int) -> None:
    pressed(journal, 1).end("confirmed", order_number="912-1")
    journal.add(fact(OrderFound, attempt=whose, order_number="912-7"))
    (found, *_) = journal.findings()
    assert found == f"seq 7 (order_found): attempt {whose} was not one that had ended as refused"


@pytest.mark.guards("purchasing", "the audit finds an order that two attempts call theirs, or that was there before")
def test_an_order_that_was_there_before_its_attempt_is_found(journal: Journal) -> None:
    pressed(journal, 1).end("confirmed", order_number="912-1")
    row = attempt(Step.CONFIRMED, mode=Mode.LIVE, order_number="912-1", orders_before=("912-0", "912-1"))
    audit = audited(journal.events)
    audit.compare([row], [A, B, C])
    assert audit.findings == ["tables: order 912-1 was there before its attempt 1"]
    well = audited(journal.events)
    well.compare([replace(row, orders_before=("912-0",))], [A, B, C])
    assert well.findings == []
