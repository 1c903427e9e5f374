"""Who may ask, and what every answer says to browsers.

Plain ASGI: what is asked and answered passes through untouched, so that a reader that leaves is noticed at once.
"""

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.access.browsers import Browsers
from bot.commands.browsing.handlers import SIGN_IN
from bot.web.hosts import KnownHosts
from bot.web.sign_in.cookies import read_cookies
from bot.web.sign_in.pages import NOT_SIGNED_IN
from config.settings import HttpSettings

_NOT_OURS = "this name is not known here; STOCKBELL_HTTP__PUBLIC_URL may tell it"

#: Nothing from elsewhere, nothing inline, and no frame around it.
CONTENT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_SAFETY = {
    "content-security-policy": CONTENT_POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
}
#: What anybody may ask for: the way in, and files that are in everybody's hands.
_OPEN = (SIGN_IN, "/static/")
#: Unless the answer says something else.
_NO_STORE = "no-store"


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Who asks, as far as anybody needs to know it: whether it may still read."""

    is_welcome: Callable[[], bool]


def visitor_of(scope: Scope) -> Visitor:
    """Who asks this."""
    visitor: Visitor = scope["state"]["visitor"]
    return visitor


class Authenticator:
    """Knows who may read: whoever has the token, browsers that are signed in, and everybody where there is no token."""

    def __init__(self, settings: HttpSettings, browsers: Browsers) -> None:
        self._token = None if settings.token is None else settings.token.get_secret_value().encode()
        self._browsers = browsers

    def find(self, headers: Headers) -> Visitor | None:
        """Who asks with these headers; None where it may not."""
        if self._token is None or self._is_token(headers.get("authorization", "")):
            return Visitor(is_welcome=lambda: True)
        for cookie in read_cookies(headers):
            browser = self._browsers.find(cookie)
            if browser is not None:
                return Visitor(is_welcome=partial(self._browsers.is_signed_in, browser))
        return None

    def _is_token(self, authorization: str) -> bool:
        """Whether it is `Bearer` and the token."""
        scheme, _, given = authorization.partition(" ")
        matches = self._token is not None and hmac.compare_digest(given.strip().encode(), self._token)
        return matches and scheme.lower() == "bearer"


class Guard:
    """Lets through who may ask, for a name of ours."""

    def __init__(self, app: ASGIApp, *, hosts: KnownHosts, authenticator: Authenticator) -> None:
        self._app = app
        self._hosts = hosts
        self._authenticator = authenticator

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        headers = Headers(scope=scope)
        await self._answering(headers, scope)(scope, receive, _safely(send))

    def _answering(self, headers: Headers, scope: Scope) -> ASGIApp:
        if not self._hosts.holds(headers.get("host", "")):
            return JSONResponse({"detail": _NOT_OURS}, status_code=421)
        path = str(scope["path"])
        if path.startswith(_OPEN):
            return self._app
        visitor = self._authenticator.find(headers)
        if visitor is None:
            return _unknown(path)
        scope.setdefault("state", {})["visitor"] = visitor
        return self._app


def _unknown(path: str) -> Response:
    needed = {"WWW-Authenticate": "Bearer"}
    if path == "/":
        return HTMLResponse(NOT_SIGNED_IN, status_code=401, headers=needed)
    return JSONResponse({"detail": "a bearer token is needed"}, status_code=401, headers=needed)


def _safely(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in _SAFETY.items():
                headers.setdefault(name, value)
            headers.setdefault("cache-control", _NO_STORE)
        await send(message)

    return sending
