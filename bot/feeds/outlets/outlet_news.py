"""What the journal holds for an outlet, as the texts that the chat has for it."""

import logging
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo

from bot.text.alerts import render_alert, render_outcome, render_unconfirmed
from bot.text.chat.outlets import Backlog, render_backlog
from bot.text.checkout import render_order_found, render_session_expired
from bot.text.markup import day_time, headed, join_lines
from bot.text.notices import render_blind, render_rearm_news, render_sighted, render_stop_news
from config.outlets import OutletNews
from config.products import DRILL, Mode, Tcin
from purchasing.events import (
    AttemptMoved,
    Blind,
    Control,
    ControlChanged,
    CycleCompleted,
    Event,
    OrderFound,
    SessionExpired,
    Sighted,
)
from purchasing.model import Step
from purchasing.storage.unit_of_work import UnitOfWork

log = logging.getLogger(__name__)

#: How many events one look takes in, so that a long backlog holds nobody else up.
AT_ONCE = 50
#: Of a backlog, so many of a kind are named.
MOST_NAMED = 20

_ENDS = frozenset({Step.CONFIRMED, Step.REFUSED, Step.ABANDONED})


@dataclass(frozen=True, slots=True, kw_only=True)
class OutletMessage:
    """What is to be told next. The text is HTML, as all texts are."""

    #: The events that it tells of.
    first: int
    until: int
    #: When the first of them happened.
    at: datetime
    #: The one that holds now.
    mode: Mode
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EventWords:
    """One event, and what an outlet is told of it."""

    seq: int
    at: datetime
    kind: OutletNews
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookahead:
    """What follows in the journal: what is to be told, and the last event that was looked at, None for none."""

    last: int | None
    mode: Mode
    news: Sequence[EventWords]


class OutletReader:
    """Reads for one outlet, within a unit of work."""

    def __init__(self, takes: frozenset[OutletNews], *, zone: tzinfo, product_link: Callable[[Tcin], str]) -> None:
        self._takes = takes
        self._zone = zone
        self._link = product_link

    def look(self, unit: UnitOfWork, *, after: int) -> Lookahead:
        events = unit.journal.after(after, limit=AT_ONCE)
        if not events:
            return Lookahead(last=None, mode=Mode.SIMULATE, news=())
        mode = unit.controls.read(at=events[-1].at).mode
        news = [words for event in events if (words := self._words_of(event, unit, mode)) is not None]
        return Lookahead(last=events[-1].seq, mode=mode, news=news)

    def _words_of(self, event: Event, unit: UnitOfWork, mode: Mode) -> EventWords | None:
        try:
            kind, text = next(iter(self._texts(event, unit, mode)), (OutletNews.ALERT, ""))
        except Exception:
            # One that breaks must not hold up all that is told after it, for ever.
            log.exception("outlet.broke", extra={"seq": event.seq, "kind": event.kind})
            return None
        if not text or kind not in self._takes:
            return None
        return EventWords(seq=event.seq, at=event.at, kind=kind, text=text)

    def _texts(self, event: Event, unit: UnitOfWork, mode: Mode) -> Iterator[tuple[OutletNews, str]]:
        match event.fact:
            case CycleCompleted(windows=windows) if windows.opened:
                yield OutletNews.ALERT, self._alerts(unit, [one.window for one in windows.opened], mode)
            case AttemptMoved(mode=Mode.LIVE) as moved:
                yield OutletNews.OUTCOME, _outcome(unit, moved)
            case OrderFound() as order:
                yield OutletNews.OUTCOME, render_order_found(order, unit.products.title_of(order.tcin) or "")
            case _:
                yield OutletNews.BLIND, self._hindrance(event, mode) or ""

    def _alerts(self, unit: UnitOfWork, windows: Sequence[int], mode: Mode) -> str:
        """All that came into stock in one cycle is one message."""
        alerts = [self._alert(unit, window, mode) for window in windows[:MOST_NAMED]]
        if len(windows) == 1:
            return alerts[0]
        head = headed(mode, f"<b>{len(windows)} products came into stock</b>")
        more = f"and {len(windows) - MOST_NAMED} more" if len(windows) > MOST_NAMED else ""
        return "\n\n".join(filter(None, [head, *alerts, more]))

    def _alert(self, unit: UnitOfWork, window: int, mode: Mode) -> str:
        restock = unit.views.restock(window)
        is_drill = restock.tcin == DRILL
        text = render_alert(restock, mode=Mode.SIMULATE if is_drill else mode, zone=self._zone)
        return text if is_drill else join_lines([text, self._link(restock.tcin)])

    def _hindrance(self, event: Event, mode: Mode) -> str | None:
        """What keeps from watching or buying, and its end."""
        match event.fact:
            case Blind() as blind:
                return render_blind(blind, mode=mode, zone=self._zone, at=event.at)
            case Sighted() as sighted:
                return render_sighted(sighted, mode=mode)
            case SessionExpired() as expired:
                return render_session_expired(expired, mode=mode, zone=self._zone)
            case ControlChanged(what=Control.STOP, by=by, cut=cut):
                return render_stop_news(by, cut or None, mode=mode)
            case ControlChanged(what=Control.REARM, by=by, passed_over=passed_over):
                return render_rearm_news(by, passed_over, mode=mode, zone=self._zone)
        return None


def _outcome(unit: UnitOfWork, moved: AttemptMoved) -> str:
    """How a real attempt ended, or that this is not known; empty while it goes on."""
    attempt = unit.attempts.get(moved.attempt)
    if attempt.window is None or moved.to not in {*_ENDS, Step.UNCONFIRMED}:
        return ""
    restock = unit.views.restock(attempt.window)
    if moved.to is Step.UNCONFIRMED:
        return render_unconfirmed(restock, attempt, need=moved.need)
    is_left = any(one.id == attempt.id for one in unit.attempts.left_in_cart())
    return render_outcome(restock, attempt, need=moved.need, is_left=is_left)


@dataclass(slots=True)
class LateNews:
    """Old news on the way into one message: counted, and of each sort the last few named."""

    zone: tzinfo
    count: int = 0
    mode: Mode = Mode.SIMULATE
    first: EventWords | None = None
    last: EventWords | None = None
    outcomes: deque[str] = field(default_factory=lambda: deque(maxlen=MOST_NAMED))
    others: deque[str] = field(default_factory=lambda: deque(maxlen=MOST_NAMED))

    def add(self, one: EventWords, *, mode: Mode) -> None:
        """`mode` is the one that holds now."""
        self.count += 1
        self.mode = mode
        self.first, self.last = self.first or one, one
        lines = self.outcomes if one.kind is OutletNews.OUTCOME else self.others
        words = " · ".join(one.text.split("\n")[:2])
        lines.append(f"{day_time(one.at, self.zone)}: {words}")

    def message(self) -> OutletMessage | None:
        """One alone is told as it is."""
        if self.first is None or self.last is None:
            return None
        if self.count == 1:
            return as_message(self.first, mode=self.mode)
        backlog = Backlog(
            since=self.first.at,
            until=self.last.at,
            count=self.count,
            outcomes=tuple(self.outcomes),
            others=tuple(self.others),
        )
        text = render_backlog(backlog, mode=self.mode, zone=self.zone)
        return OutletMessage(first=self.first.seq, until=self.last.seq, at=self.first.at, mode=self.mode, text=text)


def as_message(one: EventWords, *, mode: Mode) -> OutletMessage:
    return OutletMessage(first=one.seq, until=one.seq, at=one.at, mode=mode, text=one.text)
