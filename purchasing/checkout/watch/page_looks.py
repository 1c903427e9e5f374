"""Second looks on the pages: which products' pages are worth keeping, and what a page tells beside the checks."""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from config.clock import Now
from config.products import BuyMode, Channel, Mode, Tcin
from monitor.model import CircuitState, StockState
from purchasing.checkout.model import PageStock
from purchasing.controls import CartState
from purchasing.events import CartTaken, Disagreement
from purchasing.model import Line
from purchasing.rules.limits import missing
from purchasing.storage.controls import CART
from purchasing.storage.unit_of_work import Storage, UnitOfWork

log = logging.getLogger(__name__)

#: A page is held against checks that are no older: what changed since is no difference.
FRESH = timedelta(seconds=60)
#: For so long after an attempt was opened, what a page counts in the cart may still be of that.
LAG = timedelta(minutes=10)

_SAID = {StockState.IN_STOCK: "in stock", StockState.OUT_OF_STOCK: "not in stock"}


class PageLooks:
    """A page never buys by itself: a difference goes into the journal, for people to know."""

    def __init__(self, *, storage: Storage, now: Now) -> None:
        self._storage = storage
        self._now = now
        #: What was told already of each product, so that it is told once.
        self._told: dict[Tcin, str] = {}

    async def wanted(self, most: int) -> tuple[Tcin, ...] | None:
        """The highest products that may be bought: none in practice and while nothing may be asked.

        None during an attempt: what is there is left as it is, as the next one may begin on it.
        """

        def work(unit: UnitOfWork) -> tuple[Tcin, ...] | None:
            overview = unit.views.overview(at=self._now())
            controls = overview.controls
            if controls.mode is Mode.SIMULATE or controls.paused or controls.circuit.state is CircuitState.OPEN:
                return ()
            if overview.slot is not None:
                return None
            return tuple(line.tcin for line in overview.lines if _may_be_bought(line, controls.mode))[:most]

        return await self._storage.read(work)

    async def take(self, page: PageStock) -> None:
        """Hold a page against the last check of its product; a difference is told once, until both agree again.

        What the owner has in the cart is told once as well, as nothing is bought beside it.
        """

        def work(unit: UnitOfWork) -> _Compared:
            overview, at = unit.views.overview(at=self._now()), self._now()
            if overview.slot is None and page.signed_in and page.in_cart is not None:
                _note_cart(unit, page.in_cart, at=at)
            line = next((line for line in overview.lines if line.tcin == page.tcin), None)
            seen_at = None if line is None else overview.seen.of(line)
            if line is None or seen_at is None or at - seen_at > FRESH:
                return _Compared(can_tell=False)
            compared = compare(line, page)
            if compared.why is not None and self._told.get(page.tcin) != compared.why:
                unit.journal.append(Disagreement(tcin=page.tcin, why=compared.why), at=at)
            return compared

        compared = await self._storage.write(work)
        if compared.why is not None:
            self._told[page.tcin] = compared.why
            log.warning("page.differs", extra={"tcin": page.tcin, "why": compared.why})
        elif compared.can_tell:
            self._told.pop(page.tcin, None)


def _note_cart(unit: UnitOfWork, count: int, *, at: datetime) -> None:
    if _may_be_ours(unit, at=at):
        return
    known = unit.controls.get(CART)
    unit.controls.put(CART, CartState(count=count, seen_at=at), by="pages", at=at)
    if count and (known is None or not known.count):
        unit.journal.append(CartTaken(count=count), at=at)


def _may_be_ours(unit: UnitOfWork, *, at: datetime) -> bool:
    """What is counted in the cart; a page's head may lag behind what was taken out, or bought."""
    is_recent = any(at - attempt.opened_at < LAG for attempt in unit.attempts.last(1))
    return is_recent or bool(unit.attempts.left_in_cart())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Compared:
    """A page held against a check."""

    #: Both tell something certain of the same.
    can_tell: bool
    #: What they differ in.
    why: str | None = None


def compare(line: Line, page: PageStock) -> _Compared:
    """Whether the page says of the wanted channel what the checks do; an uncertain word is no word."""
    wanted, checked = line.product.channel, line.stock.state
    is_of_channel = page.channel is None or wanted in {Channel.ANY, page.channel}
    # Where any channel will do, another one than that of the page may have it.
    is_of_another = wanted is Channel.ANY and page.channel is not None and page.state is StockState.OUT_OF_STOCK
    if not is_of_channel or StockState.UNKNOWN in {checked, page.state}:
        return _Compared(can_tell=False)
    if checked is page.state:
        return _Compared(can_tell=True)
    if is_of_another:
        return _Compared(can_tell=False)
    return _Compared(can_tell=True, why=f"its page says {_SAID[page.state]}, the checks say {_SAID[checked]}")


def _may_be_bought(line: Line, mode: Mode) -> bool:
    is_wanted = line.product.enabled and not line.paused and line.product.buy is not BuyMode.ALERT
    return is_wanted and not line.is_drill and missing(line, mode) > 0
