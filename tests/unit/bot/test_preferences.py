"""The rule of what makes a sound: every kind, every choice, at every time; and hours by the clock on the wall."""

from datetime import UTC, datetime, time, timedelta
from itertools import product
from zoneinfo import ZoneInfo

import msgspec
import pytest

from bot.access.preferences import MEANS, USUAL, NewsKind, Preferences, QuietHours, Sound, decide_sound

BERLIN = ZoneInfo("Europe/Berlin")
NIGHT = QuietHours(begins=time(23), ends=time(7))
NOON = QuietHours(begins=time(12), ends=time(13, 30))
#: Noon in UTC, so that the night is not quiet, and noon is.
AT = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
LATER, BEFORE = AT + timedelta(seconds=1), AT


def sound(chosen: Preferences, *, critical: bool = False, at: datetime = AT, is_told: bool = False) -> Sound:
    return decide_sound(chosen, NewsKind.BLIND, critical=critical, at=at, zone=UTC, is_told=is_told)


@pytest.mark.guards("bot", "what is critical always comes, with its sound, whatever a chat chose")
@pytest.mark.parametrize(
    ("chosen", "muted_until", "quiet"), list(product(Sound, (None, BEFORE, LATER), (None, NIGHT, NOON)))
)
def test_what_is_chosen_comes_so_and_what_is_critical_always_with_its_sound(
    chosen: Sound, muted_until: datetime | None, quiet: QuietHours | None
) -> None:
    preferences = Preferences(sounds={NewsKind.BLIND: chosen}, muted_until=muted_until, quiet=quiet)
    is_still = muted_until == LATER or quiet == NOON
    wanted = Sound.OFF if chosen is Sound.OFF else Sound.SILENT if chosen is Sound.SILENT or is_still else Sound.ON
    assert sound(preferences) is wanted
    assert sound(preferences, critical=True) is Sound.ON
    # What is shown already is kept true.
    assert sound(preferences, is_told=True) is (Sound.SILENT if wanted is Sound.OFF else wanted)


def test_what_is_chosen_for_one_kind_says_nothing_of_another() -> None:
    chosen = Preferences(sounds={NewsKind.RESTOCK: Sound.OFF})
    assert {kind for kind in NewsKind if chosen.sound_of(kind) is not Sound.ON} == {NewsKind.RESTOCK}
    assert set(MEANS) == set(NewsKind)


def test_a_mute_ends_when_it_ends() -> None:
    muted = Preferences(muted_until=AT)
    assert sound(muted, at=AT - timedelta(microseconds=1)) is Sound.SILENT
    assert sound(muted, at=AT) is Sound.ON


@pytest.mark.parametrize(
    ("hours", "at", "hold"),
    [
        (NIGHT, time(22, 59, 59), False),
        (NIGHT, time(23), True),
        (NIGHT, time(0), True),
        (NIGHT, time(6, 59, 59), True),
        (NIGHT, time(7), False),
        (NOON, time(11, 59, 59), False),
        (NOON, time(12), True),
        (NOON, time(13, 29, 59), True),
        (NOON, time(13, 30), False),
        (QuietHours(begins=time(23), ends=time(0)), time(23, 59), True),
        (QuietHours(begins=time(23), ends=time(0)), time(0), False),
    ],
)
def test_hours_hold_from_their_beginning_until_before_their_end_also_over_midnight(
    hours: QuietHours, at: time, *, hold: bool
) -> None:
    assert hours.hold(at) is hold


@pytest.mark.parametrize(
    ("at", "is_quiet"),
    [
        # Winter in Berlin is one hour ahead of UTC, summer two.
        (datetime(2026, 1, 10, 21, 59, tzinfo=UTC), False),
        (datetime(2026, 1, 10, 22, 0, tzinfo=UTC), True),
        (datetime(2026, 1, 11, 6, 0, tzinfo=UTC), False),
        (datetime(2026, 7, 10, 20, 59, tzinfo=UTC), False),
        (datetime(2026, 7, 10, 21, 0, tzinfo=UTC), True),
        (datetime(2026, 7, 11, 5, 0, tzinfo=UTC), False),
        # The night in which the clock goes from 2 to 3: it ends an hour earlier than the one before.
        (datetime(2026, 3, 28, 5, 59, tzinfo=UTC), True),
        (datetime(2026, 3, 28, 6, 0, tzinfo=UTC), False),
        (datetime(2026, 3, 29, 4, 59, tzinfo=UTC), True),
        (datetime(2026, 3, 29, 5, 0, tzinfo=UTC), False),
        # The one in which it goes from 3 back to 2.
        (datetime(2026, 10, 25, 5, 59, tzinfo=UTC), True),
        (datetime(2026, 10, 25, 6, 0, tzinfo=UTC), False),
    ],
)
def test_quiet_hours_go_by_the_clock_on_the_wall_of_ones_own_zone(at: datetime, *, is_quiet: bool) -> None:
    own = Preferences(quiet=NIGHT, zone="Europe/Berlin")
    assert own.is_quiet(at, zone=ZoneInfo("America/Chicago")) is is_quiet
    assert Preferences(quiet=NIGHT).is_quiet(at, zone=BERLIN) is is_quiet


@pytest.mark.parametrize("zone", [None, "Mars/Base", "", "/etc/passwd", "../up", "x" * 300])
def test_a_zone_that_is_known_no_longer_is_as_if_none_had_been_chosen(zone: str | None) -> None:
    assert Preferences(zone=zone).zone_or(BERLIN) is BERLIN


def test_what_is_stored_is_read_back_and_the_usual_is_nothing_at_all() -> None:
    chosen = Preferences(sounds={NewsKind.BLIND: Sound.OFF}, muted_until=AT, quiet=NIGHT, zone="Europe/Berlin")
    assert msgspec.json.decode(msgspec.json.encode(chosen), type=Preferences) == chosen
    assert msgspec.json.encode(USUAL) == b"{}"
