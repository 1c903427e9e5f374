"""Gathers what alerts, outcomes and notices are made from: no more than the events at hand need."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from bot.access.origin import decode_origin
from bot.access.preference_table import PreferenceTable
from bot.access.roles import Access
from bot.feeds.alert_drafts import AlertFacts, alert_key, in_stock_in, left_stock_in
from bot.feeds.digests import nudge_key
from bot.feeds.recipients import recipients_of
from bot.telegram.messages import ChatRecords
from bot.text.alerts import says_in_stock
from bot.text.events import NOBODY, Names
from config.products import Mode, Tcin
from purchasing.commands import Command
from purchasing.events import (
    AccessChanged,
    ApprovalAnswered,
    ApprovalNudged,
    ApprovalWithdrawn,
    AttemptMoved,
    CartCleaned,
    CartNotCleaned,
    Control,
    ControlChanged,
    CycleCompleted,
    Event,
    LimitReached,
    OrderFound,
    ProductLearned,
    StillHeld,
    WatchlistChanged,
)
from purchasing.model import Attempt, Restock
from purchasing.rules.state_machine import ENDS_WITHOUT_ORDER
from purchasing.storage.unit_of_work import UnitOfWork

#: These name people by their ids.
_OF_PEOPLE = (ControlChanged, AccessChanged, StillHeld)
#: These are told with the title of their product.
_TITLED = (LimitReached, OrderFound, CartNotCleaned, CartCleaned)


def gather_alert_facts(
    events: Sequence[Event], unit: UnitOfWork, records: ChatRecords, *, access: Access, started: Collection[int]
) -> AlertFacts:
    """`started` are the chats in which Start was pressed: what is open there already is told."""
    facts = [event.fact for event in events]
    listeners = records.listeners()
    attempts = {number: unit.attempts.get(number) for number in _attempts_in(facts)}
    touched = {tcin: unit.windows.open_of(tcin) for tcin in _touched_in(facts)}
    windows = {tcin: window for tcin, window in touched.items() if window is not None}
    open_windows = unit.lines.open_windows() if started else []
    chats = {*(one.chat for one in recipients_of(access, listeners)), *started}
    lingering = _lingering_in(facts, windows, chats, unit, records)
    concerned = dict.fromkeys(
        (*_windows_in(facts, attempts.values()), *windows.values(), *lingering.values(), *open_windows)
    )
    restocks = {window: unit.views.restock(window) for window in concerned}
    return AlertFacts(
        mode=unit.controls.read(at=events[-1].at).mode,
        access=access,
        listeners=listeners,
        restocks=restocks,
        attempts=attempts,
        left=_left_of(attempts, unit),
        windows=windows,
        lingering=lingering,
        open_windows=open_windows,
        titles={fact.tcin: unit.products.title_of(fact.tcin) for fact in facts if isinstance(fact, _TITLED)},
        planned=records.planned([key for one in restocks.values() for chat in chats for key in _keys_of(one, chat)]),
        names=_names_in(facts, unit, records),
        answered=_answered_in(facts, unit),
        preferences=PreferenceTable(unit.connection).all(),
    )


def _keys_of(restock: Restock, chat: int) -> Iterator[str]:
    """Of the messages that tell of it there and are edited."""
    yield alert_key(restock.id, chat)
    if restock.approval is not None:
        yield nudge_key(restock.approval.id, chat)


def _names_in(facts: Iterable[object], unit: UnitOfWork, records: ChatRecords) -> Names:
    people = [fact for fact in facts if isinstance(fact, _OF_PEOPLE)]
    if not people:
        return NOBODY
    # Whoever has just said the first word, or speaks in a group alone, is no listener.
    persons = [command.person for command in _commands_behind(people, unit)]
    speakers = {int(one.id): one.name for one in persons if one.id.isascii() and one.id.isdecimal()}
    return Names(people={**speakers, **records.names()})


def _attempts_in(facts: Iterable[object]) -> list[int]:
    numbers: list[int] = []
    for fact in facts:
        match fact:
            case CycleCompleted(purchases=purchases):
                numbers += [one.attempt for one in purchases.started]
            case AttemptMoved(attempt=attempt):
                numbers.append(attempt)
    return list(dict.fromkeys(numbers))


def _left_of(attempts: Mapping[int, Attempt], unit: UnitOfWork) -> set[int]:
    """Those of which something may still be in the cart; practice has none."""
    if not any(one.step in ENDS_WITHOUT_ORDER and one.mode is not Mode.SIMULATE for one in attempts.values()):
        return set()
    return attempts.keys() & {one.id for one in unit.attempts.left_in_cart()}


def _touched_in(facts: Iterable[object]) -> list[Tcin]:
    touched: list[Tcin] = []
    for fact in facts:
        match fact:
            case WatchlistChanged(removed=removed, changed=changed, added=added):
                touched += (*removed, *changed, *added)
            case CycleCompleted() as cycle:
                touched += in_stock_in(cycle)
            case ControlChanged(what=Control.PAUSE, tcin=str(tcin)):
                touched.append(Tcin(tcin))
            case ProductLearned(tcin=learned, street_date=street_date) if street_date is not None:
                touched.append(learned)
    return touched


def _lingering_in(
    facts: Iterable[object], windows: Collection[Tcin], chats: Iterable[int], unit: UnitOfWork, records: ChatRecords
) -> dict[Tcin, int]:
    """The restocks that ended while the product was still there, above its cap or at another seller."""
    cycles = [fact for fact in facts if isinstance(fact, CycleCompleted)]
    tcins = dict.fromkeys(tcin for one in cycles for tcin in (*in_stock_in(one), *left_stock_in(one)))
    ended = {tcin: unit.windows.last_ended(tcin) for tcin in tcins if tcin not in windows}
    return {
        tcin: window
        for tcin, window in ended.items()
        if window is not None and any(map(says_in_stock, records.texts([alert_key(window, chat) for chat in chats])))
    }


def _windows_in(facts: Iterable[object], attempts: Iterable[Attempt]) -> list[int]:
    windows = [attempt.window for attempt in attempts if attempt.window is not None]
    for fact in facts:
        match fact:
            case CycleCompleted(windows=moved, approvals=approvals):
                parts = (*moved.opened, *moved.closed, *approvals.made, *approvals.expired)
                windows += [one.window for one in parts]
            case ApprovalAnswered(window=window) | ApprovalWithdrawn(window=window) | ApprovalNudged(window=window):
                windows.append(window)
            case ProductLearned(priced=priced):
                windows += priced
    return windows


def _answered_in(facts: Iterable[object], unit: UnitOfWork) -> dict[str, int]:
    """Where each command that changed a control was given."""
    commands = _commands_behind(facts, unit)
    return {one.key: decode_origin(one.origin).chat for one in commands if one.origin is not None}


def _commands_behind(facts: Iterable[object], unit: UnitOfWork) -> list[Command]:
    keys = [fact.command for fact in facts if isinstance(fact, ControlChanged) and fact.command is not None]
    return [command for key in keys if (command := unit.commands.get(key)) is not None]
