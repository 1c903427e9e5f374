from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pytest

from purchasing.model import Attempt, Step
from purchasing.rules.standstill import LONGEST_STILL, Sight, Standstill
from tests.builders import AT, A, attempt, seconds

LATER = AT + LONGEST_STILL + seconds(3)


def sight(*holding: Attempt, **more: Any) -> Sight:
    return Sight(**{"holding": holding, "last_at": LATER, "due": LATER, "paused": False, **more})


def look(*sights: tuple[Sight, datetime]) -> Sequence[Sequence[str]]:
    standstill = Standstill()
    return [[*standstill.look(one, at=at)] for one, at in sights]


def test_an_attempt_that_does_not_move_is_told_once_for_each_step() -> None:
    stuck = sight(attempt(Step.SUBMITTING, moved_at=AT))
    moved = sight(attempt(Step.UNCONFIRMED, moved_at=AT))
    at = AT + LONGEST_STILL
    told = look((stuck, at), (stuck, LATER), (stuck, LATER), (moved, LATER))
    assert told[0] == told[2] == []
    assert told[1] == [f"attempt 1 on {A} has been submitting for 2 m 3 s"]
    assert told[3][0].startswith(f"attempt 1 on {A} has been unconfirmed for 2 m 3 s: look at your orders")


def test_two_attempts_at_once_are_told() -> None:
    two = sight(attempt(Step.OPENED, id=7, moved_at=LATER), attempt(Step.CARTED, id=8, moved_at=LATER))
    assert look((two, LATER), (two, LATER)) == [["attempts 7, 8 hold the one slot at once"], []]


def test_that_nothing_happens_is_told_once_until_something_does() -> None:
    still, moved = sight(last_at=AT, due=AT), sight(last_at=AT + seconds(9), due=AT)
    told = look(
        (still, AT + LONGEST_STILL), (still, LATER), (still, LATER), (moved, LATER), (moved, LATER + seconds(9))
    )
    assert told == [
        [],
        ["nothing has happened for 2 m 3 s, and no check came when it was due"],
        [],
        [],
        ["nothing has happened for 2 m 3 s, and no check came when it was due"],
    ]


@pytest.mark.parametrize(
    "more",
    [{"paused": True}, {"due": LATER}, {"due": LATER + seconds(600)}, {"last_at": None}, {"last_at": LATER}],
    ids=["paused", "due now", "the circuit is open", "a new database", "just now"],
)
def test_where_nothing_has_to_happen_nothing_is_told(more: dict[str, Any]) -> None:
    assert look((sight(**{"last_at": AT, "due": AT, **more}), LATER)) == [[]]
