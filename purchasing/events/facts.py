"""One frozen type for each kind of event.

The first words of each type tell when it is written, and the comment above a field what it means: `docs/events.md` is
printed from them. What is not said there is plain from the name.
"""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar

import msgspec

from config.products import Mode, Tcin
from purchasing.events.kinds import EventKind, Fact
from purchasing.events.outlets import OutletBack, OutletFailed
from purchasing.events.parts import (
    AskedCommand,
    BoughtProduct,
    CutAttempt,
    MissedRestock,
    MovedApprovals,
    MovedWindows,
    Purchases,
    ReadStock,
    RestockedProduct,
    Skipped,
    Summary,
    UnreadProduct,
    Variation,
    WaitedCommand,
)
from purchasing.events.restoring import Restored
from purchasing.events.watching import Blind, ChecksQuick, ChecksSlow, Sighted
from purchasing.model import ApprovalAnswer, Step, StockChange

# ---- cycles


class CycleCompleted(Fact, frozen=True, kw_only=True, rename={"approvals": "asks"}):
    """At the end of every cycle, a failed one too: all that it read and decided."""

    kind: ClassVar = EventKind.CYCLE_COMPLETED
    #: 1, 2, 3 and so on, without gaps.
    cycle_id: int
    #: From its first question to its last answer.
    took_ms: int
    #: Why no certain reading came of it, else null.
    failed: str | None
    #: How many products the shop was asked for.
    asked: int
    #: When the next cycle comes, as it stood then.
    next_check_at: datetime
    #: The products whose state, detail, price or title changed; all of them in the first cycle after a start.
    stock: Mapping[Tcin, ReadStock]
    #: Between certain states; the first is from `unknown`.
    changes: tuple[StockChange, ...]
    windows: MovedWindows
    approvals: MovedApprovals
    purchases: Purchases
    summary: Summary


# ---- buying


class AttemptMoved(Fact, frozen=True, kw_only=True, omit_defaults=True, rename={"before": "from"}):
    """When an attempt took a step, and when one was opened on a freed slot; what a cycle opens stands in its event."""

    kind: ClassVar = EventKind.ATTEMPT_MOVED
    attempt: int
    tcin: Tcin
    mode: Mode
    #: The step before; null where the attempt was opened.
    before: Step | None
    #: The step that it has reached.
    to: Step
    why: str | None
    #: The shop's number, where it told one.
    order_number: str | None
    #: What it costs with tax and shipping.
    total: Decimal | None
    #: The file with a picture of the page, in `screenshots/`.
    picture: str | None = None
    #: What only the owner can do: `sign-in`, `challenge`, `cvv`, `pin`, `password`, `address`, `payment`, `dialog`, or
    #: `marker`: to mend what the page is known by.
    need: str | None = None
    #: Its deadline; this field and those below are there only where the attempt was opened.
    completes_by: datetime | None = None
    #: Wait for the slot from now on.
    queued: tuple[Tcin, ...] | None = None
    #: From the queue back to `ready`.
    unqueued: tuple[Tcin, ...] | None = None
    #: In stock and not attempted, each with the reason.
    skipped: tuple[Skipped, ...] | None = None


class ApprovalAnswered(Fact, frozen=True, kw_only=True, rename={"approval": "ask"}):
    """When a person said yes or no to the question whether to buy."""

    kind: ClassVar = EventKind.APPROVAL_ANSWERED
    #: The number of the question.
    approval: int
    tcin: Tcin
    #: The restock window of which it was asked.
    window: int
    #: What was said.
    answer: ApprovalAnswer
    by: str


class ApprovalWithdrawn(Fact, frozen=True, kw_only=True, rename={"approval": "ask"}):
    """When a stop took back a yes on which nothing was bought yet, or a person a no."""

    kind: ClassVar = EventKind.APPROVAL_WITHDRAWN
    #: The number of the question.
    approval: int
    tcin: Tcin
    #: The restock window of which it was asked.
    window: int


class ApprovalNudged(Fact, frozen=True, kw_only=True, rename={"approval": "ask"}):
    """When nobody had answered such a question for so long that it was asked once more; once for each question."""

    kind: ClassVar = EventKind.APPROVAL_NUDGED
    #: The number of the question.
    approval: int
    tcin: Tcin
    #: The restock window of which it was asked.
    window: int


class OrderFound(Fact, frozen=True, kw_only=True):
    """When the order list, read once more, showed the order of an attempt that had ended as refused: it was bought."""

    kind: ClassVar = EventKind.ORDER_FOUND
    attempt: int
    tcin: Tcin
    #: The shop's number.
    order_number: str
    #: What it costs with tax and shipping.
    total: Decimal | None


