"""What lies in the cart, or is saved for later."""

import itertools
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_IDS = itertools.count(1)


@dataclass(slots=True, kw_only=True)
class Line:
    """One product in the cart."""

    id: str
    tcin: str
    quantity: int
    #: "shipping" or "pickup".
    channel: str
    #: How many of them the owner put in by hand.
    own: int = 0


class Cart:
    """Lines in the order in which they came; one product through one channel is one line."""

    def __init__(self) -> None:
        self.lines: list[Line] = []

    def __iter__(self) -> Iterator[Line]:
        return iter(self.lines)

    @property
    def holds(self) -> dict[str, int]:
        """How many there are of each product."""
        return _count((line.tcin, line.quantity) for line in self.lines)

    @property
    def own(self) -> dict[str, int]:
        """How many of them the owner put in by hand."""
        return _count((line.tcin, line.own) for line in self.lines)

    @property
    def added(self) -> dict[str, int]:
        """How many of them were put in on a page, by whoever drives it."""
        return _count((line.tcin, line.quantity - line.own) for line in self.lines)

    def put(self, tcin: str, quantity: int = 1, *, channel: str = "shipping", own: int = 0) -> Line:
        """Put so many in, `own` of them by the owner's hand."""
        for line in self.lines:
            if (line.tcin, line.channel) == (tcin, channel):
                line.quantity += quantity
                line.own += own
                return line
        line = Line(id=f"ci-{next(_IDS):08}", tcin=tcin, quantity=quantity, channel=channel, own=own)
        self.lines.append(line)
        return line

    def find(self, line_id: str) -> Line | None:
        return next((line for line in self.lines if line.id == line_id), None)

    def move(self, line: Line, other: "Cart") -> None:
        """Put a line of this one into the other one."""
        self.lines.remove(line)
        other.put(line.tcin, line.quantity, channel=line.channel, own=line.own)


def _count(parts: Iterable[tuple[str, int]]) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for tcin, quantity in parts:
        counts[tcin] += quantity
    return dict(+counts)
