"""Gathers the past of one product, or of all: read beside the service, in pieces, for a bounded time."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.charts.gathered import Past
from bot.charts.model import Reach
from config.clock import Monotonic
from config.database import Connection, DatabaseFile
from config.products import Tcin
from monitor.model import StockState
from purchasing.events import WatchlistChanged
from purchasing.past import Gap, PastReading, PastWindow
from purchasing.rules.unwatched import gaps_between_hours, unwatched_gaps
from purchasing.storage.compaction.counts import CountTable
from purchasing.storage.days import DayTable
from purchasing.storage.past.readings import PastPiece, PastTable
from purchasing.storage.unit_of_work import UnitOfWork

#: The journal is gone through for no longer than this; a picture of what was read by then is better than none.
LONGEST = timedelta(seconds=3)
#: After each piece the others have the processor for a moment.
PAUSE_S = 0.005
#: A product is tried no more often in all that is shown.
MOST_ATTEMPTS = 2000
#: A silence of the journal is seen from such a part of the time on: a shorter one could not be drawn.
SILENCE = 1 / 300
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Uncompacted:
    """Where the journal tells every reading."""

    begins: datetime
    #: It lies between these places.
    after: int
    end: int
    #: What was known where it begins; None where it begins with the journal.
    first: PastReading | None
    #: When what was known was forgotten, as another channel was wanted.
    forgotten: tuple[datetime, ...] = ()


def gather(
    file: DatabaseFile,
    tcin: Tcin | None,
    *,
    since: datetime,
    until: datetime,
    monotonic: Monotonic,
    pause: Callable[[float], bool],
) -> Past:
    """Read the past of one product, or of all.

    `pause` waits so many seconds, and tells whether to give up.
    """
    past, journal = file.read(lambda connection: _gather_tables(connection, tcin, since, until))
    if tcin is None or not past.lines:
        return past
    read = _readings(file, tcin, since, journal, monotonic=monotonic, pause=pause)
    return replace(past, readings=(*past.readings, *read))


# ---- what stands in tables


def _gather_tables(
    connection: Connection, tcin: Tcin | None, since: datetime, until: datetime
) -> tuple[Past, _Uncompacted]:
    unit, counts = UnitOfWork(connection), CountTable(connection)
    table, mark = PastTable(unit), counts.mark()
    lines = tuple(
        line
        for line in unit.views.overview(at=until).lines
        if not line.is_drill and (tcin is None or line.tcin == tcin)
    )
    windows = _windows(unit, tcin, min(since, until - Reach.MONTH.length), until, {line.tcin for line in lines})
    begins = since if mark.at is None else max(since, mark.at)
    changes = table.changes_of_watching()
    past = Past(
        since=since,
        until=until,
        lines=lines,
        windows=tuple(one for one in windows if one.closed_at is None or one.closed_at > since),
        openings=tuple(one.opened_at for one in windows),
        attempts=() if tcin is None else tuple(table.attempts(tcin, since, most=MOST_ATTEMPTS)),
        readings=()
        if tcin is None or mark.at is None or mark.at <= since
        else tuple(_counted(counts, tcin, since, mark.at, windows)),
        gaps=tuple(_gaps(table, counts, since, until, mark.at, after=mark.seq)),
        unwatched=unwatched_gaps(changes, [line.tcin for line in lines]),
    )
    first = None
    if mark.at is not None and tcin is not None:
        carried = counts.tally().carried
        state, price = carried.states.get(tcin, StockState.UNKNOWN), carried.prices.get(tcin)
        first = PastReading(at=mark.at, state=state, price=price)
    forgotten = tuple(
        event.at
        for event in changes
        if event.seq > mark.seq and isinstance(event.fact, WatchlistChanged) and tcin in event.fact.unread
    )
    return past, _Uncompacted(begins=begins, after=mark.seq, end=table.end(), first=first, forgotten=forgotten)


def _windows(
    unit: UnitOfWork, tcin: Tcin | None, since: datetime, until: datetime, watched: set[Tcin]
) -> list[PastWindow]:
    return [one for one in DayTable(unit).windows(since, until, tcin=tcin) if one.tcin in watched]


def _gaps(
    table: PastTable, counts: CountTable, since: datetime, until: datetime, compacted: datetime | None, *, after: int
) -> Iterator[Gap]:
    """When nothing was watched: by the hour where the journal was compacted, and to the second since."""
    begins = since
    if compacted is not None and compacted > since:
        begins = compacted
        watched = {one.hour for one in counts.watched_hours(since, compacted)}
        yield from gaps_between_hours(watched, since, min(compacted, until))
    for gap in table.interruptions(begins, after=after):
        # Between two events of what was compacted there were others.
        yield replace(gap, began=max(gap.began, begins))
    held = counts.tally().carried.holds_until
    yield from table.silences(begins, until, longer_than=(until - since) * SILENCE, watched_until=held)
    if (blind := table.is_blind_since()) is not None:
        yield Gap(began=blind, ended=None)


def _counted(
    counts: CountTable, tcin: Tcin, since: datetime, until: datetime, windows: Sequence[PastWindow]
) -> Iterator[PastReading]:
    """What is left of compacted readings, by the hour: its prices, and for how long of it the product was in stock.

    When in the hour that was is not kept, and taken for its beginning, unless a restock window tells.
    """
    yield PastReading(at=since, state=StockState.OUT_OF_STOCK, price=None)
    hours_of_windows = {hour for window in windows for hour in _hours_of(window, since, until)}
    for one in counts.product_hours(tcin, since, until):
        at = max(one.hour, since)
        for price in dict.fromkeys((one.highest, one.lowest)):
            if price is not None:
                yield PastReading(at=at, state=None, price=price)
        if one.in_stock and one.hour not in hours_of_windows:
            yield PastReading(at=at, state=StockState.IN_STOCK, price=None)
            yield PastReading(at=max(one.hour + one.in_stock, at), state=StockState.OUT_OF_STOCK, price=None)


def _hours_of(window: PastWindow, since: datetime, until: datetime) -> Iterator[datetime]:
    """Those between in which it was open."""
    hour = max(window.opened_at, since).replace(minute=0, second=0, microsecond=0)
    ends = min(window.closed_at or until, until)
    while hour < ends:
        yield hour
        hour += _HOUR


# ---- what stands in the journal


def _readings(
    file: DatabaseFile,
    tcin: Tcin,
    since: datetime,
    journal: _Uncompacted,
    *,
    monotonic: Monotonic,
    pause: Callable[[float], bool],
) -> tuple[PastReading, ...]:
    """The readings since then, and the one that held when it began."""
    pieces: list[PastPiece] = []
    first, place = journal.first, journal.end
    given_up_at = monotonic() + LONGEST.total_seconds()
    while place > journal.after + 1:
        end = place
        piece = file.read(
            lambda connection: PastTable(UnitOfWork(connection)).piece_before(end, tcin, after=journal.after)  # noqa: B023
        )
        pieces.insert(0, piece)
        place = piece.first
        if piece.readings and piece.readings[0].at <= journal.begins:
            break
        if place > journal.after + 1 and (monotonic() >= given_up_at or pause(PAUSE_S)):
            first = None  # what lies between was not read
            break
    forgotten = [PastReading(at=at, state=StockState.UNKNOWN, price=None) for at in journal.forgotten]
    read = [one for piece in pieces for one in piece.readings]
    known = sorted([*([] if first is None else [first]), *read, *forgotten], key=lambda one: one.at)
    if not known or known[0].at > journal.begins:
        known.insert(0, PastReading(at=journal.begins, state=StockState.UNKNOWN, price=None))
    before = sum(one.at <= since for one in known)
    return tuple(known[max(before - 1, 0) :])
