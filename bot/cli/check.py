"""Asking the shop once, for the command line: no data directory, no database, no chat."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.table import Table

from config.chance import system_chance
from config.clock import monotonic, utc_now
from config.products import Product, Tcin
from config.settings import Settings
from config.watchlist import WatchlistFile, WatchlistGone
from monitor.availability import judge, learn, wanted_signal, why_only_elsewhere, why_unknown
from monitor.model import ShopAnswer, Stock, StockState
from monitor.target.client import RedskyShop
from purchasing.events import price_text, stamp_or_none


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """What one round of asking brought."""

    took_ms: int
    stocks: dict[Tcin, Stock]
    seen_at: dict[Tcin, datetime]
    #: Why nothing certain came of a product, or why it would not be alerted; None where there is no such reason.
    why: dict[Tcin, str | None]
    troubles: tuple[str, ...]

    @property
    def certain(self) -> bool:
        """Whether every product got a certain reading."""
        return all(stock.state is not StockState.UNKNOWN for stock in self.stocks.values())

    @property
    def body(self) -> dict[str, Any]:
        return {
            "took_ms": self.took_ms,
            "stock": {
                tcin: {
                    "title": stock.title,
                    "state": stock.state,
                    "detail": stock.detail,
                    "price": price_text(stock.price),
                    "seen_at": stamp_or_none(self.seen_at.get(tcin)),
                    "why": self.why.get(tcin),
                }
                for tcin, stock in self.stocks.items()
            },
        }

    @property
    def table(self) -> Table:
        table = Table(
            "TCIN", "title", "stock", "price", "why", title=f"{len(self.stocks)} products in {self.took_ms} ms"
        )
        for tcin, stock in self.stocks.items():
            table.add_row(
                tcin, stock.title or "", _words(stock), price_text(stock.price) or "", self.why.get(tcin) or ""
            )
        return table


def choose_products(path: Path, tcins: Sequence[Tcin]) -> list[Product]:
    """These, or what the watch list's file holds where none is named; each as it is wanted there.

    Raises:
        WatchlistError: the file is wrong.
    """
    try:
        listed = {product.tcin: product for product in WatchlistFile(path).read()}
    except WatchlistGone:
        listed = {}
    if tcins:
        return [listed.get(tcin, Product(tcin=tcin)) for tcin in tcins]
    return [product for product in listed.values() if product.enabled]


async def check_products(settings: Settings, products: Sequence[Product]) -> CheckResult:
    began = monotonic()
    async with RedskyShop(settings.target, now=utc_now, rng=system_chance()) as shop:
        answer = await shop.ask([product.tcin for product in products])
    stocks = {product.tcin: _stock(product, answer) for product in products}
    return CheckResult(
        took_ms=round((monotonic() - began) * 1000),
        stocks=stocks,
        seen_at={
            tcin: answer.readings[tcin].at for tcin, stock in stocks.items() if stock.state is not StockState.UNKNOWN
        },
        why={product.tcin: _why(product, stocks[product.tcin], answer) for product in products},
        troubles=tuple(f"{one.trouble}: {one.message}" for one in answer.troubles),
    )


def _stock(product: Product, answer: ShopAnswer) -> Stock:
    reading = answer.readings[product.tcin]
    known = Stock(title=reading.title, detail=wanted_signal(reading, product.channel).word)
    return learn(known, reading, product.channel)


def _why(product: Product, stock: Stock, answer: ShopAnswer) -> str | None:
    reading = answer.readings[product.tcin]
    if stock.state is StockState.UNKNOWN:
        return why_unknown(reading, product.channel)
    if stock.state is StockState.IN_STOCK:
        return judge(product, stock).why or None
    return why_only_elsewhere(reading, product.channel)


def _words(stock: Stock) -> str:
    return f"{stock.state} ({stock.detail})" if stock.detail else str(stock.state)
