"""What leaves, in which order, how fast, and what becomes of it when Telegram fails."""

import asyncio
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from bot.telegram.api import TelegramApi
from bot.telegram.rate_limits import overall_window
from bot.text.board import Board
from bot.text.draft import REPEATED as MARK
from bot.text.draft import Button, Draft, Rank
from bot.text.markup import plain
from sandbox.chat import Limits, Person
from tests.builders import AT, draft
from tests.integration.bot_calls import Bot
from tests.integration.post import ADA, BOB, FORUM, GROUP, OLD_GROUP, eventually, new_post
from tests.world import reserve_port

REPEATED = plain(MARK)


def to_group(text: str = "PRACTICE · a word", key: str = "reply:1", **more: Any) -> Draft:
    return draft(text, key, chat=GROUP.id, **more)


# ---- order and pace


async def test_a_stop_or_purchase_leaves_first_then_alerts_then_replies_then_updates_then_the_board(
    tmp_path: Path,
) -> None:
    async with new_post(tmp_path, begin=False) as post:
        ranks = [Rank.BOARD, Rank.UPDATE, Rank.REPLY, Rank.ALERT, Rank.URGENT]
        await post.tell(*(to_group(rank.name, rank.name, rank=rank) for rank in ranks))
        post.start()
        await post.until(lambda: len(post.texts()) == 5)
        assert post.texts() == ["URGENT", "ALERT", "REPLY", "UPDATE", "BOARD"]


async def test_what_comes_in_while_others_wait_goes_before_what_is_less_urgent(tmp_path: Path) -> None:
    async with new_post(tmp_path) as post:
        post.chat.faults.flood(ADA.id, calls=1, retry_after=3)
        await post.tell(*(draft(f"reply {n}", f"reply:{n}") for n in range(2)))
        await post.until(lambda: post.calls("sendMessage", ADA.id))
        await post.tell(draft("stopped", "notice:1", rank=Rank.URGENT))
        await post.until(lambda: len(post.texts(ADA.id)) == 3)
        assert post.texts(ADA.id) == ["stopped", "reply 0", "reply 1"]


async def test_equally_urgent_messages_keep_their_order(tmp_path: Path) -> None:
    async with new_post(tmp_path) as post:
        await post.tell(*(to_group(f"{n}", f"reply:{n}") for n in range(3)))
        await post.settled()
        assert post.texts() == [str(n) for n in range(3)]


async def test_a_whole_crowd_gets_everything_once_under_telegrams_limits(tmp_path: Path) -> None:
    crowd = tuple(Person(id=3000 + n, first_name=f"P{n}", started=True) for n in range(40))
    async with new_post(tmp_path, people=crowd) as post:
        post.chat.limits = Limits()
        await post.tell(*(draft("a word", f"notice:1:{one.id}", chat=one.id) for one in crowd))
        await post.tell(draft("another", "notice:2", chat=crowd[0].id))
        await post.settled()
        assert [len(post.texts(one.id)) for one in crowd] == [2, *[1] * 39]


@pytest.mark.guards("bot", "stops and alerts leave in a burst, all else one by one")
async def test_alerts_leave_in_a_burst_that_telegram_allows_and_then_at_its_pace(tmp_path: Path) -> None:
    async with new_post(tmp_path) as post:
        post.chat.limits = Limits()
        await post.tell(to_group("a reply"))
        await post.until(post.texts)
        await post.tell(*(to_group(f"{n}", f"alert:{n}", rank=Rank.ALERT) for n in range(5)))
        await post.settled()
        assert [call.status for call in post.calls("sendMessage")] == [200] * 6
        times = [call.at for call in post.calls("sendMessage")]
        assert times[3] - times[0] < 3  # the reply and three alerts, which take so long at the steady pace
        assert times[5] - times[0] >= 2


