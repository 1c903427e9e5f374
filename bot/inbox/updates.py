"""Telegram's updates as what they mean here: who said or pressed what, and which group became another.

The library takes any value for any field, so each one that is used is looked at here: what gets by is stored, and what
can't be stored would be fetched again and again. Every function raises ValueError, or whatever else the library or a
wrong type leads to, where an update can't be read.
"""

import logging
import re
from collections.abc import Iterable
from datetime import datetime

import telegram

from bot.access.roles import GroupMove, Utterance
from bot.commands.lists import is_tcin, linked_tcins
from bot.telegram.answers import whole_number
from config.clock import Now
from config.products import parse_tcin

log = logging.getLogger(__name__)

#: A product number as the bot writes it, that of a drill too.
_NUMBER = re.compile(r"[0-9]{6,10}")

#: Telegram marks no more in one message.
MOST_MARKED = 100

#: Twice what Telegram takes for a message, so that its own counting is not ours to repeat.
LONGEST_TEXT = 8192


def move_of(update: telegram.Update) -> GroupMove | None:
    """Telegram says it twice: in the old group, and in the new one."""
    message = update.message
    if message is None:
        return None
    if message.migrate_to_chat_id is not None:
        return GroupMove(whole_number(message.chat.id), whole_number(message.migrate_to_chat_id))
    if message.migrate_from_chat_id is not None:
        return GroupMove(whole_number(message.migrate_from_chat_id), whole_number(message.chat.id))
    return None


def utterance_of(update: telegram.Update, *, now: Now) -> Utterance | None:
    """What a person said or pressed; None for edits, channels, anonymous admins and bots."""
    if update.callback_query is not None:
        return _press(update.update_id, update.callback_query, now=now)
    if update.message is not None:
        return _said(update.update_id, update.message)
    return None


def _said(update_id: int, message: telegram.Message) -> Utterance | None:
    speaker = message.from_user
    if speaker is None or speaker.is_bot or message.sender_chat is not None or message.via_bot is not None:
        return None
    words = message.caption if message.text is None else message.text
    if words is None:
        return None
    is_forwarded = message.forward_origin is not None
    return Utterance(
        update_id=update_id,
        user=whole_number(speaker.id),
        name=_writable(speaker.first_name),
        chat=whole_number(message.chat.id),
        private=message.chat.type == telegram.constants.ChatType.PRIVATE,
        thread=_thread_of(message),
        # Nobody's command: whoever wrote it may not have meant this bot, nor be known here.
        text="" if is_forwarded else _writable(words),
        at=_time_of(message),
        message=whole_number(message.message_id),
        about=() if is_forwarded else _subjects(message),
        links=_words_and_links(message, _writable(words)),
        forwarded=is_forwarded,
    )


def _words_and_links(message: telegram.Message, words: str) -> str:
    """Where the hidden links can't be read, what stands in the text counts alone."""
    try:
        return " ".join([words, *_marked_links(message, words)])[:LONGEST_TEXT]
    except Exception:
        log.exception("inbox.links_unreadable")
        return words


def _marked_links(message: telegram.Message, words: str) -> list[str]:
    """The links that Telegram marks: in the text, hidden under words of it, in a preview, or on buttons below it."""
    units = words.encode("utf-16-le")
    entities = message.caption_entities if message.text is None else message.entities
    links: list[str] = []
    for entity in entities[:MOST_MARKED]:
        if entity.type == telegram.MessageEntity.TEXT_LINK and entity.url:
            links.append(entity.url)
        elif entity.type == telegram.MessageEntity.URL:
            links.append(units[2 * entity.offset : 2 * (entity.offset + entity.length)].decode("utf-16-le"))
    preview = message.link_preview_options
    if preview is not None and isinstance(preview.url, str):
        links.append(preview.url)
    if message.reply_markup is not None:
        rows = message.reply_markup.inline_keyboard
        links += [button.url for row in rows[:MOST_MARKED] for button in row[:MOST_MARKED] if button.url]
    return [_writable(link) for link in links[:MOST_MARKED]]


def _subjects(message: telegram.Message) -> tuple[str, ...]:
    """The product numbers in the message that this one answers. Where that can't be read, what is said counts alone."""
    try:
        return () if message.reply_to_message is None else _read_subjects(message.reply_to_message)
    except Exception:
        log.exception("inbox.answered_unreadable")
        return ()


def _read_subjects(answered: telegram.Message) -> tuple[str, ...]:
    """In the bot's own messages they are marked as what one copies."""
    text = answered.text or answered.caption
    if not text:
        return ()
    if answered.from_user is None or not answered.from_user.is_bot:
        written = (parse_tcin(word) for word in text.split() if is_tcin(word))
        return _numbers([*written, *linked_tcins(_marked_links(answered, _writable(text)))])
    kinds: list[str | None] = [telegram.MessageEntity.CODE]
    marked = answered.parse_entities(kinds) if answered.text else answered.parse_caption_entities(kinds)
    return _numbers(word for word in marked.values() if _NUMBER.fullmatch(word))


def _numbers(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(words))


def _press(update_id: int, query: telegram.CallbackQuery, *, now: Now) -> Utterance | None:
    if query.message is None or query.data is None or query.from_user.is_bot:
        return None
    message = query.message if isinstance(query.message, telegram.Message) else None
    return Utterance(
        update_id=update_id,
        user=whole_number(query.from_user.id),
        name=_writable(query.from_user.first_name),
        chat=whole_number(query.message.chat.id),
        private=query.message.chat.type == telegram.constants.ChatType.PRIVATE,
        thread=None if message is None else _thread_of(message),
        text=_writable(query.data),
        at=now(),  # Telegram doesn't tell when a button was pressed
        press=_writable(query.id),
        message=whole_number(query.message.message_id),
    )


def _thread_of(message: telegram.Message) -> int | None:
    """The topic of a forum in which it stands, if it does."""
    return whole_number(message.message_thread_id) if message.is_topic_message else None


def _time_of(message: telegram.Message) -> datetime:
    at: object = message.date
    if not isinstance(at, datetime):
        raise ValueError("a message without a time")  # noqa: TRY004  one error for whatever can't be read
    return at


def _writable(text: str) -> str:
    """Half a character, which JSON can hold and neither the file nor a message, becomes a question mark."""
    if len(text) > LONGEST_TEXT:
        raise ValueError("a text that is longer than Telegram's are")
    return text.encode(errors="replace").decode()
