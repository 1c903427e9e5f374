"""Rows of the tables to and from our values."""

import json
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

import sqlalchemy as sa

from config.products import BuyMode, Channel, Mode, Product, Tcin
from monitor.model import Stock, StockState, Window
from purchasing.events import price_text, unstamp
from purchasing.model import Attempt, Step

Row = sa.RowMapping


def time_of(text: str | None) -> datetime | None:
    return None if text is None else unstamp(text)


def _price(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def product_of(row: Row) -> Product:
    return Product(
        tcin=Tcin(row["tcin"]),
        name=row["name"],
        max_price=_price(row["max_price"]),
        quantity=row["quantity"],
        buy=BuyMode(row["buy"]),
        channel=Channel(row["channel"]),
        every=None if row["every_s"] is None else timedelta(seconds=row["every_s"]),
        enabled=bool(row["enabled"]),
    )


def product_row(product: Product, position: int | None) -> dict[str, object]:
    return {
        "tcin": product.tcin,
        "position": position,
        "name": product.name,
        "max_price": price_text(product.max_price),
        "quantity": product.quantity,
        "buy": product.buy,
        "channel": product.channel,
        "every_s": None if product.every is None else product.every.total_seconds(),
        "enabled": int(product.enabled),
    }


def stock_of(row: Row) -> Stock:
    return Stock(
        state=StockState(row["stock"]),
        detail=row["detail"],
        price=_price(row["price"]),
        marketplace=None if row["marketplace"] is None else bool(row["marketplace"]),
        title=row["title"],
        image_url=row["image_url"],
        street_date=None if row["street_date"] is None else date.fromisoformat(row["street_date"]),
    )


def stock_row(tcin: Tcin, stock: Stock) -> dict[str, object]:
    return {
        "of_tcin": tcin,
        "stock": stock.state,
        "detail": stock.detail,
        "price": price_text(stock.price),
        "marketplace": None if stock.marketplace is None else int(stock.marketplace),
        "title": stock.title,
        "image_url": stock.image_url,
        "street_date": day_text(stock.street_date),
    }


def day_text(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def window_of(row: Row) -> Window | None:
    if row["window_opened_at"] is None:
        return None
    return Window(opened_at=unstamp(row["window_opened_at"]), misses=row["misses"])


def attempt_of(row: Row) -> Attempt:
    return Attempt(
        id=row["id"],
        tcin=Tcin(row["tcin"]),
        mode=Mode(row["mode"]),
        step=Step(row["step"]),
        quantity=row["quantity"],
        price=_price(row["price"]),
        max_price=_price(row["max_price"]),
        opened_at=unstamp(row["opened_at"]),
        moved_at=unstamp(row["moved_at"]),
        deadline=unstamp(row["deadline"]),
        window=row["window_id"],
        why=row["why"],
        order_number=row["order_number"],
        total=_price(row["total"]),
        channel=Channel(row["channel"]),
        orders_before=None if row["orders_before"] is None else tuple(json.loads(row["orders_before"])),
    )


def orders_text(numbers: Sequence[str] | None) -> str | None:
    """The numbers of orders, as they are stored."""
    return None if numbers is None else json.dumps(list(numbers))
