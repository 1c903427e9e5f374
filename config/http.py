"""What comes over HTTP, unpacked as it arrives and no further than its bounds: a small answer may unpack to gigabytes.

Every client of ours takes `accepting` as its headers and `bounded` as its hooks, and sees answers that are plain.
"""

import asyncio
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Final

import httpx

#: In the extensions of a request: what its answer may hold at most, where that is not what the client takes.
MOST_BYTES: Final = "stockbell.most_bytes"

#: The one way in which answers may be packed.
_GZIP = "gzip"
#: So much is unpacked at once. In between others have their turn, as a stop that arrives does not wait for megabytes.
_PIECE = 2**18

Hooks = dict[str, list[Callable[[httpx.Response], Awaitable[None]]]]


class TooLarge(httpx.DecodingError):
    """The answer holds more than it may; the rest of it is not read."""


def accepting() -> dict[str, str]:
    """The headers that ask for nothing which would not be unpacked."""
    return {"Accept-Encoding": _GZIP}


def bounded(*, most: int) -> Hooks:
    """Hooks for a client whose answers hold at most `most` bytes, packed or not.

    What goes beyond raises TooLarge while it is read, and what is packed in another way, or more than once, a
    DecodingError: to be caught as any `httpx.HTTPError`. A redirection has the same bounds.
    """

    async def bound(response: httpx.Response) -> None:
        stream = response.stream
        if not isinstance(stream, httpx.AsyncByteStream):
            return
        allowed = response.request.extensions.get(MOST_BYTES, most)
        unpacker = Unpacker(response.headers.get("content-encoding", ""), most=allowed)
        response.headers.pop("content-encoding", None)  # the library has nothing left to do
        response.stream = _Plain(stream, unpacker)

    return {"response": [bound]}


class Unpacker:
    """One body, unpacked as its parts come in.

    Raises:
        httpx.DecodingError: it is packed as nobody asked for, or not as it says.
    """

    def __init__(self, coding: str, *, most: int) -> None:
        self._most = most
        self._came = self._left = 0
        self._gzip = None
        match coding.strip().lower():
            case "" | "identity":
                pass
            case "gzip" | "x-gzip":
                self._gzip = zlib.decompressobj(zlib.MAX_WBITS | 16)
            case other:
                raise httpx.DecodingError(f"an answer packed as {other[:40]!r}")

    def unpack(self, part: bytes) -> Iterator[bytes]:
        """What this part holds, in pieces of no more than `_PIECE` where it is packed.

        Raises:
            TooLarge: as soon as the whole is larger than it may be.
        """
        self._came += len(part)
        self._check(self._came)
        if self._gzip is None:
            yield part
            return
        while not self._gzip.eof:  # what follows the end is no part of it
            try:
                piece = self._gzip.decompress(part, _PIECE)
            except zlib.error as error:
                raise httpx.DecodingError(f"an answer that can't be unpacked: {error}") from error
            self._left += len(piece)
            self._check(self._left)
            yield piece
            # Some may wait in the unpacker though it has taken all of the part.
            if len(piece) < _PIECE:
                return
            part = self._gzip.unconsumed_tail

    def end(self) -> None:
        """The last part has come.

        Raises:
            httpx.RemoteProtocolError: it is not whole.
        """
        if self._gzip is not None and self._came and not self._gzip.eof:
            raise httpx.RemoteProtocolError("a packed answer that was cut short")

    def _check(self, length: int) -> None:
        if length > self._most:
            raise TooLarge(f"an answer of more than {self._most} bytes")


class _Plain(httpx.AsyncByteStream):
    """A body as it was before it was packed."""

    def __init__(self, stream: httpx.AsyncByteStream, unpacker: Unpacker) -> None:
        self._stream = stream
        self._unpacker = unpacker

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for part in self._stream:
            for piece in self._unpacker.unpack(part):
                yield piece
                if len(piece) == _PIECE:
                    await asyncio.sleep(0)
        self._unpacker.end()

    async def aclose(self) -> None:
        await self._stream.aclose()
