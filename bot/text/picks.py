"""Which product is meant, and what is wanted of it: asked in words, answered by a tap."""

from collections.abc import Sequence
from decimal import ROUND_CEILING, Decimal

from bot.text.buttons import (
    PAGE,
    command_button,
    count_pages,
    in_rows,
    in_stock_first,
    page_row,
    product_label,
)
from bot.text.draft import Button, Buttons
from bot.text.markup import code, cut, headed, join_lines, line_heading, money, quoted
from config.durations import span
from config.products import BuyMode, Channel, Mode, Product
from monitor.availability import CHANNEL_WORDS
from purchasing.model import Line

#: What a person may do where there is nothing.
NOTHING_WATCHED = "<b>Nothing is watched yet.</b> Send me a product's link from target.com."
#: What is asked where a command lacks its product.
_QUESTIONS = {
    "show": "Which one do you want to see?",
    "why": "Which one do you want to know about?",
    "history": "Which one do you want to look back on?",
    "chart": "Which one shall I draw?",
    "remove": "Which one shall I stop watching?",
    "set": "Which one do you want to change?",
    "move": "Which one do you want to move?",
    "pause": "Which one shall I pause?",
    "resume": "Which one shall I watch again?",
    "buy": "Which one shall I buy?",
    "skip": "Which one shall I leave?",
}
#: What is said where there is nothing to pick.
_NOTHING = {"buy": "Nothing waits for your yes now.", "skip": "Nothing waits for your answer now."}
#: Stands behind the name of a command whose button doesn't show all that it says: what it raises is asked back.
UNNAMED = "?"
#: Stands between what a button to another page says.
_SEPARATOR = "\n"
#: A limit is offered as the price, rounded up, and so much above it.
SOME_MORE = Decimal("1.1")


def render_pick(
    name: str, lines: Sequence[Line], *, words: str, rest: str, page: int, mode: Mode
) -> tuple[str, Buttons]:
    """Which of these is meant by the command `name`: each a button that says it, those in stock first.

    `words` fit all of these, and `rest` is what was said besides.
    """
    if not lines:
        return headed(mode, _NOTHING.get(name, NOTHING_WATCHED)), ()
    pages = count_pages(len(lines))
    page = min(max(page, 1), pages)
    shown = in_stock_first(lines)[(page - 1) * PAGE : page * PAGE]
    question = _QUESTIONS.get(name, "Which one?")
    asked = f"“{quoted(words, 60)}” fits {len(lines)} products. {question}" if words else question
    picks = [_pick_button(name, line, rest) for line in shown]
    if None in picks:
        return _say_in_words(name, shown, asked, mode=mode), ()
    turned = page_row(page, pages, lambda number: pick_command(name, number, words=words, rest=rest))
    return headed(mode, asked), (*in_rows(picks, width=1), *([turned] if turned else []))


def _pick_button(name: str, line: Line, rest: str) -> Button | None:
    """A question is answered by its number, or for its restock, at its price: the button can't answer a later one."""
    asked = line.approval
    if name not in {"buy", "skip"} or asked is None:
        says = f"/{name}{UNNAMED}" if name == "set" and rest else f"/{name}"
        return command_button(product_label(line, line.stock.price), f"{says} {line.tcin} {rest}".strip())
    price = None if asked.price is None else asked.price * line.product.quantity
    which = f"#{asked.id}" if asked.answer is None else f"{line.tcin} w{asked.window}"
    return command_button(product_label(line, price), f"/{name} {which}")


def _say_in_words(name: str, lines: Sequence[Line], asked: str, *, mode: Mode) -> str:
    """For a command that is too long for a button."""
    how = f"Say it again with its number, like /{name} {code(lines[0].tcin)} …"
    return join_lines([headed(mode, f"{asked} {how}"), *map(line_heading, lines)])


def pick_command(name: str, page: int, *, words: str, rest: str) -> str:
    """What the button to another page of these says."""
    return _SEPARATOR.join((f"/pick {name} {page}", words, rest)).rstrip(_SEPARATOR)


def parse_pick(args: str) -> tuple[str, int, str, str]:
    """The command, the page, the words that fit several, and what was said besides, as a button tells them."""
    head, *more = args.split(_SEPARATOR, maxsplit=2)
    words, rest = (*more, "", "")[:2]
    name, _, page = head.partition(" ")
    return name, int(page[:6]) if page.isascii() and page.isdigit() else 1, words, rest


# ---- what is wanted of one product


