"""The addresses that are told too: what is wrong is named by its place, and none is ever shown."""

import json

import pytest

from config.outlets import OutletAddress, OutletNews, parse_outlets
from config.settings import SettingsError, load_settings

SECRET = "sesame-open-the-door"
NTFY, MAIL = f"ntfy://ntfy.sh/{SECRET}", f"mailtos://ada:{SECRET}@example.com?to=bea@example.com"


def outlets(*entries: object) -> tuple[OutletAddress, ...]:
    return load_settings({"STOCKBELL_TIMEZONE": "UTC", "STOCKBELL_OUTLETS": json.dumps(entries)}, env_file=None).outlets


def problem(value: str) -> str:
    with pytest.raises(SettingsError) as caught:
        load_settings({"STOCKBELL_OUTLETS": value}, env_file=None)
    (line,) = caught.value.problems
    return line


def test_a_bare_address_takes_alerts_and_an_object_what_it_says() -> None:
    bare, mail = outlets(NTFY, {"url": f" {MAIL} ", "takes": ["outcome", "blind"]})
    assert (bare.name, set(bare.takes), bare.url.get_secret_value()) == ("outlet 1 (ntfy)", {OutletNews.ALERT}, NTFY)
    assert (mail.name, set(mail.takes)) == ("outlet 2 (mailtos)", {OutletNews.OUTCOME, OutletNews.BLIND})
    assert mail.url.get_secret_value() == MAIL


def test_with_none_set_nobody_else_is_told() -> None:
    assert outlets() == ()


@pytest.mark.parametrize(
    ("entries", "says"),
    [
        ([NTFY, SECRET], "entry 2 must be an address such as ntfy://host/topic"),
        ([7], "entry 1 must be an address, or an object with url and takes"),
        ([{"takes": ["alert"]}], "entry 1 must be an address, or an object with url and takes"),
        ([{"url": NTFY, "token": SECRET}], "entry 1 must be an address, or an object with url and takes"),
        (
            [{"url": NTFY, "takes": ["alerts"]}],
            "takes holds an unknown word 'alerts'; it may hold alert, outcome, blind",
        ),
        ([{"url": NTFY, "takes": [MAIL]}], "takes holds an unknown word; it may hold alert, outcome, blind"),
        ([{"url": NTFY, "takes": []}], "takes must be a list of these words: alert, outcome, blind"),
        ([{"url": NTFY, "takes": "alert"}], "takes must be a list of these words: alert, outcome, blind"),
        ([NTFY, MAIL, NTFY], "entry 3 is the same address as entry 1"),
        ({"url": NTFY}, "must be a JSON list such as"),
    ],
)
def test_what_is_wrong_is_one_line_that_holds_no_address(entries: object, says: str) -> None:
    line = problem(json.dumps(entries))
    assert line.startswith("STOCKBELL_OUTLETS: ")
    assert says in line
    assert SECRET not in line


def test_everything_that_is_wrong_is_named() -> None:
    line = problem(json.dumps([SECRET, NTFY, 7]))
    assert "entry 1 " in line
    assert "entry 3 " in line


@pytest.mark.parametrize("value", [SECRET, f"[{SECRET}", "[" * 100_000])
def test_what_is_no_json_is_refused_without_being_shown(value: str) -> None:
    line = problem(value)
    assert "must be a JSON list such as" in line
    assert SECRET not in line


@pytest.mark.guards("config", "the address of an outlet is shown nowhere")
def test_no_address_is_shown_by_what_holds_it() -> None:
    (one,) = outlets(MAIL)
    assert SECRET not in f"{one!r} {one} {one.name} {one.key}"


def test_its_key_is_the_same_at_any_place_and_another_for_any_other() -> None:
    first, second = outlets(NTFY, MAIL)
    assert [one.key for one in outlets(MAIL, NTFY)] == [second.key, first.key]
    assert first.key != second.key


@pytest.mark.parametrize(
    ("url", "secret"),
    [
        (MAIL, SECRET),
        ("json://ada:dog@example.com/hook", "dog"),
        ("discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js", "JHMHI8qBe7bk2ZwO5U711o3dV_js"),
        ("slack://T1JJ3T3L2/A1BRTD4JDTIkajkj/TIiajkdnlazkcOXrIdevi7FQ", "A1BRTD4JDTIkajkj"),
        (f"json://example.com/hook?+X-Key={SECRET}%21", f"{SECRET}!"),
    ],
)
def test_what_lets_somebody_in_is_known_for_the_log(url: str, secret: str) -> None:
    (one,) = outlets(url)
    assert {url, secret} <= set(one.secrets())


def test_the_name_of_a_host_is_none_of_it() -> None:
    (one,) = outlets("json://stockbell.example.com/hook")
    assert "stockbell.example.com" not in set(one.secrets())


def test_a_value_that_was_read_already_is_kept() -> None:
    assert parse_outlets(()) == ()
