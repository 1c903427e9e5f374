"""Prints what each kind of event holds, from the types: their first words, and the comments above their fields."""

import ast
import dataclasses
import inspect
import re
import textwrap
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import msgspec

from config.products import Tcin
from purchasing.events import FACTS

#: What fields of these names mean, wherever no comment says more.
RECURRING: Mapping[str, str] = {
    "tcin": "The product's number.",
    "title": "The product's title.",
    "attempt": "The attempt's number.",
    "mode": "What may be bought: practice, up to the button, or really.",
    "why": "The reason, in plain words.",
    "by": "Who did it: a person, by id or name, or what else did it.",
    "price": "In dollars.",
    "before": "What it was.",
    "after": "What it is.",
    "lasted_s": "For how many seconds.",
    "window": "The restock window's number.",
}
_WORDS: Mapping[Any, str] = {
    int: "whole number",
    str: "text",
    Tcin: "product number",
    datetime: "time",
    date: "day",
    Decimal: "amount",
}


class NoMeaning(LookupError):
    """A field of an event says nowhere what it means."""


def print_events() -> Iterator[str]:
    for kind, fact in FACTS.items():
        yield f"## `{kind}`"
        yield ""
        yield f"{_first_words(fact)}"
        yield ""
        rows = list(print_fields(fact))
        if rows:
            yield "| field | type | meaning |"
            yield "|---|---|---|"
            yield from rows
            yield ""


def _first_words(fact: type) -> str:
    return " ".join((inspect.getdoc(fact) or "").split())


def print_fields(part: type, path: str = "") -> Iterator[str]:
    """One row for each field, and below it one for each field of its parts."""
    meanings, hints = _comments(part), get_type_hints(part)
    for name, told, left_out in _fields(part):
        inner = list(_parts_in(hints[name]))
        meaning = meanings.get(name) or RECURRING.get(name) or " ".join(_first_words(one) for one, _ in inner)
        if not meaning:
            raise NoMeaning(f"{part.__name__}.{name}")
        yield f"| `{path}{told}` | {_type_words(hints[name], left_out=left_out)} | {meaning} |"
        for one, where in inner:
            yield from print_fields(one, f"{path}{told}{where}.")


def _fields(part: type) -> Iterator[tuple[str, str, bool]]:
    """Each field's name here, its name in the JSON, and whether it is left out at its default."""
    if dataclasses.is_dataclass(part):
        yield from ((field.name, field.name, False) for field in dataclasses.fields(part))
        return
    leaves_out = part.__struct_config__.omit_defaults  # type: ignore[attr-defined]  # else it is a Struct
    for field in msgspec.structs.fields(part):
        yield field.name, field.encode_name, leaves_out and not field.required


def _comments(part: type) -> dict[str, str]:
    """What the comments above the fields say."""
    source = textwrap.dedent(inspect.getsource(part))
    lines = source.splitlines()
    fields = [one for one in ast.walk(ast.parse(source)) if isinstance(one, ast.AnnAssign)]
    comments = {ast.unparse(field.target): _comment_above(lines, field.lineno - 1) for field in fields}
    return {name: comment for name, comment in comments.items() if comment}


def _comment_above(lines: list[str], place: int) -> str:
    above: list[str] = []
    while place > 0 and (found := re.match(r"\s*#: (.*)", lines[place - 1])):
        above.insert(0, found[1])
        place -= 1
    return " ".join(above)


def _type_words(hint: Any, *, left_out: bool = False) -> str:
    if _is_union(hint):
        # What may be left out is null only where that is another thing.
        unsaid = {msgspec.UnsetType} if msgspec.UnsetType in get_args(hint) or not left_out else {type(None)}
        parts = [one for one in get_args(hint) if one not in unsaid]
        words = " or ".join("null" if one is type(None) else _type_words(one) for one in parts)
        return f"{words}, or left out" if left_out else words
    if get_origin(hint) is tuple:
        inner = get_args(hint)[0]
        return "list of objects" if _is_part(inner) else f"list of {_type_words(inner)}s"
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        *first, last = (f"`{one}`" for one in hint)
        return f"{', '.join(first)} or {last}"
    if hint is bool:
        return "`true` or `false`"
    if get_origin(hint) is not None:
        return "object with an entry for each product number"
    return "object" if _is_part(hint) else _WORDS[hint]


def _parts_in(hint: Any) -> Iterator[tuple[type, str]]:
    """The parts that a field of this type holds, and how one gets to them."""
    if _is_part(hint):
        yield hint, ""
    elif _is_union(hint):
        yield from (found for one in get_args(hint) for found in _parts_in(one))
    elif get_origin(hint) is tuple:
        yield from ((part, f"[]{where}") for part, where in _parts_in(get_args(hint)[0]))
    elif get_origin(hint) is not None:
        yield from ((part, f".*{where}") for part, where in _parts_in(get_args(hint)[1]))


def _is_union(hint: Any) -> bool:
    return isinstance(hint, UnionType) or get_origin(hint) is Union


def _is_part(hint: Any) -> bool:
    return isinstance(hint, type) and (issubclass(hint, msgspec.Struct) or dataclasses.is_dataclass(hint))
