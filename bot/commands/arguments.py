"""What the arguments of commands mean: products, wishes, spans of time. What can't be used is quoted, with why."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from difflib import get_close_matches
from typing import Any, TypeVar

from bot.commands.lists import MARKS, holds_link, is_tcin, split_list
from bot.text.markup import money
from config.products import BuyMode, Channel, NotATcin, Product, Tcin, parse_tcin
from purchasing.commands import RefusedWord
from purchasing.model import Line

C = TypeVar("C", BuyMode, Channel)

#: A key with its sign. What has a slash before the sign is a link.
WISH = re.compile(r"[^\s=/?]*=\S*")
_SPAN = re.compile(r"(\d{1,6})\s*([smhd])")
#: As we say it ourselves, "2 h" and "1 h 30 m" are spans too.
_SPAN_AT_END = re.compile(r"(?:^|\s)((?:\d{1,6}\s*[smhd]\s*)+)$", re.IGNORECASE | re.ASCII)
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_PRICE = re.compile(r"\$?([0-9]{1,6}(?:\.[0-9]{1,2})?)")
_NAME = re.compile(r"(?:^|\s)name=", re.IGNORECASE)
#: A longer name would be cut wherever it is shown.
LONGEST_NAME = 200
#: Joins the parts of one emoji.
_JOINER = "\u200d"
_KEYS = ("max", "qty", "buy", "channel", "every", "on")
#: Told to who wants something bought without being asked, and names no price.
NEEDS_MAX = "to buy without asking I need your highest price, like max=49.99"
#: No pause is longer: for more there is one without an end.
LONGEST_PAUSE = timedelta(days=365)


class BadArgument(ValueError):
    """The arguments can't be used; the message says what would be right."""


class NoneNamed(BadArgument):
    """One product is needed and none was named, or several fit: it is to be picked."""

    def __init__(self, why: str, *, words: str = "", rest: str = "") -> None:
        """`words` fit several; `rest` is what was said besides."""
        super().__init__(why)
        self.words = words
        self.rest = rest


class NothingSaid(BadArgument):
    """What is wanted of this product was not said, or lacks something: it is to be chosen."""

    def __init__(self, why: str, line: Line, *, rest: str = "") -> None:
        super().__init__(why)
        self.line = line
        self.rest = rest


# ---- wishes


def parse_wish(word: str) -> dict[str, Any]:
    """One `key=value` as a field of Product."""
    key, _, value = word.partition("=")
    match key.lower():
        case "":
            raise BadArgument("write it without spaces, like max=49.99")
        case "max" | "max_price":
            return {"max_price": None if value.lower() == "none" else parse_price(value)}
        case "qty" | "quantity":
            return {"quantity": _parse_count(value)}
        case "buy":
            return {"buy": _parse_choice(BuyMode, value)}
        case "channel":
            return {"channel": _parse_choice(Channel, value)}
        case "every" | "every_s":
            return {"every": None if value.lower() == "none" else _parse_pace(value)}
        case "on" | "enabled":
            return {"enabled": _parse_switch(value)}
        case "name":
            raise BadArgument("give a name with /set, at the end, like name=My trove")
    near = get_close_matches(key.lower(), _KEYS, n=1)
    raise BadArgument(f"I know {', '.join(_KEYS)}" + (f"; did you mean {near[0]}?" if near else ""))


def parse_price(value: str) -> Decimal:
    """A price like 49.99 or $49.99."""
    match = _PRICE.fullmatch(value)
    if match is None:
        raise BadArgument("a price looks like 49.99")
    price = Decimal(match[1])
    if not price:
        raise BadArgument("a price must be above 0")
    return price


def _parse_count(value: str) -> int:
    if not re.fullmatch(r"[1-9][0-9]?", value):
        raise BadArgument("a quantity is a number from 1 to 99")
    return int(value)


def _parse_choice(kind: type[C], value: str) -> C:
    try:
        return kind(value.lower())
    except ValueError:
        raise BadArgument(f"it can be {', '.join(kind)}") from None


def _parse_pace(value: str) -> timedelta:
    pace = parse_span(f"{value}s" if re.fullmatch(r"[0-9]{1,5}", value) else value)
    if pace > timedelta(days=1):
        raise BadArgument("it can be from 1 s to 1 day, like 60 or 5m")
    return pace


