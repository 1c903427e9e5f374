"""`python -m tests.torture`: the crash campaign; exit code 1 if anything was lost or doubled.

Campaigns wait for Telegram's pace more than they work, so that several run side by side, each a process of its own.
"""

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path

from tests.torture.campaign import run_campaign


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--crashes", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--each", type=int, default=100, help="crashes of one data directory")
    parser.add_argument("--side-by-side", type=int, default=5)
    chosen = parser.parse_args()
    if chosen.crashes <= chosen.each:
        return _run_one(chosen.crashes, chosen.seed)
    failed = asyncio.run(_run_many(chosen))
    print(f"{chosen.crashes} crashes; {failed} campaigns found something wrong")  # noqa: T201  this is what it is for
    return 1 if failed else 0


def _run_one(crashes: int, seed: int) -> int:
    with tempfile.TemporaryDirectory(prefix="stockbell-torture-") as folder:
        report = asyncio.run(run_campaign(Path(folder), crashes=crashes, seed=seed))
    print(f"seed {seed}: {report}", flush=True)  # noqa: T201  this is what it is for
    return 1 if report.wrong else 0


async def _run_many(chosen: argparse.Namespace) -> int:
    """How many campaigns found something wrong."""
    turn = asyncio.Semaphore(chosen.side_by_side)

    async def run(start: int) -> int:
        crashes = min(chosen.each, chosen.crashes - start)
        words = ["--crashes", str(crashes), "--each", str(crashes), "--seed", str(chosen.seed + start)]
        async with turn:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "tests.torture", *words, stderr=asyncio.subprocess.DEVNULL
            )
            return await process.wait()

    ends = await asyncio.gather(*(run(start) for start in range(0, chosen.crashes, chosen.each)))
    return sum(end != 0 for end in ends)


if __name__ == "__main__":
    sys.exit(main())
