"""Reads the facts from which a question is answered, in one unit of work. It renders nothing."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from bot.access.invitations import CONSOLE, InvitationTable
from bot.access.origin import product_of_link
from bot.access.preference_table import PreferenceTable
from bot.access.roles import Access
from bot.commands import answers
from bot.commands.arguments import find_product
from bot.commands.personal.words import ChosenHere
from bot.commands.spec import Question
from bot.commands.specs import SPECS, STOP, find_spec, is_elsewhere, nearest_command, specs_for
from bot.health import HealthMonitor
from bot.telegram.messages import ChatRecords
from bot.text.chat.people import Joined
from bot.text.events import Names, concerns, is_told, products_of
from purchasing.events import Event, ServiceStarted
from purchasing.model import Line
from purchasing.standing import StandingReader
from purchasing.storage.compaction.counts import CountTable
from purchasing.storage.unit_of_work import UnitOfWork

#: Who let somebody in and is known here by no name.
SOMEBODY = "The owner"
#: How far back in the journal it is looked for what happened, quiet cycles not counted.
BACK = 1000
#: The commands that change nothing: after some time it is only counted how often they were asked.
ONLY_ASKED = frozenset(spec.name for spec in SPECS if not spec.is_change and not spec.chooses)


@dataclass(frozen=True, slots=True)
class Source:
    """Where facts are read from, within one transaction."""

    unit: UnitOfWork
    records: ChatRecords


class FactReader:
    """Has a reader for each type of facts.

    Raises:
        BadArgument: by any of them, where what is asked about is not there.
    """

    def __init__(self, *, access: Callable[[], Access], health: HealthMonitor, standing: StandingReader) -> None:
        self._access = access
        self._health = health
        self._standing = standing
        self._readers: Mapping[type, Callable[[Question, Source], Any]] = {
            answers.NoFacts: lambda _question, _source: answers.NoFacts(),
            answers.AllowedCommands: self._allowed,
            answers.NamedCommand: self._named,
            answers.HeldProduct: lambda question, source: answers.HeldProduct(line=_held(question, source)),
            answers.ServiceState: self._service,
            answers.HealthFacts: self._read_health,
            answers.RunningVersion: self._version,
            answers.JournalTail: self._journal,
            answers.ProductStory: self._story,
            answers.ProductReasons: self._reasons,
            answers.LastAttempts: self._attempts,
            answers.Spending: self._spending,
            answers.MemberList: self._members,
            ChosenHere: _chosen,
        }

    def reads(self, kind: type) -> bool:
        return kind in self._readers

    def read(self, kind: type, question: Question, source: Source) -> object:
        """The facts of this type for this question."""
        facts: object = self._readers[kind](question, source)
        return facts

    # ---- commands

    def _allowed(self, question: Question, source: Source) -> answers.AllowedCommands:
        specs = specs_for(question.role, private=question.origin.private)
        linked = product_of_link(question.args)
        line = next((one for one in question.overview.lines if one.tcin == linked), None)
        product = linked if line is None else _story_of(line, source)
        joined = _joined(question, source) if question.args else None
        return answers.AllowedCommands(specs=specs, may_stop=STOP in specs, product=product, joined=joined)

    def _named(self, question: Question, _source: Source) -> answers.NamedCommand:
        name, role, private = question.args, question.role, question.origin.private
        elsewhere = is_elsewhere(name, role=role, private=private)
        return answers.NamedCommand(
            allowed=specs_for(role, private=private),
            spec=None if elsewhere else find_spec(name, role=role),
            is_elsewhere=elsewhere,
            near=nearest_command(name, role=role, private=private),
        )

    # ---- how everything stands

    def _service(self, question: Question, source: Source) -> answers.ServiceState:
        reasons = self._health.reasons(question.overview)
        unsent = len(source.records.unsent())
        return answers.ServiceState(held=_held(question, source), unsent=unsent, reasons=reasons)

    def _read_health(self, question: Question, _source: Source) -> answers.HealthFacts:
        report = self._health.judge(question.overview)
        return answers.HealthFacts(status=report.status, reasons=report.reasons)

    def _version(self, _question: Question, source: Source) -> answers.RunningVersion:
        began = source.unit.journal.last_of(ServiceStarted)
        return answers.RunningVersion(version=version("stockbell"), started_at=None if began is None else began[1])

    def _journal(self, question: Question, source: Source) -> answers.JournalTail:
        wanted = answers.parse_count(question.args)
        hidden = 0 if answers.asks_for_all(question.args) else source.records.log_hidden_until(question.origin.chat)
        back = [event for event in source.unit.journal.last_notable(BACK) if event.seq > hidden and is_told(event)]
        events = back[-wanted:] if wanted else []
        mark = CountTable(source.unit.connection).mark()
        titles = {line.tcin: line.name_and_title for line in source.unit.products.known(products_of(events))}
        return answers.JournalTail(
            events=events,
            names=Names(titles=titles, people=source.records.names()),
            is_cut=len(back) < wanted and hidden > 0,
            compacted_to=mark.at if not events or events[0].seq <= mark.seq else None,
        )

    # ---- products and money

    def _story(self, question: Question, source: Source) -> answers.ProductStory:
        return _story_of(find_product(question.args, question.overview.lines, about=question.about), source)

    def _reasons(self, question: Question, source: Source) -> answers.ProductReasons:
        line = find_product(question.args, question.overview.lines, about=question.about)
        standing = self._standing.read(source.unit, at=question.at)
        return answers.ProductReasons(
            line=line,
            standing=standing,
            events=_events_on(line, source),
            names=_people(source),
            pace=self._health.plan(question.overview).get(line.tcin),
        )

    def _attempts(self, question: Question, source: Source) -> answers.LastAttempts:
        attempts = source.unit.attempts.last(answers.parse_count(question.args))
        lines = source.unit.products.known({attempt.tcin for attempt in attempts})
        return answers.LastAttempts(attempts=attempts, known={line.tcin: line for line in lines})

    def _spending(self, question: Question, source: Source) -> answers.Spending:
        standing = self._standing.read(source.unit, at=question.at)
        return answers.Spending(usage=standing.usage, limits=standing.limits)

    # ---- people

    def _members(self, _question: Question, source: Source) -> answers.MemberList:
        access = self._access()
        return answers.MemberList(roles=access.everyone(), names=source.records.names(), groups=access.open_groups)


def _chosen(question: Question, source: Source) -> ChosenHere:
    return ChosenHere(preferences=PreferenceTable(source.unit.connection).of(question.origin.chat))


def _held(question: Question, source: Source) -> Line | None:
    """The product in the slot, watched or not."""
    slot = question.overview.slot
    return next(iter(source.unit.products.known([slot.tcin])), None) if slot else None


def _story_of(line: Line, source: Source) -> answers.ProductStory:
    restocks = source.unit.views.last_restocks(line.tcin)
    return answers.ProductStory(line=line, restocks=restocks, events=_events_on(line, source), names=_people(source))


def _joined(question: Question, source: Source) -> Joined | None:
    """Whether the code of this very command let this person in, and who did."""
    grants = InvitationTable(source.unit.connection).grants()
    own = next((one for one in grants if str(one.user) == question.command.person.id), None)
    if own is None or own.at < question.command.at:
        return None  # said after the role was given
    names = {str(user): name for user, name in source.records.names().items()}
    return Joined(by=None if own.by == CONSOLE else names.get(own.by, SOMEBODY))


def _people(source: Source) -> Names:
    """For events of a product that is named above them."""
    return Names(people=source.records.names())


def _events_on(line: Line, source: Source) -> list[Event]:
    """The last events that tell of something that happened to this product."""
    back = source.unit.journal.last_notable(BACK)
    return [event for event in back if concerns(event, line.tcin)][-answers.EVENTS :]
