"""What the process takes: memory while it works, and time until its first check."""

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
    ours, bare = Sample([one for one, _ in spans]), Sample([one for _, one in spans])
    return [
        Figure(
            name="start to first check",
            ours=str(ours),
            bare=f"{bare}: import httpx",
            apart=f"{ours.median / bare.median:.1f} times; {milliseconds(ours.median - bare.median)} more",
        )
    ]


async def _first_check(folder: Path) -> float:
    """From starting the process until the store is asked for anything."""
    folder.mkdir(parents=True)  # noqa: ASYNC240  nothing else runs yet
    async with new_world(folder) as world:
        world.watch(*world.store.items)
        began = asyncio.get_running_loop().time()
        await world.execute()
        await _until_asked(world)
        return world.store.calls[0].at - began


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
