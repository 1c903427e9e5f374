"""Stored messages, and what goes with the drafts of new ones, as values."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum

from bot.text.board import Board
from bot.text.draft import Buttons, Draft, Rank


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


@dataclass(frozen=True, slots=True, kw_only=True)
class AmendMessage:
    """A message whose button was pressed: the button goes, and what came of it stands below the text."""

    key: str
    #: What the pressed button carries.
    data: str
    #: What the data of all buttons begins with that go along with it; None where it goes alone.
    along: str | None = None
    line: str | None = None
    #: What may be done next.
    buttons: Buttons = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Toast:
    """A few words to whoever pressed a button, over the chat for a moment; without `text` its clock alone stops.

    It is written nowhere: a press can be answered for some seconds only.
    """

    press: str
    text: str | None = None
    #: It stays until it is tapped away.
    alert: bool = False
    #: Written in its place where nobody waits for it any more.
    otherwise: Sequence[Draft] = ()


Effect = KnowListener | ReviveMessage | PutBoard | RetireBoards | CloseChat | AmendMessage | Toast

#: What is to be written, in this order and in one transaction.
Plan = Sequence[Draft | Effect]
