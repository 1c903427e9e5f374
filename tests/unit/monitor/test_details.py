"""Looks at single products, on virtual time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

import pytest

from config.products import Tcin
from monitor.details import DetailsReader
from monitor.model import Reading, Trouble
from monitor.request_budget import RequestBudget
from tests.builders import A, B, trouble
from tests.fakes import FakeClock, FakeShop

pytestmark = pytest.mark.looptime


class Desk:
    """New products and people who wait for prices, and what was learned for them."""

    def __init__(self, per_minute: int | None) -> None:
        clock = asyncio.get_running_loop().time
        self.budget = RequestBudget(per_minute, monotonic=clock)
        self.shop = FakeShop(now=FakeClock().now)
        self.unpriced: list[Tcin] = []
        self.learned: list[Reading] = []
        self.reader = DetailsReader(
            shop=self.shop,
            next_new=self.next_new,
            next_unpriced=self.next_unpriced,
            on_details=self.learn,
            every=timedelta(seconds=15),
            budget=self.budget,
        )

    async def next_new(self) -> Tcin | None:
        return A

    async def next_unpriced(self) -> Tcin | None:
        return self.unpriced[0] if self.unpriced else None

    async def learn(self, reading: Reading) -> None:
        self.learned.append(reading)
        if reading.tcin in self.unpriced:
            self.unpriced.remove(reading.tcin)


@asynccontextmanager
async def working(*, per_minute: int | None = None) -> AsyncIterator[Desk]:
    desk = Desk(per_minute)
    work = asyncio.create_task(desk.reader.run())
    yield desk
    work.cancel()
    with suppress(asyncio.CancelledError):
        await work


async def test_a_new_product_is_looked_at_every_so_often_and_a_price_at_once() -> None:
    async with working() as desk:
        await asyncio.sleep(46)
        assert desk.shop.looked == [A, A, A]
        desk.unpriced.append(B)
        desk.reader.wake()
        await asyncio.sleep(1)
        assert desk.shop.looked == [A, A, A, B]


@pytest.mark.guards("monitor", "nothing is looked at before the end of a wait that the shop asked for")
async def test_a_wait_that_the_shop_asks_for_holds_for_every_product() -> None:
    async with working() as desk:
        desk.shop.trouble = trouble(Trouble.THROTTLED, retry_after=timedelta(minutes=10))
        await asyncio.sleep(16)
        desk.unpriced.append(B)
        desk.reader.wake()
        await asyncio.sleep(595)
        assert desk.shop.looked == [A]
        desk.shop.trouble = None
        await asyncio.sleep(10)
        assert desk.shop.looked == [A, B, A]


async def test_a_trouble_without_a_wait_holds_nothing_up() -> None:
    async with working() as desk:
        desk.shop.trouble = trouble(Trouble.PASSING)
        await asyncio.sleep(46)
        assert desk.shop.looked == [A, A, A]
        assert len(desk.learned) == 3


async def test_nobody_is_looked_at_beyond_the_budget_until_there_is_room() -> None:
    async with working(per_minute=3) as desk:
        await asyncio.sleep(1)
        for _ in range(2):
            desk.budget.note()
        desk.unpriced.append(B)
        desk.reader.wake()
        await asyncio.sleep(59.5)
        assert desk.shop.looked == []
        await asyncio.sleep(1)
        assert desk.shop.looked == [B]


async def ask_for_ever(budget: RequestBudget) -> None:
    """As cycles do that take all that becomes free."""
    while True:
        if budget.room_of_cycles > 0:
            budget.note()
        await asyncio.sleep(1)


@pytest.mark.guards("monitor", "cycles that use the whole budget leave room for who waits for a look")
@pytest.mark.parametrize("per_minute", [1, 2, 3, 6])
async def test_beside_cycles_that_take_all_there_is_looks_get_their_part_and_no_more(per_minute: int) -> None:
    async with working(per_minute=per_minute) as desk:
        cycles = asyncio.create_task(ask_for_ever(desk.budget))
        await asyncio.sleep(1200)
        calls = min(2, per_minute)
        part = len(desk.shop.looked) * calls / (20 * per_minute)
        assert 0.2 <= part <= 0.34
        looked = len(desk.shop.looked)
        desk.unpriced.append(B)
        desk.reader.wake()
        await asyncio.sleep(125)
        assert B in desk.shop.looked[looked:]
        desk.budget.want(0)
        cycles.cancel()


async def test_who_waits_no_longer_leaves_the_room_to_the_cycles() -> None:
    async with working(per_minute=3) as desk:
        await asyncio.sleep(1)
        for _ in range(3):
            desk.budget.note()
        desk.unpriced.append(B)
        desk.reader.wake()
        await asyncio.sleep(1)
        assert desk.budget.wanted == 2
        desk.unpriced.clear()
        desk.reader.wake()
        await asyncio.sleep(1)
        assert desk.budget.wanted == 0
