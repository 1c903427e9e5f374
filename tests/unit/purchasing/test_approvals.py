"""The question whether to buy has one answer, of somebody who may give it, while it can be acted upon."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from config.products import BuyMode, Mode
from monitor.availability import judge
from purchasing.commands import Answered, Command, Offer, Result, SkipLifted
from purchasing.control.approvals import Approvals
from purchasing.controls import Pause
from purchasing.model import TAKEN_BACK, ApprovalAnswer, Standing
from purchasing.rules.limits import why_not_buy
from purchasing.storage.commands import OfferDeclined
from purchasing.storage.controls import PAUSE, STOP
from purchasing.storage.unit_of_work import UnitOfWork
from tests.builders import AT, PRICE, A, command, limits, product, reading, seconds, snapshot
from tests.unit.purchasing.coordinator_house import House, house_of

BUY, SKIP = ApprovalAnswer.BUY, ApprovalAnswer.SKIP
#: The approval of the first restock window.
FIRST = 1


@asynccontextmanager
async def asking(folder: Path) -> AsyncIterator[House]:
    """Whether to buy A is asked."""
    async with house_of(folder, product(A, buy=BuyMode.ASK), mode=Mode.LIVE) as house:
        await house.see(A)
        yield house


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with asking(tmp_path) as made:
        yield made


async def answer(
    house: House,
    given: ApprovalAnswer,
    key: str = "tg:1:1",
    *,
    approval: int | None = FIRST,
    window: int | None = None,
) -> Result:
    """Ada presses the button; how that ends."""
    approvals = Approvals(
        storage=house.storage,
        gate=house.gate,
        on_answered=house.coordinator.slot.on_answered,
        call_off=house.coordinator.slot.call_off,
        now=house.books.clock.now,
    )
    said = command(key, "buy" if given is BUY else "skip")
    await house.books.do(lambda unit: unit.commands.put([said]))
    await approvals.answer(said, given, approval=approval, tcin=A, window=window)
    done = await house.books.do(lambda unit: unit.commands.get(key))
    assert done is not None
    assert done.result is not None
    return done.result


def answers(house: House) -> list[tuple[str | None, str | None]]:
    return house.books.rows("SELECT answer, answered_by FROM ask ORDER BY id")


async def see_it_sold_out(house: House) -> None:
    """Two certain readings close the restock window."""
    for _ in range(2):
        house.books.clock.go_on(seconds(20))
        await house.coordinator.cycles.take(snapshot(reading(A, "OUT_OF_STOCK", at=house.books.at), at=house.books.at))


async def test_a_yes_is_taken_while_it_can_be_acted_upon(house: House) -> None:
    assert await answer(house, BUY) == Answered(tcin=A, answer=BUY)


@pytest.mark.guards("purchasing", "a yes is taken only while it can be acted upon")
@pytest.mark.parametrize("given", [BUY, SKIP])
async def test_a_restock_that_is_over_takes_no_answer(house: House, given: ApprovalAnswer) -> None:
    await see_it_sold_out(house)
    assert (await answer(house, given)).refusal == "that restock is over"
    assert answers(house) == [(None, None)]


@pytest.mark.guards("purchasing", "a yes is taken only while it can be acted upon")
async def test_while_watching_is_paused_a_yes_is_not_taken_and_a_no_is(house: House) -> None:
    await house.books.do(lambda unit: unit.controls.put(PAUSE, Pause(until=None), by="Ada", at=AT))
    assert (await answer(house, BUY)).refusal == "watching is paused; /resume first"
    assert answers(house) == [(None, None)]
    assert (await answer(house, SKIP, key="tg:1:2")).refusal is None


@pytest.mark.guards("purchasing", "a yes is taken only while it can be acted upon")
@pytest.mark.parametrize("where", ["gate", "row"])
async def test_while_buying_is_stopped_a_yes_is_not_taken_and_a_no_is(house: House, where: str) -> None:
    if where == "gate":
        house.gate.close("stopped by Ada")
    else:
        await house.books.do(lambda unit: unit.controls.put(STOP, "stopped by Ada", by="Ada", at=AT))
    assert (await answer(house, BUY)).refusal == "buying is stopped by Ada; /rearm first"
    assert answers(house) == [(None, None)]
    assert (await answer(house, SKIP, key="tg:1:2")).refusal is None


@pytest.mark.guards("purchasing", "a yes is taken only while it can be acted upon")
@pytest.mark.parametrize(("after", "is_late"), [(300, False), (301, True)])
async def test_an_answer_is_taken_until_its_time_is_over(house: House, after: int, *, is_late: bool) -> None:
    house.books.clock.go_on(seconds(after))
    refusal = (await answer(house, BUY)).refusal
    assert refusal == ("the time for an answer is over; /buy still can while it is in stock" if is_late else None)


@pytest.mark.guards("purchasing", "a yes is taken only while it can be acted upon")
async def test_a_yes_that_a_stop_took_back_is_not_given_once_more_by_its_button(house: House) -> None:
    await answer(house, BUY)
    await house.books.do(lambda unit: unit.approvals.withdraw(by="Bea", at=AT))
    assert str((await answer(house, BUY, key="tg:1:2")).refusal).startswith("the time for an answer is over")


@pytest.mark.guards("purchasing", "a question whether to buy is answered once")
@pytest.mark.parametrize(("first", "second"), [(BUY, SKIP), (SKIP, BUY), (BUY, BUY)])
async def test_the_second_answer_is_told_who_gave_the_first(
    house: House, first: ApprovalAnswer, second: ApprovalAnswer
) -> None:
    await answer(house, first)
    house.books.clock.go_on(seconds(40))
    assert (await answer(house, second, key="tg:1:2")).refusal == f"Ada said {first} already, 40 s ago"
    assert answers(house) == [(first.value, "Ada")]


# ---- no more of a restock, and back again


async def skip(house: House, key: str, *, window: int | None = 1, lift: bool = False) -> Result:
    """Ada wants no more of A in this restock, or all of it again; how that ends."""
    approvals = Approvals(
        storage=house.storage,
        gate=house.gate,
        on_answered=lambda: None,
        call_off=house.coordinator.slot.call_off,
        now=house.books.clock.now,
    )
    said = command(key, "skip")
    await house.books.do(lambda unit: unit.commands.put([said]))
    await approvals.skip(said, A, window=window, lift=lift)
    done = await house.books.do(lambda unit: unit.commands.get(key))
    assert done is not None
    assert done.result is not None
    return done.result


async def why_not(house: House, mode: Mode) -> str | None:
    """Why A can't be attempted."""
    at = house.books.at
    overview = await house.books.do(lambda unit: unit.views.overview(at=at))
    standing = Standing(mode=mode, lines=overview.lines, limits=limits())
    (line,) = overview.lines
    return why_not_buy(line, standing, judge(line.product, line.stock), at=at)


