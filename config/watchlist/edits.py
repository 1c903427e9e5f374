"""Changes to the watch list's text that may be repeated: once done, doing them again changes nothing.

A change touches the lines of its product alone; comments, blank lines and the order of the others stay as they are.
A comment directly above a product belongs to it, but one that begins on the first line belongs to the file.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

import tomlkit

from config.products import Product, Tcin
from config.watchlist.format import WatchlistError, lay_out, parse_watchlist, render_product, render_watchlist, to_toml


@dataclass(frozen=True, slots=True, kw_only=True)
class _Block:
    """Lines that stay together: one product with the comment above it, or what stands between two products."""

    text: str
    tcin: Tcin | None = None


def ensure_present(text: str, product: Product) -> str:
    """With the product at the end, unless it is there already, however it is written there."""
    if any(block.tcin == product.tcin for block in _cut(text)):
        return text
    if not text.strip():
        return _end_lines_like(text, render_watchlist([product]))
    ended = text if text.endswith("\n") else f"{text}\n"
    gap = "" if ended.endswith(("\n\n", "\n\r\n")) else "\n"
    return _end_lines_like(text, ended + gap + render_product(product))


def ensure_absent(text: str, tcins: Collection[Tcin]) -> str:
    """Without these products, each with the comment directly above it and the blank lines below it."""
    blocks = _cut(text)
    kept = list[_Block]()
    after_removed = False
    for block in blocks:
        removed = block.tcin in tcins
        if not removed:
            kept.append(_without_blank_start(block) if after_removed else block)
        after_removed = removed
    if len(kept) == len(blocks):
        return text
    if after_removed and kept:
        kept[-1] = replace(kept[-1], text=f"{kept[-1].text.rstrip()}\n")
    return _join(kept, like=text)


def ensure_value(text: str, tcin: Tcin, changes: Mapping[str, object]) -> str:
    """With these values for the file's keys of one product; None takes a key out.

    Raises:
        WatchlistError: the product is not there, or would be wrong afterwards.
    """
    blocks = _cut(text)
    written = (_with_values(block, changes) if block.tcin == tcin else block for block in _holding(blocks, tcin))
    changed = _join(written, like=text)
    parse_watchlist(changed)
    return changed


def ensure_place(text: str, tcin: Tcin, place: int) -> str:
    """With the product at this place, counted from 1; a place beyond the ends is the first or the last.

    Raises:
        WatchlistError: the product is not there.
    """
    blocks = _holding(_cut(text), tcin)
    products = [block for block in blocks if block.tcin]
    moved = next(block for block in products if block.tcin == tcin)
    order = [block for block in products if block is not moved]
    order.insert(min(max(place, 1), len(products)) - 1, moved)
    if order == products:
        return text
    following = iter(order)
    return _join((next(following) if block.tcin else block for block in blocks), like=text)


def _holding(blocks: list[_Block], tcin: Tcin) -> list[_Block]:
    if all(block.tcin != tcin for block in blocks):
        raise WatchlistError(f"{tcin} is not on the watch list")
    return blocks


def _cut(text: str) -> list[_Block]:
    """Take a right text apart; all blocks in their order are the text again, ended by a line's end.

    Raises:
        WatchlistError: the text is wrong.
    """
    products = parse_watchlist(text)
    lines = [f"{line}\n" for line in text.removeprefix("\ufeff").removesuffix("\n").split("\n")] if text else []
    blocks = list[_Block]()
    done = 0
    for product, entry in zip(products, lay_out(text).entries, strict=True):
        start = _start_with_comment(lines, done, entry.first - 1)
        blocks.append(_Block(text="".join(lines[done:start])))
        blocks.append(_Block(text="".join(lines[start : entry.last]), tcin=product.tcin))
        done = entry.last
    blocks.append(_Block(text="".join(lines[done:])))
    return [block for block in blocks if block.text]


def _start_with_comment(lines: list[str], done: int, header: int) -> int:
    start = header
    while start > done and _is_comment(lines[start - 1]):
        start -= 1
    return header if start == 0 else start


def _is_comment(text: str) -> bool:
    return text.lstrip().startswith("#")


def _join(blocks: Iterable[_Block], *, like: str) -> str:
    top, *rest = [block.text for block in blocks] or [""]
    if _is_comment(top) and rest and _is_comment(rest[0]) and top.splitlines()[-1].strip():
        top += "\n"  # or the file's comment and the product's would become one
    return _end_lines_like(like, "".join([top, *rest]))


def _without_blank_start(block: _Block) -> _Block:
    return replace(block, text=re.sub(r"\A(?:[ \t]*\r?\n)+", "", block.text))


def _with_values(block: _Block, changes: Mapping[str, object]) -> _Block:
    document = tomlkit.parse(block.text)
    table = document["product"][0]
    for key, value in changes.items():
        if value is None:
            table.pop(key, None)
        else:
            table[key] = to_toml(value)
    return replace(block, text=document.as_string())


def _end_lines_like(model: str, text: str) -> str:
    return re.sub(r"\r?\n", "\r\n", text) if "\r\n" in model else text
