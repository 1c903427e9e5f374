"""Our values as the Bot API's JSON."""

from dataclasses import replace

from sandbox.chat_model import Attachment, Button, Entity, Json, Message, Person, Rows
from sandbox.conversations import Conversation


def user_json(person: Person) -> Json:
    return {
        "id": person.id,
        "is_bot": person.is_bot,
        "first_name": person.first_name,
        "language_code": person.language_code,
    }


def chat_json(chat: Conversation) -> Json:
    if chat.is_private:
        return {"id": chat.id, "type": chat.kind, "first_name": chat.title}
    return {"id": chat.id, "type": chat.kind, "title": chat.title} | ({"is_forum": True} if chat.threads else {})


def entity_json(entity: Entity) -> Json:
    return {"type": entity.type, "offset": entity.offset, "length": entity.length, **dict(entity.more)}


def message_json(chat: Conversation, message: Message, bot: Json) -> Json:
    """The message as an update or an answer carries it."""
    body: Json = {
        "message_id": message.message_id,
        "chat": chat_json(chat),
        "date": int(message.at.timestamp()),
        **_author(message, bot),
        **_content(message),
    }
    if message.thread is not None:
        body |= {"message_thread_id": message.thread, "is_topic_message": True}
    if message.edited_at is not None:
        body["edit_date"] = int(message.edited_at.timestamp())
    if message.buttons:
        body["reply_markup"] = markup_json(message.buttons)
    if replied := chat.messages.get(message.reply_to or 0):
        body["reply_to_message"] = message_json(chat, replace(replied, reply_to=None), bot)
    return {**body, **message.more}


def _author(message: Message, bot: Json) -> Json:
    if message.from_bot:
        return {"from": bot}
    return {"from": user_json(message.sender)} if message.sender else {}


def _content(message: Message) -> Json:
    words, entities = ("text", "entities") if message.file is None else ("caption", "caption_entities")
    content: Json = {words: message.text} if message.text else {}
    if message.entities:
        content[entities] = [entity_json(one) for one in message.entities]
    return content | (_file_json(message.file) if message.file else {})


def _file_json(file: Attachment) -> Json:
    common = {"file_id": file.file_id, "file_unique_id": file.file_id, "file_size": len(file.content)}
    if file.kind == "photo":
        return {"photo": [common | {"width": file.width, "height": file.height}]}
    return {"document": common | {"file_name": file.name, "mime_type": file.mime}}


def markup_json(rows: Rows) -> Json:
    return {"inline_keyboard": [[_button_json(button) for button in row] for row in rows]}


def _button_json(button: Button) -> Json:
    kind = {"url": button.url} if button.url is not None else {"callback_data": button.data}
    return {"text": button.text, **kind}
