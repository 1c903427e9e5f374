"""What Hypothesis makes for whoever reads what others send: any JSON, and sound JSON in which something is wrong."""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from hypothesis import strategies as st

Path = tuple[str | int, ...]

#: What is wrong with most values: another type, an end of a range, nothing at all.
_ODD: list[Any] = [None, True, False, 0, -1, 2**31, 2**53, 2**63, 10**400, 0.5, float("inf"), float("nan")]
_ODD += ["", "\x00", "\ud800", "x" * 10_000, "1", [], {}, [[]], [{}], {"id": 1}]


def odd_values() -> st.SearchStrategy[Any]:
    return st.sampled_from(_ODD).map(deepcopy) | st.integers() | st.text(max_size=20)


def json_values() -> st.SearchStrategy[Any]:
    keys = st.text(max_size=5)
    return st.recursive(odd_values(), lambda parts: st.lists(parts, max_size=4) | st.dictionaries(keys, parts))


@st.composite
def spoiled(draw: st.DrawFn, sound: Any) -> Any:
    """The same with up to three values left out, or with others in their place."""
    value = deepcopy(sound)
    for _ in range(draw(st.integers(1, 3))):
        paths = list(_find_paths(value))
        if not paths:
            return draw(json_values())
        *way, last = draw(st.sampled_from(paths))
        holder = value
        for step in way:
            holder = holder[step]
        if isinstance(holder, dict) and draw(st.booleans()):
            del holder[last]
        else:
            holder[last] = draw(odd_values() | json_values())
    return value


def _find_paths(value: Any, path: Path = ()) -> Iterator[Path]:
    """The way to each value within."""
    inner: list[tuple[str | int, Any]] = []
    if isinstance(value, dict):
        inner = list(value.items())
    elif isinstance(value, list):
        inner = list(enumerate(value))
    for step, part in inner:
        yield (*path, step)
        yield from _find_paths(part, (*path, step))
