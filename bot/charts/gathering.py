"""Gathers the past of one product, or of all: read beside the service, in pieces, for a bounded time."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.charts.gathered import Past
from config.clock import Monotonic
from config.database import Connection, DatabaseFile
from config.products import Tcin
from purchasing.past import Gap, PastReading
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

    def tables(connection: Connection) -> tuple[Past, int, int]:
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
        return replace(past, gaps=still), table.begin(), table.end()

    past, begin, end = file.read(tables)
    return past if tcin is None else _with_readings(past, file, tcin, begin, end, monotonic=monotonic, pause=pause)


def _with_readings(
    past: Past,
    file: DatabaseFile,
    tcin: Tcin,
    begin: int,
    end: int,
    *,
    monotonic: Monotonic,
    pause: Callable[[float], bool],
) -> Past:
    """With the readings since then, and the one that held when it began."""
    pieces: list[PastPiece] = []
    beyond = 0
    given_up_at = monotonic() + LONGEST.total_seconds()
    while end > max(begin, 1) and monotonic() < given_up_at:
        last = end
        piece = file.read(lambda connection: PastTable(UnitOfWork(connection)).piece_before(last, tcin))  # noqa: B023
        pieces.insert(0, piece)
        end = piece.first
        is_before = piece.began is not None and piece.began <= past.since
        beyond += is_before
        if (is_before and (_reaches(piece, past.since) or beyond == MOST_BEYOND)) or pause(PAUSE_S):
            break
    began = next((one.began for one in pieces if one.began is not None), None)
    return replace(
        past,
        readings=_since(past.since, [one for piece in pieces for one in piece.readings]),
        gaps=(*(one for piece in pieces for one in piece.gaps if (one.ended or past.until) > past.since), *past.gaps),
        told_from=None if began is None else max(began, past.since),
    )


def _reaches(piece: PastPiece, since: datetime) -> bool:
    """Whether it holds what was known at this time."""
    return bool(piece.readings) and piece.readings[0].at <= since


def _since(since: datetime, readings: Sequence[PastReading]) -> tuple[PastReading, ...]:
    """Those from then on, and the last one before."""
    before = sum(one.at <= since for one in readings)
    return tuple(readings[max(before - 1, 0) :])
