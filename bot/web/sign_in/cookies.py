"""The cookie of a browser that is signed in."""

from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.responses import Response

from bot.access.browsers import BROWSER_HOLDS

_PLAIN = "stockbell"
#: Browsers keep a cookie of such a name only where it is secure and for this host alone.
_SECURE = "__Host-stockbell"


def read_cookies(headers: Headers) -> list[str]:
    """What a browser sent that may be ours."""
    sent = cookie_parser(headers.get("cookie", ""))
    return [sent[name] for name in (_SECURE, _PLAIN) if name in sent]


def put_cookie(response: Response, cookie: str, *, is_secure: bool) -> None:
    response.set_cookie(
        _SECURE if is_secure else _PLAIN,
        cookie,
        max_age=int(BROWSER_HOLDS.total_seconds()),
        path="/",
        secure=is_secure,
        httponly=True,
        samesite="strict",
    )
