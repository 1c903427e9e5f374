"""Buyable or why not, and the opening and closing of restock windows. Called when a cycle is decided."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

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
        street_date=reading.street_date or known.street_date,
        marketplace=known.marketplace if reading.marketplace is None else reading.marketplace,
    )


def _says_what_is_known(known: Stock, reading: Reading, signal: Signal) -> bool:
    return (
        known.state is signal.state
        and known.detail == signal.word
        and known.price == reading.price
        and (not reading.title or reading.title == known.title)
        and (not reading.image_url or reading.image_url == known.image_url)
        and (reading.street_date is None or reading.street_date == known.street_date)
        and (reading.marketplace is None or reading.marketplace is known.marketplace)
    )


def new_word(word: str) -> str:
    return f"Target uses a new word for its stock: {word}"


CHANNEL_WORDS: Final[Mapping[Channel, str]] = {
    Channel.SHIPPING: "shipping",
    Channel.PICKUP: "pickup",
    Channel.ANY: "shipping or pickup",
}
_OTHER: Final[Mapping[Channel, Channel]] = {Channel.SHIPPING: Channel.PICKUP, Channel.PICKUP: Channel.SHIPPING}


def why_unknown(reading: Reading, channel: Channel) -> str:
    """Why the reading tells nothing certain of the wanted channel, in plain words."""
    if reading.trouble is not None:
        return reading.trouble
    signals = (reading.shipping, reading.pickup) if channel is Channel.ANY else (wanted_signal(reading, channel),)
    word = next((one.word for one in signals if one.state is StockState.UNKNOWN and one.word), None)
    why = new_word(word) if word else f"Target's answer says nothing of {_silent_channels(reading, channel)}"
    elsewhere = why_only_elsewhere(reading, channel)
    return f"{why}; it is {elsewhere}" if elsewhere else why


def _silent_channels(reading: Reading, channel: Channel) -> str:
    if channel is Channel.ANY and reading.is_certain:
        silent = Channel.SHIPPING if reading.shipping.state is StockState.UNKNOWN else Channel.PICKUP
        return f"{CHANNEL_WORDS[silent]}, and it is sold out for {CHANNEL_WORDS[_OTHER[silent]]}"
    return CHANNEL_WORDS[channel]


def why_only_elsewhere(reading: Reading, channel: Channel) -> str | None:
    """That it is in stock on the other channel, in plain words; to be asked where it is not on the wanted one."""
    other = _OTHER.get(channel)
    if other is None or wanted_signal(reading, other).state is not StockState.IN_STOCK:
        return None
    return f"in stock for {CHANNEL_WORDS[other]}, not for {CHANNEL_WORDS[channel]}"


def is_above_cap(product: Product, stock: Stock) -> bool:
    return product.max_price is not None and stock.price is not None and stock.price > product.max_price


def judge(product: Product, stock: Stock) -> Verdict:
    """Buyable: the wanted channel is in stock and nothing known forbids it. What is not told forbids nothing."""
    if stock.state is StockState.UNKNOWN:
        return Verdict(buyable=None, why="no certain reading yet")
    if stock.state is StockState.OUT_OF_STOCK:
        return Verdict(buyable=False, why=f"out of stock ({stock.detail})" if stock.detail else "out of stock")
    if stock.marketplace:
        return Verdict(buyable=False, why="sold by a marketplace seller")
    if is_above_cap(product, stock):
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
