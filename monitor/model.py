"""What watching yields: readings, snapshots, restock windows."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum

import msgspec

from config.products import Product, Tcin


class StockState(StrEnum):
    IN_STOCK = "in_stock"
    OUT_OF_STOCK = "out_of_stock"
    #: Everything that is not certainly one of the other two: blocked, partial, HTML, new words, missing.
    UNKNOWN = "unknown"


#: The shop's word for what can be ordered before it comes out.
PREORDER = "PRE_ORDER_SELLABLE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """What one channel said: our state, and the shop's own word for it (None where it said nothing)."""

    state: StockState = StockState.UNKNOWN
    word: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """One variation of a product that has no stock of its own."""

    tcin: Tcin
    title: str | None = None


class Reading(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What one answer said of one product. `None` is "not told", never "no".

    A struct in place of a dataclass: every cycle makes one for each product, and it takes a tenth of the time.
    """

    tcin: Tcin
    at: datetime
    shipping: Signal = Signal()
    pickup: Signal = Signal()
    title: str | None = None
    price: Decimal | None = None
    #: True: sold by a third party; False: by Target itself; None: not told.
    marketplace: bool | None = None
    image_url: str | None = None
    #: How many the shop sells to one household.
    purchase_limit: int | None = None
    #: The day on which it comes out, or came.
    street_date: date | None = None
    #: Where it is a parent of variations: those that can be watched in its place.
    children: tuple[Child, ...] = ()
    #: Why there is nothing certain in it, in plain words: what the call met, or what the answer lacks.
    trouble: str | None = None
    #: The shop answered that there is no such product, or left it out of an answer that was whole.
    unlisted: bool = False

    @property
    def is_certain(self) -> bool:
        """At least one channel is in stock or out of it beyond doubt."""
        return self.shipping.state is not StockState.UNKNOWN or self.pickup.state is not StockState.UNKNOWN

    @property
    def tells_details(self) -> bool:
        """There is anything in it of what the product is, whatever its stock."""
        details = (self.title, self.marketplace, self.image_url, self.purchase_limit, self.street_date)
        return bool(self.children) or any(one is not None for one in details)


class Trouble(StrEnum):
    """How a cycle's call went wrong, by what one should do."""

    #: The network, a time-out, 502 or 503: try again.
    PASSING = "passing"
    #: 429: ask less.
    THROTTLED = "throttled"
    #: The bot wall: stop asking, tell the owner.
    WALLED = "walled"
    #: 401 with every key: nothing to ask with.
    KEY_REFUSED = "key_refused"
    #: An answer that is not what it should be.
    UNREADABLE = "unreadable"
    #: 410: the call no longer exists.
    RETIRED = "retired"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopAnswer:
    """What asking for some products brought: one reading for each TCIN asked for, and the troubles met."""

    readings: Mapping[Tcin, Reading]
    troubles: tuple["ChunkTrouble", ...] = ()
    #: For which the owner's budget of requests had no room, so that the shop was not asked for them.
    unasked: frozenset[Tcin] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class ChunkTrouble:
    """One call that failed: what kind it was, in words, and how long the shop asked us to wait."""

    trouble: Trouble
    message: str
    tcins: tuple[Tcin, ...]
    retry_after: timedelta | None = None


class CircuitState(StrEnum):
    CLOSED = "closed"
    OPEN = "open"


@dataclass(frozen=True, slots=True, kw_only=True)
class Circuit:
    """Where the circuit stands; stored, so that a pause outlives a restart."""

    state: CircuitState = CircuitState.CLOSED
    failures_in_a_row: int = 0
    #: Nothing is asked before this time. While open, one probe follows; while closed, the shop asked us to wait.
    open_until: datetime | None = None
    #: Set while open: since when nothing is known.
    blind_since: datetime | None = None
    #: The pause that the next opening takes.
    pause: timedelta | None = None
    why: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """The readings of one cycle and how the asking went. `asked` may be empty: the cycle still counts."""

    began: datetime
    took: timedelta
    asked: tuple[Tcin, ...]
    readings: Mapping[Tcin, Reading]
    #: Why the cycle yielded no certain reading, else None.
    failed: str | None
    next_check_at: datetime
    #: Where the circuit stands after this cycle.
    circuit: Circuit = field(default_factory=Circuit)
    #: The products whose calls failed: why nothing came tells of the call then, and not of them.
    unanswered: frozenset[Tcin] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Stock:
    """What is last certainly known of a product on its wanted channel; `unknown` where there never was a reading."""

    state: StockState = StockState.UNKNOWN
    #: The shop's own word.
    detail: str | None = None
    price: Decimal | None = None
    marketplace: bool | None = None
    title: str | None = None
    image_url: str | None = None
    street_date: date | None = None


#: The owner's own name stands before the title in so many characters at most.
LONGEST_NAME = 200


def title_or_name(title: str | None, name: str | None) -> str:
    """The shop's title, by the owner's own name until the shop has told one that can be seen; else empty."""
    return title if title and _can_be_seen(title) else name or ""


def name_and_title(title: str | None, name: str | None) -> str:
    """What a product is called where people read of it: by the owner's own name, with the shop's title beside it."""
    shown, own = title_or_name(title, name), (name or "").strip()[:LONGEST_NAME]
    return f"{own} ({shown})" if _can_be_seen(own) and own != shown.strip()[:LONGEST_NAME] else shown


def _can_be_seen(text: str) -> bool:
    return any(sign.isprintable() and not sign.isspace() for sign in text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A restock window: from the first buyable reading until two certain not-buyable readings in a row."""

    opened_at: datetime
    #: Certain not-buyable readings in a row so far: 0 or 1 while the window is open.
    misses: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Agenda:
    """What is to be asked for and under which conditions, read from the database before every cycle."""

    #: Enabled and not paused, in order of priority.
    products: tuple[Product, ...] = ()
    #: Those of them that the shop has not known for long: nothing is expected of them.
    resting: frozenset[Tcin] = frozenset()
    #: The owner paused all watching.
    paused: bool = False
    circuit: Circuit = field(default_factory=Circuit)
    #: When each product was last asked for.
    asked_at: Mapping[Tcin, datetime] = field(default_factory=dict)
    #: When the last cycle began, before a restart too.
    last_cycle_at: datetime | None = None
