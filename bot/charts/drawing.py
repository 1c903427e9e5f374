"""Draws a chart as a PNG for a phone. Only the process that draws imports this: the library is heavy."""

import io
from bisect import bisect_right
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta, tzinfo
from functools import cache
from math import ceil
from zoneinfo import ZoneInfo

from matplotlib import dates, ticker
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from bot.charts.model import AttemptEnding, Band, Chart, ChartRow
from config.zones import system_zone

#: A phone shows the picture at half of this: 390 wide, twice as dense.
WIDTH, DENSITY = 780, 200
#: Points; at this density ten of them are fourteen of a phone's.
SMALL, USUAL, LARGE = 8.0, 9.0, 10.5

_INK, _FAINT, _GRID, _PAPER = "#1f2328", "#59636e", "#d1d9e0", "#ffffff"
_THERE, _AWAY, _UNSEEN, _PRICE, _LIMIT = "#1a7f37", "#e6eaef", "#9aa4af", "#0b5cad", "#b35900"
#: What matters most is drawn last, above the others.
_MARKS: dict[AttemptEnding, tuple[str, str, str]] = {
    AttemptEnding.FAILED: ("X", "#cf222e", "#ffffff"),
    AttemptEnding.PRACTISED: ("^", "#ffffff", "#1a7f37"),
    AttemptEnding.IN_DOUBT: ("D", "#d4a72c", "#1f2328"),
    AttemptEnding.BOUGHT: ("^", "#1a7f37", "#ffffff"),
}
_MARK_WORDS = {
    AttemptEnding.BOUGHT: "bought",
    AttemptEnding.PRACTISED: "practised well",
    AttemptEnding.FAILED: "not bought",
    AttemptEnding.IN_DOUBT: "in doubt",
}
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
#: From so many on they are small.
_MANY_MARKS = 20
_HEAT = LinearSegmentedColormap.from_list("heat", ["#eef2f6", "#8fd19e", "#1a7f37", "#0b3d1a"])


def draw(chart: Chart) -> bytes:
    """The PNG of it."""
    return _draw_one(chart) if chart.is_single else _draw_all(chart)


# ---- one product


def _draw_one(chart: Chart) -> bytes:
    row = chart.rows[0]
    heights = {"price": 260, "stock": 96, "hours": 250} if chart.hours else {"price": 330, "stock": 96}
    figure = _figure(
        _HEAD + sum(heights.values()) + _BETWEEN * len(heights) + _foot(chart) + (_BELOW_TIMES if chart.hours else 0)
    )
    _head(figure, _name(row), f"{_days(chart)} · {_times(row.restocks)}")
    below = _HEAD
    axes: dict[str, Axes] = {}
    for name, height in heights.items():
        axes[name] = _axes(figure, below, height)
        below += height + _BETWEEN + (_BELOW_TIMES if name == "stock" else 0)
    _draw_price(axes["price"], chart)
    _draw_stock(axes["stock"], chart)
    if chart.hours:
        _draw_hours(axes["hours"], chart)
    _legend(figure, chart)
    return _png(figure)


def _draw_price(axes: Axes, chart: Chart) -> None:
    _time_axis(axes, chart, labels=False)
    axes.set_title("Price", loc="left", fontsize=USUAL, color=_FAINT, pad=5)
    levels = [step.price for step in chart.prices]
    if levels:
        times = [*(step.at for step in chart.prices), chart.until]
        axes.step(_numbers(times), [*levels, levels[-1]], where="post", color=_PRICE, linewidth=1.8)
    if chart.limit is not None:
        axes.axhline(chart.limit, color=_LIMIT, linewidth=1.4, linestyle=(0, (4, 2)))
    if not levels:
        _say_in(axes, "No price known", at=0.8)
    _draw_marks(axes, chart, otherwise=_scale_to(axes, levels if chart.limit is None else [*levels, chart.limit]))


