"""What waits for one chat, and what of it leaves next."""

from dataclasses import replace

import pytest

from bot.telegram.lane import FLOOD_MARGIN_S, Lane, lane_for
from bot.telegram.model import Delivery, Message, Pin
from bot.telegram.rate_limits import BURST, GAP_S, ROUND_GAP_S
from bot.text.draft import Rank
from tests.builders import draft

PERSON, GROUP = 1001, -1001


def message(number: int, rank: Rank, *, message_id: int | None = None) -> Message:
    return Message(
        id=number,
        draft=draft(rank=rank),
        state=Delivery.WAITING,
        revision=1,
        message_id=message_id,
        repeated=False,
        pin=Pin.NONE,
    )


def lane(*ranks: Rank, chat: int = GROUP, sent: int = 0) -> Lane:
    """A lane at time 100, in which messages of these ranks wait, and so many have just left."""
    made = lane_for(chat)
    made.waiting = {n: message(n, rank) for n, rank in enumerate(ranks)}
    for _ in range(sent):
        made.limits.note(100.0, Rank.ALERT)
    return made


def round_of(alert: int) -> Message:
    """An edit of an alert that is shown, for a further round of practice."""
    return message(alert, Rank.ROUND, message_id=7)


def first(waiting: Lane, now: float = 100.0) -> int | None:
    chosen = waiting.first(now)
    return None if chosen is None else chosen.id


def leave(waiting: Lane, number: int, *, now: float = 100.0) -> None:
    """It leaves and is shown."""
    waiting.take(waiting.waiting[number], now)
    waiting.note_answer(now)
    waiting.is_sending = False


@pytest.mark.guards("bot", "the most urgent leaves first")
def test_what_is_most_urgent_leaves_first_and_equals_in_their_order() -> None:
    assert first(lane(Rank.BOARD, Rank.UPDATE, Rank.REPLY, Rank.ALERT, Rank.URGENT, Rank.URGENT)) == 4
    assert first(lane(Rank.BOARD, Rank.REPLY, Rank.REPLY)) == 1


@pytest.mark.guards("bot", "every alert that was not sent goes before replies, and these before what edits one")
def test_every_alert_that_was_not_sent_goes_before_replies_and_these_before_what_edits_one() -> None:
    waiting = lane(Rank.ALERT, Rank.UPDATE, Rank.REPLY, Rank.ALERT, Rank.BOARD)
    waiting.waiting[0] = message(0, Rank.ALERT, message_id=7)
    order = []
    while (chosen := first(waiting)) is not None:
        order.append(chosen)
        del waiting.waiting[chosen]
    assert order == [3, 2, 0, 1, 4]


@pytest.mark.guards("bot", "a board waits out its gap")
@pytest.mark.parametrize(("chat", "gap"), [(PERSON, 5.0), (GROUP, 10.0)], ids=["a person", "a group"])
def test_a_board_is_shown_only_when_its_gap_is_over(chat: int, gap: float) -> None:
    waiting = lane(Rank.BOARD, Rank.BOARD, chat=chat)
    leave(waiting, 0)
    assert first(waiting, 100.0 + gap - 1) is None
    assert waiting.wait(100.0) == gap
    assert first(waiting, 100.0 + gap) == 1


def test_a_board_waits_out_its_gap_behind_nobody() -> None:
    waiting = lane(Rank.BOARD, Rank.BOARD)
    leave(waiting, 0)
    waiting.waiting[2] = message(2, Rank.REPLY)
    assert first(waiting, 104.0) == 2
    assert waiting.wait(104.0) == 0


# ---- rounds of practice


@pytest.mark.guards(
    "bot", "rounds of practice are told now and then, the newest alone, and nothing else waits with them"
)
def test_an_alert_tells_of_a_further_round_only_when_it_has_stood_for_a_while() -> None:
    waiting = lane(Rank.ALERT)
    leave(waiting, 0)
    waiting.waiting = {0: round_of(0)}
    assert first(waiting, 100.0 + ROUND_GAP_S - 1) is None
    assert waiting.wait(101.0) == ROUND_GAP_S - 1
    assert first(waiting, 100.0 + ROUND_GAP_S) == 0


def test_of_the_rounds_meanwhile_the_newest_alone_is_told() -> None:
    waiting = lane(Rank.ALERT)
    leave(waiting, 0)
    for revision in (2, 3, 4):
        waiting.waiting[0] = replace(round_of(0), revision=revision)
    newest = waiting.first(100.0 + ROUND_GAP_S)
    assert newest is not None
    assert newest.revision == 4
    leave(waiting, 0, now=100.0 + ROUND_GAP_S)
    assert not waiting.waiting


