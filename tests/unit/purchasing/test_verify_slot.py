"""The audit finds an attempt that broke a law of the slot, came too late, or was not next."""

from collections.abc import Callable

import pytest

from config.products import Mode
from purchasing.events import AttemptMoved, ServiceStarted, Sighted, Skipped, WatchlistChanged
from purchasing.model import Step
from purchasing.rules.verify import GRACE
from tests.builders import AT, A, B, C, seconds
from tests.facts import fact
from tests.unit.purchasing.journals import BEFORE_BUTTON, DEADLINE, Journal, bought

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
