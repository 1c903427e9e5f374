"""Waiting for something that may never come."""

import asyncio

import pytest

from config.waiting import wait_for_event
from tests.builders import seconds


@pytest.mark.looptime
@pytest.mark.parametrize(("comes_after", "came", "took"), [(3, True, 3), (0, True, 0), (8, False, 5)])
async def test_a_wait_ends_with_the_event_or_with_the_time(comes_after: int, *, came: bool, took: int) -> None:
    loop, event = asyncio.get_running_loop(), asyncio.Event()
    began = loop.time()
    loop.call_later(comes_after, event.set)
    assert await wait_for_event(event, longest=seconds(5)) is came
    assert loop.time() - began == pytest.approx(took)


@pytest.mark.looptime
async def test_a_wait_whose_time_has_passed_is_none() -> None:
    assert not await wait_for_event(asyncio.Event(), longest=seconds(-1))
