"""What is told and what is drawn of a gathered past. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta, tzinfo

from bot.charts.gathered import Past
from bot.charts.model import AttemptEnding, Band, Chart, ChartRow, Reach
from bot.charts.series import (
    attempt_marks,
    bands_of_readings,
    bands_of_windows,
    best_hours,
    clip,
    count_hours,
    ending_of,
    gap_bands,
    price_steps,
    seconds_of,
    unknown_bands,
    without,
)
from bot.text.markup import cut_in_the_middle
from config.products import Tcin
from purchasing.commands import BusyHour, LookedBack, PastRestock
from purchasing.events import RestockedProduct
from purchasing.model import Line, Step
from purchasing.past import PastWindow

#: So many rows fit on a picture that a phone shows whole.
MOST_ROWS = 14
#: A title beside its band is cut here.
ROW_TITLE = 38
#: The last restocks of a product, and hours of the day, that are told.
MOST_RESTOCKS, MOST_HOURS = 5, 3
#: Products that are told of all together.
MOST_PRODUCTS = 12
#: A picture is drawn to the end of so much of the clock: all zones are so many quarters of an hour apart.
STEPS = {Reach.DAY: timedelta(minutes=5)}
LONGEST_STEP = timedelta(minutes=15)
#: When it restocks is drawn from so much on.
SHOWS_HOURS = Reach.MONTH


_WELL = frozenset({AttemptEnding.BOUGHT, AttemptEnding.PRACTISED})

# ---- a picture


def outline_one(past: Past, reach: Reach, *, zone: str | None, clock: tzinfo) -> Chart:
    """The picture of one product."""
    line = past.lines[0]
    limit = line.product.max_price
    opened = [one.opened_at for one in past.windows if one.opened_at >= past.since]
    return Chart(
        since=past.since,
        until=past.until,
        zone=zone,
        rows=(_row(line, past.windows, past, _gaps_of_all(past)),),
        is_single=True,
        prices=price_steps(past.readings, past.since, past.until),
        limit=None if limit is None else float(limit),
        marks=attempt_marks(past.attempts, past.since, past.until),
        hours=count_hours(opened, clock) if reach >= SHOWS_HOURS else (),
    )


def outline_all(past: Past, *, zone: str | None) -> Chart:
    """The picture of all products: those that came most often first, as far as there is room."""
    windows = _by_product(past.windows)
    common = _gaps_of_all(past)
    rows = [_row(line, windows.get(line.tcin, ()), past, common) for line in past.lines]
    # Where not all have room, those without a restock go first; the others stay as they stand in the list.
    if len(rows) > MOST_ROWS:
        kept = sorted(range(len(rows)), key=lambda place: (not rows[place].bands, -rows[place].restocks, place))
        chosen = [rows[place] for place in sorted(kept[:MOST_ROWS])]
    else:
        chosen = rows
    return Chart(
        since=past.since,
        until=past.until,
        zone=zone,
        rows=tuple(chosen),
        is_single=False,
        left_out=len(rows) - len(chosen),
    )


def _row(line: Line, windows: Sequence[PastWindow], past: Past, common: tuple[Band, ...]) -> ChartRow:
    """`windows` are its own, `common` what is known of no product."""
    title = cut_in_the_middle(line.name_and_title, ROW_TITLE) or line.tcin
    gaps = _gaps_of_one(line.tcin, past, common)
    return ChartRow(
        title=title,
        tcin=line.tcin,
        bands=without(_bands(windows, past), gaps),
        restocks=sum(one.opened_at >= past.since for one in windows),
        gaps=gaps,
    )


def _bands(windows: Sequence[PastWindow], past: Past) -> tuple[Band, ...]:
    """In stock, as readings or restock windows tell: what is above the limit has none, and all at once no readings."""
    there = [*bands_of_windows(windows, past.until), *bands_of_readings(past.readings, past.until)]
    return clip(there, past.since, past.until)


def _gaps_of_all(past: Past) -> tuple[Band, ...]:
    """When nothing was known of any product."""
    return clip(gap_bands(past.gaps, past.until), past.since, past.until)


def _gaps_of_one(tcin: Tcin, past: Past, common: tuple[Band, ...]) -> tuple[Band, ...]:
    own = [*gap_bands(past.unwatched.get(tcin, ()), past.until), *_unread(past)]
    return clip([*common, *own], past.since, past.until) if own else common


def _unread(past: Past) -> tuple[Band, ...]:
    """When what was read of the one product told nothing, and no restock window either."""
    unknown = clip(unknown_bands(past.readings, past.until), past.since, past.until)
    return without(unknown, clip(bands_of_windows(past.windows, past.until), past.since, past.until)) if unknown else ()


def _by_product(windows: Iterable[PastWindow]) -> dict[Tcin, list[PastWindow]]:
    by_product: defaultdict[Tcin, list[PastWindow]] = defaultdict(list)
    for window in windows:
        by_product[window.tcin].append(window)
    return by_product


# ---- in words


def look_back(past: Past, reach: Reach, tcin: Tcin | None, *, clock: tzinfo) -> LookedBack:
    """The last days in figures."""
    common = _gaps_of_all(past)
    opened = [one for one in past.windows if one.opened_at >= past.since]
    prices = [step.price for step in past.readings if step.price is not None]
    listed = [] if tcin is not None else _restocked(past)
    return LookedBack(
        tcin=tcin,
        days=int(reach),
        at=past.until,
        restocks=len(opened),
        open_s=open_seconds(past),
        seen_s=seen_seconds(past, tcin),
        unknown_s=seconds_of(common if tcin is None else _gaps_of_one(tcin, past, common)),
        in_week=_opened_since(past, Reach.WEEK.length),
        in_month=_opened_since(past, Reach.MONTH.length),
        last=() if tcin is None else tuple(_told(one, past) for one in past.windows[: -MOST_RESTOCKS - 1 : -1]),
        hours=tuple(
            BusyHour(hour=hour, times=times)
            for hour, times in best_hours([one.opened_at for one in opened], clock, most=MOST_HOURS)
        ),
        lowest=min(prices, default=None),
        highest=max(prices, default=None),
        products=tuple(listed[:MOST_PRODUCTS]),
        more=max(len(listed) - MOST_PRODUCTS, 0),
    )


def open_seconds(past: Past) -> int:
    """For how many seconds it could be had, of all products in all."""
    lasted = (one.lasted(past.since, past.until) for one in past.windows)
    return round(sum(lasted, timedelta(0)).total_seconds())


def seen_seconds(past: Past, tcin: Tcin | None) -> int:
    """For how many seconds one product was in stock, as wanted or not; 0 for all at once, of which that is not read."""
    return 0 if tcin is None else seconds_of(_row(past.lines[0], past.windows, past, _gaps_of_all(past)).bands)


def _opened_since(past: Past, length: timedelta) -> int:
    return sum(at >= past.until - length for at in past.openings)


def _restocked(past: Past) -> list[RestockedProduct]:
    """The products that came, the most frequent first."""
    restocked, by_product = [], _by_product(past.windows)
    for line in past.lines:
        if windows := by_product.get(line.tcin):
            lasted = sum((one.lasted(past.since, past.until) for one in windows), timedelta(0))
            restocked.append(
                RestockedProduct(
                    tcin=line.tcin,
                    title=line.name_and_title,
                    times=len(windows),
                    open_s=round(lasted.total_seconds()),
                    is_open=windows[-1].closed_at is None,
                )
            )
    return sorted(restocked, key=lambda one: -one.times)


def _told(window: PastWindow, past: Past) -> PastRestock:
    """With its price, and what came of it."""
    ends = window.closed_at or past.until
    tries = [one for one in past.attempts if window.opened_at <= one.opened_at <= ends and ending_of(one) is not None]
    # What was bought is told, whatever else was tried.
    tries.sort(key=lambda one: ending_of(one) in _WELL)
    last = tries[-1] if tries else None
    priced = [one for one in past.readings if one.price is not None and one.at < ends]
    at_first = [one.price for one in priced if one.at <= window.opened_at]
    later = [one.price for one in priced if one.at > window.opened_at]
    price = next(iter((*at_first[-1:], *later[:1])), None if last is None else last.price)
    # Its order was found after all.
    is_bought = last is not None and last.step is Step.REFUSED and ending_of(last) in _WELL
    return PastRestock(
        opened_at=window.opened_at,
        closed_at=window.closed_at,
        price=price,
        step=Step.CONFIRMED if is_bought else None if last is None else last.step,
        mode=None if last is None else last.mode,
    )


def round_up(at: datetime, reach: Reach) -> datetime:
    """The instant to which a picture of this reach is drawn: it looks the same for a while, and lacks nothing."""
    step = STEPS.get(reach, LONGEST_STEP)
    return at + timedelta(seconds=-at.timestamp() % step.total_seconds())
