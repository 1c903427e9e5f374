"""Where else is told what happens: addresses of the kinds that Apprise knows. They are secrets, whole and in parts."""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import unquote, urlsplit

from pydantic import SecretStr

_ADDRESS = re.compile(r"([A-Za-z][A-Za-z0-9+.-]{0,31})://\S.*")
_WISH = 'must be a JSON list such as ["ntfy://host/topic", {"url": "mailto://…", "takes": ["alert", "outcome"]}]'
_PARTS = frozenset({"url", "takes"})
#: A word of so many plain letters may be repeated in an error; what is longer may be a secret in the wrong place.
_SHOWN = re.compile(r"[a-z_-]{1,20}")
#: Parts of an address that are shorter than this are words that stand elsewhere too.
_LEAST_SECRET = 12


class OutletNews(StrEnum):
    """What an outlet may be told of."""

    #: A restock began.
    ALERT = "alert"
    #: How a real purchase ended, or that this is not known.
    OUTCOME = "outcome"
    #: What keeps Stockbell from watching or buying, and the end of it.
    BLIND = "blind"


@dataclass(frozen=True, slots=True, kw_only=True)
class OutletAddress:
    """One address, and what it takes. It is shown by its place in the list and its kind alone."""

    #: 1 for the first.
    place: int
    url: SecretStr
    takes: frozenset[OutletNews] = frozenset({OutletNews.ALERT})

    @property
    def name(self) -> str:
        return f"outlet {self.place} ({self.url.get_secret_value().partition('://')[0].lower()})"

    @property
    def key(self) -> str:
        """By which its place in the journal is kept: the same wherever it stands in the list."""
        return f"outlet:{hashlib.sha256(self.url.get_secret_value().encode()).hexdigest()[:16]}"

    def secrets(self) -> Iterator[str]:
        """The address, and the parts of it by which somebody could be let in."""
        whole = self.url.get_secret_value()
        rest = whole.partition("://")[2]
        yield from (whole, rest)
        host = _host_of(whole)
        login, at, _ = rest.partition("/")[0].rpartition("@")
        password = login.partition(":")[2]
        parts = {part for part in re.split(r"[/?&#@:=]", rest) if len(part) >= _LEAST_SECRET and part.lower() != host}
        for part in sorted(parts | ({password} if at and password else set())):
            yield from (part, unquote(part))


def _host_of(url: str) -> str | None:
    """A host's name is no secret, but a token may stand in its place."""
    try:
        host = urlsplit(url).hostname
    except ValueError:
        return None
    return host if host is not None and "." in host else None


def parse_outlets(value: object) -> object:
    """The outlets as they stand in the variable.

    Raises:
        ValueError: with everything that is wrong, each entry named by its place, never by its address.
    """
    if not isinstance(value, str):
        return value
    try:
        entries = json.loads(value)
    except (ValueError, RecursionError):
        entries = None
    if not isinstance(entries, list):
        raise ValueError(_WISH)  # noqa: TRY004  it is the value of a variable that is wrong
    outlets: list[OutletAddress] = []
    problems: list[str] = []
    for place, entry in enumerate(entries, start=1):
        try:
            outlets.append(_parse_entry(place, entry))
        except ValueError as error:
            problems.append(f"entry {place} {error}")
    problems += _find_twice(outlets)
    if problems:
        raise ValueError("; ".join(problems))
    return tuple(outlets)


def _parse_entry(place: int, entry: object) -> OutletAddress:
    given = {"url": entry} if isinstance(entry, str) else entry
    if not isinstance(given, dict) or "url" not in given or not given.keys() <= _PARTS:
        raise ValueError("must be an address, or an object with url and takes")
    url = given["url"]
    if not isinstance(url, str) or not _ADDRESS.fullmatch(url.strip()):
        raise ValueError("must be an address such as ntfy://host/topic")
    address = OutletAddress(place=place, url=SecretStr(url.strip()))
    if "takes" not in given:
        return address
    return OutletAddress(place=place, url=address.url, takes=_parse_takes(given["takes"]))


def _parse_takes(words: object) -> frozenset[OutletNews]:
    known = ", ".join(OutletNews)
    if not isinstance(words, list) or not words:
        raise ValueError(f"takes must be a list of these words: {known}")
    for word in words:
        if word not in list(OutletNews):
            shown = f" {word!r}" if isinstance(word, str) and _SHOWN.fullmatch(word) else ""
            raise ValueError(f"takes holds an unknown word{shown}; it may hold {known}")
    return frozenset(map(OutletNews, words))


def _find_twice(outlets: Iterable[OutletAddress]) -> Iterator[str]:
    first: dict[str, int] = {}
    for one in outlets:
        if one.key in first:
            yield f"entry {one.place} is the same address as entry {first[one.key]}"
        first.setdefault(one.key, one.place)
