"""Has pictures drawn in a process of its own: begun when one is wanted, ended when none was for a while, or is late."""

import asyncio
import contextlib
import importlib.util
import logging
import os
import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import msgspec

from bot.charts.model import Chart
from bot.charts.worker import LENGTH, PICTURE

log = logging.getLogger(__name__)

#: A picture takes no longer than this.
DEADLINE = timedelta(seconds=20)
#: The process stays for so long after its last picture.
IDLE = timedelta(seconds=60)
#: What it sends is no larger.
_LARGEST = 10 * 2**20
WORKER = (sys.executable, "-m", "bot.charts.worker")
#: Its settings are none of its business, and some of them are secrets.
_PRIVATE = "STOCKBELL_"


class NotDrawn(Exception):
    """There is no picture; the message says why, in words for a household."""


class ChartRenderer:
    """One at a time, whoever asks. What its process does costs nobody else more than its share of the processor."""

    def __init__(
        self,
        *,
        scratch: Path,
        worker: Sequence[str] = WORKER,
        deadline: timedelta = DEADLINE,
        idle: timedelta = IDLE,
        library: str = "matplotlib",
    ) -> None:
        """`scratch` is a folder for what its library keeps of fonts."""
        self._library = library
        self._scratch = scratch
        self._worker = worker
        self._deadline = deadline
        self._idle = idle
        self._process: asyncio.subprocess.Process | None = None
        #: One that was told to end, as there was nothing to draw.
        self._leaving: asyncio.subprocess.Process | None = None
        self._ending: asyncio.TimerHandle | None = None
        self._turn = asyncio.Lock()

    @property
    def is_installed(self) -> bool:
        """Whether its library is there; nothing of it is loaded."""
        return importlib.util.find_spec(self._library) is not None

    @property
    def pid(self) -> int | None:
        """Of the process, while there is one."""
        return None if self._process is None else self._process.pid

    async def draw(self, chart: Chart) -> bytes:
        """The PNG.

        Raises:
            NotDrawn: the process could not be begun, died, was late, or could not draw it.
        """
        async with self._turn:
            self._stay()
            try:
                async with asyncio.timeout(self._deadline.total_seconds()):
                    return await self._ask_one_that_runs(msgspec.json.encode(chart))
            except TimeoutError:
                await self._end()
                raise NotDrawn(f"it took longer than {self._deadline.total_seconds():.0f} s") from None
            except (OSError, EOFError) as error:
                log.warning("renderer.died", extra={"why": str(error)})
                await self._end()
                raise NotDrawn("what draws it ended before it was done") from error
            except asyncio.CancelledError:
                await self._end()  # what it still sends would be taken for the next one's
                raise
            finally:
                if self._process is not None:
                    self._ending = asyncio.get_running_loop().call_later(
                        self._idle.total_seconds(), self._end_when_idle
                    )

    async def _ask_one_that_runs(self, request: bytes) -> bytes:
        """One that was there before may have ended meanwhile, which says nothing of this request."""
        if self._process is not None:
            with contextlib.suppress(OSError, EOFError):
                return await self._ask(await self._running(), request)
            await self._end()
        return await self._ask(await self._running(), request)

    async def close(self) -> None:
        self._stay()
        await self._end()

    async def _running(self) -> asyncio.subprocess.Process:
        if self._process is not None and self._process.returncode is not None:
            await self._end()
        if self._process is None:
            beginning = asyncio.create_task(self._begin())
            try:
                self._process = await asyncio.shield(beginning)
            except asyncio.CancelledError:
                with contextlib.suppress(OSError):
                    self._process = await beginning  # so that it can be ended, as who asked for it does
                raise
            log.info("renderer.begun", extra={"pid": self._process.pid})
        return self._process

    async def _begin(self) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            *self._worker,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env=self._environment(),
            start_new_session=True,  # a Ctrl-C is for the service, which ends this one itself
        )

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(_PRIVATE)}
        return {**kept, "MPLCONFIGDIR": str(self._scratch)}

    async def _ask(self, process: asyncio.subprocess.Process, request: bytes) -> bytes:
        if process.stdin is None or process.stdout is None:
            raise OSError("it has no pipes")
        process.stdin.write(LENGTH.pack(len(request)) + request)
        await process.stdin.drain()
        kind = await process.stdout.readexactly(1)
        (size,) = LENGTH.unpack(await process.stdout.readexactly(LENGTH.size))
        if size > _LARGEST:
            raise OSError("it sent too much")
        body = await process.stdout.readexactly(size)
        if kind != PICTURE:
            why = body.decode(errors="replace")
            log.warning("renderer.not_drawn", extra={"why": why})
            raise NotDrawn("what draws it failed, the log says how")
        return body

    def _stay(self) -> None:
        if self._ending is not None:
            self._ending.cancel()
            self._ending = None

    def _end_when_idle(self) -> None:
        """Its input ends, and with it the process."""
        self._ending = None
        self._leaving, self._process = self._process, None
        if self._leaving is not None and self._leaving.stdin is not None:
            self._leaving.stdin.close()

    async def _end(self) -> None:
        gone, self._process, self._leaving = (self._process, self._leaving), None, None
        for process in filter(None, gone):
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
