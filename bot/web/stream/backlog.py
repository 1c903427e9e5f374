"""The last events of the journal, each encoded once for all who read them. Pure."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

#: So many are held, and no more bytes than this.
MOST_EVENTS = 1000
MOST_BYTES = 8 * 1024 * 1024
#: A reader gets so many bytes at once, and one event at least.
PIECE = 64 * 1024


@dataclass(frozen=True, slots=True)
class Frame:
    """An event as it goes over the wire."""

    seq: int
    text: bytes


@dataclass(frozen=True, slots=True)
class Piece:
    """What a reader gets next, and the place that it has reached then."""

    text: bytes
    place: int


def first_piece(frames: Sequence[Frame], *, most_bytes: int = PIECE) -> Piece | None:
    """Of these events, one at least; None where there are none."""
    texts: list[bytes] = []
    size = 0
    for frame in frames:
        size += len(frame.text)
        if texts and size > most_bytes:
            break
        texts.append(frame.text)
    return Piece(b"".join(texts), frames[len(texts) - 1].seq) if texts else None


class HeldEvents:
    """Holds every event after `begin` and up to `end`, which are places in the journal."""

    def __init__(self, *, most: int = MOST_EVENTS, most_bytes: int = MOST_BYTES) -> None:
        self._most = most
        self._most_bytes = most_bytes
        self._seqs: list[int] = []
        self._texts: list[bytes] = []
        self._bytes = 0
        self.begin = 0
        self.end = 0

    def restart(self, place: int) -> None:
        """Hold nothing, from this place on."""
        self._seqs, self._texts, self._bytes = [], [], 0
        self.begin = self.end = place

    def take(self, frames: Sequence[Frame]) -> None:
        """Hold the next events too, and let go of the oldest where there are too many."""
        self._seqs += [frame.seq for frame in frames]
        self._texts += [frame.text for frame in frames]
        self._bytes += sum(len(frame.text) for frame in frames)
        if frames:
            self.end = frames[-1].seq
        gone = max(len(self._seqs) - self._most, 0)
        left = self._bytes - sum(map(len, self._texts[:gone]))
        while left > self._most_bytes and gone < len(self._seqs):
            left -= len(self._texts[gone])
            gone += 1
        if gone:
            self.begin, self._bytes = self._seqs[gone - 1], left
            del self._seqs[:gone], self._texts[:gone]

    def after(self, place: int, *, most_bytes: int = PIECE) -> Piece | None:
        """The next events after a place that is not before `begin`; None while there are none."""
        first = last = bisect_right(self._seqs, place)
        size = 0
        while last < len(self._seqs) and (last == first or size + len(self._texts[last]) <= most_bytes):
            size += len(self._texts[last])
            last += 1
        if first == last:
            return None
        texts = self._texts[first:last]
        return Piece(texts[0] if len(texts) == 1 else b"".join(texts), self._seqs[last - 1])
