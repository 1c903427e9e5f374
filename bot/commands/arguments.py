"""What the arguments of commands mean: products, wishes, spans of time. What can't be used is quoted, with why."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from difflib import get_close_matches
from typing import Any, TypeVar

from config.products import BuyMode, Channel, NotATcin, Product, Tcin, parse_tcin
from purchasing.commands import RefusedWord
from purchasing.model import Line

C = TypeVar("C", BuyMode, Channel)

_WISH = re.compile(r"([A-Za-z_]+)=(\S*)")
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
#: No pause is longer: for more there is one without an end.
LONGEST_PAUSE = timedelta(days=365)


class BadArgument(ValueError):
    """The arguments can't be used; the message says what would be right."""


# ---- new products


@dataclass(frozen=True, slots=True, kw_only=True)
class AddRequest:
    products: tuple[Product, ...]
    refused: tuple[RefusedWord, ...]


def parse_add(args: str) -> AddRequest:
    """The products of an `/add`; its `key=value` words hold for all, and with a wrong one nothing is added.

    A link may stand amid other words, as a shop's app shares it: words without a digit are left out then.
    """
    words = args.split()
    wishes, wrong = _parse_wishes(word for word in words if _WISH.fullmatch(word))
    if wrong:
        return AddRequest(products=(), refused=tuple(wrong))
    products: dict[Tcin, Product] = {}
    refused: list[RefusedWord] = []
    for word in (word for word in words if not _WISH.fullmatch(word)):
        try:
            tcin = parse_tcin(word.strip("<>()[],;"))
        except NotATcin as error:
            refused.append(RefusedWord(word=word, why=str(error)))
        else:
            products[tcin] = replace(Product(tcin=tcin), **wishes)
    if products:
        refused = [refusal for refusal in refused if any(sign.isdigit() for sign in refusal.word)]
    return AddRequest(products=tuple(products.values()), refused=tuple(refused))


def mentioned_products(text: str) -> list[Tcin]:
    """The products that a text without any command speaks of."""
    return [product.tcin for product in parse_add(text).products]


def _parse_wishes(words: Iterable[str]) -> tuple[dict[str, Any], list[RefusedWord]]:
    wishes: dict[str, Any] = {}
    refused: list[RefusedWord] = []
    for word in words:
        try:
            wishes |= _parse_wish(word)
        except BadArgument as error:
            refused.append(RefusedWord(word=word, why=str(error)))
    if wishes.get("buy") is BuyMode.AUTO and wishes.get("max_price") is None:
        refused.append(RefusedWord(word="buy=auto", why="buying by itself needs max=, the highest price"))
    return wishes, refused


def _parse_wish(word: str) -> dict[str, Any]:
    """One `key=value` as a field of Product."""
    key, _, value = word.partition("=")
    match key.lower():
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
            raise BadArgument("a name is given by /set, as the last of its words")
    near = get_close_matches(key.lower(), _KEYS, n=1)
    raise BadArgument(f"the keys are {', '.join(_KEYS)}" + (f"; did you mean {near[0]}?" if near else ""))


def parse_price(value: str) -> Decimal:
    """A price like 49.99 or $49.99."""
    match = _PRICE.fullmatch(value)
    if match is None:
        raise BadArgument("a price looks like 49.99")
    price = Decimal(match[1])
    if not price:
        raise BadArgument("a price is above 0")
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
        raise BadArgument("a pace is from 1 s to 1 d")
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
        raise BadArgument(f"{text!r} is no span of time like 30m, 2h or 1d")
    seconds = sum(int(number) * _SECONDS[unit] for number, unit in parts)
    if not 0 < seconds <= LONGEST_PAUSE.total_seconds():
        raise BadArgument("a span of time is more than nothing and at most 365 days")
    return timedelta(seconds=seconds)


# ---- products that are watched


def find_product(word: str, lines: Sequence[Line]) -> Line:
    """The watched product that a TCIN, a link, or a part of a title names.

    Raises:
        BadArgument: none or several; it names what may have been meant.
    """
    try:
        tcin = parse_tcin(word)
    except NotATcin:
        return _find_by_title(word, lines)
    for line in lines:
        if line.tcin == tcin:
            return line
    near = get_close_matches(tcin, [line.tcin for line in lines], n=1, cutoff=0.7)
    raise BadArgument(f"{tcin} is not watched" + (f"; did you mean {near[0]}?" if near else ""))


def _find_by_title(word: str, lines: Sequence[Line]) -> Line:
    if not word:
        raise BadArgument("it needs a TCIN, a link, or a part of a title")
    fitting = [line for line in lines if word.casefold() in line.title.casefold()]
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        raise BadArgument(f"{word!r} fits {len(fitting)} products: " + ", ".join(line.tcin for line in fitting[:5]))
    raise BadArgument(f"{word!r} is neither a TCIN nor part of a watched title")


