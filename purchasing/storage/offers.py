"""Offers: what may be done once, by a tap."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from purchasing.events import stamp, unstamp
from purchasing.model import Command, Offer
from purchasing.storage import tables

_offer = tables.offer


@dataclass(frozen=True, slots=True, kw_only=True)
class Declined:
    """The offer can't be taken, in plain words why."""

    why: str


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
                "facts": json.dumps(offer.facts),
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
        taken = {"taken_by": command.key, "taker": str(command.body.get("name", command.by)), "taken_at": stamp(at)}
        self._db.execute(sa.update(_offer).where(_offer.c.token == token).values(taken))
        return _offer_of(row)


def _declined(row: sa.RowMapping) -> Declined:
    return Declined(why=f"{row['taker']} has used this button already, at {row['taken_at'][11:19]} UTC")


def _offer_of(row: sa.RowMapping) -> Offer:
    return Offer(
        token=row["token"],
        label=row["label"],
        what=row["what"],
        args=row["args"],
        facts=json.loads(row["facts"]),
        expires_at=unstamp(row["expires_at"]),
    )
