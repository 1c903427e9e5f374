"""Alerts, outcomes, notices and replies: one outlet, so that what happened first is told first."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.access.roles import Access
from bot.feeds.alert_drafts import AlertDrafts, AlertFacts, is_quiet
from bot.feeds.alerts import gather_alert_facts
from bot.telegram.messages import ChatRecords
from bot.telegram.model import Effect, KnowListener, Plan
from bot.text.draft import Draft
from purchasing.events import CommandDone, Event
from purchasing.storage.unit_of_work import UnitOfWork


class Replier(Protocol):
    """Answers commands that are done."""

    def plan(self, event: Event, done: CommandDone, unit: UnitOfWork, records: ChatRecords) -> Plan:
        """What is to be written for the answer. Only reads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    alerts: AlertFacts
    #: What answers the command that is done, by the event's number.
    replies: Mapping[int, Plan]


class News:
    """Drafts all that is told in messages of their own, and the alerts that go on."""

    def __init__(self, *, alerts: AlertDrafts, replies: Replier, access: Callable[[], Access]) -> None:
        self._alerts = alerts
        self._replies = replies
        self._access = access

    def gather(self, events: Sequence[Event], unit: UnitOfWork, records: ChatRecords) -> Facts | None:
        if all(is_quiet(event.fact) for event in events):
            return None
        replies = {
            event.seq: self._replies.plan(event, event.fact, unit, records)
            for event in events
            if isinstance(event.fact, CommandDone)
        }
        started = {chat for event in events for chat in _started_by(event, replies.get(event.seq, ()))}
        alerts = gather_alert_facts(events, unit, records, access=self._access(), started=started)
        return Facts(alerts=alerts, replies=replies)

    def draft(self, events: Sequence[Event], facts: Facts) -> Plan:
        plan: list[Draft | Effect] = []
        alerts = facts.alerts
        for event in events:
            reply = facts.replies.get(event.seq, ())
            alerts = alerts.after(reply)
            more = [one for chat in _started_by(event, reply) for one in self._alerts.catch_up(chat, alerts)]
            told = [*reply, *more, *self._alerts.draft(event, alerts)]
            alerts = alerts.after(told)
            plan += told
        return plan

    def still_holds(self, facts: Facts, unit: UnitOfWork, records: ChatRecords) -> bool:  # noqa: ARG002  as the port has it
        return (facts.alerts.listeners, facts.alerts.access) == (records.listeners(), self._access())


def _started_by(event: Event, reply: Plan) -> list[int]:
    """The chats in which Start was pressed."""
    if not isinstance(event.fact, CommandDone) or event.fact.what != "start":
        return []
    return [part.chat for part in reply if isinstance(part, KnowListener)]
