"""The two older forms of the list, read from JSON: a list of products, or products by TCIN with their priorities."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from config.products import BuyMode, Product
from config.watchlist.format import WatchlistError, read_product

#: The most urgent first; a product that names none stands with the medium ones.
_PRIORITIES = ("high", "medium", "low")
#: Where the older settings went: the group and name as they stood, and what sets that today.
_SUCCESSORS = {
    ("settings", "check_interval"): "STOCKBELL_MONITOR__EVERY_MIN_S and STOCKBELL_MONITOR__EVERY_MAX_S",
    ("safety", "test_mode"): "STOCKBELL_PURCHASING__MODE, and for real orders /mode live in the chat",
    ("safety", "max_daily_purchases"): "STOCKBELL_PURCHASING__MAX_PER_DAY",
    ("safety", "purchase_cooldown"): "STOCKBELL_PURCHASING__COOLDOWN_S",
}
_PACE = "STOCKBELL_MONITOR__EVERY_MIN_S and STOCKBELL_MONITOR__EVERY_MAX_S set the pace for all"
#: Keys of a product, and their names today.
_TODAY = {
    "tcin": "tcin",
    "name": "name",
    "max_price": "max_price",
    "check_frequency": "every_s",
    "enabled": "enabled",
}
#: What a product is watched without rather than not at all.
_SPARE = frozenset({"name", "max_price", "every_s"})
_NUMBERS = frozenset({"max_price", "every_s"})
_NUMBER = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?")
_LONGEST_VALUE = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedWatchlist:
    """What an older list becomes: the products in the order of their priority, and what the owner should know."""

    products: tuple[Product, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Older:
    """One product in its older form, with what it is called in a note."""

    called: str
    table: Any


def import_older(text: str) -> ImportedWatchlist:
    """Read one of the older forms. A product that is wrong becomes a note and stops no other.

    Raises:
        WatchlistError: this is neither of the two forms.
    """
    whole = _load(text)
    notes = list[str]()
    products = dict[str, Product]()
    for older in sorted(_products(whole), key=_rank):
        product, problems = _convert(older)
        notes += [f"{older.called}: {problem}" for problem in problems]
        if product is not None and product.tcin in products:
            notes.append(f"{older.called}: {product.tcin} is listed twice; the first one holds")
        elif product is not None:
            products[product.tcin] = product
    return ImportedWatchlist(products=tuple(products.values()), notes=(*notes, *_note_settings(whole)))


def _load(text: str) -> Mapping[str, Any]:
    try:
        whole = json.loads(text.removeprefix("\ufeff"), parse_float=Decimal)
    except json.JSONDecodeError as error:
        raise WatchlistError(f"line {error.lineno}: not JSON: {error.msg}") from error
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise WatchlistError("a value is beyond all measure") from error
    if not isinstance(whole, dict) or not isinstance(whole.get("products"), list | dict):
        raise WatchlistError('neither of the older forms: it has no "products", as a list or by TCIN')
    return whole


def _products(whole: Mapping[str, Any]) -> Iterator[_Older]:
    products = whole["products"]
    if isinstance(products, list):
        yield from (_Older(called=_call(table, at), table=table) for at, table in enumerate(products, start=1))
        return
    for tcin, table in products.items():
        yield _Older(called=tcin, table={**table, "tcin": tcin} if isinstance(table, dict) else table)


def _call(table: Any, at: int) -> str:
    return str(table["tcin"]) if isinstance(table, dict) and "tcin" in table else f"product {at}"


def _rank(older: _Older) -> int:
    priority = older.table.get("priority") if isinstance(older.table, dict) else None
    return _PRIORITIES.index(priority if priority in _PRIORITIES else "medium")


def _convert(older: _Older) -> tuple[Product | None, list[str]]:
    if not isinstance(older.table, dict):
        return None, ["left out: not a product"]
    table = {key: value for key, value in older.table.items() if value is not None}
    today = {new: _read_value(new, table[old]) for old, new in _TODAY.items() if old in table}
    unusable = dict(_unusable(today))
    product, wrong = read_product({key: value for key, value in today.items() if key not in unusable})
    if product is None:
        return None, [f"left out: {reason}" for _, reason in wrong]
    notes = [_note_unusable(old, table[old], unusable[new]) for old, new in _TODAY.items() if new in unusable]
    notes += _note_leftovers(table)
    if table.get("auto_purchase") is not True:
        return product, notes
    if product.max_price is None:
        return product, [*notes, "asks before it buys, for buying by itself needs a max_price"]
    return replace(product, buy=BuyMode.AUTO), notes


def _read_value(key: str, value: Any) -> Any:
    """The value as it is; a number that is written as text, as the number."""
    is_number = key in _NUMBERS and isinstance(value, str) and _NUMBER.fullmatch(value.strip())
    return Decimal(value.strip()) if is_number else value


def _unusable(today: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The values that a product can do without, and why they cannot be used."""
    _, wrong = read_product(today)
    yield from ((key, reason.removeprefix(f"{key} ")) for key, reason in wrong if key in _SPARE)


def _note_unusable(key: str, value: object, reason: str) -> str:
    return f"{key} {json.dumps(value, default=str)[:_LONGEST_VALUE]} is left out: it {reason}"


def _note_leftovers(table: Mapping[str, Any]) -> Iterator[str]:
    for key in table:
        if key not in {*_TODAY, "priority", "auto_purchase"}:
            yield f"{key} has no place any more"
    if table.get("priority", "medium") not in _PRIORITIES:
        yield f"priority {table['priority']!r} is taken for medium"
    if not isinstance(table.get("auto_purchase", False), bool):
        yield f"auto_purchase {table['auto_purchase']!r} is taken for false"


def _note_settings(whole: Mapping[str, Any]) -> Iterator[str]:
    for group, values in whole.items():
        if group == "products":
            continue
        if isinstance(values, dict):
            yield from (_note_setting(group, name, value) for name, value in values.items())
        else:
            yield f"{group} has no place any more"


def _note_setting(group: str, name: str, value: object) -> str:
    if successor := _SUCCESSORS.get((group, name)):
        return f"{group}.{name} was {json.dumps(value, default=str)}: set {successor}"
    if group == "ultra_fast":
        return f"{group}.{name} has no place any more: {_PACE}"
    return f"{group}.{name} has no place any more"
