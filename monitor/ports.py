"""What the monitor needs from outside."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from config.products import Tcin
from monitor.model import Agenda, Reading, ShopAnswer, Snapshot

#: Reads what is to be watched from where it is remembered.
ReadAgenda = Callable[[], Awaitable[Agenda]]
#: Hands the snapshot of every cycle on, of failed ones too; returns once it is on disk.
OnSnapshot = Callable[[Snapshot], Awaitable[None]]
#: The product that is to be looked at next, or None: one that is new, or one of which a person waits for the price.
NextToLookAt = Callable[[], Awaitable[Tcin | None]]
#: Hands on what a look at a new product told.
OnDetails = Callable[[Reading], Awaitable[None]]
#: When restocks of each watched product began since a time; of many within an hour the first.
ReadRestocks = Callable[[datetime], Awaitable[Mapping[Tcin, Sequence[datetime]]]]


class WatchSource(Protocol):
    """What is to be watched, from where it is remembered."""

    async def agenda(self) -> Agenda: ...
    async def restocks(self, since: datetime) -> Mapping[Tcin, Sequence[datetime]]: ...
    async def next_stranger(self) -> Tcin | None: ...
    async def next_unpriced(self) -> Tcin | None: ...
    async def learn(self, details: Reading) -> None: ...


class Shop(Protocol):
    """Target's public stock calls."""

    async def ask(self, tcins: Sequence[Tcin]) -> ShopAnswer:
        """Ask for all of these in as few bulk calls as may be, at the same time.

        The answer holds exactly one reading for every TCIN asked for. A call that fails makes its products' readings
        unknown and is named in `troubles`; it hides nobody else's. For those that are named as `unasked` the owner's
        budget of requests had no room. Never raises for what the shop or the network does.
        """

    async def probe(self, tcin: Tcin) -> ShopAnswer:
        """One single call for one product, to learn whether the shop answers again. As `ask` otherwise."""

    async def look(self, tcin: Tcin, *, urgent: bool = True) -> ShopAnswer:
        """A fresh look at one product by the single-product calls, with price and seller. As `ask` otherwise.

        What is not urgent is refused where the owner's budget of requests has no room for it.
        """
