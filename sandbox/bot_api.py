"""The methods of the Bot API, as strict as the real one and with its words. What fails on the way is `bot_http`'s."""

import asyncio
import itertools
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from sandbox.bot_files import as_attachment
from sandbox.bot_markup import Markup, read_inline, read_markup
from sandbox.bot_menus import BotMenus
from sandbox.bot_params import Params, check_length, read_preview, read_text
from sandbox.chat_model import (
    Attachment,
    CallbackAnswer,
    Json,
    Message,
    Refused,
    bad_request,
)
from sandbox.chat_updates import Updates
from sandbox.clock import clock
from sandbox.conversations import Conversation, Conversations
from sandbox.telegram_json import chat_json, message_json

_MAX_TEXT = 4096
_MAX_CAPTION = 1024

_NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same as a current "
    "content and reply markup of the message"
)
_CONFLICT = "terminated by other getUpdates request; make sure that only one bot instance is running"
_WEBHOOK = "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A button press that waits for its answer."""

    id: str
    person: int
    data: str


class BotApi:
    """Every method by name. Reading and doing are one step, so that two calls never meet half-way."""

    def __init__(self, talks: Conversations, updates: Updates, bot: Json, *, check_line: Callable[[], None]) -> None:
        self._talks = talks
        #: Raises where a call that waits for updates is cut off.
        self._check_line = check_line
        self._updates = updates
        self._bot = bot
        self._poller: object = None
        self._query_ids = itertools.count(int(clock().timestamp()) * 1000)
        self.webhook = ""
        self.queries: dict[str, Query] = {}
        self.answers: list[CallbackAnswer] = []
        self.menus = BotMenus(talks)
        self._methods: dict[str, Callable[[Params], Any]] = {
            "getme": self._get_me,
            "sendmessage": self._send_message,
            "sendphoto": self._send_photo,
            "senddocument": self._send_document,
            "sendchataction": self._send_chat_action,
            "editmessagetext": self._edit_text,
            "editmessagecaption": self._edit_caption,
            "editmessagereplymarkup": self._edit_markup,
            "deletemessage": self._delete,
            "pinchatmessage": self._pin,
            "unpinchatmessage": self._unpin,
            "answercallbackquery": self._answer_query,
            "setwebhook": self._set_webhook,
            "deletewebhook": self._delete_webhook,
            "getwebhookinfo": self._webhook_info,
            "getchat": self._get_chat,
            **self.menus.methods(),
        }

    async def call(self, method: str, params: Params) -> Any:
        """Do it and return its result.

        Raises:
            Refused: Telegram would not.
        """
        name = method.lower()  # the real ones do not care for capitals either
        if name == "getupdates":
            return await self._get_updates(params)
        if name not in self._methods:
            raise Refused(404, "Not Found: method not found")
        return self._methods[name](params)

    # -- fetching -----------------------------------------------------------------------------------------------------

    async def _get_updates(self, params: Params) -> list[Json]:
        if self.webhook:
            raise Refused(409, f"Conflict: {_WEBHOOK}")
        me = self._poller = object()
        self._talks.changes.tell()  # whoever polled before us learns that it is over
        self._allow(params)
        self._updates.confirm(params.integer("offset"))
        limit = min(max(params.integer("limit", 100), 1), 100)
        deadline = asyncio.get_running_loop().time() + min(max(params.integer("timeout"), 0), 50)
        while not (found := self._updates.first(limit)) and await self._talks.changes.wait(deadline):
            self._check_line()
            if self._poller is not me:
                raise Refused(409, f"Conflict: {_CONFLICT}")
        return found

    def _allow(self, params: Params) -> None:
        kinds = params.structure("allowed_updates", "allowed_updates")
        if isinstance(kinds, list):
            self._updates.allow([str(kind) for kind in kinds])

    def _set_webhook(self, params: Params) -> bool:
        self.webhook = params.text("url")
        return True

    def _delete_webhook(self, params: Params) -> bool:
        self.webhook = ""
        if params.flag("drop_pending_updates"):
            self._updates.clear()
        return True

    def _webhook_info(self, _: Params) -> Json:
        return {"url": self.webhook, "has_custom_certificate": False, "pending_update_count": len(self._updates)}

    def _get_me(self, _: Params) -> Json:
        abilities = ("can_join_groups", "can_read_all_group_messages")
        return self._bot | dict.fromkeys(abilities, True) | {"supports_inline_queries": False}

    # -- sending ------------------------------------------------------------------------------------------------------

    def _send_message(self, params: Params) -> Json:
        chat = self._open_chat(params)
        formatted, source = read_text(params)
        if not formatted.text:
            raise bad_request("message text is empty")
        check_length(formatted.text, _MAX_TEXT, "message is too long")
        content = {"text": formatted.text, "html": source, "entities": formatted.entities}
        return self._post(chat, params, **content, preview=read_preview(params))

    def _send_photo(self, params: Params) -> Json:
        return self._send_file(params, "photo")

    def _send_document(self, params: Params) -> Json:
        return self._send_file(params, "document")

    def _send_file(self, params: Params, kind: str) -> Json:
        chat = self._open_chat(params)
        file = self._attachment(params, kind)
        caption, source = self._read_caption(params)
        return self._post(chat, params, text=caption.text, html=source, entities=caption.entities, file=file)

    def _read_caption(self, params: Params) -> Any:
        formatted, source = read_text(params, "caption", "caption_entities")
        check_length(formatted.text, _MAX_CAPTION, "message caption is too long")
        return formatted, source

    def _attachment(self, params: Params, kind: str) -> Attachment:
        given = params.text(kind)
        upload = params.files.get(given.removeprefix("attach://") or kind)
        if upload is not None:
            return as_attachment(upload, kind, self._talks.next_file_id(kind))
        if not given:
            raise bad_request(f"there is no {kind} in the request")
        for file in self._known_files():
            if file.file_id == given and file.kind == kind:
                return file
        raise bad_request("wrong file identifier/HTTP URL specified")

    def _known_files(self) -> Iterable[Attachment]:
        return (message.file for chat in self._talks for message in chat.messages.values() if message.file)

    def _post(self, chat: Conversation, params: Params, **content: Any) -> Json:
        markup = read_markup(params)
        message = self._talks.post(
            chat,
            at=clock(),
            buttons=markup.buttons,
            had_keyboard=markup.keyboard is not None,
            silent=params.flag("disable_notification"),
            thread=_thread(chat, params),
            reply_to=_reply_to(chat, params),
            from_bot=True,
            **content,
        )
        self._show_keyboard(chat, message, markup)
        return message_json(chat, message, self._bot)

    def _show_keyboard(self, chat: Conversation, message: Message, markup: Markup) -> None:
        if markup.keyboard is None and not markup.removes:
            return
        answered = chat.messages.get(message.reply_to or 0)
        whom = answered.sender.id if markup.selective and answered and answered.sender else None
        self._talks.set_keyboard(chat, message, markup.keyboard, whom)

    def _send_chat_action(self, params: Params) -> bool:
        self._open_chat(params)
        return True

    def _open_chat(self, params: Params) -> Conversation:
        chat = self._chat(params)
        chat.check_open()
        return chat

    def _chat(self, params: Params) -> Conversation:
        if not params.text("chat_id"):
            raise bad_request("chat_id is empty")
        return self._talks.get(params.integer("chat_id"))

    # -- changing -----------------------------------------------------------------------------------------------------

    def _edit_text(self, params: Params) -> Json:
        chat, message = self._own_message(params)
        if message.file is not None:
            raise bad_request("there is no text in the message to edit")
        formatted, source = read_text(params)
        if not formatted.text:
            raise bad_request("message text is empty")
        check_length(formatted.text, _MAX_TEXT, "message is too long")
        content = {"text": formatted.text, "html": source, "entities": formatted.entities}
        return self._edit(chat, message, params, **content, preview=read_preview(params))

    def _edit_caption(self, params: Params) -> Json:
        chat, message = self._own_message(params)
        if message.file is None:
            raise bad_request("there is no caption in the message to edit")
        caption, source = self._read_caption(params)
        return self._edit(chat, message, params, text=caption.text, html=source, entities=caption.entities)

    def _edit_markup(self, params: Params) -> Json:
        chat, message = self._own_message(params)
        return self._edit(chat, message, params, text=message.text, html=message.html, entities=message.entities)

    def _edit(self, chat: Conversation, message: Message, params: Params, **content: Any) -> Json:
        buttons = read_inline(params)
        same = (message.text, message.entities, message.buttons) == (content["text"], content["entities"], buttons)
        if same:
            raise bad_request(_NOT_MODIFIED)
        edited = self._talks.edit(chat, message, at=clock(), buttons=buttons, **content)
        return message_json(chat, edited, self._bot)

    def _own_message(self, params: Params) -> tuple[Conversation, Message]:
        chat = self._open_chat(params)
        message = _find(chat, params, "edit")
        # What came with a keyboard for replies is never edited, as the documentation of the real ones says.
        if not message.from_bot or message.had_keyboard:
            raise bad_request("message can't be edited")
        return chat, message

    def _delete(self, params: Params) -> bool:
        chat = self._open_chat(params)
        message = _find(chat, params, "delete")
        if not (message.from_bot or chat.is_private or chat.bot_is_admin):
            raise bad_request("message can't be deleted")
        self._talks.delete(chat, message)
        return True

    def _pin(self, params: Params) -> bool:
        chat = self._open_chat(params)
        message = _find(chat, params, "pin")
        _check_may_pin(chat)
        self._talks.pin(chat, message)
        return True

    def _unpin(self, params: Params) -> bool:
        chat = self._open_chat(params)
        _check_may_pin(chat)
        number = params.integer("message_id") or (chat.pins[-1] if chat.pins else 0)
        if number not in chat.pins:
            raise bad_request("message to unpin not found")
        self._talks.unpin(chat, chat.messages[number])
        return True

    def _answer_query(self, params: Params) -> bool:
        query = self.queries.pop(params.text("callback_query_id"), None)
        if query is None:
            raise bad_request("query is too old and response timeout expired or query ID is invalid")
        check_length(params.text("text"), 200, "MESSAGE_TOO_LONG")
        answer = CallbackAnswer(
            query_id=query.id,
            person=query.person,
            data=query.data,
            text=params.text("text"),
            alert=params.flag("show_alert"),
        )
        self.answers.append(answer)
        self._talks.feed.tell(answer)
        self._talks.changes.tell()
        return True

    def ask(self, person: int, data: str) -> Query:
        """A button was pressed: the query that the bot may answer once."""
        query = Query(id=str(next(self._query_ids)), person=person, data=data)
        self.queries[query.id] = query
        return query

    # -- the chat ------------------------------------------------------------------------------------------------------

    def _get_chat(self, params: Params) -> Json:
        chat = self._chat(params)
        full: Json = {"accent_color_id": 0, "max_reaction_count": 11, "accepted_gift_types": _NO_GIFTS}
        if chat.pins:
            full["pinned_message"] = message_json(chat, chat.messages[chat.pins[-1]], self._bot)
        return chat_json(chat) | full


