"""What steering did, in words: a pause, a stop, a mode, and what is asked back before something grave."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from bot.text.checkout import CART_REMEDY, things_in_cart
from bot.text.draft import Button, Buttons
from bot.text.markup import Known, code, cut, day_time, full_time, headed, heading_of, join_lines, money, quoted
from bot.text.notices import cut_words
from bot.text.reasons import reason
from config.durations import span
from config.products import BuyMode, Mode, Tcin
from purchasing.commands import Clocks, Done, ModeChosen, Paused, Resumed, Stopped, ToConfirm
from purchasing.model import Limits, Line, Usage


def say_paused(result: Paused, known: Known, zone: tzinfo) -> list[str]:
    until = f" until {day_time(result.until, zone)}" if result.until else ""
    if result.tcin:
        return [f"<b>Paused{until}:</b> {heading_of(known, result.tcin)}", "No alerts come of it; /resume ends that."]
    return [f"<b>Everything is paused{until}.</b>", "I check nothing and no alerts come; /resume ends that."]


def say_resumed(result: Resumed, known: Known, _zone: tzinfo) -> list[str]:
    stop = ["Buying stays off; an owner turns it on with /rearm."] if result.stopped else []
    if result.tcin and result.paused:
        pause = f"Its own pause is over: {heading_of(known, result.tcin)}"
        return [pause, "But everything is still paused; /resume ends that too.", *stop]
    of = f": {heading_of(known, result.tcin)}" if result.tcin else "."
    return [f"<b>I am checking again</b>{of}", *stop]


#: Of the products that were alerted last, so many have a button.
MOST_ONLY = 2
#: The name of a product is cut on its button.
ONLY = 30


def pause_buttons(result: Paused, lines: Sequence[Line], about: Sequence[Tcin] = ()) -> Buttons:
    """What may have been meant instead; `about` are the products of the message to which it was a reply."""
    if result.tcin is not None:
        return ((Button(text="Resume", data=f"/resume {result.tcin}"),),)
    resume = Button(text="Resume", data="/resume")
    if result.until is not None:
        return ((resume,),)
    return (
        (Button(text="1 h only", data="/pause 1h"), resume),
        *((Button(text=_only(line), data=f"/pause {line.tcin} only"),) for line in _likely(lines, about)),
    )


def _only(line: Line) -> str:
    return f"Only {cut(line.product.name or line.title, ONLY) or line.tcin}"


def _likely(lines: Sequence[Line], about: Sequence[Tcin]) -> list[Line]:
    """Those that were spoken of, then those that were alerted, the last ones first."""
    spoken_of = [line for line in lines if line.tcin in about]
    opened = [(line.window.opened_at, line) for line in lines if line.window is not None and not line.is_drill]
    alerted = [line for _, line in sorted(opened, key=lambda one: one[0], reverse=True)]
    return [*spoken_of, *(line for line in alerted if line not in spoken_of)][:MOST_ONLY]


def say_checking(_result: Done, _known: Known, _zone: tzinfo) -> list[str]:
    return ["I am checking now. The board shows what I find."]


def say_stopped(result: Stopped, _known: Known, _zone: tzinfo) -> list[str]:
    if result.already:
        return [f"<b>Buying was off already</b> ({reason(result.already)})."]
    cut = cut_words(result.cut)
    return ["<b>Buying is off.</b> I keep watching and alerting.", *([cut] if cut else [])]


def say_who_rearms(owners: Sequence[str], *, are_told: bool) -> str:
    """For somebody who stopped buying and may not arm it again; `owners` are those whom I can write to."""
    named = [quoted(name, 60) for name in owners]
    who = f"Only {' or '.join(named)} can" if named else "Only an owner can"
    notice = "" if not (named and are_told) else " I've told them." if len(named) > 1 else f" I've told {named[0]}."
    return f"{who} turn buying on again.{notice}"


def say_armed(_result: Done, _known: Known, _zone: tzinfo) -> list[str]:
    return ["<b>Buying is on again.</b>"]


def say_mode(result: ModeChosen, _known: Known, _zone: tzinfo) -> list[str]:
    return [
        {
            Mode.SIMULATE: "<b>From now on I only practise.</b> Nothing is ordered.",
            Mode.REHEARSE: "<b>From now on I rehearse</b> up to the order button. Nothing is ordered.",
            Mode.LIVE: "<b>From now on purchases are real.</b> /stop turns buying off at once.",
        }[result.mode]
    ]


def say_drill(_result: Done, _known: Known, _zone: tzinfo) -> list[str]:
    return [
        "<b>A drill begins.</b> In a moment a made-up product comes into stock.",
        "Press Buy or Skip on its alert. Nothing is ordered.",
    ]


def render_question(why: str, *, mode: Mode) -> str:
    """For a command that is done only when its button is pressed."""
    return headed(mode, quoted(why, 1500))


@dataclass(frozen=True, slots=True, kw_only=True)
class ModeTerms:
    """What a mode means once it is chosen: which one, and what holds in it."""

    chosen: Mode
    limits: Limits
    usage: Usage
    #: When the owner's session at the shop was last stored; None where none is.
    session_at: datetime | None
    #: Why it was found to have lapsed since; None where nothing is known against it.
    lapsed: str | None
    #: How many things of the owner's own are in the cart, as far as it is known.
    in_cart: int
    #: How each product that is watched may be bought.
    buys: Sequence[BuyMode]


def render_to_confirm(result: ToConfirm, *, mode: Mode, zone: tzinfo, terms: ModeTerms | None = None) -> str:
    """The first answer to a command that must be said twice; of a mode, with all that it means."""
    again = f"send {code(f'/{result.what} {result.code}')} within 60 s."
    if terms is None:
        asked = "Turn buying on again? Then" if result.what == "rearm" else "To confirm,"
        return join_lines([headed(mode, f"{asked} {again}"), _clock_words(result.clocks, zone)])
    first, *further = _terms_lines(terms, zone)
    return join_lines([headed(mode, first), *further, f"Is that what you want? Then {again}"])


def _terms_lines(terms: ModeTerms, zone: tzinfo) -> list[str]:
    match terms.chosen:
        case Mode.SIMULATE:
            return ["<b>In practice</b> I open no page of Target's and order nothing."]
        case Mode.REHEARSE:
            return [
                "<b>In a rehearsal</b> I go through Target's pages as you, up to the last one before the order.",
                "I never press its button. I show you that page and empty the cart again, once in each restock.",
                _session_words(terms, zone),
                *_cart_lines(terms.in_cart),
            ]
    return [
        "<b>Live: purchases are real</b>, ordered in your name and paid with your card.",
        _session_words(terms, zone),
        *_cart_lines(terms.in_cart),
        _buys_words(terms.buys),
        *_limit_lines(terms.limits, terms.usage),
        f"/stop turns buying off at any time. /mode {Mode.REHEARSE} shows it first without an order.",
    ]


def _session_words(terms: ModeTerms, zone: tzinfo) -> str:
    login = f"run {code('stockbell login')} on the computer that I run on"
    if terms.session_at is None:
        return f"I am not signed in at Target: {login}."
    if terms.lapsed is not None:
        return f"You are signed out at Target ({reason(terms.lapsed)}): {login}."
    return f"Your sign-in at Target was last renewed {day_time(terms.session_at, zone)}."


def _cart_lines(count: int) -> list[str]:
    return [f"{things_in_cart(count)}. {CART_REMEDY}"] if count else []


def _buys_words(buys: Sequence[BuyMode]) -> str:
    counts = [
        (BuyMode.AUTO, "bought without asking (buy=auto)"),
        (BuyMode.ASK, "asked about first (buy=ask)"),
        (BuyMode.ALERT, "never bought (buy=alert)"),
    ]
    return f"Watched: {', '.join(f'{buys.count(one)} {words}' for one, words in counts)}."


def _limit_lines(limits: Limits, usage: Usage) -> list[str]:
    """Those that the owner set, with what was used of them today."""
    most = "no limit is set" if limits.max_spend_per_day is None else f"at most {money(limits.max_spend_per_day)}"
    return [
        f"Purchases a day: at most {limits.max_per_day}; {usage.bought_today} so far.",
        f"Spending a day: {most}; {money(usage.spent_today)} so far.",
        f"Tries at a product in one restock: at most {limits.max_per_window}.",
        f"Price: up to each product's max or its Buy button, and {limits.allowance:.0%} more for tax and shipping.",
        f"After a purchase I wait {span(limits.cooldown)} before the next.",
    ]


def _clock_words(clocks: Clocks | None, zone: tzinfo) -> str | None:
    """What is accepted by the confirmation, where the clock is behind what was written before."""
    if clocks is None:
        return None
    present, journal = full_time(clocks.present, zone), full_time(clocks.journal, zone)
    return (
        f"I buy nothing now, as this computer's clock says {present}, but it said {journal} before."
        " Confirm only if the clock is right now: I go by it from then on."
    )
