"""Time zones and their names."""

from collections.abc import Sequence
from datetime import tzinfo
from functools import cache
from importlib.resources import files

from tzlocal import get_localzone


@cache
def zone_names() -> Sequence[str]:
    """All of them, as the package that holds them lists them."""
    return tuple(files("tzdata").joinpath("zones").read_text(encoding="utf-8").split())


def system_zone() -> tzinfo:
    """Raises ValueError, OSError or LookupError where the system does not tell."""
    return get_localzone()


def zone_name(zone: tzinfo) -> str | None:
    """The name by which other programs know it, too.

    None for the system's where it is a file and no more, as a copied `/etc/localtime` is.
    """
    name = str(zone)
    return name if name in zone_names() else None
