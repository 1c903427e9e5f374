"""Commands and offers: stored before they are acknowledged or shown, done or taken once."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

import msgspec
import sqlalchemy as sa

from config.database import insert_new
from config.durations import span
from purchasing.commands import Command, CommandState, Offer, OfferButton, Person, Result, WatchlistEdits
from purchasing.controls import GateMark
from purchasing.errors import IllegalTransition
from purchasing.events import CommandDone, stamp, unstamp
from purchasing.first_version import first_edits, first_origin, first_result
from purchasing.storage import tables
from purchasing.storage.journal import JournalTable

_command, _offer = tables.command, tables.offer


@dataclass(frozen=True, slots=True, kw_only=True)
class _Body:
    """A command's own words, as its row holds them."""

    what: str
    args: str = ""
    name: str | None = None
    gate_mark: GateMark | None = None
    #: Unset in what the first version stored.
    origin: str | msgspec.UnsetType | None = msgspec.UNSET


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ending:
    """How a command ended, as its row holds it."""

    result: Result
    offers: tuple[OfferButton, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferDeclined:
    """The offer can't be taken, in plain words why; by nobody, where it is spent."""

    why: str
    spent: bool = True


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

    def take(self, token: str, command: Command, *, may: Callable[[str], bool], at: datetime) -> Offer | OfferDeclined:
        """Take an offer for this command, which may take it again: it is applied anew after a crash.

        `may` tells whether who presses may do what the offer stands for; else it stays for who may.
        """
        row = self._db.execute(sa.select(_offer).where(_offer.c.token == token)).mappings().first()
        if row is None:
            return OfferDeclined(why="this button is no longer known")
        if row["taken_by"] is not None:
            return _offer_of(row) if row["taken_by"] == command.key else _declined(row, at=at)
        if at > unstamp(row["expires_at"]):
            return OfferDeclined(why="this button has expired")
        if not may(row["what"]):
            return OfferDeclined(why="your role does not allow it", spent=False)
        taken = {"taken_by": command.key, "taker": command.person.name, "taken_at": stamp(at)}
        self._db.execute(sa.update(_offer).where(_offer.c.token == token).values(taken))
        return _offer_of(row)


class CommandTable:
    """Reads and writes of one transaction."""

    def __init__(self, connection: sa.Connection, *, journal: JournalTable, offers: OfferTable) -> None:
        self._db = connection
        self._journal = journal
        self._offers = offers

    def put(self, commands: Collection[Command]) -> int:
        """Store commands that are not known yet, in their order; how many were new."""
        place = 1 + (self._db.execute(sa.select(sa.func.max(_command.c.place))).scalar() or 0)
        new = 0
        for command in commands:
            row = {
                "key": command.key,
                "place": place + new,
                "at": stamp(command.at),
                "by": command.person.id,
                "body": _encode_body(command),
                "state": CommandState.PENDING,
            }
            new += insert_new(self._db, _command, row)
        return new

    def pending(self) -> list[Command]:
        pending = sa.select(_command).where(_command.c.state == CommandState.PENDING).order_by(_command.c.place)
        return [_command_of(row) for row in self._db.execute(pending).mappings()]

    def get(self, key: str) -> Command | None:
        row = self._db.execute(sa.select(_command).where(_command.c.key == key)).mappings().first()
        return None if row is None else _command_of(row)

    def finish(self, command: Command, result: Result, *, offers: Collection[Offer] = (), at: datetime) -> CommandDone:
        """Mark a command as done, with its event, in the transaction of its effect.

        It is stored anew as it was done: with what an offer stood for where one was taken.

        Raises:
            IllegalTransition: it was done already.
        """
        done = self._db.execute(
            sa.update(_command)
            .where(_command.c.key == command.key, _command.c.state == CommandState.PENDING)
            .values(state=CommandState.DONE, body=_encode_body(command), result=_encode_ending(result, offers))
        )
        if done.rowcount != 1:
            raise IllegalTransition(f"command {command.key} was done already")
        self._offers.put(offers)
        why = result.refusal
        fact = CommandDone(key=command.key, by=command.person.id, what=command.what, accepted=why is None, why=why)
        self._journal.append(fact, at=at)
        return fact


def _encode_body(command: Command) -> str:
    body = _Body(
        what=command.what,
        args=command.args,
        name=command.person.name,
        gate_mark=command.gate_mark,
        origin=command.origin,
    )
    return msgspec.json.encode(body).decode()


def _encode_ending(result: Result, offers: Iterable[Offer]) -> str:
    buttons = tuple(OfferButton(label=offer.label, token=offer.token) for offer in offers)
    return msgspec.json.encode(_Ending(result=result, offers=buttons)).decode()


def _command_of(row: sa.RowMapping) -> Command:
    text, ending = row["body"], row["result"]
    body = msgspec.json.decode(text, type=_Body)
    ended = None if ending is None else _ending_of(ending, body)
    return Command(
        key=row["key"],
        at=unstamp(row["at"]),
        person=Person(id=row["by"], name=body.name or row["by"]),
        what=body.what,
        args=body.args,
        origin=first_origin(text) if body.origin is msgspec.UNSET else body.origin,
        gate_mark=body.gate_mark,
        state=CommandState(row["state"]),
        result=ended.result if ended else None,
        buttons=ended.offers if ended else (),
    )


def _ending_of(text: str, body: _Body) -> _Ending:
    if body.origin is not msgspec.UNSET:
        return msgspec.json.decode(text, type=_Ending)
    result, buttons = first_result(text, what=body.what, args=body.args)
    return _Ending(result=result, offers=buttons)


def _declined(row: sa.RowMapping, *, at: datetime) -> OfferDeclined:
    used = span(at - unstamp(row["taken_at"]))
    return OfferDeclined(why=f"{row['taker']} has used this button already, {used} ago")


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
