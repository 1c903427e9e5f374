"""Units of work over the ledger, and the nudge that follows what they wrote."""

from collections.abc import Callable
from typing import TypeVar

from config.database import Database
from purchasing.ledger import Ledger

T = TypeVar("T")


class Truth:
    """The way to the ledger. A unit of work is whole or was not, and its caller waits for it to end.

    `on_journal` is a nudge that there may be something new to read; losing one costs time, never truth.
    """

    def __init__(self, database: Database, *, on_journal: Callable[[], None]) -> None:
        self._database = database
        self._on_journal = on_journal

    async def read(self, work: Callable[[Ledger], T]) -> T:
        return await self._database.transact(lambda connection: work(Ledger(connection)))

    async def write(self, work: Callable[[Ledger], T]) -> T:
        """As `read`; what was written is on disk when this returns."""
        result = await self.read(work)
        self._on_journal()
        return result
