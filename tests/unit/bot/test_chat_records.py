"""What is remembered of chats: their boards, who listens, how far readers came, and where a group moved."""

from dataclasses import replace

import pytest
import sqlalchemy as sa

from bot.access.preference_table import PreferenceTable
from bot.access.preferences import Preferences
from bot.telegram.messages import ChatRecords
from bot.telegram.model import Delivery
from bot.text.board import Board
from purchasing.events import stamp
from tests.builders import AT, command, seconds
from tests.unit.bot.messages import ADA, BOB, GROUP, SUPER, SUPER_2, planned, shown, state

# ---- chats that close or move


def test_a_closed_chat_gets_nothing_more_and_is_forgotten(records: ChatRecords) -> None:
    waiting, done, other = planned(records, key="a"), shown(records, key="b"), planned(records, key="c", chat=BOB)
    records.know(ADA, "Ada", thread=None, at=AT)
    records.put_board(Board(chat=ADA, thread=None, number=1))
    records.close_chat(ADA, why="blocked")
    assert [state(records, one) for one in (waiting, done, other)] == [
        Delivery.DROPPED,
        Delivery.DONE,
        Delivery.WAITING,
    ]
    assert (records.listeners(), records.boards()) == ({}, [])


@pytest.mark.guards("bot", "what belongs to a group follows it, its alerts and board too")
def test_what_belongs_to_a_group_follows_it(records: ChatRecords) -> None:
    done, waiting = shown(records, key="alert:5:-4001", chat=GROUP), planned(records, key="reply:1", chat=GROUP)
    records.know(GROUP, "Ada", thread=None, at=AT)
    board = Board(chat=GROUP, thread=None, number=9)
    records.put_board(board)
    records.move_chat(GROUP, SUPER)
    assert [records.message(one.id).draft.chat for one in (done, waiting)] == [SUPER, SUPER]
    assert records.boards() == [replace(board, chat=SUPER)]
    assert records.listeners() == {SUPER: None}
    assert records.moved_groups() == {GROUP: SUPER}


@pytest.mark.guards("bot", "what belongs to a group follows it, its alerts and board too")
@pytest.mark.parametrize("key", ["alert:5", "board:9"])
def test_the_story_of_a_group_that_moved_goes_on_in_one_new_message(records: ChatRecords, key: str) -> None:
    before = shown(records, key=f"{key}:{GROUP}", chat=GROUP)
    records.move_chat(GROUP, SUPER)
    after = planned(records, "PRACTICE · gone", key=f"{key}:{SUPER}", chat=SUPER)
    assert (after.id, after.message_id) == (before.id, None)


def test_what_a_group_chose_to_hear_follows_it(records: ChatRecords, connection: sa.Connection) -> None:
    PreferenceTable(connection).put(GROUP, Preferences(zone="Europe/Berlin"), command("1"), at=stamp(AT))
    records.move_chat(GROUP, SUPER)
    assert PreferenceTable(connection).all() == {SUPER: Preferences(zone="Europe/Berlin")}


def test_the_key_of_another_chat_does_not_follow(records: ChatRecords) -> None:
    planned(records, key="alert:5:-14001", chat=-14001)
    records.move_chat(-4001, SUPER)
    assert records.planned(["alert:5:-14001"])


def test_a_group_that_moves_twice_is_known_by_its_last_id(records: ChatRecords) -> None:
    records.move_chat(GROUP, SUPER)
    records.move_chat(SUPER, SUPER_2)
    assert records.moved_groups() == {GROUP: SUPER_2, SUPER: SUPER_2}


def test_a_group_that_moved_to_where_it_is_known_already_is_one_chat(records: ChatRecords) -> None:
    for chat in (GROUP, SUPER):
        planned(records, key=f"alert:5:{chat}", chat=chat)
        records.know(chat, "Ada", thread=None, at=AT)
        records.put_board(Board(chat=chat, thread=None, number=-chat))
    records.move_chat(GROUP, SUPER)
    assert list(records.listeners()) == [SUPER]
    assert len(records.boards()) == 1


# ---- places, listeners, boards


def test_a_reader_goes_on_from_its_place(records: ChatRecords) -> None:
    assert records.place("news") == 0
    records.move_place("news", 5)
    records.move_place("boards", 3)
    records.move_place("news", 6)
    assert (records.place("news"), records.place("boards")) == (6, 3)


def test_a_listener_is_known_by_the_last_name_and_topic(records: ChatRecords) -> None:
    records.know(ADA, "Ada", thread=None, at=AT)
    records.know(ADA, "Ada L.", thread=4, at=AT + seconds(1))
    assert (records.names(), records.listeners()) == ({ADA: "Ada L."}, {ADA: 4})


def test_a_chat_has_one_board_and_a_new_one_has_another_key(records: ChatRecords) -> None:
    first, second = Board(chat=ADA, thread=None, number=1), Board(chat=ADA, thread=4, number=2)
    for board in (first, second):
        records.put_board(board)
    assert records.boards() == [second]
    assert first.key != second.key