def find_products(args: str, lines: Sequence[Line]) -> tuple[list[Line], list[RefusedWord]]:
    """Each word of the arguments as a watched product; `all` is every one."""
    if args.strip().lower() == "all":
        return list(lines), []
    by_tcin: dict[Tcin, Line] = {}
    refused: list[RefusedWord] = []
    for word in args.split():
        try:
            line = find_product(word, lines)
        except BadArgument as error:
            refused.append(RefusedWord(word=word, why=str(error)))
        else:
            by_tcin[line.tcin] = line
    return list(by_tcin.values()), refused


@dataclass(frozen=True, slots=True, kw_only=True)
class SetRequest:
    line: Line
    #: The product as it is wanted from now on, and the fields that were told for it.
    wanted: Product
    fields: frozenset[str]

    @property
    def raised(self) -> list[str]:
        """The limits that this raises, so that more money could be spent than before, with their numbers."""
        before, wanted, raises = self.line.product, self.wanted, list[str]()
        if before.max_price is not None and (wanted.max_price is None or wanted.max_price > before.max_price):
            raises.append(f"the cap from {before.max_price} to {wanted.max_price or 'none'}")
        if wanted.quantity > before.quantity:
            raises.append(f"the wanted number from {before.quantity} to {wanted.quantity}")
        return raises


def parse_set(args: str, lines: Sequence[Line]) -> SetRequest:
    """A product and its changes. `name=` takes the rest of the line.

    Raises:
        BadArgument: naming the word and what would be right.
    """
    named = _NAME.search(args)
    words = (args[: named.start()] if named else args).split()
    if not words:
        raise BadArgument("it needs a TCIN and what to change, like max=49.99")
    line = find_product(words[0], lines)
    changes: dict[str, Any] = {"name": _parse_name(args[named.end() :])} if named else {}
    for word in words[1:]:
        changes |= _parse_named(word)
    if not changes:
        raise BadArgument("it needs what to change, like max=49.99")
    wanted = replace(line.product, **changes)
    if wanted.buy is BuyMode.AUTO and wanted.max_price is None:
        raise BadArgument("buying by itself needs max=, the highest price")
    return SetRequest(line=line, wanted=wanted, fields=frozenset(changes))


def _parse_name(text: str) -> str | None:
    """An own name for a product; nothing takes it away."""
    name = " ".join("".join(sign if sign.isprintable() or sign == _JOINER else " " for sign in text).split())
    if len(name) > LONGEST_NAME:
        raise BadArgument(f"a name has at most {LONGEST_NAME} characters")
    return name or None


def _parse_named(word: str) -> dict[str, Any]:
    if not _WISH.fullmatch(word):
        raise BadArgument(f"{word!r} is not like max=49.99")
    try:
        return _parse_wish(word)
    except BadArgument as error:
        raise BadArgument(f"{word}: {error}") from None


def parse_move(args: str, lines: Sequence[Line]) -> tuple[Line, int]:
    """A product and the place that it is to have, counted from 1.

    Raises:
        BadArgument: naming what is wrong.
    """
    *named, place = args.split() or [""]
    ends = {"top": "1", "first": "1", "bottom": str(len(lines)), "last": str(len(lines))}
    place = ends.get(place.lower(), place)
    if not named or not re.fullmatch(r"[0-9]{1,5}", place):
        raise BadArgument("it needs a TCIN and a place: a number, top or bottom")
    return find_product(" ".join(named), lines), min(max(int(place), 1), len(lines))


def parse_answer(args: str, lines: Sequence[Line]) -> tuple[int | None, Line | None]:
    """The number of an approval, as its button carries it (`#12`), or the product of which it asks.

    Raises:
        BadArgument: naming what is wrong.
    """
    if match := re.fullmatch(r"#([0-9]{1,15})", args.strip()):
        return int(match[1]), None
    return None, find_product(args.strip(), lines)


def parse_settle(args: str) -> tuple[int, bool]:
    """The number of an attempt, and whether it bought.

    Raises:
        BadArgument: naming what is wrong.
    """
    match = re.fullmatch(r"([0-9]{1,15})\s+(bought|not)", args.strip().lower())
    if match is None:
        raise BadArgument("it needs the number of an attempt and what became of it: bought or not")
    return int(match[1]), match[2] == "bought"


def parse_pause(args: str, lines: Sequence[Line]) -> tuple[Line | None, timedelta | None]:
    """A product or None for all, and for how long or None for until further notice.

    Raises:
        BadArgument: naming what is wrong.
    """
    match = _SPAN_AT_END.search(args)
    words = (args[: match.start()] if match else args).split()
    if match is None and words and _SPAN.match(words[-1].lower()):
        raise BadArgument(f"{words[-1]!r} is no span of time like 30m, 2h or 1d")
    span = parse_span(" ".join(match[1].split())) if match else None
    return (find_product(" ".join(words), lines) if words else None), span
