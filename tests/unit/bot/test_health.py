from dataclasses import replace
from datetime import datetime

import pytest

from bot.health import next_check_at, plan_now, why_signed_out
from config.products import Mode
from monitor.model import Circuit, CircuitState
from monitor.restock_hours import Pace
from purchasing.model import CycleMark, Overview
from tests.builders import AT, A, B, C, controls, line, seconds

#: The last cycle began at AT, and told that the next one comes 20 s later.
TOLD = AT + seconds(20)
MARK = CycleMark(cycle_id=7, began=AT, next_check_at=TOLD)


@pytest.mark.parametrize("planned", [TOLD, TOLD - seconds(0.004), TOLD + seconds(0.3)])
def test_the_next_check_comes_when_the_last_cycle_told(planned: datetime) -> None:
    assert next_check_at(MARK, planned) == TOLD


@pytest.mark.parametrize("planned", [AT, AT - seconds(0.01)])
def test_a_schedule_that_has_not_taken_the_new_time_yet_is_not_believed(planned: datetime) -> None:
    assert next_check_at(MARK, planned) == TOLD


@pytest.mark.parametrize("planned", [AT + seconds(3), AT + seconds(60)])
def test_a_schedule_that_was_moved_since_is_believed(planned: datetime) -> None:
    assert next_check_at(MARK, planned) == planned


def test_before_the_first_cycle_the_schedule_is_believed_and_without_one_what_was_told() -> None:
    assert next_check_at(CycleMark(), AT) == AT
    assert next_check_at(MARK, None) == TOLD
    assert next_check_at(CycleMark(), None) is None


@pytest.mark.parametrize("mode", [Mode.REHEARSE, Mode.LIVE])
def test_that_nobody_is_signed_in_is_said_where_something_would_be_bought(mode: Mode) -> None:
    why = "you are signed out at Target, so that nothing is bought (the shop asks to sign in): run stockbell login"
    assert why_signed_out(controls(mode=mode, signed_out="the shop asks to sign in")) == why
    assert why_signed_out(controls(mode=mode)) is None


def test_practice_needs_nobody_to_be_signed_in() -> None:
    assert why_signed_out(controls(mode=Mode.SIMULATE, signed_out="the shop asks to sign in")) is None


def test_the_plan_tells_of_what_is_asked_for_now_and_of_nothing_else() -> None:
    pace = Pace(every=seconds(40), likely=None)
    planned = dict.fromkeys((A, B, C), pace)
    stands = Overview(controls=controls(), mark=MARK, lines=(line(A), line(B, paused=True)), slot=None)
    assert plan_now(planned, stands) == {A: pace}
    assert plan_now(planned, replace(stands, controls=controls(paused=True))) == {}
    walled = Circuit(state=CircuitState.OPEN, open_until=AT + seconds(60))
    assert plan_now(planned, replace(stands, controls=controls(circuit=walled))) == {}
