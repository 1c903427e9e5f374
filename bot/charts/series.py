"""The past as series: states become bands, prices steps, and beginnings a matrix of hours. Pure."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, tzinfo

from bot.charts.model import AttemptEnding, AttemptMark, Band, Matrix, PriceStep
from config.products import Mode
from monitor.model import StockState
from purchasing.model import Attempt, Step
from purchasing.past import Gap, PastReading, PastWindow
from purchasing.rules.state_machine import HOLDS_SLOT

DAYS_OF_WEEK, HOURS_OF_DAY = 7, 24


def clip(bands: Iterable[Band], since: datetime, until: datetime) -> tuple[Band, ...]:
    """What of them lies within these times, in order, those that touch as one."""
    within = (Band(begins=max(one.begins, since), ends=min(one.ends, until)) for one in bands)
    joined: list[Band] = []
    for band in sorted((one for one in within if one.begins < one.ends), key=lambda one: one.begins):
        if joined and band.begins <= joined[-1].ends:
            joined[-1] = Band(begins=joined[-1].begins, ends=max(joined[-1].ends, band.ends))
        else:
            joined.append(band)
    return tuple(joined)


def without(bands: Sequence[Band], gaps: Sequence[Band]) -> tuple[Band, ...]:
    """What of the bands lies in no gap; both as `clip` gives them."""
    left: list[Band] = []
    for band in bands:
        begins = band.begins
        for gap in gaps:
            if gap.ends <= begins or gap.begins >= band.ends:
                continue
            if gap.begins > begins:
                left.append(Band(begins=begins, ends=gap.begins))
            begins = gap.ends
        if begins < band.ends:
            left.append(Band(begins=begins, ends=band.ends))
    return tuple(left)


def bands_of_readings(readings: Sequence[PastReading], until: datetime) -> list[Band]:
    """When it was in stock: from a reading that says so to the next that says otherwise. In the order of time."""
    bands: list[Band] = []
    began: datetime | None = None
    for reading in readings:
        if reading.state is None:
            continue
        is_there = reading.state is StockState.IN_STOCK
        if is_there and began is None:
            began = reading.at
        elif not is_there and began is not None:
            bands.append(Band(begins=began, ends=reading.at))
            began = None
    return bands if began is None else [*bands, Band(begins=began, ends=max(began, until))]


def unknown_bands(readings: Sequence[PastReading], until: datetime) -> list[Band]:
    """When its state was not known: from a reading that tells none to the next that tells one."""
    states = [one for one in readings if one.state is not None]
    ends = [*(one.at for one in states[1:]), until]
    return [
        Band(begins=one.at, ends=end)
        for one, end in zip(states, ends, strict=False)
        if one.state is StockState.UNKNOWN and one.at < end
    ]


def bands_of_windows(windows: Iterable[PastWindow], until: datetime) -> list[Band]:
    """When it could be had; what is open lasts until now."""
    return [Band(begins=one.opened_at, ends=until if one.closed_at is None else one.closed_at) for one in windows]


def gap_bands(gaps: Iterable[Gap], until: datetime) -> list[Band]:
    return [Band(begins=one.began, ends=until if one.ended is None else one.ended) for one in gaps]


def seconds_of(bands: Iterable[Band]) -> int:
    """How long they are together; as `clip` gives them."""
    return round(sum((one.ends - one.begins).total_seconds() for one in bands))


def price_steps(readings: Sequence[PastReading], since: datetime, until: datetime) -> tuple[PriceStep, ...]:
    """Each price once where it begins to hold, in the order of time; what held before `since` holds from then on.

    A reading without a price says nothing of it.
    """
    steps: list[PriceStep] = []
    for reading in readings:
        if reading.price is None or reading.at > until:
            continue
        step = PriceStep(at=max(reading.at, since), price=float(reading.price))
        if steps and steps[-1].at == step.at:
            steps.pop()
        if not steps or steps[-1].price != step.price:
            steps.append(step)
    return tuple(steps)


def count_hours(beginnings: Iterable[datetime], zone: tzinfo) -> Matrix:
    """How many of these fall into each hour of the week, by the local clock; the week begins on Monday."""
    counted = Counter((at.weekday(), at.hour) for at in (one.astimezone(zone) for one in beginnings))
    return tuple(tuple(counted[day, hour] for hour in range(HOURS_OF_DAY)) for day in range(DAYS_OF_WEEK))


def best_hours(beginnings: Iterable[datetime], zone: tzinfo, *, most: int) -> list[tuple[int, int]]:
    """The local hours in which most of these fall, and how many: none that are no more than a single one."""
    counted = Counter(one.astimezone(zone).hour for one in beginnings)
    ordered = sorted(counted.items(), key=lambda one: (-one[1], one[0]))
    return [(hour, times) for hour, times in ordered[:most] if times > 1]


def attempt_marks(attempts: Iterable[Attempt], since: datetime, until: datetime) -> tuple[AttemptMark, ...]:
    """Those that ended or are in doubt, when they began."""
    return tuple(
        AttemptMark(at=one.opened_at, ending=ending)
        for one in attempts
        if since <= one.opened_at <= until and (ending := ending_of(one)) is not None
    )


def ending_of(attempt: Attempt) -> AttemptEnding | None:
    """How it ended; None while it is under way."""
    if attempt.step is Step.UNCONFIRMED:
        return AttemptEnding.IN_DOUBT
    if attempt.step in HOLDS_SLOT:
        return None
    if attempt.step is Step.CONFIRMED or (attempt.step is Step.REFUSED and attempt.order_number is not None):
        return AttemptEnding.BOUGHT if attempt.mode is Mode.LIVE else AttemptEnding.PRACTISED
    return AttemptEnding.PRACTISED if attempt.step is Step.REHEARSED else AttemptEnding.FAILED
