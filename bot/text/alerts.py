"""A restock window as the story that its alert tells, and the outcome of an attempt as a message of its own."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import tzinfo

from bot.text.checkout import cart_line, owner_line, settle_words
from bot.text.markup import (
    clock_time,
    detail_words,
    headed,
    join_lines,
    money,
    near_time,
    product_heading,
)
from bot.text.purchases import doubt_words, outcome_line
from bot.text.reasons import as_sentence, begin_large
from config.durations import span
from config.products import Channel, Mode
from monitor.availability import is_above_cap, judge
from monitor.model import StockState
from purchasing.model import FOR_EVER, Attempt, EarlierPractice, Restock, Step
from purchasing.rules.state_machine import HOLDS_SLOT

_AMOUNT = re.compile(r"\$[0-9,]+\.[0-9]{2}")

#: An alert tells of so many real attempts, the last ones.
MOST_TRIES = 5


def alert_word(restock: Restock) -> str:
    """The one word in capitals for where a restock window stands."""
    last = restock.attempts[-1] if restock.attempts else None
    if last is not None and last.step is Step.UNCONFIRMED:
        return "UNCONFIRMED"
    if last is not None and last.step in HOLDS_SLOT:
        return "BUYING"
    if last is not None and last.step is Step.CONFIRMED and last.mode is Mode.LIVE:
        return "PURCHASED"
    hindered = _hindrance(restock)
    if hindered is not None:
        return "ABOVE CAP" if is_above_cap(restock.product, restock.stock) else "IN STOCK"
    return _word_of_outcome(last) if restock.closed_at is None else "GONE"


def is_above_its_cap(restock: Restock) -> bool:
    """Whether it is there, and its price alone keeps it from being bought."""
    is_there = restock.stock.state is StockState.IN_STOCK and not restock.stock.marketplace
    return is_there and is_above_cap(restock.product, restock.stock)


def told_above_cap(text: str) -> str | None:
    """The price at which the text of an alert says that the product is above its cap; None where it says another."""
    first = text.partition("\n")[0]
    price = _AMOUNT.search(first) if "<b>ABOVE CAP</b>" in first else None
    return price[0] if price else None


def says_in_stock(text: str) -> bool:
    """Whether the text of an alert says that the product is there, or that it is above its cap."""
    return any(f"<b>{word}</b>" in text for word in ("IN STOCK", "ABOVE CAP"))


def _hindrance(restock: Restock) -> str | None:
    """Why it is not to be bought though it is in stock; None too where it is not there."""
    if restock.stock.state is not StockState.IN_STOCK:
        return None
    return begin_large(judge(restock.product, restock.stock).why) or None


_WORDS_OF_ATTEMPTS = frozenset({"UNCONFIRMED", "BUYING", "PURCHASED", "FAILED"})


def _word_of_outcome(last: Attempt | None) -> str:
    if last is None or last.step is Step.REHEARSED:
        return "IN STOCK"
    return "PURCHASED" if last.step is Step.CONFIRMED else "FAILED"


def render_alert(restock: Restock, *, mode: Mode, zone: tzinfo, asked: str | None = None) -> str:
    """A restock window's whole story; the same message is edited as the story goes on.

    `mode` is what holds now, `asked` where the question stands whether to buy. An alert that stands at an attempt says
    that attempt's mode, which it keeps.
    """
    word = alert_word(restock)
    head_mode = restock.attempts[-1].mode if word in _WORDS_OF_ATTEMPTS else mode
    return join_lines(
        [
            headed(head_mode, f"<b>{word}</b> · {money(restock.stock.price)}"),
            product_heading(restock.name_and_title, restock.tcin),
            f"{_where(restock)} · {_since(restock, zone)}",
            *_tries(restock, head_mode=head_mode),
            asked,
            _rest(restock, zone),
            _end(restock),
        ]
    )


def render_restocks(restocks: Sequence[Restock], *, mode: Mode, zone: tzinfo) -> str:
    """Restocks of one cycle, named together before each has its alert. It never uses the alert's words in capitals."""
    opened_at = min(restock.opened_at for restock in restocks)
    head = f"<b>{len(restocks)} products came into stock</b> at {clock_time(opened_at, zone)}"
    lines = [f"{product_heading(one.name_and_title, one.tcin)} · {money(one.stock.price)}" for one in restocks]
    return join_lines([headed(mode, head), *lines, "A message about each follows without a sound."])


def _where(restock: Restock) -> str:
    # The shop's word for what is no longer there would be read as one for what was.
    detail = restock.stock.detail if restock.stock.state is StockState.IN_STOCK else None
    return f"{_WAYS[restock.product.channel]}{detail_words(detail, restock.stock.street_date)}"


_WAYS = {
    Channel.SHIPPING: "Ships to you",
    Channel.PICKUP: "Pickup at your store",
    Channel.ANY: "Ships to you, or pickup at your store",
}


