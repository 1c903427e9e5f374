"""The practice servers beside an installation, and what a person does in the chat."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from sandbox.chat import Message, PracticeChat
from sandbox.store import PracticeStore
from tests.world import ADA, DRAGON, TROVE, reserve_port

#: Seconds until an answer; the machine may be slow, and the service has just begun.
PATIENCE = 60
#: The bot of the documents, whose token is none.
PLACEHOLDER = "123456789:AA…"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """A store and a chat, and the settings by which a service finds them."""

    store: PracticeStore
    chat: PracticeChat
    store_url: str
    chat_url: str
    port: int

    @property
    def settings(self) -> dict[str, str]:
        """Nothing but where the world is, and how fast it goes there."""
        return {
            "STOCKBELL_TELEGRAM__API_URL": self.chat_url,
            "STOCKBELL_TARGET__API_URL": self.store_url,
            "STOCKBELL_TARGET__SITE_URL": self.store_url,
            "STOCKBELL_MONITOR__EVERY_MIN_S": "0.5",
            "STOCKBELL_MONITOR__EVERY_MAX_S": "1",
            "STOCKBELL_PURCHASING__SIMULATED_SUCCESS": "1",
            # The root has the network of this machine, where the usual one may be taken.
            "STOCKBELL_HTTP__PORT": str(self.port),
        }

    def filled_in(self, script: str) -> str:
        """Commands of the documents with the token of this chat's bot."""
        return script.replace(PLACEHOLDER, self.chat.token)

    async def pair(self, log: str) -> None:
        """Become the owner by the code of the log, add a product, and see the alert of its restock."""
        codes = re.findall(r"send /start (\S+) to the bot", log)
        assert codes, f"no code in the log:\n{log[-2000:]}"
        await self.say(f"/start {codes[-1]}", "owner")
        await self.say(f"/add {TROVE.tcin} max=60", TROVE.tcin)
        self.store.set(TROVE.tcin, shipping="IN_STOCK")
        await self.chat.until(lambda: self.find("PURCHASED", TROVE.tcin), timeout=PATIENCE)

    async def say(self, text: str, *words: str) -> Message:
        """Ada says it; the bot's first message after it that holds all these words."""
        before = max((one.message_id for one in self.chat.messages(ADA.id)), default=0)
        self.chat.say(ADA.id, text)
        await self.chat.until(lambda: self.find(*words, after=before), timeout=PATIENCE)
        answer = self.find(*words, after=before)
        assert answer is not None
        return answer

    def find(self, *words: str, after: int = 0) -> Message | None:
        said = [one for one in self.chat.messages(ADA.id) if one.from_bot and one.message_id > after]
        return next((one for one in said if all(word in one.text for word in words)), None)


@asynccontextmanager
async def open_outside() -> AsyncIterator[Outside]:
    store, chat = PracticeStore((TROVE, DRAGON)), PracticeChat(people=(ADA,))
    async with store.serve() as store_url, chat.serve() as chat_url:
        with reserve_port() as reserved:
            port = int(reserved.getsockname()[1])
            yield Outside(store=store, chat=chat, store_url=store_url, chat_url=chat_url, port=port)
