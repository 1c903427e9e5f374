"""Prices and the owner's limits: what is in stock above its cap, when that is over, and when a price drops to it."""

from datetime import tzinfo
from decimal import ROUND_CEILING, Decimal

from bot.text.draft import Button, Buttons
from bot.text.markup import Known, headed, join_lines, line_heading, money, product_heading
from config.products import Mode, Tcin
from purchasing.commands import Done, Snoozed
from purchasing.model import Line, Restock

#: What the data of a button begins with that wants no more of a price, or not yet of a reminder.
DISMISSAL = "n:"

#: How the first line begins while it holds, and once it is over.
_HOLDS, _OVER = "In stock at", "Was in stock at"


def raise_button(tcin: Tcin, price: Decimal) -> Button:
    """It names the amount, in whole dollars, so that nothing need be asked back."""
    most = price.to_integral_value(rounding=ROUND_CEILING)
    return Button(text=f"Pay up to ${most:,}", data=f"/set {tcin} max={most:f}")


def price_buttons(line: Line, *, acting: bool) -> Buttons:
    """For who may change what is paid."""
    if not acting or line.stock.price is None:
        return ()
    dismiss = Button(text="Not at this price", data=f"{DISMISSAL}{line.tcin}")
    return ((raise_button(line.tcin, line.stock.price), dismiss),)


def render_price_news(line: Line, *, before: Decimal | None = None, mode: Mode) -> str:
    """What is in stock above its cap; `before` is the price that was told last, where there was one."""
    now, cap = money(line.stock.price), money(line.product.max_price)
    change = None if before is None else f"{money(before)} → {now}, your limit {cap}."
    return join_lines([headed(mode, f"{_HOLDS} {now}, above your {cap} limit."), line_heading(line), change])


def holds(text: str) -> bool:
    """Whether price news still says that it is so."""
    return _HOLDS in text.partition("\n")[0]


def end_price_news(text: str, line: Line, *, earlier: Decimal, in_stock: bool) -> str:
    """Price news that were told, once they hold no more."""
    first, *rest = text.split("\n")
    return join_lines([first.replace(_HOLDS, _OVER), *rest, _why_over(line, earlier=earlier, in_stock=in_stock)])


def _why_over(line: Line, *, earlier: Decimal, in_stock: bool) -> str:
    if not in_stock:
        return "Sold out since."
    price, cap = line.stock.price, line.product.max_price
    if line.stock.marketplace:
        return "Another seller offers it now."
    if cap is None:
        return "There is no limit any more."
    if price is None or price == earlier:
        return f"Your limit is {money(cap)} now."
    return f"{money(earlier)} → {money(price)}, your limit {money(cap)}."


def render_price_drop(restock: Restock, before: str, *, mode: Mode) -> str:
    """What was above its cap, at the price `before`, and no longer is, while its alert stands."""
    now, cap = money(restock.stock.price), restock.product.max_price
    limit = "no limit any more" if cap is None else f"your limit {money(cap)}"
    return join_lines(
        [headed(mode, f"<b>{before} → {now}</b>, {limit}."), product_heading(restock.name_and_title, restock.tcin)]
    )


def say_dismissed(result: Done | Snoozed, _known: Known, _zone: tzinfo) -> list[str]:
    if isinstance(result, Snoozed):
        return ["I remind you tomorrow."]
    return ["Not at this price. I tell you when it is cheaper, or sold out and back."]
