"""The watch list as text: to products, and back."""

import difflib
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from itertools import islice
from typing import Any

import tomlkit
from tomlkit.items import Item

from config.products import BuyMode, Channel, NotATcin, Product, Tcin, parse_tcin

HEADER = """\
# What Stockbell watches. The order is the priority; only `tcin` is required. Save the file, and it is taken up.
#
#   [[product]]
#   tcin = "94734932"         # the number in the product's address
#   name = "My name for it"
#   max_price = 49.99         # default: no cap
#   quantity = 1              # wanted in all
#   buy = "ask"               # "ask", "auto" (needs max_price), "alert" (never buys)
#   channel = "shipping"      # "shipping", "pickup", "any"
#   every_s = 20              # its own pace in seconds
#   enabled = true
"""
HIGHEST_TCIN = 9_999_999_999
LONGEST_NAME = 300
HIGHEST_PRICE = 1_000_000
MOST_WANTED = 1_000
FASTEST_PACE_S = Decimal("0.01")
SLOWEST_PACE_S = 86_400
#: Nothing longer is read: several times a list of 5,000 products with all that may be said of them.
MOST_SIGNS = 4_000_000
#: Neither is a line that is longer or has more dots, unless it is a comment. To read a dotted key takes as long as the
#: square of its parts.
LONGEST_LINE = 2_000
MOST_DOTS = 50
#: Of what is wrong, no more is told, and of a key in it no more is shown.
MOST_PROBLEMS = 20
LONGEST_SHOWN = 60


class WatchlistError(Exception):
    """The watch list is wrong; `problems` holds one line each, with the place and the reason."""

    def __init__(self, *problems: str) -> None:
        super().__init__("\n".join(problems))
        self.problems: tuple[str, ...] = problems


class _Wrong(Exception):
    """One value is not what its key wants; the message completes "max_price …"."""


# --- values ---------------------------------------------------------------------------------------------------------


def _read_name(value: object) -> str | None:
    if not isinstance(value, str):
        raise _Wrong('must be text in quotes, like "Illumineer\'s Trove"')
    name = " ".join(value.split())
    if len(name) > LONGEST_NAME:
        raise _Wrong(f"must be of at most {LONGEST_NAME} signs")
    return name or None


def _read_price(value: object) -> Decimal:
    if not isinstance(value, int | Decimal) or isinstance(value, bool):
        raise _Wrong("must be a positive amount like 49.99")
    price = Decimal(value)
    if not (price.is_finite() and 0 < price <= HIGHEST_PRICE and price == round(price, 2)):
        raise _Wrong("must be a positive amount like 49.99")
    return price


