import asyncio
from pathlib import Path

import pytest

from config.products import Mode
from purchasing.errors import NothingOrdered, OutcomeUnknown
from purchasing.events import CartCleaned, CartNotCleaned
from purchasing.model import Attempt, Step
from purchasing.slot.cleaning import CartCleaner
from tests.builders import A, B, attempt, limits, seconds
from tests.fakes import FakeBuyer, Hold
from tests.unit.purchasing.coordinator_house import house_of
from tests.unit.purchasing.test_attempt_control import settle

ABANDONED = Step.ABANDONED
LEFT = [attempt(ABANDONED, tcin, id=number, mode=Mode.LIVE) for number, tcin in ((3, A), (4, B))]
SIGNED_OUT = "the cart could not be cleaned: signed out"


class Desk:
    """Remembers in memory."""

    def __init__(self, *left: Attempt) -> None:
        self.left = list(left)
        self.told: list[tuple[int, str]] = []
        self.troubles: list[Exception] = []

    async def left_in_cart(self) -> list[Attempt]:
        if self.troubles:
            raise self.troubles.pop()
        return list(self.left)

    async def cart_is_clean(self, attempt: Attempt) -> None:
        self.left.remove(attempt)

    async def cart_not_cleaned(self, attempt: Attempt, why: str) -> None:
        self.told.append((attempt.id, why))


class Times(FakeBuyer):
    """Notes when it was asked to clean, by the event loop's clock."""

    def __init__(self) -> None:
        super().__init__()
        self.cleaned_at: list[float] = []

    async def clean(self, attempt: Attempt) -> None:
        self.cleaned_at.append(asyncio.get_running_loop().time())
        await super().clean(attempt)


def cleaner_of(*left: Attempt) -> tuple[CartCleaner, Times, Desk]:
    buyer, desk = Times(), Desk(*left)
    return CartCleaner(buyer=buyer, desk=desk), buyer, desk


# ---- by itself


@pytest.mark.looptime
async def test_what_is_left_is_taken_out_at_once_and_then_it_rests() -> None:
    cleaner, buyer, desk = cleaner_of(*LEFT)
    cleaner.begin()
    await asyncio.sleep(3600)
    cleaner.begin()
    await asyncio.sleep(3600)
    assert (buyer.cleaned_at, desk.left, desk.told) == ([0, 0], [], [])


@pytest.mark.looptime
@pytest.mark.guards("purchasing", "what is left in the cart is taken out once the slot is free, and tried until it is")
async def test_what_can_t_be_taken_out_is_tried_again_ever_more_slowly() -> None:
    cleaner, buyer, desk = cleaner_of(LEFT[0])
    buyer.troubles["clean"] = NothingOrdered("signed out")
    cleaner.begin()
    await asyncio.sleep(2 * 3600)
    assert buyer.cleaned_at == [0, 10, 70, 370, 2170, 3970, 5770]
    assert set(desk.told) == {(3, SIGNED_OUT)}
    buyer.troubles.clear()
    await asyncio.sleep(1800)
    assert (len(buyer.cleaned_at), desk.left) == (8, [])


@pytest.mark.looptime
async def test_one_that_can_t_be_taken_out_holds_up_no_other() -> None:
    cleaner, buyer, desk = cleaner_of(*LEFT)

    def fail(_act: str) -> None:
        buyer.troubles = {"clean": NothingOrdered("signed out")} if len(buyer.cleaned_at) == 1 else {}

    buyer.on_act = fail
    cleaner.begin()
    await asyncio.sleep(1)
    assert ([one.id for one in desk.left], desk.told) == ([3], [(3, SIGNED_OUT)])


@pytest.mark.looptime
async def test_a_cleaning_that_hangs_is_given_up_after_half_a_minute() -> None:
    cleaner, buyer, desk = cleaner_of(LEFT[0])
    buyer.hold("clean")
    cleaner.begin()
    await asyncio.sleep(41)
    assert (buyer.cleaned_at, desk.told) == ([0, 40], [(3, "the cart could not be cleaned: it took too long")])


@pytest.mark.looptime
async def test_a_cleaning_that_breaks_is_tried_again() -> None:
    cleaner, buyer, desk = cleaner_of(LEFT[0])
    desk.troubles = [RuntimeError("torn")]
    cleaner.begin()
    await asyncio.sleep(11)
    assert (buyer.cleaned_at, desk.left) == ([10], [])


@pytest.mark.looptime
async def test_once_it_is_stopped_nothing_is_done_in_the_cart_until_it_begins_anew() -> None:
    cleaner, buyer, desk = cleaner_of(LEFT[0])
    buyer.hold("clean")
    cleaner.begin()
    await asyncio.sleep(5)
    await cleaner.stop()
    await asyncio.sleep(3600)
    assert (buyer.cleaned_at, desk.left) == ([0], LEFT[:1])
    cleaner.begin()
    await asyncio.sleep(1)
    assert len(buyer.cleaned_at) == 2


# ---- beside the slot


def cleaning() -> list[str]:
    """The tasks that clean now."""
    return [name for task in asyncio.all_tasks() if (name := task.get_name()) == "cart-cleaning"]


REAL = limits(cooldown=seconds(0), listed_within=seconds(0))


