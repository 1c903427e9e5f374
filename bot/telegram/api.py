"""The Bot API, in our terms: what can be sent, and what can go wrong with it.

TelegramTrouble
  * Flooded         certainly not delivered: this chat must wait
  * ChatMoved       certainly not delivered: the group became a supergroup with another id
  * ChatClosed      certainly not delivered, nor will anything be: blocked, kicked, or never started
  * TopicGone       certainly not delivered: the topic was closed or deleted, while the chat still takes messages
  * Rejected        certainly not delivered, nor will this ever be: the message itself is wrong
  * Unreachable     certainly not delivered: nobody answered; try again
  * Uncertain       perhaps delivered: the answer was lost
  * TokenRefused    nothing will work with this token
  * OtherPoller     another program polls with this token
"""

import asyncio
import os
import re
import warnings
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx
import telegram
from telegram import error as errors
from telegram.constants import ChatAction
from telegram.request import HTTPXRequest
from telegram.warnings import PTBUserWarning

from bot.telegram.answers import read_answer, whole_number
from bot.text.buttons import PLACEHOLDER
from bot.text.draft import Button
from config.http import accepting, bounded
from config.settings import is_loopback

#: How long Telegram holds a poll open while there is nothing to tell.
POLL = timedelta(seconds=25)
#: How long an answer to anything else may take.
ANSWER = timedelta(seconds=15)
#: How long any call may take as a whole: an answer may come in drips, each of which is in time.
LONGEST_CALL = timedelta(seconds=60)
#: How long a picture may take: what follows it in its chat, a stop too, waits so long.
LONGEST_PICTURE = timedelta(seconds=20)
#: A hundred updates, each with the longest text in reply to another, are half of it.
LARGEST_ANSWER = 16 * 2**20
#: A connection is kept this long, so that an alert does not pay for a handshake.
KEEP_ALIVE = timedelta(minutes=5)

ALLOWED_UPDATES = ("message", "callback_query", "my_chat_member")


class TelegramTrouble(Exception):
    """Anything that keeps a call from succeeding."""


class Flooded(TelegramTrouble):
    def __init__(self, wait: timedelta) -> None:
        super().__init__(f"flood limit, wait {wait.total_seconds():.0f} s")
        self.wait = wait


class ChatMoved(TelegramTrouble):
    def __init__(self, chat: int) -> None:
        super().__init__(f"the group became supergroup {chat}")
        self.chat = chat


class ChatClosed(TelegramTrouble):
    pass


class TopicGone(TelegramTrouble):
    pass


class Rejected(TelegramTrouble):
    pass


class Unreachable(TelegramTrouble):
    pass


class Uncertain(TelegramTrouble):
    pass


class TokenRefused(TelegramTrouble):
    pass


class OtherPoller(TelegramTrouble):
    pass


