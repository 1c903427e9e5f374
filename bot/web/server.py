"""The web side: health and status as JSON. It only reads, and taking it away stops nothing."""

import asyncio
import contextlib
import hmac
import logging
import socket
from collections.abc import Awaitable, Callable, Iterator

import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse

from bot.health import HealthMonitor
from config.settings import HttpSettings

log = logging.getLogger(__name__)

Next = Callable[[Request], Awaitable[Response]]


class Web:
    def __init__(self, settings: HttpSettings, *, health: HealthMonitor) -> None:
        self._settings = settings
        self._health = health

    async def run(self) -> None:
        """Serve until cancelled. Raises OSError: the port is taken."""
        with contextlib.closing(_bind(self._settings.host, self._settings.port)) as bound:
            host, port = bound.getsockname()[:2]
            log.info("web.listening", extra={"url": f"http://{host}:{port}"})
            server = _Server(
                uvicorn.Config(
                    self._app(), log_config=None, access_log=False, lifespan="off", timeout_graceful_shutdown=1
                )
            )
            await server.serve(sockets=[bound])

    def _app(self) -> FastAPI:
        app = FastAPI(title="Stockbell", openapi_url=None)
        app.middleware("http")(self._only_with_token)
        app.add_api_route("/health", self._report_health)
        app.add_api_route("/api/status", self._health.status)
        return app

    async def _only_with_token(self, request: Request, call_next: Next) -> Response:
        token = self._settings.token
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
        if token is not None and not hmac.compare_digest(given.encode(), token.get_secret_value().encode()):
            return JSONResponse({"detail": "a bearer token is needed"}, status_code=401)
        return await call_next(request)

    async def _report_health(self) -> JSONResponse:
        report = await self._health.report()
        return JSONResponse(
            {"status": report.status, "reasons": list(report.reasons)},
            status_code=503 if report.status == "unhealthy" else 200,
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


def _bind(host: str, port: int) -> socket.socket:
    """Our own socket: uvicorn would end the process when the port is taken. Naming TCP lets asyncio set TCP_NODELAY."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
    except OSError:
        bound.close()
        raise
    return bound
