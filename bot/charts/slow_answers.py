"""Answers that take longer than a unit of work: a command stays pending until its own is there, or is begun anew."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from purchasing.commands import Command, NotDone, Result
from purchasing.control.queue import CommandQueue

log = logging.getLogger(__name__)

Answer = Callable[[], Awaitable[Result]]

#: What whoever asked is told where a mistake of ours came to light.
BROKE = "it broke, the log says how"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    command: Command
    answer: Answer
    is_wanted: Callable[[], bool]


class SlowAnswers:
    """One after another. What a crash leaves pending is asked again at the next start."""

    def __init__(self, *, queue: CommandQueue) -> None:
        self._queue = queue
        self._waiting: asyncio.Queue[_Asked] = asyncio.Queue()
        #: The keys of the commands that wait for theirs.
        self._under_way: set[str] = set()

    def begin(self, command: Command, answer: Answer, *, is_wanted: Callable[[], bool]) -> None:
        """Have it answered some time, whoever asks again; `is_wanted` is asked then."""
        if command.key not in self._under_way:
            self._under_way.add(command.key)
            self._waiting.put_nowait(_Asked(command=command, answer=answer, is_wanted=is_wanted))

    async def run(self) -> None:
        """Answer until cancelled."""
        while True:
            asked = await self._waiting.get()
            try:
                await self._finish(asked)
            finally:
                self._under_way.discard(asked.command.key)

    async def _finish(self, asked: _Asked) -> None:
        result: Result
        try:
            result = await asked.answer()
        except Exception:
            # One that breaks must not hold up those behind it.
            log.exception("answer.broke", extra={"key": asked.command.key})
            result = NotDone(why=BROKE)
        # Who is not let in any more gets no answer.
        command = asked.command if asked.is_wanted() else replace(asked.command, origin=None)
        await self._queue.finish(command, result)
        await self._queue.sum_up_downtime()
