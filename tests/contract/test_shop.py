"""What the `Shop` port promises, of the real shop over HTTP and of the one in memory."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Protocol

import pytest
from pydantic import SecretStr

from config.clock import utc_now
from config.products import Tcin
from config.settings import TargetSettings
from monitor.model import ShopAnswer, StockState, Trouble
from monitor.ports import Shop
from monitor.target.client import RedskyShop
from monitor.target.products import NO_SUCH_PRODUCT
from sandbox.store import Drop, Item, PracticeStore, Wall
from tests.builders import A, B, C, chance, tcins, trouble
from tests.fakes import FakeShop

IN, OUT, UNKNOWN = StockState.IN_STOCK, StockState.OUT_OF_STOCK, StockState.UNKNOWN


class Stage(Protocol):
    @property
    def shop(self) -> Shop: ...
    def put(self, tcin: Tcin, shipping: str, pickup: str) -> None: ...
    def wall(self) -> None: ...
    def throttle(self, seconds: int) -> None: ...
    def hang_up(self) -> None: ...


class _InMemory:
    def __init__(self) -> None:
        self.shop = FakeShop(now=utc_now)

    def put(self, tcin: Tcin, shipping: str, pickup: str) -> None:
        self.shop.put(tcin, shipping, pickup)

    def wall(self) -> None:
        self.shop.trouble = trouble(Trouble.WALLED)

    def throttle(self, seconds: int) -> None:
        self.shop.trouble = trouble(Trouble.THROTTLED, retry_after=timedelta(seconds=seconds))

    def hang_up(self) -> None:
        self.shop.trouble = trouble(Trouble.PASSING)


class _OverHttp:
    def __init__(self, store: PracticeStore, shop: RedskyShop) -> None:
        self._store = store
        self.shop = shop

    def put(self, tcin: Tcin, shipping: str, pickup: str) -> None:
        self._store.items[tcin] = Item(tcin=tcin, shipping=shipping, pickup=pickup)

    def wall(self) -> None:
        self._store.faults.wall = Wall.JSON_403

    def throttle(self, seconds: int) -> None:
        self._store.faults.status, self._store.faults.retry_after = 429, seconds

    def hang_up(self) -> None:
        self._store.faults.drop = Drop.BEFORE


@pytest.fixture(params=["in memory", "over HTTP"])
async def stage(request: pytest.FixtureRequest) -> AsyncIterator[Stage]:
    if request.param == "in memory":
        yield _InMemory()
        return
    store = PracticeStore()
    async with store.serve() as url:
        settings = TargetSettings(api_url=url, site_url=url, api_keys=(SecretStr(store.api_key),))
        async with RedskyShop(settings, now=utc_now, rng=chance(), pause=timedelta(0)) as shop:
            yield _OverHttp(store, shop)


async def test_there_is_exactly_one_reading_for_every_product_asked_for(stage: Stage) -> None:
    for tcin in tcins(60):
        stage.put(tcin, "IN_STOCK", "UNAVAILABLE")
    answer = await stage.shop.ask([*tcins(40), *tcins(10)])
    assert sorted(answer.readings) == sorted(tcins(40))
    assert all(tcin == reading.tcin for tcin, reading in answer.readings.items())
    assert not answer.troubles


async def test_asking_for_nothing_brings_nothing(stage: Stage) -> None:
    answer = await stage.shop.ask([])
    assert (dict(answer.readings), answer.troubles) == ({}, ())


async def test_shipping_and_pickup_are_two_signals(stage: Stage) -> None:
    stage.put(A, "IN_STOCK", "UNAVAILABLE")
    stage.put(B, "OUT_OF_STOCK", "IN_STOCK")
    stage.put(C, "READY_FOR_LAUNCH", "OUT_OF_STOCK")
    readings = (await stage.shop.ask([A, B, C])).readings
    states = [(readings[tcin].shipping.state, readings[tcin].pickup.state) for tcin in (A, B, C)]
    assert states == [(IN, OUT), (OUT, IN), (UNKNOWN, OUT)]
    assert readings[C].shipping.word == "READY_FOR_LAUNCH"


async def test_a_product_that_the_shop_does_not_know_is_unknown_and_no_trouble(stage: Stage) -> None:
    stage.put(A, "IN_STOCK", "UNAVAILABLE")
    answer = await stage.shop.ask([A, B])
    assert answer.readings[A].is_certain
    assert not answer.readings[B].is_certain
    assert answer.readings[B].trouble == NO_SUCH_PRODUCT
    assert not answer.troubles


@pytest.mark.parametrize("how", ["ask", "probe", "look"])
async def test_readings_are_of_the_time_of_the_answer(stage: Stage, how: str) -> None:
    stage.put(A, "IN_STOCK", "UNAVAILABLE")
    before = utc_now()
    answer = await _ask(stage.shop, how)
    assert before <= answer.readings[A].at <= utc_now()
    assert answer.readings[A].shipping.state is IN


@pytest.mark.parametrize("how", ["ask", "probe", "look"])
async def test_the_wall_is_told_and_makes_everything_unknown(stage: Stage, how: str) -> None:
    stage.put(A, "IN_STOCK", "UNAVAILABLE")
    stage.wall()
    answer = await _ask(stage.shop, how)
    assert {one.trouble for one in answer.troubles} == {Trouble.WALLED}
    assert all(one.tcins == (A,) for one in answer.troubles)
    assert not answer.readings[A].is_certain
    assert answer.readings[A].trouble


@pytest.mark.parametrize("how", ["ask", "probe", "look"])
async def test_how_long_the_shop_asks_us_to_wait_is_told(stage: Stage, how: str) -> None:
    stage.put(A, "IN_STOCK", "UNAVAILABLE")
    stage.throttle(seconds=77)
    answer = await _ask(stage.shop, how)
    kinds = {(one.trouble, one.retry_after) for one in answer.troubles}
    assert kinds == {(Trouble.THROTTLED, timedelta(seconds=77))}


@pytest.mark.parametrize("how", ["ask", "probe", "look"])
async def test_a_connection_that_is_cut_is_a_passing_trouble(stage: Stage, how: str) -> None:
    stage.put(A, "IN_STOCK", "UNAVAILABLE")
    stage.hang_up()
    answer = await _ask(stage.shop, how)
    assert {one.trouble for one in answer.troubles} == {Trouble.PASSING}
    assert not answer.readings[A].is_certain


async def _ask(shop: Shop, how: str) -> ShopAnswer:
    match how:
        case "ask":
            return await shop.ask([A])
        case "probe":
            return await shop.probe(A)
        case _:
            return await shop.look(A)
