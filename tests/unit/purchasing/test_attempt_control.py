"""A person's no to an attempt holds until its restock window has closed."""

from pathlib import Path

import pytest

from config.products import BuyMode, Mode
from purchasing.commands import Cancelled, NotDone, Result, Settled
from purchasing.control.attempts import AttemptControl
from purchasing.events import ApprovalAnswered, CycleCompleted
from purchasing.model import ApprovalAnswer, Step
from tests.builders import A, B, command, limits, product, reading, seconds, snapshot
from tests.unit.purchasing.coordinator_house import House, house_of


async def cancel(house: House, key: str = "tg:1:1") -> object:
    """Ada calls the attempt off; how that ends."""
    control = AttemptControl(storage=house.storage, slot=house.coordinator.slot, now=house.books.clock.now)
    said = command(key, "cancel")
    await house.books.do(lambda unit: unit.commands.put([said]))
    await control.cancel(said)
    done = await house.books.do(lambda unit: unit.commands.get(key))
    return None if done is None else done.result


async def called_off(house: House) -> None:
    """An attempt on A is called off by Ada."""
    hold = house.buyer.hold("cart")
    await house.see(A)
    await hold.reached.wait()
    assert await cancel(house) == Cancelled(attempt=1, tcin=A)
    await house.until("abandoned")
    hold.let_go.set()


async def sold_out(house: House) -> None:
    """Two certain readings close the restock window."""
    for _ in range(2):
        house.books.clock.go_on(seconds(20))
        await house.coordinator.cycles.take(snapshot(reading(A, "OUT_OF_STOCK", at=house.books.at), at=house.books.at))


async def settle(house: House, attempt: int, *, bought: bool = True) -> Result | None:
    """Ada says what became of it; how that ends."""
    control = AttemptControl(storage=house.storage, slot=house.coordinator.slot, now=house.books.clock.now)
    said = command("tg:1:2", "settle")
    await house.books.do(lambda unit: unit.commands.put([said]))
    await control.settle(said, attempt, bought=bought)
    done = await house.books.do(lambda unit: unit.commands.get(said.key))
    return None if done is None else done.result


WAY = (Step.CARTED, Step.REVIEWED, Step.SUBMITTING, Step.UNCONFIRMED)
BOUGHT = {True: "confirmed", False: "refused"}


@pytest.mark.guards("purchasing", "an attempt is called off only before its button")
@pytest.mark.parametrize("step", [Step.SUBMITTING, Step.UNCONFIRMED])
async def test_past_its_button_an_attempt_is_not_called_off(tmp_path: Path, step: Step) -> None:
    async with house_of(tmp_path, A) as house:
        await house.see(A)
        await house.books.go(*WAY[: WAY.index(step) + 1])
        said = await cancel(house)
        assert said == NotDone(why="attempt 1 is ordered already", about=(A,))
        assert await house.books.facts(ApprovalAnswered) == []


@pytest.mark.parametrize("steps", [(), WAY[:1], WAY[:2]])
async def test_before_its_button_an_attempt_is_called_off(tmp_path: Path, steps: tuple[Step, ...]) -> None:
    async with house_of(tmp_path, A) as house:
        await house.see(A)
        await house.books.go(*steps)
        assert await cancel(house) == Cancelled(attempt=1, tcin=A)


@pytest.mark.guards("purchasing", "a cancel holds until the restock window has closed")
async def test_a_cancel_of_an_attempt_in_a_restock_that_is_over_skips_no_other_one(tmp_path: Path) -> None:
    async with house_of(tmp_path, A) as house:
        await house.see(A)
        await sold_out(house)
        await house.see(A)
        assert await cancel(house) == Cancelled(attempt=1, tcin=A)
        assert await house.books.facts(ApprovalAnswered) == []


async def test_without_an_attempt_there_is_none_to_call_off(tmp_path: Path) -> None:
    async with house_of(tmp_path, A) as house:
        assert await cancel(house) == NotDone(why="nothing is being bought")


