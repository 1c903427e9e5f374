"""Answers to questions, each from the facts that are read for it, and replies that speak of commands and roles."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from itertools import chain

from bot.access.roles import Role
from bot.commands.arguments import find_fitting
from bot.commands.spec import Group, Question, ReplyText, Spec
from bot.text import picks, purchases, status, watchlist
from bot.text.board import count_words, service_line
from bot.text.buttons import start_buttons, words_below
from bot.text.chat.journal import compacted_words, hidden_words
from bot.text.chat.people import Joined, say_welcome
from bot.text.draft import REFRESH, Button
from bot.text.events import Names, describe_event
from bot.text.markup import Known, code, escape, headed, join_lines, line_heading, quoted
from bot.text.picks import parse_pick
from bot.text.reasons import reason_words
from config.products import Mode, Tcin
from monitor.restock_hours import Pace
from purchasing.commands import Result, Revoked, ToChoose, ToPick
from purchasing.events import Event
from purchasing.model import ApprovalAnswer, Attempt, Limits, Line, Overview, Restock, Standing, Usage
from purchasing.rules.explain import explain

#: Lines of /log and /orders if no number is given, and at most.
LINES, MOST_LINES = 10, 200
#: So many of the last events are told of a product.
EVENTS = 5


def parse_count(args: str) -> int:
    """How many lines are asked for."""
    if asks_for_all(args):
        return MOST_LINES
    return min(int(args[:6]), MOST_LINES) if args.isdecimal() else LINES


def asks_for_all(args: str) -> bool:
    """Whether the log is wanted with what was hidden."""
    return args.strip().lower() == "all"


# ---- commands


@dataclass(frozen=True, slots=True, kw_only=True)
class AllowedCommands:
    """What who asks may do there."""

    specs: Sequence[Spec]
    may_stop: bool
    #: What the link names by which the chat was opened, where it names a product; by its number where it isn't watched.
    product: "ProductStory | Tcin | None" = None
    #: Where this very /start let the person in.
    joined: Joined | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedCommand:
    """What the argument names, of what who asks may do there."""

    allowed: Sequence[Spec]
    #: None where there is none of this name, or not there.
    spec: Spec | None
    #: Whether it may be used in the private chat with the bot alone.
    is_elsewhere: bool
    near: str | None


def answer_start(question: Question, facts: AllowedCommands) -> ReplyText:
    match facts.product:
        case ProductStory() as story:
            return answer_show(question, story)
        case str(tcin):
            text, buttons = watchlist.render_unwatched(tcin, may_add=question.may_change, mode=question.mode)
        case None:
            private, may_stop = question.origin.private, facts.may_stop
            text = render_start(question.role, question.overview, joined=facts.joined)
            buttons = words_below(may_stop=may_stop) if private else start_buttons(may_stop=may_stop)
    return ReplyText(text=text, buttons=buttons)


def render_start(role: Role, overview: Overview, *, joined: Joined | None = None) -> str:
    """The greeting: who you are here, what the mode is, and what you may do."""
    return join_lines(
        [
            service_line(overview),
            None if joined is None else say_welcome(role.word, joined),
            f"You are {role.word} here. {count_words(overview.lines)}."
            if overview.lines
            else f"You are {role.word} here.",
            "Alerts come to this chat by themselves. /help shows what you can do.",
            None if overview.lines else picks.NOTHING_WATCHED,
            _MODE_MEANS[overview.controls.mode],
        ]
    )


_MODE_MEANS = {
    Mode.SIMULATE: "I practise buying: nothing is ordered.",
    Mode.REHEARSE: "I rehearse buying: nothing is ordered.",
    Mode.LIVE: "Purchases are real.",
}


def answer_help(question: Question, facts: NamedCommand) -> ReplyText:
    if not question.args:
        # Who asks for help may have lost the words below the chat.
        words = words_below(may_stop=question.may_change) if question.origin.private else ()
        return ReplyText(text=render_help(facts.allowed, mode=question.mode), buttons=words)
    if facts.spec is None:
        return answer_unknown(question, facts)
    return ReplyText(text=render_help_on(facts.spec, mode=question.mode))


def render_help(specs: Sequence[Spec], *, mode: Mode) -> str:
    """The commands in groups, one short line each."""
    groups = {group: [spec for spec in specs if spec.group is group] for group in Group}
    listed = [["", f"<b>{group}</b>", *map(_help_line, ours)] for group, ours in groups.items() if ours]
    return join_lines([headed(mode, "What you can do here"), *chain(*listed), "", *_HELP_ENDS])


_HELP_ENDS = (
    "2 is a place in /list. A product's number, its link or a part of its name do as well.",
    "More on one of them: /help add",
)


def _help_line(spec: Spec) -> str:
    return f"{f'/{spec.name} {escape(spec.short)}'.rstrip()} · {escape(spec.help)}"


def render_help_on(spec: Spec, *, mode: Mode) -> str:
    """One command with a whole example."""
    example = spec.example
    where = ", in the private chat with me" if spec.private else ""
    return join_lines(
        [
            headed(mode, f"<b>/{spec.name}</b> · {escape(spec.help)}"),
            f"Write: {code(f'/{spec.name} {spec.usage}'.rstrip())}" if spec.usage else None,
            f"Like: {code(f'/{spec.name} {example.args}')} {escape(example.means)}." if example else None,
            f"For: {_WHO[spec.role]}{where}",
            f"Also: /{', /'.join(spec.aliases)}" if spec.aliases else None,
        ]
    )


_WHO = {
    Role.VIEWER: "everybody who was let in",
    Role.OPERATOR: "operators and owners",
    Role.OWNER: "owners",
}


def answer_unknown(question: Question, facts: NamedCommand) -> ReplyText:
    name = question.args.removeprefix("/")
    if facts.is_elsewhere:
        return ReplyText(text=render_elsewhere(name, mode=question.mode))
    return ReplyText(text=render_unknown(name, facts.near, mode=question.mode))


def render_unknown(name: str, near: str | None, *, mode: Mode) -> str:
    hint = f"Did you mean /{near}?" if near else "/help shows what there is."
    return headed(mode, f"I know no /{quoted(name, 40)} for you here. {hint}")


def render_elsewhere(name: str, *, mode: Mode) -> str:
    return headed(mode, f"/{quoted(name, 40)} works only in the private chat with me.")


# ---- how everything stands


@dataclass(frozen=True, slots=True, kw_only=True)
class NoFacts:
    """The overview is enough."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldProduct:
    """The product in the slot, watched or not."""

    line: Line | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceState:
    held: Line | None
    #: How many messages wait to be sent.
    unsent: int
    #: What a person should know of.
    reasons: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthFacts:
    status: str
    reasons: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningVersion:
    version: str
    started_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalTail:
    """The last events of which there is something to say, in order, and what those are called of whom they speak."""

    events: Sequence[Event]
    names: Names
    #: Whether there are older ones that this chat does not show.
    is_cut: bool = False
    #: Where they reach back to what was compacted: until when that happened.
    compacted_to: datetime | None = None


