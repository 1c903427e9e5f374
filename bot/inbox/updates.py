"""Telegram's updates as what they mean here: who said or pressed what, and which group became another."""

import telegram

from bot.access.roles import GroupMove, Utterance
from config.clock import Now


def move_of(update: telegram.Update) -> GroupMove | None:
    """Telegram says it twice: in the old group, and in the new one."""
    message = update.message
    if message is None:
        return None
    if message.migrate_to_chat_id is not None:
        return GroupMove(message.chat.id, message.migrate_to_chat_id)
    if message.migrate_from_chat_id is not None:
        return GroupMove(message.migrate_from_chat_id, message.chat.id)
    return None


def utterance_of(update: telegram.Update, *, now: Now) -> Utterance | None:
    """What a person said or pressed; None for edits, channels, anonymous admins, bots and forwarded messages."""
    if update.callback_query is not None:
        return _press(update.update_id, update.callback_query, now=now)
    if update.message is not None:
        return _said(update.update_id, update.message)
    return None


def _said(update_id: int, message: telegram.Message) -> Utterance | None:
    speaker = message.from_user
    if speaker is None or speaker.is_bot or message.sender_chat is not None or message.via_bot is not None:
        return None
    if message.forward_origin is not None or message.text is None:
        return None
    return Utterance(
        update_id=update_id,
        user=speaker.id,
        name=_writable(speaker.first_name),
        chat=message.chat.id,
        private=message.chat.type == telegram.constants.ChatType.PRIVATE,
        thread=message.message_thread_id if message.is_topic_message else None,
        text=_writable(message.text),
        at=message.date,
        message=message.message_id,
    )


def _press(update_id: int, query: telegram.CallbackQuery, *, now: Now) -> Utterance | None:
    if query.message is None or query.data is None or query.from_user.is_bot:
        return None
    message = query.message if isinstance(query.message, telegram.Message) else None
    return Utterance(
        update_id=update_id,
        user=query.from_user.id,
        name=_writable(query.from_user.first_name),
        chat=query.message.chat.id,
        private=query.message.chat.type == telegram.constants.ChatType.PRIVATE,
        thread=message.message_thread_id if message is not None and message.is_topic_message else None,
        text=_writable(query.data),
        at=now(),  # Telegram doesn't tell when a button was pressed
        press=query.id,
        message=query.message.message_id,
    )


def _writable(text: str) -> str:
    """Half a character, which JSON can hold and neither the file nor a message, becomes a question mark."""
    return text.encode(errors="replace").decode()