@pytest.mark.guards("purchasing", "a person settles only an attempt whose outcome is not known")
@pytest.mark.parametrize("bought", [True, False])
@pytest.mark.parametrize("steps", [(), WAY[:1], WAY[:2], WAY[:3], (*WAY, Step.CONFIRMED), (*WAY, Step.REFUSED)])
async def test_only_an_attempt_whose_outcome_is_not_known_is_settled(
    tmp_path: Path, steps: tuple[Step, ...], *, bought: bool
) -> None:
    async with house_of(tmp_path, A) as house:
        await house.see(A)
        attempt = await house.books.go(*steps)
        assert await settle(house, 1, bought=bought) == NotDone(why="attempt 1 is not in doubt")
        assert house.steps() == [attempt.step.value]


@pytest.mark.guards("purchasing", "a person settles only an attempt whose outcome is not known")
async def test_no_other_attempt_is_settled_than_the_one_that_is_named(tmp_path: Path) -> None:
    async with house_of(tmp_path, A) as house:
        await house.see(A)
        await house.books.go(*WAY)
        assert await settle(house, 2) == NotDone(why="attempt 2 is not in doubt")
        assert house.steps() == ["unconfirmed"]


@pytest.mark.parametrize("bought", [True, False])
async def test_an_attempt_whose_outcome_is_not_known_is_settled_as_it_is_said(tmp_path: Path, *, bought: bool) -> None:
    async with house_of(tmp_path, A) as house:
        await house.see(A)
        await house.books.go(*WAY)
        assert await settle(house, 1, bought=bought) == Settled(attempt=1, tcin=A, bought=bought)
        assert house.steps() == [BOUGHT[bought]]


WISHES = {
    Mode.SIMULATE: product(A),
    Mode.LIVE: product(A, buy=BuyMode.AUTO),
}


@pytest.mark.guards("purchasing", "a cancel holds until the restock window has closed")
@pytest.mark.parametrize("mode", WISHES)
async def test_what_a_person_called_off_is_not_tried_again_in_its_restock_window(tmp_path: Path, mode: Mode) -> None:
    bounds = limits(cooldown=seconds(0))
    async with house_of(tmp_path, WISHES[mode], B, mode=mode, its_limits=bounds) as house, house.running():
        await called_off(house)
        for _ in range(3):
            house.books.clock.go_on(seconds(20))
            await house.see(A)
        assert house.steps() == ["abandoned"]
        (*_, last) = await house.books.facts(CycleCompleted)
        assert [(one.tcin, one.why) for one in last.purchases.skipped] == [(A, "Ada said skip for this restock")]
        await sold_out(house)
        await house.see(A)
        await house.until("abandoned", "confirmed")


async def test_a_cancel_holds_over_a_restart_and_a_removal(tmp_path: Path) -> None:
    async with house_of(tmp_path, A, B) as house, house.running():
        await called_off(house)
        await house.books.watch(B)
    async with house_of(tmp_path, A, B) as house, house.running():
        await house.see(A)
        assert house.steps() == ["abandoned"]


async def test_a_cancel_holds_back_nothing_but_its_own_product(tmp_path: Path) -> None:
    async with house_of(tmp_path, A, B) as house, house.running():
        await called_off(house)
        await house.see(A, B)
        await house.until("abandoned", "confirmed")
        assert (await house.books.states())[B] == "purchased"


async def test_a_cancel_is_in_the_journal_as_the_no_that_it_is(tmp_path: Path) -> None:
    async with house_of(tmp_path, A, B) as house, house.running():
        await called_off(house)
        (answered,) = await house.books.facts(ApprovalAnswered)
        assert (answered.tcin, answered.answer, answered.by) == (A, ApprovalAnswer.SKIP, "1001")


@pytest.mark.guards("purchasing", "a skip holds until the restock window has closed, whatever is wanted since")
async def test_a_skip_holds_also_where_it_is_to_be_bought_by_itself_since(tmp_path: Path) -> None:
    asks, buys = product(A, buy=BuyMode.ASK), product(A, buy=BuyMode.AUTO)
    async with house_of(tmp_path, asks, mode=Mode.LIVE) as house, house.running():
        await house.see(A)
        (ask,) = (await house.books.do(lambda unit: unit.approvals.of_open_windows())).values()
        await house.books.do(lambda unit: unit.approvals.answer(ask, ApprovalAnswer.SKIP, by="Ada", at=house.books.at))
        await house.coordinator.watchlist.take_up([buys], by="Ada")
        await house.see(A)
        assert house.steps() == []
        await sold_out(house)
        await house.see(A)
        await house.until("confirmed")