def _scale_to(axes: Axes, prices: Sequence[float]) -> float:
    """Leave room above and below these; the height just above the bottom."""
    low, high = (min(prices), max(prices)) if prices else (0.0, 1.0)
    room = max((high - low) * 0.25, high * 0.04, 0.5)
    axes.set_ylim(low - room, high + room)
    if prices:
        axes.yaxis.set_major_locator(ticker.MaxNLocator(nbins=4, min_n_ticks=2))
        digits = 2 if high - low + 2 * room < 12 else 0
        axes.yaxis.set_major_formatter(lambda value, _place: f"${value:,.{digits}f}")
    else:
        axes.set_yticks([])
    return low - room * 0.55


def _draw_marks(axes: Axes, chart: Chart, *, otherwise: float) -> None:
    """What was tried, at the price of then, or at this height where none is known."""
    # Many marks would hide each other, and the price.
    area, edges = (44, 1.0) if len(chart.marks) <= _MANY_MARKS else (16, 0.5)
    for ending, (marker, face, edge) in _MARKS.items():
        times = [mark.at for mark in chart.marks if mark.ending is ending]
        heights = [_price_at(chart, at, otherwise=otherwise) for at in times]
        axes.scatter(
            _numbers(times), heights, marker=marker, s=area, color=face, edgecolors=edge, linewidths=edges, zorder=5
        )


def _price_at(chart: Chart, at: datetime, *, otherwise: float) -> float:
    before = bisect_right(chart.prices, at, key=lambda step: step.at)
    return chart.prices[before - 1].price if before else otherwise


def _draw_stock(axes: Axes, chart: Chart) -> None:
    _time_axis(axes, chart, labels=True)
    axes.set_title("In stock", loc="left", fontsize=USUAL, color=_FAINT, pad=5)
    _bands(axes, chart, chart.rows[0], bottom=0.0, height=1.0)
    axes.set_ylim(0, 1)
    axes.set_yticks([])


def _draw_hours(axes: Axes, chart: Chart) -> None:
    most = max(max(day) for day in chart.hours)
    axes.set_title("When it restocks (your time)", loc="left", fontsize=USUAL, color=_FAINT, pad=5)
    axes.pcolormesh(
        range(25), range(8), chart.hours, cmap=_HEAT, vmin=0, vmax=max(most, 1), edgecolors=_PAPER, linewidth=0.8
    )
    axes.set_ylim(7, 0)
    axes.set_yticks([day + 0.5 for day in range(7)], _DAYS, fontsize=SMALL)
    axes.set_xticks(range(0, 25, 4), [f"{hour}:00" for hour in (0, 4, 8, 12, 16, 20)] + [""], fontsize=SMALL)
    _plain(axes)
    for day, hours in enumerate(chart.hours):
        for hour, times in enumerate(hours):
            if times and most <= 99:
                ink = _PAPER if times > most / 2 else _INK
                axes.text(hour + 0.5, day + 0.52, str(times), ha="center", va="center", fontsize=6.4, color=ink)


# ---- all products


def _draw_all(chart: Chart) -> bytes:
    room = len(chart.rows) * _ROW or _ROW
    figure = _figure(_HEAD + room + _FOOT_OF_ALL)
    came = sum(row.restocks for row in chart.rows)
    _head(figure, "Restocks of all products", f"{_days(chart)} · {_times(came)}")
    axes = _axes(figure, _HEAD - 24, room, left=_EDGE)
    _time_axis(axes, chart, labels=True)
    axes.grid(visible=True, axis="x", color=_GRID, linewidth=0.6)
    axes.set_ylim(max(len(chart.rows), 1), 0)
    axes.set_yticks([])
    if not chart.rows:
        _say_in(axes, "Nothing is watched yet")
    for place, row in enumerate(chart.rows):
        _row(axes, chart, row, place)
    _legend(figure, chart)
    return _png(figure)


def _row(axes: Axes, chart: Chart, row: ChartRow, place: int) -> None:
    _bands(axes, chart, row, bottom=place + 0.56, height=0.34)
    left, right = axes.get_xlim()
    count = f"{row.restocks}\u00d7" if row.restocks else ""
    ink = _INK if row.bands else _FAINT
    axes.text(left, place + 0.48, _fitted(_name(row), 580), fontsize=USUAL, color=ink, parse_math=False)
    axes.text(right, place + 0.48, count, fontsize=USUAL, color=_THERE, ha="right", fontweight="bold")