def _read_quantity(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= MOST_WANTED:
        raise _Wrong(f"must be a whole number from 1 to {MOST_WANTED}")
    return value


def _read_pace(value: object) -> timedelta:
    reason = f"must be seconds from {FASTEST_PACE_S} to {SLOWEST_PACE_S}"
    if not isinstance(value, int | Decimal) or isinstance(value, bool):
        raise _Wrong(reason)
    # To compare what is not a number is an error.
    if Decimal(value).is_nan() or not FASTEST_PACE_S <= value <= SLOWEST_PACE_S:
        raise _Wrong(reason)
    return timedelta(seconds=float(value))


def _read_switch(value: object) -> bool:
    if not isinstance(value, bool):
        raise _Wrong("must be true or false, without quotes")
    return value


def _read_tcin(value: object) -> Tcin:
    if not isinstance(value, str | int) or isinstance(value, bool):
        raise _Wrong("must be a number of 6 to 10 digits, or a product link")
    if isinstance(value, int) and not 0 < value <= HIGHEST_TCIN:  # some are too long to be written out
        raise _Wrong("must be a number of 6 to 10 digits, or a product link")
    try:
        return parse_tcin(str(value))
    except NotATcin as error:
        raise _Wrong("must be a number of 6 to 10 digits, or a product link") from error


def _one_of(words: type[StrEnum]) -> Callable[[object], StrEnum]:
    def read(value: object) -> StrEnum:
        if not isinstance(value, str) or value not in list(words):
            raise _Wrong("must be one of " + ", ".join(f'"{word}"' for word in words))
        return words(value)

    return read


@dataclass(frozen=True, slots=True, kw_only=True)
class _Key:
    #: The field of `Product` that it fills.
    fills: str
    read: Callable[[object], object]


#: Every key that a product may have.
_KEYS: Mapping[str, _Key] = {
    "tcin": _Key(fills="tcin", read=_read_tcin),
    "name": _Key(fills="name", read=_read_name),
    "max_price": _Key(fills="max_price", read=_read_price),
    "quantity": _Key(fills="quantity", read=_read_quantity),
    "buy": _Key(fills="buy", read=_one_of(BuyMode)),
    "channel": _Key(fills="channel", read=_one_of(Channel)),
    "every_s": _Key(fills="every", read=_read_pace),
    "enabled": _Key(fills="enabled", read=_read_switch),
}


# --- where things stand in the text ---------------------------------------------------------------------------------

_PIECE = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}'  # a text in three quotes may end with up to two more
    r"|'''.*?'{3,5}"
    r'|"(?:\\.|[^"\\\n])*"'
    r"|'[^'\n]*'"
    r"|\#[^\n]*"
    r"|[\[\]{}\n]"
    r"|[^\"'\#\[\]{}\n]+",
    re.DOTALL,
)
_KEY = re.compile(r"""\s*(?:"([^"]*)"|'([^']*)'|([\w-]+))""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A table header, or one `key = value`; lines count from 1."""

    first: int
    last: int
    #: Without comments.
    text: str

    @property
    def key(self) -> str:
        """The first word: of `[[product]]` it is `product`."""
        match = _KEY.match(self.text.lstrip().lstrip("["))
        return next((word for word in match.groups() if word is not None), "") if match else ""

    @property
    def opens_product(self) -> bool:
        return re.sub(r"\s", "", self.text) in {"[[product]]", '[["product"]]', "[['product']]"}

    @property
    def is_header(self) -> bool:
        return self.text.lstrip().startswith("[")


def _statements(text: str) -> Iterator[Statement]:
    """The statements of a text that is known to be TOML."""
    line = first = 1
    depth, parts = 0, list[str]()
    for piece in (match[0] for match in _PIECE.finditer(text + "\n")):
        if piece == "\n" and depth == 0:
            if statement := "".join(parts).strip():
                yield Statement(first=first, last=line, text=statement)
            first, parts = line + 1, []
        elif not piece.startswith("#"):
            depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(piece, 0)
            parts.append(piece)
        line += piece.count("\n")


@dataclass(slots=True, kw_only=True)
class Entry:
    """Where one product stands: its header, its keys, its last line."""

    first: int
    last: int
    lines: dict[str, int] = field(default_factory=dict)

    def line_of(self, key: str) -> int:
        return self.lines.get(key, self.first)


@dataclass(slots=True, kw_only=True)
class Layout:
    entries: list[Entry] = field(default_factory=list)
    #: Whatever is not of a product.
    strays: list[Statement] = field(default_factory=list)


def lay_out(text: str) -> Layout:
    """Where everything stands in a text that is known to be TOML; what is in a stray table is part of the stray."""
    layout = Layout()
    astray = False
    for one in _statements(text):
        if one.opens_product:
            layout.entries.append(Entry(first=one.first, last=one.last))
            astray = False
        elif one.is_header or not (astray or layout.entries):
            layout.strays.append(one)
            astray = one.is_header
        elif not astray:
            layout.entries[-1].lines[one.key] = one.first
            layout.entries[-1].last = one.last
    return layout


# --- text to products -----------------------------------------------------------------------------------------------


def parse_watchlist(text: str) -> tuple[Product, ...]:
    """Read the whole list, in its order.

    Raises:
        WatchlistError: with everything that is wrong, by line.
    """
    text = text.removeprefix("\ufeff")
    _check_size(text)
    tables = _load(text)
    layout = lay_out(text)
    _refuse(_describe_stray(one) for one in layout.strays)
    products = list[tuple[Product, Entry]]()
    problems = list[str]()
    for table, entry in zip(tables.get("product", []), layout.entries, strict=True):
        product, wrong = read_product(table)
        problems += [f"line {entry.line_of(key)}: {reason}" for key, reason in wrong]
        products += [(product, entry)] if product else []
        if len(problems) > MOST_PROBLEMS:
            break
    problems += _find_doubles(products)
    _refuse(sorted(problems, key=_line_number))
    return tuple(product for product, _ in products)


def _refuse(problems: Iterable[str]) -> None:
    """Raise with these, if there are any, and no more of them than somebody may want to read."""
    first = list(islice(problems, MOST_PROBLEMS + 1))
    if len(first) > MOST_PROBLEMS:
        first[MOST_PROBLEMS:] = ["and more than these"]
    if first:
        raise WatchlistError(*first)


def _check_size(text: str) -> None:
    """Refuse what would take long to read, before it is read.

    Raises:
        WatchlistError: it is not what a list looks like.
    """
    if len(text) > MOST_SIGNS:
        raise WatchlistError(f"longer than {MOST_SIGNS:,} signs, which no list is")
    for number, line in enumerate(text.split("\n"), start=1):
        if (len(line) > LONGEST_LINE or line.count(".") > MOST_DOTS) and not line.lstrip().startswith("#"):
            raise WatchlistError(f"line {number}: has more than {LONGEST_LINE:,} signs or {MOST_DOTS} dots")


def _load(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise WatchlistError(_describe_break(str(error), text)) from error
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise WatchlistError("a value is beyond all measure") from error


def _describe_break(message: str, text: str) -> str:
    reason, _, place = message.rstrip(")").partition(" (at ")
    lines = text.split("\n")
    match = re.match(r"line (\d+)", place)
    at = int(match[1]) if match else len(lines)
    key = re.match(r"\s*(\w+)\s*=", lines[at - 1])
    return f"line {at}: {_shown(key[1]) + ': ' if key else ''}{reason[:1].lower()}{reason[1:]}"


def _describe_stray(stray: Statement) -> str:
    if stray.key in {"product", "products"}:
        return f"line {stray.first}: begin each product with a line [[product]], in two pairs of brackets"
    named = _shown(stray.key or stray.text)
    return f"line {stray.first}: {named} has no place here; begin each product with a line [[product]]"


def _line_number(problem: str) -> int:
    match = re.match(r"line (\d+)", problem)
    return int(match[1]) if match else 0


def _find_doubles(products: Iterable[tuple[Product, Entry]]) -> Iterator[str]:
    seen = dict[Tcin, int]()
    for product, entry in products:
        line = entry.line_of("tcin")
        if product.tcin in seen:
            yield f"line {line}: {product.tcin} stands in line {seen[product.tcin]} already"
        seen.setdefault(product.tcin, line)


def read_product(table: Mapping[str, object]) -> tuple[Product | None, list[tuple[str, str]]]:
    """The product that a table of the file's keys describes, or else what is wrong: each a key and the reason."""
    unknown = (key for key in table if key not in _KEYS)
    wrong = [(key, _describe_unknown(key)) for key in islice(unknown, MOST_PROBLEMS + 1)]
    if "tcin" not in table:
        wrong.append(("", "a product without its tcin"))
    values = dict[str, Any]()
    for name in (key for key in table if key in _KEYS):
        try:
            values[_KEYS[name].fills] = _KEYS[name].read(table[name])
        except _Wrong as error:
            wrong.append((name, f"{name} {error}"))
    if not wrong and values.get("buy") is BuyMode.AUTO and "max_price" not in values:
        wrong.append(("buy", 'buy = "auto" needs a max_price'))
    return (None if wrong else Product(**values)), wrong


def _describe_unknown(key: str) -> str:
    near = difflib.get_close_matches(key, _KEYS, n=1)
    hint = f"did you mean {near[0]}?" if near else f"a product has {', '.join(_KEYS)}"
    return f"{_shown(key)} is not known; {hint}"


def _shown(key: str) -> str:
    """A key as a problem names it: not all of one that goes on and on."""
    return key if len(key) <= LONGEST_SHOWN else f"{key[:LONGEST_SHOWN]}…"


# --- products to text -----------------------------------------------------------------------------------------------


def render_watchlist(products: Iterable[Product]) -> str:
    """A fresh file."""
    return "\n".join([HEADER, *map(render_product, products)])


def render_product(product: Product) -> str:
    lines = (f"{key} = {item.as_string()}\n" for key, item in _items(product))
    return f"[[product]]\n{''.join(lines)}"


def _items(product: Product) -> Iterator[tuple[str, Item]]:
    """What differs from the defaults, as it is written."""
    plain = Product(tcin=product.tcin)
    for key, one in _KEYS.items():
        value = getattr(product, one.fills)
        if key == "tcin" or value != getattr(plain, one.fills):
            yield key, to_toml(value)


def to_toml(value: object) -> Item:
    match value:
        case timedelta():
            return to_toml(Decimal(str(value.total_seconds())))
        case Decimal() if value == value.to_integral_value():
            return tomlkit.integer(int(value))
        case Decimal():
            return tomlkit.value(f"{value:f}")
        case StrEnum():
            return tomlkit.string(value.value)
        case _:
            return tomlkit.item(value)
