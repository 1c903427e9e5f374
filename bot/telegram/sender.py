"""Sends one stored message, notes what became of it, and does what each kind of trouble asks for."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from bot.telegram.api import (
    ChatClosed,
    ChatMoved,
    Flooded,
    Rejected,
    TelegramApi,
    TelegramTrouble,
    TokenRefused,
    TopicGone,
    Uncertain,
    Unreachable,
)
from bot.telegram.lane import Lane
from bot.telegram.messages import ChatRecords
from bot.telegram.model import Delivery, Message, Pin
from bot.telegram.pictures import Pictures
from bot.text.draft import REPEATED, Draft, file_caption
from bot.text.markup import plain
from config.database import Connection, Database

log = logging.getLogger(__name__)

T = TypeVar("T")

#: What could not be written is tried again after this.
AGAIN_S = 1.0


class Sender:
    """Everything that it does stands in the database before and after: what it forgets costs nothing."""

    def __init__(
        self,
        *,
        api: TelegramApi,
        database: Database,
        pictures: Pictures,
        on_moved: Callable[[], Awaitable[None]],
        clock: Callable[[], float],
    ) -> None:
        self._api = api
        self._database = database
        self._pictures = pictures
        self._on_moved = on_moved
        self._clock = clock
        #: The last trouble with delivery, until something is delivered again.
        self.trouble: str | None = None

    async def send(self, lane: Lane, message: Message) -> list[Message]:
        """Send what has just been taken out of its lane; what may still be delivered goes back into it.

        Returns what belongs into the lane of another chat from now on.
        """
        claimed: Message | None = message
        if message.state is not Delivery.SENDING:
            claimed = await self.transact(lambda records: records.claim(message.id))
        if claimed is None:
            return []
        try:
            message_id = await self._show(claimed)
        except TelegramTrouble as trouble:
            log.warning("outbox.trouble", extra={"chat": lane.chat, "key": claimed.draft.key, "why": str(trouble)})
            return await self._cope(lane, claimed, trouble)
        lane.failures, self.trouble = 0, None
        await self._write(
            lambda records: records.mark_shown(claimed.id, revision=claimed.revision, message_id=message_id)
        )
        if claimed.pin is Pin.WANTED:
            await self._pin(claimed, message_id)
        return []

    async def transact(self, work: Callable[[ChatRecords], T]) -> T:
        def on_connection(connection: Connection) -> T:
            return work(ChatRecords(connection))

        return await self._database.transact(on_connection)

    # ---- calls

    async def _show(self, message: Message) -> int:
        draft = message.draft
        text = _marked(draft.text, message)
        if draft.file is not None:
            return await self._show_file(draft, draft.file, caption=_marked(file_caption(draft.text), message))
        if message.message_id is not None:
            if message.pin is Pin.OVER:
                await self._unpin(message, message.message_id)
            await self._api.edit(draft.chat, message.message_id, text, buttons=draft.buttons, picture=draft.picture)
            return message.message_id
        if (photo := await self._read_photo(message)) is not None:
            with contextlib.suppress(Rejected):  # Telegram can't show it: then the text alone
                return await self._show_photo(draft, photo)
        return await self._api.send(
            draft.chat,
            text,
            thread=draft.thread,
            buttons=draft.buttons,
            silent=draft.silent,
            picture=draft.picture,
        )

    async def _read_photo(self, message: Message) -> bytes | None:
        """What is repeated goes without: a line on which pictures are lost must not hold up all that follows."""
        if message.draft.photo is None or message.repeated:
            return None
        return await self._pictures.read(message.draft.photo)

    async def _show_photo(self, draft: Draft, photo: bytes) -> int:
        return await self._api.send_photo(
            draft.chat,
            photo,
            caption=draft.text,
            thread=draft.thread,
            buttons=draft.buttons,
            silent=draft.silent,
        )

    async def _show_file(self, draft: Draft, name: str, *, caption: str) -> int:
        return await self._api.send_document(
            draft.chat,
            plain(draft.text),
            name=name,
            caption=caption,
            thread=draft.thread,
            buttons=draft.buttons,
            silent=draft.silent,
        )

    async def _pin(self, message: Message, message_id: int) -> None:
        """Pin it, or leave that to the next edit."""
        try:
            await self._api.pin(message.draft.chat, message_id)
        except TelegramTrouble as trouble:
            log.warning("outbox.not_pinned", extra={"chat": message.draft.chat, "why": str(trouble)})
            return
        await self._write(lambda records: records.mark_pinned(message.id))

    async def _unpin(self, message: Message, message_id: int) -> None:
        with contextlib.suppress(Rejected):  # it is not pinned, or the bot may no longer pin here
            await self._api.unpin(message.draft.chat, message_id)
        await self._write(lambda records: records.mark_unpinned(message.id))

    # ---- trouble

    async def _cope(self, lane: Lane, message: Message, trouble: TelegramTrouble) -> list[Message]:
        """Do what the kind of trouble asks for."""
        match trouble:
            case Flooded():
                lane.note_flood(trouble.wait.total_seconds(), self._clock())
                await self._put_back(lane, message, Delivery.WAITING)
            case ChatMoved():
                return await self._follow(lane, message, trouble)
            case ChatClosed():
                lane.waiting.clear()
                await self._write(lambda records: records.close_chat(lane.chat, why=str(trouble)))
            case TopicGone() if message.draft.thread is not None:
                await self._write(lambda records: records.leave_topic(lane.chat, message.draft.thread))
                await self._cope_with_lost_place(lane, message, trouble)
            case Rejected() | TopicGone():
                await self._cope_with_rejection(lane, message, trouble)
            case Uncertain():
                self._note_failure(lane, trouble)
                await self._cope_with_doubt(lane, message)
            case Unreachable() | TokenRefused() | _:
                self._note_failure(lane, trouble)
                await self._put_back(lane, message, Delivery.WAITING)
        return []

    def _note_failure(self, lane: Lane, trouble: TelegramTrouble) -> None:
        self.trouble = str(trouble)
        lane.note_failure(self._clock())

    async def _follow(self, lane: Lane, message: Message, moved: ChatMoved) -> list[Message]:
        """The group became a supergroup with another id: what waits for it leaves there."""
        await self._write(lambda records: records.move_chat(lane.chat, moved.chat))
        await self._on_moved()
        waiting = [message.id, *lane.waiting]
        lane.waiting.clear()
        return await self._write(lambda records: [_waiting(records, one) for one in waiting])

    async def _cope_with_lost_place(self, lane: Lane, message: Message, trouble: TopicGone) -> None:
        if message.message_id is None:
            await self._put_back(lane, message, Delivery.WAITING)
        else:
            await self._cope_with_rejection(lane, message, trouble)

    async def _cope_with_rejection(self, lane: Lane, message: Message, trouble: TelegramTrouble) -> None:
        if message.message_id is not None and message.draft.matters:  # deleted by hand, or too old to be edited
            await self._write(lambda records: records.send_anew(message.id))
            await self._put_back(lane, message, Delivery.WAITING)
            return
        await self._write(lambda records: records.set_state(message.id, Delivery.DROPPED, why=str(trouble)))

    async def _cope_with_doubt(self, lane: Lane, message: Message) -> None:
        if message.message_id is not None:
            await self._put_back(lane, message, Delivery.WAITING)
        elif message.draft.matters:
            await self._put_back(lane, message, Delivery.UNCERTAIN)
        else:
            await self._write(
                lambda records: records.set_state(message.id, Delivery.DROPPED, why="its delivery was uncertain")
            )

    async def _put_back(self, lane: Lane, message: Message, state: Delivery) -> None:
        await self._write(lambda records: records.set_state(message.id, state))
        fresh = await self._write(lambda records: records.message(message.id))
        lane.waiting.setdefault(message.id, fresh)

    async def _write(self, work: Callable[[ChatRecords], T]) -> T:
        """Note what became of a call. While nothing can be written the lane waits: it might send a message twice."""
        while True:
            try:
                return await self.transact(work)
            except Exception:
                log.exception("outbox.not_noted")
                await asyncio.sleep(AGAIN_S)


def _marked(text: str, message: Message) -> str:
    return text + REPEATED if message.repeated else text


def _waiting(records: ChatRecords, message: int) -> Message:
    records.set_state(message, Delivery.WAITING)
    return records.message(message)
