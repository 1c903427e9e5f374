"""News as each chat chose to hear them: in its own time zone, with a sound, without one, or not at all. Pure."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import tzinfo

from bot.access.preferences import USUAL, NewsKind, Sound, decide_sound
from bot.feeds.alert_drafts import AlertDrafts, AlertFacts
from bot.telegram.model import Effect
from bot.text.draft import Draft
from config.products import Mode
from purchasing.events import (
    AccessChanged,
    AttemptMoved,
    Blind,
    CartCleaned,
    CartNotCleaned,
    CaughtUp,
    ChecksQuick,
    ChecksSlow,
    Control,
    ControlChanged,
    DaySummedUp,
    Event,
    Fact,
    LimitReached,
    OrderFound,
    ProductLearned,
    ProductsDelisted,
    ProductsListed,
    ProductsUnread,
    Restored,
    SessionExpired,
    Sighted,
    StorageDisplaced,
    StorageFailed,
    UnknownFact,
    WatchlistChanged,
    WatchlistRefused,
)

#: The kind of news that a message is, by what its key begins with; what begins otherwise goes by its event.
_BY_KEY = {
    "alert": NewsKind.RESTOCK,
    "restocks": NewsKind.RESTOCK,
    "nudge": NewsKind.RESTOCK,
    "price": NewsKind.PRICE,
    "drop": NewsKind.PRICE,
    "outcome": NewsKind.OUTCOME,
    "unconfirmed": NewsKind.OUTCOME,
}


def kind_of(fact: Fact | UnknownFact, key: str) -> NewsKind:
    """What kind of news a message with this key is, told of this event."""
    return _BY_KEY.get(key.partition(":")[0]) or _kind_of_notice(fact)


def _kind_of_notice(fact: Fact | UnknownFact) -> NewsKind:
    match fact:
        case Blind() | Sighted() | ChecksSlow() | ChecksQuick():
            return NewsKind.BLIND
        case WatchlistChanged() | WatchlistRefused() | ProductLearned():
            return NewsKind.LIST
        case ProductsUnread() | ProductsDelisted() | ProductsListed():
            return NewsKind.LIST
        case LimitReached() | OrderFound() | CartNotCleaned() | CartCleaned():
            return NewsKind.OUTCOME
        case DaySummedUp():
            return NewsKind.SUMMARY
    return NewsKind.SERVICE


def is_critical(fact: Fact | UnknownFact, kind: NewsKind) -> bool:
    """Whether it always comes, with its sound: money is at stake, or nobody but a person can mend it."""
    match fact:
        case AttemptMoved(mode=Mode.LIVE):
            return kind is NewsKind.OUTCOME
        case ControlChanged(what=Control.STOP) | ControlChanged(what=Control.MODE, value=Mode.LIVE):
            return True
        case AccessChanged(role=role):
            return role is not None
        case CaughtUp(in_doubt=in_doubt):
            return in_doubt
    return isinstance(fact, OrderFound | CartNotCleaned | Restored | SessionExpired | StorageFailed | StorageDisplaced)


def as_chosen(drafts: Iterable[Draft], event: Event, facts: AlertFacts, *, zone: tzinfo) -> Iterator[Draft]:
    """Those that each chat wants to hear, as it wants to; `zone` is the one of all who chose none."""
    for one in drafts:
        sound = _sound_of(one, event, facts, zone=zone)
        if sound is not Sound.OFF:
            yield replace(one, silent=True) if sound is Sound.SILENT else one


def _sound_of(draft: Draft, event: Event, facts: AlertFacts, *, zone: tzinfo) -> Sound:
    kind, chosen = kind_of(event.fact, draft.key), facts.preferences.get(draft.chat, USUAL)
    return decide_sound(
        chosen,
        kind,
        critical=is_critical(event.fact, kind),
        at=event.at,
        zone=zone,
        is_told=draft.key in facts.planned,
    )


class PersonalDrafts:
    """Drafts what `AlertDrafts` does, once for each time zone that somebody reads in."""

    def __init__(self, drafts_in: Callable[[tzinfo], AlertDrafts], *, zone: tzinfo) -> None:
        """`zone` is the one of all who chose none."""
        self._drafts_in = drafts_in
        self._zone = zone
        self._usual = drafts_in(zone)

    def draft(self, event: Event, facts: AlertFacts) -> list[Draft]:
        return self._for_each(event, facts, AlertDrafts.draft)

    def untold(self, event: Event, facts: AlertFacts) -> list[Draft]:
        """In place of an event of which nothing can be told, as that broke."""
        return self._for_each(event, facts, AlertDrafts.untold)

    def catch_up(self, chat: int, facts: AlertFacts) -> Sequence[Draft | Effect]:
        """The alerts of windows that are open already, for someone who has just pressed Start, and so is looking."""
        chosen = facts.preferences.get(chat, USUAL)
        if chosen.sound_of(NewsKind.RESTOCK) is Sound.OFF:
            return []
        return self._in(chosen.zone_or(self._zone)).catch_up(chat, facts)

    def _for_each(
        self, event: Event, facts: AlertFacts, draft: Callable[[AlertDrafts, Event, AlertFacts], list[Draft]]
    ) -> list[Draft]:
        if not facts.preferences:
            return draft(self._usual, event, facts)
        drafts = (one for zone, part in self._by_zone(facts) for one in draft(self._in(zone), event, part))
        return list(as_chosen(drafts, event, facts, zone=self._zone))

    def _in(self, zone: tzinfo) -> AlertDrafts:
        return self._usual if zone is self._zone else self._drafts_in(zone)

    def _by_zone(self, facts: AlertFacts) -> Iterator[tuple[tzinfo, AlertFacts]]:
        """The facts for those who read in each time zone."""
        chats: dict[tzinfo, list[int]] = {}
        for one in facts.recipients:
            zone = facts.preferences.get(one.chat, USUAL).zone_or(self._zone)
            chats.setdefault(zone, []).append(one.chat)
        return ((zone, replace(facts, only=frozenset(its_own))) for zone, its_own in chats.items())
