"""Buyable or why not, and the opening and closing of restock windows. Called when a cycle is decided."""

from dataclasses import dataclass, replace
from datetime import datetime

from config.products import Channel, Product
from monitor.model import Reading, Signal, Stock, StockState, Window

#: Certain not-buyable readings in a row that close a restock window. One alone may be a slip of the shop.
MISSES_THAT_CLOSE = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """`buyable` is None where nothing certain is known; `why` says in plain words why not, and is empty if buyable."""

    buyable: bool | None
    why: str = ""


def wanted_signal(reading: Reading, channel: Channel) -> Signal:
    """What the reading says of the channel that the owner wants; of `any`, the one that is in stock."""
    match channel:
        case Channel.SHIPPING:
            return reading.shipping
        case Channel.PICKUP:
            return reading.pickup
        case Channel.ANY:
            return max(reading.shipping, reading.pickup, key=_tells_most)


def _tells_most(signal: Signal) -> int:
    # One channel that is sold out says nothing of the other: "any" is out of stock only when both certainly are.
    return (StockState.OUT_OF_STOCK, StockState.UNKNOWN, StockState.IN_STOCK).index(signal.state)


def learn(known: Stock, reading: Reading, channel: Channel) -> Stock:
    """What is known after this reading. An unknown one changes nothing; a title, once learned, stays.

    Gives `known` itself where the reading says nothing new.
    """
    signal = wanted_signal(reading, channel)
    return known if signal.state is StockState.UNKNOWN else learn_certain(known, reading, signal)


def learn_certain(known: Stock, reading: Reading, signal: Signal) -> Stock:
    """As `learn`, of a reading whose signal of the wanted channel is certain."""
    if _says_what_is_known(known, reading, signal):
        return known
    return Stock(
        state=signal.state,
        detail=signal.word,
        price=reading.price,
        title=reading.title or known.title,
        image_url=reading.image_url or known.image_url,
        marketplace=known.marketplace if reading.marketplace is None else reading.marketplace,
    )


def _says_what_is_known(known: Stock, reading: Reading, signal: Signal) -> bool:
    return (
        known.state is signal.state
        and known.detail == signal.word
        and known.price == reading.price
        and (not reading.title or reading.title == known.title)
        and (not reading.image_url or reading.image_url == known.image_url)
        and (reading.marketplace is None or reading.marketplace is known.marketplace)
    )


def judge(product: Product, stock: Stock) -> Verdict:
    """Buyable: the wanted channel is in stock and nothing known forbids it. What is not told forbids nothing."""
    if stock.state is StockState.UNKNOWN:
        return Verdict(buyable=None, why="no certain reading yet")
    if stock.state is StockState.OUT_OF_STOCK:
        return Verdict(buyable=False, why=f"out of stock ({stock.detail})" if stock.detail else "out of stock")
    if stock.marketplace:
        return Verdict(buyable=False, why="sold by a marketplace seller")
    if product.max_price is not None and stock.price is not None and stock.price > product.max_price:
        return Verdict(buyable=False, why=f"price {stock.price} is above the cap {product.max_price}")
    return Verdict(buyable=True)


def advance_window(window: Window | None, verdict: Verdict, *, at: datetime) -> Window | None:
    """The restock window after a certain reading: opened by a buyable one, closed by two in a row that are not."""
    if verdict.buyable is None:
        return window
    if verdict.buyable:
        if window is not None and not window.misses:
            return window
        return Window(opened_at=at) if window is None else replace(window, misses=0)
    if window is None or window.misses + 1 >= MISSES_THAT_CLOSE:
        return None
    return replace(window, misses=window.misses + 1)
