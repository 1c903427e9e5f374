"""Events of the journal to messages: alerts that tell their story, outcomes, and what a person must know."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import tzinfo

from bot.access.origin import decode_origin
from bot.access.roles import Access, Role
from bot.telegram.messages import Store
from bot.telegram.rate_limits import is_group
from bot.text.alerts import render_alert, render_outcome, render_restocks, render_unconfirmed
from bot.text.draft import Draft, Rank, in_messages
from bot.text.notices import (
    render_blind,
    render_caught_up,
    render_mode_news,
    render_note,
    render_rearm_news,
    render_sighted,
    render_stop_news,
    render_storage_failed,
    render_variations,
    render_watchlist_trouble,
)
from bot.text.purchases import approval_buttons, approval_line, render_limit
from config.products import DRILL, Mode, Tcin
from purchasing.events import (
    ApprovalAnswered,
    ApprovalWithdrawn,
    AttemptMoved,
    Blind,
    CaughtUp,
    Control,
    ControlChanged,
    CycleCompleted,
    Event,
    Fact,
    LimitReached,
    ProductLearned,
    ServiceStarted,
    Sighted,
    StorageFailed,
    UnknownFact,
    WatchlistChanged,
    WatchlistRefused,
)
from purchasing.model import Attempt, Restock, Step
from purchasing.rules.state_machine import BEFORE_BUTTON
from purchasing.storage.unit_of_work import UnitOfWork

_UNDER_WAY = BEFORE_BUTTON | {Step.SUBMITTING}
#: How a round of practice ends.
_ENDS_OF_ROUND = frozenset({Step.CONFIRMED, Step.REFUSED})

#: More restocks in one cycle than this are named together, in one message with a sound, before their alerts.
MOST_ALONE = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    chat: int
    role: Role
    thread: int | None = None

    @property
    def may_answer(self) -> bool:
        """In a group somebody may; whoever presses there is judged by their own role."""
        return is_group(self.chat) or self.role >= Role.OPERATOR


class Alerts:
    """Drafts what an event means for the people. Each alert is drawn from where its window stands."""

    def __init__(self, *, access: Callable[[], Access], zone: tzinfo, product_link: Callable[[Tcin], str]) -> None:
        self._access = access
        self._zone = zone
        self._link = product_link

    def draft(self, event: Event, unit: UnitOfWork, store: Store) -> list[Draft]:
        mode = unit.controls.read(at=event.at).mode
        match event.fact:
            case CycleCompleted() as cycle:
                return self._cycle(cycle, unit, store, mode=mode)
            case ApprovalAnswered(window=window) | ApprovalWithdrawn(window=window):
                return self._tell_on([window], unit, store, mode=mode)
            case AttemptMoved() as moved:
                return self._attempt(moved, unit, store, mode=mode)
            case ProductLearned(priced=priced) if priced:
                return self._tell_on(priced, unit, store, mode=mode)
            case WatchlistChanged() as change:
                touched = [*change.removed, *change.changed, *change.added]
                return self._tell_on([unit.windows.open_of(tcin) for tcin in touched], unit, store, mode=mode)
            case _:
                return self._notice(event, unit, store, mode=mode)

    def recipients(self, store: Store) -> list[Recipient]:
        """Everyone with a role who has pressed Start, and the listed groups."""
        access, threads = self._access(), store.listeners()
        people = [(chat, access.role_of(chat)) for chat in threads]
        known = [Recipient(chat=chat, role=role) for chat, role in people if role is not None]
        groups = [Recipient(chat=one, role=Role.VIEWER, thread=threads.get(one)) for one in access.open_groups]
        return known + groups

    # ---- the story of a restock window

    def _cycle(self, cycle: CycleCompleted, unit: UnitOfWork, store: Store, *, mode: Mode) -> list[Draft]:
        opened = [one.window for one in cycle.windows.opened]
        told_on: list[int | None] = [
            one.window for one in (*cycle.windows.closed, *cycle.approvals.made, *cycle.approvals.expired)
        ]
        started = [unit.attempts.get(one.attempt) for one in cycle.purchases.started]
        told_on += [one.window for one in started if one.window not in opened and not _is_further_round(one, unit)]
        drafts = self._opened(cycle, opened, unit, store, mode=mode)
        return drafts + self._tell_on(told_on, unit, store, mode=mode, but=opened)

    def _opened(
        self, cycle: CycleCompleted, windows: Sequence[int], unit: UnitOfWork, store: Store, *, mode: Mode
    ) -> list[Draft]:
        """Each restock's alert; many at once are named together first, and their alerts follow silently."""
        named: set[int] = set()
        drafts: list[Draft] = []
        if len(windows) > MOST_ALONE:
            restocks = [one for one in map(unit.views.restock, windows) if one.tcin != DRILL]
            if len(restocks) > MOST_ALONE:
                named = {one.id for one in restocks}
                drafts = self._named(cycle, restocks, store, mode=mode)
        for window in windows:
            drafts += self._alert(window, unit, store, mode=mode, silent=window in named)
        return drafts

    def _named(self, cycle: CycleCompleted, restocks: Sequence[Restock], store: Store, *, mode: Mode) -> list[Draft]:
        text = render_restocks(restocks, mode=mode, zone=self._zone)
        drafts = [
            Draft(
                key=f"restocks:{cycle.cycle_id}:{one.chat}",
                chat=one.chat,
                thread=one.thread,
                text=text,
                rank=Rank.ALERT,
                once=True,
            )
            for one in self.recipients(store)
        ]
        return [part for draft in drafts for part in in_messages(draft, mode=mode)]

    def _tell_on(
        self,
        windows: Iterable[int | None],
        unit: UnitOfWork,
        store: Store,
        *,
        mode: Mode,
        but: Sequence[int] = (),
        rank: Rank = Rank.ALERT,
    ) -> list[Draft]:
        """Edits of alerts that were sent; who got none of this window gets none in its middle."""
        return [
            draft
            for window in windows
            if window is not None and window not in but
            for draft in self._alert(window, unit, store, mode=mode, rank=rank)
            if store.is_planned(draft.key)
        ]

    def _alert(
        self,
        window: int,
        unit: UnitOfWork,
        store: Store,
        *,
        mode: Mode,
        silent: bool = False,
        rank: Rank = Rank.ALERT,
    ) -> list[Draft]:
        restock = unit.views.restock(window)
        is_drill = restock.product.tcin == DRILL
        text = render_alert(
            restock,
            mode=Mode.SIMULATE if is_drill else mode,
            zone=self._zone,
            link=None if is_drill else self._link(restock.product.tcin),
            asked=approval_line(restock, self._zone),
        )
        return [
            Draft(
                key=f"alert:{window}:{one.chat}",
                chat=one.chat,
                thread=one.thread,
                text=text,
                rank=rank,
                silent=silent,
                picture=restock.stock.image_url,
                buttons=approval_buttons(restock) if one.may_answer else (),
            )
            for one in self.recipients(store)
        ]

    def catch_up(self, chat: int, unit: UnitOfWork, store: Store, *, mode: Mode) -> list[Draft]:
        """The alerts of windows that are open already, for someone who has just pressed Start."""
        drafts = [
            draft for window in unit.lines.open_windows() for draft in self._alert(window, unit, store, mode=mode)
        ]
        return [draft for draft in drafts if draft.chat == chat and store.revive(draft.key)]

    # ---- attempts

    def _attempt(self, moved: AttemptMoved, unit: UnitOfWork, store: Store, *, mode: Mode) -> list[Draft]:
        attempt, step = unit.attempts.get(moved.attempt), moved.to
        if attempt.window is None:
            return []
        is_further = _is_further_round(attempt, unit)
        if step in _UNDER_WAY and is_further:
            return []
        rank = Rank.ROUND if is_further and step in _ENDS_OF_ROUND else Rank.ALERT
        drafts = self._tell_on([attempt.window], unit, store, mode=mode, rank=rank)
        if step in _UNDER_WAY:
            return drafts
        restock = unit.views.restock(attempt.window)
        practice = attempt.mode is Mode.SIMULATE
        if step is Step.UNCONFIRMED and not practice:
            key, text = f"unconfirmed:{attempt.id}", render_unconfirmed(restock, attempt)
        elif step is Step.UNCONFIRMED:
            return drafts
        else:
            text = render_outcome(restock, attempt)
            # In practice only a window's first outcome is a message of its own; the alert counts the others.
            key = f"outcome:window:{attempt.window}" if practice else f"outcome:{attempt.id}"
        return drafts + [
            Draft(
                key=f"{key}:{one.chat}",
                chat=one.chat,
                thread=one.thread,
                text=text,
                rank=Rank.UPDATE if practice else Rank.URGENT,
                silent=practice,
                matters=not practice,
                once=True,
            )
            for one in self.recipients(store)
        ]

    # ---- what a person must know

    def _notice(self, event: Event, unit: UnitOfWork, store: Store, *, mode: Mode) -> list[Draft]:
        text, silent, least = self._notice_text(event.fact, unit, mode=mode)
        if text is None:
            return []
        answered = _answered_chat(event.fact, unit)
        drafts = [
            Draft(
                key=f"notice:{event.seq}:{one.chat}",
                chat=one.chat,
                thread=one.thread,
                text=text,
                rank=Rank.URGENT,
                silent=silent,
                once=True,
            )
            for one in self.recipients(store)
            if one.role >= least and one.chat != answered
        ]
        return [part for draft in drafts for part in in_messages(draft, mode=mode)]

    def _notice_text(self, fact: Fact | UnknownFact, unit: UnitOfWork, *, mode: Mode) -> tuple[str | None, bool, Role]:
        """What is told of it, whether without sound, and from which role on."""
        match fact:
            case ControlChanged(what=Control.STOP, by=by, cut=cut):
                return render_stop_news(by, cut or None, mode=mode), False, Role.VIEWER
            case ControlChanged(what=Control.REARM, by=by):
                return render_rearm_news(by, mode=mode), True, Role.VIEWER
            case ControlChanged(what=Control.MODE, by=by, value=str(word)):
                chosen = Mode(word)
                return render_mode_news(by, mode=chosen), chosen is not Mode.LIVE, Role.VIEWER
            case LimitReached() as reached:
                return render_limit(reached, unit.products.title_of(reached.tcin), mode=mode), False, Role.VIEWER
            case Blind() as blind:
                return render_blind(blind, mode=mode, zone=self._zone), False, Role.VIEWER
            case Sighted() as sighted:
                return render_sighted(sighted, mode=mode), True, Role.VIEWER
        return *_text_for_operators(fact, mode=mode), Role.OPERATOR


