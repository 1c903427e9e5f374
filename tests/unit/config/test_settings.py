"""What a setting may be, and what is said of one that may not."""

import re
from datetime import time, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from config.products import Mode
from config.settings import SettingsError, known_variables
from tests.unit.config.loaded import TOKEN, load, problems_of


def test_nothing_set_gives_the_defaults() -> None:
    settings = load(TIMEZONE="UTC")
    assert settings.model_dump() == {
        "data_dir": Path("data"),
        "timezone": ZoneInfo("UTC"),
        "outlets": (),
        "telegram": {
            "token": None,
            "api_url": "https://api.telegram.org",
            "owners": (),
            "operators": (),
            "viewers": (),
            "groups": (),
            "summary_at": None,
        },
        "target": {
            "api_url": "https://redsky.target.com",
            "site_url": "https://www.target.com",
            "api_keys": (),
            "user_agents": (),
            "store_id": "865",
            "zip": None,
            "state": None,
            "latitude": None,
            "longitude": None,
            "timeout_s": 8,
        },
        "monitor": {
            "every_min_s": 15,
            "every_max_s": 25,
            "circuit_failures": 3,
            "circuit_pause_s": 60,
            "budget_per_minute": None,
            "second_look_min": 10,
            "keep_days": 30,
        },
        "purchasing": {
            "mode": Mode.SIMULATE,
            "simulated_s": 3,
            "simulated_success": 0.7,
            "deadline_s": 60,
            "cooldown_s": 300,
            "max_per_window": 3,
            "max_per_day": 10,
            "max_spend_per_day": None,
            "allowance": Decimal("0.15"),
            "ask_expires_s": 300,
            "ask_nudge_s": None,
        },
        "browser": {"executable": None, "headless": True, "sessions": 1},
        "http": {"host": "127.0.0.1", "port": 8787, "token": None, "public_url": None},
    }


def test_every_variable_can_be_set() -> None:
    values = {
        "DATA_DIR": "/srv/stockbell",
        "TIMEZONE": "America/Chicago",
        "TELEGRAM__TOKEN": TOKEN,
        "TELEGRAM__API_URL": "http://127.0.0.1:8081/",
        "TELEGRAM__OWNERS": "[1, 2]",
        "TELEGRAM__OPERATORS": "[3]",
        "TELEGRAM__VIEWERS": "[4]",
        "TELEGRAM__GROUPS": "[-1001]",
        "TELEGRAM__SUMMARY_AT": "21:00",
        "TARGET__API_URL": "http://127.0.0.1:9000",
        "TARGET__SITE_URL": "http://127.0.0.1:9001",
        "TARGET__API_KEYS": '["k1", "k2"]',
        "TARGET__USER_AGENTS": '["Stockbell"]',
        "TARGET__STORE_ID": "1234",
        "TARGET__ZIP": "55403",
        "TARGET__STATE": "MN",
        "TARGET__LATITUDE": "44.97",
        "TARGET__LONGITUDE": "-93.27",
        "TARGET__TIMEOUT_S": "2.5",
        "MONITOR__EVERY_MIN_S": "0.5",
        "MONITOR__EVERY_MAX_S": "0.75",
        "MONITOR__CIRCUIT_FAILURES": "4",
        "MONITOR__CIRCUIT_PAUSE_S": "1.5",
        "MONITOR__BUDGET_PER_MINUTE": "12",
        "MONITOR__SECOND_LOOK_MIN": "0.5",
        "MONITOR__KEEP_DAYS": "7",
        "PURCHASING__MODE": "rehearse",
        "PURCHASING__SIMULATED_S": "0",
        "PURCHASING__SIMULATED_SUCCESS": "1",
        "PURCHASING__DEADLINE_S": "30",
        "PURCHASING__COOLDOWN_S": "0",
        "PURCHASING__MAX_PER_WINDOW": "1",
        "PURCHASING__MAX_PER_DAY": "2",
        "PURCHASING__MAX_SPEND_PER_DAY": "199.90",
        "PURCHASING__ALLOWANCE": "0.2",
        "PURCHASING__ASK_EXPIRES_S": "90",
        "PURCHASING__ASK_NUDGE_S": "60",
        "BROWSER__EXECUTABLE": "/usr/bin/chromium",
        "BROWSER__HEADLESS": "false",
        "BROWSER__SESSIONS": "2",
        "HTTP__HOST": "0.0.0.0",
        "HTTP__PORT": "80",
        "HTTP__TOKEN": "open-sesame-open-sesame",
        "HTTP__PUBLIC_URL": "https://stockbell.example",
        "OUTLETS": '["ntfy://ntfy.sh/topic"]',
    }
    assert {f"STOCKBELL_{name}" for name in values} == set(known_variables())
    settings = load(**values)
    assert settings.data_dir == Path("/srv/stockbell")
    assert settings.timezone == ZoneInfo("America/Chicago")
    assert settings.telegram.token is not None
    assert settings.telegram.token.get_secret_value() == TOKEN
    assert settings.telegram.api_url == "http://127.0.0.1:8081"
    assert (settings.telegram.owners, settings.telegram.groups) == ((1, 2), (-1001,))
    assert [key.get_secret_value() for key in settings.target.api_keys] == ["k1", "k2"]
    assert settings.telegram.summary_at == time(21, 0)
    assert settings.purchasing.ask_nudge == timedelta(seconds=60)
    assert (settings.target.zip, settings.target.longitude) == ("55403", "-93.27")
    assert settings.target.timeout == timedelta(seconds=2.5)
    assert settings.monitor.every_min == timedelta(milliseconds=500)
    assert settings.monitor.every_max == timedelta(milliseconds=750)
    assert settings.monitor.circuit_pause == timedelta(milliseconds=1500)
    assert settings.monitor.second_look == timedelta(seconds=30)
    assert settings.monitor.keep == timedelta(days=7)
    assert settings.purchasing.mode is Mode.REHEARSE
    assert settings.purchasing.simulated == timedelta(0)
    assert settings.purchasing.deadline == timedelta(seconds=30)
    assert settings.purchasing.cooldown == timedelta(0)
    assert settings.purchasing.ask_expires == timedelta(seconds=90)
    assert settings.purchasing.max_spend_per_day == Decimal("199.90")
    assert settings.browser.executable == Path("/usr/bin/chromium")
    assert not settings.browser.headless
    assert [one.name for one in settings.outlets] == ["outlet 1 (ntfy)"]
    assert settings.http.token is not None


