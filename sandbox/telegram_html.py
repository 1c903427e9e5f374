"""Telegram's HTML, read as strictly as Telegram does, with its words for what is wrong."""

import re
from dataclasses import dataclass, replace

from sandbox.chat_model import Entity

#: Tag to entity. `span` is the spoiler of those who prefer a class; `blockquote` may be expandable.
_TAGS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
    "a": "text_link",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
    "tg-emoji": "custom_emoji",
}
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_REFERENCE = re.compile(r"&(?:#x([0-9a-fA-F]+)|#([0-9]+)|([A-Za-z]+));?")
_ATTRIBUTE = re.compile(r"""\s*([^\s=>]+)\s*(?:=\s*(?:"([^"]*)"?|'([^']*)'?|([A-Za-z0-9.-]*)))?""")
_ORDINARY = re.compile(r"[^<&]+")
_TAG_NAME = re.compile(r"[^\s>]*")
_TAG_CLOSE = re.compile(r"\s*>")
_END_TAG = re.compile(r"</([^\s>]*)\s*(>?)")
_CONTROL = str.maketrans({code: " " for code in range(32) if code not in {10, 13}} | {13: None})
#: What Telegram finds by itself in plain words.
_COMMAND = re.compile(r"(?<![\w/<>@])/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?(?![\w/])")
_URL = re.compile(r"https?://[^\s<>\"]*[^\s<>\".,;:!?)\]}]", re.IGNORECASE)
_LINK = re.compile(r"(?:(?:https?://|tg://|mailto:|tel:)\S+|[\w.-]+\.\w{2,}(?:[/?#]\S*)?)", re.IGNORECASE)


class BadMarkup(ValueError):
    """The text is not what Telegram calls HTML; the message is Telegram's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Formatted:
    """Text without markup, and what the markup said."""

    text: str
    entities: tuple[Entity, ...] = ()


def utf16_length(text: str) -> int:
    """The length as Telegram counts it: what lies beyond the basic plane counts twice."""
    return len(text.encode("utf-16-le")) // 2


def parse_html(source: str) -> Formatted:
    """Read Telegram's HTML.

    Raises:
        BadMarkup: a tag that Telegram does not know, one that is not closed or closed in the wrong order.
    """
    return _trimmed(_Parser(source.translate(_CONTROL)).parse())


def plain(text: str) -> Formatted:
    """Text without a parse mode: only its ends and control characters are put right."""
    return _trimmed(Formatted(text=text.translate(_CONTROL)))


def with_found(formatted: Formatted) -> Formatted:
    """Add the links and commands that Telegram finds by itself outside of code and links."""
    taken = [(one.offset, one.offset + one.length) for one in formatted.entities if one.type in _LITERAL]
    found: list[Entity] = []
    for kind, pattern in (("url", _URL), ("bot_command", _COMMAND)):
        for match in pattern.finditer(formatted.text):
            start, length = utf16_length(formatted.text[: match.start()]), utf16_length(match[0])
            if all(start >= end or start + length <= begin for begin, end in taken):
                found.append(Entity(type=kind, offset=start, length=length))
                taken.append((start, start + length))
    return Formatted(text=formatted.text, entities=_in_order([*formatted.entities, *found]))


_LITERAL = {"code", "pre", "text_link"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Open:
    tag: str
    argument: str
    offset: int
    #: Where its text begins, in characters of the result.
    begin: int


class _Parser:
    """One pass from left to right, holding the tags that are open."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._at = 0
        self._text = ""
        self._offset = 0
        self._open: list[_Open] = []
        self._entities: list[Entity] = []

    def parse(self) -> Formatted:
        while self._at < len(self._source):
            self._step()
        if self._open:
            raise BadMarkup(f'Can\'t find end tag corresponding to start tag "{self._open[-1].tag}"')
        return Formatted(text=self._text, entities=_in_order(self._entities))

    def _step(self) -> None:
        if self._source.startswith("</", self._at):
            self._end_tag()
        elif self._source[self._at] == "<":
            self._start_tag()
        else:
            self._characters()

    def _characters(self) -> None:
        ordinary = _ORDINARY.match(self._source, self._at)
        text, length = (ordinary[0], len(ordinary[0])) if ordinary else _decoded(self._source, self._at)
        self._text += text
        self._offset += utf16_length(text)
        self._at += length

    def _bytes_before(self, position: int) -> int:
        return len(self._source[:position].encode())

    def _start_tag(self) -> None:
        begin = self._at
        name = _TAG_NAME.match(self._source, begin + 1)
        at = name.end() if name else begin + 1
        if at == len(self._source):
            raise BadMarkup(f"Unclosed start tag at byte offset {self._bytes_before(begin)}")
        tag = self._source[begin + 1 : at].lower()
        if tag not in _TAGS:
            raise BadMarkup(f'Unsupported start tag "{tag}" at byte offset {self._bytes_before(begin)}')
        argument, self._at = self._attributes(tag, at, begin)
        if tag == "span" and argument != "spoiler":
            raise BadMarkup(f'Tag "span" must have class "tg-spoiler" at byte offset {self._bytes_before(begin)}')
        self._open.append(_Open(tag=tag, argument=argument, offset=self._offset, begin=len(self._text)))

    def _attributes(self, tag: str, at: int, begin: int) -> tuple[str, int]:
        """The one attribute that counts for this tag, and where the text goes on after `>`."""
        argument = ""
        while found := _ATTRIBUTE.match(self._source, at):
            at = found.end()
            self._check_value(found, at)
            value = next((value for value in found.groups()[1:] if value is not None), "")
            argument = _argument(tag, found[1].lower(), _decode_all(value)) or argument
        closing = _TAG_CLOSE.match(self._source, at)
        if closing:
            return argument, closing.end()
        if self._source[at:].strip().startswith("="):
            raise BadMarkup(f'Empty attribute name in the tag "{tag}" at byte offset {self._bytes_before(begin)}')
        raise BadMarkup(f'Unclosed start tag "{tag}" at byte offset {self._bytes_before(begin)}')

    def _check_value(self, found: re.Match[str], at: int) -> None:
        """A bare word ends with a space or the tag's end, and nothing else."""
        if found[4] is not None and at < len(self._source) and not re.match(r"[\s>]", self._source[at]):
            raise BadMarkup(f"Unexpected end of name token at byte offset {self._bytes_before(found.start(4))}")

    def _end_tag(self) -> None:
        begin = self._at
        where = self._bytes_before(begin)
        if not self._open:
            raise BadMarkup(f"Unexpected end tag at byte offset {where}")
        found = _END_TAG.match(self._source, begin)
        if found is None or not found[2]:
            raise BadMarkup(f"Unclosed end tag at byte offset {where}")
        opened = self._open.pop()
        if found[1] and found[1].lower() != opened.tag:
            raise BadMarkup(
                f'Unmatched end tag at byte offset {where}, expected "</{opened.tag}>", found "</{found[1]}>"'
            )
        self._at = found.end()
        self._entities += self._entity(opened)

    def _entity(self, opened: _Open) -> list[Entity]:
        length = self._offset - opened.offset
        kind, more = _kind(opened, self._text[opened.begin :])
        return [Entity(type=kind, offset=opened.offset, length=length, more=more)] if length and kind else []


