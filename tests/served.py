"""The service in a process that begins with its imports done: a test of what it does begins a second sooner.

It is the shipped program from its first line on, with its own environment, files, signals and end; only the interpreter
and the imports were there before, in a server that forks and does nothing else.
"""

import asyncio
import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path

ROOT = Path(__file__).parent.parent


@cache
def _server() -> ForkServerContext:
    """One for all tests of this process; it ends with it."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["bot.cli.main", "bot.app", __name__])
    return context


class ServedProcess:
    """What `asyncio.subprocess.Process` is of a program that was executed."""

    def __init__(self, process: ForkServerProcess) -> None:
        self._process = process

    @property
    def pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        return self._process.exitcode

    def send_signal(self, number: int) -> None:
        if self.returncode is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    async def wait(self) -> int:
        loop, ended = asyncio.get_running_loop(), asyncio.Event()
        loop.add_reader(self._process.sentinel, ended.set)
        try:
            await ended.wait()
        finally:
            loop.remove_reader(self._process.sentinel)
        assert self.returncode is not None
        return self.returncode


def serve(module: str, *words: str, environ: Mapping[str, str], output: Path, errors: Path) -> ServedProcess:
    """Begin `python -m MODULE` with these words; what it prints is added to these files, which may be one.

    The module is one with a `main`, or a package with such a `__main__`.
    """
    for path in (output, errors):
        path.touch()
    process = _server().Process(target=_run, args=(module, words, dict(environ), str(output), str(errors)))
    process.start()
    return ServedProcess(process)


def _run(module: str, words: tuple[str, ...], environ: dict[str, str], output: str, errors: str) -> None:
    for stream, path in ((sys.stdout, output), (sys.stderr, errors)):
        written = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.dup2(written, stream.fileno())
        os.close(written)
    os.chdir(ROOT)
    os.environ.clear()
    os.environ.update(environ)
    time.tzset()
    sys.argv = [module, *words]
    program = import_module(module)
    if hasattr(program, "__path__"):
        program = import_module(f"{module}.__main__")
    program.main()
