"""The practice chat takes short bursts and refuses sustained excess, as Telegram does."""

from collections.abc import Iterable

import pytest

from sandbox.chat_model import Limits, Refused
from sandbox.flood_control import FloodControl

NO_LIMITS = Limits(per_chat_per_second=None, per_group_per_minute=None, overall_per_second=None)


class Watch:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def watch() -> Watch:
    return Watch()


def wait_of(control: FloodControl, limits: Limits, chat_id: int) -> int:
    """How long a sending has to wait; 0 when it went out."""
    try:
        control.check(limits, chat_id)
    except Refused as refusal:
        return refusal.parameters["retry_after"]
    return 0


def waits_of(control: FloodControl, limits: Limits, chat_ids: Iterable[int]) -> list[int]:
    return [wait_of(control, limits, chat_id) for chat_id in chat_ids]


def test_a_chat_takes_a_short_burst_and_others_are_free(watch: Watch) -> None:
    control, limits = FloodControl(now=watch), Limits(per_chat_burst=2)
    assert waits_of(control, limits, (1, 1, 1, 2)) == [0, 0, 1, 0]


def test_a_burst_is_won_back_at_the_pace_of_the_chat_and_no_faster(watch: Watch) -> None:
    control, limits = FloodControl(now=watch), Limits(per_chat_burst=3)
    assert waits_of(control, limits, [1] * 3) == [0, 0, 0]
    watch.now += 2
    assert waits_of(control, limits, [1] * 3) == [0, 0, 1]
    watch.now += 60
    assert waits_of(control, limits, [1] * 4) == [0, 0, 0, 1]


def test_sustained_excess_is_refused_however_small_it_is(watch: Watch) -> None:
    control, limits = FloodControl(now=watch), Limits(per_group_per_minute=None)
    waits = []
    for _ in range(50):
        waits.append(wait_of(control, limits, 1))
        watch.now += 0.9
    assert any(waits)
    assert not any(waits[:30])


def test_one_a_second_is_never_refused(watch: Watch) -> None:
    control, limits = FloodControl(now=watch), Limits(per_chat_burst=1)
    for _ in range(100):
        assert wait_of(control, limits, 1) == 0
        watch.now += 1


def test_a_group_has_so_many_a_minute_and_a_private_chat_has_not(watch: Watch) -> None:
    control, limits = FloodControl(now=watch), Limits(per_chat_per_second=None, per_group_per_minute=2)
    assert waits_of(control, limits, (-5, -5, 5, 5, 5)) == [0, 0, 0, 0, 0]
    watch.now += 20.5
    assert wait_of(control, limits, -5) == 40


def test_a_burst_takes_its_places_of_a_groups_minute(watch: Watch) -> None:
    control, limits = FloodControl(now=watch), Limits(per_chat_burst=4, per_group_per_minute=5)
    assert waits_of(control, limits, [-5] * 4) == [0, 0, 0, 0]
    watch.now += 10
    assert waits_of(control, limits, (-5, -5)) == [0, 50]


def test_all_chats_together_have_so_many_a_second(watch: Watch) -> None:
    control, limits = FloodControl(now=watch), Limits(overall_per_second=3)
    assert waits_of(control, limits, (1, 2, 3, 4)) == [0, 0, 0, 1]


def test_what_was_refused_does_not_count(watch: Watch) -> None:
    control, limits = FloodControl(now=watch), Limits(per_chat_burst=1)
    assert waits_of(control, limits, (1, 1)) == [0, 1]
    watch.now += 1
    assert wait_of(control, limits, 1) == 0


def test_whoever_was_told_to_wait_is_refused_until_then(watch: Watch) -> None:
    control, limits = FloodControl(now=watch), Limits(per_chat_burst=1)
    wait_of(control, limits, 1)
    watch.now += 0.5
    assert wait_of(control, limits, 1) == 1
    watch.now += 0.75  # when it would have had a place
    assert wait_of(control, limits, 1) == 1
    watch.now += 1
    assert wait_of(control, limits, 1) == 0


def test_without_limits_everything_goes_out(watch: Watch) -> None:
    control = FloodControl(now=watch)
    assert not any(waits_of(control, NO_LIMITS, [-5] * 100))
