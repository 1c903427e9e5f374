"""What /history and /chart look back on: a product or all, and how far."""

from collections.abc import Sequence

from bot.charts.model import Reach
from bot.commands.arguments import find_product, has_subject, is_all
from config.products import Tcin
from purchasing.model import Line

#: How a length of time may be said.
_SAID = {
    **{reach.word: reach for reach in Reach},
    "24h": Reach.DAY,
    "day": Reach.DAY,
    "week": Reach.WEEK,
    "month": Reach.MONTH,
    "year": Reach.YEAR,
    "1y": Reach.YEAR,
}


def parse_look_back(args: str, lines: Sequence[Line], *, about: Sequence[Tcin] = ()) -> tuple[Line | None, Reach]:
    """The product, None for all, and how far back; a week where that is not said.

    Raises:
        NoneNamed: the words fit several products.
        BadArgument: they fit none.
    """
    words = args.split()
    reach = _SAID.get(words[-1].lower()) if words else None
    name = " ".join(words if reach is None else words[:-1])
    wanted = Reach.WEEK if reach is None else reach
    if is_all(name) or (not name and not has_subject(lines, about)):
        return None, wanted
    return find_product(name, lines, about=about, rest=wanted.word), wanted
