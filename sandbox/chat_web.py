"""The chat page: its files, what it shows, live, and what can be done from it."""

import json
from collections.abc import AsyncGenerator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from sandbox.bot_api import BotApi
from sandbox.chat_crowd import Crowd
from sandbox.chat_faults import ChatFaults
from sandbox.chat_model import Attachment, CallbackAnswer, Json, Message, News, Panel, Refused
from sandbox.clock import clock
from sandbox.conversations import Conversation, Conversations, ShownKeyboard
from sandbox.telegram_json import entity_json

_FILES: Final = Path(__file__).parent / "chat_page"
#: Whatever a message says, the page runs nothing but its own files, and loads no more than pictures of this machine.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' http://127.0.0.1:*; connect-src 'self'; "
    "base-uri 'none'"
)
_HEADERS = {"Content-Security-Policy": _POLICY, "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}
_SLOW_S = 3.0
_LONG_S = 24 * 3600


class ChatWeb:
    """The page at `/` and what it asks for."""

    def __init__(
        self,
        talks: Conversations,
        api: BotApi,
        crowd: Crowd,
        faults: ChatFaults,
        panel: Panel | None,
        *,
        username: str,
    ) -> None:
        self._talks = talks
        self._api = api
        self._crowd = crowd
        self._faults = faults
        self._panel = panel
        self._username = username

    def routes(self) -> list[BaseRoute]:
        acts = {"say": self._say, "press": self._press, "block": self._block, "fault": self._fault, "act": self._act}
        return [
            Route("/", _index),
            Mount("/page/static", StaticFiles(directory=_FILES)),
            Route("/page/events", self._events),
            Route("/page/files/{chat:int}/{message:int}", self._file),
            *(Route(f"/page/{name}", act, methods=["POST"]) for name, act in acts.items()),
        ]

    # -- what it shows ------------------------------------------------------------------------------------------------

    async def _events(self, _: Request) -> Response:
        headers = _HEADERS | {"X-Accel-Buffering": "no"}
        return StreamingResponse(self._stream(), media_type="text/event-stream", headers=headers)

    async def _stream(self) -> AsyncGenerator[str]:
        """All there is, then all that is new; the feed is opened first, so that nothing falls in between."""
        feed = self._talks.feed.read()
        yield _event("overview", self._overview())
        yield _event("messages", [_message(one) for talk in self._talks for one in talk.messages.values()])
        async for one in feed:
            match one:
                case News():
                    yield _event("news", self._news(one))
                case CallbackAnswer():
                    yield _event("answer", {"query": one.query_id, "text": one.text, "alert": one.alert})
                case _:
                    yield _event("overview", self._overview())

    def _news(self, news: News) -> Json:
        pins = self._talks.get(news.chat_id).pins
        return {"what": news.what, "chat": news.chat_id, "pins": pins, "message": _message(news.message)}

    def _overview(self) -> Json:
        return {
            "bot": self._username,
            "clockAhead": _offset_minutes(),
            "people": [{"id": one.id, "name": one.first_name, "role": one.role} for one in self._talks.people.values()],
            "chats": [self._chat(talk) for talk in self._talks if talk.migrated_to is None],
            "faults": {
                "down": self._faults.down,
                "slow": self._faults.slow > 0,
                "flood": self._faults.flooded,
                "token": self._faults.token_refused,
                "gateway": self._faults.bad_gateway,
            },
            "shop": None if self._panel is None else self._panel.show(),
        }

    def _chat(self, talk: Conversation) -> Json:
        return {
            "id": talk.id,
            "kind": talk.kind,
            "title": talk.title,
            "started": talk.started,
            "shut": talk.shut,
            "threads": sorted(talk.threads),
            "pins": talk.pins,
            "keyboards": {str(person or "all"): _keyboard(shown) for person, shown in talk.keyboards.items()},
            "menu": [{"command": one.command, "description": one.description} for one in self._api.menus.menu(talk)],
        }

    async def _file(self, request: Request) -> Response:
        talk = self._talk(request.path_params["chat"])
        message = talk.messages.get(request.path_params["message"])
        if message is None or message.file is None:
            raise HTTPException(404)
        return Response(message.file.content, headers=_HEADERS | _disposition(message.file))

    # -- what can be done from it -------------------------------------------------------------------------------------

    async def _say(self, request: Request) -> Response:
        body = await _body(request)
        talk = self._talk(int(body["chat"]))
        if text := str(body["text"]).strip():
            thread, reply = body.get("thread"), body.get("reply")
            self._crowd.say(int(body["person"]), text, chat=talk.id, thread=thread, reply_to=reply)
        return Response(status_code=204)

    async def _press(self, request: Request) -> Response:
        body = await _body(request)
        talk = self._talk(int(body["chat"]))
        _, query = self._crowd.ask(int(body["person"]), int(body["message"]), str(body["data"]), chat=talk.id)
        return JSONResponse({"query": query})

    async def _block(self, request: Request) -> Response:
        body = await _body(request)
        talk = self._talk(int(body["chat"]))
        (self._crowd.block if body["on"] else self._crowd.unblock)(talk.id)
        return Response(status_code=204)

    async def _fault(self, request: Request) -> Response:
        body = await _body(request)
        on = bool(body["on"])
        match body["name"]:
            case "down":
                self._faults.down = on
            case "slow":
                self._faults.slow = _SLOW_S if on else 0
            case "flood":
                self._faults.flood(None, seconds=_LONG_S if on else 0)
            case "token":
                self._faults.token_refused = on
            case "gateway":
                self._faults.bad_gateway = on
        self._talks.tell_overview()
        return Response(status_code=204)

    async def _act(self, request: Request) -> Response:
        body = await _body(request)
        if self._panel is None:
            raise HTTPException(404)
        try:
            self._panel.act(str(body["name"]), body)
        except (LookupError, ValueError) as error:
            raise HTTPException(400) from error
        self._talks.tell_overview()
        return Response(status_code=204)

    def _talk(self, chat_id: int) -> Conversation:
        try:
            return self._talks.get(chat_id)
        except Refused as refusal:
            raise HTTPException(404, refusal.description) from refusal


def _offset_minutes() -> int:
    """How far this machine's clock is ahead of UTC: the page tells its time, as the bot does."""
    return (clock().astimezone().utcoffset() or timedelta()) // timedelta(minutes=1)


async def _index(_: Request) -> Response:
    return FileResponse(_FILES / "index.html", headers=_HEADERS)


async def _body(request: Request) -> Mapping[str, Any]:
    # Another site's form can send anything but JSON here without the browser asking first.
    if not request.headers.get("content-type", "").startswith("application/json"):
        raise HTTPException(415)
    body: Mapping[str, Any] = await request.json()
    return body


def _event(name: str, body: object) -> str:
    return f"event: {name}\ndata: {json.dumps(body)}\n\n"


def _message(message: Message) -> Json:
    """The message as the page shows it; its texts are words and entities, never markup."""
    return {
        "id": message.message_id,
        "chat": message.chat_id,
        "at": int(message.at.timestamp() * 1000),
        "text": message.text,
        "entities": [entity_json(one) for one in message.entities],
        "buttons": [[{"text": one.text, "data": one.data, "url": one.url} for one in row] for row in message.buttons],
        "silent": message.silent,
        "pinned": message.pinned,
        "edits": message.edits,
        "bot": message.from_bot,
        "author": message.sender.first_name if message.sender else "",
        "person": message.sender.id if message.sender else None,
        "thread": message.thread,
        "reply": message.reply_to,
        "forwarded": "forward_origin" in message.more,
        "file": _file(message, message.file) if message.file else None,
        "preview": message.preview,
    }


def _keyboard(shown: ShownKeyboard | None) -> Json | None:
    if shown is None:
        return None
    keys = shown.keys
    return {
        "message": shown.message_id,
        "rows": keys.rows,
        "resize": keys.resize,
        "persistent": keys.persistent,
        "oneTime": keys.one_time,
        "placeholder": keys.placeholder,
    }


def _file(message: Message, file: Attachment) -> Json:
    return {
        "kind": file.kind,
        "name": file.name,
        "size": len(file.content),
        "width": file.width,
        "height": file.height,
        "url": f"/page/files/{message.chat_id}/{message.message_id}",
    }


def _disposition(file: Attachment) -> dict[str, str]:
    """Pictures are shown; any other file is only saved, so that none is run in the page's name."""
    if file.kind == "photo":
        return {"Content-Type": file.mime}
    name = json.dumps(file.name.encode("ascii", "replace").decode())
    return {"Content-Type": "application/octet-stream", "Content-Disposition": f"attachment; filename={name}"}
