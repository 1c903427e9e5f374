"""The audit finds an order that came after a stop, or that is not its attempt's own."""

from dataclasses import replace
from itertools import pairwise

import pytest

from config.products import Mode
from purchasing.events import Control, ControlChanged, OrderFound
from purchasing.model import Step
from tests.builders import A, B, C, attempt
from tests.facts import fact
from tests.unit.purchasing.journals import Journal, audited, bought

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
