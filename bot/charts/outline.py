"""What is told and what is drawn of a gathered past. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta, tzinfo

from bot.charts.gathered import Past
from bot.charts.model import Band, Chart, ChartRow, Reach
from bot.charts.series import (
    attempt_marks,
    bands_of_readings,
    bands_of_windows,
    best_hours,
    clip,
    count_hours,
    gap_bands,
    price_steps,
    without,
)
from bot.text.markup import cut_in_the_middle
from config.products import Tcin
from purchasing.commands import BusyHour, LookedBack, PastRestock
from purchasing.events import RestockedProduct
from purchasing.model import Attempt, Line
from purchasing.past import PastWindow
from purchasing.rules.state_machine import HOLDS_SLOT

#: So many rows fit on a picture that a phone shows whole.
MOST_ROWS = 14
#: A title beside its band is cut here.
ROW_TITLE = 38
#: The last restocks of a product, and hours of the day, that are told.
MOST_RESTOCKS, MOST_HOURS = 5, 3
#: Products that are told of all together.
MOST_PRODUCTS = 12
#: A picture is drawn to the end of such a part of its time.
STEPS = 300
#: When it restocks is drawn from so much on.
SHOWS_HOURS = Reach.MONTH


# ---- a picture


def outline_one(past: Past, reach: Reach, *, zone: str, clock: tzinfo) -> Chart:
    """The picture of one product."""
    line = past.lines[0]
    gaps = clip(gap_bands(past.gaps, past.until), past.since, past.until)
    limit = line.product.max_price
    opened = [one.opened_at for one in past.windows if one.opened_at >= past.since]
    return Chart(
        since=past.since,
        until=past.until,
        zone=zone,
        rows=(_row(line, without(_bands(past), gaps), len(opened)),),
        is_single=True,
        gaps=gaps,
        prices=price_steps(past.readings, past.since, past.until),
        limit=None if limit is None else float(limit),
        marks=attempt_marks(past.attempts, past.since, past.until),
        hours=count_hours(opened, clock) if reach >= SHOWS_HOURS else (),
    )


def outline_all(past: Past, *, zone: str) -> Chart:
    """The picture of all products: those that came most often first, as far as there is room."""
    rows = [
        _row(
            line,
            clip(bands_of_windows(_of(line.tcin, past.windows), past.until), past.since, past.until),
            sum(one.opened_at >= past.since for one in _of(line.tcin, past.windows)),
        )
        for line in past.lines
    ]
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
        gaps=clip(gap_bands(past.gaps, past.until), past.since, past.until),
    )


def _row(line: Line, bands: Sequence[Band], restocks: int) -> ChartRow:
    title = cut_in_the_middle(line.name_and_title, ROW_TITLE) or line.tcin
    return ChartRow(title=title, tcin=line.tcin, bands=tuple(bands), restocks=restocks)


def _bands(past: Past) -> tuple[Band, ...]:
    """In stock, as readings or restock windows tell: what is above the limit has none, what is long ago no readings."""
    told = [*bands_of_windows(past.windows, past.until), *bands_of_readings(past.readings, past.until)]
    return clip(told, past.since, past.until)


def _of(tcin: Tcin, windows: Sequence[PastWindow]) -> list[PastWindow]:
    return [one for one in windows if one.tcin == tcin]


# ---- in words


def look_back(past: Past, whole: Past, reach: Reach, tcin: Tcin | None, *, clock: tzinfo) -> LookedBack:
    """The last days in figures; `whole` reaches back for a month at least."""
    opened = [one for one in past.windows if one.opened_at >= past.since]
    prices = [step.price for step in past.readings if step.price is not None]
    listed = [] if tcin is not None else _restocked(past)
    return LookedBack(
        tcin=tcin,
        days=int(reach),
        at=past.until,
        restocks=len(opened),
        open_s=open_seconds(past),
        in_week=_opened_since(whole, Reach.WEEK.length),
        in_month=_opened_since(whole, Reach.MONTH.length),
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


def _opened_since(past: Past, length: timedelta) -> int:
    return sum(one.opened_at >= past.until - length for one in past.windows)


def _restocked(past: Past) -> list[RestockedProduct]:
    """The products that came, the most frequent first."""
    found = []
    for line in past.lines:
        windows = _of(line.tcin, past.windows)
        if windows:
            lasted = sum((one.lasted(past.since, past.until) for one in windows), timedelta(0))
            found.append(
                RestockedProduct(
                    tcin=line.tcin,
                    title=line.name_and_title,
                    times=len(windows),
                    open_s=round(lasted.total_seconds()),
                    is_open=windows[-1].closed_at is None,
                )
            )
    return sorted(found, key=lambda one: -one.times)


def _told(window: PastWindow, past: Past) -> PastRestock:
    """With its price, and the last try to buy in it that has ended."""
    ends = window.closed_at or past.until
    tries = [one for one in past.attempts if window.opened_at <= one.opened_at <= ends and one.step not in HOLDS_SLOT]
    last: Attempt | None = tries[-1] if tries else None
    prices = [one.price for one in past.readings if one.at <= ends and one.price is not None]
    price = prices[-1] if prices else None if last is None else last.price
    return PastRestock(
        opened_at=window.opened_at,
        closed_at=window.closed_at,
        price=price,
        step=None if last is None else last.step,
        mode=None if last is None else last.mode,
    )


def round_up(at: datetime, reach: Reach) -> datetime:
    """The instant to which a picture of this reach is drawn: it looks the same for a while, and lacks nothing."""
    step = reach.length / STEPS
    return at + timedelta(seconds=-at.timestamp() % step.total_seconds())
