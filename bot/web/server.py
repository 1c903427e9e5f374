"""The web side's server. It only reads, and taking it away stops nothing."""

import asyncio
import contextlib
import logging
import math
import socket
from collections.abc import Collection, Iterable, Iterator
from datetime import timedelta
from functools import partial
from importlib.metadata import version
from typing import cast

import uvicorn
from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import JSONResponse
from starlette.types import ASGIApp

from bot.web.connections import BACKLOG, BoundedConnection, Bounds
from bot.web.guard import Authenticator, Guard
from bot.web.hosts import KnownHosts
from bot.web.shapes import ErrorShape
from bot.web.stream.streams import AGAIN_S
from config.database import DatabaseUnusable
from config.settings import HttpSettings

log = logging.getLogger(__name__)

#: An address that can't be had is tried again after this.
AGAIN = timedelta(seconds=2)


class Web:
    """Serves these routes to who may ask for them."""

    def __init__(
        self,
        settings: HttpSettings,
        *,
        routers: Iterable[APIRouter],
        hosts: KnownHosts,
        authenticator: Authenticator,
        bounds: Bounds,
    ) -> None:
        self._settings = settings
        self._routers = tuple(routers)
        self._hosts = hosts
        self._authenticator = authenticator
        self._bounds = bounds
        self._server: _Server | None = None

    @property
    def connections(self) -> Collection[BoundedConnection]:
        """Those that are there now."""
        return () if self._server is None else self._server.connections

    async def run(self) -> None:
        """Serve until cancelled, once the address is free: a port that is taken stops nothing else."""
        with contextlib.closing(await self._bound()) as bound:
            host, port = bound.getsockname()[:2]
            log.info("web.listening", extra={"url": f"http://{host}:{port}"})
            self._server = _Server(_configure(self._app(), self._bounds))
            await self._server.serve(sockets=[bound])

    async def _bound(self) -> socket.socket:
        """Our own socket; in a line of the log, once for each reason, why there is none yet."""
        last: str | None = None
        while True:
            try:
                return _bind(self._settings.host, self._settings.port)
            except (OSError, UnicodeError) as error:
                why = _why_not_served(self._settings, error)
            if why != last:
                log.error("web.not_served", extra={"why": why})
            last = why
            await asyncio.sleep(AGAIN.total_seconds())

    def _app(self) -> ASGIApp:
        # What is described is read by programs, as JSON; pages that show it would need scripts from elsewhere.
        app = FastAPI(
            title="Stockbell",
            version=version("stockbell"),
            openapi_url="/api/openapi.json",
            docs_url=None,
            redoc_url=None,
            responses={401: {"model": ErrorShape}, 421: {"model": ErrorShape}, 503: {"model": ErrorShape}},
        )
        for trouble in (DatabaseUnusable, TimeoutError):
            app.add_exception_handler(trouble, _tell_trouble)
        for router in self._routers:
            app.include_router(router)
        return Guard(app, hosts=self._hosts, authenticator=self._authenticator)


async def _tell_trouble(_request: Request, error: Exception) -> Response:
    """What is asked for can't be read now: who asks may ask again, and /health says more."""
    why = str(error) or "the database does not answer"
    return JSONResponse({"detail": why}, status_code=503, headers={"Retry-After": str(AGAIN_S)})


def _configure(app: ASGIApp, bounds: Bounds) -> uvicorn.Config:
    connection = cast("type[asyncio.Protocol]", partial(BoundedConnection, bounds))  # uvicorn only calls it
    return uvicorn.Config(
        app,
        http=connection,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        backlog=BACKLOG,
        timeout_keep_alive=math.ceil(bounds.idle.total_seconds()),
        timeout_graceful_shutdown=1,
    )


class _Server(uvicorn.Server):
    """Leaves signals to the service, and ends itself when its task is cancelled."""

    @property
    def connections(self) -> Collection[BoundedConnection]:
        return cast("Collection[BoundedConnection]", self.server_state.connections)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        serving = asyncio.ensure_future(super().serve(sockets=sockets))
        try:
            await asyncio.shield(serving)
        except asyncio.CancelledError:
            self.should_exit = True
            for connection in self.connections:
                connection.leave_unread()
            await serving
            raise


def _why_not_served(settings: HttpSettings, error: OSError | UnicodeError) -> str:
    why = getattr(error, "strerror", None) or str(error)
    return f"{settings.host}, port {settings.port}: {why}; STOCKBELL_HTTP__HOST and STOCKBELL_HTTP__PORT say where"


def _bind(host: str, port: int) -> socket.socket:
    """Our own socket: uvicorn would end the process when the port is taken. Naming TCP lets asyncio set TCP_NODELAY."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
    except (OSError, UnicodeError):
        bound.close()
        raise
    return bound
