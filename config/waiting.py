"""Waiting for something that may never come."""

import asyncio
from datetime import timedelta


async def wait_for_event(event: asyncio.Event, *, longest: timedelta) -> bool:
    """Wait until the event is set, or for the longest time; whether it was set."""
    try:
        async with asyncio.timeout(longest.total_seconds()):
            return await event.wait()
    except TimeoutError:
        return False
