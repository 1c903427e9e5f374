"""How the service ends with an attempt under way, and goes on from what is on disk."""

import asyncio
from pathlib import Path

import pytest

from config.products import Mode
from purchasing.errors import OrdersUnreadable
from purchasing.events import AttemptMoved, OrderFound, ServiceStarted
from purchasing.model import Receipt, Step
from tests.builders import PRICE, A, B, limits, seconds
from tests.unit.purchasing.coordinator_house import House, house_of

CARTED, REVIEWED, SUBMITTING, UNCONFIRMED = Step.CARTED, Step.REVIEWED, Step.SUBMITTING, Step.UNCONFIRMED
STEPS_BEFORE = {"opened": (), "carted": (CARTED,), "reviewed": (CARTED, REVIEWED)}


# ---- the end


async def test_finishing_calls_off_what_is_before_its_button(house: House) -> None:
    hold = house.buyer.hold("cart")
    await house.see(A, B)
    await hold.reached.wait()
    await house.coordinator.slot.finish()
    assert (house.steps(), house.why()) == (["abandoned"], "the service is stopping")


async def test_finishing_waits_for_the_outcome_of_what_is_past_its_button(house: House) -> None:
    hold = house.buyer.hold("submit")
    await house.see(A, B)
    await hold.reached.wait()
    finishing = asyncio.create_task(house.coordinator.slot.finish())
    hold.let_go.set()
    await finishing
    assert house.steps() == ["confirmed"]


async def test_once_finishing_no_attempt_begins(tmp_path: Path) -> None:
    async with house_of(tmp_path, A) as house:
        await house.see(A)
        async with house.running() as running:
            await asyncio.sleep(0)  # it is reading who is in the slot
            await house.coordinator.slot.finish()
            await running
        assert (house.steps(), house.buyer.acts) == (["abandoned"], [])


# ---- the next start


@pytest.mark.parametrize("step", STEPS_BEFORE)
async def test_a_crash_before_submitting_is_abandoned(tmp_path: Path, step: str) -> None:
    async with house_of(tmp_path, A) as house:
        await house.see(A)
        await house.books.go(*STEPS_BEFORE[step])
    async with house_of(tmp_path, A) as house, house.running():
        assert house.steps() == ["abandoned"]
        assert house.why() == f"the service ended while it was {step}"
        assert await house.books.states() == {A: "failed"}
        assert house.buyer.acts == []


@pytest.mark.parametrize(("ordered", "outcome"), [(True, "confirmed"), (False, "refused")])
@pytest.mark.parametrize("last", [SUBMITTING, UNCONFIRMED])
async def test_a_crash_past_submitting_is_settled_by_the_order_list_and_never_repeated(
    tmp_path: Path, last: Step, *, ordered: bool, outcome: str
) -> None:
    async with house_of(tmp_path, A) as house:
        await house.see(A)
        way = [CARTED, REVIEWED, SUBMITTING, UNCONFIRMED]
        await house.books.go(*way[: way.index(last) + 1])
    async with house_of(tmp_path, A, B) as house:
        assert house.steps() == ["unconfirmed"]
        await house.see(A, B)
        assert house.steps() == ["unconfirmed"]
        if ordered:
            house.buyer.orders.placed[1] = Receipt(order_number="912-1", total=PRICE)
        house.buyer.hold("cart")
        async with house.running():
            await house.until(outcome, "opened")
        assert house.buyer.presses == 0
        if ordered:
            assert house.books.rows("SELECT order_number, total FROM attempt WHERE id = 1") == [("912-1", "49.99")]


async def test_a_start_says_so_before_anything_else(tmp_path: Path) -> None:
    async with house_of(tmp_path, A, mode=Mode.REHEARSE) as house:
        (first, *_) = await house.books.events()
        assert first.fact == ServiceStarted(mode=Mode.REHEARSE, version="1")


async def test_the_mode_of_the_settings_is_that_of_the_first_start_alone(tmp_path: Path) -> None:
    for asked in (Mode.REHEARSE, Mode.SIMULATE):
        async with house_of(tmp_path, A, mode=asked) as house:
            last = (await house.books.facts(ServiceStarted))[-1]
            assert last.mode is Mode.REHEARSE


@pytest.mark.parametrize("mode", [Mode.LIVE, Mode.REHEARSE])
async def test_after_a_crash_before_the_button_the_next_attempt_takes_out_what_was_left(
    tmp_path: Path, mode: Mode
) -> None:
    async with house_of(tmp_path, A, B, mode=mode) as house:
        await house.see(A)
        await house.books.go(CARTED)
    async with house_of(tmp_path, A, B, mode=mode) as house, house.running():
        house.buyer.cart_holds[A] = 1
        await house.see(B)
        await house.until("abandoned", "confirmed" if mode is Mode.LIVE else "rehearsed")
        assert house.buyer.acts[:2] == ["clean", "cart"]
        assert await house.books.do(lambda unit: unit.attempts.left_in_cart()) == []


@pytest.mark.guards("purchasing", "after a doubt, the order list is read once more before the product's next attempt")
async def test_what_is_in_doubt_is_known_after_a_restart_and_holds_its_own_product_alone(tmp_path: Path) -> None:
    bounds = limits(cooldown=seconds(0), listed_within=seconds(0))
    async with house_of(tmp_path, A, B, mode=Mode.LIVE, its_limits=bounds) as house:
        await house.see(A)
        await house.books.go(CARTED, REVIEWED, SUBMITTING, UNCONFIRMED, Step.REFUSED)
    async with house_of(tmp_path, A, B, mode=Mode.LIVE, its_limits=bounds) as house, house.running():
        house.buyer.orders.troubles = [OrdersUnreadable("signed out")]
        await house.see(A, B)
        await house.until("refused", "abandoned", "confirmed")
        assert house.buyer.orders.asked == 1
        ended = [moved.why for moved in await house.books.facts(AttemptMoved) if moved.to is Step.ABANDONED]
        assert ended == ["the order list could not be read once more about attempt 1: signed out"]
        await house.see(A)
        await house.until("refused", "abandoned", "confirmed", "confirmed")
        assert (house.buyer.orders.asked, await house.books.facts(OrderFound)) == (2, [])
