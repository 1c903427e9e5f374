"""The journal told in Telegram in three steps, over a real file: between two of them anything may happen."""

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import UTC
from pathlib import Path
from typing import Any, TypeVar

import pytest

from bot.access.invitations import InvitationTable
from bot.access.roles import Access, Role
from bot.background import BackgroundQueue
from bot.feeds.alert_drafts import AlertDrafts
from bot.feeds.boards import Boards
from bot.feeds.journal_reader import JournalReader
from bot.feeds.messages import Drafter, MessageOutlet
from bot.feeds.news import GatheredReply, News
from bot.feeds.personal import PersonalDrafts
from bot.feeds.price_drafts import PriceDrafts
from bot.telegram.messages import ChatRecords
from bot.telegram.model import Plan
from bot.telegram.presses import PressAnswers
from bot.text.board import Board
from config.clock import utc_now
from purchasing.events import AccessChanged, CommandDone, CycleCompleted, Event, Fact, Sighted, stamp
from purchasing.storage.unit_of_work import UnitOfWork
from tests.builders import AT, draft
from tests.facts import fact
from tests.integration.post import ADA, BOB, GROUP, Post, eventually, new_post

FactsT = TypeVar("FactsT")


class Told:
    """Tells every event to the group, in one message that is edited."""

    def __init__(self, word: str, key: str = "") -> None:
        self._word = word
        self._key = key

    def gather(self, events: Sequence[Event], _unit: UnitOfWork, _records: ChatRecords) -> list[int]:
        return [event.seq for event in events]

    def draft(self, _events: Sequence[Event], facts: list[int]) -> Plan:
        return [draft(f"{self._word} {seq}", self._key or f"notice:{seq}", chat=GROUP.id) for seq in facts]

    def still_holds(self, _facts: list[int], _unit: UnitOfWork, _records: ChatRecords) -> bool:
        return True


class Meanwhile:
    """Another drafter; while it drafts for the first time, something else is written."""

    def __init__(self, drafter: Drafter[Any], folder: Path, statement: str, *values: object) -> None:
        self._drafter = drafter
        self._path = folder / "stockbell.db"
        self._statements = [(statement, values)]

    def gather(self, events: Sequence[Event], unit: UnitOfWork, records: ChatRecords) -> object:
        return self._drafter.gather(events, unit, records)

    def draft(self, events: Sequence[Event], facts: object) -> Plan:
        # Without a wait: whoever held the database while drafting would have this refused.
        with closing(sqlite3.connect(self._path, timeout=0)) as beside, beside:
            while self._statements:
                beside.execute(*self._statements.pop())
        return self._drafter.draft(events, facts)

    def still_holds(self, facts: object, unit: UnitOfWork, records: ChatRecords) -> bool:
        return self._drafter.still_holds(facts, unit, records)


class NoReplies:
    def gather(self, _event: Event, _done: CommandDone, _unit: UnitOfWork, _records: ChatRecords) -> None:
        return None

    def draft(self, _facts: GatheredReply) -> Plan:
        return []


def read_access(unit: UnitOfWork, records: ChatRecords) -> Access:
    """Ada by the settings, and whoever was given a role."""
    given = {grant.user: Role[grant.role.upper()] for grant in InvitationTable(unit.connection).grants()}
    return Access(owners=[ADA.id], groups=[GROUP.id], given=given, moved=records.moved_groups())


def boards() -> Boards:
    return Boards(read_access=read_access, zone=UTC)


def news(access: Access) -> News[GatheredReply]:
    alerts = PersonalDrafts(
        lambda zone: AlertDrafts(zone=zone, product_link=lambda tcin: f"https://shop/{tcin}"), zone=UTC
    )
    return News(
        alerts=alerts,
        prices=PriceDrafts(product_link=lambda tcin: f"https://shop/{tcin}", zone=UTC),
        replies=NoReplies(),
        access=lambda: access,
    )


