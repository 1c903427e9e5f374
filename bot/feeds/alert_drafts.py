"""What events mean for people: alerts that tell their story, outcomes, and what a person must know. Pure.

Each alert is drawn from where its restock window stands, not from the event alone.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import tzinfo

from bot.access.preferences import Preferences
from bot.access.roles import Access, Role
from bot.feeds.digests import draft_away, draft_day, draft_nudge, draft_open_nudge
from bot.feeds.notice_texts import notice_text
from bot.feeds.outcomes import draft_outcome
from bot.feeds.recipients import Recipient, recipients_of
from bot.telegram.model import Delivery, Effect, KnowListener, Plan, ReviveMessage
from bot.text.alerts import render_alert, render_restocks
from bot.text.chat.people import access_buttons
from bot.text.draft import Buttons, Draft, Rank, in_messages
from bot.text.events import NOBODY, Names
from bot.text.notices import (
    render_untold,
    variation_buttons,
)
from bot.text.purchases import approval_line
from bot.text.taps.alert_buttons import alert_buttons, reminder_buttons
from config.products import DRILL, Mode, Tcin
from monitor.model import StockState
from purchasing.events import (
    AccessChanged,
    ApprovalAnswered,
    ApprovalNudged,
    ApprovalWithdrawn,
    AttemptMoved,
    CaughtUp,
    Control,
    ControlChanged,
    CycleCompleted,
    DaySummedUp,
    Event,
    Fact,
    ProductLearned,
    StillHeld,
    UnknownFact,
    WatchlistChanged,
)
from purchasing.model import Attempt, Restock, Step
from purchasing.rules.state_machine import BEFORE_BUTTON

_UNDER_WAY = BEFORE_BUTTON | {Step.SUBMITTING}
#: How a round of practice ends.
_ENDS_OF_ROUND = frozenset({Step.CONFIRMED, Step.REFUSED})

#: More restocks in one cycle than this are named together, in one message with a sound, before their alerts.
MOST_ALONE = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertFacts:
    """All that these events' messages are made from."""

    mode: Mode
    access: Access
    #: The chats that can be written to, each with its topic.
    listeners: Mapping[int, int | None]
    #: The restocks that are told of, by their windows, and the attempts, by their numbers.
    restocks: Mapping[int, Restock] = field(default_factory=dict)
    attempts: Mapping[int, Attempt] = field(default_factory=dict)
    #: Those of which something may still be in the cart.
    left: Collection[int] = ()
    #: The open window of each product whose wishes or stock changed.
    windows: Mapping[Tcin, int] = field(default_factory=dict)
    #: The last window of each such product that has none open, where its alert still says that the product is there.
    lingering: Mapping[Tcin, int] = field(default_factory=dict)
    #: All open windows of what is watched, where somebody has just pressed Start.
    open_windows: Sequence[int] = ()
    titles: Mapping[Tcin, str] = field(default_factory=dict)
    #: The alerts that were planned, by their keys.
    planned: Mapping[str, Delivery] = field(default_factory=dict)
    #: The names of people, where an event speaks of any.
    names: Names = NOBODY
    #: Where the command of each key was given: there the reply tells what it did.
    answered: Mapping[str, int] = field(default_factory=dict)
    #: What was chosen in each chat; most choose nothing.
    preferences: Mapping[int, Preferences] = field(default_factory=dict)
    #: The chats that are told, where not all are.
    only: Collection[int] | None = None

    @property
    def recipients(self) -> list[Recipient]:
        everyone = recipients_of(self.access, self.listeners)
        return everyone if self.only is None else [one for one in everyone if one.chat in self.only]

    def after(self, plan: Plan) -> "AlertFacts":
        """The same once this plan is written."""
        if not plan:
            return self
        known = {part.chat: part.thread for part in plan if isinstance(part, KnowListener)}
        planned = {part.key: Delivery.WAITING for part in plan if isinstance(part, Draft)}
        return replace(self, listeners={**self.listeners, **known}, planned={**planned, **self.planned})


def alert_key(window: int, chat: int) -> str:
    return f"alert:{window}:{chat}"


def is_quiet(fact: Fact | UnknownFact) -> bool:
    """A cycle of which nobody is told."""
    match fact:
        case CycleCompleted(windows=windows, approvals=approvals, purchases=purchases):
            moved = windows.opened or windows.closed or approvals.made or approvals.expired or purchases.started
            return not moved and not in_stock_in(fact) and not left_stock_in(fact)
    return False


def in_stock_in(cycle: CycleCompleted) -> list[Tcin]:
    """The products in stock of which the cycle tells anything new."""
    return [tcin for tcin, one in cycle.stock.items() if one.state is StockState.IN_STOCK]


