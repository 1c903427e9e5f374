"""Tells the service manager that the service is ready, lives and ends, in systemd's protocol: one datagram a word.

A library would bring nothing but these few lines. Where no service manager asks for it, nothing is sent.
"""

import asyncio
import contextlib
import logging
import os
import socket
from collections.abc import Callable, Mapping
from datetime import timedelta

log = logging.getLogger(__name__)

READY, ALIVE, ENDING = b"READY=1", b"WATCHDOG=1", b"STOPPING=1"
#: So many signs of life fall into the time after which the service manager takes the service for dead.
SIGNS = 3


class ServiceManager:
    """Whoever started the process, as its environment tells."""

    def __init__(self, environ: Mapping[str, str], *, pid: int | None = None) -> None:
        address = environ.get("NOTIFY_SOCKET", "")
        # An @ stands for the zero byte of a name that the kernel keeps.
        self._address = f"\0{address[1:]}" if address.startswith("@") else address
        self._every = _interval(environ, pid=os.getpid() if pid is None else pid)
        self._silent = False

    async def run(self, *, lives: Callable[[], bool], ending: asyncio.Event) -> None:
        """Say that the service is ready, give signs of life while it lives, and say when it is to end."""
        if not self._address:
            return
        self._say(READY)
        while not ending.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(None if self._every is None else self._every.total_seconds()):
                    await ending.wait()
            if not ending.is_set():
                self._give_sign(lives=lives())
        self._say(ENDING)

    def _give_sign(self, *, lives: bool) -> None:
        """Without signs the service manager begins the service anew; that is noted once, before it happens."""
        if lives:
            self._say(ALIVE)
        if not lives and not self._silent:
            log.error("service_manager.no_sign_of_life", extra={"why": "no cycle comes when it should"})
        self._silent = not lives

    def _say(self, word: bytes) -> None:
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sending:
                sending.settimeout(0)
                sending.sendto(word, self._address)
        except OSError as error:
            log.warning("service_manager.not_reached", extra={"why": str(error)})


def _interval(environ: Mapping[str, str], *, pid: int) -> timedelta | None:
    """How often signs of life are to be given; None where nobody waits for any from this process."""
    if environ.get("WATCHDOG_PID", str(pid)) != str(pid):
        return None
    asked = environ.get("WATCHDOG_USEC", "")
    return timedelta(microseconds=int(asked)) / SIGNS if asked.isdecimal() and int(asked) else None
