"""What waits for one chat, and what of it leaves next."""

import pytest

from bot.telegram.lane import FLOOD_MARGIN_S, Lane, lane_for
from bot.telegram.model import Delivery, Message, Pin
from bot.telegram.rate_limits import BURST, GAP_S
from bot.text.draft import Rank
from tests.builders import draft

GROUP = -1001


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


def first(waiting: Lane) -> int | None:
    chosen = waiting.first(100.0)
    return None if chosen is None else chosen.id


def test_what_is_most_urgent_leaves_first_and_equals_in_their_order() -> None:
    assert first(lane(Rank.BOARD, Rank.UPDATE, Rank.REPLY, Rank.ALERT, Rank.URGENT, Rank.URGENT)) == 4
    assert first(lane(Rank.BOARD, Rank.REPLY, Rank.REPLY)) == 1


def test_every_alert_that_was_not_sent_goes_before_replies_and_these_before_what_edits_one() -> None:
    waiting = lane(Rank.ALERT, Rank.UPDATE, Rank.REPLY, Rank.ALERT, Rank.BOARD)
    waiting.waiting[0] = message(0, Rank.ALERT, message_id=7)
    order = []
    while (chosen := first(waiting)) is not None:
        order.append(chosen)
        del waiting.waiting[chosen]
    assert order == [3, 2, 0, 1, 4]


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
    assert lane().free_ranks(100.0) == frozenset(Rank)


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
