"""What is told once of a longer time: a day, a time without contact, a question that nobody has answered."""

from collections.abc import Iterator, Sequence
from datetime import timedelta, tzinfo
from decimal import Decimal

from bot.text.markup import (
    clock_time,
    command_words,
    first_few,
    headed,
    join_lines,
    money,
    product_heading,
    quoted,
)
from bot.text.purchases import approval_line
from bot.text.reasons import reason
from config.durations import span
from config.products import Mode
from purchasing.events import BoughtProduct, CaughtUp, DaySummedUp, MissedRestock, RestockedProduct, WaitedCommand
from purchasing.model import Restock

#: Of one kind no more are named.
MOST_TOLD = 20
#: From this part of a time on, what held in it held all the while.
NEARLY_ALL = 0.95


def is_open_question(restock: Restock) -> bool:
    """Whether a yes could still be said."""
    return restock.approval is not None and restock.approval.answer is None and restock.closed_at is None


def render_nudge(restock: Restock, *, mode: Mode, zone: tzinfo) -> str:
    """The question whether to buy, asked once more; edited once it is answered or over."""
    heading = product_heading(restock.name_and_title, restock.tcin)
    if restock.approval is None or not is_open_question(restock):
        return join_lines([headed(mode, "This question is closed."), heading, _how_closed(restock, zone)])
    price = restock.stock.price if restock.approval.price is None else restock.approval.price
    until = clock_time(restock.approval.expires_at, zone)
    asked = headed(mode, "<b>Shall I buy it?</b> Nobody has answered yet.")
    return join_lines([asked, heading, f"{money(price)} · answer until {until}"])


def _how_closed(restock: Restock, zone: tzinfo) -> str | None:
    if restock.approval is not None and restock.approval.answer is not None:
        return approval_line(restock, zone)
    return "It can no longer be bought."


# ---- a time without contact


def render_away(news: CaughtUp, *, mode: Mode, tells_commands: bool) -> str:
    """What happened while nobody could be reached; for those who may command, also what became of what they said."""
    commands = [*_commands("✅", news.honoured), *_commands("✖️", news.refused)]
    return join_lines(
        [
            headed(mode, f"<b>While I was away</b>: {_span(news.away_s)}. {_was_watching(news)}"),
            "⚠️ It is not known whether a real order was placed: /slot tells more." if news.in_doubt else None,
            *_restocks("Came and went", news.missed),
            *_restocks("In stock when I last looked", news.in_stock),
            None if news.missed or news.in_stock else "Nothing came into stock that I know of.",
            *(commands if tells_commands else ()),
            "Nobody had asked for anything." if tells_commands and not commands else None,
        ]
    )


def _was_watching(news: CaughtUp) -> str:
    if not news.down_s:
        return "I could not reach you, and went on watching."
    if news.down_s >= news.away_s * NEARLY_ALL:
        return "I was off, and saw nothing."
    return f"I was off for {_span(news.down_s)} of it, and saw nothing then."


def _restocks(word: str, restocks: Sequence[MissedRestock]) -> Iterator[str]:
    if restocks:
        yield f"<b>{word}</b>"
    for one in restocks[:MOST_TOLD]:
        lasted = "" if one.lasted_s is None else f", gone after {_span(one.lasted_s)}"
        yield f"• {product_heading(one.title, one.tcin)}{lasted}"
    yield from _more(restocks)


def _commands(sign: str, commands: Sequence[WaitedCommand]) -> Iterator[str]:
    for one in commands[:MOST_TOLD]:
        # Most are refused for their age, which the reason names.
        how = f": {reason(one.why)}" if one.why else f", {_span(one.age_s)} old"
        yield f"{sign} {quoted(command_words(one.what))} by {quoted(one.by)}{how}"
    yield from _more(commands)


def _more(subjects: Sequence[object]) -> Iterator[str]:
    if len(subjects) > MOST_TOLD:
        yield f"and {len(subjects) - MOST_TOLD} more"


def _span(seconds: int) -> str:
    return span(timedelta(seconds=seconds))


# ---- a day


def render_day(day: DaySummedUp, *, mode: Mode, zone: tzinfo) -> str:
    """The day in few lines; in one where nothing happened."""
    checks = f"{_count(day.checks, 'check')}, {_asked(day)}."
    happened = [*_bought(day), *_stock(day.restocks), *_blind(day)]
    if not happened:
        return headed(mode, f"<b>A quiet day</b>: nothing came into stock, and nothing was bought. {checks}")
    head = headed(mode, f"<b>The day until {clock_time(day.until, zone)}</b>")
    return join_lines([head, *happened, checks])


def _bought(day: DaySummedUp) -> Iterator[str]:
    if day.in_doubt:
        yield f"⚠️ {_count(day.in_doubt, 'order')} in doubt: /slot tells more"
    yield from (_purchase(one) for one in day.bought[:MOST_TOLD])
    yield from _more(day.bought)
    if day.bought:
        yield f"Spent: {money(sum((one.total for one in day.bought if one.total is not None), Decimal(0)))}"
    if day.failed:
        yield f"{_count(day.failed, 'real attempt')} bought nothing: /orders tells why"
    if day.practised:
        yield f"{_count(day.practised, 'practice purchase')}, {day.practised_well} worked"


def _purchase(bought: BoughtProduct) -> str:
    return f"Bought {bought.quantity} for {money(bought.total)}: {product_heading(bought.title, bought.tcin)}"


def _stock(restocks: Sequence[RestockedProduct]) -> Iterator[str]:
    if restocks:
        yield "<b>In stock</b>"
    for one in restocks[:MOST_TOLD]:
        times = "" if one.times == 1 else f"{one.times} times, "
        still = ", and still is" if one.is_open else ""
        yield f"• {product_heading(one.title, one.tcin)}: {times}for {_span(one.open_s)}{still}"
    yield from _more(restocks)


def _blind(day: DaySummedUp) -> Iterator[str]:
    if day.blind_s:
        yield f"Target did not answer my checks for {_span(day.blind_s)} in all"


def _asked(day: DaySummedUp) -> str:
    if not day.people:
        return "nobody asked anything"
    people = "1 person" if day.people == 1 else f"{day.people} people"
    words = [f"{quoted(command_words(one.what))} ({one.times})" for one in day.asked]
    return f"{people} asked: {first_few(words)}"


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"
