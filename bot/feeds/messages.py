"""The journal told in Telegram: messages are planned and the place is moved in one transaction, then they may leave."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from bot.access.roles import Access
from bot.feeds.alerts import Alerts
from bot.telegram.messages import Store
from bot.telegram.model import Board, Message
from bot.telegram.outbox import IsFree, Outbox
from bot.text.draft import Draft
from config.clock import Now
from config.database import Connection, Database
from purchasing.events import (
    AccessChanged,
    AttemptMoved,
    Blind,
    CommandDone,
    ControlChanged,
    CycleCompleted,
    Event,
    ServiceStopped,
    Sighted,
)
from purchasing.storage.unit_of_work import UnitOfWork

#: How many events one transaction takes in, so that a long backlog holds nobody else up.
AT_ONCE = 50

_SHOWN_ON_BOARDS = (CycleCompleted, ControlChanged, AttemptMoved, Blind, Sighted, ServiceStopped)

#: Who is let in, as it stands in this transaction.
ReadAccess = Callable[[UnitOfWork, Store], Access]

#: What one event means for one outlet.
Plan = Callable[[Event, UnitOfWork, Store], list[Draft]]

#: The reply to a command that is done.
DraftReply = Callable[[Event, CommandDone, UnitOfWork, Store], list[Draft]]


class DrawBoards(Protocol):
    def __call__(self, boards: Sequence[Board], unit: UnitOfWork, *, at: datetime, ended: bool) -> list[Draft]:
        """These boards as they are to read at that time; `ended` says that nobody watches any more."""


class MessageOutlet:
    """Its place stands in the database, beside the messages that were planned up to it."""

    def __init__(self, name: str, *, plan: Plan, database: Database, outbox: Outbox, now: Now) -> None:
        self.name = name
        self._plan = plan
        self._database = database
        self._outbox = outbox
        self._now = now

    async def tell_next(self) -> bool:
        """Plan for the next events, and hand what was planned to the outbox."""
        is_free = self._outbox.free()

        def work(connection: Connection) -> list[Message] | None:
            unit, store = UnitOfWork(connection), Store(connection)
            events = unit.journal.after(store.place(self.name), limit=AT_ONCE)
            if not events:
                return None
            messages = self._plan_all(events, unit, store, is_free=is_free)
            store.move_place(self.name, events[-1].seq)
            return messages

        messages = await self._database.transact(work)
        self._outbox.put(messages or [])
        return messages is not None

    def _plan_all(self, events: list[Event], unit: UnitOfWork, store: Store, *, is_free: IsFree) -> list[Message]:
        """Only the first message of a chat can leave at once; it is marked as on its way in this same transaction."""
        taken: set[int] = set()
        planned: dict[int, Message] = {}
        at = self._now()
        for event in events:
            for draft in self._plan(event, unit, store):
                leaves = draft.chat not in taken and is_free(draft.chat, draft.rank)
                message = store.plan(draft, at=at, sending=leaves)
                if message is not None:
                    planned[message.id] = message
                    taken.add(draft.chat)
        return list(planned.values())


def plan_news(alerts: Alerts, draft_reply: DraftReply) -> Plan:
    """Alerts, outcomes, notices and replies: one outlet, so that what happened first is told first."""

    def plan(event: Event, unit: UnitOfWork, store: Store) -> list[Draft]:
        if not isinstance(event.fact, CommandDone):
            return alerts.draft(event, unit, store)
        drafts = draft_reply(event, event.fact, unit, store)
        if event.fact.what == "start":
            mode = unit.controls.read(at=event.at).mode
            drafts += [one for reply in drafts for one in alerts.catch_up(reply.chat, unit, store, mode=mode)]
        return drafts

    return plan


def plan_boards(draw: DrawBoards, *, read_access: ReadAccess) -> Plan:
    """Every cycle is an edit of each board that its chat may still read; whoever is revoked has none any more."""

    def plan(event: Event, unit: UnitOfWork, store: Store) -> list[Draft]:
        if isinstance(event.fact, AccessChanged):
            _shut_out(event.fact.user, read_access(unit, store), store)
        if not isinstance(event.fact, _SHOWN_ON_BOARDS):
            return []
        access, ended = read_access(unit, store), isinstance(event.fact, ServiceStopped)
        boards = [board for board in store.boards() if access.may_read(board.chat)]
        return draw(boards, unit, at=event.at, ended=ended)

    return plan


def _shut_out(user: int, access: Access, store: Store) -> None:
    """Whoever has no role any more, and was not let in again since, is told nothing more."""
    if not access.may_read(user):
        store.close_chat(user, why="not let in any more")
