"""What the arguments of the personal commands mean."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from difflib import get_close_matches

import msgspec

from bot.access.preferences import NewsKind, Preferences, QuietHours, Sound
from bot.commands.arguments import BadArgument, parse_span

OFF = "off"
#: Every kind of news at once.
ALL = "all"
#: So many zones are named that may have been meant.
MOST_NEAR = 4

_TIME = r"([0-9]{1,2})(?:[:.]([0-5][0-9]))?\s*(am|pm)?"
#: A dash of any length, as keyboards make them.
_HOURS = re.compile(rf"{_TIME}\s*(?:[-\u2013\u2014]|to|until)\s*{_TIME}", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundChoice:
    kinds: Sequence[NewsKind]
    sound: Sound

    def put_into(self, chosen: Preferences) -> Preferences:
        kept = {kind: sound for kind, sound in chosen.sounds.items() if kind not in self.kinds}
        # What is on is as if nothing had been chosen.
        new = {} if self.sound is Sound.ON else dict.fromkeys(self.kinds, self.sound)
        return msgspec.structs.replace(chosen, sounds={**kept, **new})


def parse_alerts(args: str) -> SoundChoice:
    """A kind of news, or all, and how it is to come.

    Raises:
        BadArgument: naming the word and what would be right.
    """
    words = args.lower().split()
    sounds = ", ".join(Sound)
    if len(words) != 2:
        raise BadArgument(f"say what and how ({sounds}), like /alerts {NewsKind.BLIND} {Sound.SILENT}")
    word, wanted = words
    if word != ALL and word not in set(NewsKind):
        near = get_close_matches(word, [*NewsKind, ALL], n=1)
        meant = f"; did you mean {near[0]}?" if near else ""
        raise BadArgument(f"{word!r} is none of {', '.join(NewsKind)}{meant}")
    if wanted not in set(Sound):
        raise BadArgument(f"{wanted!r} is none of {sounds}")
    return SoundChoice(kinds=tuple(NewsKind) if word == ALL else (NewsKind(word),), sound=Sound(wanted))


def parse_mute(args: str) -> timedelta | None:
    """For how long; None where the mute is to end.

    Raises:
        BadArgument: it is no span of time.
    """
    words = args.strip().lower()
    return None if words == OFF else parse_span(" ".join(words.split()))


def mute(chosen: Preferences, until: datetime | None) -> Preferences:
    return msgspec.structs.replace(chosen, muted_until=until)


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietChoice:
    #: Whether the hours are to be others; else they stay.
    sets_hours: bool = True
    #: None where there are to be none.
    hours: QuietHours | None = None
    #: None where the zone stays.
    zone: str | None = None

    def put_into(self, chosen: Preferences) -> Preferences:
        hours = self.hours if self.sets_hours else chosen.quiet
        return msgspec.structs.replace(chosen, quiet=hours, zone=self.zone or chosen.zone)


def parse_quiet(args: str, *, zones: Collection[str]) -> QuietChoice:
    """Hours and one's own time zone, either alone, or `off` for no hours at all.

    Raises:
        BadArgument: naming the word and what would be right.
    """
    words = args.strip()
    if words.lower() == OFF:
        return QuietChoice()
    match = _HOURS.match(words)
    zone = words[match.end() :].strip() if match else words
    if match is None and zone[:1].isdigit():
        raise BadArgument(f"{zone!r} is no pair of hours; write them like 23-7 or 22:30-6:45")
    return QuietChoice(
        sets_hours=match is not None,
        hours=_hours_of(match) if match else None,
        zone=find_zone(zone, zones=zones) if zone else None,
    )


def _hours_of(match: re.Match[str]) -> QuietHours:
    hour, minute, half, last_hour, last_minute, last_half = match.groups()
    hours = QuietHours(begins=_time_of(hour, minute, half), ends=_time_of(last_hour, last_minute, last_half))
    if hours.begins == hours.ends:
        raise BadArgument("it begins when it ends; /mute 1d or /alerts all silent keep all of the day silent")
    return hours


def _time_of(hour: str, minute: str | None, half: str | None) -> time:
    number, most = int(hour), 12 if half else 24
    if number > most or (half and number == 0) or (number == most == 24 and minute not in {None, "00"}):
        raise BadArgument(f"{hour} is no hour of the day")
    if half:
        number = number % 12 + (12 if half.lower() == "pm" else 0)
    return time(number % 24, int(minute or 0))


def find_zone(word: str, *, zones: Collection[str]) -> str:
    """The zone of this name, however its letters are written.

    Raises:
        BadArgument: there is none; it names those that may have been meant.
    """
    name = word.replace(" ", "_").lower()
    known = {zone.lower(): zone for zone in zones}
    if name in known:
        return known[name]
    of_city = [zone for lower, zone in known.items() if lower.rpartition("/")[2] == name.rpartition("/")[2]]
    near = of_city or [known[one] for one in get_close_matches(name, known, n=MOST_NEAR)]
    hint = f"did you mean {' or '.join(near[:MOST_NEAR])}?" if near else "write one such as America/Chicago"
    raise BadArgument(f"{word!r} is no time zone; {hint}")
