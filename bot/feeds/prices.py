"""Gathers what is told of prices: no more than the cycles at hand need."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from decimal import Decimal

from bot.feeds.alert_drafts import AlertFacts, alert_key, in_stock_in, left_stock_in
from bot.feeds.price_drafts import PriceFacts, ToldPrice
from bot.telegram.messages import ChatRecords
from bot.text.alerts import told_above_cap
from config.products import DRILL, Tcin
from purchasing.events import CycleCompleted, Event
from purchasing.model import Line
from purchasing.storage.unit_of_work import UnitOfWork

_EVER = datetime(2000, 1, 1, tzinfo=UTC)


def gather_price_facts(
    events: Sequence[Event], unit: UnitOfWork, records: ChatRecords, alerts: AlertFacts
) -> PriceFacts:
    cycles = [(event.seq, event.fact) for event in events if isinstance(event.fact, CycleCompleted)]
    last = {tcin: seq for seq, cycle in cycles for tcin in _moved_in(cycle) if tcin != DRILL}
    if not last:
        return PriceFacts()
    lines = {line.tcin: line for line in unit.products.known(last)}
    moved = {tcin for _, cycle in cycles for tcin in (*left_stock_in(cycle), *_opened_in(cycle))}
    # Many are in stock after a start; what has no cap and did not move is no news.
    last = {tcin: seq for tcin, seq in last.items() if _is_told_of(lines.get(tcin), is_moved=tcin in moved)}
    opened = {one.window for _, cycle in cycles for one in cycle.windows.opened}
    standing = [window for tcin in last if (window := alerts.windows.get(tcin)) is not None and window not in opened]
    chats = [one.chat for one in alerts.recipients]
    above_cap = {window: _price_in(records.texts([alert_key(window, chat) for chat in chats])) for window in standing}
    return PriceFacts(
        turns={seq: [tcin for tcin, turn in last.items() if turn == seq] for seq, _ in cycles},
        lines=lines,
        last_news={tcin: _last_news(tcin, records) for tcin in last},
        above_cap={window: price for window, price in above_cap.items() if price is not None},
    )


def _moved_in(cycle: CycleCompleted) -> list[Tcin]:
    return [*in_stock_in(cycle), *left_stock_in(cycle), *_opened_in(cycle)]


def _is_told_of(line: Line | None, *, is_moved: bool) -> bool:
    return line is not None and (is_moved or line.product.max_price is not None)


def _opened_in(cycle: CycleCompleted) -> list[Tcin]:
    return [one.tcin for one in cycle.windows.opened]


def _price_in(texts: Iterable[str]) -> str | None:
    """The price at which an alert that was told stands above its cap."""
    return next((price for text in texts if (price := told_above_cap(text)) is not None), None)


def _last_news(tcin: Tcin, records: ChatRecords) -> list[ToldPrice]:
    news = []
    for draft in (one.draft for one in records.kept_since(f"price:{tcin}:", _EVER)):
        _, _, spell, price, _ = draft.key.split(":")
        news.append(ToldPrice(key=draft.key, chat=draft.chat, text=draft.text, spell=int(spell), price=Decimal(price)))
    return news
