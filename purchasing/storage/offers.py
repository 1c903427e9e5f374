"""Offers: what may be done once, by a tap."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

import msgspec
import sqlalchemy as sa

from purchasing.commands import Command, Offer, WatchlistEdits
from purchasing.events import stamp, unstamp
from purchasing.storage import tables
from purchasing.storage.first_version import first_edits

_offer = tables.offer


@dataclass(frozen=True, slots=True, kw_only=True)
class Declined:
    """The offer can't be taken, in plain words why."""

    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Facts:
    """What else an offer holds, as its row does. Unset in what the first version stored."""

    edits: WatchlistEdits | msgspec.UnsetType | None = msgspec.UNSET


class OfferTable:
    """Reads and writes of one transaction."""

    def __init__(self, connection: sa.Connection) -> None:
        self._db = connection

    def put(self, offers: Iterable[Offer]) -> None:
        for offer in offers:
            row = {
                "token": offer.token,
                "label": offer.label,
                "what": offer.what,
                "args": offer.args,
                "facts": msgspec.json.encode(_Facts(edits=offer.edits)).decode(),
                "expires_at": stamp(offer.expires_at),
            }
            self._db.execute(sa.insert(_offer).values(row))

    def take(self, token: str, command: Command, *, may: Callable[[str], bool], at: datetime) -> Offer | Declined:
        """Take an offer for this command, which may take it again: it is applied anew after a crash.

        `may` tells whether who presses may do what the offer stands for; else it stays for who may.
        """
        row = self._db.execute(sa.select(_offer).where(_offer.c.token == token)).mappings().first()
        if row is None:
            return Declined(why="this button is no longer known")
        if row["taken_by"] is not None:
            return _offer_of(row) if row["taken_by"] == command.key else _declined(row)
        if at > unstamp(row["expires_at"]):
            return Declined(why="this button has expired")
        if not may(row["what"]):
            return Declined(why="your role does not allow it")
        taken = {"taken_by": command.key, "taker": command.person.name, "taken_at": stamp(at)}
        self._db.execute(sa.update(_offer).where(_offer.c.token == token).values(taken))
        return _offer_of(row)


def _declined(row: sa.RowMapping) -> Declined:
    return Declined(why=f"{row['taker']} has used this button already, at {row['taken_at'][11:19]} UTC")


def _offer_of(row: sa.RowMapping) -> Offer:
    facts = msgspec.json.decode(row["facts"], type=_Facts)
    return Offer(
        token=row["token"],
        label=row["label"],
        what=row["what"],
        args=row["args"],
        edits=first_edits(row["facts"]) if facts.edits is msgspec.UNSET else facts.edits,
        expires_at=unstamp(row["expires_at"]),
    )