# ---- what both share

_HEAD, _BETWEEN, _BELOW_TIMES, _FOOT, _FOOT_OF_ALL, _ROW, _EDGE, _SCALE = 124, 56, 34, 84, 96, 62, 24, 92
#: Of what is explained below.
_COLUMNS, _LINE = 3, 34


def _figure(height: float) -> Figure:
    figure = Figure(figsize=(WIDTH / DENSITY, height / DENSITY), dpi=DENSITY, facecolor=_PAPER)
    FigureCanvasAgg(figure)
    return figure


def _axes(figure: Figure, below: float, height: float, *, left: float = _SCALE) -> Axes:
    """So many pixels below the top."""
    whole = figure.get_figheight() * DENSITY
    return figure.add_axes(
        (left / WIDTH, 1 - (below + height) / whole, (WIDTH - left - _EDGE) / WIDTH, height / whole), facecolor=_PAPER
    )


def _head(figure: Figure, title: str, subtitle: str) -> None:
    whole = figure.get_figheight() * DENSITY
    name = _fitted(title, WIDTH - 2 * _EDGE, size=LARGE, weight="bold")
    figure.text(_EDGE / WIDTH, 1 - 42 / whole, name, fontsize=LARGE, fontweight="bold", color=_INK, parse_math=False)
    figure.text(_EDGE / WIDTH, 1 - 76 / whole, subtitle, fontsize=USUAL, color=_FAINT)


def _signs_of(chart: Chart) -> list[tuple[Line2D | Patch, str]]:
    """What is to be explained, with its words."""
    shown: list[tuple[Line2D | Patch, str]] = [(Patch(color=_THERE), "in stock" if chart.is_single else "restock")]
    if chart.is_single:
        shown.append((Patch(color=_AWAY), "not in stock"))
    if any(row.gaps for row in chart.rows):
        shown.append((Patch(facecolor=_PAPER, edgecolor=_UNSEEN, hatch="//////"), "not known"))
    if chart.limit is not None:
        shown.append(
            (Line2D([], [], color=_LIMIT, linewidth=1.4, linestyle=(0, (4, 2))), f"limit now ${chart.limit:,.2f}")
        )
    for ending, (marker, face, edge) in _MARKS.items():
        if any(mark.ending is ending for mark in chart.marks):
            made = Line2D([], [], marker=marker, color=face, markeredgecolor=edge, linestyle="", markersize=6)
            shown.append((made, _MARK_WORDS[ending]))
    if chart.left_out:
        shown.append((Line2D([], [], linestyle=""), f"and {chart.left_out} more products"))
    return shown


def _foot(chart: Chart) -> int:
    """The room for what is explained below."""
    return _FOOT + max(ceil(len(_signs_of(chart)) / _COLUMNS) - 2, 0) * _LINE


def _legend(figure: Figure, chart: Chart) -> None:
    shown = _signs_of(chart)
    figure.legend(
        [sign for sign, _ in shown],
        [words for _, words in shown],
        loc="lower left",
        bbox_to_anchor=(0.008, 0.0),
        ncols=_COLUMNS,
        fontsize=SMALL,
        frameon=False,
        labelcolor=_INK,
        handlelength=1.3,
        columnspacing=1.1,
        handletextpad=0.5,
        borderpad=0.3,
    )


def _bands(axes: Axes, chart: Chart, row: ChartRow, *, bottom: float, height: float) -> None:
    whole = Band(begins=chart.since, ends=chart.until)
    axes.broken_barh(_spans([whole]), (bottom, height), facecolors=_AWAY, linewidth=0)
    # An edge keeps a minute to be seen in a year.
    axes.broken_barh(_spans(row.bands), (bottom, height), facecolors=_THERE, edgecolors=_THERE, linewidth=0.7, zorder=3)
    axes.broken_barh(
        _spans(row.gaps),
        (bottom, height),
        facecolors=_PAPER,
        edgecolors=_UNSEEN,
        hatch="//////",
        linewidth=0.0,
        zorder=2,
    )


