"""A practice Telegram: a real Bot API server, people who talk to the bot, and a chat page in the browser."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager, suppress

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from sandbox.bot_api import BotApi
from sandbox.bot_http import BotHttp
from sandbox.chat_crowd import Crowd
from sandbox.chat_faults import ChatFaults
from sandbox.chat_model import (
    BotCall,
    Button,
    CallbackAnswer,
    Group,
    Json,
    Kind,
    Limits,
    Message,
    News,
    Panel,
    Person,
    ReplyKeyboard,
)
from sandbox.chat_updates import Updates
from sandbox.chat_web import ChatWeb
from sandbox.clock import clock
from sandbox.conversations import Conversation, Conversations
from sandbox.serving import serve

__all__ = [
    "BotCall",
    "Button",
    "CallbackAnswer",
    "ChatFaults",
    "Group",
    "Kind",
    "Limits",
    "Message",
    "News",
    "Panel",
    "Person",
    "PracticeChat",
    "ReplyKeyboard",
]

#: Opens nothing but a practice chat.
PRACTICE_TOKEN = "1234567890:AAPracticePracticePracticePractice_"  # noqa: S105

_ADA = Person(id=1001, first_name="Ada")


class PracticeChat(Crowd):
    """Telegram as one bot and its people see it.

    All of it lives on the event loop that serves it: call it from there alone.
    """

    def __init__(
        self,
        *,
        token: str = PRACTICE_TOKEN,
        people: Iterable[Person] = (_ADA,),
        groups: Iterable[Group] = (),
        panel: Panel | None = None,
    ) -> None:
        bot: Json = {
            "id": int(token.partition(":")[0]),
            "is_bot": True,
            "first_name": "Stockbell",
            "username": "stockbell_practice_bot",
        }
        talks, updates = Conversations(people, groups), Updates(start=clock())
        self.token = token
        self.faults = ChatFaults(now=_now, on_change=talks.tell_overview)
        api = BotApi(talks, updates, bot, check_line=self.faults.check_line)
        super().__init__(talks, updates, api, bot)
        self._http = BotHttp(api, self.faults, on_call=talks.changes.tell, token=token)
        self._web = ChatWeb(talks, api, self, self.faults, panel, username=bot["username"])

    @asynccontextmanager
    async def serve(self, *, host: str = "127.0.0.1", port: int = 0) -> AsyncGenerator[str]:
        """Serve the Bot API and the page, and yield their address; port 0 takes any free one."""
        routes = [
            Route("/bot{token}/{method}", self._http.answer, methods=["GET", "POST"]),
            Route("/bot{rest:path}", _nothing_here, methods=["GET", "POST"]),
            *self._web.routes(),
        ]
        async with serve(Starlette(routes=routes), host=host, port=port) as url:
            yield url

    @property
    def calls(self) -> list[BotCall]:
        """Every call of the Bot API that has ended, in that order."""
        return self._http.calls

    @property
    def limits(self) -> Limits | None:
        """Telegram's pace; None, as at first, lets everything through."""
        return self._http.limits

    @limits.setter
    def limits(self, limits: Limits | None) -> None:
        self._http.limits = limits

    @property
    def webhook(self) -> str:
        """A webhook that somebody left behind; while there is one, polling is refused with 409."""
        return self._api.webhook

    @webhook.setter
    def webhook(self, url: str) -> None:
        self._api.webhook = url

    def messages(self, chat_id: int) -> list[Message]:
        """What this chat shows now, in order."""
        return sorted(self._talks.get(chat_id).messages.values(), key=lambda message: message.message_id)

    def tell_overview(self) -> None:
        """The panel shows something new."""
        self._talks.tell_overview()

    def news(self) -> AsyncIterator[News]:
        """All that is new in any chat, from this call on."""
        return _only_news(self._talks.feed.read())

    async def until(self, predicate: Callable[[], object], timeout: float = 10) -> None:  # noqa: ASYNC109  part of the message
        """Wait until this holds; it is asked again on every change. A LookupError of it counts as not yet.

        Raises:
            TimeoutError: it did not in time; says what the chats show.
        """
        deadline = _now() + timeout
        while not _holds(predicate):
            if not await self._talks.changes.wait(deadline) and not _holds(predicate):
                raise TimeoutError(f"still not so after {timeout} s; the chats show:\n{self._shown()}")

    def _shown(self) -> str:
        return "\n".join(_transcript(talk) for talk in self._talks if talk.messages) or "(nothing)"


def _now() -> float:
    return asyncio.get_running_loop().time()


def _holds(predicate: Callable[[], object]) -> bool:
    with suppress(LookupError):
        return bool(predicate())
    return False


async def _only_news(feed: AsyncIterator[object]) -> AsyncIterator[News]:
    async for one in feed:
        if isinstance(one, News):
            yield one


def _transcript(talk: Conversation) -> str:
    lines = [f"  {message.message_id} {_author(message)}: {message.text!r}" for message in talk.messages.values()]
    return "\n".join([f"{talk.title} ({talk.id})", *lines])


def _author(message: Message) -> str:
    if message.from_bot:
        return "the bot"
    return message.sender.first_name if message.sender else "the channel"


async def _nothing_here(_: Request) -> JSONResponse:
    return JSONResponse({"ok": False, "error_code": 404, "description": "Not Found"}, 404)
