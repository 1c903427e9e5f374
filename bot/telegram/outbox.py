"""What leaves: one lane for each chat, the most urgent first, at Telegram's pace, and nothing lost by a restart."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import TypeVar

import sqlalchemy as sa

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
from bot.telegram.messages import Delivery, Message, Pin, Store
from bot.telegram.rate_limits import GROUP_SPARE, Pace, board_gap, chat_pace, is_group, overall_pace
from bot.text.draft import REPEATED, Draft, Rank, caption_of
from bot.text.markup import plain
from config.database import Database

log = logging.getLogger(__name__)

T = TypeVar("T")

#: Pauses of a lane while Telegram can't be reached; the last one repeats.
PAUSES_S = (0.5, 1.0, 2.0, 5.0, 10.0, 20.0)
#: What could not be written is tried again after this.
AGAIN_S = 1.0
#: Who leaves a place to somebody more urgent looks for another one after this.
TURN_S = 0.05


@dataclass(slots=True)
class Lane:
    """What waits for one chat. Only its own task sends, so that order is kept and two edits never race."""

    chat: int
    pace: Pace
    waiting: dict[int, Message] = field(default_factory=dict)
    blocked_until: float = 0.0
    board_at: float = 0.0
    failures: int = 0
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[None] | None = None
    #: A message is on its way.
    is_sending: bool = False
    #: The last that left told an alert's story on: a reply goes before the next of that kind, or none ever would.
    told_on: bool = False

    def is_free(self, now: float) -> bool:
        """Whether a new message would leave at once: nothing leaves or is due, and neither pace nor flood holds it."""
        held = max(self.blocked_until - now, self.pace.wait(now)) > 0
        return not (self.is_sending or held or self.first(now))

    def first(self, now: float) -> Message | None:
        """What should leave next: by rank, then in the order of planning. A board waits out its own gap."""
        ready = [one for one in self.waiting.values() if one.draft.rank is not Rank.BOARD or now >= self.board_at]
        return min(ready, key=lambda one: (self._rank(one), one.id), default=None)

    def _rank(self, message: Message) -> float:
        return Rank.REPLY + 0.5 if self.told_on and tells_on(message) else message.draft.rank

    def is_ready(self, now: float) -> bool:
        """Whether something would leave as soon as there is a place for it among all chats."""
        return self.task is not None and not self.is_sending and bool(self.first(now)) and self.wait(now) <= 0

    def urgency(self, now: float) -> Rank:
        first = self.first(now)
        return Rank.BOARD if first is None else first.draft.rank

    def wait(self, now: float) -> float:
        """Seconds until something may leave."""
        first = self.first(now)
        if first is None:
            return max(self.board_at - now, 0.0)
        spare = GROUP_SPARE if is_group(self.chat) and first.draft.rank is Rank.BOARD else 0
        return max(self.blocked_until - now, self.pace.wait(now, spare=spare), 0.0)


def tells_on(message: Message) -> bool:
    """An alert that is shown already is edited."""
    return message.draft.rank is Rank.STOCK and message.message_id is not None


class Outbox:
    """Delivers stored messages. Losing its memory costs nothing: everything stands in the store."""

    def __init__(self, *, api: TelegramApi, database: Database, on_moved: Callable[[], Awaitable[None]]) -> None:
        self._api = api
        self._on_moved = on_moved
        self._database = database
        self._overall = overall_pace()
        self._lanes: dict[int, Lane] = {}
        #: The most urgent of those that are ready, as long as it is and nothing new came in.
        self._most_urgent: Lane | None = None
        self._group: asyncio.TaskGroup | None = None
        #: The last trouble with delivery, until something is delivered again.
        self.trouble: str | None = None

    async def run(self) -> None:
        """Deliver until cancelled, beginning with what an earlier run left."""
        try:
            async with asyncio.TaskGroup() as group:
                # Until this is done, nothing may be planned as on its way: it would be taken for interrupted.
                self.put(await self._transact(_take_over))
                self._group = group
                for lane in self._lanes.values():
                    self._begin(lane)
                await asyncio.Event().wait()
        finally:
            self._group = None
            for lane in self._lanes.values():
                lane.task = None
                lane.waiting.clear()

    def free(self) -> Callable[[int], bool]:
        """Tells of a chat whether a new message could leave for it at once, as things stand now."""
        now = self._clock()
        if self._group is None or self._overall.wait(now) > 0:
            return lambda _chat: False
        taken = frozenset(lane.chat for lane in self._lanes.values() if not lane.is_free(now))
        return lambda chat: chat not in taken

    def put(self, messages: Iterable[Message]) -> None:
        """Take over messages that are stored; those marked as sending leave without another write."""
        for message in messages:
            lane = self._lanes.setdefault(
                message.draft.chat, Lane(chat=message.draft.chat, pace=chat_pace(message.draft.chat))
            )
            lane.waiting[message.id] = message
            lane.changed.set()
            self._most_urgent = None
            self._begin(lane)

    def _begin(self, lane: Lane) -> None:
        if lane.task is None and self._group is not None and lane.waiting:
            lane.task = self._group.create_task(self._drive(lane), name=f"outbox {lane.chat}")

    async def drain(self) -> None:
        """Wait until nothing is left to send."""
        while any(lane.task for lane in self._lanes.values()):
            await asyncio.gather(*(lane.task for lane in self._lanes.values() if lane.task), return_exceptions=True)

    def _clock(self) -> float:
        return asyncio.get_running_loop().time()

    async def _drive(self, lane: Lane) -> None:
        while lane.waiting:
            try:
                await self._leave_in_time(lane)
            except Exception:
                log.exception("outbox.lane_broke", extra={"chat": lane.chat})
                lane.blocked_until = self._clock() + PAUSES_S[-1]
        lane.task = None

    async def _leave_in_time(self, lane: Lane) -> None:
        now = self._clock()
        wait = max(lane.wait(now), self._overall.wait(now))
        if wait > 0:
            # What is put meanwhile may be more urgent than what is waited for.
            lane.changed.clear()
            await _either(lane.changed, wait)
            return
        if (ahead := self._ahead_of(lane, now)) is not None:
            ahead.changed.set()
            lane.changed.clear()
            await _either(lane.changed, TURN_S)
            return
        message = lane.first(now)
        if message is None:
            return
        del lane.waiting[message.id]
        self._overall.note(now)
        lane.pace.note(now)
        if message.draft.rank is Rank.BOARD:
            lane.board_at = now + board_gap(lane.chat)
        lane.is_sending, lane.told_on = True, tells_on(message)
        try:
            await self._deliver(lane, message)
            lane.pace.arrived(self._clock())
        except Exception:
            lane.waiting.setdefault(message.id, message)
            raise
        finally:
            lane.is_sending = False

    def _ahead_of(self, lane: Lane, now: float) -> Lane | None:
        """Who has something more urgent for the place that is free among all chats."""
        chosen = self._most_urgent
        if chosen is None or not chosen.is_ready(now):
            ready = (one for one in self._lanes.values() if one.is_ready(now))
            chosen = self._most_urgent = min(ready, key=lambda one: one.urgency(now), default=lane)
        return chosen if chosen.urgency(now) < lane.urgency(now) else None

    async def _deliver(self, lane: Lane, message: Message) -> None:
        claimed: Message | None = message
        if message.state is not Delivery.SENDING:
            claimed = await self._transact(lambda store: store.claim(message.id))
        if claimed is None:
            return
        try:
            message_id = await self._show(claimed)
        except TelegramTrouble as trouble:
            log.warning("outbox.trouble", extra={"chat": lane.chat, "key": claimed.draft.key, "why": str(trouble)})
            await self._cope(lane, claimed, trouble)
            return
        lane.failures, self.trouble = 0, None
        await self._write(lambda store: store.was_shown(claimed.id, revision=claimed.revision, message_id=message_id))
        if claimed.pin is Pin.WANTED:
            await self._pin(claimed, message_id)

    async def _show(self, message: Message) -> int:
        draft = message.draft
        text = _marked(draft.text, message)
        if draft.file is not None:
            return await self._show_file(draft, draft.file, caption=_marked(caption_of(draft.text), message))
        if message.message_id is not None:
            if message.pin is Pin.OVER:
                await self._unpin(message, message.message_id)
            await self._api.edit(draft.chat, message.message_id, text, buttons=draft.buttons, picture=draft.picture)
            return message.message_id
        return await self._api.send(
            draft.chat,
            text,
            thread=draft.thread,
            buttons=draft.buttons,
            silent=draft.silent,
            picture=draft.picture,
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
        await self._write(lambda store: store.was_pinned(message.id))

    async def _unpin(self, message: Message, message_id: int) -> None:
        with contextlib.suppress(Rejected):  # it is not pinned, or the bot may no longer pin here
            await self._api.unpin(message.draft.chat, message_id)
        await self._write(lambda store: store.was_unpinned(message.id))

    async def _cope(self, lane: Lane, message: Message, trouble: TelegramTrouble) -> None:
        """Do what the kind of trouble asks for; what may still be delivered goes back into the lane."""
        now = self._clock()
        match trouble:
            case Flooded():
                lane.blocked_until = now + trouble.wait.total_seconds() + 0.1
                await self._put_back(lane, message, Delivery.WAITING)
            case ChatMoved():
                await self._write(lambda store: store.move_chat(lane.chat, trouble.chat))
                await self._on_moved()
                moved = [message.id, *lane.waiting]
                lane.waiting.clear()
                self.put(await self._write(lambda store: [_waiting(store, one) for one in moved]))
            case ChatClosed():
                lane.waiting.clear()
                await self._write(lambda store: store.close_chat(lane.chat, why=str(trouble)))
            case TopicGone() if message.draft.thread is not None:
                await self._write(lambda store: store.leave_topic(lane.chat, message.draft.thread))
                await self._cope_with_lost_place(lane, message, trouble)
            case Rejected() | TopicGone():
                await self._cope_with_rejection(lane, message, trouble)
            case Uncertain():
                self._pause(lane, trouble)
                await self._cope_with_doubt(lane, message)
            case Unreachable() | TokenRefused() | _:
                self._pause(lane, trouble)
                await self._put_back(lane, message, Delivery.WAITING)

    def _pause(self, lane: Lane, trouble: TelegramTrouble) -> None:
        """Telegram itself does badly, not only this chat."""
        self.trouble = str(trouble)
        lane.blocked_until = self._clock() + PAUSES_S[min(lane.failures, len(PAUSES_S) - 1)]
        lane.failures += 1

    async def _cope_with_lost_place(self, lane: Lane, message: Message, trouble: TopicGone) -> None:
        if message.message_id is None:
            await self._put_back(lane, message, Delivery.WAITING)
        else:
            await self._cope_with_rejection(lane, message, trouble)

    async def _cope_with_rejection(self, lane: Lane, message: Message, trouble: TelegramTrouble) -> None:
        if message.message_id is not None and message.draft.matters:  # deleted by hand, or too old to be edited
            await self._write(lambda store: store.send_anew(message.id))
            await self._put_back(lane, message, Delivery.WAITING)
            return
        await self._write(lambda store: store.set_state(message.id, Delivery.DROPPED, why=str(trouble)))

    async def _cope_with_doubt(self, lane: Lane, message: Message) -> None:
        if message.message_id is not None:
            await self._put_back(lane, message, Delivery.WAITING)
        elif message.draft.matters:
            await self._put_back(lane, message, Delivery.UNCERTAIN)
        else:
            await self._write(
                lambda store: store.set_state(message.id, Delivery.DROPPED, why="its delivery was uncertain")
            )

    async def _put_back(self, lane: Lane, message: Message, state: Delivery) -> None:
        await self._write(lambda store: store.set_state(message.id, state))
        fresh = await self._write(lambda store: store.message(message.id))
        lane.waiting.setdefault(message.id, fresh)

    async def _write(self, work: Callable[[Store], T]) -> T:
        """Note what became of a call. While nothing can be written the lane waits: it might send a message twice."""
        while True:
            try:
                return await self._transact(work)
            except Exception:
                log.exception("outbox.not_noted")
                await asyncio.sleep(AGAIN_S)

    async def _transact(self, work: Callable[[Store], T]) -> T:
        def on_connection(connection: sa.Connection) -> T:
            return work(Store(connection))

        return await self._database.transact(on_connection)


def _marked(text: str, message: Message) -> str:
    return text + REPEATED if message.repeated else text


def _take_over(store: Store) -> list[Message]:
    """What an earlier run left, in the order of planning."""
    store.was_interrupted()
    return store.unsent()


def _waiting(store: Store, message: int) -> Message:
    store.set_state(message, Delivery.WAITING)
    return store.message(message)


async def _either(event: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return
