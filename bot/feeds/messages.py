"""The journal told in Telegram, in three steps: gather facts, draft purely, write drafts and effects together."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Generic, Protocol, TypeVar

from bot.telegram.messages import ChatRecords
from bot.telegram.model import Message, Plan
from bot.telegram.outbox import IsFree, Outbox
from bot.telegram.planner import Planner
from bot.telegram.presses import PressAnswers
from config.clock import Now
from config.database import Connection, Database
from purchasing.events import Event
from purchasing.storage.unit_of_work import UnitOfWork

log = logging.getLogger(__name__)

#: How many events one round takes in, so that a long backlog holds nobody else up.
AT_ONCE = 50

FactsT = TypeVar("FactsT")


class Drafter(Protocol[FactsT]):
    """What events mean to those who are told of them."""

    def gather(self, events: Sequence[Event], unit: UnitOfWork, records: ChatRecords) -> FactsT | None:
        """All that the drafts are made from, as plain values; None if these events mean nothing here. Only reads."""

    def draft(self, events: Sequence[Event], facts: FactsT) -> Plan:
        """What is to be written, from these facts alone. It holds up no unit of work, however long it takes."""

    def still_holds(self, facts: FactsT, unit: UnitOfWork, records: ChatRecords) -> bool:
        """Whether the drafts still go to whom they were made for: somebody may have been shut out meanwhile.

        What they tell may have moved on: then a later event tells that.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch(Generic[FactsT]):
    """The next events after a place, and what was gathered for them."""

    place: int
    events: Sequence[Event]
    facts: FactsT | None


class MessageOutlet(Generic[FactsT]):
    """Its place stands in the database, beside the messages that were planned up to it."""

    def __init__(
        self,
        name: str,
        *,
        drafter: Drafter[FactsT],
        database: Database,
        outbox: Outbox,
        presses: PressAnswers,
        now: Now,
    ) -> None:
        self.name = name
        self._drafter = drafter
        self._database = database
        self._outbox = outbox
        self._presses = presses
        self._now = now

    async def tell_next(self) -> bool:
        """Plan for the next events, and hand what was planned to the outbox.

        Where it was overtaken, or would reach the wrong people by now, nothing is written, and it is to be done anew.
        """
        batch = await self._database.transact(self._gather)
        if batch is None:
            return False
        if batch.facts is not None:
            plan, toasts = self._presses.choose(self._drafter.draft(batch.events, batch.facts))
            write = partial(self._write, batch=batch, facts=batch.facts, plan=plan, is_free=self._outbox.free())
            messages = await self._database.transact(write)
            if messages is not None:
                self._outbox.put(messages)
                self._presses.say(toasts)
        return True

    def place(self, unit: UnitOfWork) -> int:
        return ChatRecords(unit.connection).place(self.name)

    def reached(self, unit: UnitOfWork) -> int:
        return self.place(unit)

    def _gather(self, connection: Connection) -> Batch[FactsT] | None:
        unit, records = UnitOfWork(connection), ChatRecords(connection)
        place = records.place(self.name)
        events = unit.journal.after(place, limit=AT_ONCE)
        if not events:
            return None
        facts = self._drafter.gather(events, unit, records)
        if facts is None:
            records.move_place(self.name, events[-1].seq)
        return Batch(place=place, events=events, facts=facts)

    def _write(
        self, connection: Connection, *, batch: Batch[FactsT], facts: FactsT, plan: Plan, is_free: IsFree
    ) -> list[Message] | None:
        """What is to be shown now; None where nothing was written, as it is to be done anew."""
        unit, records = UnitOfWork(connection), ChatRecords(connection)
        if records.place(self.name) != batch.place or not self._drafter.still_holds(facts, unit, records):
            log.info("messages.outdated", extra={"outlet": self.name, "place": batch.place})
            return None
        messages = Planner(records, at=self._now(), is_free=is_free).write(plan)
        records.move_place(self.name, batch.events[-1].seq)
        return messages
