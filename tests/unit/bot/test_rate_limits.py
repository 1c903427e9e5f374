"""What leaves stays inside Telegram's limits, and what matters finds a place in them."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.telegram.rate_limits import (
    BURST,
    FIRST_CLOSURE_S,
    GAP_S,
    LONGEST_CLOSURE_S,
    BurstBucket,
    ChatLimits,
    SendWindow,
    idle_gap,
    overall_window,
)
from bot.text.draft import Rank

PERSON, GROUP = 1001, -1001
WITHIN_S = {PERSON: 12.0, GROUP: 25.0}
#: In quarters of a second, so that sums are exact.
gaps = st.lists(st.integers(0, 20).map(lambda quarters: quarters / 4), max_size=60)
limits = st.integers(1, 5)
chats = st.sampled_from([PERSON, GROUP])
#: What wants to leave, each so long after the one before.
wishes = st.lists(st.tuples(st.integers(0, 12).map(lambda quarters: quarters / 4), st.sampled_from(Rank)), max_size=80)


def sent_by(window: SendWindow, waits: Sequence[float], *, spare: int = 0) -> list[float]:
    """When messages left that each came so long after the one before, and waited as they were told."""
    now, times = 0.0, []
    for gap in waits:
        now += gap
        now += window.wait(now, spare=spare)
        window.note(now)
        times.append(now)
    return times


def leave(chat: ChatLimits, wanted: Sequence[tuple[float, Rank]], *, now: float = 0.0) -> list[float]:
    """When messages of these ranks left, one after the other."""
    times = []
    for gap, rank in wanted:
        now += gap
        while (wait := chat.wait(now, rank)) > 0:
            now += wait
        chat.note(now, rank)
        times.append(now)
    return times


def most_within(times: Sequence[float], period: float) -> int:
    """The most that left within any such period."""
    return max((sum(begin <= time < begin + period for time in times) for begin in times), default=0)


# ---- sliding windows


@pytest.mark.guards("bot", "never more messages than the limit in any period")
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


@pytest.mark.guards("bot", "places are spared for what matters more")
@given(st.integers(2, 6), st.integers(1, 5), gaps)
def test_who_leaves_places_spare_never_takes_them(limit: int, spare: int, waits: list[float]) -> None:
    usable = max(1, limit - spare)
    assert most_within(sent_by(SendWindow(limit=limit, period=3.0), waits, spare=spare), 3.0) <= usable


def test_a_wait_is_as_long_as_told_and_no_longer() -> None:
    window = SendWindow(limit=1, period=1.05)
    window.note(10.0)
    assert window.wait(10.5) == pytest.approx(0.55)
    assert window.wait(10.5 + window.wait(10.5)) == 0


def test_all_chats_together_stay_within_telegrams_limit() -> None:
    assert most_within(sent_by(overall_window(), [0.0] * 100), 1.0) <= 30


# ---- the burst


def taken_at_once(bucket: BurstBucket, now: float, *, may_burst: bool = True) -> int:
    """How many leave without waiting."""
    taken = 0
    while bucket.wait(now, may_burst=may_burst) <= 0:
        bucket.note(now)
        taken += 1
    return taken


def test_what_matters_leaves_in_a_burst_after_a_rest_and_all_else_one_by_one() -> None:
    assert taken_at_once(BurstBucket(), 100.0) == 1 + BURST
    assert taken_at_once(BurstBucket(), 100.0, may_burst=False) == 1


@pytest.mark.guards("bot", "stops and alerts leave in a burst, all else one by one")
def test_what_does_not_matter_leaves_the_burst_whole() -> None:
    bucket = BurstBucket()
    now = 100.0
    for _ in range(20):
        bucket.note(now)
        now += bucket.wait(now, may_burst=False)
    assert taken_at_once(bucket, now) == 1 + BURST
    assert bucket.wait(now, may_burst=False) == pytest.approx((1 + BURST) * GAP_S)


def test_what_was_long_on_its_way_counts_from_its_answer_on() -> None:
    bucket = BurstBucket()
    bucket.note(100.0)
    bucket.note_answer(100.5)
    assert bucket.wait(101.0, may_burst=False) == pytest.approx(GAP_S - 0.5)


@pytest.mark.guards("bot", "a flood limit closes the burst, each that follows for twice as long")
def test_a_refusal_closes_the_burst_and_leaves_the_steady_pace() -> None:
    bucket = BurstBucket()
    bucket.note_refusal(100.0, wait=10.0)
    assert taken_at_once(bucket, 110.0) == 1
    assert bucket.wait(110.0, may_burst=True) == pytest.approx(GAP_S)
    assert taken_at_once(bucket, 110.0 + GAP_S, may_burst=False) == 1
    assert taken_at_once(bucket, 110.0 + FIRST_CLOSURE_S - 1) == 1


def test_a_burst_that_opens_again_is_won_back_first() -> None:
    bucket = BurstBucket()
    bucket.note_refusal(100.0, wait=10.0)
    opens = 110.0 + FIRST_CLOSURE_S
    assert bucket.wait(opens - 1, may_burst=True) == 0
    assert taken_at_once(bucket, opens + GAP_S) < 1 + BURST
    assert taken_at_once(bucket, opens + 10 * GAP_S) == 1 + BURST


def seconds_closed(bucket: BurstBucket, refused_at: float) -> float:
    """Refuse, and look every second whether there is a burst to win back again."""
    bucket.note_refusal(refused_at, wait=0.0)
    seconds = 1
    while bucket.wait(refused_at + seconds, may_burst=False) == 0:  # one place is all that there is
        seconds += 1
    return float(seconds)


@pytest.mark.guards("bot", "a flood limit closes the burst, each that follows for twice as long")
def test_each_refusal_closes_the_burst_for_twice_as_long_up_to_an_hour() -> None:
    bucket, now, closed = BurstBucket(), 100.0, []
    for _ in range(8):
        closed.append(seconds_closed(bucket, now))
        now += closed[-1] + 10
    assert closed == [min(FIRST_CLOSURE_S * 2**n, LONGEST_CLOSURE_S) for n in range(8)]


def test_a_refusal_long_after_the_last_one_is_a_first_one_again() -> None:
    bucket = BurstBucket()
    seconds_closed(bucket, 100.0)
    opened = 100.0 + FIRST_CLOSURE_S
    assert seconds_closed(bucket, opened + LONGEST_CLOSURE_S) == FIRST_CLOSURE_S


# ---- what a chat takes


@given(chats, wishes)
def test_whatever_is_wanted_a_chat_stays_within_telegrams_limits(chat: int, wanted: list[tuple[float, Rank]]) -> None:
    times = leave(ChatLimits(chat), wanted)
    if chat == GROUP:
        assert most_within(times, 60.0) <= 20
    for first, begin in enumerate(times):
        for last, end in enumerate(times[first:], start=first):
            assert last - first <= BURST + (end - begin)  # one a second beyond the burst


@pytest.mark.guards("bot", "ten alerts and the message that names them find room, whatever was edited before")
@given(chats, wishes)
def test_ten_alerts_and_the_message_that_names_them_find_room_whatever_was_edited_before(
    chat: int, wanted: list[tuple[float, Rank]]
) -> None:
    edits = [(gap, rank) for gap, rank in wanted if rank in {Rank.UPDATE, Rank.BOARD}]
    limits_ = ChatLimits(chat)
    now = max(leave(limits_, edits), default=0.0)
    naming, *_, tenth = leave(limits_, [(0.0, Rank.ALERT)] * 11, now=now)
    assert naming == now
    assert tenth <= now + WITHIN_S[chat]


@given(chats, wishes)
def test_what_matters_finds_a_place_at_once_however_much_was_asked_answered_and_edited(
    chat: int, wanted: list[tuple[float, Rank]]
) -> None:
    lesser = [(gap, rank) for gap, rank in wanted if rank > Rank.ALERT]
    limits_ = ChatLimits(chat)
    now = max(leave(limits_, lesser), default=0.0)
    assert limits_.wait(now, Rank.URGENT) == 0


@pytest.mark.guards("bot", "a stop finds a place in a group however much is asked and answered")
def test_a_stop_finds_a_place_in_a_group_in_which_one_question_follows_another() -> None:
    group, now = ChatLimits(GROUP), 0.0
    for _ in range(40):
        now = leave(group, [(0.0, Rank.REPLY)], now=now)[-1]
        assert group.wait(now, Rank.URGENT) == 0


def test_what_is_edited_on_and_on_leaves_places_of_a_group_to_replies() -> None:
    group = ChatLimits(GROUP)
    now = leave(group, [(0.0, Rank.UPDATE)] * 8)[-1] + GAP_S
    assert group.wait(now, Rank.UPDATE) > 20
    assert group.wait(now, Rank.REPLY) == 0


def test_boards_and_rounds_of_practice_have_room_beside_each_other() -> None:
    gap = idle_gap(GROUP) / 2
    times = leave(ChatLimits(GROUP), [(gap, Rank.BOARD), (gap, Rank.ROUND)] * 15)
    assert times == [gap * (number + 1) for number in range(30)]


def test_boards_alone_never_use_up_what_a_group_has_for_edits() -> None:
    group = ChatLimits(GROUP)
    now = leave(group, [(idle_gap(GROUP), Rank.BOARD)] * 30)[-1] + GAP_S
    assert group.wait(now, Rank.UPDATE) == 0


def test_what_was_long_on_its_way_counts_from_its_answer_on_in_a_groups_minute_too() -> None:
    group = ChatLimits(GROUP)
    for number in range(19):
        group.note(2.0 * number, Rank.ALERT)
        group.note_answer(2.0 * number + 1.0)
    assert group.wait(61.0, Rank.ALERT) == pytest.approx(1.0)
