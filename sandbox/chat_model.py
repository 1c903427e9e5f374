"""What the practice chat is made of: people, groups, messages, calls. Plain values; a change is a new value."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple, Protocol

#: What travels over the wire, parsed.
Json = dict[str, Any]


class Refused(Exception):
    """The Bot API says no; becomes `{"ok": false, …}` on the wire."""

    def __init__(self, code: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters


def bad_request(description: str) -> Refused:
    return Refused(400, f"Bad Request: {description}")


def too_many(wait: float) -> Refused:
    """Telegram tells whole seconds, at least one."""
    seconds = max(1, math.ceil(wait))
    return Refused(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    id: int
    first_name: str
    language_code: str = "en"
    is_bot: bool = False
    #: Has pressed Start before the story begins; else the bot may not write to them until they say something.
    started: bool = False
    #: What the page says of them beside their name.
    role: str = ""


class Kind(StrEnum):
    PRIVATE = "private"
    GROUP = "group"
    SUPERGROUP = "supergroup"
    CHANNEL = "channel"


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    #: Negative; supergroups and channels begin with -100.
    id: int
    title: str
    kind: Kind = Kind.SUPERGROUP
    #: The topics of a forum; empty for a group without topics.
    threads: frozenset[int] = frozenset()
    #: Whether the bot may pin and delete here.
    bot_is_admin: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """A stretch of formatted text; offset and length count UTF-16 code units."""

    type: str
    offset: int
    length: int
    #: Further fields of the Bot API's MessageEntity: url, language, custom_emoji_id.
    more: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Button:
    text: str
    data: str | None = None
    url: str | None = None


Rows = tuple[tuple[Button, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyKeyboard:
    """Keys in the place of the keyboard; each writes its words."""

    rows: tuple[tuple[str, ...], ...]
    #: As high as its keys need it, and no higher.
    resize: bool = False
    #: Stays where the ordinary keyboard would come back.
    persistent: bool = False
    #: Goes when a key was tapped.
    one_time: bool = False
    #: Stands where one writes.
    placeholder: str = ""

    def has(self, words: str) -> bool:
        return any(words in row for row in self.rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    #: "photo" or "document".
    kind: str
    file_id: str
    name: str
    mime: str
    content: bytes = field(repr=False)
    width: int = 0
    height: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message as it is shown now. An edit puts a new value in its place: look it up again to see it."""

    message_id: int
    chat_id: int
    at: datetime
    #: Without markup; of a picture or file, its caption.
    text: str
    #: As it was sent.
    html: str
    entities: tuple[Entity, ...] = ()
    buttons: Rows = ()
    #: It came with keys in the place of the keyboard.
    had_keyboard: bool = False
    silent: bool = False
    pinned: bool = False
    #: How often it was edited.
    edits: int = 0
    edited_at: datetime | None = None
    #: All the texts that it had, this one last.
    history: tuple[str, ...] = ()
    from_bot: bool = False
    #: Who wrote it; None for the bot and for a channel.
    sender: Person | None = None
    thread: int | None = None
    reply_to: int | None = None
    file: Attachment | None = None
    #: The address of a picture that is shown large above the text.
    preview: str | None = None
    #: Further fields of the Bot API's Message, such as `forward_origin`.
    more: Mapping[str, Any] = field(default_factory=dict)


class News(NamedTuple):
    """Something in a chat looks different."""

    chat_id: int
    message: Message
    #: "new", "edit", "pin", "unpin" or "delete".
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BotCall:
    """One call of the Bot API, in the order in which they ended."""

    #: Loop time at which the call arrived.
    at: float
    method: str
    params: Mapping[str, Any]
    chat_id: int | None
    #: The HTTP status that was answered; 0 where the connection was cut instead.
    status: int
    #: Whether it was done, also where the answer was lost.
    ok: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackAnswer:
    """What the bot answered to a button press."""

    query_id: str
    person: int
    data: str
    text: str
    #: A window to be closed instead of a note that goes away by itself.
    alert: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """An entry of the menu behind the slash."""

    command: str
    description: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much the bot may send; None is without a limit."""

    #: What a chat takes in the long run.
    per_chat_per_second: int | None = 1
    #: What it takes at once after a rest. Telegram tells no number; this is a guess on the careful side.
    per_chat_burst: int = 4
    per_group_per_minute: int | None = 20
    overall_per_second: int | None = 30


class Panel(Protocol):
    """What the page shows beside the chat, and what can be done there: a shop."""

    def show(self) -> Json:
        """All of it, as the page's script reads it."""

    def act(self, name: str, values: Mapping[str, Any]) -> None:
        """Do this.

        Raises:
            LookupError: there is no such act, or nothing that it could be done to.
            ValueError: these values make no sense.
        """
