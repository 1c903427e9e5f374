"""What is true of a command, and what the answer to a question is made from."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from enum import Enum, StrEnum, auto
from typing import Any, Generic, TypeVar

from bot.access.origin import Origin
from bot.access.roles import Role
from bot.text.draft import Buttons, Rank
from bot.text.markup import Known
from config.products import Mode, Tcin
from purchasing.commands import Command
from purchasing.model import Overview

F = TypeVar("F")

#: What was said longer ago is late. After a silence of so long, too, nobody knows when a button was pressed.
LATE = timedelta(seconds=120)
#: What whoever asked is told where a mistake of ours came to light.
BROKE = "it broke, the log says how"


class Lateness(Enum):
    """What becomes of a command that waited longer than `LATE`."""

    HONOURED = auto()
    #: Honoured however old it is, and its reply tells how old it was.
    TELLS_AGE = auto()
    #: It does more harm than good when it comes late, and is refused.
    SOON_OR_NEVER = auto()


class AsksBack(Enum):
    """Whether something of it is done only on a second word."""

    NEVER = auto()
    #: On a press of the button of the first answer.
    BY_BUTTON = auto()
    #: On the same command with the four digits of the first answer, within a minute.
    BY_CODE = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A command that asks, and what every answer may be made from."""

    command: Command
    origin: Origin
    overview: Overview
    at: datetime
    zone: tzinfo

    @property
    def args(self) -> str:
        return self.command.args

    @property
    def role(self) -> Role:
        return self.origin.role

    @property
    def may_change(self) -> bool:
        """Whether who asks may change what is watched."""
        return self.role >= Role.OPERATOR

    @property
    def about(self) -> tuple[Tcin, ...]:
        """The products of the message to which this is a reply."""
        return tuple(map(Tcin, self.origin.about))

    @property
    def mode(self) -> Mode:
        return self.overview.controls.mode


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyText:
    """What a reply reads, with its buttons and the address of its picture.

    The rest counts where a button was pressed: it says how much of that need be a message of its own.
    """

    text: str
    buttons: Buttons = ()
    picture: str | None = None
    #: The name of a picture in a folder of pictures, which is sent with the text under it.
    photo: str | None = None
    #: The whole of it in a few words, at most `TOAST` units: the text is sent only where they come too late.
    toast: str | None = None
    #: The toast is not to be overlooked.
    alert: bool = False
    #: The message whose button was pressed reads like this from now on.
    in_place: bool = False
    #: What came of it, to stand below the message whose button was pressed; that button goes.
    line: str | None = None
    #: The button that was pressed does nothing any more, for nobody.
    spent: bool = False


@dataclass(frozen=True, slots=True)
class Answering(Generic[F]):
    """How a question is answered: the facts that are read for it, and the words that are made of them."""

    facts: type[F]
    render: Callable[[Question, F], ReplyText]


class Group(StrEnum):
    """Under which heading of /help a command stands, in the order of the headings."""

    LOOK = "Look"
    LIST = "Change the list"
    STEER = "Steer"
    BUYING = "Buying"
    HEAR = "What you hear"
    PEOPLE = "People"
    ABOUT = "About me"


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """The arguments of a command as somebody may send them, and what that does."""

    args: str
    means: str


#: The lines that tell what a change did, from its result, the products that it speaks of, and the owner's time zone.
Says = Callable[[Any, Known, tzinfo], list[str]]


def say_done(_result: object, _known: Known, _zone: tzinfo) -> list[str]:
    return ["Done."]


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """One command: its name without the slash, who may use it, and all else that is true of it."""

    name: str
    role: Role = Role.VIEWER
    help: str = ""
    usage: str = ""
    group: Group = Group.LOOK
    #: Short arguments beside its name in /help, as somebody may send them; empty where it takes none.
    short: str = ""
    #: For /help of this one command.
    example: Example | None = None
    aliases: tuple[str, ...] = ()
    #: Only in the private chat with the bot.
    private: bool = False
    lateness: Lateness = Lateness.HONOURED
    asks_back: AsksBack = AsksBack.NEVER
    #: When its reply leaves; an urgent one has a sound, and else who asks is looking already.
    rank: Rank = Rank.REPLY
    #: For a question, which changes nothing: its answer is read when it is written.
    answering: Answering[Any] | None = None
    #: A question that changes something first where it has arguments; its answer tells what stands then.
    chooses: bool = False
    #: For a change: what it says when it is done.
    says: Says = say_done
    #: Said by a button of its own reply, it is answered there.
    in_place: bool = False
    #: Its reply is the board of the chat, put there anew.
    puts_board: bool = False
    #: Its reply is the board that the chat has, as it is to read now.
    redraws_board: bool = False
    #: Whoever says it can be written to from now on, in a group too.
    opens_chat: bool = False
    #: A button that says it may be pressed again and again.
    button_stays: bool = False

    @property
    def is_change(self) -> bool:
        return self.answering is None and not self.puts_board and not self.redraws_board
