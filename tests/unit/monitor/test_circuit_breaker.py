from collections.abc import Iterable
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.circuit_breaker import LONGEST_PAUSE, AskingOutcome, BreakerSettings, after_cycle, rests_until, sum_up
from monitor.model import Circuit, CircuitState, Trouble
from tests.builders import AT, A, B, answer, reading, trouble

OPEN, CLOSED = CircuitState.OPEN, CircuitState.CLOSED
SETTINGS = BreakerSettings(failures=3, pause=timedelta(seconds=60))
GOOD = AskingOutcome()
FAILED = AskingOutcome(failed="no certain reading")
WALLED = AskingOutcome(failed="the bot wall", troubles=frozenset({Trouble.WALLED}))
MINUTE = timedelta(minutes=1)


def after(*outcomes: AskingOutcome, since: Circuit | None = None) -> Circuit:
    circuit = since or Circuit()
    for outcome in outcomes:
        circuit = after_cycle(circuit, outcome, SETTINGS, at=AT)
    return circuit


def waits(circuit: Circuit) -> timedelta | None:
    until = rests_until(circuit, at=AT)
    return None if until is None else until - AT


def test_three_failed_cycles_in_a_row_open_it() -> None:
    assert [after(*[FAILED] * count).state for count in (1, 2, 3)] == [CLOSED, CLOSED, OPEN]


def test_a_good_cycle_between_failed_ones_keeps_it_closed() -> None:
    assert after(FAILED, FAILED, GOOD, FAILED, FAILED).state is CLOSED


def test_one_wall_opens_it_even_beside_good_readings() -> None:
    assert after(WALLED).state is OPEN
    assert after(AskingOutcome(troubles=frozenset({Trouble.WALLED}))).state is OPEN


def test_other_troubles_beside_good_readings_do_not() -> None:
    others = frozenset(Trouble) - {Trouble.WALLED}
    assert after(*[AskingOutcome(troubles=others)] * 9).state is CLOSED


def test_open_it_says_since_when_why_and_until_when() -> None:
    circuit = after(WALLED)
    assert (circuit.blind_since, circuit.why, circuit.open_until) == (AT, "the bot wall", AT + MINUTE)


@pytest.mark.guards("monitor", "the pauses of an open circuit double up to fifteen minutes")
def test_each_failed_probe_doubles_the_pause_up_to_fifteen_minutes() -> None:
    pauses = [waits(after(WALLED, *[FAILED] * probes)) for probes in range(7)]
    assert pauses == [MINUTE, MINUTE * 2, MINUTE * 4, MINUTE * 8, LONGEST_PAUSE, LONGEST_PAUSE, LONGEST_PAUSE]


def test_a_pause_that_the_owner_set_longer_than_that_is_not_shortened() -> None:
    hour = BreakerSettings(failures=1, pause=timedelta(hours=1))
    once = after_cycle(Circuit(), FAILED, hour, at=AT)
    twice = after_cycle(once, FAILED, hour, at=AT)
    assert [waits(once), waits(twice)] == [timedelta(hours=1)] * 2


def test_a_good_probe_closes_it_and_the_next_pause_is_the_first_again() -> None:
    closed = after(WALLED, FAILED, FAILED, GOOD)
    assert closed == Circuit()
    assert waits(after(WALLED, since=closed)) == MINUTE


def test_blind_is_counted_from_the_first_opening() -> None:
    opened = after_cycle(Circuit(), WALLED, SETTINGS, at=AT)
    again = after_cycle(opened, FAILED, SETTINGS, at=AT + MINUTE)
    assert again.blind_since == AT


@pytest.mark.guards("monitor", "`Retry-After` is waited")
@pytest.mark.parametrize(("asked_for", "pause"), [(30, 60), (600, 600)])
def test_open_it_waits_what_the_shop_asks_for_if_that_is_longer(asked_for: int, pause: int) -> None:
    walled = AskingOutcome(failed="x", troubles=frozenset({Trouble.WALLED}), retry_after=timedelta(seconds=asked_for))
    assert waits(after(walled)) == timedelta(seconds=pause)


@pytest.mark.parametrize("failed", [None, "throttled"])
def test_closed_it_waits_what_the_shop_asks_for(failed: str | None) -> None:
    throttled = AskingOutcome(failed=failed, troubles=frozenset({Trouble.THROTTLED}), retry_after=timedelta(seconds=45))
    circuit = after(throttled)
    assert (circuit.state, waits(circuit)) == (CLOSED, timedelta(seconds=45))


