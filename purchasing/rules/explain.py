"""Why a product is bought, waits or is left alone, in plain words with numbers. Says what `decide` would do now."""

from datetime import datetime

from config.durations import span
from monitor.availability import Verdict, judge
from monitor.model import StockState
from purchasing.model import Attempt, Line, PurchaseState, Standing
from purchasing.rules.limits import why_not_buy, why_too_old
from purchasing.rules.state_machine import FINISHED


def explain(line: Line, standing: Standing, *, at: datetime) -> list[str]:
    """What is known of it, whether it can be bought, and what stands in the way."""
    verdict = judge(line.product, line.stock)
    return [
        _reading(line, standing, at=at),
        *_remark(line),
        _verdict(verdict),
        _window(line, at=at),
        _purchase(line, standing, verdict, at=at),
    ]


def _reading(line: Line, standing: Standing, *, at: datetime) -> str:
    stock, seen_at = line.stock, standing.seen.of(line)
    if seen_at is None:
        return "there never was a certain reading"
    price = "no price" if stock.price is None else f"price {stock.price}"
    return f"{span(at - seen_at)} ago the shop said {stock.detail or _STOCK[stock.state]} with {price}"


_STOCK = {
    StockState.IN_STOCK: "in stock",
    StockState.OUT_OF_STOCK: "out of stock",
    StockState.UNKNOWN: "nothing certain",
}


def _remark(line: Line) -> list[str]:
    if line.remark is None:
        return []
    return [
        f"its last check told nothing certain: {line.remark.why}" if line.remark.unread else f"it is {line.remark.why}"
    ]


def _verdict(verdict: Verdict) -> str:
    return "it can be bought" if verdict.buyable else f"it can't be bought: {verdict.why}"


def _window(line: Line, *, at: datetime) -> str:
    if line.window is None:
        return "no restock window is open"
    misses = f", {line.window.misses} of 2 readings that close it" if line.window.misses else ""
    return f"its restock window is open for {span(at - line.window.opened_at)}{misses}"


def _purchase(line: Line, standing: Standing, verdict: Verdict, *, at: datetime) -> str:
    if line.state in {PurchaseState.ATTEMPTING, PurchaseState.UNCONFIRMED}:
        return f"{_STATES[line.state]} and holds the slot"
    if barred := why_not_buy(line, standing, verdict, at=at):
        return f"no attempt starts: {barred}"
    if stale := why_too_old(line, standing, at=at):
        return f"no attempt starts before the next check: {stale}"
    if line.state in FINISHED:
        return f"{_STATES[line.state]}; the next cycle lets it be bought again where its mode allows"
    if standing.slot is not None:
        return f"it waits for the slot, in which is attempt {standing.slot.id} on {_named(standing.slot, standing)}"
    return "the next cycle starts an attempt if nothing above it does"


_STATES = {
    PurchaseState.ATTEMPTING: "it is being bought",
    PurchaseState.UNCONFIRMED: "nobody knows yet whether it was bought",
    PurchaseState.PURCHASED: "it was bought",
    PurchaseState.FAILED: "it was not bought",
}


def _named(slot: Attempt, standing: Standing) -> str:
    titles = [line.name_and_title for line in standing.lines if line.tcin == slot.tcin]
    return " ".join([slot.tcin, *titles]).rstrip()
