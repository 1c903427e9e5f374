"""Commands: stored before they are acknowledged, done once, in the transaction of their effect."""

import json
from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa

from config.database import insert_new
from purchasing.errors import IllegalMove
from purchasing.events import CommandDone, stamp, unstamp
from purchasing.model import (
    Command,
    CommandState,
    Event,
    Outcome,
)
from purchasing.storage import tables
from purchasing.storage.journal import JournalTable
from purchasing.storage.offers import OfferTable

_product, _window, _attempt = tables.product, tables.window, tables.attempt
_journal, _control, _command = tables.journal, tables.control, tables.command


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
                "by": command.by,
                "body": json.dumps(command.body),
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

    def finish(self, command: Command, outcome: Outcome, *, at: datetime) -> Event:
        """Mark a command as done, with its event, in the transaction of its effect.

        Raises:
            IllegalMove: it was done already.
        """
        done = self._db.execute(
            sa.update(_command)
            .where(_command.c.key == command.key, _command.c.state == CommandState.PENDING)
            .values(
                state=CommandState.DONE,
                body=json.dumps(command.body),  # what an offer stood for, where one was taken
                result=json.dumps(
                    {
                        "accepted": outcome.accepted,
                        "why": outcome.why,
                        "offers": [{"label": offer.label, "token": offer.token} for offer in outcome.offers],
                        **outcome.result,
                    }
                ),
            )
        )
        if done.rowcount != 1:
            raise IllegalMove(f"command {command.key} was done already")
        self._offers.put(outcome.offers)
        fact = CommandDone(
            key=command.key,
            by=command.by,
            what=command.body.get("what"),
            accepted=outcome.accepted,
            why=outcome.why,
        )
        return self._journal.append(fact, at=at)


def _command_of(row: sa.RowMapping) -> Command:
    return Command(
        key=row["key"],
        at=unstamp(row["at"]),
        by=row["by"],
        body=json.loads(row["body"]),
        state=CommandState(row["state"]),
        result=None if row["result"] is None else json.loads(row["result"]),
    )
