"""Cards of products that were just added: each is edited in place while it fills in, and for a while after."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Generic, TypeVar

from bot.access.roles import Access
from bot.feeds.boards import ReadAccess
from bot.feeds.messages import Drafter
from bot.telegram.messages import ChatRecords
from bot.telegram.model import Message, Plan
from bot.text.cards import CARD, draft_card, is_filling, subject_of_card
from bot.text.draft import Draft, Rank
from purchasing.commands import Command
from purchasing.events import CycleCompleted, Event, ProductLearned, WatchlistChanged
from purchasing.model import Overview
from purchasing.storage.unit_of_work import UnitOfWork

_SHOWN = (CycleCompleted, ProductLearned, WatchlistChanged)
#: A card is kept up for so long, and longer only while it lacks something.
KEPT_UP = timedelta(minutes=10)
#: What is not known by then is not waited for any more.
FILLS_WITHIN = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class GatheredCards:
    """The cards that are kept up, each with the command that added its product, and how all stands."""

    cards: Sequence[tuple[Message, Command]]
    overview: Overview
    access: Access


class Cards:
    """Drafts the cards anew from where things stand, so that what one round misses the next one shows."""

    def __init__(self, *, read_access: ReadAccess) -> None:
        self._read_access = read_access

    def gather(self, events: Sequence[Event], unit: UnitOfWork, records: ChatRecords) -> GatheredCards | None:
        last = next((event for event in reversed(events) if isinstance(event.fact, _SHOWN)), None)
        if last is None:
            return None
        recent = records.kept_since(CARD, last.at - FILLS_WITHIN)
        young = {card.id for card in records.kept_since(CARD, last.at - KEPT_UP)} if recent else set[int]()
        kept = [card for card in recent if card.id in young or is_filling(card.draft.text)]
        if not kept:
            return None
        access = self._read_access(unit, records)
        commands = [(card, unit.commands.get(subject_of_card(card.draft.key)[0])) for card in kept]
        cards = [(card, one) for card, one in commands if one is not None and access.may_read(card.draft.chat)]
        return GatheredCards(cards=cards, overview=unit.views.overview(at=last.at), access=access)

    def draft(self, events: Sequence[Event], facts: GatheredCards) -> Plan:  # noqa: ARG002  as the port has it
        return [_drawn_anew(card, command, facts.overview) for card, command in facts.cards]

    def still_holds(self, facts: GatheredCards, unit: UnitOfWork, records: ChatRecords) -> bool:
        return facts.access == self._read_access(unit, records)


def _drawn_anew(card: Message, command: Command, overview: Overview) -> Draft:
    """Once it was shown it no longer matters: who deleted it gets no other."""
    before = card.draft
    _, tcin = subject_of_card(before.key)
    drawn = draft_card(command, tcin, overview, chat=before.chat, thread=before.thread)
    return replace(drawn, rank=Rank.UPDATE, matters=card.message_id is None)


FirstT = TypeVar("FirstT")
SecondT = TypeVar("SecondT")


class Both(Generic[FirstT, SecondT]):
    """Two drafters that read the journal from one place."""

    def __init__(self, first: Drafter[FirstT], second: Drafter[SecondT]) -> None:
        self._first = first
        self._second = second

    def gather(
        self, events: Sequence[Event], unit: UnitOfWork, records: ChatRecords
    ) -> tuple[FirstT | None, SecondT | None] | None:
        both = self._first.gather(events, unit, records), self._second.gather(events, unit, records)
        return None if both == (None, None) else both

    def draft(self, events: Sequence[Event], facts: tuple[FirstT | None, SecondT | None]) -> Plan:
        first, second = facts
        return [
            *([] if first is None else self._first.draft(events, first)),
            *([] if second is None else self._second.draft(events, second)),
        ]

    def still_holds(self, facts: tuple[FirstT | None, SecondT | None], unit: UnitOfWork, records: ChatRecords) -> bool:
        first, second = facts
        return (first is None or self._first.still_holds(first, unit, records)) and (
            second is None or self._second.still_holds(second, unit, records)
        )
