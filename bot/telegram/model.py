"""Stored messages, and what goes with the drafts of new ones, as values."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum

from bot.text.board import Board
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


# ---- what is written together with drafts


@dataclass(frozen=True, slots=True, kw_only=True)
class KnowListener:
    """Somebody pressed Start there, so that it can be written to."""

    chat: int
    name: str
    thread: int | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviveMessage:
    """What was given up may be planned as a new message."""

    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PutBoard:
    """The one board of its chat from now on."""

    board: Board


@dataclass(frozen=True, slots=True, kw_only=True)
class RetireBoards:
    """All boards of the chat but this one are over, and those that it shows say so."""

    chat: int
    but: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseChat:
    """Nothing is told there any more."""

    chat: int
    why: str


Effect = KnowListener | ReviveMessage | PutBoard | RetireBoards | CloseChat

#: What is to be written, in this order and in one transaction.
Plan = Sequence[Draft | Effect]
