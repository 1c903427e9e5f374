"""Events of the journal in plain words, for /log, /show and /why."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo

from bot.text.markup import clock_time, command_words, cut, day_time, first_few, near_time, quoted
from bot.text.reasons import reason_words
from config.durations import span
from config.products import Mode, Tcin
from monitor.model import StockState
from purchasing.events import (
    AccessChanged,
    ApprovalAnswered,
    ApprovalNudged,
    ApprovalWithdrawn,
    AttemptMoved,
    Blind,
    CartCleaned,
    CartNotCleaned,
    CartTaken,
    CaughtUp,
    ChecksQuick,
    ChecksSlow,
    CommandDone,
    Control,
    ControlChanged,
    CycleCompleted,
    DaySummedUp,
    Disagreement,
    DrillStarted,
    Event,
    Fact,
    LimitReached,
    NamedProduct,
    OrderFound,
    OutletBack,
    OutletFailed,
    ProductLearned,
    ProductsDelisted,
    ProductsListed,
    ProductsUnread,
    Restored,
    SessionExpired,
    Sighted,
    StillHeld,
    StorageBack,
    StorageDisplaced,
    StorageFailed,
    UnknownFact,
    WatchlistChanged,
    WatchlistRefused,
    unstamp,
)
from purchasing.model import Step, StockChange

#: No line is longer.
LINE = 500
#: Nor any title within a line.
TITLE = 80


#: Of so many changes of a cycle each is told.
MOST_CHANGES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What products and people are called, so far as it is known."""

    titles: Mapping[Tcin, str] = field(default_factory=dict)
    #: By the ids under which roles are given.
    people: Mapping[int, str] = field(default_factory=dict)

    def product(self, tcin: Tcin) -> str:
        """Its number, and its title where that is known."""
        return f"{tcin} {cut(self.titles.get(tcin, ''), TITLE)}".rstrip()

    def person(self, by: str | int) -> str:
        """By name, where an id is that of somebody known."""
        text = str(by)
        is_id = text.isascii() and text.isdecimal()
        return (self.people.get(int(text[:18])) if is_id else None) or text


NOBODY = Names()


def describe_event(
    event: Event, zone: tzinfo, *, only: Tcin | None = None, names: Names = NOBODY, now: datetime | None = None
) -> str | None:
    """One escaped line, or None for an event of which there is nothing to say, such as a quiet cycle.

    It tells what became of every product, or `only` of this one, which it does not name then. What is not of today is
    told with its day, where `now` is told.
    """
    words = _Words(names=names, zone=zone, only=only).of(event.fact)
    when = clock_time(event.at, zone) if now is None else near_time(event.at, zone, now=now)
    return None if words is None else f"{when} {quoted(words, LINE)}"


