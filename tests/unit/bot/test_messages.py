"""A message is planned once, sent until it is shown or given up, and repeated only if it matters."""

from typing import Any

import pytest
import sqlalchemy as sa

from bot.telegram import tables
from bot.telegram.messages import ChatRecords
from bot.telegram.model import Delivery, Pin
from bot.text.draft import Button, Rank
from tests.builders import AT, draft
from tests.unit.bot.messages import ADA, BOB, plan, planned, shown, state

# ---- planning


def test_a_message_is_kept_as_it_was_drafted(records: ChatRecords) -> None:
    buttons = ((Button(text="Yes", data="o:1"), Button(text="Look", url="https://shop.example")),)
    whole = draft(
        "PRACTICE · <b>a</b> 👨‍👩‍👧‍👦",
        thread=5,
        rank=Rank.ALERT,
        buttons=buttons,
        silent=True,
        pin=True,
        picture="https://shop.example/1.png",
        matters=False,
        file="stockbell.txt",
        photo="review.png",
    )
    message = records.plan(whole, at=AT, sending=False)
    assert message is not None
    assert records.message(message.id).draft == whole


@pytest.mark.parametrize("sending", [True, False])
def test_what_is_planned_is_told_as_it_is_stored(records: ChatRecords, *, sending: bool) -> None:
    message = planned(records, sending=sending, once=True, pin=sending)
    assert message == records.message(message.id)


def test_planning_the_same_again_changes_nothing(records: ChatRecords) -> None:
    message = planned(records)
    assert plan(records) is None
    assert records.message(message.id) == message


@pytest.mark.parametrize("more", [{"text": "PRACTICE · other"}, {"buttons": ((Button(text="Yes", data="o:1"),),)}])
def test_another_text_or_other_buttons_are_an_edit(records: ChatRecords, more: dict[str, Any]) -> None:
    before = shown(records)
    after = planned(records, **more)
    assert (after.id, after.message_id, after.revision) == (before.id, 7, 2)


@pytest.mark.guards("bot", "a draft of once never changes")
def test_a_draft_of_once_never_changes(records: ChatRecords) -> None:
    message = shown(records, once=True)
    assert plan(records, "PRACTICE · other", once=True) is None
    assert records.message(message.id) == message


@pytest.mark.guards("bot", "what was given up is not planned again")
def test_what_was_given_up_is_not_planned_again(records: ChatRecords) -> None:
    message = planned(records)
    records.set_state(message.id, Delivery.DROPPED, why="blocked")
    assert plan(records, "PRACTICE · other") is None


def test_what_is_unsent_comes_in_the_order_of_planning(records: ChatRecords) -> None:
    first, second, third = (planned(records, key=f"reply:{n}", chat=chat) for n, chat in enumerate((ADA, BOB, ADA)))
    records.mark_shown(second.id, revision=1, message_id=1)
    assert [one.id for one in records.unsent()] == [first.id, third.id]


@pytest.mark.guards("bot", "what was not shown yet never waits for what is less urgent")
@pytest.mark.parametrize("state", [Delivery.WAITING, Delivery.SENDING, Delivery.UNCERTAIN])
def test_what_was_not_shown_yet_waits_no_longer_because_of_what_is_told_of_it_since(
    records: ChatRecords, state: Delivery
) -> None:
    alert = planned(records, rank=Rank.ALERT)
    records.set_state(alert.id, state)
    assert planned(records, "PRACTICE · other", rank=Rank.BOARD).draft.rank is Rank.ALERT
    records.mark_shown(alert.id, revision=2, message_id=7)
    assert planned(records, "PRACTICE · a third", rank=Rank.BOARD).draft.rank is Rank.BOARD


@pytest.mark.guards("bot", "what was not shown yet never waits for what is less urgent")
def test_what_is_to_be_shown_already_may_become_more_urgent(records: ChatRecords) -> None:
    shown(records, rank=Rank.ALERT)
    held = planned(records, "PRACTICE · gone", rank=Rank.ROUND)
    hastened = planned(records, "PRACTICE · gone", rank=Rank.ALERT)
    assert (hastened.id, hastened.draft.rank, hastened.revision) == (held.id, Rank.ALERT, held.revision)
    assert plan(records, "PRACTICE · gone", rank=Rank.ROUND) is None
    records.mark_shown(held.id, revision=held.revision, message_id=7)
    assert plan(records, "PRACTICE · gone", rank=Rank.URGENT) is None


