"""What a person asked for, what became of it, and what may be done next by a tap.

Nothing here knows where a command comes from: whoever took it in writes `origin`, and alone reads it.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

import msgspec

from config.products import Mode, Product, Tcin
from purchasing.controls import GateMark
from purchasing.events import Control, CutAttempt, RestockedProduct
from purchasing.model import ApprovalAnswer, Step


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who asks: by the id under which roles are given, and by name for all that is told."""

    id: str
    name: str


class CommandState(StrEnum):
    PENDING = "pending"
    DONE = "done"


# ---- how a command ends


class _Result(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind"):
    @property
    def refusal(self) -> str | None:
        """Why nothing was done; None where the command was accepted."""
        return None


class Done(_Result, frozen=True, kw_only=True, tag="done"):
    """There is nothing to keep of it: its reply tells what stands when it is written."""


class NotDone(_Result, frozen=True, kw_only=True, tag="not_done"):
    why: str
    #: The products that it was about.
    about: tuple[Tcin, ...] = ()
    #: It was a press of a button that does nothing any more, for nobody.
    spent: bool = False
    #: Until then it is so.
    until: datetime | None = None

    @property
    def refusal(self) -> str | None:
        return self.why


class AskedBack(_Result, frozen=True, kw_only=True, tag="asked_back"):
    """It is done only when the button of its reply is pressed."""

    question: str

    @property
    def refusal(self) -> str | None:
        return self.question


class ToPick(_Result, frozen=True, kw_only=True, tag="to_pick"):
    """It is done for the product whose button is pressed: none was named, or several fit."""

    #: The words that fit several; empty where none was named.
    words: str = ""
    #: What was said besides.
    rest: str = ""

    @property
    def refusal(self) -> str | None:
        return "it was asked which product is meant"


class ToChoose(_Result, frozen=True, kw_only=True, tag="to_choose"):
    """A product was named, and it is done with what the pressed button says of it."""

    tcin: Tcin
    #: What was said already, and lacks something.
    rest: str = ""

    @property
    def refusal(self) -> str | None:
        return "it was asked what is wanted"


class Clocks(msgspec.Struct, frozen=True, kw_only=True):
    """The last time in the journal, and the clock that is behind it."""

    journal: datetime
    present: datetime


class ToConfirm(_Result, frozen=True, kw_only=True, tag="to_confirm"):
    """It is done only when `what` is said again with the code."""

    what: str
    code: str
    #: What the code would accept as well: the present clock.
    clocks: Clocks | None = None

    @property
    def refusal(self) -> str | None:
        return "to be confirmed"


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedWord:
    """A word of a command that could not be used, and why."""

    word: str
    why: str


class Added(_Result, frozen=True, kw_only=True, tag="added"):
    added: tuple[Tcin, ...]
    #: Those that were watched already.
    there: tuple[Tcin, ...] = ()
    refused: tuple[RefusedWord, ...] = ()

    @property
    def refusal(self) -> str | None:
        return None if self.added else "nothing of it could be added"


class Removed(_Result, frozen=True, kw_only=True, tag="removed"):
    removed: tuple[Tcin, ...]
    refused: tuple[RefusedWord, ...] = ()

    @property
    def refusal(self) -> str | None:
        return None if self.removed else "nothing of it is watched"


class WishesChanged(_Result, frozen=True, kw_only=True, tag="wishes_changed"):
    """Other things are wanted of a product; `keys` as the watch list's file calls them."""

    tcin: Tcin
    keys: tuple[str, ...]


class PlaceChanged(_Result, frozen=True, kw_only=True, tag="place_changed"):
    """A product stands at this place of so many."""

    tcin: Tcin
    place: int
    of: int


class Undone(_Result, frozen=True, kw_only=True, tag="undone"):
    absent: tuple[Tcin, ...]
    present: tuple[Tcin, ...]


class Mentioned(_Result, frozen=True, kw_only=True, tag="mentioned"):
    """The products that words without a command speak of."""

    #: Those that are asked about, whether to watch them.
    tcins: tuple[Tcin, ...] = ()
    #: Those that are watched already.
    there: tuple[Tcin, ...] = ()
    #: Whether who said it may have them watched.
    may_add: bool = True


class Paused(_Result, frozen=True, kw_only=True, tag="paused"):
    """One product, or all; until further notice where no time is told."""

    tcin: Tcin | None
    until: datetime | None


class Resumed(_Result, frozen=True, kw_only=True, tag="resumed"):
    tcin: Tcin | None
    #: Why buying is still stopped, if it is.
    stopped: str | None
    #: Whether all watching is still paused.
    paused: bool = False


class Stopped(_Result, frozen=True, kw_only=True, tag="stopped"):
    #: Why buying was stopped before, if it was.
    already: str | None
    cut: CutAttempt | None


class ModeChosen(_Result, frozen=True, kw_only=True, tag="mode_chosen"):
    mode: Mode


class Answered(_Result, frozen=True, kw_only=True, tag="answered"):
    """A question whether to buy has its answer."""

    tcin: Tcin
    answer: ApprovalAnswer


class SkipLifted(_Result, frozen=True, kw_only=True, tag="skip_lifted"):
    """A product that was skipped for this restock is told and bought again."""

    tcin: Tcin


class Snoozed(_Result, frozen=True, kw_only=True, tag="snoozed"):
    """Of what still holds people are reminded later than usual."""

    what: Control
    until: datetime


class Settled(_Result, frozen=True, kw_only=True, tag="settled"):
    attempt: int
    tcin: Tcin
    bought: bool


class Cancelled(_Result, frozen=True, kw_only=True, tag="cancelled"):
    attempt: int
    tcin: Tcin


class Invited(_Result, frozen=True, kw_only=True, tag="invited"):
    code: str
    role: str
    #: The link on which the code is heard, where there is one.
    link: str | None = None
    #: When the code runs out.
    until: datetime | None = None


class PageLinked(_Result, frozen=True, kw_only=True, tag="page_linked"):
    """Where the live page is, for the person who asked."""

    url: str
    #: Until when the link signs somebody in; null where nobody needs to sign in.
    until: datetime | None = None
    #: It opens on the machine of the service alone.
    only_here: bool = False


class Audited(_Result, frozen=True, kw_only=True, tag="audited"):
    """What the journal and the tables were found to be; the findings are the first ones of so many."""

    events: int
    cycles: int
    attempts: int
    moves: int
    orders: int
    findings: tuple[str, ...] = ()
    found: int = 0
    #: What happened until then was compacted; null where nothing was.
    compacted_to: datetime | None = None


class LogCleared(_Result, frozen=True, kw_only=True, tag="log_cleared"):
    """Where it was said, older lines of the journal are hidden from now on, or shown again."""

    is_hidden: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PastRestock:
    """A restock as it is told later: when, at which price, and how the last try to buy in it ended, if any did."""

    opened_at: datetime
    closed_at: datetime | None
    price: Decimal | None = None
    step: Step | None = None
    mode: Mode | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BusyHour:
    """An hour of the local day, and how many restocks began in it."""

    hour: int
    times: int


class LookedBack(_Result, frozen=True, kw_only=True, tag="looked_back"):
    """What the last days were like."""

    #: None for all products together.
    tcin: Tcin | None
    #: How many days.
    days: int
    at: datetime
    #: How many restocks there were, and for how many seconds of the time it was in stock.
    restocks: int
    open_s: int
    #: For how many seconds one product was in stock, as wanted or not.
    seen_s: int = 0
    #: For how many seconds nothing is known.
    unknown_s: int = 0
    #: In the last week, and in the last 30 days.
    in_week: int
    in_month: int
    #: The last ones, the latest first.
    last: tuple[PastRestock, ...] = ()
    #: In which most of them began.
    hours: tuple[BusyHour, ...] = ()
    lowest: Decimal | None = None
    highest: Decimal | None = None
    #: Of all together, those that came, the most frequent first, and how many more did.
    products: tuple[RestockedProduct, ...] = ()
    more: int = 0


class Charted(_Result, frozen=True, kw_only=True, tag="charted"):
    """A picture of the last days was drawn."""

    #: The name of its file.
    picture: str
    #: None for all products together.
    tcin: Tcin | None
    days: int
    restocks: int
    open_s: int
    #: For how many seconds one product was in stock, as wanted or not.
    seen_s: int = 0


class Revoked(_Result, frozen=True, kw_only=True, tag="revoked"):
    user: int
    #: The role that this person has besides the one taken away, if any.
    stays: str | None = None
    #: What this person was called when the role was given; null where none was given.
    name: str | None = None
    #: How many browsers were signed out by it.
    browsers: int = 0


#: How a command ended.
Result = (
    Done
    | NotDone
    | AskedBack
    | ToPick
    | ToChoose
    | ToConfirm
    | Added
    | Removed
    | WishesChanged
    | PlaceChanged
    | Undone
    | Mentioned
    | Paused
    | Resumed
    | Stopped
    | ModeChosen
    | Answered
    | SkipLifted
    | Snoozed
    | Settled
    | Cancelled
    | Invited
    | PageLinked
    | Revoked
    | Audited
    | LogCleared
    | LookedBack
    | Charted
)


# ---- what may be done next by a tap


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedProduct:
    """A product as it is wanted, and its place in the watch list, counted from 1."""

    #: None where its place is left as it is.
    place: int | None
    product: Product
    #: The wishes that are meant, by their fields; None for a product that is to be watched again with all of them.
    fields: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchlistEdits:
    """What the watch list is to be like afterwards. Doing it again changes nothing."""

    absent: tuple[Tcin, ...] = ()
    present: tuple[PlacedProduct, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """Something that one person may have done by one tap, once, before it expires."""

    #: What the button carries; can't be guessed.
    token: str
    label: str
    #: The command that it stands for, with its arguments or edits.
    what: str
    args: str = ""
    edits: WatchlistEdits | None = None
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferButton:
    """An offer as the reply shows it."""

    label: str
    token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandOutcome:
    """How a command ended, and what may be done next by a tap."""

    result: Result
    offers: tuple[Offer, ...] = ()


# ---- commands


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """What a person asked for: the name of a command and its arguments as they were said."""

    #: Unique for ever.
    key: str
    at: datetime
    person: Person
    what: str
    args: str = ""
    #: Where it came from and where its reply goes; without one nobody is told.
    origin: str | None = None
    #: The gate's mark when it was heard.
    gate_mark: GateMark | None = None
    state: CommandState = CommandState.PENDING
    #: How it ended, once it is done.
    result: Result | None = None
    buttons: tuple[OfferButton, ...] = ()