@pytest.mark.guards("config", "a setting keeps to its shape and its range")
@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("TIMEZONE", "Mars/Olympus", "is not a time zone"),
        ("TIMEZONE", "../etc/passwd", "is not a time zone"),
        ("TELEGRAM__TOKEN", "123:short", "is not a bot token"),
        ("TELEGRAM__API_URL", "api.telegram.org", "must be a complete address"),
        ("TELEGRAM__OWNERS", "12345", "must be a JSON list"),
        ("TELEGRAM__OWNERS", "[1,", "must be a JSON list"),
        ("TELEGRAM__OWNERS", '[1, "2"]', "entry 2 must be a whole number, without quotes"),
        ("TELEGRAM__OWNERS", "[true]", "entry 1 must be a whole number"),
        ("TELEGRAM__OWNERS", "[-5]", "entry 1 must be greater than 0"),
        ("TELEGRAM__GROUPS", "[5]", "entry 1 must be less than 0"),
        *(
            ("TELEGRAM__SUMMARY_AT", value, "must be a time of day such as 21:00")
            for value in ("9 pm", "24:00", "21:60", "21", "75600", "21:00:00", "21:00Z")
        ),
        ("TARGET__API_URL", "ftp://redsky.target.com", "must be a complete address"),
        ("TARGET__SITE_URL", "https://", "must be a complete address"),
        ("TARGET__SITE_URL", "https://x:99999", "must be a complete address"),
        ("TARGET__API_KEYS", '[""]', "entry 1 must not be empty"),
        ("TARGET__USER_AGENTS", '["a", ""]', "entry 2 must not be empty"),
        ("TARGET__STORE_ID", "the big one", "must be the number of a store"),
        ("TARGET__ZIP", "5540", "must be five digits"),
        ("TARGET__STATE", "Minnesota", "must be two capital letters"),
        ("TARGET__LATITUDE", "91", "must be degrees from -90 to 90"),
        ("TARGET__LONGITUDE", "west", "must be degrees from -180 to 180"),
        ("TARGET__TIMEOUT_S", "0", "must be greater than 0"),
        ("MONITOR__EVERY_MAX_S", "soon", "must be a number"),
        ("MONITOR__EVERY_MAX_S", "inf", "must be"),
        ("MONITOR__EVERY_MAX_S", "nan", "must be"),
        ("MONITOR__CIRCUIT_FAILURES", "0", "must be greater than or equal to 1"),
        ("MONITOR__CIRCUIT_FAILURES", "2.5", "must be a whole number"),
        ("MONITOR__BUDGET_PER_MINUTE", "-1", "must be greater than or equal to 1"),
        ("MONITOR__SECOND_LOOK_MIN", "0", "must be greater than 0"),
        ("MONITOR__KEEP_DAYS", "0", "must be greater than or equal to 1"),
        ("PURCHASING__MODE", "real", "must be 'simulate', 'rehearse' or 'live'"),
        ("PURCHASING__SIMULATED_SUCCESS", "70", "must be less than or equal to 1"),
        ("PURCHASING__DEADLINE_S", "0", "must be greater than 0"),
        ("PURCHASING__COOLDOWN_S", "-1", "must be greater than or equal to 0"),
        ("PURCHASING__MAX_PER_WINDOW", "0", "must be greater than or equal to 1"),
        ("PURCHASING__MAX_PER_DAY", "many", "must be a whole number"),
        ("PURCHASING__MAX_SPEND_PER_DAY", "$50", "must be a number"),
        ("PURCHASING__MAX_SPEND_PER_DAY", "NaN", "must be"),
        ("PURCHASING__ALLOWANCE", "15", "must be less than or equal to 1"),
        ("PURCHASING__ALLOWANCE", "-0.1", "must be greater than or equal to 0"),
        ("PURCHASING__ASK_EXPIRES_S", "0", "must be greater than 0"),
        ("PURCHASING__ASK_NUDGE_S", "0", "must be greater than 0"),
        ("PURCHASING__ASK_NUDGE_S", "soon", "must be a number"),
        ("BROWSER__HEADLESS", "maybe", "must be true or false"),
        ("BROWSER__SESSIONS", "0", "must be greater than or equal to 1"),
        ("BROWSER__SESSIONS", "5", "must be less than or equal to 4"),
        ("HTTP__PORT", "65536", "must be less than or equal to 65535"),
    ],
)
def test_a_wrong_value_is_one_line_that_names_the_variable(name: str, value: str, reason: str) -> None:
    (problem,) = problems_of(**{name: value})
    assert problem.startswith(f"STOCKBELL_{name}: ")
    assert reason in problem