@pytest.mark.parametrize(("stored", "rank"), [(0, Rank.URGENT), (1, Rank.ALERT), (2, Rank.REPLY), (3, Rank.BOARD)])
@pytest.mark.guards("bot", "a message that the first version stored keeps its rank")
def test_a_message_of_the_first_version_keeps_its_rank(
    connection: sa.Connection, records: ChatRecords, stored: int, rank: Rank
) -> None:
    message = planned(records)
    connection.execute(sa.update(tables.message).values(rank=stored))
    assert records.message(message.id).draft.rank is rank


# ---- delivery


@pytest.mark.guards("bot", "a revision planned during a send is sent afterwards as an edit, the newest alone")
def test_a_revision_planned_while_a_send_is_under_way_is_sent_afterwards_as_an_edit(records: ChatRecords) -> None:
    first = planned(records, "one", sending=True)
    second = planned(records, "two", sending=True)
    assert (second.id, second.state) == (first.id, Delivery.WAITING)
    assert records.mark_shown(first.id, revision=1, message_id=7) is False
    claimed = records.claim(first.id)
    assert claimed is not None
    assert (claimed.draft.text, claimed.message_id, claimed.revision) == ("two", 7, 2)
    assert records.mark_shown(first.id, revision=2, message_id=7) is True
    assert state(records, first) is Delivery.DONE


@pytest.mark.guards("bot", "a revision planned during a send is sent afterwards as an edit, the newest alone")
def test_of_many_revisions_only_the_newest_is_sent(records: ChatRecords) -> None:
    message = planned(records, "one")
    for text in ("two", "three"):
        plan(records, text)
    claimed = records.claim(message.id)
    assert claimed is not None
    assert claimed.draft.text == "three"
    assert records.mark_shown(message.id, revision=claimed.revision, message_id=7) is True


@pytest.mark.guards("bot", "what is done is not claimed")
@pytest.mark.parametrize("done", [Delivery.DONE, Delivery.DROPPED])
def test_what_is_done_or_given_up_is_not_claimed(records: ChatRecords, done: Delivery) -> None:
    message = planned(records)
    records.set_state(message.id, done)
    assert records.claim(message.id) is None


def test_a_claim_marks_the_message_as_on_its_way(records: ChatRecords) -> None:
    message = planned(records)
    claimed = records.claim(message.id)
    assert claimed is not None
    assert (claimed.state, state(records, message)) == (Delivery.SENDING, Delivery.SENDING)


@pytest.mark.guards("bot", "what perhaps arrived is sent again with its mark if it matters, else not at all")
def test_a_message_that_perhaps_arrived_is_sent_again_with_its_mark_and_keeps_it(records: ChatRecords) -> None:
    message = planned(records)
    records.set_state(message.id, Delivery.UNCERTAIN)
    again = records.claim(message.id)
    assert again is not None
    assert again.repeated
    records.mark_shown(message.id, revision=1, message_id=8)
    assert planned(records, "PRACTICE · other").repeated


@pytest.mark.guards("bot", "a board has one pin at a time, tried until it holds, and is never marked as sent again")
def test_a_board_that_perhaps_arrived_is_sent_again_without_a_mark_that_it_would_keep(records: ChatRecords) -> None:
    board = planned(records, rank=Rank.BOARD, pin=True)
    records.set_state(board.id, Delivery.UNCERTAIN)
    again = records.claim(board.id)
    assert again is not None
    assert not again.repeated


def test_a_message_that_certainly_did_not_arrive_is_sent_without_a_mark(records: ChatRecords) -> None:
    message = planned(records, sending=True)
    records.set_state(message.id, Delivery.WAITING)
    claimed = records.claim(message.id)
    assert claimed is not None
    assert not claimed.repeated


def test_an_edit_that_perhaps_arrived_is_made_again_without_a_mark(records: ChatRecords) -> None:
    message = shown(records)
    planned(records, "PRACTICE · other", sending=True)
    records.take_over()
    claimed = records.claim(message.id)
    assert claimed is not None
    assert (claimed.message_id, claimed.repeated) == (7, False)


