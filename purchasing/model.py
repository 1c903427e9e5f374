"""What buying is made of: states, steps, attempts, and what is decided about them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from config.products import DRILL, Channel, Mode, Product, Tcin
from monitor.availability import judge
from monitor.model import Stock, StockState, Window, name_and_title, title_or_name
from purchasing.controls import Controls, Remark


class PurchaseState(StrEnum):
    """Where a product stands with buying."""

    READY = "ready"
    #: Buyable while the slot was taken; goes before what was reset since.
    QUEUED = "queued"
    ATTEMPTING = "attempting"
    PURCHASED = "purchased"
    FAILED = "failed"
    #: Something may have been ordered; holds the slot until the order list or the owner settles it.
    UNCONFIRMED = "unconfirmed"


class Step(StrEnum):
    """How far an attempt has come. Each is on disk before the next act."""

    OPENED = "opened"
    CARTED = "carted"
    REVIEWED = "reviewed"
    #: On disk before the button is pressed: from here on something may have been ordered.
    SUBMITTING = "submitting"
    CONFIRMED = "confirmed"
    #: The shop said no, or its order list says that there is no such order.
    REFUSED = "refused"
    #: The button may have been pressed and no confirmation was seen: only the order list or the owner may settle it.
    UNCONFIRMED = "unconfirmed"
    #: Given up before the button.
    ABANDONED = "abandoned"
    #: Went as far as a rehearsal goes.
    REHEARSED = "rehearsed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try to buy."""

    id: int
    tcin: Tcin
    mode: Mode
    step: Step
    quantity: int
    #: What was known when it was opened; None where the shop had not told it.
    price: Decimal | None
    max_price: Decimal | None
    opened_at: datetime
    #: When `step` was reached.
    moved_at: datetime
    deadline: datetime
    window: int | None = None
    why: str | None = None
    order_number: str | None = None
    total: Decimal | None = None
    #: How it is to come to the owner.
    channel: Channel = Channel.SHIPPING
    #: The orders that the shop's list held before the button; None where it was not read.
    orders_before: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """What the shop is about to sell, read from its last page before the button."""

    items: Mapping[Tcin, int]
    #: With tax and shipping.
    total: Decimal | None
    #: Without them; None where the page did not tell it.
    subtotal: Decimal | None = None
    #: Shipping or pickup; None where it was not told.
    channel: Channel | None = None
    #: `TARGET` for the shop itself; None where it was not told.
    seller: str | None = None
    #: The numbers of the orders that the shop's list holds now; None where there is no such list.
    orders_before: tuple[str, ...] | None = None
    #: The file with a picture of the page, in the folder of pictures.
    picture: str | None = None