def is_told(event: Event) -> bool:
    """Whether there is anything to say of it."""
    return not isinstance(event.fact, CycleCompleted) or bool(event.fact.failed or _touched(event.fact))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Words:
    """Puts an event into words: with these names, in the times of this zone, and of one product alone if it is told."""

    names: Names
    zone: tzinfo
    only: Tcin | None

    def of(self, fact: Fact | UnknownFact) -> str | None:
        if isinstance(fact, CycleCompleted):
            return self._cycle(fact)
        of_service = self._service(fact) or self._watching(fact) or self._periodic(fact)
        words = self._buying(fact) or self._wish(fact) or of_service
        return words or _named(fact)

    def _about(self, tcin: Tcin, words: str) -> str:
        """What became of a product, which is named unless all of it is about that one."""
        return words if tcin == self.only else f"{self.names.product(tcin)}: {words}"

    def _buying(self, fact: Fact | UnknownFact) -> str | None:
        about, person = self._about, self.names.person
        match fact:
            case AttemptMoved(attempt=attempt, tcin=tcin, to=to, mode=mode, why=why):
                words = f"{_PRACTICE.get(mode, '')}{_STEPS[to]} (attempt {attempt}){_reason(why)}"
                return about(tcin, words)
            case ApprovalAnswered(answer=answer, tcin=tcin, by=by):
                return about(tcin, f"{person(by)} said {answer}")
            case ApprovalWithdrawn(tcin=tcin):
                return about(tcin, "the answer no longer counts")
            case OrderFound(attempt=attempt, tcin=tcin, order_number=number):
                return about(tcin, f"bought after all, order {number} (attempt {attempt})")
            case CartNotCleaned(attempt=attempt, tcin=tcin, why=why):
                return about(tcin, f"left in the cart (attempt {attempt}){_reason(why)}")
            case CartCleaned(attempt=attempt, tcin=tcin):
                return about(tcin, f"out of the cart again (attempt {attempt})")
            case LimitReached(tcin=tcin, why=why):
                return about(tcin, f"not bought because of a limit{_reason(why)}")
            case Disagreement(attempt=None, tcin=tcin, why=why):
                return about(tcin, reason_words(why))
            case Disagreement(attempt=attempt, tcin=tcin, why=why):
                return about(tcin, f"{reason_words(why)} (attempt {attempt})")
        return None

    def _wish(self, fact: Fact | UnknownFact) -> str | None:
        """What persons wanted and what became of it."""
        person = self.names.person
        match fact:
            case ControlChanged(what=Control.PAUSE) as change:
                return self._control(change, person(change.by))
            case ControlChanged() as change:  # by a name, which may look like somebody's id
                return self._control(change, change.by)
            case WatchlistChanged() as change:
                return self._watchlist(change)
            case WatchlistRefused(problems=problems):
                return f"a mistake in watchlist.toml: {'; '.join(problems)}"
            case CommandDone(what=what, by=by, accepted=accepted, why=why):
                done = "" if accepted else f", not done{_reason(why)}"
                return f"{person(by)}: {command_words(what)}{done}"
            case AccessChanged(user=user, name=name, role=role, by=by):
                who = name or person(user)
                if role is None:
                    return f"{person(by)} took back the role of {who}"
                return f"{who} was let in as {role}" if by == str(user) else f"{person(by)} made {who} {role}"
            case StillHeld(what=what, since=since, by=by):
                word, who = ("paused", person(by)) if what is Control.PAUSE else ("turned off", by)
                return f"still {word} since {day_time(since, self.zone)}, by {who}"
            case DrillStarted(by=by):
                return f"{person(by)} began a drill"
        return None

    def _control(self, change: ControlChanged, by: str) -> str:
        match change.what, change.value:
            case Control.STOP, _:
                return f"{by} turned buying off"
            case Control.REARM, _:
                return f"{by} turned buying on"
            case Control.MODE, mode:
                return f"{by} chose the mode {mode}"
            case Control.PAUSE, str(until):
                return self._of(change.tcin, f"paused by {by} until {day_time(unstamp(until), self.zone)}")
            case _, paused:
                return self._of(change.tcin, f"{'paused' if paused else 'resumed'} by {by}")

    def _of(self, tcin: Tcin | None, words: str) -> str:
        return f"everything {words}" if tcin is None else self._about(tcin, words)

    def _watchlist(self, change: WatchlistChanged) -> str:
        by = self.names.person(change.by)
        groups = {"added": change.added, "removed": change.removed, "changed": change.changed}
        if self.only is not None:
            words = [word for word, tcins in groups.items() if self.only in tcins]
        else:
            words = [f"{word} {self._named(tcins)}" for word, tcins in groups.items() if tcins]
        return f"{by}: {'; '.join(words) or 'changed the order of the list'}"

    def _of_several(self, products: Sequence[NamedProduct], what: str) -> str:
        return first_few([self._about(one.tcin, what) for one in products if self.only in {None, one.tcin}])

    def _named(self, tcins: Sequence[Tcin]) -> str:
        return first_few([self.names.product(tcin) for tcin in tcins])

    def _service(self, fact: Fact | UnknownFact) -> str | None:
        match fact:
            case ProductLearned(tcin=tcin, title=title):
                return f"{tcin} is {cut(title, TITLE)}" if title else f"{tcin}: Target told no name for it"
            case ProductsUnread(products=products):
                about = [one for one in products if self.only in {None, one.tcin}]
                return first_few([self._about(one.tcin, f"can't be read: {reason_words(one.why)}") for one in about])
            case ProductsDelisted(products=delisted):
                return self._of_several(delisted, "not listed by Target for a day, so that I look only now and then")
            case ProductsListed(products=listed):
                return self._of_several(listed, "listed by Target again")
            case CaughtUp(away_s=away_s):
                return f"back after {_span(away_s)} out of touch"
            case StorageFailed(lasted_s=lasted_s, why=why):
                return f"nothing could be stored for {_span(lasted_s)}{_reason(why)}"
            case StorageDisplaced(why=why):
                return f"the stored data was touched{_reason(why)}"
            case StorageBack(lasted_s=lasted_s):
                return f"the stored data is back, after {_span(lasted_s)}"
            case SessionExpired(why=why):
                return f"signed out at Target{_reason(why)}"
        return None

    def _watching(self, fact: Fact | UnknownFact) -> str | None:
        """How checks go."""
        match fact:
            case Blind(why=why, until=until):
                again = f"; next try at {day_time(until, self.zone)}" if until else ""
                return f"I can't see{_reason(why)}{again}"
            case Sighted(lasted_s=lasted_s):
                return f"I can see Target again, after {_span(lasted_s)}"
            case ChecksSlow(took_ms=took_ms):
                return f"checks take longer than they should, the last one {took_ms / 1000:.1f} s"
            case ChecksQuick(lasted_s=lasted_s):
                return f"checks are quick again, after {_span(lasted_s)}"
        return None

    def _periodic(self, fact: Fact | UnknownFact) -> str | None:
        """What comes of looking every so often, and seldom."""
        match fact:
            case CartTaken(count=count):
                return f"your cart at Target holds {'one thing' if count == 1 else f'{count} things'}"
            case Restored(backup_at=backup_at):
                since = "" if backup_at is None else f" of {day_time(backup_at, self.zone)}"
                return f"restored from a backup{since}"
            case OutletFailed(outlet=outlet, why=why):
                return f"{outlet} takes no messages{_reason(why)}"
            case OutletBack(outlet=outlet, lasted_s=lasted_s):
                return f"{outlet} takes messages again, after {_span(lasted_s)}"
            case ApprovalNudged(tcin=tcin):
                return f"asked once more whether to buy {self.names.product(tcin)}"
            case DaySummedUp(checks=checks):
                return f"the day was summed up, with {checks} checks"
        return None

    def _cycle(self, cycle: CycleCompleted) -> str | None:
        purchases = cycle.purchases
        parts = [(one.tcin, _change_words(one)) for one in cycle.changes]
        parts += [(one.tcin, f"I begin to buy it (attempt {one.attempt})") for one in purchases.started]
        parts += [(tcin, "waits until nothing else is being bought") for tcin in purchases.queued]
        words = [self._about(tcin, part) for tcin, part in parts if self.only in {None, tcin}]
        shown = words[:MOST_CHANGES] + ([f"{len(words) - MOST_CHANGES} more"] if len(words) > MOST_CHANGES else [])
        if cycle.failed:
            shown.append(f"the check brought nothing: {reason_words(cycle.failed)}")
        return "; ".join(shown) or None