def kind_of(trouble: type[TelegramTrouble]) -> str:
    """Its name in small letters, as in `chat_closed`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", trouble.__name__).lower()


@dataclass(frozen=True, slots=True, kw_only=True)
class Me:
    id: int
    username: str


class TelegramApi:
    """One bot's calls. Every method raises TelegramTrouble and nothing else for what the network or Telegram does."""

    def __init__(self, *, token: str, api_url: str, longest_picture: timedelta = LONGEST_PICTURE) -> None:
        self._longest_picture = longest_picture
        os.environ.setdefault("PTB_TIMEDELTA", "true")  # spans as timedelta, as the library's next version has them
        # `updates` has its reason: the library's own call stops at the first update that it can't parse.
        warnings.filterwarnings("ignore", message="Please use 'Bot.getUpdates'", category=PTBUserWarning)
        # What practises on this machine never leaves it, whatever proxy the environment names.
        by_proxy = not is_loopback(urlsplit(api_url).hostname or "")
        self._requests = (_request(32, by_proxy=by_proxy), _request(2, by_proxy=by_proxy))
        self._bot = telegram.Bot(
            token=token,
            base_url=f"{api_url}/bot",
            request=self._requests[0],
            get_updates_request=self._requests[1],
        )
        self._me: Me | None = None
        #: How often calls went wrong since the start, by how.
        self.errors = Counter(dict.fromkeys(map(kind_of, TelegramTrouble.__subclasses__()), 0))

    async def close(self) -> None:
        for request in self._requests:  # the library's own shutdown leaves them open where it never got an answer
            await request.shutdown()

    @property
    def known(self) -> Me | None:
        """Who the bot is, once Telegram has said so."""
        return self._me

    async def me(self) -> Me:
        """Who the bot is; this is the call that tells whether the token is right."""
        if self._me is None:
            async with self._called():
                user = await self._bot.get_me()
                self._me = Me(id=whole_number(user.id), username=str(user.username or ""))
        return self._me

    @asynccontextmanager
    async def _called(self, longest: timedelta = LONGEST_CALL) -> AsyncIterator[None]:
        """Around one call: what goes wrong with it is counted."""
        try:
            async with _translated(longest):
                yield
        except TelegramTrouble as trouble:
            self.errors[kind_of(type(trouble))] += 1
            raise

    async def forget_webhook(self) -> None:
        """Polling is refused while a webhook is set."""
        async with self._called():
            await self._bot.delete_webhook(drop_pending_updates=False)

    async def updates(self, *, offset: int | None) -> list[Any]:
        """The raw updates from `offset` on, held open until there is one; what is before it is acknowledged.

        Nobody has looked at them: anything may be among them.
        """
        arguments: dict[str, Any] = {"timeout": int(POLL.total_seconds()), "allowed_updates": list(ALLOWED_UPDATES)}
        if offset is not None:
            arguments["offset"] = offset
        async with self._called():
            raw = await self._bot.do_api_request(
                "getUpdates", api_kwargs=arguments, read_timeout=(POLL + ANSWER).total_seconds()
            )
        if not isinstance(raw, list):
            raise Unreachable("Telegram's updates can't be read")
        return raw

    def parse_update(self, raw: Any) -> telegram.Update:
        """Raises whatever the library raises for rubbish: the caller skips that update."""
        return telegram.Update.de_json(raw, self._bot)

    async def send(
        self,
        chat: int,
        text: str,
        *,
        thread: int | None,
        buttons: Sequence[Sequence[Button]],
        silent: bool,
        picture: str | None = None,
    ) -> int:
        """Send HTML text, with a picture above it if there is one; the id of the message."""
        async with self._called():
            message = await self._bot.send_message(
                chat,
                text,
                parse_mode="HTML",
                message_thread_id=thread,
                reply_markup=_keyboard(buttons),
                disable_notification=silent,
                link_preview_options=_preview(picture),
            )
            return whole_number(message.message_id)

    async def edit(
        self,
        chat: int,
        message_id: int,
        text: str,
        *,
        buttons: Sequence[Sequence[Button]],
        picture: str | None = None,
    ) -> None:
        """Make the message read `text`; well when it does already."""
        async with self._called(), _well_if_so_already():
            await self._bot.edit_message_text(
                text,
                chat_id=chat,
                message_id=message_id,
                parse_mode="HTML",
                reply_markup=_inline(buttons),
                link_preview_options=_preview(picture),
            )

    async def send_document(
        self,
        chat: int,
        content: str,
        *,
        name: str,
        caption: str,
        thread: int | None,
        buttons: Sequence[Sequence[Button]],
        silent: bool,
    ) -> int:
        """Send a text as a file, with a few words of HTML under it; the id of the message."""
        async with self._called():
            message = await self._bot.send_document(
                chat,
                content.encode(),
                filename=name,
                caption=caption,
                parse_mode="HTML",
                message_thread_id=thread,
                reply_markup=_keyboard(buttons),
                disable_notification=silent,
            )
            return whole_number(message.message_id)

    async def send_photo(
        self,
        chat: int,
        content: bytes,
        *,
        caption: str,
        thread: int | None,
        buttons: Sequence[Sequence[Button]],
        silent: bool,
    ) -> int:
        """Send a picture with HTML under it; the id of the message."""
        async with self._called(self._longest_picture):
            message = await self._bot.send_photo(
                chat,
                content,
                caption=caption,
                parse_mode="HTML",
                message_thread_id=thread,
                reply_markup=_keyboard(buttons),
                disable_notification=silent,
            )
            return whole_number(message.message_id)

    async def pin(self, chat: int, message_id: int) -> None:
        """Pin the message without a sound; well when it is pinned already."""
        async with self._called(), _well_if_so_already():
            await self._bot.pin_chat_message(chat, message_id, disable_notification=True)

    async def unpin(self, chat: int, message_id: int) -> None:
        async with self._called():
            await self._bot.unpin_chat_message(chat, message_id=message_id)

    async def answer_press(self, press: str, text: str | None = None, *, alert: bool = False) -> None:
        """Let the button's clock stop turning, with a short word or none; an alert stays until it is tapped away."""
        async with self._called():
            await self._bot.answer_callback_query(press, text=text, show_alert=alert)

    async def show_sending_picture(self, chat: int, *, thread: int | None = None) -> None:
        """Have the chat say for a few seconds that a picture is on its way."""
        async with self._called():
            await self._bot.send_chat_action(chat, ChatAction.UPLOAD_PHOTO, message_thread_id=thread)

    async def set_menu(self, commands: Sequence[tuple[str, str]], *, chat: int | None = None) -> None:
        """The commands that the client offers, for everyone or in one chat."""
        scope = telegram.BotCommandScopeChat(chat) if chat is not None else telegram.BotCommandScopeDefault()
        async with self._called():
            await self._bot.set_my_commands(list(commands), scope=scope)


