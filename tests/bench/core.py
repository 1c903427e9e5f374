"""Parsing, deciding and committing: what one product costs among 50, 500 and 5,000."""

import json
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


async def core_figures(folder: Path, rounds: int) -> list[Figure]:
    few, *_ = spans = [await _measure(folder / str(size), size, rounds) for size in SIZES]
    return [_figure(size, ours, bare, few[0]) for size, (ours, bare) in zip(SIZES, spans, strict=True)]


def _figure(size: int, ours: Sample, bare: Sample, few: Sample) -> Figure:
    ratio = (ours.median / size) / (few.median / SIZES[0])
    bound = size == SIZES[-1]
    return Figure(
        name=f"parse, decide, commit {size}",
        ours=f"{ours.median / size * 1e6:.0f} µs a product; {ours}",
        bare=f"json.loads: {bare.median / size * 1e6:.1f} µs",
        apart=f"{ratio:.2f} of what each of 50 costs",
        target="at most 1.0" if bound else "",
        met=ratio <= 1 if bound else None,
    )


async def _measure(folder: Path, size: int, rounds: int) -> tuple[Sample, Sample]:
    bodies = _answers(size)
    async with standing_coordinator(folder, size) as coordinator:
        for _ in range(WARM_UPS):
            await _one(coordinator, bodies)
        spans = [(await _one(coordinator, bodies), _bare(bodies)) for _ in range(rounds)]
    return Sample([one for one, _ in spans]), Sample([one for _, one in spans])


def _answers(size: int) -> list[tuple[tuple[Tcin, ...], bytes]]:
    """The bodies of all bulk calls, each with what it was asked for."""
    items = {item.tcin: item for item in shelf(size)}
    bodies = []
    for chunk in split_evenly([Tcin(tcin) for tcin in items]):
        entries = shop.summaries([items[tcin] for tcin in chunk], items, site="http://store", store_id="865")
        bodies.append((chunk, json.dumps({"data": {"product_summaries": entries}}).encode()))
    return bodies


async def _one(coordinator: Coordinator, bodies: list[tuple[tuple[Tcin, ...], bytes]]) -> float:
    began, at = perf_counter(), utc_now()
    readings: dict[Tcin, Reading] = {}
    for chunk, body in bodies:
        parsed = parse_summaries(decode(body), asked=chunk, store_id="865", at=at)
        readings |= parsed.readings
    await coordinator.cycles.take(_snapshot(readings, at))
    return perf_counter() - began


def _snapshot(readings: dict[Tcin, Reading], at: datetime) -> Snapshot:
    return Snapshot(
        began=at,
        took=timedelta(seconds=0.2),
        asked=tuple(readings),
        readings=readings,
        failed=None,
        next_check_at=at + timedelta(seconds=20),
    )


def _bare(bodies: list[tuple[tuple[Tcin, ...], bytes]]) -> float:
    began = perf_counter()
    for _, body in bodies:
        json.loads(body)
    return perf_counter() - began
