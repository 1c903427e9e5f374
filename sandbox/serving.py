"""Runs an ASGI application on a real socket, on the event loop that is already there."""

import asyncio
import socket
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress

from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn import Config, Server

#: In the scope of every request: an async callable that cuts its connection off, without an answer.
HANG_UP = "practice.hang_up"

#: How long a stop waits for requests that do not let go when cancelled.
_LAST_WORDS_S = 1
#: Longer than any pace of asking, so that a client's connection lasts from call to call, as it does with a real shop.
_KEEP_ALIVE_S = 120


@asynccontextmanager
async def serve(app: ASGIApp, *, host: str = "127.0.0.1", port: int = 0) -> AsyncGenerator[str]:
    """Serve `app` and yield its address, such as `http://127.0.0.1:40123`; port 0 takes any free one.

    Leaving cuts off whatever is still open, answered or not, and returns within about a second.
    There are no lifespan events, no signal handlers and no changes to logging.

    Raises:
        OSError: the port is taken.
    """
    with _listen(host, port) as listener:
        server = _Server(app)
        running = asyncio.create_task(server.serve([listener]), name=f"serve {listener.getsockname()[1]}")
        try:
            await server.ready.wait()
            yield f"http://{host}:{listener.getsockname()[1]}"
        finally:
            server.over.set()
            await running


def _listen(host: str, port: int) -> socket.socket:
    # The protocol is named because asyncio turns Nagle's algorithm off only where it is: 0.5 ms an answer, else 44 ms.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen()  # here, so that losing a race for the port is the caller's OSError too
    except OSError:
        listener.close()
        raise
    return listener


class _Server(Server):
    """uvicorn without its signal handlers, with a stop that hangs up on everybody."""

    def __init__(self, app: ASGIApp) -> None:
        self.ready = asyncio.Event()
        self.over = asyncio.Event()
        self._app = app
        super().__init__(
            Config(
                self._answer,
                interface="asgi3",
                http="h11",
                ws="none",
                lifespan="off",
                log_config=None,
                log_level="warning",
                access_log=False,
                server_header=False,
                proxy_headers=False,
                timeout_keep_alive=_KEEP_ALIVE_S,
            )
        )

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def main_loop(self) -> None:
        self.ready.set()
        while not self.over.is_set():
            await self.on_tick(0)  # renews the Date header
            with suppress(TimeoutError):
                await asyncio.wait_for(self.over.wait(), timeout=1)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:  # noqa: ARG002  uvicorn's signature
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        await asyncio.sleep(0)  # the connections learn of it before their requests end
        if requests := list(self.server_state.tasks):
            for request in requests:
                request.cancel()
            await asyncio.wait(requests, timeout=_LAST_WORDS_S)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def hang_up() -> None:
            await self._hang_up(scope["client"])

        scope[HANG_UP] = hang_up
        if self.over.is_set():
            await hang_up()  # a connection that was being made as the stop began
            return
        try:
            await self._app(scope, receive, send)
        except asyncio.CancelledError:
            # Only a stop cancels requests; uvicorn would log it as a failure of the application.
            if not self.over.is_set():
                raise

    async def _hang_up(self, client: tuple[str, int]) -> None:
        for connection in list(self.server_state.connections):
            if connection.transport.get_extra_info("peername") == client:
                connection.transport.abort()
        await asyncio.sleep(0)  # the connection is marked as lost before the request ends