class CartNotCleaned(Fact, frozen=True, kw_only=True):
    """When what an attempt may have left in the cart could not be taken out; once for each attempt."""

    kind: ClassVar = EventKind.CART_NOT_CLEANED
    attempt: int
    tcin: Tcin
    why: str


class CartCleaned(Fact, frozen=True, kw_only=True):
    """When it was taken out after that."""

    kind: ClassVar = EventKind.CART_CLEANED
    attempt: int
    tcin: Tcin


class CartTaken(Fact, frozen=True, kw_only=True):
    """When things of the owner's own were seen in the cart, beside which nothing is bought; once until it is empty."""

    kind: ClassVar = EventKind.CART_TAKEN
    #: How many things.
    count: int


class LimitReached(Fact, frozen=True, kw_only=True):
    """When one of the owner's limits held a product back, once for each limit."""

    kind: ClassVar = EventKind.LIMIT_REACHED
    #: The name by which it is told once.
    limit: str
    tcin: Tcin
    #: The limit in plain words with numbers.
    why: str


class Disagreement(Fact, frozen=True, kw_only=True, omit_defaults=True):
    """When a second look at a product spoke against buying it, or its page against the checks."""

    kind: ClassVar = EventKind.DISAGREEMENT
    tcin: Tcin
    #: The attempt that was given up for it; left out where a page was looked at beside the checks.
    attempt: int | None = None
    why: str


# ---- steering


class Control(StrEnum):
    """What a person steers."""

    STOP = "stop"
    REARM = "rearm"
    MODE = "mode"
    PAUSE = "pause"


class ControlChanged(Fact, frozen=True, kw_only=True, omit_defaults=True):
    """When buying was stopped or armed again, the mode chosen, or watching paused or resumed."""

    kind: ClassVar = EventKind.CONTROL_CHANGED
    #: What was changed.
    what: Control
    #: `true` for a stop and for arming, the mode's name, and of a pause its end, `true` without one, `false` after it.
    value: bool | str
    by: str
    #: What a stop cut short, null if nothing was under way; for a stop alone.
    cut: CutAttempt | msgspec.UnsetType | None = msgspec.UNSET
    #: The last `seq` on disk when a stop was heard, which may be long before it is stored.
    heard_after: int | None = None
    #: The last time in the journal, where the clock was behind it and was accepted by arming again.
    passed_over: datetime | None = None
    #: The one product that a pause is about.
    tcin: Tcin | None = None
    #: The key of the command by which it was done.
    command: str | None = None


class StillHeld(Fact, frozen=True, kw_only=True):
    """When a pause or a stop has held for 12 h, and again after every 12 h more, as it may be forgotten."""

    kind: ClassVar = EventKind.STILL_HELD
    #: `pause` or `stop`.
    what: Control
    #: When it was said.
    since: datetime
    by: str


class WatchlistChanged(Fact, frozen=True, kw_only=True):
    """When another watch list was taken up: its difference from the one before."""

    kind: ClassVar = EventKind.WATCHLIST_CHANGED
    #: Watched from now on.
    added: tuple[Tcin, ...]
    #: Watched no longer.
    removed: tuple[Tcin, ...]
    #: The wishes that go with these are others.
    changed: tuple[Tcin, ...]
    #: What was read of these was of another channel and is forgotten.
    unread: tuple[Tcin, ...] = ()
    #: The whole list in order of priority.
    order: tuple[Tcin, ...]
    by: str


class WatchlistRefused(Fact, frozen=True, kw_only=True):
    """When `watchlist.toml` was found wrong, so that the list last taken up holds."""

    kind: ClassVar = EventKind.WATCHLIST_REFUSED
    #: Each with its line and its reason.
    problems: tuple[str, ...]


class ProductLearned(Fact, frozen=True, kw_only=True, omit_defaults=True):
    """When a look at one product told its details."""

    kind: ClassVar = EventKind.PRODUCT_LEARNED
    tcin: Tcin
    title: str | None
    #: The address of its picture.
    image_url: str | None
    #: Whether somebody else than the shop sells it; null where it was not told.
    marketplace: bool | None
    #: How many one household may buy.
    purchase_limit: int | None
    #: The restock windows whose question whether to buy got its price by this.
    priced: tuple[int, ...]
    #: Not empty for a product that has no stock of its own.
    children: tuple[Variation, ...]
    #: The day on which it comes out, or came; this field is there only where it was told.
    street_date: date | None = None


class ProductsUnread(Fact, frozen=True, kw_only=True):
    """When several cycles in a row brought nothing certain of these products, once for each spell of it."""

    kind: ClassVar = EventKind.PRODUCTS_UNREAD
    products: tuple[UnreadProduct, ...]