def _named(fact: Fact | UnknownFact) -> str:
    """By its kind alone."""
    return _KINDS.get(fact.kind) or fact.kind.replace("_", " ")


_KINDS = {
    "service_started": "I was started",
    "service_stopped": "I was stopped",
    "drill_ended": "the drill is over",
}
_STOCK = {StockState.IN_STOCK: "in stock", StockState.OUT_OF_STOCK: "sold out", StockState.UNKNOWN: "not known"}


def _change_words(change: StockChange) -> str:
    first = "first seen: " if change.before is StockState.UNKNOWN else ""
    return f"{first}{_STOCK[change.after]}"


#: Where an attempt stands, as something that happened.
_STEPS = {
    Step.OPENED: "I begin to buy it",
    Step.CARTED: "put into the cart",
    Step.REVIEWED: "ready to order",
    Step.SUBMITTING: "pressing the order button",
    Step.CONFIRMED: "bought",
    Step.REFUSED: "not bought",
    Step.UNCONFIRMED: "bought or not? not known yet",
    Step.ABANDONED: "not bought",
    Step.REHEARSED: "rehearsed",
}
_PRACTICE = {Mode.SIMULATE: "practice, ", Mode.REHEARSE: "rehearsal, "}


def _reason(why: str | None) -> str:
    return f": {reason_words(why)}" if why else ""


def _span(seconds: int) -> str:
    return span(timedelta(seconds=seconds))


def concerns(event: Event, tcin: Tcin) -> bool:
    """Whether the event tells of something that happened to this product."""
    return tcin in _touched(event.fact)


def products_of(events: Iterable[Event]) -> set[Tcin]:
    """The products that something happened to in these events."""
    return {tcin for event in events for tcin in _touched(event.fact)}


def _touched(fact: Fact | UnknownFact) -> frozenset[Tcin]:
    match fact:
        case CycleCompleted(changes=changes, purchases=purchases):
            started = (one.tcin for one in purchases.started)
            return frozenset({*(one.tcin for one in changes), *started, *purchases.queued})
        case WatchlistChanged(added=added, removed=removed, changed=changed):
            return frozenset({*added, *removed, *changed})
        case ProductsUnread(products=products):
            return frozenset(one.tcin for one in products)
        case ProductsDelisted(products=named) | ProductsListed(products=named):
            return frozenset(one.tcin for one in named)
        case AttemptMoved(tcin=tcin) | LimitReached(tcin=tcin) | Disagreement(tcin=tcin) | ProductLearned(tcin=tcin):
            return frozenset({tcin})
        case ApprovalAnswered(tcin=tcin) | ApprovalWithdrawn(tcin=tcin) | ApprovalNudged(tcin=tcin):
            return frozenset({tcin})
        case OrderFound(tcin=tcin) | CartNotCleaned(tcin=tcin) | CartCleaned(tcin=tcin):
            return frozenset({tcin})
        case ControlChanged(tcin=str(tcin)):
            return frozenset({Tcin(tcin)})
    return frozenset()
