"""The Bot API's answers, read within bounds: whoever sends them, and whatever they hold.

What is no answer is read as one that says nothing. Of an answer that can't be read as a whole every update that can be
is taken: one that can't must not keep the others, of which one may be a stop, from being heard.
"""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

#: A wait that Telegram asks for is honoured up to this.
LONGEST_WAIT = timedelta(days=1)
#: Longer ones, and what is no wait, count as this: who waited for them would never send again.
SENSELESS_WAIT = timedelta(minutes=15)
#: Telegram's numbers have fewer bits, so that JSON and a database hold them.
_BEYOND = 2**53
_LONGEST_DESCRIPTION = 300
#: How deep the updates of an answer lie in it: `{"result": [{`.
_DEPTH_OF_UPDATES = 3
#: Strings as a whole, so that a bracket within one counts for nothing.
_MARKS = re.compile(r'"(?:[^"\\]|\\.?)*+(?:"|\Z)|[\[\]{}]', re.DOTALL)
_UPDATE_ID = re.compile(r'"update_id"\s*:\s*([0-9]{1,15})\b')


def whole_number(value: object) -> int:
    """An id or another whole number of Telegram's.

    Raises:
        ValueError: it is none.
    """
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) >= _BEYOND:
        raise ValueError(f"no number of Telegram's, but a {type(value).__name__}")
    return value


def update_id_of(raw: object) -> int | None:
    """The number by which alone a raw update is acknowledged; None where it has none."""
    try:
        number = whole_number(raw["update_id"] if isinstance(raw, dict) else None)
    except (KeyError, ValueError):
        return None
    return number if number >= 0 else None


def read_answer(payload: bytes) -> dict[str, Any]:
    """The body of an answer as a JSON object, empty where it is none; what a refusal says in it is within bounds."""
    text = payload.decode(errors="replace")
    answer = _read_json(text)
    if answer is None:
        updates = [_read_update(one) for one in _split_updates(text)]
        answer = {"result": updates} if updates else {}
    if not isinstance(answer, dict):
        return {}
    bounded = {"description": _read_description(answer), "parameters": _read_parameters(answer) or None}
    return {name: value for name, value in (answer | bounded).items() if value is not None}


def _read_json(text: str) -> Any:
    """None where it is no JSON, or too deep for anybody's."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _read_description(answer: dict[str, Any]) -> str | None:
    description = answer.get("description")
    return description[:_LONGEST_DESCRIPTION] if isinstance(description, str) else None


def _read_parameters(answer: dict[str, Any]) -> dict[str, int]:
    """What a refusal tells besides: how long to wait, or which id a group has now."""
    given = answer.get("parameters")
    bounded: dict[str, int] = {}
    if isinstance(given, dict):
        if "retry_after" in given:
            bounded["retry_after"] = _read_wait(given["retry_after"])
        if (moved_to := _number_or_none(given.get("migrate_to_chat_id"))) is not None:
            bounded["migrate_to_chat_id"] = moved_to
    return bounded


def _read_wait(value: object) -> int:
    """In whole seconds, as Telegram counts it."""
    seconds = _number_or_none(value)
    if seconds is None or not 0 <= seconds <= LONGEST_WAIT.total_seconds():
        return int(SENSELESS_WAIT.total_seconds())
    return max(1, seconds)


def _number_or_none(value: object) -> int | None:
    try:
        return whole_number(value)
    except ValueError:
        return None


def _split_updates(text: str) -> Iterator[str]:
    """The texts of the updates, whatever stands in them."""
    depth = start = 0
    for mark in _MARKS.finditer(text):
        if mark[0] in {"[", "{"}:
            depth += 1
            if depth == _DEPTH_OF_UPDATES:
                start = mark.start()
        elif mark[0] in {"]", "}"}:
            if depth == _DEPTH_OF_UPDATES:
                yield text[start : mark.end()]
            depth -= 1


def _read_update(text: str) -> Any:
    """An update, or what is left of one that can't be read: its number, so that it can be acknowledged."""
    update = _read_json(text)
    if update is not None:
        return update
    number = _UPDATE_ID.search(text)
    return {"update_id": int(number[1])} if number else {}
