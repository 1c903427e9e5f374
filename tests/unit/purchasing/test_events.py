"""Each kind of event as every other program reads it, and what is read of what other versions wrote."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from purchasing.events import (
    FACTS,
    Blind,
    DrillEnded,
    EventKind,
    Fact,
    ProductLearned,
    Sighted,
    StoredEvent,
    UnknownFact,
    decode_fact,
    encode_fact,
    seq_of,
)
from tests.facts import USUAL, fact
from tests.recorded_household import unpack
from tests.unit.purchasing.events_as_json import AS_JSON, CYCLE

VERSION_1 = Path(__file__).parent.parent.parent / "data" / "version_1"


def stored_event(kind: str, body: str, seq: int = 7) -> StoredEvent:
    return StoredEvent(seq=seq, at="2026-11-22T14:03:22.418Z", kind=kind, body=body)


# ---- as other programs read it


@pytest.mark.parametrize(("one", "body"), AS_JSON, ids=lambda value: value.kind if isinstance(value, Fact) else "")
def test_an_event_has_these_names_and_forms_in_this_order(one: Fact, body: dict[str, Any]) -> None:
    told = json.loads(encode_fact(one))
    assert told == body
    assert list(told) == list(body)


def test_every_kind_has_a_type_of_its_own_an_example_and_a_fixed_form() -> None:
    assert set(FACTS) == set(EventKind)
    assert {type(one) for one, _ in AS_JSON} == set(FACTS.values()) == set(USUAL)


@pytest.mark.parametrize("one", [one for one, _ in AS_JSON], ids=lambda one: one.kind)
def test_what_is_written_is_read_back_the_same(one: Fact) -> None:
    assert decode_fact(one.kind, encode_fact(one)) == one


@pytest.mark.parametrize("one", [CYCLE, DrillEnded()])
def test_a_whole_event_is_one_line_with_version_number_kind_and_time_in_front(one: Fact) -> None:
    line = stored_event(one.kind, encode_fact(one)).line()
    head = {"v": 1, "seq": 7, "kind": one.kind, "at": "2026-11-22T14:03:22.418Z"}
    assert json.loads(line) == {**head, **json.loads(encode_fact(one))}
    assert list(json.loads(line))[:4] == list(head)
    assert "\n" not in line
    assert seq_of(line.encode()) == 7


# ---- what other versions wrote


#: The version before knew nothing of these.
ADDED_SINCE = {
    EventKind.OUTLET_FAILED,
    EventKind.OUTLET_BACK,
    EventKind.PRODUCTS_UNREAD,
    EventKind.PRODUCTS_DELISTED,
    EventKind.PRODUCTS_LISTED,
    EventKind.STORAGE_DISPLACED,
    EventKind.STORAGE_BACK,
    EventKind.STILL_HELD,
    EventKind.ORDER_FOUND,
    EventKind.CART_NOT_CLEANED,
    EventKind.CART_CLEANED,
    EventKind.CART_TAKEN,
    EventKind.SESSION_EXPIRED,
    EventKind.APPROVAL_NUDGED,
    EventKind.DAY_SUMMED_UP,
    EventKind.CHECKS_SLOW,
    EventKind.CHECKS_QUICK,
    EventKind.RESTORED,
}


@pytest.fixture
def stored(tmp_path: Path) -> list[tuple[str, str]]:
    """Kind and body of every event in the journal that the version before left."""
    unpack(VERSION_1, tmp_path / "data")
    with closing(sqlite3.connect(tmp_path / "data" / "stockbell.db")) as database:
        return database.execute("SELECT kind, body FROM journal ORDER BY seq").fetchall()


def test_every_stored_event_of_the_version_before_is_read_and_is_the_same_when_it_is_written_again(
    stored: list[tuple[str, str]],
) -> None:
    for kind, body in stored:
        one = decode_fact(kind, body)
        assert isinstance(one, Fact), (kind, body)
        # A chat stood in it, of which purchasing knows nothing any more.
        before = {name: value for name, value in json.loads(body).items() if name != "chat"}
        assert json.loads(encode_fact(one)) == before
    assert {kind for kind, _ in stored} == set(EventKind) - ADDED_SINCE


def test_fields_of_a_newer_version_are_passed_over() -> None:
    assert decode_fact("sighted", '{"lasted_s":60,"moon":{"full":true}}') == Sighted(lasted_s=60)


def test_a_kind_of_a_newer_version_is_unknown_and_stands_in_the_line_as_it_is() -> None:
    event = stored_event("full_moon", '{"bright":true}')
    assert event.decode().fact == UnknownFact(kind="full_moon", raw='{"bright":true}')
    assert json.loads(event.line())["bright"] is True


@pytest.mark.parametrize(
    ("body", "damage"),
    [
        ("", "truncated"),
        ("{", "truncated"),
        ("[]", "Expected `object`, got `array`"),
        ("{}", "missing required field `lasted_s`"),
        ('{"lasted_s":"60"}', "Expected `int`, got `str`"),
        ('{"a":' * 100_000, "recursion"),
    ],
    ids=lambda value: value[:20],
)
def test_a_damaged_body_is_unknown_with_what_is_wrong_and_breaks_no_line(body: str, damage: str) -> None:
    event = stored_event("sighted", body)
    told = event.decode().fact
    assert isinstance(told, UnknownFact)
    assert damage in (told.damage or "")
    assert json.loads(event.line())["seq"] == 7


def test_a_body_that_is_no_object_stands_in_its_line_as_text() -> None:
    assert json.loads(stored_event("sighted", "[1]\n").line())["damaged"] == "[1]\n"


def test_a_body_of_several_lines_stands_on_one() -> None:
    line = stored_event("sighted", '{\n "lasted_s": 60\n}').line()
    assert (json.loads(line)["lasted_s"], "\n" in line) == (60, False)


def test_half_characters_become_question_marks() -> None:
    assert decode_fact("blind", '{"why":"\\ud83d alone","until":null}') == Blind(why="? alone", until=None)


@given(st.text(), st.text())
def test_whatever_is_written_is_read(title: str, why: str) -> None:
    for one in (fact(ProductLearned, title=title), fact(Blind, why=why)):
        assert decode_fact(one.kind, encode_fact(one)) == one


def test_events_can_t_be_changed() -> None:
    with pytest.raises(AttributeError):
        fact(Sighted).lasted_s = 1  # type: ignore[misc]  # what the test is about
    assert all(kind.__struct_config__.frozen for kind in FACTS.values())
