"""Small things in the background."""

import asyncio
from collections.abc import Awaitable, Callable

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