def answer_status(question: Question, facts: ServiceState) -> ReplyText:
    text = status.render_status(
        question.overview, facts.reasons, unsent=facts.unsent, held=facts.held, at=question.at, zone=question.zone
    )
    return ReplyText(text=text, buttons=((Button(text=REFRESH, data="/status"),),))


def answer_list(question: Question, _facts: NoFacts) -> ReplyText:
    page, in_stock = parse_list(question.args)
    text, buttons = watchlist.render_list(question.overview, page=page, in_stock=in_stock, at=question.at)
    return ReplyText(text=text, buttons=buttons)


def answer_pick(question: Question, _facts: NoFacts) -> ReplyText:
    name, page, words, rest = parse_pick(question.args)
    lines = pickable(name, words, question.overview.lines)
    text, buttons = picks.render_pick(name, lines, words=words, rest=rest, page=page, mode=question.mode)
    return ReplyText(text=text, buttons=buttons)


def answer_unnamed(question: Question, asked: ToPick) -> ReplyText:
    """For a command that lacks its product: which there are to pick from."""
    name, words = question.command.what, asked.words
    lines = pickable(name, words, question.overview.lines)
    text, buttons = picks.render_pick(name, lines, words=words, rest=asked.rest, page=1, mode=question.mode)
    return ReplyText(text=text, buttons=buttons)