def outlet_of(post: Post, drafter: Drafter[FactsT], name: str = "news") -> MessageOutlet[FactsT]:
    presses = PressAnswers(api=post.api, background=BackgroundQueue("taps and menus"))
    return MessageOutlet(
        name, drafter=drafter, database=post.database, outbox=post.outbox, presses=presses, now=utc_now
    )


async def happen(post: Post, *facts: Fact) -> None:
    def work(unit: UnitOfWork) -> None:
        for one in facts:
            unit.journal.append(one, at=AT)

    await on_unit(post, work)


async def on_unit(post: Post, work: Callable[[UnitOfWork], None]) -> None:
    await post.database.transact(lambda connection: work(UnitOfWork(connection)))


async def keys(post: Post) -> list[str]:
    return [one.draft.key for one in await post.do(lambda records: records.unsent())]


@pytest.mark.guards("bot", "nothing leaves at once before what an earlier run left is taken over")
@pytest.mark.parametrize("planned_before", [False, True])
async def test_news_of_the_very_start_are_sent_once_and_unmarked(tmp_path: Path, *, planned_before: bool) -> None:
    async with new_post(tmp_path, begin=False) as post:
        await happen(post, fact(Sighted))
        outlet = outlet_of(post, Told("seq"))
        if not planned_before:
            post.start()
        telling = asyncio.create_task(JournalReader(outlet).run())
        if planned_before:
            await eventually(post.states)
            post.start()
        await post.until(post.texts)
        await post.outbox.drain()  # also what would be sent twice
        telling.cancel()
        await asyncio.wait({telling})
        assert post.texts() == ["seq 1"]
        assert len(post.calls("sendMessage")) == 1


@pytest.mark.guards("bot", "an outlet that was overtaken writes nothing")
async def test_an_outlet_that_was_overtaken_writes_nothing_and_goes_on_from_the_new_place(tmp_path: Path) -> None:
    async with new_post(tmp_path, begin=False) as post:
        await happen(post, fact(Sighted), fact(Sighted))
        overtaken = Meanwhile(Told("seq"), tmp_path, "INSERT INTO reader VALUES ('news', 1)")
        outlet = outlet_of(post, overtaken)
        assert await outlet.tell_next()
        assert await keys(post) == []
        assert await post.do(lambda records: records.place("news")) == 1
        assert await outlet.tell_next()
        assert await keys(post) == ["notice:2"]
        assert not await outlet.tell_next()


async def test_two_at_once_tell_everything_once_and_never_go_back(tmp_path: Path) -> None:
    async with new_post(tmp_path, begin=False) as post:
        await happen(post, *(fact(Sighted) for _ in range(120)))
        outlet = outlet_of(post, Told("seq", "alert:1"))

        async def tell() -> None:
            while await outlet.tell_next():
                pass

        await asyncio.gather(tell(), tell(), tell())
        (message,) = await post.do(lambda records: records.unsent())
        assert (message.draft.text, message.revision) == ("seq 120", 120)


@pytest.mark.guards("bot", "what was drafted for others than it would go to by now is drafted anew")
async def test_whoever_is_shut_out_while_a_message_is_drafted_does_not_get_it(tmp_path: Path) -> None:
    async with new_post(tmp_path, begin=False) as post:
        for person in (ADA, BOB):
            await post.do(lambda records, person=person: records.know(person.id, "x", thread=None, at=AT))  # type: ignore[misc]  # a lambda's default
        await happen(post, fact(Sighted))
        access = Access(owners=[ADA.id], viewers=[BOB.id])
        shut_out = Meanwhile(news(access), tmp_path, "DELETE FROM listener WHERE chat = ?", BOB.id)
        outlet = outlet_of(post, shut_out)
        assert await outlet.tell_next()
        assert await keys(post) == []
        assert await outlet.tell_next()
        assert await keys(post) == [f"notice:1:{ADA.id}"]


