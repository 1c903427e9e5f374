"""Sliding windows, and the lanes that keep to them."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.telegram.messages import Delivery, Message, Pin
from bot.telegram.outbox import Lane
from bot.telegram.rate_limits import GROUP_SPARE, Pace, board_gap, chat_pace, overall_pace
from bot.text.draft import Rank
from tests.builders import draft

PERSON, GROUP = 1001, -1001
#: In quarters of a second, so that sums are exact.
gaps = st.lists(st.integers(0, 20).map(lambda quarters: quarters / 4), max_size=60)
limits = st.integers(1, 5)


def sent_by(pace: Pace, waits: Sequence[float], *, spare: int = 0) -> list[float]:
    """When messages left that each came so long after the one before, and waited as they were told."""
    now, times = 0.0, []
    for gap in waits:
        now += gap
        now += pace.wait(now, spare=spare)
        pace.note(now)
        times.append(now)
    return times


def most_within(times: Sequence[float], period: float) -> int:
    """The most that left within any such period."""
    return max((sum(begin <= time < begin + period for time in times) for begin in times), default=0)


@given(limits, gaps)
def test_never_more_than_the_limit_leave_within_any_period(limit: int, waits: list[float]) -> None:
    assert most_within(sent_by(Pace(limit=limit, period=3.0), waits), 3.0) <= limit


@given(limits, gaps)
def test_nobody_waits_while_the_window_has_room(limit: int, waits: list[float]) -> None:
    pace, now = Pace(limit=limit, period=3.0), 0.0
    times: list[float] = []
    for gap in waits:
        now += gap
        recent = sum(time > now - 3.0 for time in times)
        assert (pace.wait(now) == 0) is (recent < limit)
        if recent < limit:
            pace.note(now)
            times.append(now)


@given(st.integers(2, 6), st.integers(1, 5), gaps)
def test_who_leaves_places_spare_never_takes_them(limit: int, spare: int, waits: list[float]) -> None:
    usable = max(1, limit - spare)
    assert most_within(sent_by(Pace(limit=limit, period=3.0), waits, spare=spare), 3.0) <= usable


def test_a_wait_is_as_long_as_told_and_no_longer() -> None:
    pace = Pace(limit=1, period=1.05)
    pace.note(10.0)
    assert pace.wait(10.5) == pytest.approx(0.55)
    assert pace.wait(10.5 + pace.wait(10.5)) == 0


@pytest.mark.parametrize(
    ("pace", "most", "period"),
    [(overall_pace(), 30, 1.0), (chat_pace(PERSON), 1, 1.0), (chat_pace(GROUP), 20, 60.0)],
    ids=["in all", "a person", "a group"],
)
def test_the_paces_are_within_telegrams_limits(pace: Pace, most: int, period: float) -> None:
    assert most_within(sent_by(pace, [0.0] * 100), period) <= most


# ---- lanes


def message(number: int, rank: Rank) -> Message:
    return Message(
        id=number,
        draft=draft(rank=rank),
        state=Delivery.WAITING,
        revision=1,
        message_id=None,
        repeated=False,
        pin=Pin.NONE,
    )


def lane(*ranks: Rank, chat: int = GROUP, sent: int = 0) -> Lane:
    """A lane at time 100, in which messages of these ranks wait, and so many have just left."""
    made = Lane(chat=chat, pace=chat_pace(chat), waiting={n: message(n, rank) for n, rank in enumerate(ranks)})
    for _ in range(sent):
        made.pace.note(100.0)
    return made


def first(waiting: Lane) -> int | None:
    found = waiting.first(100.0)
    return None if found is None else found.id


def test_what_is_most_urgent_leaves_first_and_equals_in_their_order() -> None:
    assert first(lane(Rank.BOARD, Rank.REPLY, Rank.STOCK, Rank.URGENT, Rank.URGENT)) == 3
    assert first(lane(Rank.BOARD, Rank.REPLY, Rank.REPLY)) == 1


def test_an_alert_that_is_told_on_and_on_lets_a_reply_between_but_no_new_alert_wait() -> None:
    waiting = lane(Rank.STOCK, Rank.REPLY)
    waiting.waiting[0] = replace(waiting.waiting[0], message_id=7)
    assert first(waiting) == 0
    waiting.told_on = True
    assert first(waiting) == 1
    waiting.waiting[2] = message(2, Rank.STOCK)
    assert first(waiting) == 2


def test_a_board_is_shown_only_when_its_gap_is_over() -> None:
    waiting = lane(Rank.BOARD)
    waiting.board_at = 104.0
    assert first(waiting) is None
    assert waiting.wait(100.0) == 4.0
    assert waiting.first(104.0) is not None


def test_a_board_waits_out_its_gap_behind_nobody() -> None:
    waiting = lane(Rank.BOARD, Rank.REPLY)
    waiting.board_at = 104.0
    assert first(waiting) == 1
    assert waiting.wait(100.0) == 0


def test_a_board_leaves_places_of_a_groups_minute_to_others() -> None:
    free = chat_pace(GROUP).limit - GROUP_SPARE
    assert lane(Rank.BOARD, sent=free - 1).wait(102.0) == 0
    assert lane(Rank.BOARD, sent=free).wait(102.0) > 0
    assert lane(Rank.BOARD, Rank.REPLY, sent=free).wait(102.0) == 0


def test_boards_alone_never_fill_a_groups_minute() -> None:
    period, most = chat_pace(GROUP).period, chat_pace(GROUP).limit - GROUP_SPARE
    assert period / board_gap(GROUP) <= most


def test_a_flooded_chat_waits_whatever_is_urgent() -> None:
    waiting = lane(Rank.URGENT)
    waiting.blocked_until = 130.0
    assert waiting.wait(100.0) == 30.0


def test_a_group_gets_no_two_messages_within_a_second() -> None:
    pace = chat_pace(GROUP)
    pace.note(100.0)
    assert pace.wait(100.5) > 0.5
    assert pace.wait(101.1) == 0


def test_what_was_long_on_its_way_counts_from_its_answer_on() -> None:
    pace = chat_pace(PERSON)
    pace.note(0.0)
    pace.arrived(0.5)
    assert pace.wait(1.0) == pytest.approx(0.55)
