"""A page without whose it is: what a copy of it may hold, for whoever mends a marker.

Nothing is taken out because it looks private; what is not known to be the shop's own is left out. Tags and the few
attributes by which a page is read stay, and of its text the words of a shop, prices and small numbers. What stands in
the block of an address or of a payment is left out whole, and so is the name by which the page greets, everywhere.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from html import escape
from html.parser import HTMLParser

#: Stands for what was left out.
LEFT_OUT = "▒"

# ---- what looks private; a picture has these covered. Each is bounded: a page may hold anything, and a lot of it

#: With its own stars, too: "a***@example.com".
EMAIL = r"[^\s@<>\"']{1,64}@[^\s@<>\"']{1,200}\.[A-Za-z]{2,}"
PHONE = r"(?:\+?1[-. ]?)?\(?[\d•*]{3}\)?[-. ]{0,2}[\d•*]{3}[-. ]\d{4}\b"
CARD = (
    r"(?:[•*●·xX.]{2,20}|[Ee]nding (?:in|with)|[Ee]nds (?:in|with)|[Ll]ast (?:4|four)(?: digits)?)[\s:]{0,5}\d{2,4}\b"
    r"|[•*●·…]\s{0,2}\d{4}\b"
    r"|\b(?:[Vv]isa|VISA|[Mm]aster[Cc]ard|MASTERCARD|[Aa]mex|AMEX|American Express|Discover|[Cc]ard|[Cc]redit|[Dd]ebit)"
    r"[\s().,:#-]{1,5}\d{4}\b"
)
LONG_NUMBER = r"\b\d(?:[ -]?\d){11,18}\b"
ZIP = r"\b\d{5}(?:-\d{4})?\b"
_WAYS = (
    "St|Street|Ave|Avenue|Rd|Road|Blvd|Boulevard|Ln|Lane|Dr|Drive|Ct|Court|Pl|Place|Sq|Square|Ter|Terrace|Trl|Trail"
    "|Pkwy|Parkway|Hwy|Highway|Cir|Circle|Way|Loop|Row|Run|Alley|Plaza|Broadway"
)
_STREETS = frozenset(_WAYS.lower().split("|"))
#: A letter also where a browser's pattern knows those of ASCII alone.
_LETTER = r"\w\u00c0-\u024f"
STREET = (
    rf"\b\d{{1,6}}[A-Za-z]?\s{{1,5}}(?:[{_LETTER}.'-]{{1,30}}\s{{1,5}}){{0,4}}(?:{_WAYS}|{_WAYS.upper()})\b"
    r"|\b[Pp]\.?\s?[Oo]\.? [Bb](?:ox|OX)\s{1,5}\d{1,6}"
)
#: "Springfield, IL".
TOWN = r"\b[A-Z][\w.' -]{0,40},\s{0,5}[A-Z]{2}\b"
#: An address is told by one of these.
ADDRESS = f"{STREET}|{TOWN}|{ZIP}"
PRIVATE = f"{EMAIL}|{PHONE}|{CARD}|{LONG_NUMBER}|{ADDRESS}"
#: The block of an address is the largest element around it with less text than this.
LARGEST_BLOCK = 160
#: Parts of the names of blocks that are private whatever stands in them.
PRIVATE_BLOCKS = (
    "address", "payment", "creditcard", "credit-card", "paycard", "wallet", "recipient", "profile", "phone", "email",
    "contact", "accountlink", "account-link",
)  # fmt: skip


#: A name as a whole word, in any alphabet of Europe's, for Python and for a browser.
def whole_word(name: str) -> str:
    return rf"(?<![{_LETTER}]){re.escape(name)}(?![{_LETTER}])"


_GREETING = re.compile(r"^\s*(?:Hi|Hello|Hey|Welcome back|Welcome)\b[\s,!]+(\S.{0,60})$", re.IGNORECASE | re.DOTALL)

# ---- what a copy keeps

_DROPPED = frozenset(
    {"script", "style", "noscript", "template", "iframe", "object", "embed", "svg", "meta", "link", "base"}
)
_VOID = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
)
#: Names that the page is read by.
_NAMES = frozenset({"id", "class", "data-test", "data-testid", "role", "type", "for", "name"})
_TEXTS = frozenset({"aria-label", "aria-description", "aria-roledescription", "alt", "title", "placeholder"})
_FLAGS = frozenset({"disabled", "checked", "selected", "hidden", "open", "required", "readonly"})
_STATES = frozenset(
    {"aria-expanded", "aria-disabled", "aria-hidden", "aria-checked", "aria-selected", "aria-modal", "aria-busy",
     "aria-live", "aria-pressed", "aria-current", "tabindex"}
)  # fmt: skip
_STATE = re.compile(r"true|false|mixed|page|step|polite|assertive|off|-?\d{1,2}")
#: A product's number is known by what stands before it.
_TCIN = re.compile(r"((?:/A-|IdFor|tcin[-_=:]?)(?:\d{8,10}))(?!\d)", re.IGNORECASE)
_DIGITS = re.compile(r"\d{3,}")
_LONG_WORD = re.compile(r"[A-Za-z0-9+=_.~%-]{33,}")
_LONGEST_PATH = 120
#: What tells its text in a private block too: what can be pressed, and headings.
_TELLING = frozenset({"button", "a", "h1", "h2"})
#: So deep a page is kept; what is deeper comes to lie there.
_DEEPEST = 150
_LONGEST_GREETING = 80
_SHORT = 3
#: A part of a page with more words of its own than this tells none of its names either.
_MOST_NAMES = 500
_PRICE = re.compile(r"-?\$\d{1,3}(?:,?\d{3})*(?:\.\d\d)?")
_SMALL_NUMBER = re.compile(r"\d{1,2}%?")
_EDGES = " \t\r\n.,:;!?()[]\"'\u2018\u2019\u201c\u201d\u2026#*+\u00d7"

#: What a shop says; any other word may be somebody's.
WORDS = frozenset(
    """
    a about accept account active add added adding additional address adjust after agree all almost already also
    although an and another any anything applied apply arrive arrives as at availability available away back bag
    balance be because been before below best billing browse busier busy buy buying by call can can't cancel canceled
    cancelled cannot card cards cart carts category change changed charge charged check checked checkout choose clear
    click close code color colors come coming complete completed condition confirm confirmation confirmed confirming
    contact continue could couldn't count coupon create credit current currently customer cvv date day days deal deals
    debit decline declined decrease default delay delete deliver delivered delivery demand description details didn't
    different digits disabled discount does doesn't don't done drive due during each earn edit eligible email empty
    ending enjoy enter error estimated exceeded expect expected expired extra failed fast favorite fee fees few filter
    find first fix for free from fulfillment full get getting gift go going got great group guest guests handling has
    have haven't help here hide high hold home hour hours how human i if in include included includes increase info
    information instead inventory is isn't issue it it's item items join just keep know later learn left less limit
    limited limiting line list load loading log login longer look low main make many match maximum may me member
    membership message method minute minutes miss missing moment month more most move moved much my need needed new
    next no none not nothing notify now number of off offer offers on once one online only onto oops open option
    optional options or order ordered orders other our out over own package page pages password past pay paying
    payment payments per phone pick picked pickup pin place placed placing please policy popular pre preorder press
    price prices print privacy problem proceed processing product products promo promotion protection purchase
    purchases qty quantity question questions queue ready receipt recommended redeem refresh registry release reload
    remain remaining remember remove removed replace request required resend reserve return returns review reviews
    reward rewards safe sale same save saved savings say search secure security see select selected sell seller sells
    sent service ship shipped shipping ships shop shopping show sign signed signin similar size skip slow sold some
    someone something soon sorry spot stand standard started status stay step still stock store stores submit
    subscribe substitution subtotal success summary sure switch tap tax taxes temporary terms text thank thanks that
    that's the their them then there these they this those time times to today together tomorrow too total track try
    unable unavailable under unit until up update updated use used using value verification verify view wait waiting
    want was wasn't way we we're we've week weeks welcome went what when where which while why will wish with within
    wrong yes yet you you're your zip
    """.split()  # noqa: SIM905  a list of three hundred is read by nobody
)


@dataclass(slots=True)
class _Element:
    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list["_Element | str"] = field(default_factory=list)
    #: The letters of all text in it.
    size: int = 0

    def text(self) -> str:
        return " ".join(self.texts())

    def texts(self) -> Iterator[str]:
        for child in self.children:
            if isinstance(child, str):
                yield child
            else:
                yield from child.texts()

    def elements(self) -> Iterator["_Element"]:
        yield self
        for child in self.children:
            if isinstance(child, _Element):
                yield from child.elements()


def scrub(html: str) -> str:
    """The page, without whose it is; whatever it was given."""
    parser = _Parser()
    parser.feed(html)
    parser.close()
    names = frozenset(_find_names(parser.root))
    return "<!doctype html>" + "".join(_Writer(names).render(parser.root))


def scrub_text(text: str, names: frozenset[str] = frozenset()) -> str:
    """The words of a shop, prices and small numbers; a sign stands for the rest."""
    without = re.sub(PRIVATE, LEFT_OUT, text)
    kept = (_keep_word(word, names) for word in re.split(r"(\s+)", without))
    return re.sub(rf"{LEFT_OUT}(?:\s*{LEFT_OUT})+", LEFT_OUT, "".join(kept))


def without_whose(text: str, *, greeting: str) -> str:
    """A text as it stands; of one in which somebody seems to be named, the words of a shop alone."""
    names = frozenset(find_greeted([greeting]))
    looks = [re.compile(PRIVATE), *(re.compile(whole_word(name), re.IGNORECASE) for name in names)]
    return scrub_text(text, names) if any(look.search(text) for look in looks) else text


def _keep_word(word: str, names: frozenset[str]) -> str:
    if not word or word.isspace():
        return " " if word else ""
    core = word.strip(_EDGES)
    if not core:
        return word if word.isascii() else LEFT_OUT
    if _PRICE.fullmatch(core) or _SMALL_NUMBER.fullmatch(core):
        return word
    parts = re.split(r"[-/&,]", core.lower().replace("\u2019", "'"))
    known = all(part in WORDS and part not in names for part in parts if part)
    return word if known else LEFT_OUT


class _Parser(HTMLParser):
    """Builds the tree, without what is never kept; nothing that is written in it can break it."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = _Element("")
        self._open = [self.root]
        #: What is dropped as a whole, and what is open within it.
        self._dropped: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._dropped or tag in _DROPPED:
            if tag not in _VOID:
                self._dropped.append(tag)
            return
        if not (tag.isascii() and tag.replace("-", "").isalnum()):
            return
        element = _Element(tag, {name: value or "" for name, value in attrs})
        self._open[-1].children.append(element)
        if tag not in _VOID and len(self._open) < _DEEPEST:
            self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._dropped:
            if tag in self._dropped:
                del self._dropped[_last(self._dropped, tag) :]
            return
        tags = [element.tag for element in self._open]
        if tag in tags:
            del self._open[_last(tags, tag) :]

    def handle_data(self, data: str) -> None:
        if self._dropped:
            return
        self._open[-1].children.append(data)
        for element in self._open:
            element.size += len(data.strip())


