"""Connections to the web port, bounded in number and in time, so that none of them keeps the service from its work.

Of uvicorn's own bounds `limit_concurrency` looks at requests alone: a connection that never asks for anything is
counted and never refused, and who is within the bound is refused with those beyond it. A head that never comes is not
bounded there at all.
"""

import asyncio
import logging
import resource
import socket
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

log = logging.getLogger(__name__)

#: So many connections are served at the same time.
MOST_CONNECTIONS = 128
#: Of the files that the process may open, connections have one in so many.
SHARE_OF_FILES = 4
#: So many wait to be taken in: each of those that are taken in at once costs a file before it can be refused.
BACKLOG = 32
#: The option of a socket that bounds how long what is written may go unacknowledged; some systems have none.
USER_TIMEOUT: int | None = getattr(socket, "TCP_USER_TIMEOUT", None)
_REFUSAL = (
    b"HTTP/1.1 503 Service Unavailable\r\n"
    b"content-type: text/plain; charset=utf-8\r\ncontent-length: 21\r\nretry-after: 10\r\nconnection: close\r\n\r\n"
    b"too many connections\n"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    most: int = MOST_CONNECTIONS
    #: A head must be there within this, from its first byte or from the beginning of the connection.
    head: timedelta = timedelta(seconds=10)
    #: Nothing is asked, nothing comes of what was begun, or nothing is read of what was answered: for this and no more.
    idle: timedelta = timedelta(seconds=30)
    #: Who is refused has so long to read it.
    farewell: timedelta = timedelta(seconds=1)


def most_connections() -> int:
    """As many as there may be, fewer where the system lets the process open few files."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MOST_CONNECTIONS if files == resource.RLIM_INFINITY else min(MOST_CONNECTIONS, files // SHARE_OF_FILES)


class BoundedConnection(H11Protocol):
    """One connection. What it is in may last for so long, however many bytes come meanwhile."""

    def __init__(self, bounds: Bounds, **uvicorns: Any) -> None:
        super().__init__(**uvicorns)
        self._bounds = bounds
        self._stage = ""
        self._end: asyncio.TimerHandle | None = None
        self._is_refused = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn
        super().connection_made(transport)
        self._expect_signs(transport)
        beyond = len(self.connections) - self._bounds.most
        if beyond > 0:
            self._refuse(at_once=beyond > self._bounds.most // 4)
        self._look()

    def data_received(self, data: bytes) -> None:
        if not self._is_refused:
            super().data_received(data)
        self._look()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._look()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._look()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._look()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        if self._end is not None:
            self._end.cancel()

    def leave_unread(self) -> None:
        """Let go of who does not read what was answered: an end waits for nobody."""
        if self.flow.write_paused:
            self.transport.abort()

    def _expect_signs(self, transport: asyncio.Transport) -> None:
        """What is written must arrive within a time: who is gone without a word is known by that alone."""
        if USER_TIMEOUT is not None:
            longest = int(self._bounds.idle.total_seconds() * 1000)
            transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, USER_TIMEOUT, longest)

    def _refuse(self, *, at_once: bool) -> None:
        """Say so, and hang up when that was read. With too many to wait for, hang up."""
        self._is_refused = True
        log.warning("web.too_many_connections", extra={"most": self._bounds.most})
        self.transport.write(_REFUSAL)
        if at_once:
            self.transport.close()
        else:
            self.transport.write_eof()

    def _look(self) -> None:
        """Begin to count where another stage begins; more bytes of the same one gain no time."""
        stage, longest = self._find_stage()
        if stage == self._stage:
            return
        self._stage = stage
        if self._end is not None:
            self._end.cancel()
        self._end = None if longest is None else self.loop.call_later(longest.total_seconds(), self.transport.abort)

    def _find_stage(self) -> tuple[str, timedelta | None]:
        """What it is in, and for how long it may be."""
        if self._is_refused:
            return "refused", self._bounds.farewell
        if self.transport.is_closing() or self.flow.write_paused:
            return "unread", self._bounds.idle
        if self.conn.their_state is h11.IDLE:
            return (
                ("idle", self._bounds.idle) if self.timeout_keep_alive_task is not None else ("head", self._bounds.head)
            )
        if self.conn.their_state is h11.SEND_BODY:
            return "body", self._bounds.idle
        return "answering", None
