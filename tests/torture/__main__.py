"""`python -m tests.torture`: the crash campaign; exit code 1 if anything was lost or doubled.

Most campaigns order over HTTP; a tenth of the crashes, or all of them with `--browser`, are in purchases of a real
browser. Campaigns wait more than they work, so that several run side by side, each a process of its own.
"""

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path

from tests.torture.browser_campaign import run_browser_campaign
from tests.torture.campaign import run_campaign

#: One crash in so many is in a browser's purchase, beside the others.
SHARE = 10


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--crashes", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--each", type=int, default=100, help="crashes of one data directory")
    parser.add_argument("--side-by-side", type=int, default=5)
    parser.add_argument("--browser", action="store_true", help="all of them while a browser buys")
    chosen = parser.parse_args()
    if chosen.crashes <= chosen.each:
        return _run_one(chosen.crashes, chosen.seed, browser=chosen.browser)
    failed = asyncio.run(_run_many(chosen))
    print(f"{chosen.crashes} crashes; {failed} campaigns found something wrong")  # noqa: T201  this is what it is for
    return 1 if failed else 0


def _run_one(crashes: int, seed: int, *, browser: bool) -> int:
    run = run_browser_campaign if browser else run_campaign
    with tempfile.TemporaryDirectory(prefix="stockbell-torture-") as folder:
        report = asyncio.run(run(Path(folder), crashes=crashes, seed=seed))
    print(f"seed {seed}: {report}", flush=True)  # noqa: T201  this is what it is for
    return 1 if report.wrong else 0


async def _run_many(chosen: argparse.Namespace) -> int:
    """How many campaigns found something wrong."""
    turn = asyncio.Semaphore(chosen.side_by_side)

    async def run(crashes: int, start: int, *more: str) -> int:
        words = ["--crashes", str(crashes), "--each", str(crashes), "--seed", str(chosen.seed + start), *more]
        async with turn:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "tests.torture", *words, stderr=asyncio.subprocess.DEVNULL
            )
            return await process.wait()

    parts = [(min(chosen.each, chosen.crashes - start), start) for start in range(0, chosen.crashes, chosen.each)]
    if chosen.browser:
        runs = [run(crashes, start, "--browser") for crashes, start in parts]
    else:
        # The slowest first.
        runs = [run(chosen.crashes // SHARE, 0, "--browser"), *(run(crashes, start) for crashes, start in parts)]
    return sum(end != 0 for end in await asyncio.gather(*runs))


if __name__ == "__main__":
    sys.exit(main())