_NO_GIFTS = {
    "unlimited_gifts": False,
    "limited_gifts": False,
    "unique_gifts": False,
    "premium_subscription": False,
    "gifts_from_channels": False,
}


def _find(chat: Conversation, params: Params, purpose: str) -> Message:
    number = params.integer("message_id")
    if number not in chat.messages:
        raise bad_request(f"message to {purpose} not found")
    return chat.messages[number]


def _check_may_pin(chat: Conversation) -> None:
    if not (chat.is_private or chat.bot_is_admin):
        raise bad_request("not enough rights to manage pinned messages in the chat")


def _thread(chat: Conversation, params: Params) -> int | None:
    thread = params.integer("message_thread_id") or None
    if thread is not None and thread not in chat.threads:
        raise bad_request("message thread not found")
    if thread in chat.closed_threads:
        raise bad_request("TOPIC_CLOSED")
    return thread


def _reply_to(chat: Conversation, params: Params) -> int | None:
    given = params.structure("reply_parameters", "reply parameters") or {}
    number = int(given.get("message_id", 0)) or params.integer("reply_to_message_id")
    if not number or number in chat.messages:
        return number or None
    if given.get("allow_sending_without_reply") or params.flag("allow_sending_without_reply"):
        return None
    raise bad_request("message to be replied not found")
