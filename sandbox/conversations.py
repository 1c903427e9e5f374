"""The state of the practice chat: who talks with the bot where, what is shown, and who waits for it to change."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sandbox.chat_model import Group, Kind, Message, News, Person, Refused, ReplyKeyboard, bad_request


class Changes:
    """Wakes everybody who waits for the practice chat to look different."""

    def __init__(self) -> None:
        self._next = asyncio.Event()

    def tell(self) -> None:
        self._next.set()
        self._next = asyncio.Event()

    async def wait(self, until: float) -> bool:
        """Wait for the next change, until this loop time at most. Whether there was one."""
        try:
            async with asyncio.timeout_at(until):
                await self._next.wait()
        except TimeoutError:
            return False
        return True


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownKeyboard:
    """Keys in the place of the keyboard, and the message that brought them."""

    message_id: int
    keys: ReplyKeyboard


#: In the feed, in place of news: everything but the messages is to be shown anew.
OVERVIEW = "overview"


class NewsFeed:
    """Hands all news to all who asked for them, from the moment at which they asked."""

    def __init__(self) -> None:
        self._readers: set[asyncio.Queue[Any]] = set()

    def tell(self, news: object) -> None:
        for reader in self._readers:
            reader.put_nowait(news)

    def read(self) -> AsyncIterator[Any]:
        reader: asyncio.Queue[Any] = asyncio.Queue()
        self._readers.add(reader)
        return self._follow(reader)

    async def _follow(self, reader: asyncio.Queue[Any]) -> AsyncIterator[Any]:
        try:
            while True:
                yield await reader.get()
        finally:
            self._readers.discard(reader)


@dataclass(slots=True, kw_only=True)
class Conversation:
    """One chat: its messages by number, its pins, and whether the bot may write there."""

    id: int
    kind: Kind
    title: str
    person: Person | None = None
    threads: frozenset[int] = frozenset()
    #: Of its topics, those in which the bot may not write.
    closed_threads: frozenset[int] = frozenset()
    bot_is_admin: bool = True
    #: A person has pressed Start, or the bot is a member.
    started: bool = True
    #: The person has blocked the bot, or the group has put it out.
    shut: bool = False
    migrated_to: int | None = None
    messages: dict[int, Message] = field(default_factory=dict)
    #: The last pinned last.
    pins: list[int] = field(default_factory=list)
    last_id: int = 0
    #: By person; under None what everybody sees who has none of their own.
    keyboards: dict[int | None, ShownKeyboard | None] = field(default_factory=dict)

    def keyboard(self, person: int) -> ShownKeyboard | None:
        """What this person has in the place of the keyboard here."""
        return self.keyboards.get(person, self.keyboards.get(None))

    @property
    def is_private(self) -> bool:
        return self.kind is Kind.PRIVATE

    def check_open(self) -> None:
        """Raise Telegram's refusal where the bot may not write."""
        if self.migrated_to is not None:
            upgraded = "Bad Request: group chat was upgraded to a supergroup chat"
            raise Refused(400, upgraded, migrate_to_chat_id=self.migrated_to)
        if self.shut and self.is_private:
            raise Refused(403, "Forbidden: bot was blocked by the user")
        if self.shut:
            raise Refused(403, f"Forbidden: bot was kicked from the {self.kind} chat")
        if not self.started:
            raise Refused(403, "Forbidden: bot can't initiate conversation with a user")


