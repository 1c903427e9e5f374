"""The counts that compaction leaves, and the mark up to which they tell everything; the journal tells the rest."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import msgspec
import sqlalchemy as sa

from config.database import put_row, put_rows
from config.products import Tcin
from purchasing.events import price_text, stamp, unstamp
from purchasing.rules.compaction import Compacted
from purchasing.rules.tally import Carried, Counted, DayCount, ProductHour, Tally, WatchedHour
from purchasing.storage import tables

_compacted, _product, _watched, _days = (
    tables.compacted,
    tables.product_hour,
    tables.watched_hour,
    tables.day_count,
)
_MS = timedelta(milliseconds=1)


class CountTable:
    """Reads and writes of one transaction. Hours and days are those of UTC."""

    def __init__(self, connection: sa.Connection) -> None:
        self._db = connection

    # ---- reading

    def mark(self) -> Compacted:
        """How far the journal was compacted."""
        row = self._row()
        if row is None:
            return Compacted()
        return Compacted(
            seq=row["seq"],
            at=unstamp(row["at"]),
            cycle_id=row["cycle_id"],
            dropped=row["dropped"],
            dropped_cycles=row["dropped_cycles"],
        )

    def tally(self) -> Tally:
        """One that stands at the mark: given what the journal holds after it, it counts on."""
        row = self._row()
        if row is None:
            return Tally()
        return Tally(seq=row["seq"], carried=msgspec.json.decode(row["carried"], type=Carried))

    def product_hours(self, tcin: Tcin, since: datetime, until: datetime) -> list[ProductHour]:
        """The hours of one product that begin between, with that of `since`, in order. None is one without stock."""
        within = sa.and_(_product.c.hour >= _hour_name(since), _product.c.hour <= _last_hour(until))
        wanted = sa.select(_product).where(_product.c.tcin == tcin, within).order_by(_product.c.hour)
        return [_product_hour(row) for row in self._db.execute(wanted).mappings()]

    def watched_hours(self, since: datetime, until: datetime) -> list[WatchedHour]:
        within = sa.and_(_watched.c.hour >= _hour_name(since), _watched.c.hour <= _last_hour(until))
        rows = self._db.execute(sa.select(_watched).where(within).order_by(_watched.c.hour)).mappings()
        return [WatchedHour(hour=_hour(row["hour"]), watched=row["watched_ms"] * _MS) for row in rows]

    def days(self, since: datetime, until: datetime) -> list[DayCount]:
        within = sa.and_(_days.c.day >= _day_name(since), _days.c.day <= _day_name(until - _MS))
        wanted = sa.select(_days).where(within).order_by(_days.c.day, _days.c.what, _days.c.of)
        return [
            DayCount(day=date.fromisoformat(row["day"]), what=Counted(row["what"]), of=row["of"], count=row["count"])
            for row in self._db.execute(wanted).mappings()
        ]

    def _row(self) -> sa.RowMapping | None:
        return self._db.execute(sa.select(_compacted)).mappings().first()

    # ---- writing

    def put(self, mark: Compacted, tally: Tally) -> None:
        """Add what was counted since the last mark, and move the mark."""
        self._add_product_hours(tally.product_hours())
        self._add_watched(tally.watched_hours())
        self._add_days(tally.days())
        row = {
            "id": 1,
            "seq": mark.seq,
            "at": stamp(mark.at or datetime.min.replace(tzinfo=UTC)),
            "cycle_id": mark.cycle_id,
            "dropped": mark.dropped,
            "dropped_cycles": mark.dropped_cycles,
            "carried": msgspec.json.encode(tally.carried).decode(),
        }
        put_row(self._db, _compacted, row)

    def _add_product_hours(self, added: Sequence[ProductHour]) -> None:
        if not added:
            return
        of_these = sa.and_(
            _product.c.tcin.in_({one.tcin for one in added}),
            _product.c.hour.in_({_hour_name(one.hour) for one in added}),
        )
        rows = self._db.execute(sa.select(_product).where(of_these)).mappings()
        held = {(one.tcin, one.hour): one for one in map(_product_hour, rows)}
        sums = [one.plus(held[key]) if (key := (one.tcin, one.hour)) in held else one for one in added]
        put_rows(self._db, _product, [_product_row(one) for one in sums])

    def _add_watched(self, added: Iterable[WatchedHour]) -> None:
        for one in added:
            hour = _hour_name(one.hour)
            held = self._db.execute(sa.select(_watched.c.watched_ms).where(_watched.c.hour == hour)).scalar() or 0
            put_row(self._db, _watched, {"hour": hour, "watched_ms": held + one.watched // _MS})

    def _add_days(self, added: Sequence[DayCount]) -> None:
        if not added:
            return
        of_these = _days.c.day.in_({one.day.isoformat() for one in added})
        rows = self._db.execute(sa.select(_days).where(of_these)).mappings()
        held = {(row["day"], row["what"], row["of"]): row["count"] for row in rows}
        sums = []
        for one in added:
            day, what = one.day.isoformat(), one.what.value
            before = held.get((day, what, one.of), 0)
            sums.append({"day": day, "what": what, "of": one.of, "count": before + one.count})
        put_rows(self._db, _days, sums)


def _product_hour(row: sa.RowMapping) -> ProductHour:
    return ProductHour(
        tcin=Tcin(row["tcin"]),
        hour=_hour(row["hour"]),
        in_stock=row["in_stock_ms"] * _MS,
        restocks=row["restocks"],
        lowest=None if row["lowest"] is None else Decimal(row["lowest"]),
        highest=None if row["highest"] is None else Decimal(row["highest"]),
    )


def _product_row(one: ProductHour) -> dict[str, object]:
    return {
        "tcin": one.tcin,
        "hour": _hour_name(one.hour),
        "in_stock_ms": one.in_stock // _MS,
        "restocks": one.restocks,
        "lowest": price_text(one.lowest),
        "highest": price_text(one.highest),
    }


def _hour(name: str) -> datetime:
    return datetime.fromisoformat(name).replace(tzinfo=UTC)


def _hour_name(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="hours")[:13]


def _last_hour(until: datetime) -> str:
    """The last one that begins before."""
    return _hour_name(until - _MS)


def _day_name(at: datetime) -> str:
    return at.astimezone(UTC).date().isoformat()