@pytest.mark.guards("config", "a value still in quotes is refused")
@pytest.mark.parametrize("name", known_variables())
@pytest.mark.parametrize("quote", ['"', "'"])
def test_a_value_still_in_quotes_is_refused(name: str, quote: str) -> None:
    (problem,) = problems_of(**{name.removeprefix("STOCKBELL_"): f"{quote}/data{quote}"})
    assert problem == f"{name}: stands in quotes, which would be part of it; write it without them"


@pytest.mark.parametrize("value", ["/da\0ta", "/da\nta", "/da\x1b[2Jta"])
def test_signs_that_are_not_seen_are_no_part_of_a_value(value: str) -> None:
    assert problems_of(DATA_DIR=value) == ("STOCKBELL_DATA_DIR: must be plain text on one line",)


@given(name=st.sampled_from(known_variables()), value=st.text(st.characters(codec="utf-8", exclude_characters="\0")))
def test_whatever_is_written_gives_settings_or_clear_lines(name: str, value: str) -> None:
    try:
        load({name: value})
    except SettingsError as error:
        assert all(re.match(r"STOCKBELL_[A-Z_]+: \S", problem) for problem in error.problems)  # noqa: PT017  either may be


def test_all_that_is_wrong_is_told_at_once() -> None:
    problems = problems_of(
        TIMEZONE="Nowhere",
        MONITOR__EVERY_MIN_S="5",
        MONITOR__KEEP_DAYS="no",
        HTTP__HOST="0.0.0.0",
        MONITR__KEEP_DAYS="3",
    )
    assert [problem.split(":")[0].split(" ")[0] for problem in problems] == [
        "STOCKBELL_MONITR__KEEP_DAYS",
        "STOCKBELL_TIMEZONE",
        "STOCKBELL_MONITOR__KEEP_DAYS",
        "STOCKBELL_MONITOR__EVERY_MIN_S",
        "STOCKBELL_HTTP__HOST",
    ]


