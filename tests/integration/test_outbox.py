"""What leaves, in which order and how fast, and as what an edit is shown."""

from itertools import pairwise
from pathlib import Path

import httpx
import pytest

from bot.telegram.rate_limits import overall_window
from bot.text.draft import Button, Rank
from sandbox.chat import Limits, Person
from tests.builders import draft
from tests.integration.bot_calls import Bot
from tests.integration.post import ADA, BOB, GROUP, new_post, to_group

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
