"""What is remembered of a time without contact; over a real file."""

from typing import Any

import pytest

from config.products import Mode
from purchasing.commands import Command, Done, NotDone
from purchasing.events import ServiceStarted, ServiceStopped
from purchasing.model import Step
from purchasing.recovery import (
    NO_BUYER,
    Downtime,
    Recovery,
    downtime_before,
    note_contact,
    note_downtime,
    sum_up_downtime,
)
from purchasing.slot.emergency_stop import Gate
from purchasing.storage.controls import MODE
from purchasing.storage.unit_of_work import Storage
from tests.builders import A, B, command, reading, seconds
from tests.unit.purchasing.books import Books, bodies

LONG_AWAY = Downtime(away=seconds(7200), down=seconds(3600))


@pytest.mark.guards("purchasing", "a stop that an earlier process heard and did not store holds from the start")
@pytest.mark.parametrize(
    ("what", "is_done", "shut"),
    [("stop", False, "stopped by Ada"), ("stop", True, None), ("rearm", False, None)],
)
async def test_a_stop_that_was_heard_and_not_applied_holds_from_the_start_with_no_chat_to_apply_it(
    books: Books, what: str, *, is_done: bool, shut: str | None
) -> None:
    heard = command("1", what)
    await books.do(lambda unit: unit.commands.put([heard]))
    if is_done:
        await books.do(lambda unit: unit.commands.finish(heard, Done(), at=books.at))
    gate = Gate(books.path.with_name("EMERGENCY_STOP"))
    storage = Storage(books.database, on_journal=lambda: None, now=books.clock.now)
    recovery = Recovery(storage=storage, gate=gate, now=books.clock.now)
    await recovery.recover(mode=Mode.SIMULATE, modes=[Mode.SIMULATE], version="1")
    assert gate.shut == shut


async def wait_through(books: Books, *commands: Command) -> None:
    """These are heard after the downtime, in one fetch."""
    await books.do(lambda unit: note_downtime(unit, LONG_AWAY, commands, at=books.at))
    await books.do(lambda unit: unit.commands.put(commands))


async def summaries(books: Books) -> list[dict[str, Any]]:
    await books.do(lambda unit: sum_up_downtime(unit, at=books.at))
    return bodies(event for event in await books.events() if event.kind == "caught_up")


async def test_nothing_is_summed_up_before_all_that_waited_is_done_and_then_once(books: Books) -> None:
    stop, buy = command("1", "stop"), command("2", "buy")
    await wait_through(books, stop)
    await wait_through(books, buy)
    await books.do(lambda unit: unit.commands.finish(stop, Done(), at=books.at))
    assert await summaries(books) == []
    await books.do(lambda unit: unit.commands.finish(buy, NotDone(why="too old"), at=books.at))
    (summary,) = await summaries(books)
    assert (summary["away_s"], summary["down_s"]) == (7200, 3600)
    assert [(one["what"], one["why"]) for one in summary["honoured"]] == [("stop", None)]
    assert [(one["what"], one["why"]) for one in summary["refused"]] == [("buy", "too old")]
    assert len(await summaries(books)) == 1


async def test_what_came_and_went_meanwhile_is_named_with_how_long_and_what_is_there_still(books: Books) -> None:
    books.clock.go_on(seconds(7200))  # the downtime began with the books
    await books.watch(A, B)
    await books.cycle(reading(A, "IN_STOCK", at=books.at), reading(B, "IN_STOCK", at=books.at))
    for _ in range(2):
        books.clock.go_on(seconds(60))
        await books.cycle(reading(A, "OUT_OF_STOCK", at=books.at))
    await wait_through(books)
    (summary,) = await summaries(books)
    assert summary["missed"] == [{"tcin": A, "title": "", "lasted_s": 120}]
    assert summary["in_stock"] == [{"tcin": B, "title": ""}]
    assert "in_doubt" not in summary


@pytest.mark.parametrize(("mode", "in_doubt"), [(Mode.LIVE, True), (Mode.SIMULATE, False)])
async def test_a_real_order_that_is_in_doubt_is_told_with_it(books: Books, mode: Mode, *, in_doubt: bool) -> None:
    await books.set_mode(mode)
    await books.watch(A)
    await books.start(A)
    await books.go(Step.CARTED, Step.REVIEWED, Step.SUBMITTING, Step.UNCONFIRMED)
    await wait_through(books)
    (summary,) = await summaries(books)
    assert summary.get("in_doubt", False) is in_doubt


@pytest.mark.guards("bot", "a start reckons from the last contact")
async def test_a_start_reckons_from_the_last_contact_and_the_last_sign_of_life(books: Books) -> None:
    async def before() -> Downtime:
        return await books.do(lambda unit: downtime_before(unit, at=books.at))

    assert await before() == Downtime(away=seconds(0), down=seconds(0))
    await books.do(lambda unit: note_contact(unit, at=books.at))
    books.clock.go_on(seconds(600))
    await books.cycle()
    books.clock.go_on(seconds(30))
    # It did not end in order: nobody knows what it asked of the shop at last.
    assert await before() == Downtime(away=seconds(630), down=seconds(30), asked_ago=seconds(0))
    await books.do(lambda unit: unit.journal.append(ServiceStopped(), at=books.at))
    books.clock.go_on(seconds(10))
    assert await before() == Downtime(away=seconds(640), down=seconds(10), asked_ago=seconds(10))


@pytest.mark.guards("purchasing", "a mode in which nobody here can buy falls back to practice")
@pytest.mark.parametrize("is_stored", [False, True])
@pytest.mark.parametrize("mode", [Mode.REHEARSE, Mode.LIVE])
async def test_a_mode_in_which_nobody_can_buy_falls_back_to_practice_and_says_so(
    books: Books, mode: Mode, *, is_stored: bool
) -> None:
    if is_stored:
        await books.set_mode(mode)
    gate = Gate(books.path.with_name("EMERGENCY_STOP"))
    storage = Storage(books.database, on_journal=lambda: None, now=books.clock.now)
    recovery = Recovery(storage=storage, gate=gate, now=books.clock.now)
    await recovery.recover(mode=Mode.SIMULATE if is_stored else mode, modes={Mode.SIMULATE}, version="1")
    assert await books.do(lambda unit: unit.controls.get(MODE)) is Mode.SIMULATE
    (started,) = await books.facts(ServiceStarted)
    assert (started.mode, started.note) == (Mode.SIMULATE, NO_BUYER.format(mode=mode))