def answer_unsaid(question: Question, asked: ToChoose) -> ReplyText:
    """For a command that names a product and says nothing of it: what may be said."""
    watched = [line for line in question.overview.lines if not line.is_drill]
    place, line = next(((place, one) for place, one in enumerate(watched, 1) if one.tcin == asked.tcin), (0, None))
    if line is None:
        return ReplyText(text=render_refusal(question.command.what, f"{asked.tcin} is not watched", mode=question.mode))
    if question.command.what == "move":
        text, buttons = picks.render_places(line, place, len(watched), mode=question.mode)
    else:
        text, buttons = picks.render_choices(line, rest=asked.rest, mode=question.mode)
    return ReplyText(text=text, buttons=buttons)


def pickable(name: str, words: str, lines: Sequence[Line]) -> list[Line]:
    """The products of which this command may be meant."""
    if name == "buy":
        lines = [line for line in lines if _waits_for_yes(line)]
    elif name == "skip":
        lines = [line for line in lines if line.window is not None and not _is_skipped(line)]
    elif name not in {"show", "why"}:
        lines = [line for line in lines if not line.is_drill]
    return find_fitting(words, lines) if words else list(lines)


def _waits_for_yes(line: Line) -> bool:
    """Whether it is asked about now, or may still be answered as it is in stock."""
    return line.approval is not None and line.approval.answer in {None, ApprovalAnswer.EXPIRED}


def _is_skipped(line: Line) -> bool:
    return line.approval is not None and line.approval.answer is ApprovalAnswer.SKIP


def parse_list(args: str) -> tuple[int, bool]:
    """The page that is wanted, and whether only what is in stock is."""
    words = args.lower().replace("-", " ").split()
    page = next((int(word[:6]) for word in words if word.isascii() and word.isdigit()), 1)
    return page, "stock" in words


def answer_slot(question: Question, facts: HeldProduct) -> ReplyText:
    return ReplyText(text=purchases.render_slot(question.overview, held=facts.line, at=question.at))


def answer_health(question: Question, facts: HealthFacts) -> ReplyText:
    return ReplyText(text=status.render_health(facts.status, facts.reasons, mode=question.mode))


def answer_version(question: Question, facts: RunningVersion) -> ReplyText:
    text = status.render_version(facts.version, facts.started_at, mode=question.mode, at=question.at)
    return ReplyText(text=text)


def answer_log(question: Question, facts: JournalTail) -> ReplyText:
    lines = [describe_event(event, question.zone, names=facts.names, now=question.at) for event in facts.events]
    text = status.render_log([line for line in lines if line is not None], mode=question.mode)
    older = None if facts.compacted_to is None else compacted_words(facts.compacted_to, question.zone)
    return ReplyText(text=join_lines([text, hidden_words() if facts.is_cut else older]))


# ---- one product


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductStory:
    line: Line
    #: Its last restock windows, the latest first.
    restocks: Sequence[Restock]
    #: What happened to it, in order, and what the people are called who had a part in it.
    events: Sequence[Event]
    names: Names


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductReasons:
    line: Line
    #: What a decision on it would be made from now.
    standing: Standing
    events: Sequence[Event]
    names: Names
    #: How often it is asked for; None where the owner's budget has room for all in every cycle.
    pace: Pace | None = None


def answer_show(question: Question, facts: ProductStory) -> ReplyText:
    line = facts.line
    text = watchlist.render_show(
        line,
        facts.restocks,
        _event_lines(facts, question.zone, now=question.at),
        seen_at=question.overview.seen.of(line),
        mode=question.mode,
        at=question.at,
        zone=question.zone,
    )
    buttons = watchlist.show_buttons(line, may_change=question.may_change)
    return ReplyText(text=text, buttons=buttons, picture=line.stock.image_url)


