"""The names of time zones, as the package that holds them lists them."""

from collections.abc import Sequence
from functools import cache
from importlib.resources import files


@cache
def zone_names() -> Sequence[str]:
    return tuple(files("tzdata").joinpath("zones").read_text(encoding="utf-8").split())
