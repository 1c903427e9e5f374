"""Replies to commands that are done: gathered in a unit of work, and drafted from that alone."""

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo

from bot.access.origin import Origin, decode_origin
from bot.access.preference_table import PreferenceTable
from bot.access.roles import Access, Role
from bot.commands.answers import answer_unnamed, answer_unsaid, render_change, render_refusal
from bot.commands.arguments import BadArgument, NoneNamed
from bot.commands.presses.pressed import (
    REPLY,
    PressedButton,
    answer_press,
    commands_of_reply,
    is_answered_there,
    note_below,
)
from bot.commands.questions import FactReader, Source
from bot.commands.spec import BROKE, LATE, Lateness, Question, ReplyText, Spec
from bot.commands.specs import BUY, MODE, UNSPOKEN, spec_of
from bot.health import HealthMonitor
from bot.telegram.messages import ChatRecords
from bot.telegram.model import Effect, KnowListener, Plan, PutBoard, RetireBoards
from bot.text.board import Board, BoardFacts, draft_boards, render_old_board
from bot.text.cards import MOST_CARDS, draft_card
from bot.text.draft import OFFER, Button, Buttons, Draft, Rank, in_messages
from bot.text.markup import cut, exact_time, headed, join_lines
from bot.text.past.history import chart_buttons, history_buttons
from bot.text.reasons import reason_words
from bot.text.steering import ModeTerms, pause_buttons, render_question, render_to_confirm, say_who_rearms
from bot.text.taps.toasts import say_outcome, say_up_to_date, say_whole
from bot.text.watchlist import mentioned_tcins, say_left_out
from config.durations import span
from config.products import Mode, Tcin
from purchasing.commands import (
    Added,
    Answered,
    AskedBack,
    Cancelled,
    Charted,
    Command,
    Done,
    LookedBack,
    Mentioned,
    NotDone,
    Paused,
    PlaceChanged,
    RefusedWord,
    Removed,
    Result,
    Resumed,
    Settled,
    SkipLifted,
    Stopped,
    ToChoose,
    ToConfirm,
    ToPick,
    Undone,
    WishesChanged,
)
from purchasing.events import CommandDone, CycleCompleted, Event
from purchasing.model import Line, Overview
from purchasing.standing import StandingReader
from purchasing.storage.unit_of_work import UnitOfWork

log = logging.getLogger(__name__)

#: A refusal names no more products than these.
MOST_ABOUT = 5
#: No button's label is longer.
LABEL = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyFacts:
    """A command that is done, and all that its reply is made from."""

    command: Command
    spec: Spec
    origin: Origin
    #: The button by which it was asked for, if it was.
    pressed: PressedButton | None = None
    #: How it ended. A question about what is not there ends by that, when it is answered.
    result: Result
    at: datetime
    overview: Overview
    #: The time zone of the chat where it was given.
    zone: tzinfo
    #: The products that its result speaks of.
    about: Sequence[Line] = ()
    #: For a stop, the names of those who may arm again.
    owners: Sequence[str] = ()
    #: For a mode that is to be confirmed, what it means.
    terms: ModeTerms | None = None
    #: For a question, the facts of its Spec's type.
    answer: object = None
    #: For the board of the chat, with the last cycle and its time.
    board: Board | None = None
    cycle: CycleCompleted | None = None
    cycle_at: datetime | None = None

    @property
    def mode(self) -> Mode:
        return self.overview.controls.mode

    @property
    def started_in(self) -> int | None:
        """The chat in which Start was pressed, if this is about that."""
        return self.origin.chat if self.spec.opens_chat else None


