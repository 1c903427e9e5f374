"""Of a pause or a stop that has held for long people are reminded, as it may be forgotten."""

from datetime import timedelta
from typing import Any

import pytest

from purchasing.control.pause import SNOOZE, Pauses
from purchasing.controls import Pause
from purchasing.events import Control, StillHeld
from purchasing.periodic.reminders import FORGOTTEN_AFTER, ROUND, Reminders
from purchasing.storage.controls import PAUSE, STOP, ControlKey
from purchasing.storage.unit_of_work import Storage
from tests.builders import AT, command
from tests.unit.purchasing.books import Books

HOUR = timedelta(hours=1)


async def reminded(books: Books, after: timedelta) -> list[tuple[Control, str]]:
    """What people are reminded of once this time has passed."""
    storage = Storage(books.database, on_journal=lambda: None, now=books.clock.now)
    before = len(await books.facts(StillHeld))
    books.clock.go_on(after)
    await Reminders(storage=storage, now=books.clock.now).look()
    return [(one.what, one.by) for one in (await books.facts(StillHeld))[before:]]


async def put(books: Books, key: ControlKey[Any], value: object) -> None:
    await books.do(lambda unit: unit.controls.put(key, value, by="1002", at=books.at))


async def test_who_wants_to_be_reminded_tomorrow_is_let_alone_for_a_day_and_then_reminded_as_before(
    books: Books,
) -> None:
    await put(books, PAUSE, Pause(until=None))
    assert await reminded(books, FORGOTTEN_AFTER) == [(Control.PAUSE, "1002")]
    said = command("tg:1:1", "dismiss")
    await books.do(lambda unit: unit.commands.put([said]))
    pauses = Pauses(storage=Storage(books.database, on_journal=lambda: None, now=books.clock.now), now=books.clock.now)
    await pauses.snooze(said, Control.PAUSE)
    assert await reminded(books, SNOOZE - ROUND) == []
    assert await reminded(books, ROUND) == [(Control.PAUSE, "1002")]
    assert await reminded(books, FORGOTTEN_AFTER) == [(Control.PAUSE, "1002")]


@pytest.mark.parametrize(
    ("key", "value", "what"),
    [(PAUSE, Pause(until=None), Control.PAUSE), (STOP, "stopped by Bea", Control.STOP)],
)
async def test_what_was_forgotten_is_reminded_of_after_12_hours_and_again_after_as_long(
    books: Books, key: ControlKey[Any], value: object, what: Control
) -> None:
    await put(books, key, value)
    assert await reminded(books, FORGOTTEN_AFTER - ROUND) == []
    assert await reminded(books, ROUND) == [(what, "1002")]
    assert await reminded(books, ROUND) == []
    assert await reminded(books, FORGOTTEN_AFTER - ROUND) == [(what, "1002")]
    assert [one.since for one in await books.facts(StillHeld)] == [AT, AT]


async def test_what_was_lifted_and_done_again_has_held_only_since_then(books: Books) -> None:
    await put(books, STOP, "stopped by Bea")
    assert await reminded(books, FORGOTTEN_AFTER) == [(Control.STOP, "1002")]
    await books.do(lambda unit: unit.controls.drop(STOP))
    assert await reminded(books, FORGOTTEN_AFTER) == []
    await put(books, STOP, "stopped by Bea")
    assert await reminded(books, 11 * HOUR) == []
    assert await reminded(books, HOUR) == [(Control.STOP, "1002")]


async def test_a_pause_that_is_over_is_not_reminded_of(books: Books) -> None:
    await put(books, PAUSE, Pause(until=AT + 3 * HOUR))
    assert await reminded(books, FORGOTTEN_AFTER) == []


async def test_pause_and_stop_are_reminded_of_together(books: Books) -> None:
    await put(books, PAUSE, Pause(until=None))
    await put(books, STOP, "stopped by Bea")
    assert await reminded(books, FORGOTTEN_AFTER) == [(Control.PAUSE, "1002"), (Control.STOP, "1002")]
