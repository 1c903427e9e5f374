"""Events of the journal to messages: alerts that tell their story, outcomes, and what a person must know."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import tzinfo

from bot.access.origin import decode_origin
from bot.access.roles import Access, Role
from bot.telegram.messages import Store
from bot.telegram.rate_limits import is_group
from bot.text.alerts import render_alert, render_outcome, render_unconfirmed
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
from purchasing.events import unstamp
from purchasing.model import Event, Step
from purchasing.rules.state_machine import BEFORE_BUTTON
from purchasing.storage.unit_of_work import UnitOfWork

#: Kinds of which a person is told in a message of its own.
_NOTICES = frozenset(
    {
        "control_changed",
        "blind",
        "sighted",
        "service_started",
        "watchlist_refused",
        "product_learned",
        "limit_reached",
        "caught_up",
        "storage_failed",
    }
)
_UNDER_WAY = BEFORE_BUTTON | {Step.SUBMITTING}


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
        match event.kind:
            case "cycle_completed":
                return self._cycle(event, unit, store, mode=mode)
            case "ask_answered" | "ask_withdrawn":
                return self._tell_on([event.body["window"]], unit, store, mode=mode)
            case "attempt_moved":
                return self._attempt(event, unit, store, mode=mode)
            case "product_learned" if event.body["priced"]:
                return self._tell_on(event.body["priced"], unit, store, mode=mode)
            case "watchlist_changed":
                return self._unwatched(event, unit, store, mode=mode)
            case kind if kind in _NOTICES:
                return self._notice(event, unit, store, mode=mode)
            case _:
                return []

    def recipients(self, store: Store) -> list[Recipient]:
        """Everyone with a role who has pressed Start, and the listed groups."""
        access, threads = self._access(), store.listeners()
        people = [(chat, access.role_of(chat)) for chat in threads]
        known = [Recipient(chat=chat, role=role) for chat, role in people if role is not None]
        groups = [Recipient(chat=one, role=Role.VIEWER, thread=threads.get(one)) for one in access.open_groups]
        return known + groups

    # ---- the story of a restock window

    def _cycle(self, event: Event, unit: UnitOfWork, store: Store, *, mode: Mode) -> list[Draft]:
        windows = event.body["windows"]
        opened = [one["window"] for one in windows["opened"]]
        told_on = [one["window"] for one in windows["closed"]]
        told_on += [one["window"] for one in (*event.body["asks"]["made"], *event.body["asks"]["expired"])]
        told_on += [unit.attempts.get(one["attempt"]).window for one in event.body["purchases"]["started"]]
        drafts = [draft for window in opened for draft in self._alert(window, unit, store, mode=mode)]
        return drafts + self._tell_on(told_on, unit, store, mode=mode, but=opened)

    def _tell_on(
        self, windows: Iterable[int | None], unit: UnitOfWork, store: Store, *, mode: Mode, but: Sequence[int] = ()
    ) -> list[Draft]:
        """Edits of alerts that were sent; who got none of this window gets none in its middle."""
        return [
            draft
            for window in windows
            if window is not None and window not in but
            for draft in self._alert(window, unit, store, mode=mode)
            if store.is_planned(draft.key)
        ]

    def _alert(self, window: int, unit: UnitOfWork, store: Store, *, mode: Mode) -> list[Draft]:
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
                rank=Rank.ALERT,
                picture=restock.stock.image_url,
                buttons=approval_buttons(restock) if one.may_answer else (),
            )
            for one in self.recipients(store)
        ]

    def _unwatched(self, event: Event, unit: UnitOfWork, store: Store, *, mode: Mode) -> list[Draft]:
        touched = [*event.body["removed"], *event.body["changed"], *event.body["added"]]
        windows = [unit.windows.open_of(Tcin(tcin)) for tcin in touched]
        return self._tell_on(windows, unit, store, mode=mode)

    def catch_up(self, chat: int, unit: UnitOfWork, store: Store, *, mode: Mode) -> list[Draft]:
        """The alerts of windows that are open already, for someone who has just pressed Start."""
        drafts = [
            draft for window in unit.lines.open_windows() for draft in self._alert(window, unit, store, mode=mode)
        ]
        return [draft for draft in drafts if draft.chat == chat and store.revive(draft.key)]

    # ---- attempts

    def _attempt(self, event: Event, unit: UnitOfWork, store: Store, *, mode: Mode) -> list[Draft]:
        attempt = unit.attempts.get(event.body["attempt"])
        if attempt.window is None:
            return []
        step = Step(event.body["to"])
        drafts = self._tell_on([attempt.window], unit, store, mode=mode)
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
        text, silent, least = self._notice_text(event, unit, mode=mode)
        if text is None:
            return []
        answered = _answered_chat(event, unit)
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

    def _notice_text(self, event: Event, unit: UnitOfWork, *, mode: Mode) -> tuple[str | None, bool, Role]:
        """What is told of it, whether without sound, and from which role on."""
        body = event.body
        match event.kind:
            case "control_changed" if body["what"] == "stop":
                return render_stop_news(body, mode=mode), False, Role.VIEWER
            case "control_changed" if body["what"] == "rearm":
                return render_rearm_news(body["by"], mode=mode), True, Role.VIEWER
            case "control_changed" if body["what"] == "mode":
                chosen = Mode(body["value"])
                return render_mode_news(body["by"], mode=chosen), chosen is not Mode.LIVE, Role.VIEWER
            case "limit_reached":
                return render_limit(body, unit.products.title_of(body["tcin"]), mode=mode), False, Role.VIEWER
            case "blind":
                until = unstamp(body["until"]) if body["until"] else None
                return render_blind(body, mode=mode, zone=self._zone, until=until), False, Role.VIEWER
            case "sighted":
                return render_sighted(body, mode=mode), True, Role.VIEWER
        return *_text_for_operators(event, mode=mode), Role.OPERATOR


def _answered_chat(event: Event, unit: UnitOfWork) -> int | None:
    """Where the command behind it was given: there the reply tells it."""
    key = event.body.get("command")
    command = unit.commands.get(key) if key is not None else None
    if command is None or command.origin is None:
        return None
    return decode_origin(command.origin).chat


def _text_for_operators(event: Event, *, mode: Mode) -> tuple[str | None, bool]:
    body = event.body
    match event.kind:
        case "service_started" if body.get("note"):
            return render_note(body["note"], mode=mode), False
        case "product_learned" if body["children"]:
            return render_variations(body, mode=mode), False
        case "caught_up":
            return render_caught_up(body, mode=mode), True
        case "storage_failed":
            return render_storage_failed(body, mode=mode), False
        case "watchlist_refused":
            return render_watchlist_trouble(body["problems"], mode=mode), False
    return None, True
