"""Words that name products: numbers, links, and lists of them that were written without blanks."""

import re
from collections.abc import Iterable

from config.products import NotATcin, Tcin, parse_tcin

#: What is written around the words that name products.
MARKS = "<>()[]{}.,;:!?\"'\u201c\u201d\u2018\u2019«»*"
#: What stands between the items of a list, in several scripts.
_BETWEEN = re.compile("([,;|\uff0c\u3001]+)")
_LINK = re.compile(r"https?://|target\.com/", re.IGNORECASE)
_LINK_BEGINS = re.compile(r"https?://|(?:[a-z0-9-]{1,63}\.){0,4}target\.com/", re.IGNORECASE)
_NUMBER = "(?:A-)?[0-9]{6,10}"
#: Nothing but numbers of products.
NUMBERS_ALONE = re.compile(rf"{_NUMBER}(?:[\s,;.!?]+{_NUMBER})*[\s,;.!?]*", re.IGNORECASE)


def holds_link(word: str) -> bool:
    return _LINK.search(word) is not None


def linked_tcins(words: Iterable[str]) -> tuple[Tcin, ...]:
    """The products behind the links among these words, each once; numbers alone are none."""
    items = (item.strip(MARKS) for word in words if holds_link(word) for item in split_list(word))
    return tuple(dict.fromkeys(parse_tcin(item) for item in items if holds_link(item) and is_tcin(item)))


def with_links(text: str, links: str) -> str:
    """The text, with a link behind it for each product to which only these links lead."""
    seen, hidden = linked_tcins(text.split()), linked_tcins(links.split())
    return " ".join([text, *(f"https://www.target.com/p/-/A-{tcin}" for tcin in hidden if tcin not in seen)])


def is_tcin(word: str) -> bool:
    try:
        parse_tcin(word.strip(MARKS))
    except NotATcin:
        return False
    return True


def split_list(word: str) -> list[str]:
    """The items of a list that was written without blanks. A link may hold the same signs: they are left in it."""
    items: list[str] = []
    between = ""
    for part in _BETWEEN.split(word):
        if _BETWEEN.fullmatch(part):
            between = part
        elif not items or _begins_item(part, after=items[-1]):
            items.append(part)
        else:
            items[-1] += between + part
    return [item for item in items if item.strip(MARKS)] or [word]


def _begins_item(part: str, *, after: str) -> bool:
    """Whether a part of a list is an item of its own, and no part of the link before it."""
    if not holds_link(after) or not part or _LINK_BEGINS.match(part):
        return True
    return "?" not in after and NUMBERS_ALONE.fullmatch(part) is not None
