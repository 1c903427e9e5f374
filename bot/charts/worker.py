"""The process that draws: charts come in on its input, pictures go out; it ends with its input."""

import contextlib
import os
import struct
import sys
from typing import BinaryIO

import msgspec

from bot.charts.model import Chart

#: Each message begins with its length; an answer has a byte before it that tells whether it is a picture.
LENGTH = struct.Struct(">I")
PICTURE, TROUBLE = b"p", b"t"
#: How far the process steps back behind others.
NICENESS = 10


def serve(requests: BinaryIO, answers: BinaryIO) -> None:
    """Draw one after another until there is no more."""
    while len(head := requests.read(LENGTH.size)) == LENGTH.size:
        (size,) = LENGTH.unpack(head)
        kind, body = _answer(requests.read(size))
        answers.write(kind + LENGTH.pack(len(body)) + body)
        answers.flush()


def _answer(request: bytes) -> tuple[bytes, bytes]:
    try:
        from bot.charts.drawing import draw  # noqa: PLC0415  heavy, and what is wrong with it is to be told

        return PICTURE, draw(msgspec.json.decode(request, type=Chart))
    except Exception as error:  # noqa: BLE001  a library may raise what it likes, and the next one is another matter
        return TROUBLE, f"{type(error).__name__}: {error}".encode(errors="replace")


def main() -> None:
    with contextlib.suppress(OSError):
        os.nice(NICENESS)
    serve(sys.stdin.buffer, sys.stdout.buffer)


if __name__ == "__main__":
    main()