class Replies:
    """Tells people what became of what they asked for."""

    def __init__(
        self,
        *,
        zone: tzinfo,
        access: Callable[[], Access],
        health: HealthMonitor,
        standing: StandingReader,
        session_at: Callable[[], datetime | None],
    ) -> None:
        """`session_at` tells when the owner's session at the shop was last stored, None where none is."""
        self._zone = zone
        self._access = access
        self._standing = standing
        self._session_at = session_at
        self._reader = FactReader(access=access, health=health, standing=standing)

    # ---- gathering

    def gather(self, event: Event, done: CommandDone, unit: UnitOfWork, records: ChatRecords) -> ReplyFacts | None:
        """All that the reply is made from; None where there is nobody to reply to. Only reads."""
        command = unit.commands.get(done.key)
        if command is None or command.result is None or command.origin is None:
            return None
        origin = decode_origin(command.origin)
        facts = ReplyFacts(
            command=command,
            spec=spec_of(command.what) or Spec(name=command.what),  # another version may have known it
            origin=origin,
            pressed=_pressed(origin, command, unit, records),
            result=command.result,
            at=event.at,
            overview=unit.views.overview(at=event.at),
            zone=PreferenceTable(unit.connection).of(origin.chat).zone_or(self._zone),
        )
        if facts.spec.answering is not None and facts.result.refusal is None:
            facts = self._with_answer(facts, facts.spec.answering.facts, Source(unit, records))
        if facts.spec.puts_board and facts.result.refusal is None:
            board = Board(chat=facts.origin.chat, thread=facts.origin.thread, number=event.seq)
            return _with_board(facts, board, unit)  # known by the number of the event, which no other one has
        if facts.spec.redraws_board:
            own = next((one for one in records.boards() if one.chat == facts.origin.chat), None)
            return None if own is None else _with_board(facts, own, unit)
        if isinstance(facts.result, ToConfirm) and facts.spec is MODE:
            return replace(facts, terms=self._terms(facts.result, facts, unit))
        owners = self._owners(records) if isinstance(facts.result, Stopped) else ()
        return replace(facts, about=unit.products.known(_about(facts)), owners=owners)

    def _terms(self, asked: ToConfirm, facts: ReplyFacts, unit: UnitOfWork) -> ModeTerms:
        standing, session_at = self._standing.read(unit, at=facts.at), self._session_at()
        return ModeTerms(
            chosen=Mode(asked.what.rpartition(" ")[2]),
            limits=standing.limits,
            usage=standing.usage,
            session_at=session_at,
            lapsed=unit.controls.why_lapsed(stored_at=session_at),
            in_cart=unit.controls.count_in_cart(at=facts.at),
            buys=[line.product.buy for line in facts.overview.lines],
        )

    def _owners(self, records: ChatRecords) -> tuple[str, ...]:
        """The names of those owners who have one here."""
        names = records.names()
        roles = self._access().everyone()
        return tuple(names[user] for user, role in roles.items() if role is Role.OWNER and user in names)

    def _with_answer(self, facts: ReplyFacts, kind: type, source: Source) -> ReplyFacts:
        try:
            return replace(facts, answer=self._reader.read(kind, self._question(facts), source))
        except NoneNamed as unnamed:
            return replace(facts, result=ToPick(words=unnamed.words))
        except BadArgument as error:
            return replace(facts, result=NotDone(why=str(error)))
        except Exception:
            # One that breaks must not hold up what is told after it, of which one may be an alert.
            log.exception("reply.broke", extra={"key": facts.command.key})
            return replace(facts, result=NotDone(why=BROKE))

    def _question(self, facts: ReplyFacts) -> Question:
        return Question(
            command=facts.command, origin=facts.origin, overview=facts.overview, at=facts.at, zone=facts.zone
        )

    # ---- drafting

    def draft(self, facts: ReplyFacts) -> Plan:
        """The reply, and what goes with it."""
        command, origin, spec = facts.command, facts.origin, facts.spec
        plan: list[Draft | Effect] = []
        if origin.private or spec.opens_chat:
            plan.append(KnowListener(chat=origin.chat, name=command.person.name, thread=origin.thread, at=facts.at))
        if facts.board is not None and spec.redraws_board:
            return self._redraw(facts.board, facts)
        if facts.board is not None:
            board = [*plan, *self._put_board(facts.board, facts)]
            return board if facts.pressed is None else [*board, facts.pressed.clock]
        if isinstance(facts.result, Added) and 1 <= len(facts.result.added) <= MOST_CARDS:
            return [*plan, *self._add_cards(facts.result, facts), *_beside_cards(facts.result, facts)]
        reply = self._render_or_say_so(facts)
        draft = Draft(
            key=f"{REPLY}{command.key}",
            chat=origin.chat,
            thread=origin.thread,
            text=reply.text,
            buttons=(*reply.buttons, *_offers(command)),
            rank=spec.rank,
            silent=spec.rank is not Rank.URGENT,  # who asks is looking already
            picture=reply.picture,
            photo=reply.photo,
            once=True,
        )
        messages = in_messages(draft, mode=facts.mode, file=_file_name(facts))
        if facts.pressed is None:
            return [*plan, *messages]
        if is_answered_there(spec, facts.result, facts.pressed):
            reply = replace(reply, in_place=True)
        return [*plan, *answer_press(reply, messages, facts.pressed)]

    def _add_cards(self, added: Added, facts: ReplyFacts) -> Plan:
        """A card for each product, and what became of the other words."""
        command, origin = facts.command, facts.origin
        cards = [
            draft_card(command, tcin, facts.overview, chat=origin.chat, thread=origin.thread) for tcin in added.added
        ]
        left_out, age = say_left_out(added, {line.tcin: line for line in facts.about}), _age(facts)
        if not left_out and age is None:
            return cards
        text = headed(facts.mode, join_lines([*left_out, age]))
        rest = Draft(
            key=f"{REPLY}{command.key}",
            chat=origin.chat,
            thread=origin.thread,
            text=text,
            rank=facts.spec.rank,
            silent=True,
            once=True,
        )
        return [*cards, *in_messages(rest, mode=facts.mode)]

    def _render_or_say_so(self, facts: ReplyFacts) -> ReplyText:
        try:
            return self._render(facts)
        except Exception:
            log.exception("reply.broke", extra={"key": facts.command.key})
            return ReplyText(text=render_refusal(facts.spec.name, BROKE, mode=facts.mode))

    def _render(self, facts: ReplyFacts) -> ReplyText:
        spec, result = facts.spec, facts.result
        if isinstance(result, ToConfirm):
            return ReplyText(text=render_to_confirm(result, mode=facts.mode, zone=facts.zone, terms=facts.terms))
        if isinstance(result, AskedBack):
            return ReplyText(text=render_question(result.question, mode=facts.mode))
        if isinstance(result, ToPick):
            return answer_unnamed(self._question(facts), result)
        if isinstance(result, ToChoose):
            return answer_unsaid(self._question(facts), result)
        if (why := _refusal_of(result)) is not None:
            return self._refused(why, facts)
        if spec.answering is not None:
            return spec.answering.render(self._question(facts), facts.answer)
        if isinstance(result, LookedBack | Charted):
            return self._looked_back(result, facts)
        return self._changed(facts)

    def _refused(self, why: str, facts: ReplyFacts) -> ReplyText:
        name = None if facts.spec in UNSPOKEN else facts.spec.name
        if isinstance(facts.result, NotDone) and facts.result.until is not None:
            why = f"{why} until {exact_time(facts.result.until, facts.zone)}"
        text = render_refusal(name, why, facts.about[:MOST_ABOUT], mode=facts.mode)
        return ReplyText(
            text=join_lines([text, _age(facts)]),
            toast=say_whole(reason_words(why)),
            alert=facts.spec is BUY,  # who meant to buy may not take it for bought
            spent=isinstance(facts.result, NotDone) and facts.result.spent,
        )

    def _looked_back(self, result: LookedBack | Charted, facts: ReplyFacts) -> ReplyText:
        text = render_change(facts.spec, result, facts.about, mode=facts.mode, zone=facts.zone)
        if isinstance(result, Charted):
            return ReplyText(text=text, buttons=chart_buttons(result), photo=result.picture)
        return ReplyText(text=text, buttons=history_buttons(result))

    def _changed(self, facts: ReplyFacts) -> ReplyText:
        spec, result = facts.spec, facts.result
        known = {line.tcin: line for line in facts.about}
        rearms = None
        if isinstance(result, Stopped) and facts.origin.role < Role.OWNER:
            # Of a stop that was there already nobody is told again.
            rearms = say_who_rearms(facts.owners, are_told=result.already is None)
        text = render_change(spec, result, facts.about, mode=facts.mode, zone=facts.zone)
        line = join_lines([*spec.says(result, known, facts.zone), rearms, _age(facts)])
        return ReplyText(
            text=join_lines([text, rearms, _age(facts)]),
            buttons=pause_buttons(result, facts.overview.lines, _subjects(facts)) if isinstance(result, Paused) else (),
            toast=say_whole(line) if isinstance(result, Done) else say_outcome(result, known, facts.zone),
            line=None if spec.button_stays else line,
        )

    def _draft_board(self, board: Board, facts: ReplyFacts) -> list[Draft]:
        shown = BoardFacts(overview=facts.overview, cycle=facts.cycle, cycle_at=facts.cycle_at)
        return draft_boards([board], shown, at=facts.at, zone=self._zone)

    def _redraw(self, board: Board, facts: ReplyFacts) -> Plan:
        """The board at once, as somebody looks at it."""
        drawn = [replace(draft, rank=Rank.UPDATE) for draft in self._draft_board(board, facts)]
        if facts.pressed is None:
            return drawn
        checked = say_up_to_date(facts.overview.mark.last_good_at, facts.zone)
        return [*drawn, replace(facts.pressed.clock, text=checked)]

    def _put_board(self, board: Board, facts: ReplyFacts) -> Plan:
        """The one board of the chat, and the end of those before it."""
        return [
            PutBoard(board=board),
            *self._draft_board(board, facts),
            RetireBoards(chat=board.chat, but=board.key, text=render_old_board(facts.mode)),
        ]


