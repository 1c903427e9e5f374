"""What is replied to a command, from what is stored of it; over a real file."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.access.origin import Origin
from bot.access.roles import Access, Role
from bot.commands.replies import Replies, ReplyFacts
from bot.commands.spec import LATE
from bot.health import HealthMonitor
from bot.schema import TABLES
from bot.telegram.messages import ChatRecords
from bot.telegram.model import KnowListener, Plan, PutBoard, RetireBoards
from bot.text.draft import Draft, Rank
from config.database import Database
from config.products import Tcin
from monitor.restock_hours import Likely, Pace
from purchasing.commands import Command, Done, Mentioned, NotDone, Result, Stopped, ToConfirm, WishesChanged
from purchasing.controls import CartState, SessionState
from purchasing.events import CommandDone
from purchasing.slot.emergency_stop import Gate
from purchasing.standing import StandingReader
from purchasing.storage.controls import CART, SESSION, ControlTable
from purchasing.storage.unit_of_work import UnitOfWork
from sandbox.telegram_html import parse_html
from tests.builders import AT, A, command, limits, product, seconds
from tests.fakes import FakeClock
from tests.integration.command_desk import idle_schedule

GROUP = -1001000000001
OWNER = 1009


class Desk:
    """Plans the reply to a command that is done."""

    def __init__(self, folder: Path, database: Database) -> None:
        self.database = database
        self.clock = FakeClock()
        #: Whoever asks how the chat does meets a mistake of ours.
        self.is_broken = False
        self.paces: dict[Tcin, Pace] = {}
        health = HealthMonitor(
            database=database,
            schedule=idle_schedule(self.clock),
            gate=Gate(folder / "EMERGENCY_STOP"),
            chat_trouble=self._chat_trouble,
            file_problems=tuple,
            now=self.clock.now,
            paces=lambda: self.paces,
        )
        standing = StandingReader(limits=limits(), timezone=UTC)
        #: When the session at the shop was stored.
        self.session_at: datetime | None = None
        self.replies = Replies(
            zone=UTC,
            access=lambda: Access(owners=[OWNER]),
            health=health,
            standing=standing,
            session_at=lambda: self.session_at,
        )

    async def know(self, chat: int, name: str) -> None:
        """Somebody has pressed Start."""
        await self.database.transact(lambda connection: ChatRecords(connection).know(chat, name, thread=None, at=AT))

    def _chat_trouble(self) -> None:
        if self.is_broken:
            raise ZeroDivisionError

    async def reply(self, given: Command, result: Result) -> Plan:
        facts = await self.gather(given, result)
        return [] if facts is None else self.replies.draft(facts)

    async def gather(self, given: Command, result: Result) -> ReplyFacts | None:
        def work(unit: UnitOfWork) -> CommandDone:
            unit.products.take_up([product(A)], by="Ada", at=AT)
            unit.commands.put([given])
            return unit.commands.finish(given, result, at=AT)

        done = await self.database.transact(lambda connection: work(UnitOfWork(connection)))
        return await self.database.transact(
            lambda connection: self.replies.gather(
                UnitOfWork(connection).journal.last(1)[0], done, UnitOfWork(connection), ChatRecords(connection)
            )
        )


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    database = Database(tmp_path / "stockbell.db", tables=TABLES)
    await database.open()
    yield Desk(tmp_path, database)
    await database.close()


def given(what: str, args: str = "", *, role: Role = Role.OWNER, chat: int = 1001) -> Command:
    origin = Origin(chat=chat, private=chat > 0, role=role)
    return command("tg:1:7", what, args=args, at=AT, origin=origin.encode())


def drafts(plan: Plan) -> list[Draft]:
    return [part for part in plan if isinstance(part, Draft)]


def text(plan: Plan) -> str:
    (draft,) = drafts(plan)
    return parse_html(draft.text).text


@pytest.mark.guards("bot", "a question is answered with the role that its speaker has by then")
@pytest.mark.parametrize("what", ["users", "health", "log", "show", "board", "rearm"])
async def test_what_was_refused_is_told_so_and_nothing_else(desk: Desk, what: str) -> None:
    plan = await desk.reply(given(what, A, role=Role.VIEWER), NotDone(why="your role does not allow it any more"))
    told = text(plan).split("\n")
    assert told[0] == f"PRACTICE · /{what} was not done: your role does not allow it any more"


async def test_a_product_that_is_not_there_is_told_with_the_one_that_may_be_meant(desk: Desk) -> None:
    told = text(await desk.reply(given("show", "10000011"), Done()))
    assert told.startswith("PRACTICE · /show was not done: 10000011 is not watched; did you mean 10000001?")
    assert told.endswith(A)


async def test_a_stop_leaves_before_all_else_and_with_a_sound_and_other_replies_do_not(desk: Desk) -> None:
    stop = drafts(await desk.reply(given("stop"), Stopped(already=None, cut=None)))
    assert [(one.rank, one.silent) for one in stop] == [(Rank.URGENT, False)]


@pytest.mark.guards("bot", "an answer that breaks holds nothing up that is told after it")
async def test_an_answer_that_breaks_is_told_as_such_and_holds_nothing_up(desk: Desk) -> None:
    desk.is_broken = True
    told = text(await desk.reply(given("status"), Done()))
    assert told == "PRACTICE · /status was not done: something broke in me; my log says what"


@pytest.mark.guards("bot", "an answer that can't be written holds nothing up that is told after it")
async def test_an_answer_that_can_t_be_written_is_told_as_such(desk: Desk) -> None:
    facts = await desk.gather(given("health"), Done())
    assert facts is not None
    plan = desk.replies.draft(replace(facts, answer=None))
    assert text(plan) == "PRACTICE · /health was not done: something broke in me; my log says what"


@pytest.mark.parametrize(
    ("already", "told"), [(None, " I've told Olga."), ("stopped by Ada", "")], ids=["a first stop", "one more"]
)
async def test_who_stopped_and_may_not_arm_again_is_told_who_can(desk: Desk, already: str | None, told: str) -> None:
    """Of a stop that was there already nobody is told again."""
    stopped = Stopped(already=already, cut=None)
    await desk.know(OWNER, "Olga")
    reply = text(await desk.reply(given("stop", role=Role.OPERATOR), stopped))
    assert reply.endswith(f"\nOnly Olga can turn buying on again.{told}")


async def test_an_owner_who_stopped_is_not_told_who_can_arm_again(desk: Desk) -> None:
    await desk.know(OWNER, "Olga")
    assert "turn buying on again" not in text(await desk.reply(given("stop"), Stopped(already=None, cut=None)))


async def test_an_answer_is_silent_and_leaves_as_a_reply(desk: Desk) -> None:
    answer = drafts(await desk.reply(given("status"), Done()))
    assert [(one.rank, one.silent) for one in answer] == [(Rank.REPLY, True)]


@pytest.mark.parametrize(("late", "is_told"), [(LATE, False), (LATE + seconds(1), True)])
async def test_a_wish_that_waited_long_is_told_how_old_it_is(desk: Desk, late: object, *, is_told: bool) -> None:
    wish = replace(given("set", f"{A} qty=2"), at=AT - late)  # type: ignore[operator]  # parametrize knows no types
    told = text(await desk.reply(wish, WishesChanged(tcin=A, keys=("quantity",))))
    assert told.endswith("(You sent that 2 m 1 s ago.)") is is_told


@pytest.mark.parametrize(
    ("what", "chat", "is_known"), [("status", 1001, True), ("status", GROUP, False), ("start", GROUP, True)]
)
async def test_who_speaks_in_private_or_says_start_can_be_written_to(
    desk: Desk, what: str, chat: int, *, is_known: bool
) -> None:
    plan = await desk.reply(given(what, chat=chat), Done())
    assert any(isinstance(part, KnowListener) for part in plan) is is_known


async def test_a_board_is_put_before_it_is_drawn_and_the_others_are_over(desk: Desk) -> None:
    plan = await desk.reply(given("board", chat=GROUP), Done())
    assert [type(part) for part in plan] == [PutBoard, Draft, RetireBoards]


async def test_nobody_is_replied_to_whose_command_came_from_nowhere(desk: Desk) -> None:
    assert await desk.reply(replace(given("status"), origin=None), NotDone(why="not let in")) == []


async def test_what_another_version_knew_is_told_to_be_done(desk: Desk) -> None:
    assert text(await desk.reply(given("teleport"), Mentioned())) == "PRACTICE · Done."


# ---- a mode that is to be confirmed


async def test_the_first_answer_to_live_names_the_session_and_the_limits_and_then_the_code(desk: Desk) -> None:
    desk.session_at = AT
    told = text(await desk.reply(given("mode", "live"), ToConfirm(what="mode live", code="1234"))).split("\n")
    assert told[0] == "PRACTICE · Live: purchases are real, ordered in your name and paid with your card."
    assert told[1:-1] == [
        "Your sign-in at Target was last renewed 22 Nov 14:03.",
        "Watched: 1 bought without asking (buy=auto), 0 asked about first (buy=ask), 0 never bought (buy=alert).",
        "Purchases a day: at most 10; 0 so far.",
        "Spending a day: no limit is set; $0.00 so far.",
        "Tries at a product in one restock: at most 3.",
        "Price: up to each product's max or its Buy button, and 15% more for tax and shipping.",
        "After a purchase I wait 5 m before the next.",
        "/stop turns buying off at any time. /mode rehearse shows it first without an order.",
    ]
    assert told[-1] == "Is that what you want? Then send /mode live 1234 within 60 s."


async def test_the_first_answer_to_live_says_so_where_the_session_was_found_to_have_lapsed(desk: Desk) -> None:
    lapsed, live = SessionState(lapsed="the shop asks to sign in"), ToConfirm(what="mode live", code="1234")
    await desk.database.transact(
        lambda connection: UnitOfWork(connection).controls.put(SESSION, lapsed, by="session", at=AT)
    )
    desk.session_at = AT - seconds(60)
    told = text(await desk.reply(given("mode", "live"), live)).split("\n")
    why = "You are signed out at Target (Target asks to sign in): run stockbell login on the computer that I run on."
    assert told[1] == why
    # Somebody has signed in since; nobody has looked yet.
    desk.session_at = AT + seconds(60)
    told = text(await desk.reply(replace(given("mode", "live"), key="tg:1:8"), live)).split("\n")
    assert told[1] == "Your sign-in at Target was last renewed 22 Nov 14:04."


async def test_the_first_answer_to_live_tells_what_lies_in_the_cart(desk: Desk) -> None:
    seen = CartState(count=1, seen_at=AT)
    await desk.database.transact(lambda connection: ControlTable(connection).put(CART, seen, by="pages", at=AT))
    told = text(await desk.reply(given("mode", "live"), ToConfirm(what="mode live", code="1234")))
    assert "\nYour cart at Target holds one thing. An order would take all of it along" in told


async def test_the_first_answer_to_rehearse_says_what_it_does_and_what_it_needs(desk: Desk) -> None:
    told = text(await desk.reply(given("mode", "rehearse"), ToConfirm(what="mode rehearse", code="1234"))).split("\n")
    assert told[0].endswith("I go through Target's pages as you, up to the last one before the order.")
    assert told[1].startswith("I never press its button")
    assert told[2] == "I am not signed in at Target: run stockbell login on the computer that I run on."
    assert told[-1] == "Is that what you want? Then send /mode rehearse 1234 within 60 s."


async def test_what_else_is_to_be_confirmed_is_told_without_that(desk: Desk) -> None:
    told = text(await desk.reply(given("rearm"), ToConfirm(what="rearm", code="1234")))
    assert told == "PRACTICE · Turn buying on again? Then send /rearm 1234 within 60 s."


async def test_what_is_refused_for_a_time_is_told_with_its_end_by_the_local_clock(desk: Desk) -> None:
    refused = NotDone(why="the budget of 2 requests a minute is used up", until=AT + seconds(40))
    words = "/refresh was not done: the budget of 2 requests a minute is used up until 14:04:02"
    assert words in text(await desk.reply(given("refresh"), refused))


async def test_why_tells_how_often_a_product_is_asked_for_where_a_budget_decides_that(desk: Desk) -> None:
    words = "Asked about every 20 s now: it often restocks on Fridays around 3 am."
    assert words not in text(await desk.reply(given("why", A), Done()))
    desk.paces = {A: Pace(every=seconds(20), likely=Likely(hour=3, weekday=4))}
    assert words in text(await desk.reply(replace(given("why", A), key="tg:1:8"), Done()))
