"""A message as plain data: its text, its buttons, what leaves first, and how a long one is divided."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import IntEnum

from bot.text.markup import headed, join_lines, plain, quoted, shown_length
from config.products import Mode

#: Telegram's limit for a text is 4,096 UTF-16 units after parsing; this leaves room for the mark of a repetition.
TEXT_LIMIT = 4000
#: Its limit for the words under a file or a picture is 1,024.
CAPTION_LIMIT = 900
#: What takes more messages than this becomes a file.
MOST_MESSAGES = 4

#: Stands at the end of what was sent twice.
REPEATED = "\n\n<i>(sent again: I don't know whether the first one arrived)</i>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """With data it is a press, with an address a link. With neither it is a word below the chat, which a tap says."""

    text: str
    data: str | None = None
    url: str | None = None

    @property
    def is_word(self) -> bool:
        return self.data is None and self.url is None


#: What the data of a button that stands for an offer begins with.
OFFER = "o:"
#: What stands on a button that shows a message as it is to read now.
REFRESH = "↻ Refresh"

#: Row by row.
Buttons = tuple[tuple[Button, ...], ...]


class Rank(IntEnum):
    """What leaves first. The numbers are stored; they leave room for another rank between two."""

    #: A stop, a purchase, blindness: what a person must know.
    URGENT = 0
    #: A restock. Once its alert is shown, what is still told of it is an update.
    ALERT = 10
    REPLY = 20
    #: What goes on with something that was told, and the outcome of a purchase that was practised.
    UPDATE = 30
    #: A further round of practice, which an alert counts: now and then an edit, with the newest alone.
    ROUND = 40
    BOARD = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A message as it is to read. `key` tells it from every other; drafting it again edits it in place."""

    key: str
    chat: int
    text: str
    rank: Rank
    thread: int | None = None
    buttons: Buttons = ()
    silent: bool = False
    pin: bool = False
    #: The address of a picture that Telegram shows above the text.
    picture: str | None = None
    #: Sent again, marked, when nobody knows whether it arrived; and anew when it was deleted and is to be edited.
    matters: bool = True
    #: Never edited: drafting it again changes nothing.
    once: bool = False
    #: The name of a file that holds the whole text, of which the message shows the first line.
    file: str | None = None
    #: The name of a picture in the folder of pictures, under which the text stands; alone where that can't be sent.
    photo: str | None = None


def amended(draft: Draft, *, data: str, along: str | None, line: str | None, buttons: Buttons) -> Draft:
    """The message without the button that carries `data`, nor those whose data begins with `along`.

    What came of it stands in a line below; where both have no room, below the first line alone, which says the mode.
    """
    kept = tuple(
        rest
        for row in draft.buttons
        if (rest := tuple(one for one in row if not _is_used(one, data=data, along=along)))
    )
    text = join_lines([draft.text, line])
    if line is not None and shown_length(text) > TEXT_LIMIT:
        text = join_lines([draft.text.partition("\n")[0], line])
    return replace(draft, text=text, buttons=(*buttons, *kept), rank=Rank.REPLY)


def _is_used(button: Button, *, data: str, along: str | None) -> bool:
    carried = button.data
    return carried is not None and (carried == data or (along is not None and carried.startswith(along)))


def caption_of(text: str) -> str:
    """Its first line, for the message that comes with a file of it."""
    return quoted(plain(text.partition("\n")[0]), CAPTION_LIMIT)


def file_caption(text: str) -> str:
    """For the message that comes with a file of the whole text: its first line, and how long the file is."""
    first, *rest = text.split("\n")
    size = f"\nAll {len(rest) + 1:,} lines are in the file." if rest else "\nAll of it is in the file."
    return quoted(plain(first), CAPTION_LIMIT - shown_length(size)) + size


def as_caption(text: str) -> str:
    """The text where it fits under a picture, else its first line."""
    return text if shown_length(text) <= CAPTION_LIMIT else caption_of(text)


def in_messages(draft: Draft, *, mode: Mode, file: str = "stockbell.txt") -> list[Draft]:
    """The draft as Telegram takes it: in one message, in several that are split at lines, or as a file of this name.

    The first has the sound and the picture, the last the buttons. A photo whose caption would be too long follows.
    """
    if draft.photo is not None and shown_length(draft.text) > CAPTION_LIMIT:
        words, photo = replace(draft, photo=None), replace(draft, key=f"{draft.key}:photo", silent=True, buttons=())
        return [*in_messages(words, mode=mode, file=file), replace(photo, text=caption_of(draft.text))]
    texts = _split_at_lines(draft.text)
    if len(texts) > MOST_MESSAGES or any(shown_length(text) > TEXT_LIMIT for text in texts):
        return [replace(draft, file=file, picture=None)]
    first, *further = [replace(draft, text=text, buttons=()) for text in texts]
    parts = [first, *(_continued(one, mode, place, len(texts)) for place, one in enumerate(further, start=2))]
    return [*parts[:-1], replace(parts[-1], buttons=draft.buttons)]


def _continued(draft: Draft, mode: Mode, place: int, of: int) -> Draft:
    text = headed(mode, f"{place} of {of}\n{draft.text}")
    return replace(draft, key=f"{draft.key}:{place}", text=text, silent=True, picture=None)


def _split_at_lines(text: str) -> list[str]:
    pages: list[list[str]] = [[]]
    size = 0
    for line in text.split("\n"):
        length = shown_length(line) + 1
        if pages[-1] and size + length > TEXT_LIMIT:
            pages.append([])
            size = 0
        pages[-1].append(line)
        size += length
    return [join_lines(page) for page in pages]


def fit(lines: Iterable[str], *, count: int, room: int = TEXT_LIMIT) -> str:
    """As many whole lines as have room, of this many; what is left out is counted, and not asked for."""
    kept: list[str] = []
    size = 0
    for number, line in enumerate(lines):
        size += shown_length(line) + 1
        if size > room:
            return join_lines([*kept, f"and {count - number} more"])
        kept.append(line)
    return join_lines(kept)
