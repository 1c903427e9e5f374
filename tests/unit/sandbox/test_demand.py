import asyncio

import pytest

from sandbox.demand import LASTS_S, LINGERS_S, Demand
from sandbox.store import Item, PracticeStore

TROVE = "94734932"


def a_demand(store: PracticeStore) -> Demand:
    return Demand(store, [TROVE], close=lambda tcin: store.set(tcin, shipping="OUT_OF_STOCK"))


def is_open(store: PracticeStore) -> bool:
    return store.items[TROVE].shipping == "IN_STOCK"


@pytest.fixture
def store() -> PracticeStore:
    return PracticeStore([Item(tcin=TROVE, shipping="IN_STOCK")])


@pytest.mark.looptime
async def test_what_nobody_buys_here_is_sold_out_after_a_while_each_time_anew(store: PracticeStore) -> None:
    selling = asyncio.create_task(a_demand(store).sell())
    for _ in range(2):
        store.set(TROVE, shipping="IN_STOCK")
        await asyncio.sleep(LASTS_S - 1)
        assert is_open(store)
        await asyncio.sleep(2)
        assert not is_open(store)
    selling.cancel()


@pytest.mark.looptime
async def test_what_was_bought_is_sold_out_soon(store: PracticeStore) -> None:
    demand = a_demand(store)
    selling = asyncio.create_task(demand.sell())
    await asyncio.sleep(5)
    demand.on_bought(TROVE)
    await asyncio.sleep(LINGERS_S - 1)
    assert is_open(store)
    await asyncio.sleep(2)
    assert not is_open(store)
    selling.cancel()


@pytest.mark.looptime
async def test_late_news_of_a_purchase_do_not_shorten_the_next_restock(store: PracticeStore) -> None:
    demand = a_demand(store)
    selling = asyncio.create_task(demand.sell())
    await asyncio.sleep(LASTS_S + 1)
    demand.on_bought(TROVE)
    store.set(TROVE, shipping="IN_STOCK")
    await asyncio.sleep(LASTS_S - 1)
    assert is_open(store)
    selling.cancel()
