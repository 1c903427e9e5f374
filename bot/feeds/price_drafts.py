"""What is told of prices: what is in stock above its cap, and a drop to the cap while an alert stands. Pure.

A spell begins when a product is found in stock above its cap, outside of an alert that says so, and lasts until it is
sold out or no longer above it. Within it only a lower price is news.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo
from decimal import Decimal

from bot.feeds.alert_drafts import AlertFacts
from bot.feeds.personal import as_chosen
from bot.text.draft import Button, Draft, Rank
from bot.text.taps.alert_buttons import alert_buttons
from bot.text.taps.prices import end_price_news, holds, price_buttons, render_price_drop, render_price_news
from config.products import Tcin
from monitor.availability import is_above_cap
from monitor.model import StockState
from purchasing.events import CycleCompleted, Event
from purchasing.model import Line


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldPrice:
    """Price news that were told in a chat."""

    key: str
    chat: int
    text: str
    #: The cycle in which the spell began, and the price.
    spell: int
    price: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceFacts:
    """What the prices of these events are told from."""

    #: The products that each event may tell of; where several may, the last one does.
    turns: Mapping[int, Sequence[Tcin]] = field(default_factory=dict)
    #: What is known of them, and the price news of their last spell.
    lines: Mapping[Tcin, Line] = field(default_factory=dict)
    last_news: Mapping[Tcin, Sequence[ToldPrice]] = field(default_factory=dict)
    #: The alerts that say that a product is above its cap, by their windows, with the price that they tell.
    above_cap: Mapping[int, str] = field(default_factory=dict)


class PriceDrafts:
    def __init__(self, *, product_link: Callable[[Tcin], str], zone: tzinfo) -> None:
        """`zone` is the time zone of all who chose none."""
        self._link = product_link
        self._zone = zone

    def draft(self, event: Event, prices: PriceFacts, alerts: AlertFacts) -> list[Draft]:
        if not isinstance(event.fact, CycleCompleted):
            return []
        news: list[Draft] = []
        ended: list[Draft] = []
        cycle, chats = event.fact.cycle_id, {one.chat for one in alerts.recipients}
        for tcin in prices.turns.get(event.seq, ()):
            line, window = prices.lines[tcin], alerts.windows.get(tcin)
            standing = [one for one in prices.last_news.get(tcin, ()) if holds(one.text) and one.chat in chats]
            if not _is_above(line):
                ended += _ended(standing, line)
                news += [] if window is None else self._dropped(window, prices, alerts)
            elif window is None and tcin not in alerts.lingering:
                news += self._news(line, standing, cycle=cycle, alerts=alerts)
        # What was told is kept true, whatever was chosen since.
        return [*ended, *as_chosen(news, event, alerts, zone=self._zone)]

    def _news(self, line: Line, standing: Sequence[ToldPrice], *, cycle: int, alerts: AlertFacts) -> list[Draft]:
        price, before = line.stock.price, min((one.price for one in standing), default=None)
        if price is None or (before is not None and price >= before):
            return []
        text = render_price_news(line, before=before, mode=alerts.mode)
        spell = standing[-1].spell if standing else cycle
        return [
            Draft(
                key=f"price:{line.tcin}:{spell}:{price}:{one.chat}",
                chat=one.chat,
                thread=one.thread,
                text=text,
                rank=Rank.UPDATE,
                silent=True,
                buttons=(self._way(line.tcin), *price_buttons(line, acting=one.may_answer)),
                once=True,
            )
            for one in alerts.recipients
        ]

    def _way(self, tcin: Tcin) -> tuple[Button, ...]:
        return (Button(text="Open at Target", url=self._link(tcin)),)

    def _dropped(self, window: int, prices: PriceFacts, alerts: AlertFacts) -> list[Draft]:
        """An edit of its alert makes no sound, so this does."""
        restock, before = alerts.restocks[window], prices.above_cap.get(window)
        if before is None or restock.is_skipped or restock.stock.state is not StockState.IN_STOCK:
            return []
        text = render_price_drop(restock, before, mode=alerts.mode)
        return [
            Draft(
                key=f"drop:{window}:{restock.stock.price}:{one.chat}",
                chat=one.chat,
                thread=one.thread,
                text=text,
                rank=Rank.ALERT,
                buttons=alert_buttons(restock, link=self._link(restock.tcin), acting=one.may_answer),
                once=True,
            )
            for one in alerts.recipients
        ]


def _is_above(line: Line) -> bool:
    is_there = line.stock.state is StockState.IN_STOCK and not line.stock.marketplace
    return is_there and is_above_cap(line.product, line.stock)


def _ended(standing: Iterable[ToldPrice], line: Line) -> list[Draft]:
    in_stock = line.stock.state is StockState.IN_STOCK
    return [
        Draft(
            key=one.key,
            chat=one.chat,
            text=end_price_news(one.text, line, earlier=one.price, in_stock=in_stock),
            rank=Rank.UPDATE,
            silent=True,
            matters=False,
        )
        for one in standing
    ]
