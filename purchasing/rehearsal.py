"""What a rehearsal apart from the journal told."""

from dataclasses import dataclass
from datetime import timedelta

from purchasing.model import Attempt, Review


@dataclass(frozen=True, slots=True, kw_only=True)
class TimedAct:
    what: str
    took: timedelta
    #: It came to its end.
    done: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """How one went."""

    #: As it ended: rehearsed, or abandoned with the reason.
    attempt: Attempt
    acts: tuple[TimedAct, ...]
    #: None where the review page was not reached.
    review: Review | None
    #: The file with a picture of the page, in the folder of pictures.
    picture: str | None
    #: What only the owner can do, such as `cvv`.
    need: str | None
    #: The cart certainly holds nothing of it.
    clean: bool