def _is_further_round(attempt: Attempt, unit: UnitOfWork) -> bool:
    """Practice in a window in which it came to its end before: it is counted now and then, once it has ended.

    What was called off by a person, or by a change of the list, was no round.
    """
    if attempt.mode is not Mode.SIMULATE or attempt.window is None:
        return False
    attempts = unit.views.restock(attempt.window).attempts
    return any(one.mode is Mode.SIMULATE and one.step in _ENDS_OF_ROUND and one.id < attempt.id for one in attempts)


def _answered_chat(fact: Fact | UnknownFact, unit: UnitOfWork) -> int | None:
    """Where the command behind it was given: there the reply tells it."""
    match fact:
        case ControlChanged(command=str(key)):
            command = unit.commands.get(key)
            return None if command is None or command.origin is None else decode_origin(command.origin).chat
    return None


def _text_for_operators(fact: Fact | UnknownFact, *, mode: Mode) -> tuple[str | None, bool]:
    match fact:
        case ServiceStarted(note=str(note)):
            return render_note(note, mode=mode), False
        case ProductLearned(children=children) as learned if children:
            return render_variations(learned, mode=mode), False
        case CaughtUp() as news:
            return render_caught_up(news, mode=mode), True
        case StorageFailed() as failed:
            return render_storage_failed(failed, mode=mode), False
        case WatchlistRefused(problems=problems):
            return render_watchlist_trouble(problems, mode=mode), False
    return None, True
