"""`python -m tests.torture.day`: a day of the service in a few minutes, and nothing of it grows without an end.

Its clock runs so many times as fast, over a journal of ten days before, so that a day is compacted, the audit log is
put aside and old files go, as they do in months. Restocks come, people ask, and every two hours a backup is made beside
it. Memory, descriptors, files, the data directory and the log stay within bounds. Exit code 1 where that is not so. It
reads /proc: Linux alone.
"""

import argparse
import asyncio
import os
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from random import Random
from typing import Final

from sandbox.store import Item
from tests.bench.journal import PRODUCTS, write_journal
from tests.builders import tcins
from tests.torture.soak_report import Bound, logged_errors
from tests.world import World, new_world

HOUR_S, DAY_H = 3600, 24
#: Events of the time before: ten days.
BEFORE = 40_000
#: Real seconds between two looks at the process.
EVERY_S = 2.0
#: Hours of its clock between two backups, and between two restocks.
BACKUP_H, STIR_H = 2.0, 0.2
#: In the first part of the day the process grows to its size, and what it finds is put in order.
WARM_PART = 0.25
#: Of the cycles that a day has at the usual pace, so many come at least: the machine may be busy.
LEAST_PART = 0.5
USUAL_CYCLES = DAY_H * HOUR_S / 20
QUESTIONS = ("/status", "/list", "/log 30", "/health", "/history", "/spend", "/orders", "/why 1", "/show 2")