class Conversations:
    """All chats, and the one door through which what they show is changed."""

    def __init__(self, people: Iterable[Person], groups: Iterable[Group]) -> None:
        self.changes = Changes()
        self.feed = NewsFeed()
        self.people: dict[int, Person] = {}
        self._by_id: dict[int, Conversation] = {}
        self._file_ids = itertools.count(1)
        for person in people:
            self.add_person(person)
        for group in groups:
            self.add_group(group)

    def __iter__(self) -> Iterator[Conversation]:
        return iter(self._by_id.values())

    def tell_overview(self) -> None:
        """Something other than a message has changed: who may be written to, a menu, a fault."""
        self.feed.tell(OVERVIEW)
        self.changes.tell()

    def add_person(self, person: Person) -> None:
        self.people[person.id] = person
        self._by_id[person.id] = Conversation(
            id=person.id, kind=Kind.PRIVATE, title=person.first_name, person=person, started=person.started
        )
        self.tell_overview()

    def add_group(self, group: Group) -> None:
        self._by_id[group.id] = Conversation(
            id=group.id, kind=group.kind, title=group.title, threads=group.threads, bot_is_admin=group.bot_is_admin
        )
        self.tell_overview()

    def person(self, number: int) -> Person:
        """The person of this number; whoever is not known yet comes in as a stranger."""
        if number not in self.people:
            self.add_person(Person(id=number, first_name=f"Stranger {number}"))
        return self.people[number]

    def get(self, chat_id: int) -> Conversation:
        """The chat of this number.

        Raises:
            Refused: there is none.
        """
        if chat_id not in self._by_id:
            raise bad_request("chat not found")
        return self._by_id[chat_id]

    def next_file_id(self, kind: str) -> str:
        return f"Practice-{kind}-{next(self._file_ids)}"

    def post(self, chat: Conversation, **content: Any) -> Message:
        """Show a new message with the chat's next number."""
        chat.last_id += 1
        message = Message(message_id=chat.last_id, chat_id=chat.id, **content)
        return self._show(chat, replace(message, history=(message.text,)), "new")

    def edit(self, chat: Conversation, message: Message, *, at: datetime, **content: Any) -> Message:
        edited = replace(message, edits=message.edits + 1, edited_at=at, **content)
        return self._show(chat, replace(edited, history=(*message.history, edited.text)), "edit")

    def pin(self, chat: Conversation, message: Message) -> None:
        self._forget_pin(chat, message)
        chat.pins.append(message.message_id)
        self._show(chat, replace(message, pinned=True), "pin")

    def unpin(self, chat: Conversation, message: Message) -> None:
        self._forget_pin(chat, message)
        self._show(chat, replace(message, pinned=False), "unpin")

    def delete(self, chat: Conversation, message: Message) -> None:
        self._forget_pin(chat, message)
        del chat.messages[message.message_id]
        for person, shown in list(chat.keyboards.items()):
            if shown is not None and shown.message_id == message.message_id:
                self._put_keyboard(chat, person, None)
        self._tell(News(chat.id, message, "delete"))

    def set_keyboard(
        self, chat: Conversation, message: Message, keys: ReplyKeyboard | None, person: int | None = None
    ) -> None:
        """Put keys in the place of the keyboard, or none, for this person or for everybody."""
        if person is None:
            chat.keyboards.clear()
        shown = None if keys is None else ShownKeyboard(message_id=message.message_id, keys=keys)
        self._put_keyboard(chat, person, shown)

    def _put_keyboard(self, chat: Conversation, person: int | None, shown: ShownKeyboard | None) -> None:
        chat.keyboards[person] = shown
        self.tell_overview()

    def migrate(self, chat: Conversation, new_id: int) -> Conversation:
        """Make the group a supergroup under a new number; it begins with nothing shown."""
        chat.migrated_to = new_id
        successor = Conversation(id=new_id, kind=Kind.SUPERGROUP, title=chat.title, bot_is_admin=chat.bot_is_admin)
        self._by_id[new_id] = successor
        self.tell_overview()
        return successor

    def _forget_pin(self, chat: Conversation, message: Message) -> None:
        with suppress(ValueError):
            chat.pins.remove(message.message_id)

    def _show(self, chat: Conversation, message: Message, what: str) -> Message:
        chat.messages[message.message_id] = message
        self._tell(News(chat.id, message, what))
        return message

    def _tell(self, news: News) -> None:
        self.feed.tell(news)
        self.changes.tell()
