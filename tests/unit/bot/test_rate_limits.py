"""Sliding windows inside Telegram's limits."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.telegram.rate_limits import SendWindow, chat_window, overall_window

PERSON, GROUP = 1001, -1001
#: In quarters of a second, so that sums are exact.
gaps = st.lists(st.integers(0, 20).map(lambda quarters: quarters / 4), max_size=60)
limits = st.integers(1, 5)


def sent_by(window: SendWindow, waits: Sequence[float], *, spare: int = 0) -> list[float]:
    """When messages left that each came so long after the one before, and waited as they were told."""
    now, times = 0.0, []
    for gap in waits:
        now += gap
        now += window.wait(now, spare=spare)
        window.note(now)
        times.append(now)
    return times


def most_within(times: Sequence[float], period: float) -> int:
    """The most that left within any such period."""
    return max((sum(begin <= time < begin + period for time in times) for begin in times), default=0)


@given(limits, gaps)
def test_never_more_than_the_limit_leave_within_any_period(limit: int, waits: list[float]) -> None:
    assert most_within(sent_by(SendWindow(limit=limit, period=3.0), waits), 3.0) <= limit


@given(limits, gaps)
def test_nobody_waits_while_the_window_has_room(limit: int, waits: list[float]) -> None:
    window, now = SendWindow(limit=limit, period=3.0), 0.0
    times: list[float] = []
    for gap in waits:
        now += gap
        recent = sum(time > now - 3.0 for time in times)
        assert (window.wait(now) == 0) is (recent < limit)
        if recent < limit:
            window.note(now)
            times.append(now)


@given(st.integers(2, 6), st.integers(1, 5), gaps)
def test_who_leaves_places_spare_never_takes_them(limit: int, spare: int, waits: list[float]) -> None:
    usable = max(1, limit - spare)
    assert most_within(sent_by(SendWindow(limit=limit, period=3.0), waits, spare=spare), 3.0) <= usable


def test_a_wait_is_as_long_as_told_and_no_longer() -> None:
    window = SendWindow(limit=1, period=1.05)
    window.note(10.0)
    assert window.wait(10.5) == pytest.approx(0.55)
    assert window.wait(10.5 + window.wait(10.5)) == 0


@pytest.mark.parametrize(
    ("window", "most", "period"),
    [(overall_window(), 30, 1.0), (chat_window(PERSON), 1, 1.0), (chat_window(GROUP), 20, 60.0)],
    ids=["in all", "a person", "a group"],
)
def test_the_windows_are_within_telegrams_limits(window: SendWindow, most: int, period: float) -> None:
    assert most_within(sent_by(window, [0.0] * 100), period) <= most


def test_a_group_gets_no_two_messages_within_a_second() -> None:
    window = chat_window(GROUP)
    window.note(100.0)
    assert window.wait(100.5) > 0.5
    assert window.wait(101.1) == 0


def test_what_was_long_on_its_way_counts_from_its_answer_on() -> None:
    window = chat_window(PERSON)
    window.note(0.0)
    window.note_answer(0.5)
    assert window.wait(1.0) == pytest.approx(0.55)
