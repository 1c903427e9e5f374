"""Second looks on the pages: which products' pages are worth keeping, and what a page tells beside the checks."""

import logging
from datetime import timedelta

from config.clock import Now
from config.products import BuyMode, Channel, Mode, Tcin
from monitor.model import CircuitState, StockState
from purchasing.checkout.model import PageStock
from purchasing.events import Disagreement
from purchasing.model import Line
from purchasing.storage.unit_of_work import Storage, UnitOfWork

log = logging.getLogger(__name__)

#: A page is held against checks that are no older: what changed since is no difference.
FRESH = timedelta(seconds=60)

_SAID = {StockState.IN_STOCK: "in stock", StockState.OUT_OF_STOCK: "not in stock"}


class PageLooks:
    """A page never buys by itself: a difference goes into the journal, for people to know."""

    def __init__(self, *, storage: Storage, now: Now) -> None:
        self._storage = storage
        self._now = now
        #: What was told already of each product, so that it is told once.
        self._told: dict[Tcin, str] = {}

    async def wanted(self, most: int) -> tuple[Tcin, ...]:
        """The highest products that may be bought; none in practice, while nothing may be asked, or in an attempt."""

        def work(unit: UnitOfWork) -> tuple[Tcin, ...]:
            overview = unit.views.overview(at=self._now())
            controls = overview.controls
            if controls.mode is Mode.SIMULATE or controls.paused or overview.slot is not None:
                return ()
            if controls.circuit.state is CircuitState.OPEN:
                return ()
            return tuple(line.tcin for line in overview.lines if _may_be_bought(line))[:most]

        return await self._storage.read(work)

    async def take(self, page: PageStock) -> None:
        """Hold a page against the last check of its product."""

        def work(unit: UnitOfWork) -> str | None:
            overview, at = unit.views.overview(at=self._now()), self._now()
            line = next((line for line in overview.lines if line.tcin == page.tcin), None)
            seen_at = None if line is None else overview.seen.of(line)
            if line is None or seen_at is None or at - seen_at > FRESH:
                return None
            why = why_they_differ(line, page)
            if why is not None and self._told.get(page.tcin) != why:
                unit.journal.append(Disagreement(tcin=page.tcin, why=why), at=at)
            return why

        why = await self._storage.write(work)
        if why is None:
            self._told.pop(page.tcin, None)
        else:
            self._told[page.tcin] = why
            log.warning("page.differs", extra={"tcin": page.tcin, "why": why})


def why_they_differ(line: Line, page: PageStock) -> str | None:
    """What the page says of the wanted channel that the checks do not, else None; an uncertain word is no word."""
    if line.product.channel not in {Channel.ANY, page.channel}:
        return None
    checked = line.stock.state
    if StockState.UNKNOWN in {checked, page.state} or checked is page.state:
        return None
    if line.product.channel is Channel.ANY and page.state is StockState.OUT_OF_STOCK:
        return None  # the other channel may have it
    return f"its page says {_SAID[page.state]}, the checks say {_SAID[checked]}"


def _may_be_bought(line: Line) -> bool:
    return line.product.enabled and not line.paused and not line.is_drill and line.product.buy is not BuyMode.ALERT
