"""Gathers what the page shows, within the transaction that reads the status."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from bot.health import HealthReport
from bot.telegram.messages import ChatRecords
from bot.text.events import Names, products_of
from bot.web.page.model import PageFacts
from bot.web.page.recent import MOST_CHECKS, RecentJournal
from config.products import Tcin
from monitor.restock_hours import REMEMBERED
from purchasing.model import Overview
from purchasing.standing import StandingReader
from purchasing.storage.unit_of_work import UnitOfWork

#: So many of the last attempts are shown.
MOST_ATTEMPTS = 8
#: What happened is looked for in so many events, quiet cycles not counted, when the page is first asked for.
BACK = 200
#: So many events are taken in at once afterwards; whoever asks more rarely has them read anew.
AT_ONCE = 500
#: When restocks began is read again after this: nobody waits for it.
AGAIN = timedelta(seconds=60)


class PageGatherer:
    """Reads in units of work, which follow one another. What it has read of the journal it need not read again."""

    def __init__(self, standing: StandingReader) -> None:
        self._limits = standing.limits
        self._zone = standing.timezone
        self._recent = RecentJournal()
        #: The `seq` up to which the journal was taken in.
        self._place = 0
        self._restocks: Mapping[Tcin, list[datetime]] = {}
        self._restocks_at: datetime | None = None

    def gather(
        self,
        unit: UnitOfWork,
        overview: Overview,
        *,
        report: HealthReport,
        is_stopped: bool,
        sync_problems: Sequence[str],
        calls: Mapping[tuple[str, str], int],
        next_check_at: datetime | None,
        at: datetime,
    ) -> PageFacts:
        """`overview` was read in the same transaction."""
        self._take_in(unit)
        if self._restocks_at is None or not timedelta(0) <= at - self._restocks_at < AGAIN:
            self._restocks, self._restocks_at = unit.views.restocks(since=at - REMEMBERED), at
        attempts = unit.attempts.last(MOST_ATTEMPTS)
        events = tuple(self._recent.events)
        disagreement = self._recent.disagreement
        known = {line.tcin: line for line in overview.lines}
        named = {one.tcin for one in attempts} | products_of(events)
        if overview.slot is not None:
            named.add(overview.slot.tcin)
        if disagreement is not None:
            named.add(disagreement[0].tcin)
        known |= {line.tcin: line for line in unit.products.known(named - known.keys())}
        titles = {tcin: line.name_and_title for tcin, line in known.items()}
        midnight = at.astimezone(self._zone).replace(hour=0, minute=0, second=0, microsecond=0)
        return PageFacts(
            at=at,
            overview=overview,
            next_check_at=next_check_at,
            health=report.status,
            health_reasons=report.reasons,
            is_stopped=is_stopped,
            sync_problems=sync_problems,
            calls=calls,
            limits=self._limits,
            usage=unit.attempts.usage(day_began=midnight),
            attempts=attempts,
            known=known,
            names=Names(titles=titles, people=ChatRecords(unit.connection).names()),
            checks=tuple(self._recent.checks),
            events=events,
            disagreement=disagreement,
            restocks=self._restocks,
        )

    def _take_in(self, unit: UnitOfWork) -> None:
        """What was added to the journal since, or its last part where that is too much or another journal."""
        journal = unit.journal
        last = journal.last_seq()
        if self._place <= last and last - self._place <= AT_ONCE and self._place:
            events = journal.after(self._place, limit=AT_ONCE)
        else:
            self._recent = RecentJournal()
            by_seq = {one.seq: one for one in (*journal.last_notable(BACK), *journal.last(MOST_CHECKS))}
            events = [by_seq[seq] for seq in sorted(by_seq)]
        self._recent.take(events)
        self._place = last
