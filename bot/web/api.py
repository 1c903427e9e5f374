"""What programs read: how everything stands, and the journal as it goes on."""

from typing import Annotated

import msgspec
from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse

from bot.health import HealthMonitor
from bot.web.guard import visitor_of
from bot.web.shapes import ErrorShape, FullSyncShape, HealthShape, StatusShape, SyncShape
from bot.web.stream.streams import AGAIN_S, ServiceEnding, Stream, Streams, TooManyReaders, parse_asked
from bot.web.sync import FullSync
from bot.web.validation import SyncCheck

JSON = "application/json"
#: An event of the stream, as it is described.
STREAMED = {
    "type": "object",
    "properties": {
        "event": {"type": "string", "description": "Its kind; `reset` for who can't go on, `beat` as a sign of life."},
        "id": {"type": "string", "description": "Its `seq`; a sign of life has none."},
        "data": {"type": "string", "contentMediaType": JSON, "description": "The event as the journal holds it."},
    },
    "required": ["event", "data"],
}


class Api:
    def __init__(self, *, health: HealthMonitor, sync: FullSync, check: SyncCheck, streams: Streams) -> None:
        self._health = health
        self._sync = sync
        self._check = check
        self._streams = streams

    @property
    def router(self) -> APIRouter:
        router = APIRouter()
        router.add_api_route(
            "/health", self._report_health, response_model=HealthShape, responses={503: {"model": HealthShape}}
        )
        router.add_api_route("/api/status", self._status, response_model=StatusShape)
        router.add_api_route("/api/full-sync", self._full_sync, response_model=FullSyncShape)
        router.add_api_route("/api/validate-sync", self._validate_sync, response_model=SyncShape)
        router.add_api_route(
            "/api/stream",
            self._stream,
            response_class=StreamingResponse,  # one of its own would be taken for a generator's
            responses={
                200: {"content": {Stream.media_type: {"itemSchema": STREAMED}}},
                503: {"model": ErrorShape},
            },
        )
        return router

    async def _report_health(self) -> Response:
        """How the service is, and why."""
        report = await self._health.report()
        return JSONResponse(
            {"status": report.status, "reasons": list(report.reasons)},
            status_code=503 if report.status == "unhealthy" else 200,
        )

    async def _status(self) -> Response:
        """How everything stands."""
        return Response(msgspec.json.encode(await self._health.status()), media_type=JSON)

    async def _full_sync(self) -> Response:
        """How everything stands, with the last 50 events, as one transaction reads them."""
        return Response(await self._sync.read(), media_type=JSON)

    async def _validate_sync(self) -> Response:
        """Whether all that was told is where the journal is."""
        return Response((await self._check.check()).encode(), media_type=JSON)

    async def _stream(
        self,
        request: Request,
        after: Annotated[str | None, Query(description="The `seq` of the last event that is known; 0 for all.")] = None,
        beat: Annotated[bool, Query(description="Signs of life as events of their own.")] = False,  # noqa: FBT002  as in the address
        last_event_id: Annotated[str | None, Header(description="As `after`, and before it.")] = None,
    ) -> Response:
        """The journal as it goes on, as server-sent events."""
        asked = parse_asked(last_event_id, after, beats=beat)
        try:
            return await self._streams.open(asked, is_welcome=visitor_of(request.scope).is_welcome)
        except TooManyReaders:
            why = "too many read already"
        except ServiceEnding:
            why = "the service ends"
        return JSONResponse({"detail": why}, status_code=503, headers={"Retry-After": str(AGAIN_S)})
