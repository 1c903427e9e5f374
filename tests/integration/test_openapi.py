"""The web side answers as it describes itself, whatever it is asked: well-formed and malformed, by schemathesis."""

import asyncio
import os
import sys
from pathlib import Path

from tests.world import LONG, TROVE, new_world

SCHEMATHESIS = Path(sys.executable).with_name("schemathesis")
#: Of a stream, which has no end, one event is enough.
CONFIG = """
seed = 1
max-stream-events = 1
request-timeout = 20
continue-on-failure = true
"""


async def test_whatever_it_is_asked_it_answers_as_it_describes_itself(tmp_path: Path) -> None:
    async with new_world(
        tmp_path, STOCKBELL_MONITOR__EVERY_MIN_S="0.1", STOCKBELL_MONITOR__EVERY_MAX_S="0.15"
    ) as world:
        world.watch(TROVE.tcin)
        await world.start()
        await world.until_status(lambda status: status["cycle_id"] >= 1)
        (tmp_path / "schemathesis.toml").write_text(CONFIG)
        process = await asyncio.create_subprocess_exec(
            *(SCHEMATHESIS, "run", f"http://127.0.0.1:{world.port}/api/openapi.json"),
            *("--checks", "all", "--mode", "all", "--phases", "examples,coverage,fuzzing", "--max-examples", "10"),
            *("--workers", "4", "--no-shrink", "--generation-database", "none", "--no-color"),
            cwd=tmp_path,  # it leaves files where it runs
            env={**os.environ, "NO_PROXY": "*"},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        try:
            async with asyncio.timeout(2 * LONG):
                printed, _ = await process.communicate()
        except TimeoutError:
            process.kill()
            raise
        assert process.returncode == 0, printed.decode()[-8000:]
        assert (await world.status())["cycle_id"] >= 1
        assert "Traceback" not in world.log.read_text()
