"""Where a command was given, and by whom it may be: what the chat alone knows of it, kept with it on disk."""

import re

import msgspec

from bot.access.roles import Role
from config.products import Tcin

#: What a link that opens the chat at a product brings along: https://t.me/<bot>?start=p94734932
_PRODUCT = re.compile(r"p([0-9]{6,10})", re.ASCII)


class Press(msgspec.Struct, frozen=True, kw_only=True):
    """A press of a button."""

    #: By this Telegram takes the answer to it, for some seconds.
    id: str
    #: The message under which the button stands, and what the button carries.
    message: int
    data: str


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """Where a command was said, where its reply goes, and the role of who said it."""

    chat: int
    private: bool
    thread: int | None = None
    #: The role that the person had when it was last judged: when it was heard, and again when it is applied.
    role: Role
    #: A button that was pressed in a time without contact, so that nobody knows when.
    late: bool = False
    #: The product numbers in the message to which this is a reply.
    about: tuple[str, ...] = ()
    #: The button by which it was said, where it was one.
    press: Press | None = None

    def encode(self) -> str:
        return msgspec.json.encode(self).decode()


def decode_origin(text: str) -> Origin:
    return msgspec.json.decode(text, type=Origin)


def product_of_link(word: str) -> Tcin | None:
    """The product at which a link opens the chat, from the word that it says with /start; None for any other word."""
    match = _PRODUCT.fullmatch(word.strip())
    return None if match is None else Tcin(match[1])
