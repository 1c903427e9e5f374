"""The web side: health and status as JSON. It only reads, and taking it away stops nothing."""

import asyncio
import contextlib
import hmac
import logging
import math
import re
import socket
from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
from functools import partial
from ipaddress import ip_address
from typing import cast
from urllib.parse import urlsplit

import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse

from bot.health import HealthMonitor
from bot.web.connections import BACKLOG, BoundedConnection, Bounds, most_connections
from config.settings import HttpSettings, is_loopback

log = logging.getLogger(__name__)

#: An address that can't be had is tried again after this.
AGAIN = timedelta(seconds=2)

Next = Callable[[Request], Awaitable[Response]]

_HOST = re.compile(r"(?:\[(?P<address>[0-9A-Fa-f:.]+)\]|(?P<name>[A-Za-z0-9._-]+))(?::[0-9]*)?")
_NOT_OURS = "this name is not known here; STOCKBELL_HTTP__PUBLIC_URL may tell it"


class KnownHosts:
    """The names by which the web side may be asked for.

    A page elsewhere can have its own name lead to this machine, and so would read what it is answered; it can take no
    other name.
    """

    def __init__(self, settings: HttpSettings) -> None:
        own = settings.host if _is_address(settings.host) else None
        public = urlsplit(settings.public_url).hostname if settings.public_url else None
        self._names = {_one_form(name) for name in (own, public) if name is not None}

    def holds(self, header: str) -> bool:
        """Whether a Host header names one of them, at whatever port."""
        named = _HOST.fullmatch(header)
        name = _one_form(named["address"] or named["name"]) if named else ""
        return is_loopback(name) or name in self._names


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _one_form(host: str) -> str:
    """An address of the sixth version has many."""
    return str(ip_address(host)) if _is_address(host) else host.lower()


class Web:
    def __init__(self, settings: HttpSettings, *, health: HealthMonitor, bounds: Bounds | None = None) -> None:
        self._settings = settings
        self._health = health
        self._hosts = KnownHosts(settings)
        self._bounds = bounds or Bounds(most=most_connections())

    async def run(self) -> None:
        """Serve until cancelled, once the address is free: a port that is taken stops nothing else."""
        with contextlib.closing(await self._bound()) as bound:
            host, port = bound.getsockname()[:2]
            log.info("web.listening", extra={"url": f"http://{host}:{port}"})
            await _Server(_configure(self._app(), self._bounds)).serve(sockets=[bound])

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

    def _app(self) -> FastAPI:
        app = FastAPI(title="Stockbell", openapi_url=None)
        app.middleware("http")(self._only_who_may)
        app.add_api_route("/health", self._report_health)
        app.add_api_route("/api/status", self._health.status)
        return app

    async def _only_who_may(self, request: Request, call_next: Next) -> Response:
        if not self._hosts.holds(request.headers.get("host", "")):
            return JSONResponse({"detail": _NOT_OURS}, status_code=421)
        if not self._has_token(request.headers.get("authorization", "")):
            needed = {"WWW-Authenticate": "Bearer"}
            return JSONResponse({"detail": "a bearer token is needed"}, status_code=401, headers=needed)
        return await call_next(request)

    def _has_token(self, authorization: str) -> bool:
        """Whether it is `Bearer` and the token, where there is one."""
        token = self._settings.token
        if token is None:
            return True
        scheme, _, given = authorization.partition(" ")
        matches = hmac.compare_digest(given.strip().encode(), token.get_secret_value().encode())
        return matches and scheme.lower() == "bearer"

    async def _report_health(self) -> JSONResponse:
        report = await self._health.report()
        return JSONResponse(
            {"status": report.status, "reasons": list(report.reasons)},
            status_code=503 if report.status == "unhealthy" else 200,
        )


def _configure(app: FastAPI, bounds: Bounds) -> uvicorn.Config:
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

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        serving = asyncio.ensure_future(super().serve(sockets=sockets))
        try:
            await asyncio.shield(serving)
        except asyncio.CancelledError:
            self.should_exit = True
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
