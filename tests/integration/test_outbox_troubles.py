"""What becomes of a message when a chat, Telegram or the service itself fails."""

import asyncio
from contextlib import closing
from itertools import pairwise
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.telegram.api import TelegramApi
from bot.text.board import Board
from bot.text.draft import REPEATED as MARK
from bot.text.markup import plain
from tests.builders import AT, draft
from tests.integration.post import ADA, BOB, FORUM, GROUP, OLD_GROUP, eventually, new_post, to_group
from tests.world import reserve_port

REPEATED = plain(MARK)


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
