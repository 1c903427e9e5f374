"""Products that are watched, and what is said of arguments that can't be used."""

from collections.abc import Callable
from typing import Any

import pytest

from bot.commands.arguments import BadArgument
from config.products import Tcin
from tests.builders import A, B, C, in_stock, line, product

TROVE, DRAGON = Tcin("94734932"), Tcin("93954435")
LINK = "https://www.target.com/p/a-thing/-/A-94734932?preselect=93954435#lnk=sametab"
LINES = (
    line(A, stock=in_stock(title="Illumineer's Trove")),
    line(B, stock=in_stock(title="Ember the Dragon")),
    line(product(C, name="My dragon"), stock=in_stock(title=None)),
)


def told(parse: Callable[..., object], *args: Any) -> str:
    """What is said of arguments that can't be used."""
    with pytest.raises(BadArgument) as refused:
        parse(*args)
    return str(refused.value)


def complaint(parse: Callable[..., object], *args: Any) -> str | None:
    """As `told`, of arguments that may be right."""
    try:
        parse(*args)
    except BadArgument as error:
        return str(error)
    return None
