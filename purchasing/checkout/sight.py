"""One look at a page: the script that takes it, and what it sends, read strictly."""

from functools import cache, lru_cache
from importlib.resources import files

import msgspec

from config.products import Tcin
from purchasing.checkout.model import Seen
from purchasing.checkout.pages import configuration


class UnreadableSight(ValueError):
    """What came from the page is not what the script sends."""


@lru_cache(maxsize=64)
def observing_expression(tcin: Tcin) -> str:
    """An expression of JavaScript whose value is what `decode_seen` reads, where this product is wanted.

    It is the script with what to look for in it: handed over beside the script, that takes twice as long.
    """
    return f"({_read_script()})({msgspec.json.encode(configuration(tcin)).decode()})"


@cache
def _read_script() -> str:
    return files(__package__).joinpath("observe.js").read_text(encoding="utf-8")


def decode_seen(raw: object) -> Seen:
    """What the script sent.

    Raises:
        UnreadableSight: it is something else.
    """
    try:
        return msgspec.convert(raw, Seen, strict=True)
    except (msgspec.ValidationError, RecursionError) as error:
        raise UnreadableSight(f"not what one look at a page sends: {error}") from error
