"""Products and their restock windows: the watch list last taken up, what is known, and how buying stands."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

import sqlalchemy as sa

from config.products import Product, Tcin
from monitor.model import StockState, Window, name_and_title
from purchasing.errors import IllegalTransition
from purchasing.events import MovedWindows, ProductWindow, WatchlistChanged, stamp, stamp_or_none
from purchasing.model import CycleMark, Decision, Line, PurchaseState
from purchasing.rules.state_machine import check_state
from purchasing.storage import rows, tables
from purchasing.storage.controls import FIRST_NUMBER, ControlTable
from purchasing.storage.journal import JournalTable

_product, _window = tables.product, tables.window


def _update_product(*columns: str) -> sa.Update:
    return (
        sa.update(_product)
        .where(_product.c.tcin == sa.bindparam("of_tcin"))
        .values({column: sa.bindparam(column) for column in columns})
    )


_LEARNED = _update_product("stock", "detail", "price", "marketplace", "title", "image_url", "street_date", "seen_at")
_TIMES = _update_product("seen_at", "asked_at")
_COUNTED = (
    sa.select(_product.c.stock, _product.c.state, sa.func.count())
    .where(_product.c.position.is_not(None))
    .group_by(_product.c.stock, _product.c.state)
)


class ProductTable:
    """Reads and writes of one transaction."""

    def __init__(self, connection: sa.Connection, *, journal: JournalTable) -> None:
        self._db = connection
        self._journal = journal

    def watchlist(self) -> tuple[Product, ...]:
        """The list last taken up, in order of priority."""
        listed = sa.select(_product).where(_product.c.position.is_not(None)).order_by(_product.c.position)
        return tuple(rows.product_of(row) for row in self._db.execute(listed).mappings())

    def order(self) -> list[Tcin]:
        return [product.tcin for product in self.watchlist()]

    def count_watched(self) -> dict[tuple[StockState, PurchaseState], int]:
        """How many are on the list, by their last certain stock and by where they stand with buying."""
        counted = self._db.execute(_COUNTED)
        return {(StockState(stock), PurchaseState(state)): count for stock, state, count in counted}

    def known(self, tcins: Collection[Tcin]) -> list[Line]:
        """What these products are, watched or not, for words about them."""
        statement = sa.select(_product).where(_product.c.tcin.in_(tcins))
        return [
            Line(product=rows.product_of(row), stock=rows.stock_of(row))
            for row in self._db.execute(statement).mappings()
        ]

    def title_of(self, tcin: Tcin) -> str:
        """The shop's title, else the owner's own name for it, else nothing."""
        row = self._db.execute(sa.select(_product.c.title, _product.c.name).where(_product.c.tcin == tcin)).first()
        return "" if row is None else name_and_title(row.title, row.name)

    def price_of(self, tcin: Tcin) -> Decimal | None:
        price = self._db.execute(sa.select(_product.c.price).where(_product.c.tcin == tcin)).scalar()
        return None if price is None else Decimal(price)

    def take_up(self, products: Sequence[Product], *, by: str, at: datetime) -> WatchlistChanged | None:
        """Make this the watch list. The event holds the difference from the stored list; None where there is none."""
        stored = self.watchlist()
        if tuple(products) == stored:
            return None
        known = {product.tcin: product for product in stored}
        wanted = {product.tcin: product for product in products}
        unread = self._forget_other_channels(products)
        self._write_list(products)
        self._unqueue([tcin for tcin in known if tcin not in wanted], at=at)
        fact = WatchlistChanged(
            added=tuple(tcin for tcin in wanted if tcin not in known),
            removed=tuple(tcin for tcin in known if tcin not in wanted),
            changed=tuple(tcin for tcin in wanted if tcin in known and known[tcin] != wanted[tcin]),
            unread=tuple(unread),
            order=tuple(wanted),
            by=by,
        )
        self._journal.append(fact, at=at)
        return fact

    def _forget_other_channels(self, products: Sequence[Product]) -> list[Tcin]:
        """Of whom nothing is known any more: what was read of another channel must not have it bought."""
        read = sa.select(_product.c.tcin, _product.c.channel).where(_product.c.stock != StockState.UNKNOWN)
        channels = dict(self._db.execute(read).all())
        unread = [one.tcin for one in products if channels.get(one.tcin, one.channel) != one.channel]
        self._db.execute(
            sa.update(_product)
            .where(_product.c.tcin.in_(unread))
            .values(stock=StockState.UNKNOWN, detail=None, seen_at=None, price=None)
        )
        return unread

    def _write_list(self, products: Sequence[Product]) -> None:
        self._db.execute(sa.update(_product).values(position=None))
        for position, product in enumerate(products, start=1):
            self._write(product, position)

    def keep_unlisted(self, product: Product) -> None:
        """Have a product that stands in no watch list."""
        self._write(product, None)

    def _write(self, product: Product, position: int | None) -> None:
        row = rows.product_row(product, position)
        kept = self._db.execute(sa.update(_product).where(_product.c.tcin == product.tcin).values(row))
        if kept.rowcount == 0:
            fresh = {**row, "stock": StockState.UNKNOWN, "state": PurchaseState.READY}
            self._db.execute(sa.insert(_product).values(fresh))

    def _unqueue(self, removed: Iterable[Tcin], *, at: datetime) -> None:
        self._db.execute(
            sa.update(_product)
            .where(_product.c.tcin.in_(list(removed)), _product.c.state == PurchaseState.QUEUED)
            .values(state=PurchaseState.READY, since=stamp(at))
        )

    def pause(self, tcin: Tcin, until: datetime | None) -> bool:
        """Have a product rest until then, or no longer if None; whether it is watched at all."""
        watched = sa.and_(_product.c.tcin == tcin, _product.c.position.is_not(None))
        paused = sa.update(_product).where(watched).values(paused_until=stamp_or_none(until))
        return self._db.execute(paused).rowcount == 1

    def set_state(self, tcin: Tcin, before: PurchaseState, after: PurchaseState, *, at: datetime, **more: str) -> None:
        check_state(before, after)
        moved = self._db.execute(
            sa.update(_product)
            .where(_product.c.tcin == tcin, _product.c.state == before)
            .values(state=after, since=stamp(at), **more)
        )
        if moved.rowcount != 1:
            raise IllegalTransition(f"{tcin} was no longer {before}, so that it can't become {after}")

    def write_stocks(self, decision: Decision) -> None:
        """Write what became known; that the rest was seen too stands in the cycle's mark."""
        if decision.stocks:
            seen = decision.seen_at
            learned = [
                rows.stock_row(tcin, one) | {"seen_at": stamp_or_none(seen.get(tcin))}
                for tcin, one in decision.stocks.items()
            ]
            self._db.execute(_LEARNED, learned)

    def write_times(self, tcins: Iterable[Tcin], mark: CycleMark) -> None:
        """Put into their own rows when these were last seen and asked for, as no mark will tell it any more."""
        times = [
            {
                "of_tcin": tcin,
                "seen_at": stamp_or_none(mark.seen_at.get(tcin)),
                "asked_at": stamp_or_none(mark.asked_at.get(tcin)),
            }
            for tcin in tcins
        ]
        if times:
            self._db.execute(_TIMES, times)


