"""Draws the charts of docs/chat.md from a made-up past: `python -m docs.charts`."""

import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

from bot.charts.gathered import Past
from bot.charts.model import Chart, Reach
from bot.charts.outline import outline_all, outline_one
from config.products import Mode, Product, Tcin
from monitor.model import Stock, StockState
from purchasing.model import Attempt, Line, Step
from purchasing.past import Gap, PastReading, PastWindow

IMAGES = Path(__file__).parent / "images"
UNTIL = datetime(2026, 11, 29, 15, 40, tzinfo=UTC)
ZONE = "America/Chicago"
TITLES = (
    "Disney Lorcana: Illumineer's Trove",
    "Ember the Dragon Plush, 16 in",
    "Night Market 1000pc Jigsaw Puzzle",
    "Sky Kite with 30 m of Line",
    "Harbor Lighthouse Building Set",
)
#: When it comes back most, by the local clock, and on which days of the week.
_HOURS, _WEEKDAYS = (7, 8, 8, 8, 9, 13, 20), (1, 1, 2, 3, 3, 4)


def lines(*titles: str) -> tuple[Line, ...]:
    return tuple(
        Line(
            product=Product(tcin=Tcin(str(94734932 + place)), max_price=Decimal("54.99")),
            stock=Stock(state=StockState.OUT_OF_STOCK, title=title),
        )
        for place, title in enumerate(titles)
    )


def make_past(reach: Reach, *titles: str, restocks: int = 0, seed: int = 7) -> Past:
    """So many restocks of each, some with an attempt, with a price that moves and a night without watching."""
    chance, since, zone = Random(seed), UNTIL - reach.length, ZoneInfo(ZONE)  # noqa: S311  the same in every run
    watched = lines(*titles)
    windows: list[PastWindow] = []
    attempts: list[Attempt] = []
    for line in watched:
        for _ in range(restocks):
            day = (UNTIL - timedelta(days=chance.uniform(0.2, reach))).astimezone(zone)
            day += timedelta(days=chance.choice(_WEEKDAYS) - day.weekday())
            opened = day.replace(hour=chance.choice(_HOURS), minute=chance.randrange(60)).astimezone(UTC)
            if not since < opened < UNTIL - timedelta(hours=6):
                continue
            lasted = timedelta(minutes=chance.choice((2, 6, 15, 40, 90, 300)))
            windows.append(PastWindow(tcin=line.tcin, opened_at=opened, closed_at=opened + lasted))
            if chance.random() < 0.7:
                attempts.append(_attempt(line, opened, bought=chance.random() < 0.35))
    windows.sort(key=lambda one: one.opened_at)
    prices = [Decimal("49.99"), Decimal("53.99"), Decimal("49.99"), Decimal("44.99"), Decimal("49.99")]
    first = PastReading(at=since, state=StockState.OUT_OF_STOCK, price=prices[0])
    steps = [
        PastReading(at=since + reach.length * (place + 0.6) / len(prices), state=None, price=price)
        for place, price in enumerate(prices)
    ]
    gap = Gap(began=since + reach.length * 0.52, ended=since + reach.length * 0.57)
    return Past(
        since=since,
        until=UNTIL,
        lines=watched,
        windows=tuple(windows),
        attempts=tuple(attempts),
        readings=(first, *steps) if restocks else (),
        gaps=(gap,) if restocks else (),
    )


def _attempt(line: Line, at: datetime, *, bought: bool) -> Attempt:
    return Attempt(
        id=1,
        tcin=line.tcin,
        mode=Mode.LIVE,
        step=Step.CONFIRMED if bought else Step.ABANDONED,
        quantity=1,
        price=None,
        max_price=None,
        opened_at=at,
        moved_at=at,
        deadline=at,
    )


def charts() -> Iterator[tuple[str, Chart]]:
    """By the names of their files."""
    clock = ZoneInfo(ZONE)
    week = make_past(Reach.WEEK, TITLES[0], restocks=7)
    yield "chart-week.png", outline_one(week, Reach.WEEK, zone=ZONE, clock=clock)
    year = make_past(Reach.YEAR, TITLES[0], restocks=120)
    yield "chart-year.png", outline_one(year, Reach.YEAR, zone=ZONE, clock=clock)
    yield "chart-all.png", outline_all(make_past(Reach.WEEK, *TITLES, restocks=4), zone=ZONE)


def main(folder: Path = IMAGES) -> None:
    from bot.charts.drawing import draw  # noqa: PLC0415  heavy

    for name, chart in charts():
        (folder / name).write_bytes(draw(chart))


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