@pytest.mark.guards("bot", "a flood limit closes the burst, each that follows for twice as long")
async def test_after_a_flood_limit_alerts_leave_one_by_one(tmp_path: Path) -> None:
    async with new_post(tmp_path) as post:
        post.chat.faults.flood(GROUP.id, calls=1)
        await post.tell(*(to_group(f"{n}", f"alert:{n}", rank=Rank.ALERT) for n in range(3)))
        await post.settled()
        refused, *sent = post.calls("sendMessage")
        assert (refused.status, [call.status for call in sent]) == (429, [200] * 3)
        assert all(later.at - earlier.at >= 1 for earlier, later in pairwise(sent))


@pytest.mark.guards("bot", "of all chats, the one with the most urgent message has the next place")
async def test_what_is_urgent_in_an_idle_chat_waits_behind_no_crowd(tmp_path: Path) -> None:
    crowd = tuple(Person(id=3000 + n, first_name=f"P{n}", started=True) for n in range(90))
    async with new_post(tmp_path, people=(ADA, *crowd)) as post:
        await post.tell(*(draft("a word", f"reply:{one.id}", chat=one.id) for one in crowd))
        await post.until(lambda: len(post.calls("sendMessage")) > 5)
        await post.tell(draft("stopped", "notice:1", rank=Rank.URGENT))
        left_before = len([state for state in await post.states() if state != "waiting"])
        await post.settled()
        place = [call.chat_id for call in post.calls("sendMessage")].index(ADA.id)
        # What left at the same time may arrive before it, in part.
        assert place <= left_before + overall_window().limit / 3


async def test_a_message_keeps_its_buttons_topic_sound_and_picture(tmp_path: Path) -> None:
    async with new_post(tmp_path) as post:
        yes = ((Button(text="Yes", data="o:1"),),)
        await post.tell(to_group(buttons=yes, silent=True, picture="https://shop.example/1.png"))
        await post.settled()
        (message,) = post.messages()
        assert (message.buttons[0][0].data, message.silent) == ("o:1", True)
        assert "https://shop.example/1.png" in str(post.calls("sendMessage")[0].params)


# ---- edits


@pytest.mark.guards("bot", "a revision planned during a send is sent afterwards as an edit, the newest alone")
async def test_of_many_edits_the_newest_wins(tmp_path: Path) -> None:
    async with new_post(tmp_path) as post:
        post.chat.faults.slow = 2
        for text in ("one", "two", "three", "four"):
            await post.tell(to_group(text))
        post.chat.faults.slow = 0
        await post.settled()
        (message,) = post.messages()
        assert message.history == ("one", "four")


async def test_an_edit_that_changes_nothing_to_telegram_is_done(tmp_path: Path) -> None:
    async with new_post(tmp_path) as post:
        await post.tell(to_group("a  word"))
        await post.settled()
        await post.tell(to_group("a  word "))
        await post.settled()
        assert (await post.states(), post.texts()) == (["done"], ["a  word"])


@pytest.mark.guards("bot", "a deleted message is made again")
async def test_a_board_that_was_deleted_is_made_again_and_pinned(tmp_path: Path) -> None:
    async with new_post(tmp_path) as post, httpx.AsyncClient() as client:
        await post.tell(to_group("board 1", pin=True))
        await post.until(lambda: post.messages()[0].pinned)
        (first,) = post.messages()
        bot = Bot(f"{post.url}/bot{post.chat.token}", client)
        await bot.call("deleteMessage", chat_id=GROUP.id, message_id=first.message_id)
        await post.tell(to_group("board 2", pin=True))
        await post.until(lambda: [(one.text, one.pinned) for one in post.messages()] == [("board 2", True)])


@pytest.mark.guards("bot", "a board has one pin at a time, tried until it holds, and is never marked as sent again")
async def test_a_board_that_could_not_be_pinned_is_shown_all_the_same_and_pinned_with_a_later_edit(
    tmp_path: Path,
) -> None:
    async with new_post(tmp_path) as post:
        post.chat.faults.lose_before("pinChatMessage", calls=2)
        for text in ("board 1", "board 2"):
            await post.tell(to_group(text, pin=True))
            await post.settled()
        await post.until(lambda: len(post.calls("pinChatMessage")) == 2)
        assert [(one.text, one.pinned) for one in post.messages()] == [("board 2", False)]
        await post.tell(to_group("board 3", pin=True))
        await post.until(lambda: [(one.text, one.pinned) for one in post.messages()] == [("board 3", True)])