_OPEN_OF = sa.select(_window.c.id).where(_window.c.tcin == sa.bindparam("of_tcin"), _window.c.closed_at.is_(None))
_LAST_OF = (
    sa.select(_window.c.id)
    .where(_window.c.tcin == sa.bindparam("of_tcin"), _window.c.closed_at.is_not(None))
    .order_by(_window.c.id.desc())
    .limit(1)
)
_OPENED = sa.insert(_window).returning(_window.c.id)
_OF_WINDOW = _window.c.id == sa.bindparam("window")
_CLOSED = sa.update(_window).where(_OF_WINDOW).values(closed_at=sa.bindparam("closed_at"))
_MISSED = sa.update(_window).where(_OF_WINDOW).values(misses=sa.bindparam("misses"))


class WindowTable:
    """Reads and writes of one transaction."""

    def __init__(self, connection: sa.Connection, *, controls: ControlTable) -> None:
        self._db = connection
        self._controls = controls

    def open_of(self, tcin: Tcin) -> int | None:
        return self._db.execute(_OPEN_OF, {"of_tcin": tcin}).scalar()

    def last_ended(self, tcin: Tcin) -> int | None:
        """The last window of a product that has none open."""
        return self._db.execute(_LAST_OF, {"of_tcin": tcin}).scalar()

    def write(self, windows: Mapping[Tcin, Window | None], *, at: datetime) -> MovedWindows:
        """Write what changed; the windows that were opened and closed, for the event."""
        opened, closed = [], []
        for tcin, window in windows.items():
            held = self.open_of(tcin)
            if held is None and window is not None:
                row = {"tcin": tcin, "opened_at": stamp(window.opened_at), "misses": window.misses}
                opened.append(ProductWindow(tcin=tcin, window=self._insert(row)))
            elif held is not None and window is None:
                self._db.execute(_CLOSED, {"window": held, "closed_at": stamp(at)})
                closed.append(ProductWindow(tcin=tcin, window=held))
            elif window is not None:
                self._db.execute(_MISSED, {"window": held, "misses": window.misses})
        return MovedWindows(opened=tuple(opened), closed=tuple(closed))

    def last_number(self) -> int:
        return int(self._db.execute(sa.select(sa.func.max(_window.c.id))).scalar() or 0)

    def _insert(self, row: dict[str, object]) -> int:
        first = self._controls.get(FIRST_NUMBER)
        numbered = row if first is None else {**row, "id": max(first, self.last_number() + 1)}
        return int(self._db.execute(_OPENED, numbered).scalar_one())
