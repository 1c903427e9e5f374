"""A Bot API client that is nothing but httpx, in a process of its own: `python -m tests.bench.bare_bot URL TOKEN`.

It obeys lines on its standard input and answers each with one line of JSON:
`post CHAT TEXT` sends a message and tells the loop time at which it began;
`poll` waits for updates and tells how many came and the loop time at which they were parsed.
"""

import asyncio
import json
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import httpx

from sandbox.chat import PracticeChat
from tests.bench.processes import python


class BareBot:
    """The parent's end."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def post(self, chat: int, text: str) -> float:
        """Send it; the time at which the call began."""
        await self._order(f"post {chat} {text}")
        return float((await self._answer())["began"])

    async def begin_poll(self) -> None:
        await self._order("poll")

    async def end_poll(self) -> tuple[int, float]:
        """How many updates came, and when they were parsed."""
        told = await self._answer()
        return int(told["updates"]), float(told["parsed"])

    async def _order(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n".encode())
        await self._process.stdin.drain()

    async def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        return dict(json.loads(await self._process.stdout.readline()))


@asynccontextmanager
async def bare_bot(chat: PracticeChat, url: str) -> AsyncGenerator[BareBot]:
    async with python("-m", "tests.bench.bare_bot", url, chat.token) as process:
        yield BareBot(process)


async def _obey(url: str, token: str) -> None:
    clock, offset = asyncio.get_running_loop().time, 0
    async with httpx.AsyncClient(base_url=f"{url}/bot{token}", timeout=60) as client:
        while line := await asyncio.to_thread(sys.stdin.readline):
            what, _, rest = line.strip().partition(" ")
            if what == "post":
                chat, _, text = rest.partition(" ")
                began = clock()
                (await client.post("/sendMessage", data={"chat_id": chat, "text": text})).raise_for_status()
                _tell({"began": began})
            else:
                updates = (await client.post("/getUpdates", data={"offset": offset, "timeout": 30})).json()["result"]
                _tell({"updates": len(updates), "parsed": clock()})
                offset = updates[-1]["update_id"] + 1 if updates else offset


def _tell(answer: dict[str, float]) -> None:
    print(json.dumps(answer), flush=True)  # noqa: T201  how the parent learns of it


if __name__ == "__main__":
    asyncio.run(_obey(*sys.argv[1:]))
