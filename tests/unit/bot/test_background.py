"""Small things in the background."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from bot.background import MOST_WAITING, BackgroundQueue


async def test_of_too_many_that_wait_the_oldest_are_left_out() -> None:
    queue, done, last_is_done = BackgroundQueue("taps"), list[int](), asyncio.Event()

    def job(number: int) -> Callable[[], Awaitable[None]]:
        async def note() -> None:
            done.append(number)
            if number == MOST_WAITING + 2:
                last_is_done.set()

        return note

    for number in range(MOST_WAITING + 3):
        queue.put(job(number))
    running = asyncio.create_task(queue.run())
    await last_is_done.wait()
    running.cancel()
    assert done == list(range(3, MOST_WAITING + 3))


@pytest.mark.guards("bot", "a slow answer to a press holds up no other one")
async def test_one_that_is_slow_holds_up_none_of_those_that_are_done_at_once() -> None:
    queue, is_done = BackgroundQueue("taps", at_once=2), asyncio.Event()

    async def never_ends() -> None:
        await asyncio.Event().wait()

    async def is_quick() -> None:
        is_done.set()

    queue.put(never_ends)
    queue.put(is_quick)
    running = asyncio.create_task(queue.run())
    async with asyncio.timeout(1):
        await is_done.wait()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
