"""How the practice store misbehaves."""

import gzip
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from random import Random

from starlette.responses import HTMLResponse, JSONResponse, Response


class Wall(StrEnum):
    """The three faces of the bot wall."""

    #: 403 with the addresses of a captcha.
    JSON_403 = "json403"
    #: A challenge page where JSON is due, with status 200.
    HTML_200 = "html200"
    #: Status 435 with a block script.
    STATUS_435 = "435"


class Drop(StrEnum):
    """When the connection is cut instead of an answer."""

    #: Nothing was done.
    BEFORE = "before"
    #: It was done (an order is placed), and the caller does not learn of it.
    AFTER = "after"


class Packing(StrEnum):
    """How the bodies of answers are packed, well or badly."""

    #: As clients ask for it.
    GZIP = "gzip"
    #: Packed once more, which no client asked for.
    TWICE = "gzip twice"
    #: A small body that fills the memory when it is unpacked.
    BOMB = "bomb"
    #: It says that it is packed, and is not.
    BROKEN = "broken"


@dataclass(slots=True, kw_only=True)
class Faults:
    """What goes wrong with every call, until it is changed; a new one is a store in good health."""

    #: Seconds that each answer takes, and up to how many more by chance.
    latency: float = 0
    jitter: float = 0
    #: Calls are never answered.
    hang: bool = False
    drop: Drop | None = None
    #: A status to answer with instead, with an empty body: 429, 502, 503, 410, 401.
    status: int | None = None
    #: The Retry-After to go with it, in seconds or as a date.
    retry_after: int | str | None = None
    wall: Wall | None = None
    #: The body is cut-off JSON, with status 200.
    rubbish: bool = False
    packing: Packing | None = None
    #: The share of products that come without their fulfillment, in a 206.
    partial: float = 0
    #: Products that always come without their fulfillment.
    bare_tcins: Collection[str] = ()
    #: A bulk call that names one of these fails as a whole with a 500: one product's trouble.
    refuse_tcins: Collection[str] = ()
    #: Only paths that begin with this are affected.
    only: str = "/"
    #: For so many calls; None is until it is changed.
    times: int | None = None

    def take(self, path: str) -> "Faults":
        """What befalls this call, which uses up one of `times`."""
        if not path.startswith(self.only) or self.times == 0:
            return Faults()
        if self.times is not None:
            self.times -= 1
        return replace(self)

    def delay(self, chance: Random) -> float:
        return self.latency + chance.random() * self.jitter

    def bares(self, tcin: str, chance: Random) -> bool:
        """Whether this product comes without its fulfillment."""
        return chance.random() < self.partial or tcin in self.bare_tcins

    def refuses(self, tcins: Collection[str]) -> bool:
        return not set(self.refuse_tcins).isdisjoint(tcins)


def refusal(faults: Faults) -> Response | None:
    """What is answered in place of the shop, if anything."""
    if faults.wall is not None:
        return _WALLS[faults.wall]()
    if faults.status is not None:
        return Response(status_code=faults.status, headers=_retry_after(faults))
    if faults.rubbish:
        return Response('{"data": {"product_summ', media_type="application/json")
    return None if faults.packing in {None, Packing.GZIP} else _packed(faults.packing)


def _packed(packing: Packing | None) -> Response:
    said = "gzip, gzip" if packing is Packing.TWICE else "gzip"
    return Response(_bodies()[packing], media_type="application/json", headers={"Content-Encoding": said})


@cache
def _bodies() -> Mapping[Packing | None, bytes]:
    answer = b'{"data": {"product_summaries": []}}'
    return {
        Packing.TWICE: gzip.compress(gzip.compress(answer)),
        Packing.BOMB: gzip.compress(bytes(_BOMB_UNPACKED)),
        Packing.BROKEN: answer,
    }


def _retry_after(faults: Faults) -> dict[str, str]:
    return {} if faults.retry_after is None else {"Retry-After": str(faults.retry_after)}


#: As large as a bomb becomes, in bytes.
_BOMB_UNPACKED = 64 * 2**20


def _captcha() -> Response:
    address = "/captcha?uuid=0f0e0d0c"
    return JSONResponse({"captchaRelativeURL": address, "captchaAbsoluteURL": f"https://captcha.invalid{address}"}, 403)


def _challenge_page() -> Response:
    return HTMLResponse(
        "<!doctype html><title>Access denied</title><h1>Press &amp; Hold to confirm you are a human</h1>"
        '<div id="px-captcha"></div>'
    )


def _block_script() -> Response:
    return JSONResponse({"appId": "PXpractice", "blockScript": "/PXpractice/captcha.js", "uuid": "0f0e0d0c"}, 435)


_WALLS: Mapping[Wall, Callable[[], Response]] = {
    Wall.JSON_403: _captcha,
    Wall.HTML_200: _challenge_page,
    Wall.STATUS_435: _block_script,
}
