"""Which cards of added products are drawn anew, and for how long; over a real file."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from bot.access.roles import Access
from bot.feeds.cards import FILLS_WITHIN, KEPT_UP, Cards
from bot.telegram.messages import ChatRecords
from bot.text.cards import LOOKING, card_key
from bot.text.draft import Draft, Rank
from config.database import Connection
from config.products import Tcin
from purchasing.events import CycleCompleted, Event
from purchasing.storage.unit_of_work import UnitOfWork
from tests.builders import A, draft, seconds
from tests.facts import fact
from tests.integration.command_desk import CommandDesk, new_desk

CHAT = 1001


@pytest_asyncio.fixture
async def desk(tmp_path: Path) -> AsyncIterator[CommandDesk]:
    """The owner has added a product, by the first command that was ever said."""
    async with new_desk(tmp_path) as desk:
        await desk.give(f"/add {A}")
        yield desk


def a_card(text: str = f"PRACTICE · Watching it\n{LOOKING}", tcin: Tcin = A) -> Draft:
    return draft(text, card_key("tg:1:1", tcin), chat=CHAT)


async def redrawn(
    desk: CommandDesk, card: Draft, *, age: timedelta = timedelta(), is_shown: bool = True, access: Access | None = None
) -> list[Draft]:
    """What a cycle makes of this card, so long after it was planned."""
    at = desk.clock.now()
    cards = Cards(read_access=lambda _unit, _records: access or Access(owners=[CHAT]))
    events = [Event(seq=99, at=at + age, fact=fact(CycleCompleted))]

    def work(connection: Connection) -> list[Draft]:
        unit, records = UnitOfWork(connection), ChatRecords(connection)
        message = records.plan(card, at=at, sending=True)
        assert message is not None
        if is_shown:
            records.mark_shown(message.id, revision=1, message_id=7)
        gathered = cards.gather(events, unit, records)
        plan = [] if gathered is None else cards.draft(events, gathered)
        return [part for part in plan if isinstance(part, Draft)]

    return await desk.database.transact(work)


@pytest.mark.guards("bot", "the card of an added product comes, however late it is known whether it was sent")
@pytest.mark.parametrize("is_shown", [True, False])
async def test_a_card_matters_until_it_is_shown_and_its_edits_wait_behind_all_else(
    desk: CommandDesk, *, is_shown: bool
) -> None:
    (drawn,) = await redrawn(desk, a_card(), is_shown=is_shown)
    assert (drawn.key, drawn.chat) == (card_key("tg:1:1", A), CHAT)
    assert (drawn.rank, drawn.matters) == (Rank.UPDATE, not is_shown)


@pytest.mark.parametrize(
    ("text", "age", "is_kept"),
    [
        ("PRACTICE · all is known", KEPT_UP, True),
        ("PRACTICE · all is known", KEPT_UP + seconds(1), False),
        (LOOKING, KEPT_UP + seconds(1), True),
        (LOOKING, FILLS_WITHIN, True),
        (LOOKING, FILLS_WITHIN + seconds(1), False),
    ],
)
async def test_a_card_is_kept_up_for_a_while_and_longer_only_while_it_lacks_something(
    desk: CommandDesk, text: str, age: timedelta, *, is_kept: bool
) -> None:
    assert bool(await redrawn(desk, a_card(text), age=age)) is is_kept


async def test_whoever_was_shut_out_has_no_card_any_more(desk: CommandDesk) -> None:
    assert await redrawn(desk, a_card(), access=Access(owners=[2002])) == []


async def test_other_messages_are_no_cards(desk: CommandDesk) -> None:
    assert await redrawn(desk, replace(a_card(), key="case:tg:1:1:1")) == []
    assert await redrawn(desk, replace(a_card(), key="cards")) == []


async def test_a_product_that_is_watched_no_longer_has_a_card_without_buttons(desk: CommandDesk) -> None:
    await desk.give(f"/remove {A}")
    (drawn,) = await redrawn(desk, a_card())
    assert drawn.buttons == ()
    assert "is not watched any more" in drawn.text
