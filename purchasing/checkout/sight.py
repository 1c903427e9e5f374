"""One look at a page: the script that takes it, and what it sends, read strictly."""

from functools import cache
from importlib.resources import files

import msgspec

from purchasing.checkout.model import Seen


class UnreadableSight(ValueError):
    """What came from the page is not what the script sends."""


@cache
def observing_script() -> str:
    """A function of JavaScript that takes `pages.configuration` and returns what `decode_seen` reads."""
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
