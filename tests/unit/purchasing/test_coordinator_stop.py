"""What keeps buying from beginning, and ends an attempt that is under way."""

import asyncio
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from config.products import BuyMode, Channel, Product
from purchasing.events import CycleCompleted, Skipped
from purchasing.model import Step
from purchasing.storage.controls import STOP
from tests.builders import A, B, C, product, snapshot
from tests.unit.purchasing.coordinator_house import House, house_of

# ---- the stop


async def test_a_stop_calls_off_what_is_being_prepared(house: House) -> None:
    hold = house.buyer.hold("review")
    await house.see(A, B)
    await hold.reached.wait()
    cut = house.gate.close("stopped by Ada")
    assert cut is not None
    assert house.gate.close("stopped by Bob") == cut
    assert (cut.tcin, cut.step) == (A, Step.CARTED)
    await house.until("abandoned")
    assert (house.why(), house.buyer.presses, house.buyer.cart_holds) == ("stopped by Ada", 0, {})
    await house.see(A, B)
    assert house.steps() == ["abandoned"]
    assert await house.books.states() == {A: "ready", B: "ready"}


@pytest.mark.guards("purchasing", "the gate and the limits are asked once more before the button")
async def test_a_stop_between_the_disk_and_the_button_presses_nothing(house: House) -> None:
    house.on_step = lambda step: house.gate.close("stopped by Ada") if step == "submitting" else None
    await house.see(A)
    await house.until("refused")
    assert house.why() == "the button was not pressed: stopped by Ada; the order list has no such order"
    assert (house.buyer.presses, house.buyer.orders.asked) == (0, 1)


async def test_a_file_made_by_hand_between_the_disk_and_the_button_presses_nothing(house: House) -> None:
    file = house.books.path.with_name("EMERGENCY_STOP")
    house.on_step = lambda step: file.touch() if step == "submitting" else None
    await house.see(A)
    await house.until("refused")
    assert house.why().startswith("the button was not pressed: the file EMERGENCY_STOP is there")
    assert house.buyer.presses == 0


async def test_a_file_made_by_hand_that_a_cycle_finds_calls_off_what_is_being_prepared(house: House) -> None:
    asyncio.get_running_loop().set_debug(True)  # a call from another thread is an error then
    hold = house.buyer.hold("cart")
    await house.see(A)
    await hold.reached.wait()
    house.books.path.with_name("EMERGENCY_STOP").touch()
    await house.see(B)
    await house.until("abandoned")
    assert house.why() == "the file EMERGENCY_STOP is there"
    assert await house.books.states() == {A: "failed", B: "ready"}


async def test_past_the_button_a_stop_lets_it_come_to_its_outcome(house: House) -> None:
    hold = house.buyer.hold("submit")
    await house.see(A)
    await hold.reached.wait()
    house.gate.close("stopped by Ada")
    hold.let_go.set()
    await house.until("confirmed")


async def test_a_stop_that_stands_outlives_the_process(tmp_path: Path) -> None:
    async with house_of(tmp_path, A) as house:
        await house.storage.write(lambda unit: unit.controls.put(STOP, "stopped by Ada", by="Ada", at=house.books.at))
    async with house_of(tmp_path, A) as house, house.running():
        assert house.gate.shut == "stopped by Ada"
        await house.see(A)
        (cycle,) = await house.books.facts(CycleCompleted)
        assert cycle.purchases.skipped == (Skipped(tcin=A, why="stopped by Ada"),)


async def test_a_stop_on_disk_alone_bars_too(house: House) -> None:
    await house.storage.write(lambda unit: unit.controls.put(STOP, "stopped by Ada", by="Ada", at=house.books.at))
    await house.see(A)
    assert house.steps() == []


async def test_only_a_stop_counts_as_having_cut_an_attempt_short(house: House) -> None:
    hold = house.buyer.hold("cart")
    await house.see(A)
    await hold.reached.wait()
    house.coordinator.slot.call_off("cancelled by Ada")
    await house.until("abandoned")
    await house.coordinator.cycles.take(snapshot())
    assert house.gate.close("stopped by Ada") is None


@pytest.mark.guards("purchasing", "an attempt that is called off before it was taken up never gets to the shop")
async def test_what_is_called_off_between_its_commit_and_its_runner_never_gets_to_the_shop(tmp_path: Path) -> None:
    async with house_of(tmp_path, A) as house:
        await house.see(A)
        house.coordinator.slot.call_off("cancelled by Ada", attempt=await house.books.slot())
        async with house.running():
            await house.until("abandoned")
        assert (house.why(), house.buyer.acts) == ("cancelled by Ada", ["clean"])


# ---- a database, or a clock, that is not to be trusted


