"""make install-test: the documents and the Dockerfile, done from nothing in roots of their own.

As root, with debootstrap.
"""

import asyncio
import os
import shutil
import sys
import tempfile
import time
from argparse import ArgumentParser
from pathlib import Path

from tests.install.image import build, make_python
from tests.install.installation import clean_checkout, install
from tests.install.root import Root, copy_root, make_root

PARTS = ("documents", "service", "browser")


def main() -> None:
    parser = ArgumentParser(prog="python -m tests.install", description=__doc__)
    parser.add_argument("--only", choices=PARTS, nargs="+", default=list(PARTS))
    parser.add_argument("--folder", type=Path, help="where to work; kept, with the first root for another time")
    chosen = parser.parse_args()
    if os.geteuid() != 0 or shutil.which("debootstrap") is None:
        sys.exit("this needs root and the package debootstrap")
    if chosen.folder is not None:
        chosen.folder.mkdir(parents=True, exist_ok=True)
        asyncio.run(_run(chosen.folder, chosen.only))
        return
    with tempfile.TemporaryDirectory(prefix="stockbell-install-") as folder:
        asyncio.run(_run(Path(folder), chosen.only))


async def _run(folder: Path, parts: list[str]) -> None:
    began = time.perf_counter()

    def say(words: str) -> None:
        sys.stdout.write(f"{time.perf_counter() - began:5.0f} s  {words}\n")
        sys.stdout.flush()

    first = folder / "debian"
    say("debootstrap")
    base = Root(first) if first.exists() else make_root(first)
    if "documents" in parts:
        await install(copy_root(base, folder / "documents"), clean_checkout(folder), say=say)
    if set(parts) & {"service", "browser"}:
        python = copy_root(base, folder / "python")
        make_python(python)
        for part in parts:
            if part != "documents":
                await build(python, folder / f"image-{part}", only=part, say=say)
    say("all of it holds")


if __name__ == "__main__":
    main()