def _file_name(facts: ReplyFacts) -> str:
    """What the reply is called where it becomes a file: what was asked for, and on which day."""
    name = "reply" if facts.spec in UNSPOKEN else facts.spec.name
    return f"stockbell-{name}-{facts.at.astimezone(facts.zone):%Y-%m-%d}.txt"


def _pressed(origin: Origin, command: Command, unit: UnitOfWork, records: ChatRecords) -> PressedButton | None:
    if origin.press is None:
        return None
    by = None if origin.private else command.person.name
    key = records.key_at(origin.chat, origin.press.message)
    behind = (unit.commands.get(one) for one in commands_of_reply(key or ""))
    asked = next((one for one in behind if one is not None), None)
    shown = next(iter(records.drafts([key])), None) if key is not None else None
    return PressedButton(press=origin.press, by=by, key=key, asked=asked, shown=shown)


def _beside_cards(added: Added, facts: ReplyFacts) -> Plan:
    if facts.pressed is None:
        return []
    return note_below(say_outcome(added, {line.tcin: line for line in facts.about}, facts.zone), facts.pressed)


def _with_board(facts: ReplyFacts, board: Board, unit: UnitOfWork) -> ReplyFacts:
    cycle, cycle_at = unit.journal.last_of(CycleCompleted) or (None, None)
    return replace(facts, board=board, cycle=cycle, cycle_at=cycle_at)


