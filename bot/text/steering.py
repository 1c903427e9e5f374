"""What steering did, in words: a pause, a stop, a mode, and what is asked back before something grave."""

from collections.abc import Sequence
from datetime import tzinfo

from bot.text.markup import Known, code, day_time, full_time, headed, heading_of, join_lines, quoted
from bot.text.notices import cut_words
from config.products import Mode
from purchasing.commands import Clocks, Done, ModeChosen, Paused, Resumed, Stopped, ToConfirm


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


def render_to_confirm(result: ToConfirm, *, mode: Mode, zone: tzinfo) -> str:
    """The first answer to a command that must be said twice."""
    again = code(f"/{result.what} {result.code}")
    confirm = headed(mode, f"to confirm, send {again} within 60 s.")
    return join_lines([confirm, _clock_words(result.clocks, zone)])


def _clock_words(clocks: Clocks | None, zone: tzinfo) -> str | None:
    """What is accepted by the confirmation, where the clock is behind what was written before."""
    if clocks is None:
        return None
    present, journal = full_time(clocks.present, zone), full_time(clocks.journal, zone)
    return (
        f"Nothing is bought now, as this computer's clock says {present}, but the journal has gone on to {journal}."
        " Confirm only if the clock is right: it counts from then on."
    )
