"""What people do in the practice chat: write, press, block. Each act becomes the update that Telegram makes of it."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sandbox.bot_api import BotApi
from sandbox.bot_files import as_attachment
from sandbox.bot_params import Upload, as_entities
from sandbox.chat_model import CallbackAnswer, Json, Kind, Message, Person, ReplyKeyboard
from sandbox.chat_updates import Updates
from sandbox.clock import clock
from sandbox.conversations import Conversation, Conversations
from sandbox.telegram_html import Formatted, plain, with_found
from sandbox.telegram_json import chat_json, message_json, user_json

#: Every anonymous admin of every group is the first, every channel that speaks in a group the second.
_ANONYMOUS_ADMIN = Person(id=1087968824, first_name="Group", is_bot=True)
_CHANNEL_VOICE = Person(id=136817688, first_name="Channel", is_bot=True)
_CHAT_INSTANCE = "8134567890123456789"
_NO_TIME = timedelta()


class Crowd:
    """The people of the practice chat. Every act returns the number of its update."""

    def __init__(self, talks: Conversations, updates: Updates, api: BotApi, bot: Json) -> None:
        self._talks = talks
        self._updates = updates
        self._api = api
        self._bot = bot

    @property
    def callback_answers(self) -> list[CallbackAnswer]:
        """What the bot answered to button presses, in order."""
        return self._api.answers

    def say(
        self,
        person: int,
        text: str = "",
        *,
        chat: int | None = None,
        thread: int | None = None,
        entities: Sequence[Json] = (),
        edited: bool = False,
        forwarded: bool | Json = False,
        sender_chat: int | None = None,
        reply_to: int | None = None,
        ago: timedelta = _NO_TIME,
    ) -> int:
        """This person writes, in private unless a `chat` is named; the first message in private is what Start sends.

        A number that is not known yet comes in as a stranger. `entities` are those of the Bot API, such as a
        `text_link`; links and commands in plain words are found by themselves. `forwarded` may be the origin of what
        is forwarded, as the Bot API's JSON. `edited` changes what they wrote last there.
        With `sender_chat` it is that chat that speaks: the group itself is an anonymous admin. `ago` is how long the
        message has been waiting. In a channel it is a post, and nobody's.
        """
        sender = self._talks.person(person)
        talk = self._talks.get(person if chat is None else chat)
        self._enter(talk)
        extra = self._oddities(talk, forwarded=forwarded, sender_chat=sender_chat)
        content = _content(text, entities)
        if edited:
            return self._change(talk, _speaker(talk, sender, sender_chat), content | {"more": extra})
        message = self._talks.post(
            talk,
            at=clock() - ago,
            sender=_speaker(talk, sender, sender_chat),
            thread=thread,
            reply_to=reply_to,
            more=extra,
            **content,
        )
        return self._deliver(talk, message, "channel_post" if talk.kind is Kind.CHANNEL else "message")

    def show(
        self,
        person: int,
        photo: bytes,
        caption: str = "",
        *,
        chat: int | None = None,
        entities: Sequence[Json] = (),
        forwarded: bool | Json = False,
    ) -> int:
        """This person sends a picture with a caption; all else as in `say`."""
        sender = self._talks.person(person)
        talk = self._talks.get(person if chat is None else chat)
        self._enter(talk)
        upload = Upload(name="photo.png", mime="image/png", content=photo)
        file = as_attachment(upload, "photo", self._talks.next_file_id("photo"))
        extra = self._oddities(talk, forwarded=forwarded, sender_chat=None)
        speaker = _speaker(talk, sender, None)
        content = _content(caption, entities)
        message = self._talks.post(talk, at=clock(), sender=speaker, more=extra, file=file, **content)
        return self._deliver(talk, message, "channel_post" if talk.kind is Kind.CHANNEL else "message")

    def tap(self, person: int, words: str, *, chat: int | None = None) -> int:
        """This person taps a key in the place of their keyboard; in a group that answers the message that brought it.

        Raises:
            LookupError: there is no such key.
        """
        talk = self._talks.get(person if chat is None else chat)
        shown = talk.keyboard(person)
        if shown is None or not shown.keys.has(words):
            raise LookupError(f"no key {words!r} in {talk.title}")
        return self.say(person, words, chat=chat, reply_to=None if talk.is_private else shown.message_id)

    def keyboard(self, person: int, *, chat: int | None = None) -> ReplyKeyboard | None:
        """What this person has in the place of their keyboard."""
        shown = self._talks.get(person if chat is None else chat).keyboard(person)
        return None if shown is None else shown.keys

    def _enter(self, talk: Conversation) -> None:
        if talk.is_private and (talk.shut or not talk.started):
            talk.started, talk.shut = True, False
            self._talks.tell_overview()

    def _oddities(self, talk: Conversation, *, forwarded: bool | Json, sender_chat: int | None) -> Json:
        extra: Json = {}
        if forwarded:
            somebody = {"type": "hidden_user", "date": int(clock().timestamp()), "sender_user_name": "Somebody"}
            extra["forward_origin"] = somebody if forwarded is True else forwarded
        if talk.kind is Kind.CHANNEL or sender_chat == talk.id:
            extra["sender_chat"] = chat_json(talk)
        elif sender_chat is not None:
            extra["sender_chat"] = {"id": sender_chat, "type": "channel", "title": "A channel"}
        return extra

    def _change(self, talk: Conversation, speaker: Person | None, content: dict[str, Any]) -> int:
        own = [message for message in talk.messages.values() if not message.from_bot and message.sender == speaker]
        last = own[-1] if own else self._talks.post(talk, at=clock(), sender=speaker, **content)
        message = self._talks.edit(talk, last, at=clock(), **content)
        return self._deliver(talk, message, "edited_channel_post" if talk.kind is Kind.CHANNEL else "edited_message")

    def _deliver(self, talk: Conversation, message: Message, kind: str) -> int:
        return self.deliver({kind: message_json(talk, message, self._bot)})

    def press(self, person: int, message_id: int, data: str, *, chat: int | None = None) -> int:
        """This person presses a button of the message. Data that it never had go through, as from a forged client."""
        return self.ask(person, message_id, data, chat=chat)[0]

    def ask(self, person: int, message_id: int, data: str, *, chat: int | None = None) -> tuple[int, str]:
        """As `press`; returns the number of the query too, by which its answer is known."""
        talk = self._talks.get(person if chat is None else chat)
        query = self._api.ask(person, data)
        body = {
            "id": query.id,
            "from": user_json(self._talks.person(person)),
            "message": self._pressed(talk, message_id),
            "chat_instance": _CHAT_INSTANCE,
            "data": data,
        }
        return self.deliver({"callback_query": body}), query.id

    def _pressed(self, talk: Conversation, message_id: int) -> Json:
        if message_id in talk.messages:
            return message_json(talk, talk.messages[message_id], self._bot)
        return {"message_id": message_id, "chat": chat_json(talk), "date": 0}  # gone: Telegram's "inaccessible message"

    def expire_queries(self) -> None:
        """All button presses that wait have waited too long: answering them is refused."""
        self._api.queries.clear()

    def deliver(self, update: Json) -> int:
        """Queue an update with this one field, sound or not: `{"message": {…}}`."""
        ((kind, body),) = update.items()
        number = self._updates.put(kind, body)
        self._talks.changes.tell()
        return number

    def block(self, person: int) -> int:
        """This person blocks the bot, or a group puts it out: from now on it may not write there."""
        return self._set_membership(self._talks.get(person), shut=True)

    def unblock(self, person: int) -> int:
        return self._set_membership(self._talks.get(person), shut=False)

    def _set_membership(self, talk: Conversation, *, shut: bool) -> int:
        before, talk.shut = talk.shut, shut
        body = {
            "chat": chat_json(talk),
            "from": user_json(talk.person or _ANONYMOUS_ADMIN),
            "date": int(clock().timestamp()),
            "old_chat_member": self._membership(shut=before),
            "new_chat_member": self._membership(shut=shut),
        }
        self._talks.tell_overview()
        return self.deliver({"my_chat_member": body})

    def _membership(self, *, shut: bool) -> Json:
        state: Json = {"status": "kicked", "until_date": 0} if shut else {"status": "member"}
        return state | {"user": self._bot}

    def close_topic(self, group: int, thread: int) -> None:
        """An admin closes the topic: the bot may not write there any more."""
        talk = self._talks.get(group)
        talk.closed_threads |= {thread}

    def delete_topic(self, group: int, thread: int) -> None:
        """An admin deletes the topic, and with it all that was said there."""
        talk = self._talks.get(group)
        talk.threads -= {thread}
        for message in [one for one in talk.messages.values() if one.thread == thread]:
            self._talks.delete(talk, message)

    def make_supergroup(self, group: int) -> int:
        """The group becomes a supergroup; returns its new number. Writing to the old one tells it with a 400."""
        old = self._talks.get(group)
        new = self._talks.migrate(old, int(f"-100{abs(group):010d}"))
        for talk, field, other in ((old, "migrate_to_chat_id", new.id), (new, "migrate_from_chat_id", old.id)):
            service = {
                "message_id": talk.last_id + 1,
                "chat": chat_json(talk),
                "date": int(clock().timestamp()),
                field: other,
            }
            talk.last_id += 1
            self.deliver({"message": service})
        return new.id


def _content(text: str, entities: Sequence[Json]) -> dict[str, Any]:
    words = Formatted(text=text, entities=as_entities(entities)) if entities else plain(text)
    formatted = with_found(words)
    return {"text": formatted.text, "html": text, "entities": formatted.entities}


def _speaker(talk: Conversation, person: Person, sender_chat: int | None) -> Person | None:
    if talk.kind is Kind.CHANNEL:
        return None
    if sender_chat is None:
        return person
    return _ANONYMOUS_ADMIN if sender_chat == talk.id else _CHANNEL_VOICE
