"""Looking every so often."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from datetime import timedelta

from config.database import DatabaseUnusable


async def keep_looking(look: Callable[[], Awaitable[None]], *, every: timedelta) -> None:
    """Look at once and then again and again, until cancelled; also while the database can't be used."""
    while True:
        with contextlib.suppress(DatabaseUnusable):  # which is told by whoever watches the storage
            await look()
        await asyncio.sleep(every.total_seconds())
