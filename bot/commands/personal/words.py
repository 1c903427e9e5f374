"""Answers to the personal commands: what makes a sound in a chat, from what was chosen there."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, tzinfo

from bot.access.preferences import MEANS, NewsKind, Preferences, QuietHours, Sound
from bot.commands.spec import Question, ReplyText
from bot.text.draft import Button, Buttons
from bot.text.markup import clock_time, headed, join_lines, near_time, quoted
from config.products import Mode

#: What always comes, as people call it; `is_critical` decides it.
ALWAYS = (
    "Always with a sound: a stop, going live, real purchases, signing in at Target, trouble with my data, and who is "
    "let in."
)
_SIGNS = {Sound.ON: "🔔", Sound.SILENT: "🔕", Sound.OFF: "🚫"}
_NEXT = {Sound.ON: Sound.SILENT, Sound.SILENT: Sound.OFF, Sound.OFF: Sound.ON}
#: Buttons in a row.
IN_ROW = 2
_UNMUTE = Button(text="🔔 Sound again", data="/mute off")
_MUTE = (Button(text="Mute 2 h", data="/mute 2h"), Button(text="Mute 8 h", data="/mute 8h"))


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenHere:
    """What was chosen in the chat of the question."""

    preferences: Preferences


def answer_alerts(question: Question, facts: ChosenHere) -> ReplyText:
    text = render_alerts(facts.preferences, mode=question.mode, at=question.at, zone=question.zone)
    buttons = alert_buttons(facts.preferences, question.at)
    # It says what was chosen, as it was said; a bare one has only been asked.
    return ReplyText(text=text, buttons=buttons, toast=": ".join(question.args.lower().split()) or None)


def render_alerts(chosen: Preferences, *, mode: Mode, at: datetime, zone: tzinfo) -> str:
    kinds = (f"{_SIGNS[chosen.sound_of(kind)]} <b>{kind}</b>: {MEANS[kind]}" for kind in NewsKind)
    return join_lines(
        [
            headed(mode, "<b>What you hear in this chat</b>"),
            "🔔 with a sound where it needs you, 🔕 without one, 🚫 not at all",
            "",
            *kinds,
            "",
            *_times(chosen, at=at, zone=zone),
            ALWAYS,
        ]
    )


def alert_buttons(chosen: Preferences, at: datetime) -> Buttons:
    """One for each kind, which goes on to its next sound, and one that mutes all of them for a while."""
    kinds = [_button(kind, chosen.sound_of(kind)) for kind in NewsKind]
    rows = (tuple(kinds[first : first + IN_ROW]) for first in range(0, len(kinds), IN_ROW))
    return (*rows, (_UNMUTE,) if chosen.is_muted(at) else _MUTE)


def _button(kind: NewsKind, sound: Sound) -> Button:
    return Button(text=f"{_SIGNS[sound]} {kind}", data=f"/alerts {kind} {_NEXT[sound]}")


def answer_mute(question: Question, facts: ChosenHere) -> ReplyText:
    chosen, at = facts.preferences, question.at
    text = render_mute(chosen, mode=question.mode, at=at, zone=question.zone)
    done = "Not muted any more" if chosen.muted_until is None else f"Muted until {_end(chosen.muted_until, question)}"
    return ReplyText(text=text, buttons=((_UNMUTE,) if chosen.is_muted(at) else _MUTE,), toast=done, line=done)


def _end(until: datetime, question: Question) -> str:
    return near_time(until, question.zone, now=question.at)


def render_mute(chosen: Preferences, *, mode: Mode, at: datetime, zone: tzinfo) -> str:
    if chosen.muted_until is None or not chosen.is_muted(at):
        return headed(mode, "This chat is not muted. /mute 2h keeps it silent for so long.")
    until = near_time(chosen.muted_until, zone, now=at)
    return join_lines([headed(mode, f"<b>Muted</b> until {until}: messages come without a sound."), ALWAYS])


def answer_quiet(question: Question, facts: ChosenHere) -> ReplyText:
    text = render_quiet(facts.preferences, mode=question.mode, at=question.at, zone=question.zone)
    return ReplyText(text=text)


def render_quiet(chosen: Preferences, *, mode: Mode, at: datetime, zone: tzinfo) -> str:
    where = f"It is {clock_time(at, zone)} here{_zone(chosen)}."
    if chosen.quiet is None:
        none = headed(mode, "No quiet hours in this chat. /quiet 23-7 keeps every night silent.")
        return join_lines([none, where, None if chosen.zone else "In your own time zone: /quiet 23-7 Europe/Berlin"])
    hours = f"<b>Quiet</b> from {_hours(chosen.quiet)}, every day: messages come without a sound then."
    return join_lines([headed(mode, hours), where, ALWAYS])


def _times(chosen: Preferences, *, at: datetime, zone: tzinfo) -> Iterator[str]:
    if chosen.muted_until is not None and chosen.is_muted(at):
        yield f"Muted until {near_time(chosen.muted_until, zone, now=at)}."
    if chosen.quiet is not None:
        yield f"Quiet from {_hours(chosen.quiet)}{_zone(chosen)}."


def _hours(hours: QuietHours) -> str:
    return f"{hours.begins:%H:%M} to {hours.ends:%H:%M}"


def _zone(chosen: Preferences) -> str:
    return f" ({quoted(chosen.zone)})" if chosen.zone else ""
