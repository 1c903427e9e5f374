"""Small things that must not hold up the one who asks for them."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

log = logging.getLogger(__name__)

Job = Callable[[], Awaitable[object]]

#: So many wait, whoever asks for them and however fast; nobody waits any more for those before.
MOST_WAITING = 200


class BackgroundQueue:
    """Done one after another by a task of its own. Losing one costs little: what matters is on disk before."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._queue: asyncio.Queue[Job] = asyncio.Queue()

    def put(self, job: Job) -> None:
        """Do it some time; of too many that wait, the oldest is left out."""
        if self._queue.qsize() >= MOST_WAITING:
            self._queue.get_nowait()
        self._queue.put_nowait(job)

    async def run(self) -> None:
        """Do them until cancelled."""
        while True:
            job = await self._queue.get()
            try:
                await job()
            except Exception as error:  # noqa: BLE001  it may be anything, and the next one is another matter
                log.warning("background.failed", extra={"queue": self._name, "why": str(error)})
