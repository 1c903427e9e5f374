"""What a browser asks for: the page, the files that it needs, and its state."""

import logging

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse

from bot.web.page.assets import load_assets
from bot.web.page.states import PageStates
from config.database import DatabaseUnusable

log = logging.getLogger(__name__)

#: A browser keeps the files, and asks whether they are still the same.
_FRESH = "no-cache"
#: How it stands can't be read now.
_UNREADABLE = (TimeoutError, DatabaseUnusable)
_WHY = "Stockbell can't read how it stands; /health tells why"


class PageRoutes:
    def __init__(self, states: PageStates) -> None:
        self._states = states

    @property
    def router(self) -> APIRouter:
        router = APIRouter(include_in_schema=False)
        router.add_api_route("/", self._page)
        router.add_api_route("/api/page", self._state)
        router.add_api_route("/static/{name}", self._asset)
        return router

    async def _page(self) -> Response:
        try:
            return HTMLResponse(await self._states.html())
        except _UNREADABLE as error:
            log.warning("page.unreadable", extra={"why": str(error)})
            return PlainTextResponse(_WHY, status_code=503)

    async def _state(self) -> Response:
        try:
            return Response(await self._states.json(), media_type="application/json")
        except _UNREADABLE as error:
            log.warning("page.unreadable", extra={"why": str(error)})
            return JSONResponse({"detail": _WHY}, status_code=503)

    async def _asset(self, name: str, request: Request) -> Response:
        asset = load_assets().get(name)
        if asset is None:
            return Response(status_code=404)
        headers = {"ETag": asset.etag, "Cache-Control": _FRESH}
        if request.headers.get("if-none-match") == asset.etag:
            return Response(status_code=304, headers=headers)
        return Response(asset.body, media_type=asset.media_type, headers=headers)