@pytest.mark.guards("bot", "what perhaps arrived is sent again with its mark if it matters, else not at all")
@pytest.mark.parametrize(
    ("matters", "becomes"), [(True, Delivery.UNCERTAIN), (False, Delivery.DROPPED)], ids=["matters", "does not"]
)
def test_after_a_crash_what_was_on_its_way_is_repeated_only_if_it_matters(
    records: ChatRecords, becomes: Delivery, *, matters: bool
) -> None:
    message = planned(records, matters=matters, sending=True)
    records.take_over()
    assert state(records, message) is becomes


def test_after_a_crash_what_was_waiting_or_done_stays_so(records: ChatRecords) -> None:
    waiting, done = planned(records, key="reply:1"), shown(records, key="reply:2")
    records.take_over()
    assert (state(records, waiting), state(records, done)) == (Delivery.WAITING, Delivery.DONE)


@pytest.mark.guards("bot", "a deleted message is made again")
def test_a_message_that_was_deleted_is_sent_anew(records: ChatRecords) -> None:
    message = shown(records)
    planned(records, "PRACTICE · other")
    records.send_anew(message.id)
    claimed = records.claim(message.id)
    assert claimed is not None
    assert (claimed.message_id, claimed.repeated, claimed.draft.text) == (None, False, "PRACTICE · other")


@pytest.mark.guards("bot", "who comes back after a block gets the alert of an open restock anew")
@pytest.mark.parametrize("was_shown", [True, False])
def test_a_message_that_was_given_up_can_be_sent_as_a_new_one(records: ChatRecords, *, was_shown: bool) -> None:
    message = shown(records) if was_shown else planned(records)
    plan(records, "PRACTICE · other")
    records.close_chat(ADA, why="blocked")
    assert records.planned([message.draft.key, "alert:1:1002"]) == {message.draft.key: Delivery.DROPPED}
    records.revive(message.draft.key)
    again = planned(records, "PRACTICE · other", sending=True)
    assert (again.id, again.state, again.message_id) == (message.id, Delivery.SENDING, None)


def test_what_was_not_given_up_is_not_sent_anew(records: ChatRecords) -> None:
    message = shown(records)
    for key in (message.draft.key, "alert:1:1002"):
        records.revive(key)
    assert (records.message(message.id), records.unsent()) == (message, [])


def test_the_boards_that_a_chat_shows_are_retired_and_those_that_it_does_not_show_yet_dropped(
    records: ChatRecords,
) -> None:
    shown(records, key="board:1:1001", pin=True)
    waiting, in_doubt = (planned(records, key=f"board:{n}:1001", pin=True) for n in (2, 3))
    records.set_state(in_doubt.id, Delivery.UNCERTAIN)
    planned(records, key="board:4:1001", pin=True, sending=True)
    shown(records, key="board:5:1002", chat=BOB, pin=True)
    shown(records, key="alert:1:1001")
    planned(records, key="board:6:1001", pin=True)
    assert records.retire_boards(ADA, but="board:6:1001") == ["board:1:1001", "board:4:1001"]
    assert {state(records, waiting), state(records, in_doubt)} == {Delivery.DROPPED}


@pytest.mark.parametrize("is_pinned", [True, False])
def test_a_message_that_is_no_longer_to_be_pinned_is_unpinned_with_its_edit(
    records: ChatRecords, *, is_pinned: bool
) -> None:
    message = shown(records, pin=True)
    if is_pinned:
        records.mark_pinned(message.id)
    assert planned(records, "over", pin=False).pin is Pin.OVER
    records.mark_pinned(message.id)  # which was under way
    records.mark_unpinned(message.id)
    assert (records.message(message.id).pin, records.retire_boards(ADA)) == (Pin.NONE, [])


def test_a_pinned_message_that_is_sent_anew_is_pinned_anew(records: ChatRecords) -> None:
    message = shown(records, pin=True)
    records.mark_pinned(message.id)
    records.send_anew(message.id)
    assert records.message(message.id).pin is Pin.WANTED
