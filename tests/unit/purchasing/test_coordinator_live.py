"""What holds where real money is spent: a second look, a yes, the limits, and orders that show late."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from config.products import BuyMode, Mode
from monitor.model import Trouble
from purchasing.errors import NothingOrdered, OutcomeUnknown
from purchasing.events import CycleCompleted, Disagreement, OrderFound, Skipped
from purchasing.model import ApprovalAnswer, Receipt
from purchasing.storage.unit_of_work import UnitOfWork
from tests.builders import AT, PRICE, A, B, limits, product, reading, seconds, trouble
from tests.unit.purchasing.coordinator_house import house_of

# ---- the second look and the cart


async def test_a_second_look_that_finds_another_seller_ends_a_live_attempt_and_is_remembered(tmp_path: Path) -> None:
    async with house_of(tmp_path, A, mode=Mode.LIVE) as house, house.running():
        house.shop.stock[A] = reading(A, "IN_STOCK", price=PRICE, marketplace=True)
        await house.see(A)
        await house.until("abandoned")
        assert (house.why(), house.buyer.presses) == ("a second look found a marketplace seller", 0)
        (disagreement,) = await house.books.facts(Disagreement)
        assert disagreement == Disagreement(tcin=A, attempt=1, why="a second look found a marketplace seller")
        house.books.clock.go_on(timedelta(hours=1))
        await house.see(A)
        (barred,) = (await house.books.facts(CycleCompleted))[-1].purchases.skipped
        assert (house.steps(), barred.why) == (["abandoned"], "sold by a marketplace seller")


async def test_a_second_look_that_is_not_answered_buys_nothing_and_is_no_disagreement(tmp_path: Path) -> None:
    async with house_of(tmp_path, A, mode=Mode.LIVE) as house, house.running():
        house.shop.trouble = trouble(Trouble.WALLED)
        await house.see(A)
        await house.until("abandoned")
        assert (house.why(), house.buyer.presses) == ("a second look told nothing certain: it was walled", 0)
        assert await house.books.facts(Disagreement) == []


@pytest.mark.guards("purchasing", "what earlier attempts left is remembered, each of them, and taken out first")
async def test_a_cart_that_stays_unclean_is_remembered_for_every_attempt_that_left_something(tmp_path: Path) -> None:
    bounds = limits(cooldown=seconds(0))
    async with house_of(tmp_path, A, B, mode=Mode.LIVE, its_limits=bounds) as house, house.running():
        house.buyer.troubles = {"review": NothingOrdered("signed out"), "clean": NothingOrdered("signed out")}
        await house.see(A)
        await house.until("abandoned")
        await house.see(B)
        await house.until("abandoned", "abandoned")
        left = await house.books.do(lambda unit: unit.attempts.left_in_cart())
        assert [one.id for one in left] == [1, 2]


# ---- yes and limits


@pytest.mark.guards("purchasing", "a yes is good for one attempt")
async def test_a_yes_is_good_for_one_attempt_alone(tmp_path: Path) -> None:
    bounds, asks = limits(cooldown=seconds(0)), product(A, buy=BuyMode.ASK)
    async with house_of(tmp_path, asks, mode=Mode.LIVE, its_limits=bounds) as house, house.running():
        house.buyer.troubles["review"] = NothingOrdered("the button is grey")
        await house.see(A)
        await house.books.do(_say_buy)
        await house.see(A)
        await house.until("abandoned")
        for _ in range(3):
            await house.see(A)
        assert house.steps() == ["abandoned"]


def _say_buy(unit: UnitOfWork) -> None:
    (ask,) = unit.approvals.of_open_windows().values()
    assert unit.approvals.answer(ask, ApprovalAnswer.BUY, by="Ada", at=AT)


@pytest.mark.guards("purchasing", "spend counts what the review page would charge")
async def test_a_spend_limit_counts_what_the_review_page_would_charge(tmp_path: Path) -> None:
    bounds = limits(max_spend_per_day=Decimal("50.00"), cooldown=seconds(0))
    async with house_of(tmp_path, A, mode=Mode.LIVE, its_limits=bounds) as house, house.running():
        house.buyer.total = Decimal("53.49")
        await house.see(A)
        await house.until("unconfirmed")
        assert house.why() == "the button was not pressed: 53.49 spent today would be above 50.00"
        assert house.buyer.presses == 0


@pytest.mark.guards("purchasing", "past midnight an attempt is held to the limits of the day on which it counts")
async def test_past_midnight_an_attempt_is_held_to_the_limits_of_its_own_day(tmp_path: Path) -> None:
    bounds = limits(max_spend_per_day=Decimal("50.00"), cooldown=seconds(0))
    async with house_of(tmp_path, A, mode=Mode.LIVE, its_limits=bounds) as house, house.running():
        midnight = datetime(2026, 11, 24, tzinfo=UTC)
        house.books.clock.at = midnight - seconds(5)
        house.buyer.total = Decimal("53.49")
        hold = house.buyer.hold("review")
        await house.see(A)
        await hold.reached.wait()
        house.books.clock.at = midnight + seconds(5)
        hold.let_go.set()
        await house.until("unconfirmed")
        assert house.why() == "the button was not pressed: 53.49 spent today would be above 50.00"
        assert house.buyer.presses == 0


# ---- an order that shows late


@pytest.mark.guards("purchasing", "after a doubt, the order list is read once more before the product's next attempt")
async def test_an_order_that_the_list_shows_late_counts_as_bought_and_is_told_once(tmp_path: Path) -> None:
    bounds = limits(cooldown=seconds(0), listed_within=seconds(0))
    async with house_of(tmp_path, A, B, mode=Mode.LIVE, its_limits=bounds) as house, house.running():
        house.buyer.line_is_dead = True
        house.buyer.troubles["submit"] = OutcomeUnknown("the page went blank")
        await house.see(A)
        await house.until("refused")
        house.buyer.orders.placed[1] = Receipt(order_number="912-1", total=PRICE)
        house.buyer.line_is_dead = False
        await house.see(A)
        await house.until("refused", "abandoned")
        assert (house.why(), house.buyer.presses) == ("attempt 1 was ordered after all: order 912-1", 1)
        for _ in range(2):
            await house.see(A)
        assert house.steps() == ["refused", "abandoned"]
        (cycle,) = (await house.books.facts(CycleCompleted))[-1:]
        assert cycle.purchases.skipped == (Skipped(tcin=A, why="1 of 1 wanted were bought"),)
        (found,) = await house.books.facts(OrderFound)
        assert found == OrderFound(attempt=1, tcin=A, order_number="912-1", total=PRICE)
        usage = (await house.books.do(house.books.standing)).usage
        assert (usage.bought_today, usage.spent_today) == (1, PRICE)
