"""What people don't see yet of what they are to see."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from bot.telegram import tables
from bot.telegram.model import UNSENT
from bot.text.draft import Rank
from config.database import Connection
from purchasing.events import unstamp

_message = tables.message


@dataclass(frozen=True, slots=True, kw_only=True)
class Unshown:
    """A message that reads otherwise in its chat than it is to: since its first planning, and what is shown of it."""

    id: int
    is_board: bool
    #: It tells of a restock, or of what a person must know.
    is_alert: bool
    planned_at: datetime
    #: The revision that is shown, 0 for none.
    shown: int


def read_unshown(connection: Connection) -> list[Unshown]:
    """All of them, as they stand in this transaction."""
    wanted = sa.select(_message.c.id, _message.c.rank, _message.c.at, _message.c.shown)
    return [
        Unshown(
            id=row.id,
            is_board=row.rank == Rank.BOARD,
            is_alert=row.rank <= Rank.ALERT,
            planned_at=unstamp(row.at),
            shown=row.shown,
        )
        for row in connection.execute(wanted.where(_message.c.state.in_(UNSENT)))
    ]