def render_choices(line: Line, *, rest: str, mode: Mode) -> tuple[str, Buttons]:
    """What may be changed of a product by a tap, and how to say all else; `rest` lacks a highest price."""
    if rest:
        text = join_lines(
            [
                headed(mode, line_heading(line)),
                "I buy by myself only up to a limit. What is the most that one may cost?",
                f"Another one: {code(f'/set {line.tcin} max=49.99 {cut(rest, 300)}')}",
            ]
        )
        return text, limit_buttons(line, rest=rest)
    text = join_lines(
        [
            headed(mode, line_heading(line)),
            f"Now: {wish_words(line.product)}. What shall I change?",
            f"Another value: {code(f'/set {line.tcin} max=49.99')}, also qty=2, channel=pickup, every=60, name=…",
        ]
    )
    return text, wish_buttons(line)


def wish_words(product: Product) -> str:
    """How it is bought, in words of a household."""
    limit = "no limit" if product.max_price is None else f"at most {money(product.max_price)}"
    how = {
        BuyMode.ASK: f"I ask before I buy, {limit}",
        BuyMode.AUTO: f"I buy by myself, {limit}",
        BuyMode.ALERT: "I only tell you",
    }
    more = [
        None if product.quantity == 1 else f"{product.quantity} of them",
        None if product.channel is Channel.SHIPPING else CHANNEL_WORDS[product.channel],
        None if product.every is None else f"checked every {span(product.every)}",
        None if product.enabled else "switched off",
    ]
    return " · ".join([how[product.buy], *(one for one in more if one)])


def wish_buttons(line: Line) -> Buttons:
    """Limits, how it is bought, and whether it is watched at all: each a whole /set."""
    return (*limit_buttons(line), *buy_buttons(line), *in_rows([_switch(line)]))


def limit_buttons(line: Line, *, rest: str = "") -> Buttons:
    """Limits that make sense at its price, and none where there is one now; with `rest` set along with it."""
    product = line.product
    offered = [
        command_button(f"Limit {_dollars(limit)}", f"/set {line.tcin} max={_plain(limit)} {rest}".rstrip())
        for limit in sensible_limits(line)
    ]
    is_needed = rest or product.buy is BuyMode.AUTO
    if product.max_price is not None and not is_needed:
        offered.append(command_button("No limit", f"/set {line.tcin} max=none"))
    return in_rows(offered, width=3)


def sensible_limits(line: Line) -> list[Decimal]:
    """The price rounded up to a dollar, and some more; where it is not known, the limit and some more or less of it."""
    price, limit = line.stock.price, line.product.max_price
    if price is not None:
        offered = [_rounded(price), _rounded(price * SOME_MORE)]
    elif limit is not None:
        offered = [_rounded(limit / SOME_MORE), _rounded(limit * SOME_MORE)]
    else:
        offered = []
    return [one for one in dict.fromkeys(offered) if one != limit and one < MOST_EXPENSIVE]


#: A limit has no more digits.
MOST_EXPENSIVE = Decimal(1_000_000)


def _rounded(price: Decimal) -> Decimal:
    return max(price.to_integral_value(rounding=ROUND_CEILING), Decimal(1))


def _dollars(limit: Decimal) -> str:
    return f"${limit:,.0f}"


def _plain(limit: Decimal) -> str:
    return f"{limit:.0f}"


_BUY_LABELS = {
    BuyMode.ASK: "Ask me first",
    BuyMode.AUTO: "Buy by itself",
    BuyMode.ALERT: "Only tell me",
}


def buy_buttons(line: Line) -> Buttons:
    """The other ways in which it may be bought."""
    others = [buy for buy in _BUY_LABELS if buy is not line.product.buy]
    return in_rows(command_button(_BUY_LABELS[buy], f"/set {line.tcin} buy={buy}") for buy in others)


def _switch(line: Line) -> Button | None:
    if line.product.enabled:
        return command_button("Switch off", f"/set {line.tcin} on=no")
    return command_button("Switch on", f"/set {line.tcin} on=yes")


# ---- a place in the list


def render_places(line: Line, place: int, of: int, *, mode: Mode) -> tuple[str, Buttons]:
    """Where a product may be moved by a tap."""
    text = join_lines(
        [
            headed(mode, line_heading(line)),
            f"It is number {place} of {of}; what stands higher is bought first. Where shall it go?",
            f"Another place: {code(f'/move {line.tcin} 2')}",
        ]
    )
    up = [("⏫ To the top", 1), ("🔼 One up", place - 1)] if place > 1 else []
    down = [("🔽 One down", place + 1), ("⏬ To the end", of)] if place < of else []
    return text, in_rows(
        [command_button(label, f"/move {line.tcin} {target}") for label, target in dict([*up, *down]).items()]
    )