def left_stock_in(cycle: CycleCompleted) -> list[Tcin]:
    """The products that are no longer in stock since this cycle."""
    return [one.tcin for one in cycle.changes if one.before is StockState.IN_STOCK]


class AlertDrafts:
    """Drafts what an event means for the people."""

    def __init__(self, *, zone: tzinfo, product_link: Callable[[Tcin], str]) -> None:
        self._zone = zone
        self._link = product_link

    def draft(self, event: Event, facts: AlertFacts) -> list[Draft]:
        match event.fact:
            case CycleCompleted() as cycle:
                return self._cycle(cycle, facts)
            case ControlChanged(what=Control.PAUSE, tcin=str(tcin)):
                return self._tell_on([facts.windows.get(Tcin(tcin))], facts)
            case ApprovalAnswered(window=window) | ApprovalWithdrawn(window=window):
                return self._tell_on([window], facts)
            case ApprovalNudged(window=window):
                return draft_open_nudge(facts.restocks[window], facts.recipients, mode=facts.mode, zone=self._zone)
            case AttemptMoved() as moved:
                return self._attempt(moved, facts)
            case CaughtUp() as news:
                return draft_away(event, news, facts.recipients, mode=facts.mode)
            case DaySummedUp() as day:
                return draft_day(event, day, facts.recipients, mode=facts.mode, zone=self._zone)
            case ProductLearned(tcin=tcin, priced=priced, street_date=street_date) if priced or street_date is not None:
                return self._tell_on(dict.fromkeys([*priced, facts.windows.get(tcin)]), facts)
            case WatchlistChanged() as change:
                touched = [*change.removed, *change.changed, *change.added]
                told_on = [facts.windows.get(tcin) for tcin in touched]
                return [*self._tell_on(told_on, facts), *self._notice(event, facts)]
            case _:
                return self._notice(event, facts)

    # ---- the story of a restock window

    def _cycle(self, cycle: CycleCompleted, facts: AlertFacts) -> list[Draft]:
        opened = [one.window for one in cycle.windows.opened]
        told_on: list[int | None] = [
            one.window for one in (*cycle.windows.closed, *cycle.approvals.made, *cycle.approvals.expired)
        ]
        started = [facts.attempts[one.attempt] for one in cycle.purchases.started]
        # Its price may have changed.
        told_on += [facts.windows.get(tcin) or facts.lingering.get(tcin) for tcin in in_stock_in(cycle)]
        told_on += [facts.lingering.get(tcin) for tcin in left_stock_in(cycle)]
        told_on += [one.window for one in started if one.window not in opened and not _is_further_round(one, facts)]
        return self._opened(cycle, opened, facts) + self._tell_on(dict.fromkeys(told_on), facts, but=opened)

    def _opened(self, cycle: CycleCompleted, windows: Sequence[int], facts: AlertFacts) -> list[Draft]:
        """Each restock's alert; many at once are named together first, and their alerts follow silently."""
        restocks = [one for window in windows if (one := facts.restocks[window]).tcin != DRILL]
        named = {one.id for one in restocks} if len(restocks) > MOST_ALONE else set[int]()
        drafts = self._named(cycle, restocks, facts) if named else []
        for window in windows:
            drafts += self._alert(window, facts, silent=window in named)
        return drafts

    def _named(self, cycle: CycleCompleted, restocks: Sequence[Restock], facts: AlertFacts) -> list[Draft]:
        text = render_restocks(restocks, mode=facts.mode, zone=self._zone)
        drafts = [
            Draft(
                key=f"restocks:{cycle.cycle_id}:{one.chat}",
                chat=one.chat,
                thread=one.thread,
                text=text,
                rank=Rank.ALERT,
                once=True,
            )
            for one in facts.recipients
        ]
        return [part for draft in drafts for part in in_messages(draft, mode=facts.mode)]

    def _tell_on(
        self,
        windows: Iterable[int | None],
        facts: AlertFacts,
        *,
        but: Collection[int] = (),
        rank: Rank = Rank.ALERT,
    ) -> list[Draft]:
        """Edits of alerts that were sent; who got none of this window gets none in its middle."""
        return [
            draft
            for window in windows
            if window is not None and window not in but
            for draft in (*self._alert(window, facts, rank=rank), *self._nudge(window, facts))
            if draft.key in facts.planned
        ]

    def _nudge(self, window: int, facts: AlertFacts) -> list[Draft]:
        return draft_nudge(facts.restocks[window], facts.recipients, mode=facts.mode, zone=self._zone)

    def _alert(self, window: int, facts: AlertFacts, *, silent: bool = False, rank: Rank = Rank.ALERT) -> list[Draft]:
        restock = facts.restocks[window]
        is_drill = restock.product.tcin == DRILL
        link = None if is_drill else self._link(restock.product.tcin)
        text = render_alert(
            restock,
            mode=Mode.SIMULATE if is_drill else facts.mode,
            zone=self._zone,
            asked=approval_line(restock, self._zone),
        )
        return [
            Draft(
                key=alert_key(window, one.chat),
                chat=one.chat,
                thread=one.thread,
                text=text,
                rank=rank,
                silent=silent,
                picture=restock.stock.image_url,
                buttons=alert_buttons(restock, link=link, acting=one.may_answer),
            )
            for one in facts.recipients
        ]

    def catch_up(self, chat: int, facts: AlertFacts) -> list[Draft | Effect]:
        """The alerts of windows that are open already, for someone who has just pressed Start."""
        plan: list[Draft | Effect] = []
        for draft in (draft for window in facts.open_windows for draft in self._alert(window, facts)):
            delivery = facts.planned.get(draft.key)
            if draft.chat == chat and delivery is Delivery.DROPPED:
                plan += [ReviveMessage(key=draft.key), draft]
            elif draft.chat == chat and delivery is None:
                plan.append(draft)
        return plan

    # ---- attempts

    def _attempt(self, moved: AttemptMoved, facts: AlertFacts) -> list[Draft]:
        attempt, step = facts.attempts[moved.attempt], moved.to
        if attempt.window is None:
            return []
        is_further = _is_further_round(attempt, facts)
        if step in _UNDER_WAY and is_further:
            return []
        rank = Rank.ROUND if is_further and step in _ENDS_OF_ROUND else Rank.ALERT
        drafts = self._tell_on([attempt.window], facts, rank=rank)
        if step in _UNDER_WAY:
            return drafts
        restock, is_left = facts.restocks[attempt.window], attempt.id in facts.left
        return drafts + draft_outcome(moved, attempt, restock, facts.recipients, is_left=is_left)

    # ---- what a person must know

    def _notice(self, event: Event, facts: AlertFacts) -> list[Draft]:
        text, silent, least = notice_text(event, facts.titles, facts.names, mode=facts.mode, zone=self._zone)
        if text is None:
            return []
        return self._to_everyone(event, facts, text=text, silent=silent, least=least)

    def untold(self, event: Event, facts: AlertFacts) -> list[Draft]:
        """In place of an event of which nothing can be told, as that broke."""
        return self._to_everyone(event, facts, text=render_untold(event, mode=facts.mode))

    def _to_everyone(
        self, event: Event, facts: AlertFacts, *, text: str, silent: bool = False, least: Role = Role.VIEWER
    ) -> list[Draft]:
        """To whoever has this role at least, and does not know it already."""
        answered, knows = _answered_chat(event.fact, facts), _who_knows(event.fact)
        buttons = _notice_buttons(event.fact)
        drafts = [
            Draft(
                key=f"notice:{event.seq}:{one.chat}",
                chat=one.chat,
                thread=one.thread,
                text=text,
                rank=Rank.URGENT,
                silent=silent,
                buttons=buttons,
                once=True,
            )
            for one in facts.recipients
            if one.role >= least and one.chat != answered and one.chat not in knows
        ]
        file = f"stockbell-news-{event.at.astimezone(self._zone):%Y-%m-%d}.txt"
        return [part for draft in drafts for part in in_messages(draft, mode=facts.mode, file=file)]


