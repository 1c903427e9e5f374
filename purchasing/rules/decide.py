"""Snapshot + where things stand + time -> Decision. Pure: the same arguments always decide the same.

The decision is made from where things stand, not from what changed, so that a crash between two writes heals by itself:

1. finished products are put back to `ready` where the rule of their mode allows,
2. certain readings become what is known, and open or close restock windows,
3. queued products that may no longer be bought go back to `ready`,
4. with the slot free, the first candidate whose reading is fresh is started; the other candidates are queued,
5. in `live`, and for a drill, the owner is asked where nothing but an answer is missing; late approvals close.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import msgspec

from config.products import Mode, Tcin
from monitor.availability import (
    Verdict,
    advance_window,
    judge,
    learn_certain,
    wanted_signal,
    why_only_elsewhere,
    why_unknown,
)
from monitor.model import Reading, Signal, Snapshot, Stock, StockState, Window
from purchasing.controls import Remark
from purchasing.model import Decision, Line, PurchaseState, Sightings, Skip, Standing, Start, StockChange
from purchasing.rules.limits import cap_of, may_ask, missing, reached_limit, why_not_buy, why_too_old
from purchasing.rules.state_machine import FINISHED

#: A line, and whether the shop sells it as it is wanted.
Judged = tuple[Line, Verdict]

_CANDIDATES = frozenset({PurchaseState.READY, PurchaseState.QUEUED})


def decide(snapshot: Snapshot, standing: Standing, *, at: datetime) -> Decision:
    """What one cycle writes."""
    news = _read_all(snapshot, standing, at=at)
    seen = Sightings({**standing.seen.times, **news.seen_at})
    choice = _choose(news.lively, replace(standing, seen=seen), at=at)
    return replace(
        choice,
        resets=tuple(news.resets),
        stocks=news.stocks,
        seen_at=news.seen_at,
        windows=news.windows,
        remarks=news.remarks,
        changes=tuple(news.changes),
        in_stock=news.in_stock,
        unknown=news.unknown,
    )


def decide_on_free_slot(standing: Standing, *, at: datetime) -> Decision:
    """Who follows when the slot has become free, on the last readings and without asking the shop."""
    lines = [(line, judge(line.product, line.stock)) for line in standing.lines]
    return _choose(lines, standing, at=at)


def _may_reset(line: Line, standing: Standing, *, at: datetime) -> bool:
    if line.state not in FINISHED:
        return False
    if standing.mode_of(line) is not Mode.LIVE:
        return True
    if line.state is PurchaseState.PURCHASED:
        return line.bought < line.product.quantity
    return line.since is None or at >= line.since + standing.limits.cooldown


@dataclass(slots=True)
class _News:
    """What the snapshot changes, gathered in one pass: most cycles change nothing for most products."""

    resets: list[Tcin] = field(default_factory=list)
    stocks: dict[Tcin, Stock] = field(default_factory=dict)
    seen_at: dict[Tcin, datetime] = field(default_factory=dict)
    windows: dict[Tcin, Window | None] = field(default_factory=dict)
    remarks: dict[Tcin, Remark | None] = field(default_factory=dict)
    changes: list[StockChange] = field(default_factory=list)
    in_stock: int = 0
    unknown: int = 0
    #: The lines, as they are after the reading, of which there is anything to decide, each judged.
    lively: list[Judged] = field(default_factory=list)


def _read_all(snapshot: Snapshot, standing: Standing, *, at: datetime) -> _News:
    news, asked, in_stock = _News(), frozenset(snapshot.asked), StockState.IN_STOCK
    # Where nothing came at all, that is told of the whole.
    untold = snapshot.unanswered if snapshot.failed else frozenset()
    for before in standing.lines:
        line, tcin = before, before.product.tcin
        if line.state in FINISHED and _may_reset(line, standing, at=at):
            line = replace(line, state=PurchaseState.READY, since=at, reset_at=at)
            news.resets.append(tcin)
        reading = snapshot.readings.get(tcin)
        signal = None if reading is None else wanted_signal(reading, line.product.channel)
        verdict = None
        if reading is None or signal is None or signal.state is StockState.UNKNOWN:
            news.unknown += tcin in asked
            if reading is not None and tcin not in untold:
                _remark_unread(line, reading, news, is_answer=tcin not in snapshot.unanswered, at=at)
        else:
            elsewhere = None
            # Most are out of stock everywhere, in most cycles.
            if signal.state is not in_stock and (
                reading.shipping.state is in_stock or reading.pickup.state is in_stock
            ):
                elsewhere = why_only_elsewhere(reading, line.product.channel)
            if elsewhere is not None or line.remark is not None:
                _remark_elsewhere(line, elsewhere, news)
            line, verdict = _read(line, reading, signal, news, at=at)
        is_in_stock = line.stock.state is StockState.IN_STOCK
        news.in_stock += is_in_stock
        if is_in_stock or line.state is PurchaseState.QUEUED or line.approval is not None:
            news.lively.append((line, verdict or judge(line.product, line.stock)))
    return news


def _remark_unread(line: Line, reading: Reading, news: _News, *, is_answer: bool, at: datetime) -> None:
    """Keep why nothing certain was told of it, where that is another thing than before."""
    why, before = why_unknown(reading, line.product.channel), line.remark
    if before is None or not before.unread:
        news.remarks[line.tcin] = Remark(why=why, unread=True, unlisted_since=at if reading.unlisted else None)
        return
    since = before.unlisted_since
    if reading.unlisted:
        since = since or at
    elif is_answer:  # a call that failed doesn't tell whether the shop knows it
        since = None
    if (before.why, before.unlisted_since) != (why, since):
        is_resting = before.is_resting and since is not None
        news.remarks[line.tcin] = msgspec.structs.replace(before, why=why, unlisted_since=since, is_resting=is_resting)


def _remark_elsewhere(line: Line, why: str | None, news: _News) -> None:
    """Keep where else it is in stock, if anywhere, where that is another thing than before."""
    before = line.remark
    if why is None:
        news.remarks[line.tcin] = None
    elif before is None or before.unread or before.why != why:
        news.remarks[line.tcin] = Remark(why=why, unread=False)


def _read(line: Line, reading: Reading, signal: Signal, news: _News, *, at: datetime) -> tuple[Line, Verdict | None]:
    """The line after a certain reading, and what it was judged by it, if that was needed."""
    tcin, known = line.product.tcin, line.stock
    stock = learn_certain(known, reading, signal)
    news.seen_at[tcin] = reading.at
    if stock is not known:
        news.stocks[tcin] = stock
        if stock.state is not known.state:
            news.changes.append(StockChange(tcin=tcin, before=known.state, after=stock.state))
    elif line.window is None and stock.state is not StockState.IN_STOCK:
        return line, None
    verdict = judge(line.product, stock)
    window = advance_window(line.window, verdict, at=at)
    if window is line.window and stock is known:
        return line, verdict
    if window != line.window:
        news.windows[tcin] = window
    attempts = line.attempts_in_window if line.window is not None else 0
    return replace(line, stock=stock, window=window, attempts_in_window=attempts), verdict


@dataclass(frozen=True, slots=True)
class _Weighed:
    line: Line
    verdict: Verdict
    #: Why it can't be attempted, now or at all.
    barred: str | None
    #: Why it can't be started from the last reading.
    stale: str | None


def _choose(lines: Sequence[Judged], standing: Standing, *, at: datetime) -> Decision:
    weighed = [
        _Weighed(line, verdict, why_not_buy(line, standing, verdict, at=at), why_too_old(line, standing, at=at))
        for line, verdict in lines
        if line.state in _CANDIDATES
    ]
    able = in_turn([one.line for one in weighed if not one.barred and not one.stale])
    start = able[0] if able and standing.slot is None else None
    return Decision(
        start=_start(start, standing) if start else None,
        queued=tuple(line.tcin for line in able if line is not start and line.state is PurchaseState.READY),
        unqueued=tuple(one.line.tcin for one in weighed if one.barred and one.line.state is PurchaseState.QUEUED),
        skipped=tuple(
            Skip(tcin=one.line.tcin, why=one.barred or one.stale or "", limit=_limit(one, standing))
            for one in weighed
            if one.line.stock.state is StockState.IN_STOCK and (one.barred or one.stale)
        ),
        approvals=tuple(one.line.tcin for one in weighed if not one.stale and may_ask(one.line, standing, one.verdict)),
        expired=tuple(
            line.approval
            for line, _ in lines
            if line.approval is not None and line.approval.is_over(at, holds=standing.limits.ask_expires)
        ),
    )


def _limit(one: _Weighed, standing: Standing) -> str | None:
    """The key of the limit that bars it, if it is a limit that does."""
    if standing.mode_of(one.line) is not Mode.LIVE:
        return None
    reached = reached_limit(one.line, standing)
    return reached.key if reached is not None and reached.why == one.barred else None


def in_turn(lines: Iterable[Line]) -> list[Line]:
    """Candidates in the order in which they get the slot.

    That is the order of the watch list, but what waits goes before what was reset since the waiting began.
    """
    lines = list(lines)
    waiting_since = min(
        (line.since for line in lines if line.state is PurchaseState.QUEUED and line.since is not None), default=None
    )
    return sorted(lines, key=lambda line: _reset_since(line, waiting_since))  # stable: keeps the watch list's order


def _reset_since(line: Line, waiting_since: datetime | None) -> bool:
    if waiting_since is None or line.state is PurchaseState.QUEUED or line.reset_at is None:
        return False
    return line.reset_at >= waiting_since


def _start(line: Line, standing: Standing) -> Start:
    return Start(
        tcin=line.tcin,
        mode=standing.mode_of(line),
        quantity=missing(line, standing.mode_of(line)),
        price=line.stock.price,
        max_price=cap_of(line),
        channel=line.product.channel,
    )