@pytest.mark.guards("bot", "a board has one pin at a time, tried until it holds, and is never marked as sent again")
async def test_a_board_that_is_pinned_is_not_pinned_again(tmp_path: Path) -> None:
    async with new_post(tmp_path) as post:
        for number in range(3):
            await post.tell(to_group(f"board {number}", pin=True))
            await post.settled()
        assert len(post.calls("pinChatMessage")) == 1


async def test_a_board_that_is_over_is_unpinned_and_says_so_and_is_not_made_again(tmp_path: Path) -> None:
    async with new_post(tmp_path) as post, httpx.AsyncClient() as client:
        await post.tell(draft("board", "board:1", pin=True), draft("board", "board:2", chat=BOB.id, pin=True))
        await post.until(lambda: all(post.messages(one.id)[0].pinned for one in (ADA, BOB)))
        bot = Bot(f"{post.url}/bot{post.chat.token}", client)
        await bot.call("deleteMessage", chat_id=BOB.id, message_id=post.messages(BOB.id)[0].message_id)
        await post.tell(draft("over", "board:1", matters=False), draft("over", "board:2", chat=BOB.id, matters=False))
        await post.settled()
        assert [(one.text, one.pinned) for one in post.messages(ADA.id)] == [("over", False)]
        assert post.messages(BOB.id) == []


@pytest.mark.guards(
    "bot", "rounds of practice are told now and then, the newest alone, and nothing else waits with them"
)
async def test_an_alert_holds_back_rounds_of_practice_and_nothing_else(tmp_path: Path) -> None:
    async with new_post(tmp_path) as post:
        await post.tell(to_group("in stock", rank=Rank.ALERT))
        await post.settled()
        for number in range(2, 4):
            await post.tell(to_group(f"practised {number} times", rank=Rank.ROUND))
        await post.tell(to_group("a reply", "reply:2"))
        await post.until(lambda: "a reply" in post.texts())
        assert post.texts() == ["in stock", "a reply"]
        await post.tell(to_group("gone, practised 3 times", rank=Rank.ALERT))
        await post.settled()
        assert post.messages()[0].history == ("in stock", "gone, practised 3 times")


@pytest.mark.parametrize("is_killed", [True, False])
@pytest.mark.guards("bot", "the last round of practice is told at the end, or after a crash")
async def test_the_last_round_of_practice_is_told_at_the_end_or_after_it(tmp_path: Path, *, is_killed: bool) -> None:
    async with new_post(tmp_path) as post:
        await post.tell(to_group("in stock", rank=Rank.ALERT))
        await post.settled()
        await post.tell(to_group("practised twice", rank=Rank.ROUND))
        if is_killed:
            await post.end()
            post.new_outbox()
            post.start()
            await post.until(lambda: post.texts() == ["practised twice"])
        else:
            await post.outbox.drain()
        assert post.texts() == ["practised twice"]


# ---- what goes wrong with one chat


@pytest.mark.parametrize(("wait", "trouble"), [(30, None), (900, "messages to a chat have to wait for another 15 min")])
async def test_a_chat_that_has_to_wait_for_long_is_told_of(tmp_path: Path, wait: float, trouble: str | None) -> None:
    async with new_post(tmp_path) as post:
        post.chat.faults.flood(ADA.id, calls=1, retry_after=wait)
        await post.tell(draft("first", "reply:1", chat=ADA.id))
        await post.until(lambda: post.calls("sendMessage"))
        await post.tell(draft("other", "reply:2", chat=BOB.id))
        await post.until(lambda: post.texts(BOB.id) == ["other"])

        async def is_so() -> bool:
            # Health asks on the database's thread.
            return await asyncio.to_thread(lambda: post.outbox.trouble) == trouble

        await eventually(is_so)


