"""Some weeks of a household's past, written into the database of a service that does not run."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from purchasing.events import stamp

ZONE = ZoneInfo("America/Chicago")
#: When it comes back most, by the owner's clock, and on which days of the week.
_HOURS, _DAYS = (7, 8, 8, 8, 9, 13, 13, 20), (1, 1, 2, 3, 3, 3, 4)
EVERY = timedelta(seconds=20)


def write_past(file: Path, tcins: list[str], *, now: datetime, checks: int = 200, restocks: int = 60) -> None:
    """So many checks up to now, and so many restocks in the weeks before."""
    chance = Random(5)  # noqa: S311  the same in every run
    with closing(sqlite3.connect(file)) as db, db:
        db.executemany(
            "INSERT INTO restock_window (tcin, opened_at, misses, closed_at) VALUES (?, ?, 2, ?)",
            _windows(tcins, now, restocks, chance),
        )
        ((seq, cycle, body),) = db.execute(
            "SELECT (SELECT max(seq) FROM journal), json_extract(body, '$.cycle_id'), body FROM journal "
            "WHERE kind = 'cycle_completed' ORDER BY seq DESC LIMIT 1"
        )
        db.execute("UPDATE journal SET at = ?", (stamp(now - (checks + 1) * EVERY),))
        db.executemany(
            "INSERT INTO journal (seq, at, kind, body) VALUES (?, ?, 'cycle_completed', ?)",
            _checks(seq, cycle, json.loads(body), now, checks, chance),
        )
        db.execute(
            "UPDATE control SET value = json_set(value, '$.cycle_id', ?) WHERE value LIKE '%\"cycle_id\"%'",
            (cycle + checks,),
        )


def _windows(tcins: list[str], now: datetime, count: int, chance: Random) -> Iterator[tuple[str, str, str]]:
    for _ in range(count):
        day = (now - timedelta(days=chance.uniform(1, 35))).astimezone(ZONE)
        day += timedelta(days=chance.choice(_DAYS) - day.weekday())
        opened = day.replace(hour=chance.choice(_HOURS), minute=chance.randrange(60))
        if opened < now - timedelta(hours=3):
            closed = opened + timedelta(minutes=chance.choice((4, 15, 40, 90)))
            yield chance.choice(tcins), stamp(opened), stamp(closed)


def _checks(
    seq: int, cycle: int, body: dict[str, Any], now: datetime, count: int, chance: Random
) -> Iterator[tuple[int, str, str]]:
    """Quiet ones, but for a failed one now and then."""
    here = 1
    for number in range(1, count + 1):
        here = max(0, min(3, here + chance.choice((0,) * 14 + (1, -1))))
        failed = "redsky_product_summary_with_fulfillment_v1: throttled (429)" if number in {61, 62} else None
        took = round(chance.gauss(310, 40) + (900 if failed else 0) + (350 if chance.random() < 0.04 else 0))
        told = {
            **body,
            "cycle_id": cycle + number,
            "took_ms": took,
            "failed": failed,
            "stock": {},
            "changes": [],
            "summary": {**body["summary"], "in_stock": here, "unknown": 2 if number in {120, 121, 122} else 0},
        }
        yield seq + number, stamp(now - (count + 1 - number) * EVERY), json.dumps(told, separators=(",", ":"))
