"""Python processes beside this one, ended with the block that started them."""

import asyncio
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress

from tests.world import ROOT


@asynccontextmanager
async def python(*words: str) -> AsyncGenerator[asyncio.subprocess.Process]:
    """`python` with these words, its standard input and output on pipes."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, *words, cwd=ROOT, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
