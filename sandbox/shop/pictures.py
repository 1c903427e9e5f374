"""A picture for every product: its own where one was drawn, else a parcel in colours of its own."""

import colorsys
import struct
import zlib
from functools import cache
from pathlib import Path
from typing import Final

#: What was drawn, as SVG, and as the PNG that `python -m docs.pictures` makes of it.
DRAWN: Final = Path(__file__).parent / "images"

#: Paper, lid, card and ribbon, in the order of the palette.
_INKS = ".-:#"
_PARCEL = """
................
................
....##....##....
...#..#..#..#...
...#...##...#...
....########....
..------##----..
..------##----..
...:::::##:::...
...:::::##:::...
...:::::##:::...
...:::::##:::...
...:::::##:::...
...:::::##:::...
................
................
"""
_DOT = 20


@cache
def picture_of(tcin: str) -> bytes:
    """The PNG of this product."""
    drawn = DRAWN / f"{tcin}.png"
    return drawn.read_bytes() if drawn.is_file() else draw_parcel(tcin)


def draw_parcel(tcin: str) -> bytes:
    """A PNG of 320 by 320."""
    rows = [_widen(row) * _DOT for row in _PARCEL.split()]
    side = len(rows) * _DOT
    return b"".join(
        (
            b"\x89PNG\r\n\x1a\n",
            _chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 3, 0, 0, 0)),
            _chunk(b"PLTE", _palette(int(tcin) % 97 / 97)),
            _chunk(b"IDAT", zlib.compress(b"".join(rows))),
            _chunk(b"IEND", b""),
        )
    )


def _widen(row: str) -> bytes:
    # PNG wants a filter byte, none, before every row.
    return b"\0" + bytes(_INKS.index(ink) for ink in row for _ in range(_DOT))


def _palette(hue: float) -> bytes:
    colours = (hue, 0.93, 0.5), (hue, 0.42, 0.5), (hue, 0.58, 0.5), (hue + 0.45, 0.5, 0.75)
    return bytes(round(255 * part) for colour in colours for part in colorsys.hls_to_rgb(*colour))


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
