"""Looks at pages keep to the owner's budget of requests, on virtual time; what a page tells is tried in a browser."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

import pytest

from config.products import Tcin
from monitor.request_budget import RequestBudget
from purchasing.checkout.model import PageStock
from purchasing.checkout.watch.page_watch import PageWatch
from tests.builders import A, seconds

pytestmark = pytest.mark.looptime


class _Browser:
    @contextmanager
    def in_use(self) -> Iterator[None]:
        yield


class _Tabs:
    """Keeps pages that can't be read."""

    def __init__(self) -> None:
        self.loaded: list[float] = []

    async def keep(self, _tcins: Sequence[Tcin]) -> bool:
        return True

    async def load_anew(self, _tcin: Tcin) -> None:
        self.loaded.append(asyncio.get_running_loop().time())


async def _wanted(_most: int) -> Sequence[Tcin]:
    return [A]


async def _nothing(_told: PageStock | str | None = None) -> None:
    pass


@pytest.mark.guards("purchasing", "a look at a page counts in the budget of requests and waits for room in it")
async def test_a_look_at_a_page_waits_for_room_in_the_budget_and_counts_in_it() -> None:
    tabs, clock = _Tabs(), asyncio.get_running_loop().time
    budget = RequestBudget(1, monotonic=clock)
    budget.note()
    watch = PageWatch(
        browser=_Browser(),  # type: ignore[arg-type]  # as much of it as is used
        tabs=tabs,  # type: ignore[arg-type]  # as much of them as is used
        wanted=_wanted,
        on_page=_nothing,
        on_signed_in=_nothing,
        on_signed_out=_nothing,
        most=1,
        look_every=seconds(600),
        may_load=budget.take,
    )
    running = asyncio.create_task(watch.run())
    await asyncio.sleep(59)
    assert (tabs.loaded, budget.room_of_cycles) == ([], -1)  # cycles leave it room
    await asyncio.sleep(8)
    assert (len(tabs.loaded), budget.room) == (1, 0)
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
