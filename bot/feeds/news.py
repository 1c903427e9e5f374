"""Alerts, outcomes, notices and replies: one outlet, so that what happened first is told first."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from bot.access.preference_table import PreferenceTable
from bot.access.roles import Access
from bot.feeds.alert_drafts import AlertFacts, is_quiet
from bot.feeds.alerts import gather_alert_facts
from bot.feeds.price_drafts import PriceDrafts, PriceFacts
from bot.feeds.prices import gather_price_facts
from bot.telegram.messages import ChatRecords
from bot.telegram.model import Effect, Plan
from bot.text.draft import Draft
from purchasing.events import CommandDone, Event
from purchasing.storage.unit_of_work import UnitOfWork

log = logging.getLogger(__name__)


class GatheredReply(Protocol):
    """What a reply is made from."""

    @property
    def started_in(self) -> int | None:
        """The chat in which Start was pressed, if that is what is replied to."""


ReplyT = TypeVar("ReplyT", bound=GatheredReply)


class Replier(Protocol[ReplyT]):
    """Replies to commands that are done."""

    def gather(self, event: Event, done: CommandDone, unit: UnitOfWork, records: ChatRecords) -> ReplyT | None:
        """All that the reply is made from; None where there is nobody to reply to. Only reads."""

    def draft(self, facts: ReplyT) -> Plan:
        """What is to be written, from these facts alone."""


class NewsDrafts(Protocol):
    """What events mean for people, drafted from facts alone."""

    def draft(self, event: Event, facts: AlertFacts) -> list[Draft]: ...

    def untold(self, event: Event, facts: AlertFacts) -> list[Draft]:
        """In place of an event of which nothing can be told, as that broke."""

    def catch_up(self, chat: int, facts: AlertFacts) -> Plan:
        """The alerts of windows that are open already, for someone who has just pressed Start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GatheredNews(Generic[ReplyT]):
    alerts: AlertFacts
    prices: PriceFacts
    #: What the replies to commands that are done are made from, by the events' numbers.
    replies: Mapping[int, ReplyT]


class News(Generic[ReplyT]):
    """Drafts all that is told in messages of their own, and the alerts that go on."""

    def __init__(
        self, *, alerts: NewsDrafts, prices: PriceDrafts, replies: Replier[ReplyT], access: Callable[[], Access]
    ) -> None:
        self._alerts = alerts
        self._prices = prices
        self._replies = replies
        self._access = access

    def gather(self, events: Sequence[Event], unit: UnitOfWork, records: ChatRecords) -> GatheredNews[ReplyT] | None:
        if all(is_quiet(event.fact) for event in events):
            return None
        done = [(event, event.fact) for event in events if isinstance(event.fact, CommandDone)]
        gathered = {event.seq: self._replies.gather(event, fact, unit, records) for event, fact in done}
        replies = {seq: reply for seq, reply in gathered.items() if reply is not None}
        started = {chat for reply in replies.values() if (chat := reply.started_in) is not None}
        alerts = gather_alert_facts(events, unit, records, access=self._access(), started=started)
        prices = gather_price_facts(events, unit, records, alerts)
        return GatheredNews(alerts=alerts, prices=prices, replies=replies)

    def draft(self, events: Sequence[Event], facts: GatheredNews[ReplyT]) -> Plan:
        plan: list[Draft | Effect] = []
        alerts = facts.alerts
        for event in events:
            reply = facts.replies.get(event.seq)
            first = [] if reply is None else self._draft_reply(reply, alerts)
            alerts = alerts.after(first)
            more = self._draft_event(event, alerts, facts.prices)
            alerts = alerts.after(more)
            plan += [*first, *more]
        return plan

    def _draft_event(self, event: Event, alerts: AlertFacts, prices: PriceFacts) -> list[Draft]:
        try:
            return [*self._alerts.draft(event, alerts), *self._prices.draft(event, prices, alerts)]
        except Exception:
            # One that breaks must not hold up all that is told after it, for ever.
            log.exception("news.broke", extra={"seq": event.seq, "kind": event.kind})
            return self._alerts.untold(event, alerts)

    def _draft_reply(self, reply: ReplyT, alerts: AlertFacts) -> Plan:
        """The reply; to somebody who begins, followed by what is open already."""
        plan = self._replies.draft(reply)
        if reply.started_in is None:
            return plan
        return [*plan, *self._alerts.catch_up(reply.started_in, alerts.after(plan))]

    def still_holds(self, facts: GatheredNews[ReplyT], unit: UnitOfWork, records: ChatRecords) -> bool:
        alerts = facts.alerts
        if (alerts.listeners, alerts.access) != (records.listeners(), self._access()):
            return False
        return alerts.preferences == PreferenceTable(unit.connection).all()