def _parse_switch(value: str) -> bool:
    words = {"yes": True, "on": True, "true": True, "no": False, "off": False, "false": False}
    if value.lower() not in words:
        raise BadArgument("it can be yes or no")
    return words[value.lower()]


def parse_span(text: str) -> timedelta:
    """A length of time like 90s, 30m, 2h, 1d or 1h30m."""
    parts = _SPAN.findall(text.lower())
    if not parts or "".join(number + unit for number, unit in parts) != text.lower().replace(" ", ""):
        raise BadArgument(_no_span(text))
    seconds = sum(int(number) * _SECONDS[unit] for number, unit in parts)
    if not 0 < seconds <= LONGEST_PAUSE.total_seconds():
        raise BadArgument("a time is more than nothing and at most 365 days")
    return timedelta(seconds=seconds)


def _no_span(text: str) -> str:
    return f"I don't understand the time {text!r}; write it like 30m, 2h or 1d"


# ---- products that are watched

#: A place in the list, as /list numbers it.
_PLACE = re.compile(r"[0-9]{1,3}")


def find_product(word: str, lines: Sequence[Line], *, about: Sequence[Tcin] = (), rest: str = "") -> Line:
    """The watched product that a TCIN, a link, a place in the list, or a part of a title names.

    Without a word it is the one that the message is about to which this is a reply. `rest` is what is said besides.

    Raises:
        NoneNamed: there is no word, or it fits several.
        BadArgument: none; it names what may have been meant.
    """
    if not word:
        return _find_subject(lines, about, rest)
    if (exact := next((line for line in lines if line.tcin == word), None)) is not None:
        return exact  # the product of a drill too, whose number is no shop's
    if _PLACE.fullmatch(word):
        return _find_by_place(int(word), lines)
    try:
        tcin = parse_tcin(word.strip(MARKS))
    except NotATcin:
        return _find_by_title(word, lines, rest)
    return _find_by_tcin(tcin, lines)


def is_all(args: str) -> bool:
    return args.strip().lower() == "all"


def has_subject(lines: Sequence[Line], about: Sequence[Tcin]) -> bool:
    """Whether the message that was answered is about one product, be it watched or not any more."""
    return len(about) == 1 or len(_subjects(lines, about)) == 1


def _subjects(lines: Sequence[Line], about: Sequence[Tcin]) -> list[Line]:
    return [line for line in lines if line.tcin in about]


def _find_subject(lines: Sequence[Line], about: Sequence[Tcin], rest: str = "") -> Line:
    subjects = _subjects(lines, about)
    if len(subjects) == 1:
        return subjects[0]
    if len(about) == 1:
        return _find_by_tcin(about[0], lines)
    raise NoneNamed("say which product: its number, its place in the list, or a part of its name", rest=rest)


def _find_by_tcin(tcin: Tcin, lines: Sequence[Line]) -> Line:
    for line in lines:
        if line.tcin == tcin:
            return line
    near = get_close_matches(tcin, [line.tcin for line in lines], n=1, cutoff=0.7)
    raise BadArgument(f"{tcin} is not watched" + (f"; did you mean {near[0]}?" if near else ""))


def _find_by_place(place: int, lines: Sequence[Line]) -> Line:
    if 1 <= place <= len(lines):
        return lines[place - 1]
    raise BadArgument(f"there is no number {place} in the list: it has {len(lines)}")


def _find_by_title(words: str, lines: Sequence[Line], rest: str) -> Line:
    fitting = find_fitting(words, lines)
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        why = f"{words!r} fits {len(fitting)} products: " + ", ".join(line.tcin for line in fitting[:5])
        raise NoneNamed(why, words=" ".join(words.split()), rest=rest)
    raise BadArgument(f"nothing that is watched has {words!r} in its name")


def find_fitting(words: str, lines: Sequence[Line]) -> list[Line]:
    """The products in whose title or own name a word begins as these do: "art" is no part of "Smart"."""
    part = re.compile(rf"(?<![a-z0-9]){re.escape(words.casefold())}")
    named = ((line, f"{line.title}\n{line.product.name or ''}") for line in lines)
    return [line for line, names in named if part.search(names.casefold())]


