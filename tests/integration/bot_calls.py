"""A bot for the tests of the practice chat: plain calls over a real socket."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx

from sandbox.chat import PracticeChat


class Bot:
    """Calls the Bot API as a bot does."""

    def __init__(self, url: str, client: httpx.AsyncClient) -> None:
        self.url = url
        self._client = client

    async def answer(self, method: str, **params: Any) -> dict[str, Any]:
        answer = await self._client.post(f"{self.url}/{method}", json=params)
        body: dict[str, Any] = answer.json()
        assert body["ok"] or body["error_code"] == answer.status_code
        return body

    async def call(self, method: str, **params: Any) -> Any:
        body = await self.answer(method, **params)
        assert body["ok"], body
        return body["result"]

    async def upload(self, method: str, field: str, name: str, content: bytes, **params: Any) -> dict[str, Any]:
        form = {key: str(value) for key, value in params.items()}
        answer = await self._client.post(f"{self.url}/{method}", data=form, files={field: (name, content)})
        body: dict[str, Any] = answer.json()
        return body

    async def refusal(self, method: str, **params: Any) -> str:
        body = await self.answer(method, **params)
        assert not body["ok"], body
        return str(body["description"])

    async def updates(self, **params: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = await self.call("getUpdates", **params)
        return found


@asynccontextmanager
async def bot_of(chat: PracticeChat) -> AsyncIterator[Bot]:
    async with chat.serve() as url, httpx.AsyncClient(timeout=10) as client:
        yield Bot(f"{url}/bot{chat.token}", client)
