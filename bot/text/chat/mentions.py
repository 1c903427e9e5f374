"""What is said to links and words that are no command."""

from collections.abc import Sequence
from datetime import tzinfo

from bot.text.markup import Known, code, heading_of
from config.products import Tcin
from purchasing.commands import Done, Mentioned

#: Of more products the first ones are named, and the rest is counted.
MOST_NAMED = 10


def say_mentioned(result: Mentioned, known: Known, _zone: tzinfo) -> list[str]:
    """Whether to watch what was spoken of; else what is understood at all."""
    if result.tcins and not result.may_add:
        return _about(
            result.tcins,
            known,
            one="{} is not watched; an operator can add it.",
            more="These {} are not watched; an operator can add them:",
        )
    if result.tcins:
        return _about(result.tcins, known, one="Shall I watch {}?", more="Shall I watch these {} products?")
    if result.there:
        return _about(result.there, known, one="{} is watched already.", more="These {} are watched already:")
    return ["I understand product links and commands. /help shows them."]


def say_declined(_result: Done, _known: Known, _zone: tzinfo) -> list[str]:
    return ["Not watched"]


def _about(tcins: Sequence[Tcin], known: Known, *, one: str, more: str) -> list[str]:
    if len(tcins) == 1:
        return [one.format(_named(tcins[0], known))]
    rest = [f"and {len(tcins) - MOST_NAMED} more"] if len(tcins) > MOST_NAMED else []
    return [more.format(len(tcins)), *(heading_of(known, tcin) for tcin in tcins[:MOST_NAMED]), *rest]


def _named(tcin: Tcin, known: Known) -> str:
    return heading_of(known, tcin) if tcin in known else f"product {code(tcin)}"