def find_products(
    args: str, lines: Sequence[Line], *, about: Sequence[Tcin] = ()
) -> tuple[list[Line], list[RefusedWord]]:
    """The watched products that the arguments name, one after another; `all` is every one.

    Numbers alone are TCINs and places. Amid words they are part of a title, which is read as a whole.

    Raises:
        NoneNamed: none was named, or the one name fits several.
    """
    if is_all(args):
        return list(lines), []
    names = list(_names_in(args, lines))
    if not names:
        return [_find_subject(lines, about)], []
    by_tcin: dict[Tcin, Line] = {}
    refused: list[RefusedWord] = []
    for name in names:
        try:
            line = find_product(name, lines)
        except BadArgument as error:
            if len(names) == 1 and isinstance(error, NoneNamed):
                raise
            refused.append(RefusedWord(word=name, why=str(error)))
        else:
            by_tcin[line.tcin] = line
    return list(by_tcin.values()), refused


def _names_in(args: str, lines: Sequence[Line]) -> Iterator[str]:
    """The names of products in the arguments, each to be looked up by itself."""
    for chunk in [args] if holds_link(args) else re.split(r"[,;\n]+", args):
        words = [item for word in chunk.split() for item in split_list(word)]
        if all(word.isdigit() or is_tcin(word) for word in words):
            yield from words
        elif find_fitting(" ".join(words), lines):
            yield " ".join(words)
        else:
            yield from (word for word in words if is_tcin(word))
            yield " ".join(word for word in words if not is_tcin(word))


@dataclass(frozen=True, slots=True, kw_only=True)
class Raise:
    """A limit that is to be raised: what is asked back, and what a yes says."""

    what: str
    yes: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SetRequest:
    line: Line
    #: The product as it is wanted from now on, and the fields that were told for it.
    wanted: Product
    fields: frozenset[str]
    #: What is to be changed, as it was said.
    words: str = ""

    @property
    def raised(self) -> list[Raise]:
        """The limits that this raises, so that more money could be spent than before."""
        before, wanted, raises = self.line.product, self.wanted, list[Raise]()
        if before.max_price is not None and wanted.max_price is None:
            raises.append(Raise(what=f"remove the {money(before.max_price)} limit", yes="no limit"))
        elif before.max_price is not None and wanted.max_price is not None and wanted.max_price > before.max_price:
            limits = f"{money(before.max_price)} to {money(wanted.max_price)}"
            raises.append(Raise(what=f"raise the limit from {limits}", yes=f"up to {money(wanted.max_price)}"))
        if wanted.quantity > before.quantity:
            what = f"buy up to {wanted.quantity} in all, not {before.quantity},"
            raises.append(Raise(what=what, yes=f"up to {wanted.quantity}"))
        return raises


def parse_set(args: str, lines: Sequence[Line], *, about: Sequence[Tcin] = ()) -> SetRequest:
    """A product and its changes. `name=` takes the rest of the line.

    Raises:
        NoneNamed: no product was named, or the words fit several.
        NothingSaid: it lacks a change, or the highest price without which nothing is bought by itself.
        BadArgument: naming the word and what would be right.
    """
    named = _NAME.search(args)
    words = (args[: named.start()] if named else args).split()
    product, wishes = _split_off_product(words)
    as_asked = " ".join([*wishes, *([args[named.start() :].strip()] if named else [])])
    changes: dict[str, Any] = {"name": _parse_name(args[named.end() :])} if named else {}
    for word in wishes:
        changes |= _parse_named(word)
    line = find_product(product, lines, about=about, rest=as_asked)
    if not changes:
        raise NothingSaid("say what to change, like max=49.99", line)
    wanted = replace(line.product, **changes)
    if wanted.buy is BuyMode.AUTO and wanted.max_price is None:
        raise NothingSaid(NEEDS_MAX, line, rest=as_asked)
    return SetRequest(line=line, wanted=wanted, fields=frozenset(changes), words=as_asked)


def _split_off_product(words: Sequence[str]) -> tuple[str, Sequence[str]]:
    """What names the product, which may be several words of its title, and the words behind it."""
    first = next((place for place, word in enumerate(words) if WISH.fullmatch(word)), len(words))
    if first > 1 and (words[0].isdigit() or is_tcin(words[0])):
        first = 1
    return " ".join(words[:first]), words[first:]


def _parse_name(text: str) -> str | None:
    """An own name for a product; nothing takes it away."""
    name = " ".join("".join(sign if sign.isprintable() or sign == _JOINER else " " for sign in text).split())
    if len(name) > LONGEST_NAME:
        raise BadArgument(f"a name has at most {LONGEST_NAME} characters")
    return name or None