@pytest.mark.guards("purchasing", "a restock that a person wants no more of is bought in no mode")
@pytest.mark.parametrize("mode", [Mode.SIMULATE, Mode.LIVE])
async def test_a_restock_is_skipped_though_nobody_asked_and_is_bought_again_once_that_is_lifted(
    tmp_path: Path, mode: Mode
) -> None:
    async with house_of(tmp_path, product(A, buy=BuyMode.AUTO), mode=mode) as house:
        await house.see(A)
        assert await skip(house, "tg:1:1") == Answered(tcin=A, answer=SKIP)
        assert await why_not(house, mode) == "Ada said skip for this restock"
        assert await skip(house, "tg:1:2", lift=True) == SkipLifted(tcin=A)
        assert await why_not(house, mode) is None
        kinds = house.books.rows("SELECT kind FROM journal WHERE kind LIKE 'ask_%' ORDER BY seq")
        assert kinds == [("ask_answered",), ("ask_withdrawn",)]


async def test_a_question_that_was_skipped_is_asked_anew_under_another_number(house: House) -> None:
    await skip(house, "tg:1:1")
    await skip(house, "tg:1:2", lift=True)
    assert answers(house) == [("expired", TAKEN_BACK), (None, None)]
    assert str((await answer(house, BUY, key="tg:1:3")).refusal).startswith("the time for an answer is over")


@pytest.mark.guards("purchasing", "a restock that a person wants no more of is bought in no mode")
async def test_an_attempt_under_way_is_called_off_before_its_button_by_who_wants_no_more(tmp_path: Path) -> None:
    async with house_of(tmp_path, A) as house, house.running():
        hold = house.buyer.hold("cart")
        await house.see(A)
        await hold.reached.wait()
        assert await skip(house, "tg:1:1") == Answered(tcin=A, answer=SKIP)
        await house.until("abandoned")
        hold.let_go.set()


@pytest.mark.guards("purchasing", "a question whether to buy is answered for the restock of which it was asked")
async def test_a_button_of_a_restock_that_is_over_buys_nothing_of_the_next_one(house: House) -> None:
    house.books.clock.go_on(seconds(301))
    await see_it_sold_out(house)
    house.books.clock.go_on(seconds(20))
    await house.see(A)
    assert (await answer(house, BUY, approval=None, window=1)).refusal == "that restock is over"
    assert (await answer(house, BUY, "tg:1:2", approval=None, window=2)).refusal is None


@pytest.mark.guards("purchasing", "a skip is for the restock of which it was said")
@pytest.mark.parametrize("lift", [False, True])
async def test_a_button_of_a_restock_that_is_over_skips_no_other_one(house: House, *, lift: bool) -> None:
    await see_it_sold_out(house)
    assert (await skip(house, "tg:1:1", lift=lift)).refusal == "that restock is over"
    await house.see(A)
    assert (await skip(house, "tg:1:2", lift=lift)).refusal == "that restock is over"
    assert (await skip(house, "tg:1:3", window=2)).refusal is None


