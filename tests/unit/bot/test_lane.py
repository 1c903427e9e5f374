"""What waits for one chat, and what of it leaves next."""

from bot.telegram.lane import Lane, lane_for
from bot.telegram.model import Delivery, Message, Pin
from bot.telegram.rate_limits import GROUP_SPARE, board_gap, chat_window
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
        made.window.note(100.0)
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


def test_a_board_leaves_places_of_a_groups_minute_to_others() -> None:
    free = chat_window(GROUP).limit - GROUP_SPARE
    assert lane(Rank.BOARD, sent=free - 1).wait(102.0) == 0
    assert lane(Rank.BOARD, sent=free).wait(102.0) > 0
    assert lane(Rank.BOARD, Rank.REPLY, sent=free).wait(102.0) == 0


def test_boards_alone_never_fill_a_groups_minute() -> None:
    period, most = chat_window(GROUP).period, chat_window(GROUP).limit - GROUP_SPARE
    assert period / board_gap(GROUP) <= most


def test_a_flooded_chat_waits_whatever_is_urgent() -> None:
    waiting = lane(Rank.URGENT)
    waiting.blocked_until = 130.0
    assert waiting.wait(100.0) == 30.0
