"""A restock is bought once, one attempt after another, whatever goes wrong at the shop."""

import asyncio
from datetime import UTC, datetime, timedelta
from datetime import timezone as fixed
from decimal import Decimal
from pathlib import Path

import pytest

from config.database import DatabaseUnusable
from config.products import Mode
from purchasing.errors import NothingOrdered, OutcomeUnknown
from purchasing.events import AttemptMoved, CycleCompleted
from purchasing.slot.worker import AGAIN
from tests.builders import A, B, limits, seconds, snapshot
from tests.fakes import Hold
from tests.unit.purchasing.coordinator_house import House, house_of

# ---- the way to the order


async def test_a_restock_is_bought(house: House) -> None:
    await house.see(A)
    await house.until("confirmed")
    assert await house.books.states() == {A: "purchased", B: "ready"}
    assert house.buyer.acts == ["cart", "review", "submit"]


async def test_each_step_is_on_disk_before_its_act(house: House) -> None:
    seen: list[tuple[str, list[str]]] = []
    house.buyer.on_act = lambda act: seen.append((act, house.steps()))
    await house.see(A)
    await house.until("confirmed")
    assert seen == [("cart", ["opened"]), ("review", ["carted"]), ("submit", ["submitting"])]


async def test_the_queue_follows_when_the_slot_is_freed_without_asking_the_shop(house: House) -> None:
    await house.see(A, B)
    await house.until("confirmed", "confirmed")
    assert await house.books.states() == {A: "purchased", B: "purchased"}
    assert len(await house.books.facts(CycleCompleted)) == 1


async def test_checks_go_on_during_an_attempt_and_no_second_one_starts(house: House) -> None:
    hold = house.buyer.hold("cart")
    await house.see(A)
    await hold.reached.wait()
    await house.see(A, B)
    await house.see(B)
    assert house.steps() == ["opened"]
    assert await house.books.states() == {A: "attempting", B: "queued"}
    hold.let_go.set()
    await house.until("confirmed", "confirmed")


async def test_cycles_that_come_together_open_one_attempt_and_are_numbered_without_gaps(house: House) -> None:
    house.buyer.hold("cart")
    await asyncio.gather(*(house.see(A, B) for _ in range(20)))
    assert house.steps() == ["opened"]
    cycles = [cycle.cycle_id for cycle in await house.books.facts(CycleCompleted)]
    assert cycles == list(range(1, 21))


async def test_a_rehearsal_never_comes_to_the_button(tmp_path: Path) -> None:
    async with house_of(tmp_path, A, mode=Mode.REHEARSE) as house, house.running():
        await house.see(A)
        await house.until("rehearsed")
        await house.see(A)
        assert (house.steps(), house.buyer.presses) == (["rehearsed"], 0)
        assert await house.books.states() == {A: "ready"}


async def test_the_first_cycle_after_a_start_tells_all_products_and_the_next_the_changed_ones(house: House) -> None:
    await house.coordinator.cycles.take(snapshot())
    await house.coordinator.cycles.take(snapshot())
    told = [sorted(cycle.stock) for cycle in await house.books.facts(CycleCompleted)]
    assert told == [[A, B], []]


async def test_what_was_bought_today_counts_until_the_midnight_of_the_owner(tmp_path: Path) -> None:
    bounds, new_york = limits(max_per_day=1, cooldown=seconds(0)), fixed(timedelta(hours=-5))
    async with house_of(tmp_path, A, B, mode=Mode.LIVE, its_limits=bounds, timezone=new_york) as house, house.running():
        midnight = datetime(2026, 11, 23, 5, tzinfo=UTC)
        house.books.clock.at = midnight - timedelta(minutes=30)
        await house.see(A)
        await house.until("confirmed")
        house.books.clock.at = midnight - timedelta(minutes=1)
        await house.see(B)
        assert house.steps() == ["confirmed"]
        house.books.clock.at = midnight
        await house.see(B)
        await house.until("confirmed", "confirmed")


async def test_the_agenda_is_what_the_ledger_holds(house: House) -> None:
    assert [one.tcin for one in (await house.coordinator.watchlist.agenda()).products] == [A, B]
    assert [one.tcin for one in await house.coordinator.watchlist.stored()] == [A, B]


# ---- the deadline


