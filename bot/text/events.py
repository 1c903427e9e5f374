"""Events of the journal in plain words, for /log, /show and /why."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta, tzinfo

from bot.text.markup import clock_time, command_words, cut, day_time, first_few, quoted
from config.durations import span
from config.products import Tcin
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
    CaughtUp,
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
    OrderFound,
    ProductLearned,
    ProductsUnread,
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


def describe_event(event: Event, zone: tzinfo, *, only: Tcin | None = None, names: Names = NOBODY) -> str | None:
    """One escaped line, or None for an event of which there is nothing to say, such as a quiet cycle.

    It tells what became of every product, or `only` of this one.
    """
    words = _Words(names=names, zone=zone, only=only).of(event.fact)
    return None if words is None else f"{clock_time(event.at, zone)} {quoted(words, LINE)}"


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
        words = self._buying(fact) or self._wish(fact) or self._service(fact) or self._round(fact)
        return words or fact.kind.replace("_", " ")

    def _buying(self, fact: Fact | UnknownFact) -> str | None:
        product, person = self.names.product, self.names.person
        match fact:
            case AttemptMoved(attempt=attempt, tcin=tcin, to=to, why=why):
                return f"attempt {attempt} on {product(tcin)} {to}{_reason(why)}"
            case ApprovalAnswered(answer=answer, tcin=tcin, by=by):
                return f"{answer} said to {product(tcin)}, by {person(by)}"
            case ApprovalWithdrawn(tcin=tcin):
                return f"the yes to {product(tcin)} no longer holds"
            case OrderFound(attempt=attempt, tcin=tcin, order_number=number):
                return f"attempt {attempt} on {product(tcin)} was bought after all, order {number}"
            case CartNotCleaned(attempt=attempt, tcin=tcin, why=why):
                return f"attempt {attempt} left {product(tcin)} in the cart{_reason(why)}"
            case CartCleaned(attempt=attempt, tcin=tcin):
                return f"what attempt {attempt} left of {product(tcin)} is out of the cart"
            case LimitReached(tcin=tcin, why=why):
                return f"a limit holds {product(tcin)} back{_reason(why)}"
            case Disagreement(attempt=None, tcin=tcin, why=why):
                return f"{product(tcin)}{_reason(why)}"
            case Disagreement(attempt=attempt, tcin=tcin, why=why):
                return f"attempt {attempt} on {product(tcin)}{_reason(why)}"
        return None

    def _wish(self, fact: Fact | UnknownFact) -> str | None:
        """What persons wanted and what became of it."""
        person = self.names.person
        match fact:
            case ControlChanged(what=Control.PAUSE) as change:
                return f"{self._control(change)} by {person(change.by)}"
            case ControlChanged() as change:  # by a name, which may look like somebody's id
                return f"{self._control(change)} by {change.by}"
            case WatchlistChanged() as change:
                return self._watchlist(change)
            case WatchlistRefused(problems=problems):
                return f"watchlist.toml is wrong: {'; '.join(problems)}"
            case CommandDone(what=what, by=by, accepted=accepted, why=why):
                return f"{command_words(what)} by {person(by)}" + ("" if accepted else f" refused{_reason(why)}")
            case AccessChanged(user=user, name=name, role=role, by=by):
                who = name or person(user)
                if role is None:
                    return f"{who} has no role from the chat any more, by {person(by)}"
                return f"{who} was let in as {role}" if by == str(user) else f"{who} is {role} now, by {person(by)}"
            case StillHeld(what=what, since=since, by=by):
                word, who = ("paused", person(by)) if what is Control.PAUSE else ("stopped", by)
                return f"still {word} since {day_time(since, self.zone)}, by {who}"
            case DrillStarted(by=by):
                return f"a drill, by {person(by)}"
        return None

    def _control(self, change: ControlChanged) -> str:
        of = "watching" if change.tcin is None else self.names.product(change.tcin)
        match change.what, change.value:
            case Control.STOP, _:
                return "buying was stopped"
            case Control.REARM, _:
                return "buying was armed again"
            case Control.MODE, mode:
                return f"the mode was set to {mode}"
            case Control.PAUSE, str(until):
                return f"{of} was paused until {day_time(unstamp(until), self.zone)}"
            case _, paused:
                return f"{of} was {'paused' if paused else 'resumed'}"

    def _watchlist(self, change: WatchlistChanged) -> str:
        groups = {"added": change.added, "removed": change.removed, "changed": change.changed}
        named = {word: self._named(tcins) for word, tcins in groups.items()}
        words = [f"{word} {products}" for word, products in named.items() if products]
        return f"watch list, by {self.names.person(change.by)}: {'; '.join(words) or 'new order'}"

    def _named(self, tcins: Sequence[Tcin]) -> str:
        about = [tcin for tcin in tcins if self.only in {None, tcin}]
        return first_few([self.names.product(tcin) for tcin in about])

    def _service(self, fact: Fact | UnknownFact) -> str | None:
        match fact:
            case ProductLearned(tcin=tcin, title=title):
                return f"{tcin} is {cut(title, TITLE)}" if title else f"{tcin} was looked at, and no title was told"
            case ProductsUnread(products=products):
                about = [one for one in products if self.only in {None, one.tcin}]
                named = [f"{self.names.product(one.tcin)}: {one.why}" for one in about]
                return f"nothing certain of {first_few(named)}"
            case CaughtUp(away_s=away_s):
                return f"back after {_span(away_s)} without contact"
            case StorageFailed(lasted_s=lasted_s, why=why):
                return f"nothing could be stored for {_span(lasted_s)}{_reason(why)}"
            case StorageDisplaced(why=why):
                return f"the stored data was touched{_reason(why)}"
            case StorageBack(lasted_s=lasted_s):
                return f"the stored data is back as it was, after {_span(lasted_s)}"
            case SessionExpired(why=why):
                return f"signed out at Target{_reason(why)}"
            case Blind(why=why, until=until):
                again = f"; asked again at {day_time(until, self.zone)}" if until else ""
                return f"blind{_reason(why)}{again}"
            case Sighted(lasted_s=lasted_s):
                return f"sees again, after {_span(lasted_s)}"
        return None

    def _round(self, fact: Fact | UnknownFact) -> str | None:
        """What comes of looking every so often."""
        match fact:
            case ApprovalNudged(tcin=tcin):
                return f"asked once more whether to buy {self.names.product(tcin)}"
            case DaySummedUp(checks=checks):
                return f"the day was summed up, with {checks} checks"
        return None

    def _cycle(self, cycle: CycleCompleted) -> str | None:
        purchases, product = cycle.purchases, self.names.product
        parts = [
            (one.tcin, f"{product(one.tcin)}: {_STOCK[one.before]} → {_STOCK[one.after]}") for one in cycle.changes
        ]
        parts += [(one.tcin, f"attempt {one.attempt} on {product(one.tcin)} opened") for one in purchases.started]
        parts += [(tcin, f"{product(tcin)} waits for the slot") for tcin in purchases.queued]
        words = [part for tcin, part in parts if self.only in {None, tcin}]
        shown = words[:MOST_CHANGES] + ([f"{len(words) - MOST_CHANGES} more"] if len(words) > MOST_CHANGES else [])
        if cycle.failed:
            shown.append(f"failed: {cycle.failed}")
        return f"cycle {cycle.cycle_id}: {'; '.join(shown)}" if shown else None


_STOCK = {StockState.IN_STOCK: "in stock", StockState.OUT_OF_STOCK: "out of stock", StockState.UNKNOWN: "not known"}


def _reason(why: str | None) -> str:
    return f": {why}" if why else ""


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
        case AttemptMoved(tcin=tcin) | LimitReached(tcin=tcin) | Disagreement(tcin=tcin) | ProductLearned(tcin=tcin):
            return frozenset({tcin})
        case ApprovalAnswered(tcin=tcin) | ApprovalWithdrawn(tcin=tcin) | ApprovalNudged(tcin=tcin):
            return frozenset({tcin})
        case OrderFound(tcin=tcin) | CartNotCleaned(tcin=tcin) | CartCleaned(tcin=tcin):
            return frozenset({tcin})
        case ControlChanged(tcin=str(tcin)):
            return frozenset({Tcin(tcin)})
    return frozenset()
