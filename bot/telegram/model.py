"""Stored messages and boards, as values."""

from dataclasses import dataclass
from enum import IntEnum, StrEnum

from bot.text.draft import Draft, Rank


class Delivery(StrEnum):
    WAITING = "waiting"
    #: On its way; after a crash nobody knows whether it arrived.
    SENDING = "sending"
    #: Perhaps delivered: the answer was lost.
    UNCERTAIN = "uncertain"
    DONE = "done"
    #: Will never be delivered; `why` tells the reason.
    DROPPED = "dropped"


UNSENT = (Delivery.WAITING, Delivery.SENDING, Delivery.UNCERTAIN)


class Pin(IntEnum):
    """Whether a message is pinned."""

    NONE = 0
    #: Tried with every edit until it succeeds.
    WANTED = 1
    DONE = 2
    #: To be unpinned with the next edit: it is no longer kept up.
    OVER = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A stored message: what it is to read, and how far its delivery has come."""

    id: int
    draft: Draft
    state: Delivery
    revision: int
    message_id: int | None
    #: Whether it says that it was sent again.
    repeated: bool
    pin: Pin

    @property
    def rank(self) -> Rank:
        """When it leaves: an alert that is shown already is no more urgent than other updates."""
        is_shown = self.message_id is not None
        return Rank.UPDATE if self.draft.rank is Rank.ALERT and is_shown else self.draft.rank


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    chat: int
    thread: int | None
    number: int

    @property
    def key(self) -> str:
        return f"board:{self.number}:{self.chat}"