BOUNDS: Final = {
    "memory_mb": Bound(most=200, growth=20),
    "descriptors": Bound(most=64, growth=6),
    "threads": Bound(most=24, growth=4),
    "files": Bound(most=90, growth=6),
    "data_mb": Bound(most=150, growth=25),
    "ahead_mb": Bound(most=32, growth=16),
    "log_mb": Bound(most=8, growth=4),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class DaySample:
    """The process and what it keeps, at one time."""

    #: Hours since the day began.
    at: float
    memory_mb: float
    descriptors: int
    threads: int
    files: int
    data_mb: float
    ahead_mb: float
    log_mb: float


@dataclass(slots=True, kw_only=True)
class DayReport:
    """What was counted; `wrong` is empty if all was as it should be."""

    samples: list[DaySample] = field(default_factory=list)
    cycles: int = 0
    dropped: int = 0
    put_aside: int = 0
    backups: list[float] = field(default_factory=list)
    commands: int = 0
    wrong: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        lines = ["| figure | after warming up | at the end | most | bound | may grow by |", "|---|---|---|---|---|---|"]
        for name, bound in BOUNDS.items():
            early, late, most = _three(self.samples, name)
            lines.append(f"| {name} | {early:.1f} | {late:.1f} | {most:.1f} | {bound.most:g} | {bound.growth:g} |")
        sizes = f"{min(self.backups):.1f} to {max(self.backups):.1f} MB" if self.backups else "none"
        counts = [
            f"{self.cycles} cycles, {self.commands} commands, {len(self.backups)} backups of {sizes}",
            f"{self.dropped} events compacted, {self.put_aside} audit logs put aside",
        ]
        return "\n".join([*lines, "", *counts, *(f"WRONG: {one}" for one in self.wrong)])


def _three(samples: Sequence[DaySample], name: str) -> tuple[float, float, float]:
    """A figure once all is warm, at the end, and at its highest."""
    values = [(one.at, float(getattr(one, name))) for one in samples]
    end = values[-1][0]
    warm = next(value for at, value in values if at >= end * WARM_PART)
    return warm, values[-1][1], max(value for _, value in values)


def find_growth(samples: Sequence[DaySample]) -> list[str]:
    """The figures that were too high, or that grew without an end."""
    found = []
    for name, bound in BOUNDS.items():
        warm, late, most = _three(samples, name)
        if most > bound.most:
            found.append(f"{name} was {most:.1f}, above {bound.most:g}")
        if late > warm + bound.growth:
            found.append(f"{name} grew from {warm:.1f} to {late:.1f}")
    return found


@dataclass
class Day:
    """One world and its fast service."""

    world: World
    speed: float
    chance: Random
    report: DayReport = field(default_factory=DayReport)

    async def run(self, hours: float) -> DayReport:
        await self.world.execute("tests.torture.fast_service", str(self.speed))
        await self.world.until_status(lambda status: status["cycle_id"] >= 1)
        before = self._cycles()
        beside = [
            asyncio.create_task(self._sample(), name="samples"),
            asyncio.create_task(self._back_up(), name="backups"),
            asyncio.create_task(self._stir(), name="restocks"),
        ]
        await asyncio.sleep(self._real(hours))
        for task in beside:
            task.cancel()
        await asyncio.wait(beside)
        self.report.wrong += [f"{task.get_name()}: {task.exception()}" for task in beside if not task.cancelled()]
        await self._end(hours, before)
        return self.report

    def _real(self, hours: float) -> float:
        return hours * HOUR_S / self.speed

    async def _end(self, hours: float, before: int) -> None:
        report, world = self.report, self.world
        report.cycles = self._cycles() - before
        if report.cycles < USUAL_CYCLES * hours / DAY_H * LEAST_PART:
            report.wrong.append(f"only {report.cycles} cycles came")
        report.dropped = int((world.rows("SELECT dropped FROM compacted") or [(0,)])[0][0])
        report.put_aside = len(list(world.data.glob("audit-*.jsonl")))
        if not report.dropped or not report.put_aside:
            report.wrong.append("nothing was compacted, or no audit log was put aside")
        report.wrong += find_growth(report.samples)
        report.wrong += [f"an error of the log: {name}" for name in logged_errors(world.log.read_text())]
        code = await world.stop()
        if code != 0:
            report.wrong.append(f"the service ended with {code}")
        code, told = await world.command("audit")
        if code != 0:
            report.wrong.append(f"the audit: {told.strip()[-500:]}")

    def _cycles(self) -> int:
        return int(self.world.rows("SELECT json_extract(value, '$.cycle_id') FROM control WHERE what = 'cycle'")[0][0])

    # ---- beside it

    async def _back_up(self) -> None:
        """Each is checked by the command itself, which fails where it is not whole and clean."""
        target = self.world.folder / "copy"
        while True:
            await asyncio.sleep(self._real(BACKUP_H))
            code, told = await self.world.command("backup", "--overwrite", str(target))
            self.report.backups.append(target.stat().st_size / 2**20)
            if code != 0:
                self.report.wrong.append(f"a backup: {told.strip()[-300:]}")

    async def _stir(self) -> None:
        for question in cycle(QUESTIONS):
            await asyncio.sleep(self._real(STIR_H))
            tcin = self.chance.choice(tcins(PRODUCTS))
            self.world.store.set(tcin, shipping=self.chance.choice(("IN_STOCK", "OUT_OF_STOCK")))
            self.world.say(question)
            self.report.commands += 1

    async def _sample(self) -> None:
        began = asyncio.get_running_loop().time()
        while True:
            since = asyncio.get_running_loop().time() - began
            self.report.samples.append(self._look(since * self.speed / HOUR_S))
            await asyncio.sleep(EVERY_S)

    def _look(self, at: float) -> DaySample:
        world = self.world
        assert world.process is not None
        system = Path("/proc") / str(world.process.pid)
        files = [one.stat().st_size for one in world.data.rglob("*") if one.is_file()]
        ahead = world.data / "stockbell.db-wal"
        return DaySample(
            at=at,
            memory_mb=int((system / "statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20,
            descriptors=len(list((system / "fd").iterdir())),
            threads=len(list((system / "task").iterdir())),
            files=len(files),
            data_mb=sum(files) / 2**20,
            ahead_mb=ahead.stat().st_size / 2**20 if ahead.exists() else 0,
            log_mb=world.log.stat().st_size / 2**20,
        )


async def live_a_day(folder: Path, *, hours: float, speed: float, seed: int, before: int = BEFORE) -> DayReport:
    items = [Item(tcin=tcin, title=f"Toy {tcin}", price="50.00", shipping="OUT_OF_STOCK") for tcin in tcins(PRODUCTS)]
    async with new_world(folder, items=items) as world:
        world.data.mkdir(mode=0o700)
        await write_journal(world.data, before)
        world.settings |= {
            "STOCKBELL_MONITOR__EVERY_MIN_S": str(15 / speed),
            "STOCKBELL_MONITOR__EVERY_MAX_S": str(25 / speed),
            "STOCKBELL_MONITOR__KEEP_DAYS": "1",
            "STOCKBELL_PURCHASING__SIMULATED_S": "0.01",
            "STOCKBELL_PURCHASING__SIMULATED_SUCCESS": "0.7",
        }
        world.say("/start")
        world.say("/board")
        return await Day(world, speed, Random(seed)).run(hours)  # noqa: S311  the order of a test, no secrets


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hours", type=float, default=DAY_H)
    parser.add_argument("--speed", type=float, default=100)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="stockbell-day-") as folder:
        report = asyncio.run(live_a_day(Path(folder), hours=chosen.hours, speed=chosen.speed, seed=chosen.seed))
    print(f"{chosen.hours:g} hours at {chosen.speed:g} times\n\n{report}")  # noqa: T201  this is what it is for
    return 1 if report.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
