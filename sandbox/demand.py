"""The other customers of the practice shop: whatever comes back is sold out again."""

import asyncio
from collections.abc import Callable, Iterable
from typing import Final

from sandbox.shop.item import ORDERABLE
from sandbox.store import PracticeStore

#: How long something lasts that Stockbell does not buy.
LASTS_S: Final = 20.0
#: How long it lasts once it was bought, so that one sees that it was.
LINGERS_S: Final = 2.0
_LOOKS_EVERY_S: Final = 0.25


class Demand:
    """Sells out what is in stock: some time after it came, or soon after it was bought."""

    def __init__(self, store: PracticeStore, tcins: Iterable[str], *, close: Callable[[str], None]) -> None:
        self._store = store
        self._tcins = tuple(tcins)
        self._close = close
        #: Until when what is in stock lasts, on the clock of the event loop.
        self._ends: dict[str, float] = {}

    def on_bought(self, tcin: str) -> None:
        """Its purchase has ended, well or not."""
        if tcin in self._ends:
            self._ends[tcin] = min(self._ends[tcin], _now() + LINGERS_S)

    async def sell(self) -> None:
        """Go on for ever."""
        while True:
            for tcin in self._tcins:
                self._look(tcin)
            await asyncio.sleep(_LOOKS_EVERY_S)

    def _look(self, tcin: str) -> None:
        item = self._store.items.get(tcin)
        if item is None or item.shipping not in ORDERABLE:
            self._ends.pop(tcin, None)
        elif _now() >= self._ends.setdefault(tcin, _now() + LASTS_S):
            self._close(tcin)


def _now() -> float:
    return asyncio.get_running_loop().time()
