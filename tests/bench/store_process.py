"""A practice store in a process of its own: `python -m tests.bench.store_process --products 500 --latency 1`.

Prints one line of JSON with its address and its key, and serves until its standard input ends.
"""

import argparse
import asyncio
import json
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from config.products import Tcin
from sandbox.store import Faults, Item, PracticeStore
from tests.bench.processes import python


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreProcess:
    url: str
    key: str


def shelf(count: int) -> list[Item]:
    """So many products, all out of stock."""
    return [
        Item(tcin=str(90_000_000 + number), title=f"Illumineer&#39;s Trove, volume {number}", price="49.99")
        for number in range(count)
    ]


def tcins_of(count: int) -> list[Tcin]:
    return [Tcin(item.tcin) for item in shelf(count)]


@asynccontextmanager
async def store_process(products: int, *, latency: float = 0) -> AsyncGenerator[StoreProcess]:
    words = ("-m", "tests.bench.store_process", "--products", str(products), "--latency", str(latency))
    async with python(*words) as store:
        assert store.stdout is not None
        yield StoreProcess(**json.loads(await store.stdout.readline()))


async def _serve(products: int, latency: float) -> None:
    store = PracticeStore(shelf(products), faults=Faults(latency=latency))
    async with store.serve() as url:
        print(json.dumps({"url": url, "key": store.api_key}), flush=True)  # noqa: T201  how the parent learns of it
        await asyncio.to_thread(sys.stdin.read)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--products", type=int, required=True)
    parser.add_argument("--latency", type=float, default=0)
    chosen = parser.parse_args()
    asyncio.run(_serve(chosen.products, chosen.latency))


if __name__ == "__main__":
    main()
