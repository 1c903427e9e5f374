"""The watch list last taken up, and what the monitor asks of it."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from config.clock import Now
from config.products import DRILL, Product, Tcin
from monitor.model import Agenda, Reading
from purchasing.commands import Command, CommandOutcome
from purchasing.events import Fact
from purchasing.model import Attempt
from purchasing.rules.limits import why_no_longer_wanted
from purchasing.storage.unit_of_work import Storage, UnitOfWork

#: Gives up an attempt before its button, with the reason.
CallOff = Callable[[str, Attempt], None]


class Watchlist:
    """Everything reads the stored list; the file is another's."""

    def __init__(self, *, storage: Storage, call_off: CallOff, now: Now) -> None:
        self._storage = storage
        self._call_off = call_off
        self._now = now

    async def stored(self) -> tuple[Product, ...]:
        return await self._storage.read(lambda unit: unit.products.watchlist())

    async def take_up(
        self, products: Sequence[Product], *, by: str, finish: tuple[Command, CommandOutcome] | None = None
    ) -> None:
        """Make this the watch list and, in the same transaction, finish the command that brought it.

        The attempt of a product that is no longer wanted is called off.
        """

        def work(unit: UnitOfWork) -> Attempt | None:
            at = self._now()
            unit.products.take_up(products, by=by, at=at)
            if finish is not None:
                command, outcome = finish
                unit.commands.finish(command, outcome.result, offers=outcome.offers, at=at)
            return unit.attempts.slot()

        slot = await self._storage.write(work)
        if slot is None or slot.tcin == DRILL:
            return
        wanted = next((product for product in products if product.tcin == slot.tcin), None)
        if why := "no longer watched" if wanted is None else why_no_longer_wanted(wanted, slot):
            self._call_off(why, slot)

    async def note(self, fact: Fact) -> None:
        """Put something that happened to the list's file into the journal."""
        await self._storage.write(lambda unit: unit.journal.append(fact, at=self._now()))

    # ---- for the monitor

    async def agenda(self) -> Agenda:
        """What is to be asked for, and under which conditions."""
        return await self._storage.read(lambda unit: unit.views.agenda(at=self._now()))

    async def restocks(self, since: datetime) -> Mapping[Tcin, Sequence[datetime]]:
        """When restocks of each watched product began; of many within an hour the first."""
        return await self._storage.read(lambda unit: unit.views.restocks(since=since))

    async def next_stranger(self) -> Tcin | None:
        return await self._storage.read(lambda unit: unit.details.next_stranger(at=self._now()))

    async def next_unpriced(self) -> Tcin | None:
        return await self._storage.read(lambda unit: unit.details.next_unpriced(at=self._now()))

    async def learn(self, details: Reading) -> None:
        """Keep what a look at one product told."""
        await self._storage.write(lambda unit: unit.details.learn(details, at=self._now()))
