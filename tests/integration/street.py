"""The practice store, and the real shop client that asks it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from pydantic import SecretStr

from config.settings import TargetSettings
from monitor.request_budget import RequestBudget
from monitor.target.client import RedskyShop
from sandbox.store import Item, PracticeStore
from tests.builders import chance, tcins
from tests.fakes import FakeClock

BULK = "/redsky_aggregations/v1/web/product_summary_with_fulfillment_v1"
WRONG = SecretStr("f" * 40)
RIGHT = SecretStr(PracticeStore([]).api_key)


@dataclass(frozen=True, slots=True, kw_only=True)
class Street:
    """The practice store, and a shop client that asks it."""

    store: PracticeStore
    shop: RedskyShop
    clock: FakeClock
    budget: RequestBudget

    def calls(self, path: str = BULK) -> list[tuple[str, ...]]:
        return [call.tcins for call in self.store.calls if call.path.startswith(path)]

    def keys(self) -> list[str | None]:
        return [call.key for call in self.store.calls if call.path == BULK]

    def pages(self) -> int:
        return len([call for call in self.store.calls if call.path.startswith("/p/-/")])


@asynccontextmanager
async def street(
    *, products: int = 2, keys: tuple[SecretStr, ...] | None = None, per_minute: int | None = None, **settings: Any
) -> AsyncIterator[Street]:
    store = PracticeStore([Item(tcin=tcin, shipping="IN_STOCK") for tcin in tcins(products)])
    clock = FakeClock()
    budget = RequestBudget(per_minute, monotonic=clock.monotonic)
    async with store.serve() as url:
        given = (SecretStr(store.api_key),) if keys is None else keys
        target = TargetSettings(api_url=url, site_url=url, api_keys=given, **settings)
        async with RedskyShop(target, now=clock.now, rng=chance(), pause=timedelta(0), budget=budget) as shop:
            yield Street(store=store, shop=shop, clock=clock, budget=budget)