def _parse_named(word: str) -> dict[str, Any]:
    if not WISH.fullmatch(word):
        raise BadArgument(f"I don't understand {word!r}; write it like max=49.99")
    try:
        return parse_wish(word)
    except BadArgument as error:
        raise BadArgument(f"{word}: {error}") from None


def parse_move(args: str, lines: Sequence[Line], *, about: Sequence[Tcin] = ()) -> tuple[Line, int]:
    """A product and the place that it is to have, counted from 1.

    Raises:
        NoneNamed: no product was named, or the words fit several.
        NothingSaid: it lacks the place.
        BadArgument: naming what is wrong.
    """
    *named, last = args.split() or [""]
    ends = {"top": "1", "first": "1", "bottom": str(len(lines)), "last": str(len(lines))}
    place = ends.get(last.lower(), last)
    if not re.fullmatch(r"[0-9]{1,5}", place):
        what = "say where to: a number, top or bottom"
        if named and is_tcin(named[0]):
            raise BadArgument(what)
        raise NothingSaid(what, find_product(args.strip(), lines, about=about))
    line = find_product(" ".join(named), lines, about=about, rest=last)
    return line, min(max(int(place), 1), len(lines))


def parse_answer(
    args: str, lines: Sequence[Line], *, about: Sequence[Tcin] = ()
) -> tuple[int | None, Line | None, int | None]:
    """The number of an approval, as its button carries it (`#12`), or the product of which it asks.

    `w3` behind it is the restock window, where that is told.

    Raises:
        BadArgument: naming what is wrong.
    """
    if match := re.fullmatch(r"#([0-9]{1,15})", args.strip()):
        return int(match[1]), None, None
    window = _WINDOW_AT_END.search(args)
    line = find_product(_WINDOW_AT_END.sub("", args).strip(), lines, about=about)
    return None, line, int(window[1]) if window else None


_WINDOW_AT_END = re.compile(r"\s+w([0-9]{1,15})\s*$")


@dataclass(frozen=True, slots=True, kw_only=True)
class SkipRequest:
    """What is to be skipped, or no more: an approval by its number, or a product, in this restock window if told."""

    approval: int | None = None
    line: Line | None = None
    window: int | None = None
    lift: bool = False


_ONLY_AT_END = re.compile(r"(.*\S)\s+only", re.IGNORECASE | re.DOTALL)
_OFF_AT_END = re.compile(r"(?:^|\s)off$", re.IGNORECASE)


def parse_skip(args: str, lines: Sequence[Line], *, about: Sequence[Tcin] = ()) -> SkipRequest:
    """`#12`, as the button of an approval carries it, or a product; `w3` is its restock window, `off` lifts a skip.

    Raises:
        BadArgument: naming what is wrong.
    """
    words = args.strip()
    lift = _OFF_AT_END.search(words) is not None
    words = _OFF_AT_END.sub("", words)
    approval, line, window = parse_answer(words, lines, about=about)
    return SkipRequest(approval=approval, line=line, window=window, lift=lift)


def parse_settle(args: str) -> tuple[int, bool]:
    """The number of an attempt, and whether it bought.

    Raises:
        BadArgument: naming what is wrong.
    """
    match = re.fullmatch(r"([0-9]{1,15})\s+(bought|not)(?:(?<=not)\s+bought)?", args.strip().lower())
    if match is None:
        raise BadArgument("say which attempt and how it ended, like 7 bought or 7 not")
    return int(match[1]), match[2] == "bought"


def parse_only(args: str) -> str | None:
    """The product that alone is meant, as in `94734932 only`; None where nothing of the kind is said."""
    match = _ONLY_AT_END.fullmatch(args.strip())
    return match[1] if match else None


def parse_pause(
    args: str, lines: Sequence[Line], *, about: Sequence[Tcin] = ()
) -> tuple[Line | None, timedelta | None]:
    """A product or None for all, and for how long or None for until further notice.

    Raises:
        BadArgument: naming what is wrong.
    """
    match = _SPAN_AT_END.search(args)
    words = (args[: match.start()] if match else args).split()
    if match is None and words and _SPAN.match(words[-1].lower()):
        raise BadArgument(_no_span(words[-1]))
    span = parse_span(" ".join(match[1].split())) if match else None
    is_for_one = has_subject(lines, about) if not words else not is_all(" ".join(words))
    if not is_for_one:
        return None, span
    return find_product(" ".join(words), lines, about=about, rest="" if match is None else match[1]), span
