"""Words and numbers as Telegram's HTML: the one place of a title, a heading, a mode word, an amount and a time."""

import html
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, tzinfo
from decimal import Decimal
from unicodedata import bidirectional, category

from config.products import Mode, Tcin
from monitor.model import PREORDER
from purchasing.model import Line

#: Titles are cut here: the shop's are never so long, with an own name before them.
FULL_TITLE = 1100
#: Reasons, and other words that others chose, are cut here.
REASON = 300


def escape(text: str) -> str:
    return html.escape(text, quote=True)


def cut(text: str, length: int) -> str:
    """On one line, without invisible signs, at most `length` UTF-16 units, cut with an ellipsis."""
    if not text.isprintable():
        text = "".join(_visible(sign) for sign in text)
    text = _cut_units(" ".join(text.split()).strip(_AT_NO_END), length)
    is_turned = not text.isascii() and any(bidirectional(sign) in _RIGHT_TO_LEFT for sign in text)
    return f"\u2068{text}\u2069" if is_turned else text


def cut_in_the_middle(text: str, length: int) -> str:
    """As `cut`, but what is too long keeps its end too: of many titles it is the end that tells them apart."""
    whole = cut(text, len(text) + 2)
    if _units(whole) <= length:
        return whole
    words = whole.strip("\u2068\u2069")
    begins = _whole_words(cut(words, length // 2).strip("\u2068\u2069").removesuffix("…"), words)
    ends = _last_units(words, length - _units(begins) - 1)
    if " " in ends[:-_LEAST_PART] and not words.endswith(f" {ends}"):
        ends = ends.partition(" ")[2]
    return cut(f"{begins}…{ends.strip(_AT_NO_END)}", length)


#: Of a title that is cut, no part is shorter for the sake of whole words.
_LEAST_PART = 4


def _whole_words(begins: str, words: str) -> str:
    """Without its last word where that was cut in two."""
    kept = begins.rpartition(" ")[0]
    is_cut = not words[len(begins) :].startswith(" ")
    return kept if is_cut and len(kept) >= _LEAST_PART else begins.rstrip(_AT_NO_END)


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _last_units(text: str, length: int) -> str:
    # A character that is cut in half is left out whole.
    return text.encode("utf-16-le")[-2 * length :].decode("utf-16-le", errors="ignore")


def _visible(sign: str) -> str:
    kind = category(sign)
    if kind == "Cc":
        return " "
    return sign if sign == _JOINER or kind not in _INVISIBLE else ""


def _cut_units(text: str, length: int) -> str:
    units = text.encode("utf-16-le")
    if len(units) <= 2 * length:
        return text
    # A character that is cut in half is left out whole.
    return units[: 2 * (length - 1)].decode("utf-16-le", errors="ignore").rstrip(_AT_NO_END) + "…"


#: Joins the parts of one emoji.
_JOINER = "\u200d"
_AT_NO_END = f" {_JOINER}"
#: Format signs, among them those that turn the direction of all that follows, and halves of characters.
_INVISIBLE = frozenset({"Cf", "Cs"})
#: Text of this direction is isolated, so that it doesn't turn what stands around it.
_RIGHT_TO_LEFT = frozenset({"R", "AL"})


def quoted(text: object, length: int = REASON) -> str:
    """Words that somebody else chose, such as a reason or a name: on one line, cut, escaped."""
    return escape(cut(str(text), length))


def mode_word(mode: Mode) -> str:
    return {Mode.SIMULATE: "PRACTICE", Mode.REHEARSE: "REHEARSAL", Mode.LIVE: "LIVE"}[mode]


def headed(mode: Mode, text: str) -> str:
    """A text that begins with the mode, as every message does."""
    return f"{mode_word(mode)} · {text}"


def money(amount: Decimal | None) -> str:
    return "price unknown" if amount is None else f"${amount:,.2f}"


def clock_time(at: datetime, zone: tzinfo) -> str:
    return at.astimezone(zone).strftime("%H:%M")


def exact_time(at: datetime, zone: tzinfo) -> str:
    """For what is seconds away."""
    return at.astimezone(zone).strftime("%H:%M:%S")


def day_time(at: datetime, zone: tzinfo) -> str:
    """For times that may be days away."""
    return at.astimezone(zone).strftime("%d %b %H:%M")


def near_time(at: datetime, zone: tzinfo, *, now: datetime) -> str:
    """The time of day alone where it is today's."""
    is_today = at.astimezone(zone).date() == now.astimezone(zone).date()
    return clock_time(at, zone) if is_today else day_time(at, zone)


def day_words(day: date) -> str:
    return f"{day.day} {day:%b %Y}"


def full_time(at: datetime, zone: tzinfo) -> str:
    """For times that may be years away."""
    return at.astimezone(zone).strftime("%d %b %Y %H:%M:%S")


def code(text: object) -> str:
    """What is to be copied by a tap, such as a product's number."""
    return f"<code>{escape(str(text))}</code>"


def title_words(title: str, length: int = FULL_TITLE) -> str:
    return quoted(title, length) or "name not known yet"


def product_heading(title: str, tcin: Tcin) -> str:
    return f"<b>{title_words(title)}</b> · {code(tcin)}"


def line_heading(line: Line) -> str:
    return product_heading(line.name_and_title, line.tcin)


#: What is known of some products.
Known = Mapping[Tcin, Line]


def heading_of(known: Known, tcin: Tcin) -> str:
    """The product as it is known, or its number alone."""
    line = known.get(tcin)
    return code(tcin) if line is None else line_heading(line)


#: Of so many things at most each is named, before the rest is only counted.
FEW = 3


def first_few(names: Sequence[str], *, most: int = FEW) -> str:
    """The first ones by their names, and how many there are beside."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


#: What may be asked for without being a command that somebody types.
_UNTYPED = {
    "text": "a message",
    "unknown": "a command that I don't know",
    "press": "a button that no longer works",
    "undo": "undo",
    "links": "a link",
    "decline": "a no",
    "uninvite": "taking back an invitation",
}


def command_words(what: str | None) -> str:
    """What was asked for, as it is typed if it is a command."""
    return "something" if what is None else _UNTYPED.get(what) or f"/{what}"


def join_lines(lines: Iterable[str | None]) -> str:
    return "\n".join(line for line in lines if line is not None)


def plain(text: str) -> str:
    """What one reads of it."""
    return html.unescape(_TAG.sub("", text))


_TAG = re.compile(r"<[^>]*>")


def shown_length(text: str) -> int:
    """As Telegram counts it: in UTF-16 units, after parsing."""
    return len(plain(text).encode("utf-16-le")) // 2


def detail_words(detail: str | None, street_date: date | None = None) -> str:
    """The shop's own word, where it says more than ours; of a preorder with the day on which it comes out."""
    word = cut(detail or "", 100)
    words = _DETAILS.get(word, word.replace("_", " ").lower())
    if word == PREORDER and street_date is not None:
        words = f"{words}, comes out {day_words(street_date)}"
    return f" ({escape(words)})" if words else ""


#: The shop's own words that say no more than ours, and those that a household says otherwise.
_DETAILS = {
    "IN_STOCK": "",
    "OUT_OF_STOCK": "",
    "LIMITED_STOCK": "few left",
    PREORDER: "pre-order",
    "PRE_ORDER_UNSELLABLE": "pre-order is over",
}
