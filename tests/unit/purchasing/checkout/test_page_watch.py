"""Looks at pages keep to the owner's budget of requests, on virtual time; what a page tells is tried in a browser."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta

import pytest

from config.products import Tcin
from monitor.request_budget import RequestBudget
from purchasing.checkout.model import PageStock
from purchasing.checkout.watch.page_watch import PageWatch
from tests.builders import A, seconds

pytestmark = pytest.mark.looptime


class _Browser:
    generation = 1

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


@contextmanager
def watching(tabs: _Tabs, browser: _Browser, budget: RequestBudget, look_every: timedelta) -> Iterator[None]:
    watch = PageWatch(
        browser=browser,  # type: ignore[arg-type]  # as much of it as is used
        tabs=tabs,  # type: ignore[arg-type]  # as much of them as is used
        wanted=_wanted,
        on_page=_nothing,
        on_signed_in=_nothing,
        on_signed_out=_nothing,
        most=1,
        look_every=look_every,
        may_load=budget.take,
    )
    running = asyncio.create_task(watch.run())
    yield
    running.cancel()


@pytest.mark.guards("purchasing", "a look at a page counts in the budget of requests and waits for room in it")
async def test_a_look_at_a_page_waits_for_room_in_the_budget_and_counts_in_it() -> None:
    tabs = _Tabs()
    budget = RequestBudget(1, monotonic=asyncio.get_running_loop().time)
    budget.note()
    with watching(tabs, _Browser(), budget, seconds(600)):
        await asyncio.sleep(59)
        assert (tabs.loaded, budget.room_of_cycles) == ([], -1)  # cycles leave it room
        await asyncio.sleep(8)
        assert (len(tabs.loaded), budget.room) == (1, 0)


@pytest.mark.guards("purchasing", "the session is renewed within its life, however seldom pages are looked at")
async def test_however_seldom_pages_are_looked_at_the_session_is_renewed_within_its_life() -> None:
    tabs = _Tabs()
    with watching(tabs, _Browser(), RequestBudget(None, monotonic=asyncio.get_running_loop().time), seconds(86_400)):
        await asyncio.sleep(4 * 3600)
    assert len(tabs.loaded) >= 3


async def test_in_another_session_a_page_is_looked_at_at_once() -> None:
    tabs, browser = _Tabs(), _Browser()
    with watching(tabs, browser, RequestBudget(None, monotonic=asyncio.get_running_loop().time), seconds(600)):
        await asyncio.sleep(60)
        assert len(tabs.loaded) == 1
        browser.generation += 1
        await asyncio.sleep(60)
        assert len(tabs.loaded) == 2
