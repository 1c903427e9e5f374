"""One event of each kind, and what a test makes of it: it names only what it is about."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, TypeVar

import msgspec

from config.products import Mode
from monitor.model import StockState
from purchasing.events import (
    AccessChanged,
    ApprovalAnswered,
    ApprovalNudged,
    ApprovalWithdrawn,
    AttemptMoved,
    Blind,
    CartCleaned,
    CartNotCleaned,
    CartTaken,
    CaughtUp,
    ChecksQuick,
    ChecksSlow,
    CommandDone,
    Control,
    ControlChanged,
    CycleCompleted,
    DaySummedUp,
    Disagreement,
    DrillEnded,
    DrillStarted,
    Event,
    Fact,
    LimitReached,
    MovedApprovals,
    MovedWindows,
    NamedProduct,
    OrderFound,
    OutletBack,
    OutletFailed,
    ProductLearned,
    ProductsDelisted,
    ProductsListed,
    ProductsUnread,
    Purchases,
    ReadStock,
    Restored,
    ServiceStarted,
    ServiceStopped,
    SessionExpired,
    Sighted,
    StillHeld,
    StorageBack,
    StorageDisplaced,
    StorageFailed,
    Summary,
    UnknownFact,
    UnreadProduct,
    WatchlistChanged,
    WatchlistRefused,
)
from purchasing.model import ApprovalAnswer, Step
from tests.builders import AT, PRICE, A

FactT = TypeVar("FactT", bound=Fact)

#: An uneventful one of each kind.
USUAL: Mapping[type[Fact], Fact] = {
    type(one): one
    for one in (
        CycleCompleted(
            cycle_id=1284,
            took_ms=212,
            failed=None,
            asked=7,
            next_check_at=AT + timedelta(seconds=20),
            stock={},
            changes=(),
            windows=MovedWindows(),
            approvals=MovedApprovals(),
            purchases=Purchases(),
            summary=Summary(watched=7, in_stock=2, unknown=0, started=0, resets=0),
        ),
        AttemptMoved(
            attempt=7,
            tcin=A,
            mode=Mode.SIMULATE,
            before=Step.OPENED,
            to=Step.CARTED,
            why=None,
            order_number=None,
            total=None,
        ),
        ApprovalAnswered(approval=3, tcin=A, window=1, answer=ApprovalAnswer.BUY, by="Ada"),
        ApprovalWithdrawn(approval=3, tcin=A, window=1),
        ApprovalNudged(approval=3, tcin=A, window=1),
        OrderFound(attempt=7, tcin=A, order_number="912-7", total=PRICE),
        CartNotCleaned(attempt=7, tcin=A, why="signed out"),
        CartCleaned(attempt=7, tcin=A),
        CartTaken(count=2),
        LimitReached(limit="max per day", tcin=A, why="10 of 10"),
        Disagreement(tcin=A, attempt=7, why="no price"),
        ControlChanged(what=Control.PAUSE, value=True, by="Ada"),
        StillHeld(what=Control.PAUSE, since=AT - timedelta(hours=12), by="1001"),
        WatchlistChanged(added=(), removed=(), changed=(), order=(A,), by="Ada"),
        WatchlistRefused(problems=("line 1: no",)),
        ProductLearned(
            tcin=A,
            title="Trove",
            image_url=None,
            marketplace=None,
            purchase_limit=None,
            priced=(),
            children=(),
        ),
        ProductsUnread(products=(UnreadProduct(tcin=A, title="Trove", why="new word SOON"),)),
        ProductsDelisted(products=(NamedProduct(tcin=A, title="Trove"),)),
        ProductsListed(products=(NamedProduct(tcin=A, title="Trove"),)),
        CommandDone(key="tg:1:7", by="Ada", what="status", accepted=True, why=None),
        AccessChanged(user=1002, name="Bob", role="viewer", by="Ada"),
        SessionExpired(why="the shop asks to sign in", since=AT),
        CaughtUp(away_s=7200, down_s=3600, missed=(), honoured=(), refused=()),
        Blind(why="walled", until=AT + timedelta(seconds=60)),
        Sighted(lasted_s=60),
        ChecksSlow(since=AT, took_ms=4200),
        ChecksQuick(lasted_s=600),
        DaySummedUp(
            since=AT - timedelta(days=1),
            until=AT,
            checks=4210,
            blind_s=0,
            restocks=(),
            bought=(),
            failed=0,
            in_doubt=0,
            practised=0,
            practised_well=0,
            people=0,
            asked=(),
        ),
        DrillStarted(by="Ada", until=AT + timedelta(seconds=300)),
        DrillEnded(),
        OutletFailed(outlet="outlet 2 (ntfy)", since=AT, why="it can't be reached"),
        OutletBack(outlet="outlet 2 (ntfy)", lasted_s=720),
        StorageFailed(why="the disk is full", since=AT, lasted_s=9),
        StorageDisplaced(why="stockbell.db is gone"),
        StorageBack(lasted_s=9),
        Restored(restored_at=AT, backup_at=AT - timedelta(days=1), last_seq=5120),
        ServiceStarted(mode=Mode.SIMULATE, version="0.1.0"),
        ServiceStopped(),
    )
}


def fact(kind: type[FactT], **more: Any) -> FactT:
    """An uneventful one of this kind but for what is named."""
    usual = USUAL[kind]
    assert isinstance(usual, kind)
    return msgspec.structs.replace(usual, **more)


def event(told: Fact | UnknownFact, seq: int = 1) -> Event:
    return Event(seq=seq, at=AT, fact=told)


def in_stock_now() -> ReadStock:
    return ReadStock(title="Trove", state=StockState.IN_STOCK, detail="IN_STOCK", price=PRICE, seen_at=AT)
