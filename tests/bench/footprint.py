"""What the process takes: memory, time until its first check, and the processor while nothing happens."""

import asyncio
from pathlib import Path
from time import perf_counter

import psutil

from tests.bench.processes import python
from tests.bench.report import Figure, Sample, milliseconds
from tests.bench.stage import until_cycle
from tests.bench.store_process import shelf, tcins_of
from tests.world import World, new_world

MEMORY_LIMIT = 150 * 1024 * 1024
HOUR_S, USUAL_PACE_S = 3600, 20
START_WITHIN_S = 1.5
#: What a small box may spend on it all the time.
IDLE_LIMIT = 0.02
#: By then, what a start brings is done.
SETTLED_S = 5
#: A few restocks, so that attempts, alerts and outcomes have been through the process too.
RESTOCKED = 5


async def memory_figures(folder: Path, cycles: int, *, products: int = 500) -> list[Figure]:
    folder.mkdir(parents=True)  # noqa: ASYNC240  nothing else runs yet
    async with new_world(folder, items=shelf(products)) as world:
        world.watch(*tcins_of(products))
        world.say("/start")
        world.say("/board")
        await world.execute()
        for tcin in tcins_of(RESTOCKED):
            world.store.set(tcin, shipping="IN_STOCK")
        done = await until_cycle(world, cycles, seconds=300)
        assert world.process is not None
        ours, bare = _pss(world.process.pid), await _bare_pss()
    return [
        Figure(
            name="memory in simulate",
            ours=f"{_megabytes(ours)} after {done} cycles over {products}",
            bare=f"{_megabytes(bare)}: only httpx",
            apart=f"{ours / bare:.1f} times",
            target=f"under {_megabytes(MEMORY_LIMIT)}",
            met=ours < MEMORY_LIMIT,
        )
    ]


async def idle_figures(folder: Path, seconds: float, *, products: int = 50) -> list[Figure]:
    """An hour in which nothing happens, reckoned from two shorter times: one without checks, and one with many."""
    folder.mkdir(parents=True)  # noqa: ASYNC240  nothing else runs yet
    resting, _, memory = await _spend(folder / "resting", seconds, products=products, every=(600, 600))
    checking, cycles, _ = await _spend(folder / "checking", seconds, products=products, every=(0.2, 0.2))
    a_second, a_cycle = resting / seconds, max(0.0, checking - resting) / max(1, cycles)
    hour = a_second * HOUR_S + a_cycle * HOUR_S / USUAL_PACE_S
    return [
        Figure(
            name="an hour in which nothing happens",
            ours=f"{hour:.0f} s of the processor, {hour / HOUR_S:.1%}; {_megabytes(memory)}",
            bare=f"{a_second * 1000:.1f} ms a second, and {a_cycle * 1000:.0f} ms a check of {products}",
            target=f"under {IDLE_LIMIT:.0%}",
            met=hour / HOUR_S < IDLE_LIMIT,
        )
    ]


async def _spend(folder: Path, seconds: float, *, products: int, every: tuple[float, float]) -> tuple[float, int, int]:
    """What of the processor it took in so long, in how many cycles, and its memory."""
    folder.mkdir()  # noqa: ASYNC240  nothing else runs yet
    least, most = every
    pace = {"STOCKBELL_MONITOR__EVERY_MIN_S": str(least), "STOCKBELL_MONITOR__EVERY_MAX_S": str(most)}
    async with new_world(folder, items=shelf(products)) as world:
        world.settings |= pace
        world.watch(*tcins_of(products))
        world.say("/start")
        world.say("/board")
        await world.execute()
        await until_cycle(world, 1, seconds=60)
        await asyncio.sleep(SETTLED_S)
        assert world.process is not None
        process = psutil.Process(world.process.pid)
        before, cycle = process.cpu_times(), (await world.status())["cycle_id"]
        await asyncio.sleep(seconds)
        after = process.cpu_times()
        cycles = (await world.status())["cycle_id"] - cycle
        return after.user + after.system - before.user - before.system, cycles, _pss(world.process.pid)


def _pss(pid: int) -> int:
    """The memory that would be free without this process: its own, and its share of what others use too."""
    return int(psutil.Process(pid).memory_full_info().pss)


async def _bare_pss() -> int:
    async with python("-c", "import httpx; print(flush=True); input()") as process:
        assert process.stdout is not None
        await process.stdout.readline()
        return _pss(process.pid)


def _megabytes(count: int) -> str:
    return f"{count / 1024 / 1024:.0f} MB"


async def start_figures(folder: Path, rounds: int) -> list[Figure]:
    spans = [(await _first_check(folder / str(number)), await _bare_start()) for number in range(rounds)]
    ours, bare = Sample([one for (one, _), _ in spans]), Sample([one for _, one in spans])
    spent = Sample([one for (_, one), _ in spans])
    return [
        Figure(
            name="start to first check",
            ours=str(ours),
            bare=f"{bare}: import httpx",
            apart=f"{ours.median / bare.median:.1f} times; {milliseconds(ours.median - bare.median)} more",
            target=f"within {START_WITHIN_S:g} s",
            met=ours.median < START_WITHIN_S,
        ),
        Figure(name="of that on the processor", ours=str(spent)),
    ]


async def _first_check(folder: Path) -> tuple[float, float]:
    """From starting the process until the store is asked for anything; and what of the processor it took."""
    folder.mkdir(parents=True)  # noqa: ASYNC240  nothing else runs yet
    async with new_world(folder) as world:
        world.watch(*world.store.items)
        began = asyncio.get_running_loop().time()
        await world.execute()
        await _until_asked(world)
        assert world.process is not None
        spent = psutil.Process(world.process.pid).cpu_times()
        return world.store.calls[0].at - began, spent.user + spent.system


async def _until_asked(world: World) -> None:
    async with asyncio.timeout(60):
        while not world.store.calls:
            assert world.process is not None
            assert world.process.returncode is None, world.tail()
            await asyncio.sleep(0.005)


async def _bare_start() -> float:
    began = perf_counter()
    async with python("-c", "import httpx") as process:
        await process.wait()
        return perf_counter() - began
