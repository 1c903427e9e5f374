"""What came of a press in a few plain words, as they stand over the chat for a moment; they know no HTML."""

from collections.abc import Sequence
from datetime import datetime, tzinfo

from bot.text.markup import Known, clock_time, cut, day_time, first_few, money, plain
from bot.text.picks import wish_words
from config.products import Tcin
from purchasing.commands import (
    Added,
    Answered,
    Cancelled,
    Paused,
    PlaceChanged,
    Removed,
    Result,
    Resumed,
    Settled,
    SkipLifted,
    Snoozed,
    Stopped,
    Undone,
    WishesChanged,
)
from purchasing.model import ApprovalAnswer

#: Telegram takes no more units of text.
TOAST = 200
#: Of these the marks take two that stand around words which are read from right to left.
_ROOM = TOAST - 2
#: A product's name is cut here.
NAME = 60


def fit_toast(text: str) -> str:
    """As much of it as Telegram takes."""
    return cut(text, _ROOM)


def say_whole(text: str) -> str | None:
    """A reason, or what a change said, as a sentence; None where it is too long for that."""
    words = " ".join(plain(text).split())
    sentence = f"{words[:1].upper()}{words[1:]}"
    return sentence if sentence and cut(sentence, TOAST) == sentence else None


#: Where a refresh shows nothing new.
UP_TO_DATE = "Up to date"


def say_up_to_date(checked_at: datetime | None, zone: tzinfo) -> str:
    """For a board that was drawn anew."""
    return UP_TO_DATE if checked_at is None else f"{UP_TO_DATE} · checked {clock_time(checked_at, zone)}"


def say_outcome(result: Result, known: Known, zone: tzinfo) -> str:
    """What a change did."""
    return fit_toast(_outcome(result, known, zone))


def _outcome(result: Result, known: Known, zone: tzinfo) -> str:
    match result:
        case Answered(answer=ApprovalAnswer.SKIP, tcin=tcin):
            return f"Skipped for this restock: {_name(tcin, known)}"
        case Answered(tcin=tcin):
            return f"I'll buy it as soon as I can: {_name(tcin, known)}"
        case SkipLifted(tcin=tcin):
            return f"You hear of it again: {_name(tcin, known)}"
        case Paused(tcin=tcin, until=until):
            lasts = f"until {day_time(until, zone)}" if until else "until you resume"
            return f"Paused {lasts}: {_name(tcin, known)}" if tcin else f"Everything is paused {lasts}"
        case Resumed(tcin=tcin):
            return f"Resumed: {_name(tcin, known)}" if tcin else "Resumed: I'm checking again"
        case Snoozed():
            return "I remind you tomorrow"
        case Stopped():
            return "Buying is off"
        case Settled(bought=bought):
            return "Noted: bought" if bought else "Noted: not bought"
        case Cancelled(tcin=tcin):
            return f"Called off: {_name(tcin, known)}"
    return _listed(result, known)


def _listed(result: Result, known: Known) -> str:
    """What a change of the watch list did."""
    match result:
        case Added(added=added, there=there):
            what = "Watching" if added else "Watched already:"
            return f"{what} {_names(added or there, known)}" if added or there else "Nothing was added"
        case Removed(removed=removed):
            return f"No longer watched: {_names(removed, known)}"
        case WishesChanged(tcin=tcin, keys=keys):
            return _wishes(tcin, keys, known)
        case PlaceChanged(tcin=tcin, place=place, of=of):
            return f"Now number {place} of {of}: {_name(tcin, known)}"
        case Undone():
            return "Undone"
    return "Done"


def _wishes(tcin: Tcin, keys: Sequence[str], known: Known) -> str:
    line = known.get(tcin)
    if line is None:
        return f"Changed: {tcin}"
    if tuple(keys) != ("max_price",):
        return f"{wish_words(line.product)}: {_name(tcin, known)}"
    most = line.product.max_price
    return f"{'No limit' if most is None else f'Your limit is {money(most)}'}: {_name(tcin, known)}"


def _name(tcin: Tcin, known: Known) -> str:
    line = known.get(tcin)
    return (cut(line.product.name or line.title, NAME) if line else "") or tcin


def _names(products: Sequence[Tcin], known: Known) -> str:
    return first_few([_name(tcin, known) for tcin in products], most=2)