@pytest.mark.guards("monitor", "a wait that blinds opens the circuit, so that it is told with its end")
@pytest.mark.parametrize("failed", [None, "throttled"])
@pytest.mark.parametrize(("asked_for", "opens"), [(120, False), (121, True), (86_400, True)])
def test_a_wait_of_more_than_two_minutes_opens_it(failed: str | None, asked_for: int, *, opens: bool) -> None:
    wait = timedelta(seconds=asked_for)
    circuit = after(AskingOutcome(failed=failed, troubles=frozenset({Trouble.THROTTLED}), retry_after=wait))
    assert (circuit.state is OPEN) == opens
    assert waits(circuit) == wait
    assert (circuit.blind_since, circuit.why) == (
        (AT, failed or "the shop asks us to wait") if opens else (None, failed)
    )


def test_throttled_without_a_word_on_how_long_the_pause_grows() -> None:
    throttled = AskingOutcome(failed="throttled", troubles=frozenset({Trouble.THROTTLED}))
    pauses = [waits(after(*[throttled] * count)) for count in range(1, 5)]
    assert pauses == [MINUTE / 2, MINUTE, MINUTE, MINUTE * 2]


def test_a_wait_is_over_after_the_next_cycle() -> None:
    throttled = AskingOutcome(failed="throttled", troubles=frozenset({Trouble.THROTTLED}))
    assert waits(after(throttled, FAILED)) is None
    assert waits(after(throttled, GOOD)) is None


def test_nothing_is_asked_before_the_pause_is_over_and_then_it_is() -> None:
    circuit = after(WALLED)
    moment = timedelta(milliseconds=1)
    assert rests_until(circuit, at=AT + MINUTE - moment) == AT + MINUTE
    assert rests_until(circuit, at=AT + MINUTE) is None


def test_a_clock_set_back_behind_the_opening_does_not_prolong_the_pause() -> None:
    assert rests_until(after(WALLED), at=AT - timedelta(hours=1)) is None


@pytest.mark.guards("monitor", "a clock that was years ahead once does not stop the watching for years")
@pytest.mark.parametrize("state", [OPEN, CLOSED])
def test_a_wait_that_is_longer_than_any_was_left_by_a_clock_that_was_ahead(state: CircuitState) -> None:
    day = timedelta(days=1)

    def wait_for(lead: timedelta) -> timedelta | None:
        return waits(Circuit(state=state, open_until=AT + lead, blind_since=None if state is CLOSED else AT - day))

    assert [wait_for(day), wait_for(day + timedelta(hours=1)), wait_for(3650 * day)] == [
        day,
        day + timedelta(hours=1),
        None,
    ]


@given(st.lists(st.sampled_from([GOOD, FAILED, WALLED]), max_size=12))
def test_it_is_open_exactly_when_it_says_since_when_it_is_blind(outcomes: list[AskingOutcome]) -> None:
    circuit = after(*outcomes)
    assert (circuit.state is OPEN) == (circuit.blind_since is not None)
    if circuit.state is OPEN:
        assert circuit.open_until is not None
        assert circuit.why


@given(st.lists(st.sampled_from([GOOD, FAILED, WALLED]), max_size=12))
def test_a_good_cycle_always_closes_it(outcomes: list[AskingOutcome]) -> None:
    assert after(*outcomes, GOOD) == Circuit()


# ---- how a cycle went


@pytest.mark.parametrize("certain", [reading(A, "OUT_OF_STOCK"), reading(A, None, "IN_STOCK")])
def test_one_certain_reading_is_enough(certain: object) -> None:
    assert sum_up(answer(certain, reading(B, "NEW_WORD"))).failed is None  # type: ignore[arg-type]


def test_a_cycle_without_a_certain_reading_has_failed() -> None:
    assert sum_up(answer(reading(A, "NEW_WORD", trouble="new word NEW_WORD"))).failed == "new word NEW_WORD"
    assert sum_up(answer(reading(A))).failed


def test_the_gravest_trouble_is_the_reason() -> None:
    troubles = [trouble(kind, A) for kind in (Trouble.PASSING, Trouble.WALLED, Trouble.THROTTLED)]
    outcome = sum_up(answer(reading(A), troubles=troubles))
    assert outcome.failed == "it was walled"
    assert outcome.walled


@pytest.mark.parametrize("kind", Trouble)
def test_every_trouble_can_be_a_reason(kind: Trouble) -> None:
    assert sum_up(answer(reading(A), troubles=[trouble(kind, A)])).failed == f"it was {kind}"


def test_the_longest_wait_that_was_asked_for_counts() -> None:
    def told(seconds: Iterable[int]) -> timedelta | None:
        waits = (timedelta(seconds=one) for one in seconds)
        return sum_up(
            answer(reading(A), troubles=[trouble(Trouble.THROTTLED, A, retry_after=wait) for wait in waits])
        ).retry_after

    assert told([5, 50, 7]) == timedelta(seconds=50)
    assert told([]) is None