def _last(tags: list[str], tag: str) -> int:
    return len(tags) - 1 - tags[::-1].index(tag)


def find_greeted(texts: Iterable[str]) -> Iterator[str]:
    """The words, in small letters, by which these greet somebody."""
    for text in texts:
        if match := _GREETING.match(text):
            yield from (core for word in match[1].split() if (core := word.strip(_EDGES).lower()))


def _find_names(root: _Element) -> Iterator[str]:
    """The words by which the page greets."""
    for element in root.elements():
        texts = [element.attributes.get(name, "") for name in _TEXTS]
        yield from find_greeted([element.text() if element.size <= _LONGEST_GREETING else "", *texts])


def _find_own_words(block: _Element) -> frozenset[str]:
    """The words of a private block that are no shop's and no street's: a name in it may stand in its attributes too."""
    words = (word.lower() for text in block.texts() for word in re.findall(r"[^\W\d_]{4,}", text))
    return frozenset(word for word in words if word not in WORDS and word not in _STREETS)


def _any_of(names: Collection[str]) -> re.Pattern[str]:
    """Finds each of them; short ones stand within other words by chance. So many that it would take long find all."""
    if len(names) > _MOST_NAMES:
        return re.compile(r".+", re.DOTALL)
    forms = [re.escape(name) if len(name) >= _SHORT else rf"\b{re.escape(name)}\b" for name in names]
    return re.compile("|".join(sorted(forms, key=len, reverse=True)) or r"(?!)", re.IGNORECASE)


