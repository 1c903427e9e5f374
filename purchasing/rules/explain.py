"""Why a product is bought, waits or is left alone, in plain words with numbers. Says what `decide` would do now."""

from datetime import datetime

from config.durations import span
from monitor.availability import Verdict, judge
from monitor.model import StockState
from purchasing.model import Attempt, Line, PurchaseState, Standing
from purchasing.rules.limits import why_not_buy, why_too_old
from purchasing.rules.state_machine import FINISHED


def explain(line: Line, standing: Standing, *, at: datetime) -> list[str]:
    """Whether it is bought or what stands in the way, what is known of it, and whether a restock is open."""
    verdict = judge(line.product, line.stock)
    barred = why_not_buy(line, standing, verdict, at=at)
    return [
        _purchase(line, standing, barred, at=at),
        *_verdict(verdict, barred),
        *_reading(line, standing, at=at),
        *_remark(line),
        _window(line, at=at),
    ]


def _purchase(line: Line, standing: Standing, barred: str | None, *, at: datetime) -> str:
    if line.state in {PurchaseState.ATTEMPTING, PurchaseState.UNCONFIRMED}:
        return _STATES[line.state]
    if barred:
        return f"I don't buy it now: {barred}"
    if stale := why_too_old(line, standing, at=at):
        return f"I don't buy it before the next check: {stale}"
    if line.state in FINISHED:
        return f"{_STATES[line.state]}; after the next check I may buy it again"
    if standing.slot is not None:
        return f"it waits, as I am buying {_named(standing.slot, standing)} (attempt {standing.slot.id})"
    return "I buy it after the next check, unless something above it comes first"


def _verdict(verdict: Verdict, barred: str | None) -> list[str]:
    """What the shop says against it, where something else is told first."""
    if verdict.buyable is None or not verdict.why or verdict.why == barred:
        return []
    return [f"it can't be bought: {verdict.why}"]


def _reading(line: Line, standing: Standing, *, at: datetime) -> list[str]:
    stock, seen_at = line.stock, standing.seen.of(line)
    if seen_at is None:
        return []
    price = "" if stock.price is None else f" at ${stock.price}"
    return [f"{span(at - seen_at)} ago it was {_STOCK[stock.state]}{price}"]


_STOCK = {
    StockState.IN_STOCK: "in stock",
    StockState.OUT_OF_STOCK: "sold out",
    StockState.UNKNOWN: "not known",
}


def _remark(line: Line) -> list[str]:
    if line.remark is None:
        return []
    return [line.remark.words if line.remark.unread else f"it is {line.remark.why}"]


def _window(line: Line, *, at: datetime) -> str:
    if line.window is None:
        return "no restock is going on"
    misses = ", but the last check did not find it any more" if line.window.misses else ""
    return f"its restock has lasted {span(at - line.window.opened_at)} so far{misses}"


_STATES = {
    PurchaseState.ATTEMPTING: "I am buying it now",
    PurchaseState.UNCONFIRMED: "I don't know yet whether it was bought",
    PurchaseState.PURCHASED: "it was bought",
    PurchaseState.FAILED: "it was not bought",
}


def _named(slot: Attempt, standing: Standing) -> str:
    titles = [line.name_and_title for line in standing.lines if line.tcin == slot.tcin]
    return " ".join([slot.tcin, *titles]).rstrip()
