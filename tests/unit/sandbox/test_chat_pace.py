"""The practice chat counts what is sent as Telegram does."""

import pytest

from sandbox.chat_faults import Pace
from sandbox.chat_model import Limits, Refused

NO_LIMITS = Limits(per_chat_per_second=None, per_group_per_minute=None, overall_per_second=None)


class Watch:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def watch() -> Watch:
    return Watch()


def wait_of(pace: Pace, limits: Limits, chat_id: int) -> int:
    """How long a sending has to wait; 0 when it went out."""
    try:
        pace.check(limits, chat_id)
    except Refused as refusal:
        return refusal.parameters["retry_after"]
    return 0


def test_a_chat_has_so_many_a_second_and_others_are_free(watch: Watch) -> None:
    pace, limits = Pace(now=watch), Limits(per_chat_per_second=2)
    assert [wait_of(pace, limits, chat_id) for chat_id in (1, 1, 1, 2)] == [0, 0, 1, 0]
    watch.now += 1
    assert wait_of(pace, limits, 1) == 0


def test_a_group_has_so_many_a_minute_and_a_private_chat_has_not(watch: Watch) -> None:
    pace, limits = Pace(now=watch), Limits(per_chat_per_second=None, per_group_per_minute=2)
    assert [wait_of(pace, limits, chat_id) for chat_id in (-5, -5, 5, 5, 5)] == [0, 0, 0, 0, 0]
    watch.now += 20.5
    assert wait_of(pace, limits, -5) == 40


def test_all_chats_together_have_so_many_a_second(watch: Watch) -> None:
    pace, limits = Pace(now=watch), Limits(overall_per_second=3)
    assert [wait_of(pace, limits, chat_id) for chat_id in (1, 2, 3, 4)] == [0, 0, 0, 1]


def test_what_was_refused_does_not_count(watch: Watch) -> None:
    pace, limits = Pace(now=watch), Limits(per_chat_per_second=1)
    wait_of(pace, limits, 1)
    watch.now += 0.5
    assert wait_of(pace, limits, 1) == 1
    watch.now += 0.5
    assert wait_of(pace, limits, 1) == 0


def test_without_limits_everything_goes_out(watch: Watch) -> None:
    pace = Pace(now=watch)
    assert not any(wait_of(pace, NO_LIMITS, -5) for _ in range(100))