async def test_nothing_is_skipped_twice_nor_against_a_yes_nor_lifted_where_nobody_skipped(house: House) -> None:
    assert (await skip(house, "tg:1:1", lift=True)).refusal == "nobody skipped it"
    await answer(house, BUY, key="tg:1:2")
    house.books.clock.go_on(seconds(40))
    assert (await skip(house, "tg:1:3")).refusal == "Ada said buy already, 40 s ago"
    await see_it_sold_out(house)
    assert (await skip(house, "tg:1:4", window=None)).refusal == "there is nothing to answer for it now"


# ---- the law in each statement


async def stored(house: House, given: ApprovalAnswer, *, by: str) -> bool:
    """Whether the statement took this answer."""

    def work(unit: UnitOfWork) -> bool:
        asked = unit.approvals.get(FIRST)
        assert asked is not None
        return unit.approvals.answer(asked, given, by=by, at=AT)

    return await house.books.do(work)


@pytest.mark.guards("purchasing", "a question whether to buy is answered once")
async def test_the_statement_itself_takes_one_answer(house: House) -> None:
    assert [await stored(house, SKIP, by="Ada"), await stored(house, BUY, by="Bob")] == [True, False]
    assert answers(house) == [("skip", "Ada")]


@pytest.mark.guards("purchasing", "a question whether to buy is answered once")
async def test_a_yes_that_was_given_does_not_run_out_as_unanswered_once_it_is_used(house: House) -> None:
    await stored(house, BUY, by="Ada")
    await house.see(A)
    assert house.steps() == ["opened"]
    asked = await house.books.do(lambda unit: unit.approvals.get(FIRST))
    assert asked is not None
    await house.books.do(lambda unit: unit.approvals.expire([asked], at=AT))
    assert answers(house) == [("buy", "Ada")]


@pytest.mark.guards("purchasing", "a yes holds for one attempt")
async def test_the_statement_itself_opens_one_attempt_on_a_yes(house: House) -> None:
    await stored(house, BUY, by="Ada")
    await house.see(A)
    house.books.damage("UPDATE attempt SET step = 'abandoned'")
    house.books.damage(
        "INSERT INTO attempt (tcin, mode, step, quantity, opened_at, moved_at, deadline, channel)"
        " SELECT tcin, mode, step, quantity, opened_at, moved_at, deadline, channel FROM attempt"
    )
    asked = await house.books.do(lambda unit: unit.approvals.get(FIRST))
    assert asked is not None
    await house.books.do(lambda unit: unit.approvals.use(asked, 2))
    assert house.books.rows("SELECT attempt_id FROM ask") == [(1,)]


@pytest.mark.guards("purchasing", "the price on a button that was answered stands")
async def test_a_price_is_put_on_no_button_that_has_one_or_was_answered(house: House) -> None:
    assert await house.books.do(lambda unit: unit.approvals.put_price(A, PRICE + 1)) == []
    house.books.damage("UPDATE ask SET price = NULL")
    await stored(house, SKIP, by="Ada")
    assert await house.books.do(lambda unit: unit.approvals.put_price(A, PRICE + 1)) == []
    assert house.books.rows("SELECT price FROM ask") == [(None,)]


# ---- buttons of replies


OFFER = Offer(token="t1", label="Undo", what="remove", args=A, expires_at=AT + seconds(60))


async def pressed(house: House, said: Command, *, may: bool = True, after: int = 0) -> Offer | OfferDeclined:
    await house.books.do(lambda unit: unit.commands.put([said]))
    at = AT + seconds(after)
    return await house.books.do(lambda unit: unit.offers.take("t1", said, may=lambda _what: may, at=at))


@pytest.fixture
async def offered(house: House) -> House:
    await house.books.do(lambda unit: unit.offers.put([OFFER]))
    return house


@pytest.mark.guards("purchasing", "a button is taken once, in time, by who may do what it stands for")
async def test_a_button_that_a_role_may_not_press_stays_for_who_may(offered: House) -> None:
    assert await pressed(offered, command("tg:1:1"), may=False) == OfferDeclined(
        why="your role does not allow it", spent=False
    )
    assert await pressed(offered, command("tg:1:2")) == OFFER


@pytest.mark.guards("purchasing", "a button is taken once, in time, by who may do what it stands for")
async def test_a_button_is_taken_by_one_command_which_may_take_it_again(offered: House) -> None:
    assert await pressed(offered, command("tg:1:1")) == OFFER
    assert await pressed(offered, command("tg:1:1")) == OFFER
    assert isinstance(await pressed(offered, command("tg:1:2")), OfferDeclined)


@pytest.mark.guards("purchasing", "a button is taken once, in time, by who may do what it stands for")
async def test_a_button_holds_until_it_expires(offered: House) -> None:
    assert await pressed(offered, command("tg:1:1"), after=61) == OfferDeclined(why="this button has expired")
    assert await pressed(offered, command("tg:1:2"), after=60) == OFFER