def _refusal_of(result: Result) -> str | None:
    """Why nothing was done, unless that is told word by word."""
    return None if isinstance(result, Added) else result.refusal


def _about(facts: ReplyFacts) -> set[Tcin]:
    """The products that a result speaks of, and those that a refusal or the refused words name."""
    why = _refusal_of(facts.result)
    named = [] if why is None else mentioned_tcins(f"{facts.command.args} {why}")
    return {*_products_in(facts.result), *named}


def _products_in(result: Result) -> list[Tcin]:
    match result:
        case Added():
            return [*result.added, *result.there, *_mentioned(result.refused)]
        case Removed():
            return [*result.removed, *_mentioned(result.refused)]
        case Undone():
            return [*result.absent, *result.present]
        case Mentioned():
            return [*result.tcins, *result.there]
        case NotDone():
            return list(result.about)
        case WishesChanged() | PlaceChanged() | Answered() | SkipLifted() | Settled() | Cancelled():
            return [result.tcin]
        case Paused() | Resumed() | LookedBack() | Charted() if result.tcin is not None:
            return [result.tcin]
    return []


def _mentioned(words: Iterable[RefusedWord]) -> list[Tcin]:
    return [tcin for word in words for tcin in mentioned_tcins(word.why)]


def _offers(command: Command) -> Buttons:
    return tuple((Button(text=cut(one.label, LABEL), data=OFFER + one.token),) for one in command.buttons)


def _subjects(facts: ReplyFacts) -> list[Tcin]:
    """The products of the message to which it was a reply."""
    return list(map(Tcin, facts.origin.about))


def _age(facts: ReplyFacts) -> str | None:
    """How long a wish waited that is honoured however old it is."""
    waited = facts.at - facts.command.at
    is_told = facts.spec.lateness is Lateness.TELLS_AGE and waited > LATE
    return f"(You sent that {span(waited)} ago.)" if is_told else None