@pytest.mark.guards("bot", "a flood limit, a block, a refusal concern one chat and one message")
async def test_a_flood_limit_delays_that_chat_alone_and_loses_nothing(tmp_path: Path) -> None:
    async with new_post(tmp_path) as post:
        post.chat.faults.flood(ADA.id, calls=1, retry_after=3)
        await post.tell(draft("to Ada", "notice:1", chat=ADA.id), draft("to Bob", "notice:2", chat=BOB.id))
        await post.until(lambda: post.texts(BOB.id))
        assert post.texts(ADA.id) == []
        await post.settled()
        assert post.texts(ADA.id) == ["to Ada"]
        refused, sent = post.calls("sendMessage", ADA.id)
        assert (refused.status, sent.status) == (429, 200)
        assert sent.at - refused.at >= 3


@pytest.mark.guards("bot", "a flood limit, a block, a refusal concern one chat and one message")
async def test_who_blocked_the_bot_stops_nobody_else_and_is_not_written_to_again(tmp_path: Path) -> None:
    async with new_post(tmp_path) as post:
        await post.do(lambda records: records.know(ADA.id, "Ada", thread=None, at=AT))
        post.chat.block(ADA.id)
        await post.tell(
            draft("to Ada", "notice:1"), draft("more", "notice:2"), draft("to Bob", "notice:3", chat=BOB.id)
        )
        await post.settled()
        assert await post.states() == ["dropped", "dropped", "done"]
        assert len(post.calls("sendMessage", ADA.id)) == 1
        assert await post.do(lambda records: records.listeners()) == {}
        assert post.outbox.trouble is None


async def test_who_comes_back_after_blocking_gets_what_is_new(tmp_path: Path) -> None:
    async with new_post(tmp_path) as post:
        post.chat.block(ADA.id)
        await post.tell(draft("lost", "notice:1"))
        await post.settled()
        post.chat.say(ADA.id, "/start")
        await post.tell(draft("hello again", "notice:2"))
        await post.until(lambda: "hello again" in post.texts(ADA.id))


@pytest.mark.guards("bot", "what belongs to a group follows it, its alerts and board too")
async def test_a_group_that_became_a_supergroup_is_followed(tmp_path: Path) -> None:
    async with new_post(tmp_path) as post:
        key = f"alert:5:{OLD_GROUP.id}"
        await post.tell(draft("in stock", key, chat=OLD_GROUP.id))
        await post.settled()
        new = post.chat.make_supergroup(OLD_GROUP.id)
        await post.tell(draft("gone", key, chat=OLD_GROUP.id), draft("a reply", "reply:1", chat=OLD_GROUP.id))
        await post.until(lambda: len(post.texts(new)) == 2)
        assert post.texts(new) == ["gone", "a reply"]
        assert post.moved == 1
        await post.tell(draft("gone after 5 s", f"alert:5:{new}", chat=new))
        await post.until(lambda: "gone after 5 s" in post.texts(new))
        assert len(post.texts(new)) == 2


@pytest.mark.guards("bot", "what belongs to a topic that is gone goes to the group itself")
@pytest.mark.parametrize("is_deleted", [True, False])
async def test_what_belongs_to_a_topic_that_is_gone_goes_to_the_group_itself(
    tmp_path: Path, *, is_deleted: bool
) -> None:
    async with new_post(tmp_path) as post:
        await post.do(lambda records: records.know(FORUM.id, "Ada", thread=5, at=AT))
        await post.do(lambda records: records.put_board(Board(chat=FORUM.id, thread=5, number=1)))
        shut = post.chat.delete_topic if is_deleted else post.chat.close_topic
        shut(FORUM.id, 5)
        await post.tell(draft("in stock", "alert:1", chat=FORUM.id, thread=5))
        await post.settled()
        assert [(one.text, one.thread) for one in post.messages(FORUM.id)] == [("in stock", None)]
        assert await post.do(lambda records: records.listeners()) == {FORUM.id: None}
        assert [one.thread for one in await post.do(lambda records: records.boards())] == [None]


