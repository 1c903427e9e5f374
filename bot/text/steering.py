"""What steering did, in words: a pause, a stop, a mode, and what is asked back before something grave."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from bot.text.markup import Known, code, day_time, full_time, headed, heading_of, join_lines, money, quoted
from bot.text.notices import cut_words
from config.durations import span
from config.products import BuyMode, Mode
from purchasing.commands import Clocks, Done, ModeChosen, Paused, Resumed, Stopped, ToConfirm
from purchasing.model import Limits, Usage


def say_paused(result: Paused, known: Known, zone: tzinfo) -> list[str]:
    until = f"until {day_time(result.until, zone)}" if result.until else "until /resume"
    if result.tcin:
        return [f"{heading_of(known, result.tcin)} is not asked for {until}"]
    return [f"nothing is asked of the shop {until}. A running attempt goes on, none starts."]


def say_resumed(result: Resumed, known: Known, _zone: tzinfo) -> list[str]:
    stop = ". Buying stays stopped: /rearm lifts that" if result.stopped else ""
    if result.tcin and result.paused:
        pause = f"the pause of {heading_of(known, result.tcin)}"
        return [f"{pause} is lifted, but all watching is still paused: /resume{stop}"]
    of = f"{heading_of(known, result.tcin)} is" if result.tcin else "the shop is"
    return [f"{of} asked again{stop}"]


def say_checking(_result: Done, _known: Known, _zone: tzinfo) -> list[str]:
    return ["checking now; the board shows what comes of it"]


def say_stopped(result: Stopped, _known: Known, _zone: tzinfo) -> list[str]:
    if result.already:
        return [f"buying was stopped already: {quoted(result.already)}. /rearm lifts it."]
    cut = cut_words(result.cut)
    return ["<b>stopped</b>: nothing is bought until /rearm. Watching and alerts go on.", *([cut] if cut else [])]


def say_who_rearms(owners: Sequence[str]) -> str:
    """For somebody who stopped buying and may not arm it again."""
    who = f": {', '.join(quoted(name, 60) for name in owners)}" if owners else ""
    return f"/rearm is for an owner, in the private chat with me{who}."


def say_armed(_result: Done, _known: Known, _zone: tzinfo) -> list[str]:
    return ["buying is armed again"]


def say_mode(_result: ModeChosen, _known: Known, _zone: tzinfo) -> list[str]:
    return ["new attempts are made in this mode"]


def say_drill(_result: Done, _known: Known, _zone: tzinfo) -> list[str]:
    return [
        "a drill begins: a product that no shop sells restocks in a moment.",
        "Press Buy or Skip on its alert. Nothing is ordered, in no mode.",
    ]


def render_question(why: str, *, mode: Mode) -> str:
    """For a command that is done only when its button is pressed."""
    return headed(mode, f"{quoted(why, 1500)}. Sure?")


@dataclass(frozen=True, slots=True, kw_only=True)
class ModeTerms:
    """What a mode means once it is chosen: which one, and what holds in it."""

    chosen: Mode
    limits: Limits
    usage: Usage
    #: When the owner's session at the shop was last stored; None where none is.
    session_at: datetime | None
    #: How each product that is watched may be bought.
    buys: Sequence[BuyMode]


def render_to_confirm(result: ToConfirm, *, mode: Mode, zone: tzinfo, terms: ModeTerms | None = None) -> str:
    """The first answer to a command that must be said twice; of a mode, with all that it means."""
    again = f"send {code(f'/{result.what} {result.code}')} within 60 s."
    if terms is None:
        return join_lines([headed(mode, f"to confirm, {again}"), _clock_words(result.clocks, zone)])
    first, *further = _terms_lines(terms, zone)
    return join_lines([headed(mode, first), *further, f"Is that what you want? Then, to confirm, {again}"])


def _terms_lines(terms: ModeTerms, zone: tzinfo) -> list[str]:
    match terms.chosen:
        case Mode.SIMULATE:
            return ["in practice no page of the shop is opened and nothing is ordered."]
        case Mode.REHEARSE:
            return [
                "in a rehearsal I go through the shop's pages as you, up to the last one before the order.",
                "I never press its button: I show you that page and empty the cart of it again, once in each restock.",
                _session_words(terms.session_at, zone),
            ]
    return [
        "in live mode <b>purchases are real</b>: ordered in your name and paid with your card.",
        _session_words(terms.session_at, zone),
        _buys_words(terms.buys),
        *_limit_lines(terms.limits, terms.usage),
        f"/stop ends it at any time. /mode {Mode.REHEARSE} shows it first without an order.",
    ]


def _session_words(at: datetime | None, zone: tzinfo) -> str:
    if at is None:
        return f"I am not signed in at Target: run {code('stockbell login')} on the computer that I run on."
    return f"Your session at Target is stored, last renewed {day_time(at, zone)}."


def _buys_words(buys: Sequence[BuyMode]) -> str:
    counts = [
        (BuyMode.AUTO, "bought without asking (buy=auto)"),
        (BuyMode.ASK, "asked about first (buy=ask)"),
        (BuyMode.ALERT, "never bought (buy=alert)"),
    ]
    return f"Watched: {', '.join(f'{buys.count(one)} {words}' for one, words in counts)}."


def _limit_lines(limits: Limits, usage: Usage) -> list[str]:
    """Those that the owner set, with what was used of them today."""
    spend = (
        f"in money without a limit, as none is set; {money(usage.spent_today)} so far"
        if limits.max_spend_per_day is None
        else f"for {money(limits.max_spend_per_day)} at most; {money(usage.spent_today)} so far"
    )
    return [
        f"In a day: {limits.max_per_day} purchases at most; {usage.bought_today} so far.",
        f"In a day: {spend}.",
        f"In one restock: {limits.max_per_window} attempts at a product at most.",
        f"Each product: up to its max, and {limits.allowance:.0%} of it for tax and shipping.",
        f"After a purchase: none for {span(limits.cooldown)}.",
    ]


def _clock_words(clocks: Clocks | None, zone: tzinfo) -> str | None:
    """What is accepted by the confirmation, where the clock is behind what was written before."""
    if clocks is None:
        return None
    present, journal = full_time(clocks.present, zone), full_time(clocks.journal, zone)
    return (
        f"Nothing is bought now, as this computer's clock says {present}, but the journal has gone on to {journal}."
        " Confirm only if the clock is right: it counts from then on."
    )
