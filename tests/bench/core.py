"""Parsing, deciding and committing: what one product costs among 50, 500 and 5,000."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from time import perf_counter

from config.clock import utc_now
from config.products import Tcin
from monitor.model import Reading, Snapshot
from monitor.target.products import parse_summaries
from monitor.target.queries import split_evenly
from monitor.target.shapes import decode
from purchasing.coordinator import Coordinator
from sandbox.shop import redsky as shop
from tests.bench.cycle import standing_coordinator
from tests.bench.report import Figure, Sample
from tests.bench.store_process import shelf

SIZES = (50, 500, 5000)
WARM_UPS = 2
#: What a product may cost where nothing changed, among so many and more: fewer share what each cycle costs anyway.
MOST_US, BOUND_FROM = 20, 500

#: The bodies of all bulk calls, each with what it was asked for.
Bodies = list[tuple[tuple[Tcin, ...], bytes]]


@dataclass(frozen=True, slots=True, kw_only=True)
class CoreSpans:
    parsing: Sample
    whole: Sample
    bare: Sample


async def core_figures(folder: Path, rounds: int) -> list[Figure]:
    spans = {size: await _measure(folder / str(size), size, rounds) for size in SIZES}
    return [figure for size in SIZES for figure in _figures(size, spans[size], spans[SIZES[0]])]


def _figures(size: int, spans: CoreSpans, few: CoreSpans) -> list[Figure]:
    each, bare = _each_us(spans.whole, size), f"json.loads: {_each_us(spans.bare, size):.1f} µs"
    bound = size >= BOUND_FROM
    return [
        Figure(
            name=f"parse {size}",
            ours=f"{_each_us(spans.parsing, size):.1f} µs a product; {spans.parsing}",
            bare=bare,
            apart=f"{spans.parsing.median / spans.bare.median:.2f} of it",
        ),
        Figure(
            name=f"parse, decide, commit {size}",
            ours=f"{each:.0f} µs a product; {spans.whole}",
            bare=bare,
            apart=f"{each / _each_us(few.whole, SIZES[0]):.2f} of what each of {SIZES[0]} costs",
            target=f"at most {MOST_US} µs a product" if bound else "",
            met=each <= MOST_US if bound else None,
        ),
    ]


def _each_us(sample: Sample, size: int) -> float:
    return sample.median / size * 1e6


async def _measure(folder: Path, size: int, rounds: int) -> CoreSpans:
    bodies = _answers(size)
    async with standing_coordinator(folder, size) as coordinator:
        for _ in range(WARM_UPS):
            await _one(coordinator, bodies)
        rows = [(*await _one(coordinator, bodies), _bare(bodies)) for _ in range(rounds)]
    parsing, whole, bare = (Sample(column) for column in zip(*rows, strict=True))
    return CoreSpans(parsing=parsing, whole=whole, bare=bare)


def _answers(size: int) -> Bodies:
    items = {item.tcin: item for item in shelf(size)}
    bodies = []
    for chunk in split_evenly([Tcin(tcin) for tcin in items]):
        entries = shop.summaries([items[tcin] for tcin in chunk], items, site="http://store", store_id="865")
        bodies.append((chunk, json.dumps({"data": {"product_summaries": entries}}).encode()))
    return bodies


async def _one(coordinator: Coordinator, bodies: Bodies) -> tuple[float, float]:
    """How long the parsing took, and the whole."""
    began, at = perf_counter(), utc_now()
    readings: dict[Tcin, Reading] = {}
    for chunk, body in bodies:
        parsed = parse_summaries(decode(body), asked=chunk, store_id="865", at=at)
        readings |= parsed.readings
    parsing = perf_counter() - began
    await coordinator.cycles.take(_snapshot(readings, at))
    return parsing, perf_counter() - began


def _snapshot(readings: dict[Tcin, Reading], at: datetime) -> Snapshot:
    return Snapshot(
        began=at,
        took=timedelta(seconds=0.2),
        asked=tuple(readings),
        readings=readings,
        failed=None,
        next_check_at=at + timedelta(seconds=20),
    )


def _bare(bodies: Bodies) -> float:
    began = perf_counter()
    for _, body in bodies:
        json.loads(body)
    return perf_counter() - began
