"""A command is stored once and finished once, and a button is used once."""

from dataclasses import replace

import pytest

from purchasing.commands import CommandState, Done, NotDone, Offer
from purchasing.errors import IllegalTransition
from purchasing.storage.commands import OfferDeclined
from purchasing.storage.unit_of_work import UnitOfWork
from tests.builders import AT, A, command, product, seconds
from tests.unit.purchasing.books import Books, bodies, dump


async def test_a_command_with_the_same_key_is_stored_once(books: Books) -> None:
    assert await books.do(lambda unit: unit.commands.put([command("tg:1:7"), command("tg:1:7", "stop")])) == 1
    assert await books.do(lambda unit: unit.commands.put([command("tg:1:7", "stop"), command("tg:1:8")])) == 1
    pending = await books.do(lambda unit: unit.commands.pending())
    assert [(one.key, one.what) for one in pending] == [("tg:1:7", "status"), ("tg:1:8", "status")]


async def test_pending_commands_come_in_the_order_of_their_arrival(books: Books) -> None:
    for keys in (["z", "a"], ["m"], ["b", "z"]):
        await books.do(lambda unit, keys=keys: unit.commands.put([command(key) for key in keys]))  # type: ignore[misc]  # a lambda's default
    assert [one.key for one in await books.do(lambda unit: unit.commands.pending())] == ["z", "a", "m", "b"]


async def test_a_finished_command_is_no_longer_pending_and_keeps_its_answer(books: Books) -> None:
    asked = command("tg:1:7", "stop")
    await books.do(lambda unit: unit.commands.put([asked]))
    result = NotDone(why="too old", about=(A,))
    await books.do(lambda unit: unit.commands.finish(asked, result, at=AT))
    (body,) = bodies(await books.events())
    assert body == {"key": "tg:1:7", "by": "1001", "what": "stop", "accepted": False, "why": "too old"}
    assert await books.do(lambda unit: unit.commands.pending()) == []
    stored = await books.do(lambda unit: unit.commands.get("tg:1:7"))
    assert stored is not None
    assert stored == replace(asked, state=CommandState.DONE, result=result)


@pytest.mark.guards("purchasing", "a command is finished once")
async def test_a_command_is_never_done_twice(books: Books) -> None:
    asked = command("tg:1:7")
    await books.do(lambda unit: unit.commands.put([asked]))
    await books.do(lambda unit: unit.commands.finish(asked, Done(), at=AT))
    before = dump(books)
    with pytest.raises(IllegalTransition, match="tg:1:7 was done already"):
        await books.do(lambda unit: unit.commands.finish(asked, Done(), at=AT))
    assert dump(books) == before


async def test_the_effect_of_a_command_that_was_done_is_undone_with_it(books: Books) -> None:
    asked = command("tg:1:7")
    await books.do(lambda unit: unit.commands.put([asked]))
    await books.do(lambda unit: unit.commands.finish(asked, Done(), at=AT))

    def again(unit: UnitOfWork) -> None:
        unit.products.take_up([product(A)], by="Ada", at=AT)
        unit.commands.finish(asked, Done(), at=AT)

    with pytest.raises(IllegalTransition):
        await books.do(again)
    assert await books.do(lambda unit: unit.products.watchlist()) == ()


async def test_who_presses_a_used_button_is_told_who_used_it_and_how_long_ago(books: Books) -> None:
    offer = Offer(token="t", label="Undo", what="undo", expires_at=AT + seconds(600))
    await books.do(lambda unit: unit.offers.put([offer]))

    async def press(key: str, *, later: float) -> object:
        at = AT + seconds(later)
        return await books.do(lambda unit: unit.offers.take("t", command(key, "press"), may=lambda _: True, at=at))

    assert await press("tg:1:1", later=1) == offer
    assert await press("tg:1:2", later=66) == OfferDeclined(why="Ada has used this button already, 1 m 5 s ago")