async def test_at_the_deadline_before_the_button_it_is_abandoned_and_the_cart_cleaned(tmp_path: Path) -> None:
    async with house_of(tmp_path, A, its_limits=limits(deadline=seconds(0.05))) as house, house.running():
        house.buyer.hold("review")
        await house.see(A)
        await house.until("abandoned")
        assert house.why() == "its deadline passed before the button"
        assert (house.buyer.acts[-1], house.buyer.cart_holds, house.buyer.presses) == ("clean", {}, 0)
        assert await house.books.states() == {A: "failed"}


async def test_at_the_deadline_past_the_button_it_holds_the_slot_until_the_order_list_tells(tmp_path: Path) -> None:
    async with house_of(tmp_path, A, B, its_limits=limits(deadline=seconds(2))) as house, house.running():
        house.buyer.hold("submit")
        passed: list[str] = []
        house.on_step = passed.append
        await house.see(A)
        await house.until("confirmed")
        assert passed[-2:] == ["unconfirmed", "confirmed"]
        assert (house.why(), house.buyer.presses) == ("found in the order list", 1)


async def test_an_unconfirmed_attempt_lets_nobody_into_the_slot(house: House) -> None:
    house.buyer.troubles["submit"] = OutcomeUnknown("the page went blank")
    house.buyer.orders.hold = Hold()
    await house.see(A, B)
    await house.buyer.orders.hold.reached.wait()
    await house.see(A, B)
    assert house.steps() == ["unconfirmed"]
    assert await house.books.states() == {A: "unconfirmed", B: "queued"}
    assert house.buyer.presses == 1


# ---- what goes wrong


@pytest.mark.parametrize(("act", "trouble"), [("cart", ZeroDivisionError()), ("review", RuntimeError("torn"))])
async def test_a_buyer_that_breaks_before_the_button_frees_the_slot(house: House, act: str, trouble: Exception) -> None:
    house.buyer.troubles[act] = trouble
    await house.see(A, B)
    await house.until("abandoned", "abandoned")
    assert (house.why(), house.buyer.presses) == ("it broke, the log says how", 0)


async def test_a_buyer_that_breaks_past_the_button_is_never_asked_again(house: House) -> None:
    house.buyer.troubles["submit"] = RuntimeError("torn")
    await house.see(A)
    await house.until("confirmed")
    assert (house.why(), house.buyer.presses) == ("found in the order list", 1)


async def test_a_press_that_never_reached_the_shop_is_refused_by_the_order_list(house: House) -> None:
    house.buyer.line_is_dead = True
    house.buyer.troubles["submit"] = OutcomeUnknown("the network is gone")
    await house.see(A)
    await house.until("refused")
    assert house.why() == "the network is gone; the order list has no such order"
    assert await house.books.states() == {A: "failed", B: "ready"}


async def test_what_the_shop_would_not_sell_as_wanted_is_abandoned_and_says_why(house: House) -> None:
    house.buyer.total = Decimal("57.50")
    await house.see(A)
    await house.until("abandoned")
    assert house.why() == "the total 57.50 is above 57.49, the cap with its allowance"


async def test_an_act_is_never_repeated_after_a_full_disk(tmp_path: Path) -> None:
    async with house_of(tmp_path, A) as house:
        house.buyer.on_act = lambda act: setattr(house.storage, "full", act == "cart")
        await house.see(A)
        async with house.running() as running:
            with pytest.raises(DatabaseUnusable, match="disk is full"):
                await running
        house.storage.full = False
        async with house.running():
            await house.until("abandoned")
        assert house.buyer.acts == ["cart"]


async def test_a_cart_that_can_t_be_cleaned_frees_the_slot_and_is_told(house: House) -> None:
    house.buyer.troubles = {"review": NothingOrdered("signed out"), "clean": NothingOrdered("signed out")}
    await house.see(A)
    await house.until("abandoned")
    (*_, moved) = await house.books.facts(AttemptMoved)
    assert moved.why == "signed out; the cart could not be cleaned: signed out"


async def test_while_an_outcome_can_t_be_written_the_order_list_is_not_asked_without_a_pause(house: House) -> None:
    clock = asyncio.get_running_loop().time
    house.buyer.troubles["submit"] = OutcomeUnknown("the page went blank")
    house.on_step = lambda step: setattr(house.storage, "full", step == "unconfirmed")
    await house.see(A)
    await house.until("unconfirmed")
    began = clock()
    for _ in range(50):
        await house.books.slot()
    assert house.buyer.orders.asked <= 2 + (clock() - began) / AGAIN.total_seconds()
