"""The Bot API on the wire: bodies in, JSON out, and whatever goes wrong in between."""

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from urllib.parse import urlsplit

import httpx
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from sandbox.bot_api import BotApi
from sandbox.bot_params import Params, Upload, read_params
from sandbox.chat_faults import ChatFaults, CutOff, Loss, WrongAnswer
from sandbox.chat_model import BotCall, Json, Limits, Refused, bad_request
from sandbox.flood_control import FloodControl
from sandbox.serving import HANG_UP

_TOKEN = re.compile(r"[0-9]{5,}:[A-Za-z0-9_-]{30,}")
#: What counts against Telegram's pace.
_COUNTED = {
    "sendmessage",
    "sendphoto",
    "senddocument",
    "editmessagetext",
    "editmessagecaption",
    "editmessagereplymarkup",
}
_GATEWAY_PAGE = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>nginx</body>\r\n</html>\r\n"
#: The status of a call whose connection was cut.
_NO_STATUS = 0
_FETCH_S = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class _Outcome:
    status: int
    body: Json | None = None
    #: Whether the method was done, whatever the bot learns of it.
    done: bool
    #: The connection is not even cut: the bot waits until it gives up.
    silent: bool = False
    #: Stands in the place of the answer.
    wrong: WrongAnswer | None = None

    async def deliver(self, request: Request) -> Response:
        if self.wrong is not None:
            return Response(self.wrong.body, self.status, self.wrong.headers, media_type="application/json")
        if self.status == 502:
            return HTMLResponse(_GATEWAY_PAGE, self.status)
        if self.status != _NO_STATUS:
            return JSONResponse(self.body, self.status)
        if self.silent:
            await request.receive()  # comes back when the bot has hung up
        await request.scope[HANG_UP]()
        return Response()


class BotHttp:
    """Answers `/bot<token>/<method>` and keeps the list of calls."""

    def __init__(self, api: BotApi, faults: ChatFaults, *, on_call: Callable[[], None], token: str) -> None:
        self._api = api
        self._faults = faults
        self._on_call = on_call
        self._token = token
        self._flood_control = FloodControl(now=_now)
        self.limits: Limits | None = None
        self.calls: list[BotCall] = []

    async def answer(self, request: Request) -> Response:
        """The endpoint: one call, which is in the list once its outcome is known."""
        at, method = _now(), request.path_params["method"]
        try:
            params = await _params_of(request)
        except Refused as refusal:
            return await _refused(refusal).deliver(request)
        outcome = await self._outcome(request.path_params["token"], method, params)
        call = BotCall(
            at=at,
            method=method,
            params=params.values,
            chat_id=params.chat_id(),
            status=outcome.status,
            ok=outcome.done,
        )
        self.calls.append(call)
        self._on_call()
        return await outcome.deliver(request)

    async def _outcome(self, token: str, method: str, params: Params) -> _Outcome:
        if (wrong := self._faults.take_answer(method)) is not None:
            return _Outcome(status=wrong.status, done=False, wrong=wrong)
        try:
            loss = await self._before(token, method, params)
            result = await self._api.call(method, await _fetched(params))
        except Refused as refusal:
            return _refused(refusal)
        except CutOff as cut:
            return _Outcome(status=_NO_STATUS, done=False, silent=cut.silent)
        if loss is not None:
            return _Outcome(status=_NO_STATUS, done=True, silent=loss.silent)
        return _Outcome(status=200, body={"ok": True, "result": result}, done=True)

    async def _before(self, token: str, method: str, params: Params) -> Loss | None:
        """What befalls the call before anything is done; returns how its answer will be lost, if it will be."""
        self._faults.check_line()
        self._check_token(token)
        await asyncio.sleep(self._faults.slow)
        loss = self._faults.take_loss(method)
        if loss is not None and not loss.done:
            raise CutOff(silent=loss.silent)
        self._faults.check_method(method)
        if method.lower() in _COUNTED:
            self._check_flood(params.chat_id() or 0)
        return loss

    def _check_token(self, token: str) -> None:
        if not _TOKEN.fullmatch(token):
            raise Refused(404, "Not Found")
        if token != self._token:
            raise Refused(401, "Unauthorized")

    def _check_flood(self, chat_id: int) -> None:
        self._faults.check_flood(chat_id)
        if self.limits is not None:
            self._flood_control.check(self.limits, chat_id)


def _now() -> float:
    return asyncio.get_running_loop().time()


def _refused(refusal: Refused) -> _Outcome:
    body: Json = {"ok": False, "error_code": refusal.code, "description": refusal.description}
    if refusal.parameters:
        body["parameters"] = refusal.parameters
    return _Outcome(status=refusal.code, body=body, done=False)


async def _params_of(request: Request) -> Params:
    return read_params(request.url.query, request.headers.get("content-type", ""), await request.body())


async def _fetched(params: Params) -> Params:
    """The call with the picture or file that it names by a web address, as Telegram itself goes and gets it."""
    for kind in ("photo", "document"):
        address = params.text(kind)
        if address.startswith(("http://", "https://")):
            return replace(params, values={**params.values, kind: ""}, files={kind: await _fetch(address)})
    return params


async def _fetch(address: str) -> Upload:
    try:
        async with httpx.AsyncClient(timeout=_FETCH_S, follow_redirects=True) as client:
            answer = (await client.get(address)).raise_for_status()
    except httpx.HTTPError as error:
        raise bad_request("failed to get HTTP URL content") from error
    mime = answer.headers.get("content-type", "application/octet-stream").partition(";")[0]
    return Upload(name=PurePosixPath(urlsplit(address).path).name or "file", mime=mime, content=answer.content)
