"""Tasks beside others: one that breaks is begun again, and small things hold nobody up."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta

log = logging.getLogger(__name__)

Job = Callable[[], Awaitable[object]]

#: A task that broke is begun again after this.
AGAIN = timedelta(seconds=1)

#: So many wait, whoever asks for them and however fast; nobody waits any more for those before.
MOST_WAITING = 200


class BackgroundQueue:
    """Done one after another, or so many at once, by a task of its own.

    Losing one costs little: what matters is on disk before.
    """

    def __init__(self, name: str, *, at_once: int = 1) -> None:
        self._name = name
        self._at_once = at_once
        self._queue: asyncio.Queue[Job] = asyncio.Queue()

    def put(self, job: Job) -> None:
        """Do it some time; of too many that wait, the oldest is left out."""
        if self._queue.qsize() >= MOST_WAITING:
            self._queue.get_nowait()
        self._queue.put_nowait(job)

    async def run(self) -> None:
        """Do them until cancelled."""
        async with asyncio.TaskGroup() as group:
            for number in range(1, self._at_once + 1):
                group.create_task(self._work(), name=f"{self._name} {number}")

    async def _work(self) -> None:
        while True:
            job = await self._queue.get()
            try:
                await job()
            except Exception as error:  # noqa: BLE001  it may be anything, and the next one is another matter
                log.warning("background.failed", extra={"queue": self._name, "why": str(error)})


async def keep_running(name: str, task: Job, *, until: asyncio.Event) -> None:
    """Run a task, and begin it again when it breaks: no part of the service takes the others down."""
    while not until.is_set():
        try:
            await task()
        except Exception:
            log.exception("task.broke", extra={"task": name})
            await asyncio.sleep(AGAIN.total_seconds())
        else:
            return
