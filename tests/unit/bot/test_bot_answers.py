"""What the Bot API answers, whatever it is."""

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.telegram.answers import LONGEST_WAIT, SENSELESS_WAIT, read_answer, update_id_of, whole_number
from tests.junk import json_values

DEEP = b"[" * 100_000 + b"]" * 100_000
NO_WAITS: tuple[object, ...] = (10**9, 10**400, -1, 1.5, "12", None, True, [], {}, math.nan, math.inf)
A_DAY, SENSELESS = int(LONGEST_WAIT.total_seconds()), int(SENSELESS_WAIT.total_seconds())


def refusal(**parameters: Any) -> bytes:
    return json.dumps({"ok": False, "error_code": 429, "description": "no", "parameters": parameters}).encode()


def updates(*texts: bytes) -> bytes:
    return b'{"ok":true,"result":[' + b",".join(texts) + b"]}"


def result_of(payload: bytes) -> Any:
    return read_answer(payload).get("result")


def test_an_answer_is_read_as_it_is() -> None:
    assert read_answer(b'{"ok":true,"result":[{"update_id":7}]}') == {"ok": True, "result": [{"update_id": 7}]}


@pytest.mark.parametrize(
    "payload", [b"", b"<html>{ [ } ]</html>", b"[]", b"true", b'"x"', b"\xff\xfe", b"{", b'"' * 7, b'"\\"\\"\\']
)
def test_what_is_no_answer_says_nothing(payload: bytes) -> None:
    assert result_of(payload) is None


@pytest.mark.guards("bot", "an update that can't be read is skipped")
@pytest.mark.parametrize(
    ("rest", "left"),
    [
        (b'"message":' + DEEP + b"}", {"update_id": 2}),
        (b'"message":{"message_id":' + b"9" * 5000 + b"}}", {"update_id": 2}),
        (b'"message":{"text":"}]{\\"update_id\\":9}",}}', {"update_id": 2}),
        (b'"message":{"text":"\xff"}}', {"update_id": 2, "message": {"text": "\N{REPLACEMENT CHARACTER}"}}),
    ],
    ids=["too deep", "too many digits", "no JSON", "broken UTF-8"],
)
def test_one_update_that_cant_be_read_leaves_the_others_and_its_own_number(rest: bytes, left: object) -> None:
    payload = updates(b'{"update_id":1,"message":{"text":"]"}}', b'{"update_id":2,' + rest, b'{"update_id":3}')
    assert result_of(payload) == [{"update_id": 1, "message": {"text": "]"}}, left, {"update_id": 3}]


def test_endless_quotes_take_no_endless_time() -> None:
    assert result_of(b'{"result":[{"update_id":1},{"x":"' + b'\\"' * 500_000) == [{"update_id": 1}]


@pytest.mark.guards("bot", "a wait that Telegram asks for has an end")
@pytest.mark.parametrize(
    ("asked", "wait"),
    [
        (1, 1),
        (0, 1),
        (A_DAY, A_DAY),
        *((one, SENSELESS) for one in (A_DAY + 1, *NO_WAITS)),
    ],
    ids=str,
)
def test_a_wait_has_an_end(asked: object, wait: int) -> None:
    assert read_answer(refusal(retry_after=asked))["parameters"] == {"retry_after": wait}


@pytest.mark.parametrize("moved_to", ["-100", None, True, 2**53, [], -(10**30)])
def test_a_group_moves_to_no_id_that_is_none(moved_to: object) -> None:
    assert read_answer(refusal(migrate_to_chat_id=moved_to)).get("parameters") is None
    assert read_answer(refusal(migrate_to_chat_id=-1001))["parameters"] == {"migrate_to_chat_id": -1001}


def test_what_a_refusal_says_is_a_short_text() -> None:
    assert "description" not in read_answer(b'{"description":["no"]}')
    assert len(read_answer(b'{"description":"' + b"n" * 10_000 + b'"}')["description"]) == 300


@pytest.mark.parametrize(
    "raw",
    [None, True, 7, "x", [], {}, *({"update_id": number} for number in (None, "7", True, -1, 2**53, 7.0))],
    ids=str,
)
def test_what_has_no_number_of_an_update_has_none(raw: object) -> None:
    assert update_id_of(raw) is None
    assert update_id_of({"update_id": 7}) == 7


@given(st.binary() | st.text().map(str.encode) | json_values().map(lambda value: json.dumps(value).encode()))
def test_any_bytes_are_read_as_an_object(payload: bytes) -> None:
    assert isinstance(read_answer(payload), dict)


@given(json_values())
def test_a_number_is_what_a_database_holds(value: object) -> None:
    try:
        number = whole_number(value)
    except ValueError:
        return
    assert -(2**63) <= number < 2**63
