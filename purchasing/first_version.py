"""What the first version stored of commands and offers, understood by the later ones.

It stored the words of the chat beside the command's own, and results without a word for their kind.
"""

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal

import msgspec

from config.products import BuyMode, Channel, Product, Tcin
from purchasing.commands import (
    Added,
    Answered,
    AskedBack,
    Cancelled,
    Done,
    Invited,
    Mentioned,
    ModeChosen,
    NotDone,
    OfferButton,
    Paused,
    PlaceChanged,
    PlacedProduct,
    Removed,
    Result,
    Resumed,
    Revoked,
    Settled,
    Stopped,
    ToConfirm,
    Undone,
    WatchlistEdits,
    WishesChanged,
)


class _Origin(msgspec.Struct, frozen=True):
    chat: int | None = None


class _FirstEnding(msgspec.Struct, frozen=True, kw_only=True):
    accepted: bool = True
    why: str | None = None
    offers: tuple[OfferButton, ...] = ()
    code: str | None = None
    #: The product that it speaks of.
    tcin: Tcin | None = None
    added: tuple[Tcin, ...] | None = None


class _Wishes(msgspec.Struct, frozen=True, kw_only=True, rename={"keys": "set"}):
    tcin: Tcin
    keys: tuple[str, ...]


class _Row(msgspec.Struct, frozen=True, kw_only=True):
    """A product as a row of its table."""

    position: int
    tcin: Tcin
    name: str | None
    max_price: Decimal | None
    quantity: int
    buy: BuyMode
    channel: Channel
    every_s: float | None
    enabled: int


class _FirstFacts(msgspec.Struct, frozen=True, kw_only=True):
    absent: tuple[Tcin, ...] = ()
    present: tuple[_Row, ...] = ()


#: What each command that was accepted left behind; no other left anything.
_RESULTS: Mapping[str, type[Result]] = {
    "add": Added,
    "remove": Removed,
    "move": PlaceChanged,
    "undo": Undone,
    "text": Mentioned,
    "pause": Paused,
    "resume": Resumed,
    "stop": Stopped,
    "mode": ModeChosen,
    "buy": Answered,
    "skip": Answered,
    "settle": Settled,
    "cancel": Cancelled,
    "invite": Invited,
    "revoke": Revoked,
}


def first_origin(body: str) -> str | None:
    """Where a command came from: that stood amid its own words, and is left there. None where nobody is answered."""
    return None if msgspec.json.decode(body, type=_Origin).chat is None else body


def first_result(text: str, *, what: str, args: str) -> tuple[Result, tuple[OfferButton, ...]]:
    """How a command of this name ended, and the buttons of its reply."""
    ending = msgspec.json.decode(text, type=_FirstEnding)
    return _result_of(ending, text, what=what, args=args), ending.offers


def _result_of(ending: _FirstEnding, text: str, *, what: str, args: str) -> Result:
    if not ending.accepted and ending.added is None:
        return _refusal_of(ending, what=what, args=args)
    if what == "set":
        wishes = msgspec.json.decode(text, type=_Wishes)
        return WishesChanged(tcin=wishes.tcin, keys=wishes.keys)
    kind = _RESULTS.get(what)
    return Done() if kind is None else msgspec.json.decode(text, type=kind)


def _refusal_of(ending: _FirstEnding, *, what: str, args: str) -> Result:
    if ending.code is not None:
        return ToConfirm(what=f"{what} {args.partition(' ')[0]}".strip(), code=ending.code)
    why = ending.why or "no reason was kept"
    if ending.offers:
        return AskedBack(question=why)
    return NotDone(why=why, about=() if ending.tcin is None else (ending.tcin,))


def first_edits(facts: str) -> WatchlistEdits | None:
    """What an offer to undo would do; None for an offer of a command."""
    edits = msgspec.json.decode(facts, type=_FirstFacts)
    if not edits.absent and not edits.present:
        return None
    return WatchlistEdits(absent=edits.absent, present=tuple(_placed(row) for row in edits.present))


def _placed(row: _Row) -> PlacedProduct:
    product = Product(
        tcin=row.tcin,
        name=row.name,
        max_price=row.max_price,
        quantity=row.quantity,
        buy=row.buy,
        channel=row.channel,
        every=None if row.every_s is None else timedelta(seconds=row.every_s),
        enabled=bool(row.enabled),
    )
    return PlacedProduct(place=row.position, product=product)