def test_settings_cannot_be_changed() -> None:
    settings = load()
    with pytest.raises(ValidationError):
        settings.data_dir = Path("/elsewhere")
    with pytest.raises(ValidationError):
        settings.http.port = 1


# ---- what contradicts another setting


@pytest.mark.parametrize(
    "address", ["https://redsky.target.com", "https://TARGET.com/x", "http://redsky.target.com:80"]
)
def test_target_itself_is_not_asked_more_often_than_every_ten_seconds(address: str) -> None:
    (problem,) = problems_of(TARGET__API_URL=address, MONITOR__EVERY_MIN_S="9.9")
    assert problem == "STOCKBELL_MONITOR__EVERY_MIN_S: below 10 is refused for target.com itself"


@pytest.mark.parametrize("address", ["http://127.0.0.1:9000", "https://nottarget.com", "https://target.com.example"])
def test_a_store_for_practice_may_be_asked_faster(address: str) -> None:
    assert load(TARGET__API_URL=address, MONITOR__EVERY_MIN_S="0.1").monitor.every_min_s == 0.1


def test_ten_seconds_are_slow_enough_for_target_itself() -> None:
    assert load(MONITOR__EVERY_MIN_S="10").monitor.every_min == timedelta(seconds=10)


@pytest.mark.guards("config", "settings that contradict each other are refused")
def test_the_least_wait_may_not_be_above_the_longest() -> None:
    (problem,) = problems_of(MONITOR__EVERY_MIN_S="30")
    assert problem == "STOCKBELL_MONITOR__EVERY_MIN_S: 30 is above STOCKBELL_MONITOR__EVERY_MAX_S, which is 25"


@pytest.mark.guards("config", "settings that contradict each other are refused")
@pytest.mark.parametrize("after", ["90", "100"])
def test_a_question_can_only_be_asked_once_more_before_it_runs_out(after: str) -> None:
    (problem,) = problems_of(PURCHASING__ASK_NUDGE_S=after, PURCHASING__ASK_EXPIRES_S="90")
    nudge, expires = "STOCKBELL_PURCHASING__ASK_NUDGE_S", "STOCKBELL_PURCHASING__ASK_EXPIRES_S"
    assert problem == f"{nudge}: must be below {expires}, which is 90"


def test_a_contradiction_with_a_value_that_is_wrong_itself_is_not_guessed_at() -> None:
    problems = problems_of(MONITOR__EVERY_MIN_S="x", MONITOR__EVERY_MAX_S="12")
    assert problems == ("STOCKBELL_MONITOR__EVERY_MIN_S: must be a number",)


@pytest.mark.guards("config", "the web side is open to others with a token alone")
@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "stockbell.example"])
def test_a_host_that_can_be_reached_from_outside_needs_a_token(host: str) -> None:
    (problem,) = problems_of(HTTP__HOST=host)
    assert problem.startswith("STOCKBELL_HTTP__HOST: ")
    assert "STOCKBELL_HTTP__TOKEN" in problem
    assert load(HTTP__HOST=host, HTTP__TOKEN="open-sesame-open-sesame").http.host == host


@pytest.mark.guards("config", "a token of the web side is too long to be guessed")
@pytest.mark.parametrize("token", ["x" * 15, "open sesame, open sesame", "open-sésame-open-sésame"])
def test_a_token_that_can_be_guessed_or_cant_be_sent_is_refused(token: str) -> None:
    (problem,) = problems_of(HTTP__TOKEN=token)
    assert problem.startswith("STOCKBELL_HTTP__TOKEN: must be 16 plain characters at least")
    assert load(HTTP__TOKEN="x" * 16).http.token is not None


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "::1", "localhost"])
def test_a_loopback_host_needs_no_token(host: str) -> None:
    assert load(HTTP__HOST=host).http.is_loopback
