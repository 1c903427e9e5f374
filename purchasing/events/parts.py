"""What events hold in several fields or several times: each a frozen type of its own."""

from datetime import datetime
from decimal import Decimal

import msgspec

from config.products import Tcin
from monitor.model import StockState
from purchasing.model import Step


class ReadStock(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a product's stock."""

    #: The shop's title, else the owner's own name for it.
    title: str | None
    #: The last certain state.
    state: StockState
    #: The shop's own word for it.
    detail: str | None
    price: Decimal | None
    #: When that state was read.
    seen_at: datetime | None


class ProductWindow(msgspec.Struct, frozen=True, kw_only=True):
    """A restock window of a product, by its number."""

    tcin: Tcin
    window: int


class MovedWindows(msgspec.Struct, frozen=True, kw_only=True):
    """The restock windows that changed."""

    #: Came into stock.
    opened: tuple[ProductWindow, ...] = ()
    #: Gone.
    closed: tuple[ProductWindow, ...] = ()


class MovedApprovals(msgspec.Struct, frozen=True, kw_only=True):
    """The questions whether to buy that changed, by their restock windows."""

    #: It was asked whether to buy.
    made: tuple[ProductWindow, ...] = ()
    #: Nobody answered in time, or a yes found no use in time.
    expired: tuple[ProductWindow, ...] = ()


class Started(msgspec.Struct, frozen=True, kw_only=True):
    """An attempt that was opened."""

    tcin: Tcin
    attempt: int
    #: Its deadline.
    completes_by: datetime


class Skipped(msgspec.Struct, frozen=True, kw_only=True):
    """A product in stock that was not attempted."""

    tcin: Tcin
    #: The reason, in plain words with numbers.
    why: str


class Purchases(msgspec.Struct, frozen=True, kw_only=True):
    """What was decided about buying."""

    #: Put back to `ready`.
    resets: tuple[Tcin, ...] = ()
    #: At most one.
    started: tuple[Started, ...] = ()
    #: Wait for the slot from now on.
    queued: tuple[Tcin, ...] = ()
    #: From the queue back to `ready`.
    unqueued: tuple[Tcin, ...] = ()
    #: In stock and not attempted, each with the reason.
    skipped: tuple[Skipped, ...] = ()


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """Counts of products after the cycle."""

    #: On the watch list.
    watched: int
    #: In stock, by their last certain reading.
    in_stock: int
    #: Left without a certain reading by this cycle.
    unknown: int
    #: Attempts that were opened.
    started: int
    #: Put back to `ready`.
    resets: int


class CutAttempt(msgspec.Struct, frozen=True, kw_only=True):
    """The attempt that was under way when a stop came."""

    attempt: int
    tcin: Tcin
    title: str
    #: How far it had come.
    step: Step


class Variation(msgspec.Struct, frozen=True, kw_only=True):
    """A product that can be watched in place of one that comes in variations."""

    tcin: Tcin
    title: str | None


class UnreadProduct(msgspec.Struct, frozen=True, kw_only=True):
    """A product of which checks tell nothing certain."""

    tcin: Tcin
    title: str
    #: The reason, in plain words.
    why: str


class NamedProduct(msgspec.Struct, frozen=True, kw_only=True):
    """A product that is watched."""

    tcin: Tcin
    title: str


class MissedRestock(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A product that came and went while nobody could be told, or is still there."""

    tcin: Tcin
    title: str
    #: For how many seconds it was there, where it is gone.
    lasted_s: int | None = None


class WaitedCommand(msgspec.Struct, frozen=True, kw_only=True):
    """A command that waited."""

    #: Its name.
    what: str | None
    by: str
    #: For how many seconds it had waited.
    age_s: int
    #: Why it was refused, else null.
    why: str | None


class RestockedProduct(msgspec.Struct, frozen=True, kw_only=True):
    """A product that was in stock within a day."""

    tcin: Tcin
    title: str
    #: How many restocks.
    times: int
    #: For how many seconds of the day in all.
    open_s: int
    #: Whether it was still there at the end.
    is_open: bool


class BoughtProduct(msgspec.Struct, frozen=True, kw_only=True):
    """A product that was really bought."""

    tcin: Tcin
    title: str
    #: How many.
    quantity: int
    #: What they cost with tax and shipping.
    total: Decimal | None


class AskedCommand(msgspec.Struct, frozen=True, kw_only=True):
    """A command that was asked for, and how often."""

    #: Its name.
    what: str
    #: How often.
    times: int