@pytest.mark.guards("purchasing", "what is left in the cart is taken out once the slot is free, and tried until it is")
async def test_what_the_order_list_settled_as_refused_is_taken_out_at_once(tmp_path: Path) -> None:
    async with house_of(tmp_path, A, mode=Mode.LIVE, its_limits=REAL) as house, house.running():
        house.buyer.line_is_dead = True
        house.buyer.troubles["submit"] = OutcomeUnknown("the page went blank")
        for _ in range(10):  # what may be left from before is looked for first
            await house.books.states()
            await house.books.do(lambda unit: unit.attempts.slot())
        assert cleaning() == []
        await house.see(A)
        await house.until("refused")
        await house.until_true(lambda: not house.buyer.cart_holds)
        assert (house.steps(), house.buyer.acts) == (["refused"], ["cart", "review", "submit", "clean"])
        assert await house.books.do(lambda unit: unit.attempts.left_in_cart()) == []


@pytest.mark.guards("purchasing", "what is left in the cart is taken out once the slot is free, and tried until it is")
async def test_what_a_person_settled_as_not_bought_is_taken_out_at_once(tmp_path: Path) -> None:
    async with house_of(tmp_path, A, mode=Mode.LIVE, its_limits=REAL) as house, house.running():
        house.buyer.line_is_dead = True
        house.buyer.troubles["submit"] = OutcomeUnknown("the page went blank")
        house.buyer.orders.hold = Hold()
        await house.see(A)
        await house.buyer.orders.hold.reached.wait()
        assert house.buyer.cart_holds == {A: 1}
        await settle(house, 1, bought=False)
        await house.until_true(lambda: not house.buyer.cart_holds)
        assert house.steps() == ["refused"]


@pytest.mark.guards("purchasing", "what is left in the cart is taken out once the slot is free, and tried until it is")
async def test_what_a_crash_left_is_taken_out_though_no_attempt_follows(tmp_path: Path) -> None:
    async with house_of(tmp_path, A, mode=Mode.LIVE) as house:
        await house.see(A)
        await house.books.go(Step.CARTED)
    async with house_of(tmp_path, mode=Mode.LIVE) as house:
        house.buyer.cart_holds[A] = 1
        async with house.running():
            await house.until_true(lambda: not house.buyer.cart_holds)
        assert house.buyer.acts == ["clean"]


async def test_what_can_t_be_taken_out_is_told_once_and_so_is_its_end(tmp_path: Path) -> None:
    async with house_of(tmp_path, A, mode=Mode.LIVE) as house:
        await house.see(A)
        await house.books.go(Step.CARTED, ABANDONED)
        house.buyer.troubles["clean"] = NothingOrdered("signed out")
        async with house.running():
            await house.until_true(lambda: "clean" in house.buyer.acts)
    for _ in range(2):
        async with house_of(tmp_path, A, mode=Mode.LIVE) as house:
            house.buyer.troubles["clean"] = NothingOrdered("signed out")
            async with house.running():
                await house.until_true(lambda: "clean" in house.buyer.acts)
                await house.books.do(lambda unit: unit.attempts.left_in_cart())
            assert await house.books.facts(CartNotCleaned) == [CartNotCleaned(attempt=1, tcin=A, why=SIGNED_OUT)]
            assert await house.books.facts(CartCleaned) == []
    async with house_of(tmp_path, A, mode=Mode.LIVE) as house, house.running():
        await house.until_true(lambda: house.news.is_set() and not house.buyer.cart_holds)
        await house.until_true(lambda: house.books.rows("SELECT 1 FROM journal WHERE kind = 'cart_cleaned'"))
        assert await house.books.facts(CartCleaned) == [CartCleaned(attempt=1, tcin=A)]


@pytest.mark.guards("purchasing", "the cart is never cleaned beside an attempt")
async def test_a_new_attempt_ends_the_cleaning_before_it_begins(tmp_path: Path) -> None:
    async with house_of(tmp_path, A, B, mode=Mode.LIVE, its_limits=REAL) as house:
        await house.see(A)
        await house.books.go(Step.CARTED, ABANDONED)
        hold = house.buyer.hold("clean")
        async with house.running():
            await hold.reached.wait()
            del house.buyer._holds["clean"]  # noqa: SLF001  the next one does not wait
            beside: list[str] = []
            house.buyer.on_act = lambda _act: beside.extend(cleaning())
            await house.see(B)
            await house.until_true(lambda: "submit" in house.buyer.acts)
            assert (house.buyer.acts[:3], beside) == (["clean", "clean", "cart"], [])


async def test_a_cycle_without_an_attempt_leaves_the_cleaning_alone(tmp_path: Path) -> None:
    async with house_of(tmp_path, A, mode=Mode.LIVE) as house:
        await house.see(A)
        await house.books.go(Step.CARTED, ABANDONED)
        hold = house.buyer.hold("clean")
        async with house.running():
            await hold.reached.wait()
            await house.see()
            await house.see()
            hold.let_go.set()
            await house.until_true(lambda: not house.buyer.cart_holds)
            assert house.buyer.acts == ["clean"]


async def test_the_end_of_the_service_ends_the_cleaning(tmp_path: Path) -> None:
    async with house_of(tmp_path, A, mode=Mode.LIVE) as house:
        await house.see(A)
        await house.books.go(Step.CARTED, ABANDONED)
        hold = house.buyer.hold("clean")
        async with house.running():
            await hold.reached.wait()
            await house.coordinator.slot.finish()
            hold.let_go.set()
            assert [one.id for one in await house.books.do(lambda unit: unit.attempts.left_in_cart())] == [1]
