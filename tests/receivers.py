"""Those who are told beside the chat, on real sockets: a webhook, and a server for mail."""

import asyncio
import base64
import json
import re
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)


@dataclass
class Receiver(ABC):
    """What both have in common."""

    #: What arrived, in order, whether or not it was answered.
    arrived: list[Any] = field(default_factory=list)
    #: An answer waits until this is set.
    answers: asyncio.Event = field(default_factory=asyncio.Event)
    #: What it answers, if it is no yes.
    refusal: str | None = None
    #: It takes a message and cuts off in place of an answer.
    hangs_up: bool = False
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.answers.set()

    @asynccontextmanager
    async def serve(self, port: int = 0) -> AsyncIterator[int]:
        """Listen at this port, or at any, and tell which."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", port)
        try:
            yield int(server.sockets[0].getsockname()[1])
        finally:
            self.answers.set()
            server.close()

    async def until(self, wanted: Callable[[], object], *, seconds: float = 45) -> None:
        async with asyncio.timeout(seconds):
            while not wanted():
                self._changed.clear()
                await self._changed.wait()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            await self._talk(reader, writer)
        writer.close()

    @abstractmethod
    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take what comes on one connection, and answer it."""

    async def _take(self, one: object) -> None:
        self.arrived.append(one)
        self._changed.set()
        await self.answers.wait()
        if self.hangs_up:
            raise ConnectionAbortedError


class Webhook(Receiver):
    """Takes JSON that is posted to it."""

    @property
    def titles(self) -> list[str]:
        return [str(one["title"]) for one in self.arrived]

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = _LENGTH.search(head)
        await self._take(json.loads(await reader.readexactly(int(length[1]) if length else 0)))
        writer.write(f"HTTP/1.1 {self.refusal or '200 OK'}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
        await writer.drain()


class MailServer(Receiver):
    """Takes mail from who signs in, as RFC 5321 has it, and no more of it than a sender needs."""

    def __init__(self, *, login: str, hangs_up: bool = False) -> None:
        super().__init__(hangs_up=hangs_up)
        self._login = base64.b64encode(f"\0{login.replace(':', chr(0))}".encode()).decode()

    @property
    def mails(self) -> list[EmailMessage]:
        return list(self.arrived)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 practice\r\n")
        while line := (await reader.readline()).decode().strip():
            writer.write(f"{await self._answer(line, reader, writer)}\r\n".encode())
            await writer.drain()
            if line.upper() == "QUIT":
                return

    async def _answer(self, line: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> str:
        word = line.upper().partition(" ")[0]
        match word:
            case "EHLO":
                return "250-practice\r\n250-8BITMIME\r\n250 AUTH PLAIN"
            case "AUTH":
                return "235 welcome" if line.rpartition(" ")[2] == self._login else "535 who are you"
            case "DATA":
                writer.write(b"354 go on\r\n")
                text = await reader.readuntil(b"\r\n.\r\n")
                await self._take(message_from_bytes(text[:-3].replace(b"\r\n..", b"\r\n."), policy=policy.default))
                return self.refusal or "250 taken"
            case "QUIT":
                return "221 bye"
        return "250 well"
