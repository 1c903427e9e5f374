"""Asking the shop once, for the command line: no data directory, no database, no chat."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rich.table import Table

from config.chance import system_chance
from config.clock import monotonic, utc_now
from config.products import Product, Tcin
from config.settings import Settings
from config.watchlist import WatchlistError, WatchlistFile
from monitor.judge import learn
from monitor.model import Answer, Stock, StockState
from monitor.shop import RedskyShop
from purchasing.journal import price_text, stamp_or_none


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What one round of asking brought."""

    took_ms: int
    stocks: dict[Tcin, Stock]
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
                    "seen_at": stamp_or_none(stock.seen_at),
                }
                for tcin, stock in self.stocks.items()
            },
        }

    @property
    def table(self) -> Table:
        table = Table("TCIN", "title", "stock", "price", title=f"{len(self.stocks)} products in {self.took_ms} ms")
        for tcin, stock in self.stocks.items():
            table.add_row(tcin, stock.title or "", f"{stock.state} ({stock.detail})", price_text(stock.price) or "")
        table.caption = "\n".join(self.troubles) or None
        return table


async def check_products(settings: Settings, tcins: Sequence[Tcin]) -> Found:
    """Ask for these, or for what the watch list's file holds where none is named."""
    products = [Product(tcin=tcin) for tcin in tcins] or _watched(settings)
    began = monotonic()
    async with RedskyShop(settings.target, now=utc_now, rng=system_chance()) as shop:
        answer = await shop.ask([product.tcin for product in products])
    return Found(
        took_ms=round((monotonic() - began) * 1000),
        stocks={product.tcin: _stock(product, answer) for product in products},
        troubles=tuple(f"{one.trouble}: {one.message}" for one in answer.troubles),
    )


def _watched(settings: Settings) -> list[Product]:
    try:
        return [product for product in WatchlistFile(settings.data_dir / "watchlist.toml").read() if product.enabled]
    except WatchlistError:
        return []


def _stock(product: Product, answer: Answer) -> Stock:
    reading = answer.readings[product.tcin]
    known = Stock(title=reading.title)
    return learn(known, reading, product.channel)