def _is_further_round(attempt: Attempt, facts: AlertFacts) -> bool:
    """Practice in a window in which it came to its end before: it is counted now and then, once it has ended.

    What was called off by a person, or by a change of the list, was no round.
    """
    if attempt.mode is not Mode.SIMULATE or attempt.window is None:
        return False
    restock = facts.restocks[attempt.window]
    if restock.earlier.confirmed or restock.earlier.refused:
        return True
    rounds = (one for one in restock.attempts if one.mode is Mode.SIMULATE and one.step in _ENDS_OF_ROUND)
    return any(one.id < attempt.id for one in rounds)


def _answered_chat(fact: Fact | UnknownFact, facts: AlertFacts) -> int | None:
    """Where the command behind it was given."""
    match fact:
        case ControlChanged(command=str(key)):
            return facts.answered.get(key)
        case WatchlistChanged(by=by) if by.isdigit():
            return int(by)
    return None


def _notice_buttons(fact: Fact | UnknownFact) -> Buttons:
    match fact:
        case ProductLearned():
            return variation_buttons(fact)
        case AccessChanged():
            return access_buttons(fact)
        case StillHeld(what=what):
            return reminder_buttons(what)
    return ()


def _who_knows(fact: Fact | UnknownFact) -> frozenset[int]:
    """The private chats of those who did it, or to whom it was done."""
    match fact:
        case AccessChanged(user=user, by=by):
            return frozenset({user, int(by)} if by.isdecimal() else {user})
    return frozenset()