@pytest.mark.guards("purchasing", "nothing is bought while the database is not the one that was opened")
async def test_a_database_that_is_touched_between_the_disk_and_the_button_has_nothing_pressed(house: House) -> None:
    lock = house.books.path.with_name("lock")
    lock.touch()
    await house.storage.look_at_files()
    house.on_step = lambda step: lock.unlink() if step == "submitting" else None
    await house.see(A)
    await house.until("refused")
    assert house.why().startswith("the button was not pressed: lock is gone")
    assert house.buyer.presses == 0


@pytest.mark.guards("purchasing", "nothing is bought while the database is not the one that was opened")
async def test_while_the_database_is_not_the_one_that_was_opened_nothing_starts(house: House) -> None:
    lock = house.books.path.with_name("lock")
    lock.touch()
    await house.storage.look_at_files()
    lock.rename(lock.with_name("away"))
    await house.storage.look_at_files()
    await house.see(A)
    assert house.steps() == []
    lock.with_name("away").rename(lock)
    await house.storage.look_at_files()
    await house.see(A)
    await house.until("confirmed")


@pytest.mark.guards("purchasing", "nothing is bought while the clock is behind the journal")
async def test_nothing_is_bought_while_the_clock_is_behind_the_journal(tmp_path: Path) -> None:
    async with house_of(tmp_path, A) as house:
        now = house.books.at
        house.books.clock.at = now + timedelta(hours=1)
        await house.coordinator.cycles.take(snapshot(at=house.books.at))
        house.books.clock.at = now
        await house.see(A)
        assert house.steps() == []
        (barred,) = (await house.books.facts(CycleCompleted))[-1].purchases.skipped
        assert barred.why == "the clock is 1 h behind the journal"
        house.books.clock.at = now + timedelta(hours=1)
        await house.see(A)
        assert house.steps() == ["opened"]


# ---- the watch list during an attempt


@pytest.mark.parametrize("kept", [[], [product(A, enabled=False)]], ids=["removed", "disabled"])
async def test_a_product_that_is_no_longer_wanted_takes_its_attempt_with_it(house: House, kept: list[Product]) -> None:
    hold = house.buyer.hold("cart")
    await house.see(A)
    await hold.reached.wait()
    await house.coordinator.watchlist.take_up([*kept, product(B)], by="Ada")
    await house.until("abandoned")
    assert (house.why(), house.buyer.presses) == ("no longer watched", 0)


async def test_a_change_of_the_list_that_does_not_touch_the_attempt_lets_it_go_on(house: House) -> None:
    hold = house.buyer.hold("cart")
    await house.see(A)
    await hold.reached.wait()
    await house.coordinator.watchlist.take_up([product(C), product(A, max_price=Decimal(50))], by="Ada")
    hold.let_go.set()
    await house.until("confirmed")


async def test_a_product_that_is_now_wanted_another_way_takes_its_attempt_with_it(house: House) -> None:
    hold = house.buyer.hold("cart")
    await house.see(A)
    await hold.reached.wait()
    await house.coordinator.watchlist.take_up([product(A, channel=Channel.PICKUP), product(B)], by="Ada")
    await house.until("abandoned")
    assert (house.why(), house.buyer.presses) == ("it is now wanted by pickup", 0)


async def test_past_its_button_a_removed_product_is_followed(house: House) -> None:
    hold = house.buyer.hold("submit")
    await house.see(A)
    await hold.reached.wait()
    await house.coordinator.watchlist.take_up([product(B)], by="Ada")
    hold.let_go.set()
    await house.until("confirmed")


@pytest.mark.guards("purchasing", "the gate and the limits are asked once more before the button")
async def test_a_cap_that_was_lowered_meanwhile_is_kept_at_the_button(house: House) -> None:
    hold = house.buyer.hold("cart")
    await house.see(A)
    await hold.reached.wait()
    await house.coordinator.watchlist.take_up([product(A, max_price=Decimal(20))], by="Ada")
    hold.let_go.set()
    await house.until("refused")
    assert house.why().startswith("the button was not pressed: price 49.99 is above the cap 20")
    assert house.buyer.presses == 0


@pytest.mark.guards("purchasing", "`alert` ends an attempt that is under way")
async def test_a_product_that_is_now_for_alerts_only_takes_its_attempt_with_it(house: House) -> None:
    hold = house.buyer.hold("cart")
    await house.see(A)
    await hold.reached.wait()
    await house.coordinator.watchlist.take_up([product(A, buy=BuyMode.ALERT), product(B)], by="Ada")
    await house.until("abandoned")
    assert (house.why(), house.buyer.presses) == ("it is now watched for alerts only", 0)


async def test_a_product_removed_between_its_commit_and_its_runner_never_gets_to_the_shop(tmp_path: Path) -> None:
    async with house_of(tmp_path, A, B) as house:
        await house.see(A)
        await house.coordinator.watchlist.take_up([product(B)], by="Ada")
        async with house.running():
            await house.until("abandoned")
        assert (house.why(), house.buyer.acts) == ("no longer watched", ["clean"])
