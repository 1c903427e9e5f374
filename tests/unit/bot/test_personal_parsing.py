"""What the words of the personal commands mean."""

from datetime import time, timedelta

import pytest

from bot.access.preferences import NewsKind, Preferences, QuietHours, Sound
from bot.commands.arguments import BadArgument
from bot.commands.personal.parsing import parse_alerts, parse_mute, parse_quiet
from config.zones import zone_names

NIGHT = QuietHours(begins=time(23), ends=time(7))
BERLIN = "Europe/Berlin"


@pytest.mark.parametrize(
    ("args", "hours", "zone"),
    [
        ("23-7", NIGHT, None),
        ("23-7 Europe/Berlin", NIGHT, BERLIN),
        ("23-7 europe/berlin", NIGHT, BERLIN),
        ("23:00 - 07:00", NIGHT, None),
        ("23\u20137", NIGHT, None),
        ("11pm-7am", NIGHT, None),
        ("11 PM to 7 AM Europe/Berlin", NIGHT, BERLIN),
        ("22:30-6.45", QuietHours(begins=time(22, 30), ends=time(6, 45)), None),
        ("24-7", QuietHours(begins=time(0), ends=time(7)), None),
        ("12am-12pm", QuietHours(begins=time(0), ends=time(12)), None),
        ("off", None, None),
        ("OFF", None, None),
    ],
)
def test_hours_and_a_zone_are_read_as_people_write_them(args: str, hours: QuietHours | None, zone: str | None) -> None:
    choice = parse_quiet(args, zones=zone_names())
    assert (choice.sets_hours, choice.hours, choice.zone) == (True, hours, zone)


def test_a_zone_alone_leaves_the_hours_and_hours_alone_leave_the_zone() -> None:
    chosen = parse_quiet("23-7 Europe/Berlin", zones=zone_names()).put_into(Preferences())
    assert chosen == Preferences(quiet=NIGHT, zone=BERLIN)
    moved = parse_quiet("America/Chicago", zones=zone_names()).put_into(chosen)
    assert moved == Preferences(quiet=NIGHT, zone="America/Chicago")
    assert parse_quiet("off", zones=zone_names()).put_into(moved) == Preferences(zone="America/Chicago")


@pytest.mark.parametrize(
    ("args", "why"),
    [
        ("23-7 Berlin", "'Berlin' is no time zone; did you mean Europe/Berlin?"),
        ("23-7 New York", "'New York' is no time zone; did you mean America/New_York?"),
        ("23-7 Europ/Berln", "did you mean Europe/Berlin or"),
        ("Mars/Base", "'Mars/Base' is no time zone; "),
        ("23-7 \u2603\u2603\u2603", "is no time zone; write one such as America/Chicago"),
        ("25-7", "25 is no hour of the day"),
        ("13pm-7am", "13 is no hour of the day"),
        ("0am-7am", "0 is no hour of the day"),
        ("24:30-7", "24 is no hour of the day"),
        ("7-7", "it begins when it ends"),
        ("0-24", "it begins when it ends"),
        ("23", "'23' is no pair of hours; write them like 23-7 or 22:30-6:45"),
    ],
)
def test_what_is_no_hour_and_no_zone_is_named_with_what_would_be_right(args: str, why: str) -> None:
    with pytest.raises(BadArgument) as refused:
        parse_quiet(args, zones=zone_names())
    assert why in str(refused.value)


@pytest.mark.parametrize(
    ("args", "sounds"),
    [
        ("blind silent", {NewsKind.RESTOCK: Sound.OFF, NewsKind.BLIND: Sound.SILENT}),
        ("Restock SILENT", {NewsKind.RESTOCK: Sound.SILENT}),
        ("restock on", {}),
        ("all on", {}),
        ("all off", dict.fromkeys(NewsKind, Sound.OFF)),
    ],
)
def test_a_sound_is_chosen_for_one_kind_or_for_all(args: str, sounds: dict[NewsKind, Sound]) -> None:
    before = Preferences(sounds={NewsKind.RESTOCK: Sound.OFF}, zone=BERLIN)
    assert parse_alerts(args).put_into(before) == Preferences(sounds=sounds, zone=BERLIN)


@pytest.mark.parametrize(
    ("args", "why"),
    [
        ("off", "say what and how (on, silent, off), like /alerts blind silent"),
        ("blind very silent", "say what and how"),
        ("bind off", "'bind' is none of restock, price, outcome, blind, list, service, summary; did you mean blind?"),
        ("blind quiet", "'quiet' is none of on, silent, off"),
    ],
)
def test_a_kind_or_a_sound_that_there_is_not_is_named_with_those_that_there_are(args: str, why: str) -> None:
    with pytest.raises(BadArgument) as refused:
        parse_alerts(args)
    assert why in str(refused.value)


def test_a_mute_lasts_for_a_span_or_ends() -> None:
    assert parse_mute("2h") == timedelta(hours=2)
    assert parse_mute(" 1 h 30 m ") == timedelta(minutes=90)
    assert parse_mute("OFF") is None
    with pytest.raises(BadArgument, match="I don't understand the time"):
        parse_mute("tomorrow")
