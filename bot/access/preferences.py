"""What makes a sound in a chat: the kinds of news, what was chosen there, and the rule that follows from it."""

from collections.abc import Mapping
from datetime import datetime, time, tzinfo
from enum import StrEnum
from zoneinfo import ZoneInfo

import msgspec


class NewsKind(StrEnum):
    """What one may choose a sound for, by the word that is typed; the words of each stand in `MEANS`."""

    RESTOCK = "restock"
    PRICE = "price"
    OUTCOME = "outcome"
    BLIND = "blind"
    LIST = "list"
    SERVICE = "service"
    SUMMARY = "summary"


MEANS: Mapping[NewsKind, str] = {
    NewsKind.RESTOCK: "a product comes into stock, or still waits for your yes",
    NewsKind.PRICE: "a price above your limit, or back within it",
    NewsKind.OUTCOME: "how practice went, and limits that hold a purchase back",
    NewsKind.BLIND: "Target is blocking my checks, or answers again",
    NewsKind.LIST: "trouble with a product or with the watch list",
    NewsKind.SERVICE: "pauses, modes, people, and how I run",
    NewsKind.SUMMARY: "the summary of the day",
}


class Sound(StrEnum):
    """How a kind of news comes."""

    #: As it is meant: what needs a person rings, the rest comes without a sound.
    ON = "on"
    SILENT = "silent"
    #: Not at all.
    OFF = "off"


class QuietHours(msgspec.Struct, frozen=True, kw_only=True):
    """From a time of day to another, which may be that of the next day; by the clock on the wall."""

    begins: time
    ends: time

    def hold(self, at: time) -> bool:
        if self.begins < self.ends:
            return self.begins <= at < self.ends
        return at >= self.begins or at < self.ends


class Preferences(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was chosen in one chat."""

    sounds: Mapping[NewsKind, Sound] = {}
    #: Nothing but what is critical makes a sound before this.
    muted_until: datetime | None = None
    quiet: QuietHours | None = None
    #: The name of the time zone of these hours, and of the times that are told there.
    zone: str | None = None

    def sound_of(self, kind: NewsKind) -> Sound:
        """What was chosen for it, whatever the time."""
        return self.sounds.get(kind, Sound.ON)

    def is_muted(self, at: datetime) -> bool:
        return self.muted_until is not None and at < self.muted_until

    def is_quiet(self, at: datetime, *, zone: tzinfo) -> bool:
        """Whether quiet hours hold; `zone` is the one that counts where none was chosen."""
        return self.quiet is not None and self.quiet.hold(at.astimezone(self.zone_or(zone)).time())

    def zone_or(self, zone: tzinfo) -> tzinfo:
        """The chosen time zone; the other one where none was chosen, or where it is known no longer."""
        if self.zone is None:
            return zone
        try:
            return ZoneInfo(self.zone)
        except (ValueError, OSError, LookupError):
            return zone


#: What holds where nothing was chosen.
USUAL = Preferences()


def decide_sound(
    chosen: Preferences, kind: NewsKind, *, critical: bool, at: datetime, zone: tzinfo, is_told: bool = False
) -> Sound:
    """How a message of this kind comes to a chat. What is critical always comes, with its sound.

    `is_told` is for an edit: what the chat shows already is kept true, whatever was chosen since.
    """
    if critical:
        return Sound.ON
    sound = chosen.sound_of(kind)
    if sound is Sound.OFF:
        return Sound.SILENT if is_told else Sound.OFF
    return Sound.SILENT if chosen.is_muted(at) or chosen.is_quiet(at, zone=zone) else sound
