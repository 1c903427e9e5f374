"""Answers to commands, planned from what the command left behind and from what is stored now."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from importlib.metadata import version

from bot.access.origin import Origin, decode_origin
from bot.access.roles import Access, Role
from bot.commands import answers
from bot.commands.arguments import BadArgument, find_product
from bot.commands.specs import LATE, OFFER, find_spec, is_elsewhere, nearest_command, specs_for
from bot.health import HealthMonitor
from bot.telegram.messages import ChatRecords
from bot.telegram.model import KnowListener, Plan, PutBoard, RetireBoards
from bot.text import purchases, status, steering, watchlist
from bot.text.board import Board, BoardFacts, draft_boards, render_old_board
from bot.text.draft import Button, Buttons, Draft, Rank, in_messages
from bot.text.events import concerns, describe_event, subject_of
from bot.text.markup import cut, join_lines, span
from bot.text.watchlist import mentioned_tcins
from config.products import Mode, Tcin
from purchasing.commands import (
    Added,
    Answered,
    AskedBack,
    Cancelled,
    Command,
    Mentioned,
    Moved,
    NotDone,
    Paused,
    RefusedWord,
    Removed,
    Result,
    Resumed,
    Settled,
    ToConfirm,
    Undone,
    WishesChanged,
)
from purchasing.events import CommandDone, CycleCompleted, Event, ServiceStarted
from purchasing.model import Line, Overview
from purchasing.rules.explain import explain
from purchasing.standing import StandingReader
from purchasing.storage.unit_of_work import UnitOfWork

#: Lines of /log if no number is given, and at most.
LOG, MOST_LOG = 10, 200
#: A refusal names no more products than these.
MOST_ABOUT = 5
#: No button's label is longer.
LABEL = 60
#: How far back /show and /why look for what happened to a product.
BACK = 2000

Text = tuple[str, Buttons]


@dataclass(frozen=True, slots=True)
class Question:
    """A command that asks, and all that its answer may be read from."""

    command: Command
    origin: Origin
    overview: Overview
    unit: UnitOfWork
    records: ChatRecords
    at: datetime

    @property
    def mode(self) -> Mode:
        return self.overview.controls.mode

    @property
    def role(self) -> Role:
        return self.origin.role

    @property
    def held(self) -> Line | None:
        """The product in the slot, watched or not."""
        slot = self.overview.slot
        return next(iter(self.unit.products.known([slot.tcin])), None) if slot else None


class Replies:
    """Drafts the reply to a command that is done."""

    def __init__(
        self, *, zone: tzinfo, access: Callable[[], Access], health: HealthMonitor, standing: StandingReader
    ) -> None:
        self._zone = zone
        self._access = access
        self._health = health
        self._standing = standing
        self._answers: Mapping[str, Callable[[Question], Text]] = {
            "start": self._start,
            "help": self._help,
            "status": self._status,
            "list": self._list,
            "slot": self._slot,
            "orders": self._orders,
            "spend": self._spend,
            "health": self._tell_health,
            "log": self._log,
            "version": self._version,
            "users": self._users,
            "text": self._hint,
            "unknown": self._unknown,
        }

    def plan(self, event: Event, done: CommandDone, unit: UnitOfWork, records: ChatRecords) -> Plan:
        command = unit.commands.get(done.key)
        if command is None or command.result is None or command.origin is None:
            return []
        origin = decode_origin(command.origin)
        is_known = origin.private or command.what == "start"
        listener = KnowListener(chat=origin.chat, name=command.person.name, thread=origin.thread, at=event.at)
        first = [listener] if is_known else []
        if command.what == "board":
            return [*first, *self._new_board(origin, unit, event)]
        text, buttons, picture = self._reply(command, command.result, origin, unit, records, at=event.at)
        reply = Draft(
            key=f"reply:{command.key}",
            chat=origin.chat,
            thread=origin.thread,
            text=text,
            buttons=(*buttons, *_offers(command)),
            rank=Rank.URGENT if command.what == "stop" else Rank.REPLY,
            silent=command.what != "stop",  # who asks is looking already
            picture=picture,
            once=True,
        )
        return [*first, *in_messages(reply, mode=unit.controls.read(at=event.at).mode)]

    def _reply(
        self, command: Command, result: Result, origin: Origin, unit: UnitOfWork, records: ChatRecords, *, at: datetime
    ) -> tuple[str, Buttons, str | None]:
        overview = unit.views.overview(at=at)
        if command.what in {"show", "why"}:
            return self._on_product(command, overview, unit, at=at)
        answer = self._answer(Question(command, origin, overview, unit, records, at))
        if answer is not None:
            return (*answer, None)
        text = self._change(command, result, unit, overview.controls.mode)
        return join_lines([text, _age(command, at=at)]), (), None

    # ---- questions

    def _answer(self, question: Question) -> Text | None:
        """The answer to a question; None for a command that changes something."""
        answer = self._answers.get(question.command.what)
        return None if answer is None else answer(question)

    def _start(self, question: Question) -> Text:
        specs = specs_for(question.role, private=question.origin.private)
        return answers.render_start(question.role, specs, question.overview)

    def _help(self, question: Question) -> Text:
        name, role, mode, private = question.command.args, question.role, question.mode, question.origin.private
        if not name:
            return answers.render_help(specs_for(role, private=private), mode=mode), ()
        spec = find_spec(name, role=role)
        if spec is None or is_elsewhere(name, role=role, private=private):
            return self._unknown(question)
        return answers.render_help_on(spec, mode=mode), ()

    def _status(self, question: Question) -> Text:
        reasons = self._health.reasons(question.overview)
        unsent = len(question.records.unsent())
        held = question.held
        return status.render_status(
            question.overview, reasons, unsent=unsent, held=held, at=question.at, zone=self._zone
        ), ()

    def _list(self, question: Question) -> Text:
        page = question.command.args
        number = int(page[:6]) if page.isdecimal() else 1
        return watchlist.render_list(question.overview, page=number, at=question.at)

    def _slot(self, question: Question) -> Text:
        return purchases.render_slot(question.overview, held=question.held, at=question.at), ()

    def _orders(self, question: Question) -> Text:
        args = question.command.args
        count = min(int(args[:6]), MOST_LOG) if args.isdecimal() else LOG
        attempts = question.unit.attempts.last(count)
        lines = {line.tcin: line for line in question.unit.products.known({attempt.tcin for attempt in attempts})}
        return purchases.render_orders(attempts, lines, mode=question.mode, zone=self._zone), ()

    def _spend(self, question: Question) -> Text:
        standing = self._standing.read(question.unit, at=question.at)
        return purchases.render_spend(standing.usage, standing.limits, mode=question.mode), ()

    def _tell_health(self, question: Question) -> Text:
        report = self._health.judge(question.overview)
        return status.render_health(report.status, report.reasons, mode=question.mode), ()

    def _log(self, question: Question) -> Text:
        args = question.command.args
        wanted = min(int(args[:6]), MOST_LOG) if args.isdecimal() else LOG
        events = question.unit.journal.last(BACK)
        worth_a_line = [event for event in events if describe_event(event, self._zone) is not None]
        lines = [self._log_line(event, question.unit) for event in (worth_a_line[-wanted:] if wanted else [])]
        return status.render_log(lines, mode=question.mode), ()

    def _log_line(self, event: Event, unit: UnitOfWork) -> str:
        tcin = subject_of(event)
        title = "" if tcin is None else unit.products.title_of(Tcin(tcin))
        return describe_event(event, self._zone, title=title) or ""

    def _version(self, question: Question) -> Text:
        began = question.unit.journal.last_of(ServiceStarted)
        since = None if began is None else began[1]
        return status.render_version(version("stockbell"), since, mode=question.mode, at=question.at), ()

    def _users(self, question: Question) -> Text:
        access = self._access()
        names = question.records.names()
        return answers.render_users(access.everyone(), names, access.open_groups, mode=question.mode), ()

    def _hint(self, question: Question) -> Text:
        result = question.command.result
        tcins = result.tcins if isinstance(result, Mentioned) else ()
        return answers.render_hint(tcins, mode=question.mode), ()

    def _unknown(self, question: Question) -> Text:
        name, role, private = question.command.args, question.role, question.origin.private
        if is_elsewhere(name, role=role, private=private):
            return answers.render_elsewhere(name, mode=question.mode), ()
        near = nearest_command(name, role=role, private=private)
        return answers.render_unknown(name, near, mode=question.mode), ()

    def _on_product(
        self, command: Command, overview: Overview, unit: UnitOfWork, *, at: datetime
    ) -> tuple[str, Buttons, str | None]:
        mode, what = overview.controls.mode, command.what
        try:
            line = find_product(command.args, overview.lines)
        except BadArgument as error:
            why = str(error)
            return answers.render_refusal(what, why, unit.products.known(mentioned_tcins(why)), mode=mode), (), None
        events = self._events_on(line, unit)
        if what == "why":
            reasons = explain(line, self._standing.read(unit, at=at), at=at)
            return watchlist.render_why(line, reasons, events, mode=mode), (), None
        restocks = unit.views.last_restocks(line.tcin)
        text = watchlist.render_show(
            line, restocks, events, seen_at=overview.seen.of(line), mode=mode, at=at, zone=self._zone
        )
        return text, (), line.stock.image_url

    def _events_on(self, line: Line, unit: UnitOfWork) -> list[str]:
        events = [event for event in unit.journal.last(BACK) if concerns(event, line.tcin)]
        return [
            text for event in events[-5:] if (text := describe_event(event, self._zone, only=line.tcin)) is not None
        ]

    # ---- changes

    def _change(self, command: Command, result: Result, unit: UnitOfWork, mode: Mode) -> str:
        if isinstance(result, ToConfirm):
            return steering.render_to_confirm(result, mode=mode)
        if isinstance(result, AskedBack):
            return steering.render_question(result.question, mode=mode)
        why = None if isinstance(result, Added) else result.refusal  # what was added is told word by word
        if why is not None:
            about = {*_products_in(result), *mentioned_tcins(f"{command.args} {why}")}
            return answers.render_refusal(command.what, why, unit.products.known(about)[:MOST_ABOUT], mode=mode)
        known = unit.products.known(_products_in(result))
        return answers.render_change(command.what, result, known, mode=mode, zone=self._zone)

    # ---- the board

    def _new_board(self, origin: Origin, unit: UnitOfWork, event: Event) -> Plan:
        """The one board of the chat, and the end of those before it."""
        board = Board(chat=origin.chat, thread=origin.thread, number=event.seq)
        cycle, cycle_at = unit.journal.last_of(CycleCompleted) or (None, None)
        facts = BoardFacts(overview=unit.views.overview(at=event.at), cycle=cycle, cycle_at=cycle_at)
        over = render_old_board(facts.overview.controls.mode)
        return [
            PutBoard(board=board),
            *draft_boards([board], facts, at=event.at, zone=self._zone),
            RetireBoards(chat=board.chat, but=board.key, text=over),
        ]


def _products_in(result: Result) -> list[Tcin]:
    """The products that an outcome speaks of."""
    match result:
        case Added():
            return [*result.added, *result.there, *_mentioned(result.refused)]
        case Removed():
            return [*result.removed, *_mentioned(result.refused)]
        case Undone():
            return [*result.absent, *result.present]
        case NotDone():
            return list(result.about)
        case WishesChanged() | Moved() | Answered() | Settled() | Cancelled():
            return [result.tcin]
        case Paused() | Resumed() if result.tcin is not None:
            return [result.tcin]
    return []


def _mentioned(words: Iterable[RefusedWord]) -> list[Tcin]:
    return [tcin for word in words for tcin in mentioned_tcins(word.why)]


def _offers(command: Command) -> Buttons:
    return tuple((Button(text=cut(one.label, LABEL), data=OFFER + one.token),) for one in command.buttons)


def _age(command: Command, *, at: datetime) -> str | None:
    """How long a wish waited that is honoured however old it is."""
    waited = at - command.at
    is_told = command.what in {"add", "set"} and waited > LATE
    return f"it was said {span(waited)} ago" if is_told else None