async def test_an_alert_that_was_deleted_with_its_topic_goes_on_in_the_group_itself(tmp_path: Path) -> None:
    async with new_post(tmp_path) as post:
        await post.tell(draft("in stock", "alert:1", chat=FORUM.id, thread=5))
        await post.settled()
        post.chat.delete_topic(FORUM.id, 5)
        await post.tell(draft("gone", "alert:1", chat=FORUM.id, thread=5))
        await post.settled()
        assert [(one.text, one.thread) for one in post.messages(FORUM.id)] == [("gone", None)]


@pytest.mark.guards("bot", "a flood limit, a block, a refusal concern one chat and one message")
async def test_a_message_that_telegram_refuses_for_good_is_given_up_and_the_next_one_goes(tmp_path: Path) -> None:
    async with new_post(tmp_path) as post:
        await post.tell(to_group("<nosuch>", "reply:1"), to_group("a word", "reply:2"))
        await post.settled()
        assert (await post.states(), post.texts()) == (["dropped", "done"], ["a word"])


# ---- uncertain deliveries


@pytest.mark.guards("bot", "a refused connection is certain, a lost answer is not")
@pytest.mark.guards("bot", "what perhaps arrived is sent again with its mark if it matters, else not at all")
@pytest.mark.parametrize(("arrived", "shown"), [(False, ["sent" + REPEATED]), (True, ["sent", "sent" + REPEATED])])
async def test_a_message_that_matters_is_repeated_and_says_so_when_its_answer_is_lost(
    tmp_path: Path, shown: list[str], *, arrived: bool
) -> None:
    async with new_post(tmp_path) as post:
        lose = post.chat.faults.lose_after if arrived else post.chat.faults.lose_before
        lose("sendMessage")
        await post.tell(to_group("sent"))
        await post.settled()
        assert post.texts() == shown
        await post.tell(to_group("edited"))
        await post.settled()
        assert post.texts()[-1] == "edited" + REPEATED


@pytest.mark.guards("bot", "what perhaps arrived is sent again with its mark if it matters, else not at all")
@pytest.mark.parametrize(("arrived", "shown"), [(False, []), (True, ["sent"])])
async def test_a_message_that_does_not_matter_is_not_repeated(
    tmp_path: Path, shown: list[str], *, arrived: bool
) -> None:
    async with new_post(tmp_path) as post:
        lose = post.chat.faults.lose_after if arrived else post.chat.faults.lose_before
        lose("sendMessage")
        await post.tell(to_group("sent", matters=False))
        await post.settled()
        assert (post.texts(), await post.states()) == (shown, ["dropped"])


@pytest.mark.parametrize("arrived", [False, True])
async def test_an_edit_whose_answer_is_lost_is_made_again_without_a_word(tmp_path: Path, *, arrived: bool) -> None:
    async with new_post(tmp_path) as post:
        await post.tell(to_group("one"))
        await post.settled()
        lose = post.chat.faults.lose_after if arrived else post.chat.faults.lose_before
        lose("editMessageText")
        await post.tell(to_group("two"))
        await post.settled()
        assert (post.texts(), await post.states()) == (["two"], ["done"])


@pytest.mark.guards("bot", "what was lost is tried ever more slowly")
async def test_what_is_lost_again_and_again_is_repeated_ever_more_slowly(tmp_path: Path) -> None:
    async with new_post(tmp_path) as post:
        post.chat.faults.lose_before("sendMessage", calls=3)
        await post.tell(to_group("sent"))
        await post.settled()
        times = [call.at for call in post.calls("sendMessage")]
        pauses = [later - earlier for earlier, later in pairwise(times)]
        assert pauses[0] < pauses[-1]
        assert pauses[-1] >= 2


# ---- Telegram away


async def test_a_chat_on_this_machine_is_reached_past_every_proxy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    async with new_post(tmp_path) as post:
        await post.tell(to_group("a word"))
        await post.settled()
        assert (post.texts(), post.outbox.trouble) == (["a word"], None)