class CommandDone(Fact, frozen=True, kw_only=True):
    """When a command was carried out or refused."""

    kind: ClassVar = EventKind.COMMAND_DONE
    #: Unique for ever.
    key: str
    by: str
    #: The command's name.
    what: str | None
    #: Whether it was carried out.
    accepted: bool
    #: Why it was not accepted.
    why: str | None


class AccessChanged(Fact, frozen=True, kw_only=True, omit_defaults=True):
    """When a person was given a role in the chat, or lost it."""

    kind: ClassVar = EventKind.ACCESS_CHANGED
    #: The person's id.
    user: int
    #: The person's name, where it is known.
    name: str | None = None
    #: Null where it was taken away.
    role: str | None
    by: str
    #: The id of the person whose invitation it was; `console` for the first owner.
    invited_by: str | None = None


# ---- the service


class SessionExpired(Fact, frozen=True, kw_only=True):
    """When the owner was found to be signed out of the shop, once until signed in again."""

    kind: ClassVar = EventKind.SESSION_EXPIRED
    why: str
    #: When the session was last known to be good; null where it never was.
    since: datetime | None


class CaughtUp(Fact, frozen=True, kw_only=True, omit_defaults=True):
    """After a time without contact to the people, when all that waited was dealt with."""

    kind: ClassVar = EventKind.CAUGHT_UP
    #: For how many seconds nobody could be reached.
    away_s: int
    #: For how long of that nothing was watched.
    down_s: int
    missed: tuple[MissedRestock, ...]
    honoured: tuple[WaitedCommand, ...]
    refused: tuple[WaitedCommand, ...]
    #: The restocks that had not ended by then.
    in_stock: tuple[MissedRestock, ...] = ()
    #: Whether a real order was in doubt; left out where none was.
    in_doubt: bool = False


class DaySummedUp(Fact, frozen=True, kw_only=True):
    """At the owner's hour, once a day: what happened in the day that ended then."""

    kind: ClassVar = EventKind.DAY_SUMMED_UP
    #: When the day began.
    since: datetime
    #: When it ended.
    until: datetime
    #: How many cycles there were.
    checks: int
    #: For how many seconds of it the shop did not answer.
    blind_s: int
    restocks: tuple[RestockedProduct, ...]
    #: What was really bought.
    bought: tuple[BoughtProduct, ...]
    #: How many real attempts bought nothing.
    failed: int
    #: How many real orders are in doubt.
    in_doubt: int
    #: How many attempts were practice.
    practised: int
    #: How many of those went well.
    practised_well: int
    #: How many people asked for something.
    people: int
    #: For what, the most frequent first.
    asked: tuple[AskedCommand, ...]


class DrillStarted(Fact, frozen=True, kw_only=True):
    """When a practice restock was asked for."""

    kind: ClassVar = EventKind.DRILL_STARTED
    by: str
    #: When it ends at the latest.
    until: datetime


class DrillEnded(Fact, frozen=True, kw_only=True):
    """When the practice restock was over."""

    kind: ClassVar = EventKind.DRILL_ENDED


class StorageFailed(Fact, frozen=True, kw_only=True):
    """After a time in which nothing could be stored, so that nothing was bought."""

    kind: ClassVar = EventKind.STORAGE_FAILED
    why: str
    #: When the first thing could not be stored.
    since: datetime
    lasted_s: int


class StorageDisplaced(Fact, frozen=True, kw_only=True):
    """When the files of the database were found to be others than those that were opened, or gone."""

    kind: ClassVar = EventKind.STORAGE_DISPLACED
    why: str


class StorageBack(Fact, frozen=True, kw_only=True):
    """When the very same files were back after that."""

    kind: ClassVar = EventKind.STORAGE_BACK
    lasted_s: int


class ServiceStarted(Fact, frozen=True, kw_only=True, omit_defaults=True):
    """At every start, before anything else is done."""

    kind: ClassVar = EventKind.SERVICE_STARTED
    #: What attempts may do from now on.
    mode: Mode
    #: What the owner should know of this start.
    note: str | None = None
    #: The program's version.
    version: str | None = None


class ServiceStopped(Fact, frozen=True, kw_only=True):
    """When the service was ended in order."""

    kind: ClassVar = EventKind.SERVICE_STOPPED


_ELSEWHERE: tuple[type[Fact], ...] = (Blind, Sighted, ChecksSlow, ChecksQuick, OutletFailed, OutletBack, Restored)
_HERE = (fact for fact in Fact.__subclasses__() if fact not in _ELSEWHERE)
#: The type of each kind.
FACTS: Mapping[EventKind, type[Fact]] = {fact.kind: fact for fact in (*_HERE, *_ELSEWHERE)}
