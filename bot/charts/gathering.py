"""Gathers the past of one product, or of all: read beside the service, in pieces, for a bounded time."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.charts.gathered import Past
from config.clock import Monotonic
from config.database import Connection, DatabaseFile
from config.products import Tcin
from monitor.model import StockState
from purchasing.past import Gap, PastReading
from purchasing.storage.compaction.counts import CountTable
from purchasing.storage.days import DayTable
from purchasing.storage.past.readings import PastPiece, PastTable
from purchasing.storage.unit_of_work import UnitOfWork

#: The journal is gone through for no longer than this; a picture of what was read by then is better than none.
LONGEST = timedelta(seconds=3)
#: After each piece the others have the processor for a moment.
PAUSE_S = 0.005
#: So many pieces are looked through for what was known when it began.
MOST_BEYOND = 3
#: A product is tried no more often in all that is shown.
MOST_ATTEMPTS = 2000


def gather(
    file: DatabaseFile,
    tcin: Tcin | None,
    *,
    only: Tcin | None = None,
    since: datetime,
    until: datetime,
    monotonic: Monotonic,
    pause: Callable[[float], bool],
) -> Past:
    """Read the past of one product, or of all, or of `only` one without its readings.

    `pause` waits so many seconds, and tells whether to give up.
    """
    of = only if tcin is None else tcin

    def tables(connection: Connection) -> tuple[Past, datetime | None, int]:
        unit = UnitOfWork(connection)
        lines = tuple(
            line
            for line in unit.views.overview(at=until).lines
            if not line.is_drill and (of is None or line.tcin == of)
        )
        wanted = {line.tcin for line in lines}
        past = Past(
            since=since,
            until=until,
            lines=lines,
            windows=tuple(one for one in DayTable(unit).windows(since, until) if one.tcin in wanted),
            attempts=tuple(
                one for one in unit.attempts.last(MOST_ATTEMPTS)[::-1] if one.tcin in wanted and one.opened_at >= since
            ),
        )
        table = PastTable(unit)
        blind = table.is_blind_since()
        still = () if blind is None else (Gap(began=blind, ended=None),)
        past = replace(past, gaps=still, readings=() if tcin is None else _counted(connection, tcin, since, until))
        return past, CountTable(connection).mark().at, table.end()

    past, compacted, end = file.read(tables)
    return past if tcin is None else _with_readings(past, file, tcin, compacted, end, monotonic=monotonic, pause=pause)


def _with_readings(
    past: Past,
    file: DatabaseFile,
    tcin: Tcin,
    compacted: datetime | None,
    end: int,
    *,
    monotonic: Monotonic,
    pause: Callable[[float], bool],
) -> Past:
    """With the readings since then, and the one that held when it began."""
    pieces: list[PastPiece] = []
    beyond = 0
    given_up_at = monotonic() + LONGEST.total_seconds()
    while end > 1 and monotonic() < given_up_at:
        last = end
        piece = file.read(lambda connection: PastTable(UnitOfWork(connection)).piece_before(last, tcin))  # noqa: B023
        pieces.insert(0, piece)
        end = piece.first
        if compacted is not None and piece.began is not None and piece.began <= compacted:
            break
        is_before = piece.began is not None and piece.began <= past.since
        beyond += is_before
        if (is_before and (_reaches(piece, past.since) or beyond == MOST_BEYOND)) or pause(PAUSE_S):
            break
    # Below the mark the counts tell all, and what the journal keeps there is in them.
    read = [one for piece in pieces for one in piece.readings if compacted is None or one.at > compacted]
    return replace(
        past,
        readings=_since(past.since, [*past.readings, *read]),
        gaps=(*(one for piece in pieces for one in piece.gaps if (one.ended or past.until) > past.since), *past.gaps),
    )


def _counted(connection: Connection, tcin: Tcin, since: datetime, until: datetime) -> tuple[PastReading, ...]:
    """Prices of what was compacted, by the hour; when it was in stock, the restock windows tell to the second."""
    hours = CountTable(connection).product_hours(tcin, since, until)
    return tuple(
        PastReading(at=max(one.hour, since), state=StockState.UNKNOWN, price=price)
        for one in hours
        for price in dict.fromkeys((one.highest, one.lowest))
        if price is not None
    )


def _reaches(piece: PastPiece, since: datetime) -> bool:
    """Whether it holds what was known at this time."""
    return bool(piece.readings) and piece.readings[0].at <= since


def _since(since: datetime, readings: Sequence[PastReading]) -> tuple[PastReading, ...]:
    """Those from then on, and the last one before."""
    before = sum(one.at <= since for one in readings)
    return tuple(readings[max(before - 1, 0) :])