def _spans(bands: Sequence[Band]) -> list[tuple[float, float]]:
    return [(_number(one.begins), _number(one.ends) - _number(one.begins)) for one in bands]


def _time_axis(axes: Axes, chart: Chart, *, labels: bool) -> None:
    _plain(axes)
    axes.set_xlim(_number(chart.since), _number(chart.until))
    zone = _zone(chart)
    locator, form = _ticks(chart.until - chart.since, zone)
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(dates.DateFormatter(form, tz=zone))
    axes.tick_params(axis="x", labelbottom=labels, labelsize=SMALL)
    axes.grid(visible=True, color=_GRID, linewidth=0.6)
    axes.set_axisbelow(True)


def _ticks(length: timedelta, zone: tzinfo) -> tuple[dates.DateLocator, str]:
    if length <= timedelta(days=2):
        return dates.HourLocator(byhour=range(0, 24, 6), tz=zone), "%a %H:%M"
    if length <= timedelta(days=10):
        return dates.DayLocator(tz=zone), "%a %-d"
    if length <= timedelta(days=60):
        return dates.WeekdayLocator(byweekday=dates.MO, tz=zone), "%-d %b"
    return dates.MonthLocator(interval=2, tz=zone), "%b"


def _plain(axes: Axes) -> None:
    for side in axes.spines.values():
        side.set_visible(False)
    axes.tick_params(length=0, labelsize=SMALL, labelcolor=_INK)


def _say_in(axes: Axes, words: str, *, at: float = 0.5) -> None:
    axes.text(0.5, at, words, transform=axes.transAxes, ha="center", va="center", fontsize=USUAL, color=_FAINT)


def _zone(chart: Chart) -> tzinfo:
    return system_zone() if chart.zone is None else ZoneInfo(chart.zone)


def _days(chart: Chart) -> str:
    zone = _zone(chart)
    # It ends before the instant to which it is drawn, which may be the next midnight.
    since, until = chart.since.astimezone(zone), (chart.until - timedelta(seconds=1)).astimezone(zone)
    year = " %Y" if since.year != until.year else ""
    return f"{since:%-d %b}{since.strftime(year)} to {until:%-d %b}{until.strftime(year)}"


def _times(count: int) -> str:
    return f"{count:,} restock{'' if count == 1 else 's'}" if count else "no restock seen"


def _number(at: datetime) -> float:
    return float(dates.date2num(at))


def _numbers(times: Sequence[datetime]) -> list[float]:
    return [_number(at) for at in times]


def _png(figure: Figure) -> bytes:
    written = io.BytesIO()
    figure.savefig(written, format="png", dpi=DENSITY)
    return written.getvalue()


# ---- words of others


@cache
def _signs() -> frozenset[int]:
    """What the font can show."""
    return frozenset(get_font(findfont(FontProperties())).get_charmap())


def _drawable(text: str) -> str:
    """Without signs that the font lacks: pictures, and writing that it has no letters for."""
    return " ".join("".join(sign for sign in text if ord(sign) in _signs() or sign == " ").split())


def _name(row: ChartRow) -> str:
    written = _drawable(row.title)
    return written if any(sign.isalnum() for sign in written) else row.tcin


def _fitted(text: str, width: float, *, size: float = USUAL, weight: str = "normal") -> str:
    """As much of it as fits into so many pixels."""
    measure = _measure(size, weight)
    if measure(text) <= width:
        return text
    kept = len(text)
    while kept > 1 and measure(text[:kept].rstrip() + "…") > width:
        kept -= 1
    return text[:kept].rstrip() + "…"


def _measure(size: float, weight: str) -> Callable[[str], float]:
    font = get_font(findfont(FontProperties(weight=weight)))

    def measure(text: str) -> float:
        font.set_size(size, DENSITY)
        font.set_text(text, 0.0)
        return float(font.get_width_height()[0]) / 64

    return measure