def _since(restock: Restock, zone: tzinfo) -> str:
    opened = clock_time(restock.opened_at, zone)
    if restock.closed_at is None or _hindrance(restock) is not None:
        return f"in stock since {opened}"
    closed = clock_time(restock.closed_at, zone)
    return f"was in stock at {opened}" if opened == closed else f"was in stock {opened} to {closed}"


def _tries(restock: Restock, *, head_mode: Mode) -> list[str]:
    """What was tried; each mode that is not `head_mode` above is named."""
    ended = [one for one in restock.attempts if one.step not in HOLDS_SLOT]
    practice = [one for one in ended if one.mode is Mode.SIMULATE]
    real = [one for one in ended if one.mode is not Mode.SIMULATE]
    tries = [f"{len(real) - MOST_TRIES} earlier tries"] if len(real) > MOST_TRIES else []
    tries += [_in_mode(outcome_line(one), one.mode, head_mode) for one in real[-MOST_TRIES:]]
    if practice or restock.earlier.count:
        tries.append(_in_mode(_practised(practice, restock.earlier), Mode.SIMULATE, head_mode))
    tries += [_under_way(one) for one in restock.attempts[-1:] if one.step in HOLDS_SLOT]
    return tries


def _in_mode(line: str, mode: Mode, head_mode: Mode) -> str:
    return line if mode is head_mode else headed(mode, line)


def _practised(practice: Sequence[Attempt], earlier: EarlierPractice) -> str:
    if len(practice) == 1 and not earlier.count:
        return outcome_line(practice[-1])
    worked = sum(one.step is Step.CONFIRMED for one in practice) + earlier.confirmed
    count = f"{len(practice) + earlier.count} practice buys, {worked} worked"
    if not practice:
        return count
    last = practice[-1]
    ended = outcome_line(last)
    return count if last.step is Step.CONFIRMED else f"{count}; the last one: {ended[:1].lower()}{ended[1:]}"


def _under_way(attempt: Attempt) -> str:
    if attempt.step is Step.UNCONFIRMED:
        return f"Bought or not? {doubt_words(attempt)} (attempt {attempt.id}). I am looking into your order list."
    # No word of the step: an edit for each would use up the chat's pace, and /slot tells it.
    if attempt.mode is Mode.REHEARSE:
        return f"I am rehearsing to buy it now (attempt {attempt.id}). Nothing is ordered."
    return f"I am buying it now (attempt {attempt.id})"


def _rest(restock: Restock, zone: tzinfo) -> str | None:
    if restock.paused_until is None or restock.closed_at is not None:
        return None
    if restock.paused_until >= FOR_EVER:
        return "Paused until you resume it."
    return f"Paused until {near_time(restock.paused_until, zone, now=restock.opened_at)}."


def _end(restock: Restock) -> str | None:
    hindered = _hindrance(restock)
    if hindered is not None and is_above_cap(restock.product, restock.stock):
        hindered = f"Above your {money(restock.product.max_price)} limit"
    if restock.closed_at is not None:
        lasted = span(restock.closed_at - restock.opened_at)
        return f"Gone after {lasted}" if hindered is None else f"{hindered}, after {lasted} in which it could be bought"
    return hindered if restock.watched else "No longer watched"


def render_outcome(restock: Restock, attempt: Attempt, *, need: str | None = None, is_left: bool = False) -> str:
    """An attempt's outcome as a message of its own. It never uses the alert's words in capitals.

    `need` is what only the owner can do. `is_left`: something of it may still be in the cart.
    """
    return join_lines(
        [
            headed(attempt.mode, outcome_line(_without_cart(attempt) if is_left else attempt)),
            product_heading(restock.name_and_title, restock.tcin),
            cart_line(attempt, is_left=is_left),
            f"attempt {attempt.id}",
            owner_line(need, attempt) if need else None,
        ]
    )


def _without_cart(attempt: Attempt) -> Attempt:
    """As it ended, but for why something was left in the cart, which a line of its own tells."""
    return replace(attempt, why=attempt.why and attempt.why.partition(_LEFT)[0])


#: Between why an attempt was given up and why its cart could not be cleaned.
_LEFT = "; the cart could not be cleaned: "


def render_unconfirmed(restock: Restock, attempt: Attempt, *, need: str | None = None) -> str:
    at_stake = "" if attempt.total is None else f" It would cost {money(attempt.total)}."
    return join_lines(
        [
            headed(attempt.mode, f"<b>I don't know whether this was bought</b> (attempt {attempt.id})"),
            product_heading(restock.name_and_title, restock.tcin),
            f"{_doubt_sentence(attempt)}{at_stake}",
            "I never try twice. I am looking into your order list, and buy nothing else until I know.",
            owner_line(need, attempt) if need else f"If you know it before I do, send {settle_words(attempt)}.",
        ]
    )


def _doubt_sentence(attempt: Attempt) -> str:
    return as_sentence(attempt.why or "I saw no confirmation")