class _Writer:
    """Writes the tree down again, with what may be kept of it."""

    def __init__(self, names: frozenset[str]) -> None:
        self._names = names
        self._name = _any_of(names)

    def render(self, element: _Element, *, whose: re.Pattern[str] | None = None) -> Iterator[str]:
        """The element and what is in it; of what is private, only what can be pressed and headings tell their text.

        `whose` finds the words of the private block that it stands in, if it does.
        """
        if whose is None and self._is_private(element):
            whose = _any_of(self._names | _find_own_words(element))
        if element.tag:
            attributes = "".join(f" {text}" for text in self._attributes(element, whose))
            yield f"<{element.tag}{attributes}>"
        for child in element.children:
            if isinstance(child, _Element):
                yield from self.render(child, whose=whose)
            elif element.tag == "textarea" or (whose is not None and element.tag not in _TELLING):
                yield LEFT_OUT if child.strip() else ""
            else:
                yield escape(scrub_text(child, self._names))
        if element.tag and element.tag not in _VOID:
            yield f"</{element.tag}>"

    def _is_private(self, element: _Element) -> bool:
        named = " ".join(element.attributes.get(name, "") for name in ("id", "data-test", "data-testid")).lower()
        if any(part in named for part in PRIVATE_BLOCKS):
            return True
        return bool(element.tag) and element.size < LARGEST_BLOCK and bool(re.search(ADDRESS, element.text()))

    def _attributes(self, element: _Element, whose: re.Pattern[str] | None) -> Iterator[str]:
        for name, value in element.attributes.items():
            if name in _FLAGS:
                yield name
            elif kept := self._keep_value(element.tag, name, value, whose):
                yield f'{name}="{escape(kept)}"'

    def _keep_value(self, tag: str, name: str, value: str, whose: re.Pattern[str] | None) -> str | None:
        if name in _NAMES:
            return self._clean_name(value, whose or self._name)
        if name in _TEXTS:
            return LEFT_OUT if whose is not None and tag not in _TELLING else scrub_text(value, self._names)
        if name == "href":
            return self._clean_path(value)
        if name in _STATES or (name == "value" and tag == "option"):
            return value if _STATE.fullmatch(value) else None
        return None

    def _clean_name(self, value: str, whose: re.Pattern[str]) -> str:
        """A name of something on the page, in which whose it is must not stand."""
        parts = _TCIN.split(re.sub(EMAIL, LEFT_OUT, whose.sub(LEFT_OUT, value)))
        return "".join(part if place % 2 else self._clean_part(part) for place, part in enumerate(parts))

    def _clean_part(self, part: str) -> str:
        return _DIGITS.sub(LEFT_OUT, _LONG_WORD.sub(LEFT_OUT, part))

    def _clean_path(self, address: str) -> str | None:
        """The path of a link of the shop's, without what follows it."""
        path = re.sub(r"^https?://[^/?#]*", "", address).partition("?")[0].partition("#")[0]
        if not path.startswith("/"):
            return None
        return "/".join(self._clean_segment(segment) for segment in path[:_LONGEST_PATH].split("/"))

    def _clean_segment(self, segment: str) -> str:
        if re.fullmatch(r"A-\d{8,10}|p|-|", segment):
            return segment
        words = re.split(r"[-_.]", segment.lower())
        return segment if all(word in WORDS and word not in self._names for word in words) else LEFT_OUT