#: The seller that the shop itself is.
TARGET = "Target"


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """The shop's confirmation of an order."""

    order_number: str
    total: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The owner's limits, from the settings."""

    deadline: timedelta
    cooldown: timedelta
    max_per_window: int
    max_per_day: int
    max_spend_per_day: Decimal | None
    #: What tax and shipping may add to the cap, as a part of it.
    allowance: Decimal
    #: How long an approval may be given.
    ask_expires: timedelta = timedelta(seconds=300)
    #: A purchase starts from no reading older than this.
    freshness: timedelta = timedelta(seconds=30)
    #: A no of the order list counts only so long after the press.
    listed_within: timedelta = timedelta(seconds=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What was used of the limits in `live`, where an unconfirmed attempt counts as bought and spent."""

    bought_today: int = 0
    spent_today: Decimal = Decimal(0)
    last_confirmed_at: datetime | None = None
    #: The owner's local day that "today" means.
    day: date = date.min


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """One step of an attempt, with what became known by it."""

    to: Step
    why: str | None = None
    #: What the review page would charge.
    total: Decimal | None = None
    receipt: Receipt | None = None
    #: The cart certainly holds nothing of the attempt; else it is taken out before all else.
    clean: bool = False
    #: The orders that the shop's list held before the button.
    orders_before: tuple[str, ...] | None = None
    #: The file with a picture of the page, in the folder of pictures.
    picture: str | None = None
    #: What only the owner can do, such as `cvv`.
    need: str | None = None


#: A pause without an end, as a time.
FOR_EVER = datetime(9999, 12, 31, tzinfo=UTC)

#: Stands for who answered where a no was taken back.
TAKEN_BACK = "nobody, as the no was taken back"


class ApprovalAnswer(StrEnum):
    """How an approval ended."""

    BUY = "buy"
    SKIP = "skip"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """The question whether to buy in a restock window, with the price that stands on its button."""

    id: int
    tcin: Tcin
    window: int
    price: Decimal | None
    expires_at: datetime
    answer: ApprovalAnswer | None = None
    #: The name of who answered.
    answered_by: str | None = None
    answered_at: datetime | None = None
    #: An attempt was opened on it; it holds for one alone.
    used: bool = False

    @property
    def approves(self) -> bool:
        return self.answer is ApprovalAnswer.BUY and not self.used

    def is_over(self, at: datetime, *, holds: timedelta) -> bool:
        """Whether its time ran out: to be answered, or for its yes, which `holds` so long, to be used."""
        if self.answered_at is not None:
            return self.approves and at > self.answered_at + holds
        return self.answer is None and at > self.expires_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One watched product and all that is stored of it. Lines stand in the order of the watch list."""

    product: Product
    stock: Stock = field(default_factory=Stock)
    window: Window | None = None
    state: PurchaseState = PurchaseState.READY
    #: When `state` was reached.
    since: datetime | None = None
    reset_at: datetime | None = None
    paused: bool = False
    #: Attempts in the open window, in modes that order or rehearse.
    attempts_in_window: int = 0
    #: Bought in all, over removals too, in `live`.
    bought: int = 0
    #: How many the shop sells to one household, where it told.
    purchase_limit: int | None = None
    #: The last approval of the open window.
    approval: Approval | None = None
    #: What its last check told beside its stock.
    remark: Remark | None = None

    @property
    def tcin(self) -> Tcin:
        return self.product.tcin

    @property
    def title(self) -> str:
        return title_or_name(self.stock.title, self.product.name)

    @property
    def name_and_title(self) -> str:
        return name_and_title(self.stock.title, self.product.name)

    @property
    def why_no_alert(self) -> str | None:
        """Why nothing certain is read of it, or why it may not be alerted though it is in stock; else None."""
        if self.remark is not None and self.remark.unread:
            return self.remark.words
        if self.stock.state is StockState.IN_STOCK:
            return judge(self.product, self.stock).why or None
        return None if self.remark is None else self.remark.why

    @property
    def is_drill(self) -> bool:
        return self.tcin == DRILL


@dataclass(frozen=True, slots=True)
class Sightings:
    """When each product was last certainly read. It stands beside the lines, as it is all that most cycles change."""

    times: Mapping[Tcin, datetime] = field(default_factory=dict)

    def of(self, line: Line) -> datetime | None:
        """None where nothing certain is known; what was read of another channel is not."""
        return None if line.stock.state is StockState.UNKNOWN else self.times.get(line.tcin)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """All that a decision is made from, besides the snapshot and the time."""

    mode: Mode
    lines: tuple[Line, ...]
    limits: Limits
    seen: Sightings = field(default_factory=Sightings)
    slot: Attempt | None = None
    #: Why nothing may be bought at all, else None.
    gate_shut: str | None = None
    #: The owner paused all watching, so that no attempt starts.
    paused: bool = False
    usage: Usage = field(default_factory=Usage)
    #: When the drill that is under way ends at the latest; None while there is none.
    drill_until: datetime | None = None

    def mode_of(self, line: "Line") -> Mode:
        """The mode of an attempt on this product: a drill is practice, whatever holds."""
        return Mode.SIMULATE if line.is_drill else self.mode


@dataclass(frozen=True, slots=True, kw_only=True)
class StockChange:
    tcin: Tcin
    before: StockState
    after: StockState


@dataclass(frozen=True, slots=True, kw_only=True)
class Skip:
    """A product in stock that was not attempted, and why, in plain words with numbers."""

    tcin: Tcin
    why: str
    #: The limit that bit, if one did, as a key by which it is told once.
    limit: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """The attempt to open."""

    tcin: Tcin
    mode: Mode
    quantity: int
    price: Decimal | None
    max_price: Decimal | None
    channel: Channel


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What is to be written. Everything in it is a difference from what stands."""

    stocks: Mapping[Tcin, Stock] = field(default_factory=dict)
    changes: tuple[StockChange, ...] = ()
    #: What is to be remarked of a product from now on; None where nothing is any more.
    remarks: Mapping[Tcin, Remark | None] = field(default_factory=dict)
    #: When each product that the snapshot certainly told of was read.
    seen_at: Mapping[Tcin, datetime] = field(default_factory=dict)
    #: The window's new value for each product whose window changed; None closes it.
    windows: Mapping[Tcin, Window | None] = field(default_factory=dict)
    resets: tuple[Tcin, ...] = ()
    queued: tuple[Tcin, ...] = ()
    #: From the queue back to `ready`.
    unqueued: tuple[Tcin, ...] = ()
    start: Start | None = None
    skipped: tuple[Skip, ...] = ()
    #: Products of which the owner is to be asked now.
    approvals: tuple[Tcin, ...] = ()
    #: Approvals whose time ran out.
    expired: tuple[Approval, ...] = ()
    #: How many are in stock now, and how many were asked for and left without a certain reading: to be told alone.
    in_stock: int = field(default=0, compare=False)
    unknown: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class CycleMark:
    """Where the counting of cycles stands."""

    cycle_id: int = 0
    began: datetime | None = None
    next_check_at: datetime | None = None
    last_good_at: datetime | None = None
    #: When each product was last certainly read, and last asked for.
    seen_at: Mapping[Tcin, datetime] = field(default_factory=dict)
    asked_at: Mapping[Tcin, datetime] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """Everything that a person may ask to see, as it stands."""

    controls: Controls
    mark: CycleMark
    lines: tuple[Line, ...]
    slot: Attempt | None
    seen: Sightings = field(default_factory=Sightings)
    #: How far the clock is behind the journal, in words, where that keeps anything from being bought.
    clock_wrong: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierPractice:
    """Practice attempts of a restock window that are counted alone: there may be many thousands of them."""

    confirmed: int = 0
    refused: int = 0
    #: Given up before the button.
    abandoned: int = 0

    @property
    def count(self) -> int:
        return self.confirmed + self.refused + self.abandoned


@dataclass(frozen=True, slots=True, kw_only=True)
class Restock:
    """A restock window as a story: its product, when it was open, and what was tried in it."""

    id: int
    product: Product
    stock: Stock
    opened_at: datetime
    closed_at: datetime | None
    watched: bool
    #: All real ones, and the last that were practice.
    attempts: tuple[Attempt, ...]
    #: The practice before these.
    earlier: EarlierPractice = EarlierPractice()
    approval: Approval | None = None
    #: Until when the product rests, or rested in this restock; None where it did not.
    paused_until: datetime | None = None

    @property
    def is_skipped(self) -> bool:
        """A person wants no more of this restock."""
        return self.approval is not None and self.approval.answer is ApprovalAnswer.SKIP

    @property
    def tcin(self) -> Tcin:
        return self.product.tcin

    @property
    def title(self) -> str:
        return title_or_name(self.stock.title, self.product.name)

    @property
    def name_and_title(self) -> str:
        return name_and_title(self.stock.title, self.product.name)