@pytest.mark.guards("bot", "a refused connection is certain, a lost answer is not")
async def test_what_nobody_answers_is_sent_unmarked_when_somebody_does(tmp_path: Path) -> None:
    with closing(reserve_port()) as reserved:
        port = reserved.getsockname()[1]
        async with new_post(tmp_path, begin=False) as post:
            far = TelegramApi(token=post.chat.token, api_url=f"http://127.0.0.1:{port}")
            near, post.api = post.api, far
            post.new_outbox()
            post.start()
            await post.tell(to_group("a word"))
            await post.until_trouble()
            async with post.chat.serve(port=port):
                await post.settled()
                assert (post.texts(), post.outbox.trouble) == (["a word"], None)
                await post.end()
                await far.close()
            post.api = near


async def test_telegram_that_hangs_up_and_comes_back_gets_everything(tmp_path: Path) -> None:
    async with new_post(tmp_path) as post:
        post.chat.faults.down = True
        await post.tell(*(to_group(f"{n}", f"reply:{n}") for n in range(3)))
        await post.until(lambda: post.calls("sendMessage"))
        post.chat.faults.clear()
        await post.settled()
        assert [text.removesuffix(REPEATED) for text in post.texts()] == ["0", "1", "2"]


async def test_a_refused_token_is_told_and_nothing_is_lost_by_it(tmp_path: Path) -> None:
    async with new_post(tmp_path) as post:
        post.chat.faults.token_refused = True
        await post.tell(to_group("a word"))
        await post.until(lambda: post.outbox.trouble == "Telegram refuses the token")
        post.chat.faults.clear()
        await post.settled()
        assert (post.texts(), post.outbox.trouble) == (["a word"], None)


# ---- restarts


async def test_nothing_that_was_planned_is_lost_by_a_restart(tmp_path: Path) -> None:
    async with new_post(tmp_path, begin=False) as post:
        await post.tell(to_group("one", "reply:1"), to_group("two", "reply:2"))
        post.new_outbox()
        post.start()
        await post.until(lambda: len(post.texts()) == 2)
        assert post.texts() == ["one", "two"]


async def test_what_was_on_its_way_at_a_crash_is_sent_again_and_says_so(tmp_path: Path) -> None:
    async with new_post(tmp_path) as post:
        post.chat.faults.lose_after("sendMessage", silent=True)
        await post.tell(to_group("one"))
        await post.until(lambda: post.texts() == ["one"])
        await post.end()
        post.new_outbox()
        post.start()
        await post.until(lambda: len(post.texts()) == 2)
        assert post.texts() == ["one", "one" + REPEATED]


@pytest.mark.guards("bot", "an outbox that ended can run again")
async def test_an_outbox_that_ended_can_run_again(tmp_path: Path) -> None:
    async with new_post(tmp_path) as post:
        post.chat.faults.flood(GROUP.id, seconds=30)
        await post.tell(to_group("one"))
        await post.until(lambda: post.calls("sendMessage"))
        await post.end()
        post.chat.faults.clear()
        await post.tell(to_group("two", "reply:2"))
        post.start()
        await post.until(lambda: len(post.texts()) == 2)


@pytest.mark.guards("bot", "what was shown but can't be noted is not sent again")
async def test_what_can_not_be_noted_is_not_sent_again(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    full = "CREATE TRIGGER full BEFORE UPDATE OF shown ON message BEGIN SELECT RAISE(ABORT, 'the disk is full'); END"
    async with new_post(tmp_path) as post:
        await post.database.transact(lambda connection: connection.execute(sa.text(full)))
        await post.tell(to_group("one"))

        async def failed_twice() -> bool:
            return [record.getMessage() for record in caplog.records].count("outbox.not_noted") >= 2

        await eventually(failed_twice)
        await post.database.transact(lambda connection: connection.execute(sa.text("DROP TRIGGER full")))
        await post.settled()
        assert (post.texts(), await post.states()) == (["one"], ["done"])