def _decoded(source: str, at: int) -> tuple[str, int]:
    """The character that stands here and how long it was; a reference that Telegram does not know stays as written."""
    found = _REFERENCE.match(source, at)
    if not found:
        return source[at], 1
    if found[3]:
        return (_NAMED[found[3]], len(found[0])) if found[3] in _NAMED else ("&", 1)
    code = int(found[1], 16) if found[1] else int(found[2])
    usable = 0 < code < 0x10FFFF and not 0xD800 <= code <= 0xDFFF
    return (chr(code), len(found[0])) if usable else ("&", 1)


def _decode_all(value: str) -> str:
    at, text = 0, ""
    while at < len(value):
        character, length = _decoded(value, at)
        text += character
        at += length
    return text


def _argument(tag: str, attribute: str, value: str) -> str:
    match tag, attribute:
        case ("a", "href") | ("tg-emoji", "emoji-id"):
            return value
        case "code", "class":
            return value.removeprefix("language-") if value.startswith("language-") else ""
        case "span", "class":
            return value.removeprefix("tg-") if value.startswith("tg-") else ""
        case "blockquote", "expandable":
            return "expandable"
    return ""


def _kind(opened: _Open, text: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    """The entity's type, empty where Telegram lets it go without a word, and its further fields."""
    match opened.tag:
        case "a":
            url = opened.argument or text
            return ("text_link" if _LINK.fullmatch(url) else "", (("url", url),))
        case "blockquote" if opened.argument:
            return "expandable_blockquote", ()
        case "tg-emoji":
            return "custom_emoji", (("custom_emoji_id", opened.argument),)
        case "code" if opened.argument:
            return "code", (("language", opened.argument),)
    return _TAGS[opened.tag], ()


def _in_order(entities: list[Entity]) -> tuple[Entity, ...]:
    return tuple(sorted(entities, key=lambda one: (one.offset, -one.length)))


def _trimmed(formatted: Formatted) -> Formatted:
    """Without white space at both ends, as Telegram shows it; the entities follow."""
    text = formatted.text.strip()
    dropped = utf16_length(formatted.text) - utf16_length(formatted.text.lstrip())
    end = utf16_length(text)
    moved = [_moved(one, dropped, end) for one in formatted.entities]
    return Formatted(text=text, entities=tuple(one for one in moved if one.length > 0))


def _moved(entity: Entity, back: int, end: int) -> Entity:
    start = max(0, entity.offset - back)
    stop = min(end, entity.offset + entity.length - back)
    return replace(entity, offset=start, length=stop - start)
