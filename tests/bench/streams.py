"""What readers of the stream cost an alert: flip to alert with none and with many of them, in turns within one run."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.bench.alert import EVERY_S, begin, restock
from tests.bench.processes import python
from tests.bench.report import Figure, Sample, milliseconds
from tests.bench.stage import Stage, new_stage
from tests.bench.store_process import tcins_of

READERS = 50
ALLOWED_S = 0.002


async def stream_figures(folder: Path, restocks: int, *, products: int = 500) -> list[Figure]:
    """So many restocks without readers, and as many with them."""
    async with new_stage(folder, products, every_s=EVERY_S) as stage:
        await begin(stage, stage.execute())
        alone: list[float] = []
        beside: list[float] = []
        for number, tcin in enumerate(tcins_of(2 * restocks)):
            if number % 2:
                async with reading(stage):
                    beside.append((await restock(stage, tcin)).took)
            else:
                alone.append((await restock(stage, tcin)).took)
    ours, bare = Sample(beside), Sample(alone)
    apart = ours.median - bare.median
    return [
        Figure(
            name=f"last answer to alert, {READERS} read the stream",
            ours=f"{ours}, {products} products",
            bare=str(bare),
            apart=f"{milliseconds(apart)} more than without at the median",
            target=f"at most {milliseconds(ALLOWED_S)} more",
            met=apart <= ALLOWED_S,
        )
    ]


@asynccontextmanager
async def reading(stage: Stage) -> AsyncGenerator[None]:
    async with python("-m", "tests.bench.stream_readers", str(stage.port), str(READERS)) as process:
        assert process.stdout is not None
        assert await process.stdout.readline() == b"reading\n"
        yield