def answer_why(question: Question, facts: ProductReasons) -> ReplyText:
    line, events = facts.line, _event_lines(facts, question.zone, now=question.at)
    reasons = explain(line, facts.standing, at=question.at)
    if facts.pace is not None and not (line.remark is not None and line.remark.is_resting):
        reasons.append(watchlist.pace_words(facts.pace))
    return ReplyText(text=watchlist.render_why(line, reasons, events, mode=question.mode))


def _event_lines(facts: ProductStory | ProductReasons, zone: tzinfo, *, now: datetime) -> list[str]:
    last, only = facts.events[-EVENTS:], facts.line.tcin
    lines = [describe_event(event, zone, only=only, names=facts.names, now=now) for event in last]
    return [text for text in lines if text is not None]


# ---- money


@dataclass(frozen=True, slots=True, kw_only=True)
class LastAttempts:
    """The latest first, and what is known of their products."""

    attempts: Sequence[Attempt]
    known: Known


@dataclass(frozen=True, slots=True, kw_only=True)
class Spending:
    usage: Usage
    limits: Limits


def answer_orders(question: Question, facts: LastAttempts) -> ReplyText:
    text = purchases.render_orders(facts.attempts, facts.known, mode=question.mode, zone=question.zone)
    return ReplyText(text=text)


def answer_spend(question: Question, facts: Spending) -> ReplyText:
    return ReplyText(text=purchases.render_spend(facts.usage, facts.limits, mode=question.mode))


# ---- people


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberList:
    """Everyone with a role, the names of those who pressed Start, and the groups."""

    roles: Mapping[int, Role]
    names: Mapping[int, str]
    groups: Sequence[int]


def answer_users(question: Question, facts: MemberList) -> ReplyText:
    return ReplyText(text=render_users(facts.roles, facts.names, facts.groups, mode=question.mode))


def render_users(roles: Mapping[int, Role], names: Mapping[int, str], groups: Sequence[int], *, mode: Mode) -> str:
    people = [
        f"{role.word} {code(user)} {quoted(names.get(user, 'has not pressed Start yet'), 60)}"
        for user, role in sorted(roles.items(), key=lambda one: (-one[1], one[0]))
    ]
    return join_lines([headed(mode, "<b>Who may do what</b>"), *people, *(f"group {code(group)}" for group in groups)])


def say_revoked(result: Revoked, _known: Known, _zone: tzinfo) -> list[str]:
    who = f"{quoted(result.name, 60)} {code(result.user)}" if result.name else code(result.user)
    browsers = [f"Signed out of the page: {result.browsers} browser{'s' * (result.browsers > 1)}."]
    if result.name is None and result.browsers and result.stays is not None:
        return [*browsers, f"By the settings {who} stays {result.stays}."]
    if result.stays is not None:
        first = f"What {who} was given in the chat is taken back. By the settings they stay {result.stays}."
    else:
        first = f"<b>{who} is shut out.</b>"
    return [first, *browsers] if result.browsers else [first]


# ---- what was changed, and what is no command or was not done


def render_change(spec: Spec, result: Result, lines: Sequence[Line], *, mode: Mode, zone: tzinfo) -> str:
    """What an accepted command did; what it says of products comes from the stored list."""
    first, *rest = spec.says(result, {line.tcin: line for line in lines}, zone)
    return join_lines([headed(mode, first), *rest])


def render_refusal(name: str | None, why: str, about: Sequence[Line] = (), *, mode: Mode) -> str:
    """Why a command was not done, with the products that it or the reason speaks of; None for what nobody types."""
    what = "That" if name is None else f"/{escape(name)}"
    words = quoted(reason_words(why), 1500)
    return join_lines([headed(mode, f"{what} was not done: {words}"), *map(line_heading, about)])
