"""A link that signs a browser in: its button spends it, looking at it does not, as whoever shows previews looks too."""

import logging
from pathlib import Path
from urllib.parse import urlsplit

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from bot.access.browsers import Browsers
from bot.commands.browsing.handlers import SIGN_IN
from bot.web.hosts import KnownHosts
from bot.web.sign_in.cookies import put_cookie
from bot.web.sign_in.pages import BUTTON, FROM_ELSEWHERE, GO_ON, USED_UP

log = logging.getLogger(__name__)

_STYLE = Path(__file__).parent / "style.css"
_DAY = "public, max-age=86400"


class SignInRoutes:
    def __init__(self, browsers: Browsers, *, hosts: KnownHosts, is_secure: bool) -> None:
        self._browsers = browsers
        self._hosts = hosts
        self._is_secure = is_secure

    @property
    def router(self) -> APIRouter:
        router = APIRouter(include_in_schema=False)
        router.add_api_route(f"{SIGN_IN}style.css", self._style)
        router.add_api_route(f"{SIGN_IN}{{token}}", self._show, methods=["GET"])
        router.add_api_route(f"{SIGN_IN}{{token}}", self._sign_in, methods=["POST"])
        return router

    async def _style(self) -> Response:
        return Response(_STYLE.read_bytes(), media_type="text/css", headers={"Cache-Control": _DAY})

    async def _show(self, token: str) -> Response:
        return HTMLResponse(BUTTON) if self._browsers.is_link(token) else HTMLResponse(USED_UP, status_code=410)

    async def _sign_in(self, token: str, request: Request) -> Response:
        if not self._is_own(request):
            return HTMLResponse(FROM_ELSEWHERE, status_code=403)
        cookie = await self._browsers.sign_in(token)
        if cookie is None:
            return HTMLResponse(USED_UP, status_code=410)
        log.info("web.signed_in")
        answer = HTMLResponse(GO_ON)
        put_cookie(answer, cookie, is_secure=self._is_secure)
        return answer

    def _is_own(self, request: Request) -> bool:
        """Whether the button was on a page of ours, as far as the browser tells."""
        origin = request.headers.get("origin")
        return origin is None or self._hosts.holds(urlsplit(origin).netloc)