def test_what_else_is_told_of_an_alert_takes_the_place_of_a_round_that_waits_and_does_not_wait_itself() -> None:
    waiting = lane(Rank.ALERT)
    leave(waiting, 0)
    waiting.waiting = {0: round_of(0)}
    assert first(waiting, 102.0) is None
    waiting.waiting[0] = message(0, Rank.ALERT, message_id=7)
    assert first(waiting, 102.0) == 0


def test_an_alert_of_which_nothing_is_remembered_tells_of_a_round_at_once() -> None:
    waiting = lane()
    waiting.waiting = {0: round_of(0)}
    assert first(waiting, 100.0) == 0


def test_the_rounds_of_many_alerts_leave_room_between_them() -> None:
    waiting = lane(chat=GROUP)
    waiting.waiting = {0: round_of(0), 1: round_of(1)}
    leave(waiting, 0)
    assert first(waiting, 109.0) is None
    assert first(waiting, 110.0) == 1


def test_at_the_end_nothing_waits_for_what_is_newer() -> None:
    waiting = lane(Rank.ALERT, Rank.BOARD, Rank.BOARD)
    leave(waiting, 0)
    leave(waiting, 1)
    waiting.waiting[0] = round_of(0)
    assert first(waiting, 101.0) is None
    waiting.is_ending = True
    assert first(waiting, 101.0) == 0
    assert sorted(waiting.waiting) == [0, 2]


# ---- Telegram's limits


@pytest.mark.guards("bot", "stops and alerts leave in a burst, all else one by one")
def test_an_alert_that_nobody_has_seen_leaves_in_a_burst_and_nothing_else_that_waits_does() -> None:
    for rank in (Rank.URGENT, Rank.ALERT):
        assert lane(rank, sent=BURST).wait(100.0) == 0
        assert lane(rank, sent=BURST + 1).wait(100.0) == pytest.approx(GAP_S)
    for rank in (Rank.REPLY, Rank.UPDATE, Rank.BOARD):
        assert lane(rank, sent=1).wait(100.0) == pytest.approx(GAP_S)
    edit = lane(sent=1)
    edit.waiting[0] = message(0, Rank.ALERT, message_id=7)
    assert edit.wait(100.0) == pytest.approx(GAP_S)


def test_a_flood_limit_ends_the_burst_too() -> None:
    waiting = lane(Rank.ALERT, Rank.ALERT)
    waiting.note_flood(3.0, 100.0)
    assert waiting.wait(100.0) == pytest.approx(3.0 + FLOOD_MARGIN_S)
    waiting.take(waiting.waiting[0], 104.0)
    assert waiting.wait(104.0) == pytest.approx(GAP_S)


# ---- what would leave at once


def test_a_new_message_leaves_at_once_where_nothing_waits() -> None:
    assert lane().free_ranks(100.0) == frozenset(Rank) - {Rank.ROUND}  # of which the lane knows only when it is there


def test_a_board_does_not_leave_at_once_within_its_gap() -> None:
    waiting = lane(Rank.BOARD)
    leave(waiting, 0)
    assert Rank.BOARD not in waiting.free_ranks(105.0)
    assert Rank.BOARD in waiting.free_ranks(110.0)


def test_while_the_pace_holds_all_else_only_what_may_burst_leaves_at_once() -> None:
    assert lane(sent=1).free_ranks(100.0) == {Rank.URGENT, Rank.ALERT}
    assert lane(sent=BURST + 1).free_ranks(100.0) == frozenset()


def test_a_new_message_leaves_at_once_only_before_what_is_less_urgent() -> None:
    assert lane(Rank.REPLY).free_ranks(100.0) == {Rank.URGENT, Rank.ALERT}
    assert lane(Rank.URGENT).free_ranks(100.0) == frozenset()


def test_nothing_leaves_at_once_while_something_is_on_its_way_or_the_chat_is_flooded() -> None:
    sending, flooded = lane(Rank.BOARD), lane()
    sending.take(sending.waiting[0], 100.0)
    flooded.note_flood(3.0, 100.0)
    assert (sending.free_ranks(110.0), flooded.free_ranks(100.0)) == (frozenset(), frozenset())


def test_a_flooded_chat_waits_whatever_is_urgent() -> None:
    waiting = lane(Rank.URGENT)
    waiting.blocked_until = 130.0
    assert waiting.wait(100.0) == 30.0
