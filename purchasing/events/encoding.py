"""Events as JSON: in the database, and for every other program."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

import msgspec

from purchasing.events.facts import FACTS
from purchasing.events.kinds import Fact

#: The version of the events' shape. A reader skips kinds that it does not know.
VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownFact:
    """An event that this program can't read. It is shown as it stands, and else skipped."""

    kind: str
    #: Its JSON as it is stored.
    raw: str
    #: What is wrong with it, where its kind is known.
    damage: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One line of the journal."""

    seq: int
    at: datetime
    fact: Fact | UnknownFact

    @property
    def kind(self) -> str:
        return self.fact.kind


_DECODERS = {kind.value: msgspec.json.Decoder(fact) for kind, fact in FACTS.items()}
_UNREADABLE = (msgspec.DecodeError, ValueError, RecursionError)
#: Reads any object and keeps nothing of it.
_ANY_OBJECT = msgspec.json.Decoder(msgspec.defstruct("AnyObject", []))


def encode_fact(fact: Fact) -> str:
    """The JSON of an event's body."""
    # Times have three digits, which msgspec alone would not give them.
    plain = msgspec.to_builtins(fact, builtin_types=(datetime,))
    return json.dumps(plain, separators=(",", ":"), default=stamp)


def decode_fact(kind: str, body: str) -> Fact | UnknownFact:
    """What was stored, by whichever version of the program. It never raises."""
    decoder = _DECODERS.get(kind)
    if decoder is None:
        return UnknownFact(kind=kind, raw=body)
    try:
        return decoder.decode(body)
    except _UNREADABLE as error:
        damage = str(error)
    try:
        return decoder.decode(_without_half_characters(body))
    except _UNREADABLE:
        return UnknownFact(kind=kind, raw=body, damage=damage)


def _without_half_characters(body: str) -> bytes:
    """JSON can hold them and no text that is sent or stored: each becomes a question mark."""
    return json.dumps(json.loads(body), ensure_ascii=False).encode(errors="replace")


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredEvent:
    """One line of the journal as it is stored, for readers that pass it on."""

    seq: int
    at: str
    kind: str
    body: str

    def decode(self) -> Event:
        return Event(seq=self.seq, at=unstamp(self.at), fact=decode_fact(self.kind, self.body))

    def line(self) -> str:
        """The whole event as JSON on one line, as every other program sees it; a damaged body stands in it as text."""
        head = f'{{"v":{VERSION},"seq":{self.seq},"kind":{json.dumps(self.kind)},"at":"{self.at}"'
        body = self.body.replace("\n", " ").strip()
        try:
            _ANY_OBJECT.decode(body)
        except _UNREADABLE:
            return f'{head},"damaged":{json.dumps(self.body)}}}'
        more = body[1:].lstrip()
        return head + more if more == "}" else f"{head},{more}"


class _Numbered(msgspec.Struct):
    seq: int


def seq_of(line: bytes) -> int:
    """The `seq` of an event's line.

    Raises:
        ValueError: it is none.
    """
    return msgspec.json.decode(line, type=_Numbered).seq


# ---- values as JSON, in the tables too


def stamp(at: datetime) -> str:
    """A time as UTC with milliseconds and Z. Such texts sort as the times do."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def unstamp(text: str) -> datetime:
    return datetime.fromisoformat(text)


def stamp_or_none(at: datetime | None) -> str | None:
    return None if at is None else stamp(at)


def price_text(price: Decimal | None) -> str | None:
    return None if price is None else str(price)
