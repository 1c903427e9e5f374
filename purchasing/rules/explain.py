"""Why a product is bought, waits or is left alone, in plain words with numbers. Says what `decide` would do now."""

from datetime import datetime

from monitor.availability import Verdict, judge
from purchasing.model import Line, PurchaseState, Standing
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
    age = round((at - seen_at).total_seconds())
    price = "no price" if stock.price is None else f"price {stock.price}"
    return f"{age} s ago the shop said {stock.detail or stock.state} with {price}"


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
    open_s = round((at - line.window.opened_at).total_seconds())
    misses = f", {line.window.misses} of 2 readings that close it" if line.window.misses else ""
    return f"its restock window is open for {open_s} s{misses}"


def _purchase(line: Line, standing: Standing, verdict: Verdict, *, at: datetime) -> str:
    if line.state in {PurchaseState.ATTEMPTING, PurchaseState.UNCONFIRMED}:
        return f"it is {line.state} and holds the slot"
    if barred := why_not_buy(line, standing, verdict, at=at):
        return f"no attempt starts: {barred}"
    if stale := why_too_old(line, standing, at=at):
        return f"no attempt starts before the next check: {stale}"
    if line.state in FINISHED:
        return f"it is {line.state}; the next cycle puts it back to ready where its mode allows"
    if standing.slot is not None:
        return f"it waits for the slot, in which is attempt {standing.slot.id} on {standing.slot.tcin}"
    return "the next cycle starts an attempt if nothing above it does"
