"""The journal's wording: how times, prices and events are written as JSON, in the database and for every reader."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal

from config.products import Tcin
from monitor.model import Snapshot, Stock
from purchasing.model import Attempt, Decision, Event, Json

#: The version of the events' shape. A reader skips kinds that it does not know.
VERSION = 1


def stamp(at: datetime) -> str:
    """A time as UTC with milliseconds and Z. Such texts sort as the times do."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def unstamp(text: str) -> datetime:
    return datetime.fromisoformat(text)


def stamp_or_none(at: datetime | None) -> str | None:
    return None if at is None else stamp(at)


def price_text(price: Decimal | None) -> str | None:
    return None if price is None else str(price)


def whole_event(event: Event) -> dict[str, object]:
    """The event as every reader sees it."""
    return {"v": VERSION, "seq": event.seq, "kind": event.kind, "at": stamp(event.at), **event.body}


def stock_body(stock: Stock, title: str | None) -> Json:
    return {
        "title": title,
        "state": stock.state,
        "detail": stock.detail,
        "price": price_text(stock.price),
        "seen_at": stamp_or_none(stock.seen_at),
    }


def cycle_body(
    snapshot: Snapshot,
    decision: Decision,
    *,
    cycle_id: int,
    stock: Mapping[Tcin, Json],
    opened: Attempt | None,
    windows: Json,
    asked: Json,
    counts: Mapping[str, int],
) -> Json:
    """The body of `cycle_completed`.

    `counts` are `watched`, `in_stock` and `unknown` after the cycle, `windows` the restock windows opened and closed,
    `asked` the asks made and expired.
    """
    started = [] if opened is None else [started_body(opened)]
    return {
        "cycle_id": cycle_id,
        "took_ms": round(snapshot.took.total_seconds() * 1000),
        "failed": snapshot.failed,
        "asked": len(snapshot.asked),
        "next_check_at": stamp(snapshot.next_check_at),
        "stock": stock,
        "changes": [{"tcin": one.tcin, "before": one.before, "after": one.after} for one in decision.changes],
        "windows": windows,
        "asks": asked,
        "purchases": {
            "resets": list(decision.resets),
            "started": started,
            "queued": list(decision.queued),
            "unqueued": list(decision.unqueued),
            "skipped": skipped_body(decision),
        },
        "summary": {**counts, "started": len(started), "resets": len(decision.resets)},
    }


def started_body(attempt: Attempt) -> Json:
    return {"tcin": attempt.tcin, "attempt": attempt.id, "completes_by": stamp(attempt.deadline)}


def skipped_body(decision: Decision) -> list[Json]:
    return [{"tcin": skip.tcin, "why": skip.why} for skip in decision.skipped]


def move_body(attempt: Attempt, *, before: str | None) -> Json:
    """The body of `attempt_moved` for an attempt that has just reached its step, from None when it was opened."""
    return {
        "attempt": attempt.id,
        "tcin": attempt.tcin,
        "mode": attempt.mode,
        "from": before,
        "to": attempt.step,
        "why": attempt.why,
        "order_number": attempt.order_number,
        "total": price_text(attempt.total),
    }
