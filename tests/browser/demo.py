"""A running demo as a process of its own, and its pages."""

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Literal

from playwright.async_api import Browser, Page

ROOT = Path(__file__).parents[2]
#: So long a test waits for what the demo shows, also on a busy machine.
PATIENCE_MS = 60_000


class Demo:
    """What a demo prints: the addresses of its chat and its live page, and all of it when it has ended."""

    def __init__(self, address: str, live: str) -> None:
        self.address = address
        self.live = live
        self.output = ""


@asynccontextmanager
async def run_demo(*arguments: str) -> AsyncIterator[Demo]:
    """Settings that would break it are none of its business. It has to end well."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "demo", *arguments),
        cwd=ROOT,
        env=os.environ | {"STOCKBELL_MONITOR__EVERY_MIN_S": "not read", "STOCKBELL_DATA_DIR": "/dev/null"},
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    async with asyncio.timeout(PATIENCE_MS / 1000):
        demo = Demo(await _find_address(process.stdout, "chat"), await _find_address(process.stdout, "live page"))
    rest = asyncio.create_task(process.stdout.read())
    try:
        yield demo
    finally:
        process.send_signal(signal.SIGINT)
        code = await process.wait()
        demo.output = (await rest).decode()
    assert code == 0


async def _find_address(output: asyncio.StreamReader, what: str) -> str:
    async for line in output:
        if found := re.search(rf"{what}.*(http://127\.0\.0\.1:[0-9]+/)", line.decode()):
            return found[1]
    raise AssertionError(f"the demo ended without the address of its {what}")


async def open_page(browser: Browser, address: str, *, width: int, colours: Literal["light", "dark"]) -> Page:
    page = await browser.new_page(viewport={"width": width, "height": 820}, device_scale_factor=2, color_scheme=colours)
    await page.goto(address)
    return page
