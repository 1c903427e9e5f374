"""Events of the journal in plain words, for /log, /show and /why."""

from datetime import tzinfo

from bot.text.markup import clock_time, cut, quoted
from config.products import Tcin
from purchasing.events import (
    AccessChanged,
    ApprovalAnswered,
    ApprovalWithdrawn,
    AttemptMoved,
    Blind,
    CaughtUp,
    CommandDone,
    ControlChanged,
    CycleCompleted,
    Disagreement,
    DrillStarted,
    Event,
    Fact,
    LimitReached,
    ProductLearned,
    ProductsUnread,
    StorageFailed,
    UnknownFact,
    WatchlistChanged,
    WatchlistRefused,
)

#: No line is longer.
LINE = 500
#: Nor any title within a line.
TITLE = 80


def describe_event(event: Event, zone: tzinfo, *, only: Tcin | None = None, title: str = "") -> str | None:
    """One escaped line, or None for an event of which there is nothing to say, such as a quiet cycle.

    Of a cycle it tells what became of every product, or `only` of this one. `title` is that of the event's subject.
    """
    words = _describe_cycle(event.fact, only) if isinstance(event.fact, CycleCompleted) else _describe(event.fact)
    return None if words is None else f"{clock_time(event.at, zone)} {quoted(_with_title(words, event, title), LINE)}"


def _with_title(words: str, event: Event, title: str) -> str:
    tcin = subject_of(event)
    if tcin is None or not title or title in words:
        return words
    return words.replace(tcin, f"{tcin} {cut(title, TITLE)}", 1)


def _describe(fact: Fact | UnknownFact) -> str:
    name = fact.kind.replace("_", " ")
    return _describe_buying(fact) or _describe_wish(fact) or _describe_service(fact) or name


def _describe_buying(fact: Fact | UnknownFact) -> str | None:
    match fact:
        case AttemptMoved(attempt=attempt, tcin=tcin, to=to, why=why):
            return f"attempt {attempt} on {tcin} {to}{_reason(why)}"
        case ApprovalAnswered(answer=answer, tcin=tcin, by=by):
            return f"{answer} said to {tcin}, by {by}"
        case ApprovalWithdrawn(tcin=tcin):
            return f"the yes to {tcin} no longer holds"
        case LimitReached(tcin=tcin, why=why):
            return f"a limit holds {tcin} back{_reason(why)}"
        case Disagreement(attempt=attempt, tcin=tcin, why=why):
            return f"attempt {attempt} on {tcin}{_reason(why)}"
    return None


def _describe_wish(fact: Fact | UnknownFact) -> str | None:
    """What persons wanted and what became of it."""
    match fact:
        case ControlChanged(what=what, tcin=tcin, value=value, by=by):
            return f"{what}{f' of {tcin}' if tcin else ''}: {value}, by {by}"
        case WatchlistChanged() as change:
            return _describe_watchlist(change)
        case WatchlistRefused(problems=problems):
            return f"watchlist.toml is wrong: {'; '.join(problems)}"
        case CommandDone(what=what, by=by, accepted=accepted, why=why):
            return f"/{what} by {by}" + ("" if accepted else f" refused{_reason(why)}")
        case AccessChanged(user=user, role=role, by=by):
            return f"role of {user}: {role or 'none'}, by {by}"
        case DrillStarted(by=by):
            return f"a drill, by {by}"
    return None


def _describe_service(fact: Fact | UnknownFact) -> str | None:
    match fact:
        case ProductLearned(tcin=tcin, title=title):
            return f"{tcin} is {title or 'not told'}"
        case ProductsUnread(products=products):
            return "nothing certain of " + "; ".join(f"{one.tcin}: {one.why}" for one in products)
        case CaughtUp(away_s=away_s):
            return f"back after {away_s} s without contact"
        case StorageFailed(lasted_s=lasted_s, why=why):
            return f"nothing could be stored for {lasted_s} s{_reason(why)}"
        case Blind(why=why):
            return f"blind{_reason(why)}"
    return None


def _reason(why: str | None) -> str:
    return f": {why}" if why else ""


def _describe_watchlist(change: WatchlistChanged) -> str:
    parts = {"added": change.added, "removed": change.removed, "changed": change.changed}
    words = [f"{word} {', '.join(tcins)}" for word, tcins in parts.items() if tcins]
    return f"watch list, by {change.by}: {'; '.join(words) or 'new order'}"


def _describe_cycle(cycle: CycleCompleted, only: Tcin | None) -> str | None:
    purchases = cycle.purchases
    parts = [(one.tcin, f"{one.tcin} {one.before} → {one.after}") for one in cycle.changes]
    parts += [(one.tcin, f"attempt {one.attempt} on {one.tcin} opened") for one in purchases.started]
    parts += [(tcin, f"{tcin} waits for the slot") for tcin in purchases.queued]
    words = [part for tcin, part in parts if only in {None, tcin}]
    if cycle.failed:
        words.append(f"failed: {cycle.failed}")
    return f"cycle {cycle.cycle_id}: {'; '.join(words)}" if words else None


def concerns(event: Event, tcin: Tcin) -> bool:
    """Whether the event tells of something that happened to this product."""
    return tcin in _touched(event.fact)


def subject_of(event: Event) -> Tcin | None:
    """The product that the event tells of, if that is one alone."""
    touched = _touched(event.fact)
    return next(iter(touched)) if len(touched) == 1 else None


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
        case ApprovalAnswered(tcin=tcin) | ApprovalWithdrawn(tcin=tcin):
            return frozenset({tcin})
        case ControlChanged(tcin=str(tcin)):
            return frozenset({Tcin(tcin)})
    return frozenset()
