"""Measures the service: `python -m tests.bench`, or `--quick` to see that everything still runs.

Every figure stands beside a bare baseline that was measured in turns with it. Nothing fails when a target is missed:
the machine may be busy, and the table says so.
"""

import argparse
import asyncio
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from tests.bench.alert import alert_figures
from tests.bench.checkout import checkout_figures
from tests.bench.core import core_figures
from tests.bench.crowd import crowd_figures
from tests.bench.cycle import Rounds, cycle_figures
from tests.bench.drawing import drawing_figures
from tests.bench.footprint import idle_figures, memory_figures, start_figures
from tests.bench.journal import journal_figures
from tests.bench.many_at_once import many_at_once_figures
from tests.bench.report import Figure, print_figures
from tests.bench.restocks import restock_figures
from tests.bench.stop import stop_figures
from tests.bench.streams import stream_figures

#: One group of figures, measured in a folder of its own.
Measure = Callable[[Path], Awaitable[list[Figure]]]


async def _crowd(folder: Path) -> list[Figure]:
    return [*await many_at_once_figures(folder / "at-once"), *await crowd_figures(folder / "crowd", 12)]


async def _quick_crowd(folder: Path) -> list[Figure]:
    return [
        *await many_at_once_figures(folder / "at-once", edited_s=2, afterwards_s=1),
        *await crowd_figures(folder / "crowd", 1, step_s=2, products=20),
    ]


async def _restocks(_folder: Path) -> list[Figure]:
    return restock_figures()


async def _quick_restocks(_folder: Path) -> list[Figure]:
    return restock_figures(products=40, weeks=7, seeds=(101,))


FULL: Mapping[str, Measure] = {
    "core": lambda folder: core_figures(folder, 30),
    "cycle": lambda folder: cycle_figures(folder, Rounds(fast=150, slow=15)),
    "alert": lambda folder: alert_figures(folder, 40, counted=10),
    "memory": lambda folder: memory_figures(folder, 60),
    "start": lambda folder: start_figures(folder, 10),
    "idle": lambda folder: idle_figures(folder, 60),
    "stop": lambda folder: stop_figures(folder, 100),
    "crowd": _crowd,
    "checkout": lambda folder: checkout_figures(folder, 30, purchases=200),
    "restocks": _restocks,
    "journal": lambda folder: journal_figures(folder, 1_000_000, cycles=1_000),
    "streams": lambda folder: stream_figures(folder, 30),
    "drawing": lambda folder: drawing_figures(folder, 24, pictures=8),
}
QUICK: Mapping[str, Measure] = {
    "core": lambda folder: core_figures(folder, 1),
    "cycle": lambda folder: cycle_figures(folder, Rounds(fast=2, slow=1)),
    "alert": lambda folder: alert_figures(folder, 1, counted=1, products=50),
    "memory": lambda folder: memory_figures(folder, 3, products=50),
    "start": lambda folder: start_figures(folder, 1),
    "idle": lambda folder: idle_figures(folder, 2, products=5),
    "stop": lambda folder: stop_figures(folder, 2),
    "crowd": _quick_crowd,
    "checkout": lambda folder: checkout_figures(folder, 1, purchases=3),
    "restocks": _quick_restocks,
    "journal": lambda folder: journal_figures(folder, 20_000, cycles=5),
    "streams": lambda folder: stream_figures(folder, 1, products=50),
    "drawing": lambda folder: drawing_figures(folder, 1, pictures=2),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="tiny sizes: the figures mean nothing")
    parser.add_argument("--only", choices=list(FULL), nargs="+", default=list(FULL), help="some of the figures")
    chosen = parser.parse_args()
    plan = QUICK if chosen.quick else FULL
    asyncio.run(_run({name: plan[name] for name in chosen.only}))


async def _run(plan: Mapping[str, Measure]) -> None:
    """Print each group as soon as it is there: the whole takes minutes."""
    for name, measure in plan.items():
        with tempfile.TemporaryDirectory(prefix="stockbell-bench-") as folder:
            print_figures(name, await measure(Path(folder) / name))


if __name__ == "__main__":
    main()
