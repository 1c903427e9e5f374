"""`GET /metrics`, for Prometheus and whoever reads as it does."""

import asyncio

from fastapi import APIRouter, Request, Response
from fastapi.responses import PlainTextResponse

from bot.web.metrics.figures import Figures
from bot.web.metrics.meter import Meter


def metrics_router(meter: Meter) -> APIRouter:
    """The route to what the meter measures."""
    router = APIRouter()

    @router.get("/metrics", response_class=PlainTextResponse)
    async def metrics(request: Request) -> Response:
        """Numbers for Prometheus, in its text or, where it takes that, in OpenMetrics."""
        figures, accept = await meter.measure(), request.headers.get("accept", "")
        text, content_type = await asyncio.to_thread(_write_out, figures, accept)
        return Response(text, headers={"Content-Type": content_type})

    return router


def _write_out(figures: Figures, accept: str) -> tuple[bytes, str]:
    from bot.web.metrics.exposition import write_out  # noqa: PLC0415  only who scrapes needs Prometheus' library

    return write_out(figures, accept=accept)
