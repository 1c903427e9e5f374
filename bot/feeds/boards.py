"""Every cycle is an edit of each board that its chat may still read; whoever is revoked has none any more."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import tzinfo

from bot.access.roles import Access
from bot.telegram.messages import ChatRecords
from bot.telegram.model import CloseChat, Effect, Plan
from bot.text.board import Board, BoardFacts, draft_boards
from bot.text.draft import Draft
from purchasing.events import (
    AccessChanged,
    AttemptMoved,
    Blind,
    ControlChanged,
    CycleCompleted,
    Event,
    ServiceStopped,
    Sighted,
)
from purchasing.storage.unit_of_work import UnitOfWork

_SHOWN = (CycleCompleted, ControlChanged, AttemptMoved, Blind, Sighted, ServiceStopped)

#: Who is let in, as it stands in this transaction.
ReadAccess = Callable[[UnitOfWork, ChatRecords], Access]


@dataclass(frozen=True, slots=True, kw_only=True)
class Readers:
    """Who has which board, and who may read what."""

    access: Access
    boards: tuple[Board, ...]

    @property
    def readable(self) -> list[Board]:
        return [board for board in self.boards if self.access.may_read(board.chat)]


@dataclass(frozen=True, slots=True, kw_only=True)
class GatheredBoards:
    readers: Readers
    #: None where there is no board to be drawn.
    shown: BoardFacts | None


class Boards:
    """Drafts the boards."""

    def __init__(self, *, read_access: ReadAccess, zone: tzinfo) -> None:
        self._read_access = read_access
        self._zone = zone

    def gather(self, events: Sequence[Event], unit: UnitOfWork, records: ChatRecords) -> GatheredBoards | None:
        readers = self._read_readers(unit, records)
        last = _last_shown(events)
        is_drawn = last is not None and bool(readers.readable)
        if not is_drawn and not any(isinstance(event.fact, AccessChanged) for event in events):
            return None
        return GatheredBoards(readers=readers, shown=read_board_facts(unit, last) if last and is_drawn else None)

    def draft(self, events: Sequence[Event], facts: GatheredBoards) -> Plan:
        """The boards as they stand at the last of these events, which is all that can be seen of them."""
        access, last = facts.readers.access, _last_shown(events)
        changed = [event.fact.user for event in events if isinstance(event.fact, AccessChanged)]
        # Whoever has no role any more, and was not let in again since, is told nothing more.
        plan: list[Draft | Effect] = [
            CloseChat(chat=user, why="not let in any more") for user in changed if not access.may_read(user)
        ]
        if facts.shown is not None and last is not None:
            ended = isinstance(last.fact, ServiceStopped)
            plan += draft_boards(facts.readers.readable, facts.shown, at=last.at, zone=self._zone, ended=ended)
        return plan

    def still_holds(self, facts: GatheredBoards, unit: UnitOfWork, records: ChatRecords) -> bool:
        return facts.readers == self._read_readers(unit, records)

    def _read_readers(self, unit: UnitOfWork, records: ChatRecords) -> Readers:
        return Readers(access=self._read_access(unit, records), boards=tuple(records.boards()))


def read_board_facts(unit: UnitOfWork, event: Event) -> BoardFacts:
    """What a board shows after this event."""
    cycle, cycle_at = unit.journal.last_of(CycleCompleted) or (None, None)
    return BoardFacts(overview=unit.views.overview(at=event.at), cycle=cycle, cycle_at=cycle_at)


def _last_shown(events: Sequence[Event]) -> Event | None:
    return next((event for event in reversed(events) if isinstance(event.fact, _SHOWN)), None)