@pytest.mark.guards("bot", "what was drafted for others than it would go to by now is drafted anew")
async def test_who_chooses_to_hear_nothing_of_it_while_a_message_is_drafted_does_not_get_it(tmp_path: Path) -> None:
    async with new_post(tmp_path, begin=False) as post:
        for person in (ADA, BOB):
            await post.do(lambda records, person=person: records.know(person.id, "x", thread=None, at=AT))  # type: ignore[misc]  # a lambda's default
        await happen(post, fact(Sighted))
        access = Access(owners=[ADA.id], viewers=[BOB.id])
        chosen = (BOB.id, '{"sounds":{"blind":"off"}}', stamp(AT), "Bob")
        turned_off = Meanwhile(news(access), tmp_path, "INSERT INTO preference VALUES (?, ?, ?, ?)", *chosen)
        outlet = outlet_of(post, turned_off)
        assert await outlet.tell_next()
        assert await keys(post) == []
        assert await outlet.tell_next()
        assert await keys(post) == [f"notice:1:{ADA.id}"]


@pytest.mark.guards("bot", "what was drafted for others than it would go to by now is drafted anew")
async def test_a_board_that_was_replaced_while_it_was_drawn_is_not_drawn(tmp_path: Path) -> None:
    async with new_post(tmp_path, begin=False) as post:
        await post.do(lambda records: records.put_board(Board(chat=ADA.id, thread=None, number=1)))
        await happen(post, fact(CycleCompleted))
        replaced = Meanwhile(boards(), tmp_path, "UPDATE board SET number = 7")
        outlet = outlet_of(post, replaced, "boards")
        assert await outlet.tell_next()
        assert await keys(post) == []
        assert await outlet.tell_next()
        assert await keys(post) == [f"board:7:{ADA.id}"]


@pytest.mark.guards("bot", "what was drafted for others than it would go to by now is drafted anew")
async def test_whoever_is_let_in_again_meanwhile_keeps_the_board(tmp_path: Path) -> None:
    async with new_post(tmp_path, begin=False) as post:
        await post.do(lambda records: records.put_board(Board(chat=BOB.id, thread=None, number=1)))
        await happen(post, fact(AccessChanged, user=BOB.id, role=None))
        grant = (BOB.id, "viewer", "Bob", "Ada", stamp(AT))
        let_in = Meanwhile(boards(), tmp_path, "INSERT INTO access_grant VALUES (?, ?, ?, ?, ?)", *grant)
        outlet = outlet_of(post, let_in, "boards")
        while await outlet.tell_next():
            pass
        assert len(await post.do(lambda records: records.boards())) == 1


async def test_whoever_is_revoked_has_no_board_any_more(tmp_path: Path) -> None:
    async with new_post(tmp_path, begin=False) as post:
        for person in (ADA, BOB):
            board = Board(chat=person.id, thread=None, number=1)
            await post.do(lambda records, board=board: records.put_board(board))  # type: ignore[misc]  # a lambda's default
        await happen(post, fact(CycleCompleted), fact(AccessChanged, user=BOB.id, role=None))
        assert await outlet_of(post, boards(), "boards").tell_next()
        assert [one.chat for one in await post.do(lambda records: records.boards())] == [ADA.id]
        assert await keys(post) == [f"board:1:{ADA.id}"]


async def test_what_means_nothing_to_an_outlet_is_read_without_a_draft(tmp_path: Path) -> None:
    async with new_post(tmp_path, begin=False) as post:
        await happen(post, fact(CycleCompleted), fact(CycleCompleted))
        drafters: dict[str, Drafter[Any]] = {"news": news(Access(owners=[ADA.id])), "boards": boards()}
        for name, drafter in drafters.items():
            never_drafted = Meanwhile(drafter, tmp_path, "INSERT INTO no_table VALUES (1)")
            outlet = outlet_of(post, never_drafted, name)
            assert await outlet.tell_next()
            assert not await outlet.tell_next()
            assert await post.do(lambda records, name=name: records.place(name)) == 2  # type: ignore[misc]  # a lambda's default