class _Request(HTTPXRequest):
    """The library's request, whose answers are read by us: its own words for one that it can't read repeat it whole."""

    parse_json_payload = staticmethod(read_answer)


def _request(connections: int, *, by_proxy: bool) -> HTTPXRequest:
    limits = httpx.Limits(
        max_connections=connections,
        max_keepalive_connections=connections,
        keepalive_expiry=KEEP_ALIVE.total_seconds(),
    )
    answer = ANSWER.total_seconds()
    return _Request(
        read_timeout=answer,
        write_timeout=answer,
        connect_timeout=answer,
        httpx_kwargs={
            "limits": limits,
            "trust_env": by_proxy,
            "headers": accepting(),
            "event_hooks": bounded(most=LARGEST_ANSWER),
        },
    )


def _preview(picture: str | None) -> telegram.LinkPreviewOptions:
    if picture is None:
        return telegram.LinkPreviewOptions(is_disabled=True)
    return telegram.LinkPreviewOptions(url=picture, prefer_large_media=True, show_above_text=True)


def _keyboard(
    buttons: Sequence[Sequence[Button]],
) -> telegram.InlineKeyboardMarkup | telegram.ReplyKeyboardMarkup | None:
    """Words are shown below the chat, and stay there; all else below its message."""
    if not buttons:
        return None
    if all(one.is_word for row in buttons for one in row):
        words = [[one.text for one in row] for row in buttons]
        return telegram.ReplyKeyboardMarkup(
            words, resize_keyboard=True, is_persistent=True, input_field_placeholder=PLACEHOLDER
        )
    return _inline(buttons)


def _inline(buttons: Sequence[Sequence[Button]]) -> telegram.InlineKeyboardMarkup | None:
    """What an edit may bring along."""
    if not buttons:
        return None
    return telegram.InlineKeyboardMarkup(
        [
            [telegram.InlineKeyboardButton(one.text, callback_data=one.data, url=one.url) for one in row]
            for row in buttons
        ]
    )


@asynccontextmanager
async def _translated(longest: timedelta = LONGEST_CALL) -> AsyncIterator[None]:
    """What goes wrong with a call, as ours."""
    try:
        async with asyncio.timeout(longest.total_seconds()):
            yield
    except errors.TelegramError as error:
        raise _trouble_of(error) from error
    except TimeoutError as error:
        raise Uncertain(f"no whole answer within {longest.total_seconds():.0f} s") from error
    except TelegramTrouble:
        raise
    except Exception as error:  # an answer that is none makes the library stumble in any way
        raise Uncertain(f"Telegram's answer can't be read: {type(error).__name__}") from error


def _trouble_of(error: errors.TelegramError) -> TelegramTrouble:
    """The library's errors as ours. The order matters: BadRequest and TimedOut are kinds of its NetworkError."""
    match error:
        case errors.RetryAfter():
            wait = error.retry_after
            return Flooded(wait if isinstance(wait, timedelta) else timedelta(seconds=wait))
        case errors.ChatMigrated():
            return ChatMoved(error.new_chat_id)
        case errors.InvalidToken():
            return TokenRefused("Telegram refuses the token")
        case errors.Forbidden():
            return ChatClosed(error.message)
        case errors.BadRequest():
            return _rejection(error.message)
        case errors.Conflict():
            return OtherPoller("another program polls with this token")
        case errors.NetworkError():
            return _lost(error)
    return Unreachable(error.message)


@asynccontextmanager
async def _well_if_so_already() -> AsyncIterator[None]:
    """Telegram refuses what would change nothing: "message is not modified", "CHAT_NOT_MODIFIED"."""
    try:
        yield
    except errors.BadRequest as error:
        if "not modified" not in error.message.lower().replace("_", " "):
            raise


def _rejection(message: str) -> TelegramTrouble:
    words = message.lower()
    if "chat not found" in words:
        return ChatClosed(message)
    return TopicGone(message) if any(one in words for one in _TOPIC_GONE) else Rejected(message)


_TOPIC_GONE = ("message thread not found", "topic_closed", "topic_deleted")


def _lost(error: errors.NetworkError) -> TelegramTrouble:
    """Whether a lost call can have arrived: not if no connection was had, nor if Telegram's own answer was an error."""
    never_sent = httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout
    if error.__cause__ is None or isinstance(error.__cause__, never_sent):
        return Unreachable(error.message)
    return Uncertain(error.message)
